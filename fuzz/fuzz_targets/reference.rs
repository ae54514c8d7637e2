//! A reference that is read is written as itself, and reads as itself again.
#![no_main]

use batten_fetch::Reference;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Ok(reference) = Reference::parse(text) {
        let written = reference.to_string();
        assert_eq!(Reference::parse(&written).as_ref(), Ok(&reference));
        assert!(!reference.repository().contains(".."));
    }
});
