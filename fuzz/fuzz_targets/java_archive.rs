//! Java archives: damaged directories, entries, manifests, archives in archives.
#![no_main]

#[path = "../format_properties.rs"]
mod format_properties;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| format_properties::check("java_archive", "app/x-1.0.jar", bytes));
