//! Node's package.json.
#![no_main]

#[path = "../format_properties.rs"]
mod format_properties;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    format_properties::check("node_package_json", "node_modules/a/package.json", bytes);
});
