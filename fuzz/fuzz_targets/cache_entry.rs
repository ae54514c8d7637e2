//! An entry of the layer cache is read as it was written, or not at all.
#![no_main]

use batten_image::cache::entry::round_trips;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    assert_ne!(round_trips(bytes), Some(false));
});
