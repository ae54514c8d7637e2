//! Alpine's security database.
#![no_main]

use batten_advisory::feeds::{Collected, alpine_secdb};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let mut found = Collected::default();
    let _ = alpine_secdb::parse("fuzz", data, Some("v3.18"), &mut found);
    for (_, _, advisory) in &found.advisories {
        assert!(advisory.not_affected != advisory.ranges.iter().any(|range| range.events.len() == 2));
    }
});
