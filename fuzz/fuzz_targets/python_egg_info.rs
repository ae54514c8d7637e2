//! Python's eggs, zipped or not.
#![no_main]

#[path = "../format_properties.rs"]
mod format_properties;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    format_properties::check("python_egg_info", "a.egg-info/PKG-INFO", bytes);
    format_properties::check("python_egg_info", "a-1.egg", bytes);
});
