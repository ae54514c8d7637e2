//! CVSS vectors: what is scored has a score between 0 and 10, and the same with blanks around it.
#![no_main]

use batten_advisory::cvss::base_score;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|vector: &str| {
    if let Ok(scored) = base_score(vector) {
        assert!((0.0..=10.0).contains(&scored.score));
        if vector.len() < 500 {
            assert_eq!(base_score(&format!(" {vector} ")), Ok(scored));
        }
    }
});
