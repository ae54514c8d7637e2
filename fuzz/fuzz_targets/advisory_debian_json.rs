//! The Debian tracker's JSON.
#![no_main]

use batten_advisory::feeds::{Collected, debian_json};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let mut found = Collected::default();
    if let Ok(ecosystems) = debian_json::parse("fuzz", data, &mut found) {
        assert!(found.advisories.iter().all(|(ecosystem, ..)| ecosystems.contains(ecosystem)));
    }
});
