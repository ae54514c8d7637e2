//! Exploit prediction scores: shares are from 0 to 1.
#![no_main]

use batten_advisory::feeds::{Collected, epss};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let mut found = Collected::default();
    epss::parse("fuzz", data, None, &mut found).expect("memory can always be read");
    assert!(found.epss.iter().all(|(_, score)| score.score <= 100_000 && score.percentile <= 100_000));
});
