//! CISA's catalogue.
#![no_main]

use batten_advisory::feeds::{Collected, kev};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let _ = kev::parse("fuzz", data, &mut Collected::default());
});
