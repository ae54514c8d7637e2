//! Cargo's lock files.
#![no_main]

#[path = "../format_properties.rs"]
mod format_properties;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| format_properties::check("cargo_lock", "app/Cargo.lock", bytes));
