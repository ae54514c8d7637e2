//! Conditions: whatever is read can be read again within parentheses, and gives the same tree one level further in.
#![no_main]

use batten_rules::syntax::parse;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    match parse(text) {
        Ok(_) => {
            let deeper = parse(&format!("({text})"));
            assert!(deeper.is_ok() || deeper.is_err_and(|error| error.text.en.contains("nested deeper")));
        }
        Err(error) => {
            assert!(error.at <= text.len() && text.is_char_boundary(error.at));
            assert!(!error.text.en.is_empty() && !error.text.zh.is_empty());
        }
    }
});
