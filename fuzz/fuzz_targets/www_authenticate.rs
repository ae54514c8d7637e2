//! Challenges are few, their names in lower case.
#![no_main]

use batten_fetch::www_authenticate;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let challenges = www_authenticate::parse(text);
    assert!(challenges.len() <= 32);
    for challenge in challenges {
        assert!(!challenge.scheme.is_empty());
        assert!(challenge.parameters.iter().all(|(name, _)| !name.bytes().any(|b| b.is_ascii_uppercase())));
    }
});
