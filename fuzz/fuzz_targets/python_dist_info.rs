//! Python's core metadata.
#![no_main]

#[path = "../format_properties.rs"]
mod format_properties;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    format_properties::check("python_dist_info", "a-1.dist-info/METADATA", bytes);
});
