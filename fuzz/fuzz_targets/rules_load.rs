//! Files of rules: each problem names a place in the file, and what is accepted has only whole rules.
#![no_main]

use batten_rules::limits::Limits;
use batten_rules::{LoadOptions, RuleFile, load};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|content: &[u8]| {
    let limits = Limits { regex_bytes: 1 << 16, ..Limits::default() };
    let options = LoadOptions { limits, ..LoadOptions::default() };
    let loaded = load(&[RuleFile { name: "x", content }], &options);
    let lines = content.iter().filter(|byte| matches!(byte, b'\n' | b'\r')).count() + 1;
    for file in &loaded.files {
        for problem in file.errors.iter().chain(&file.warnings) {
            assert!(problem.excerpt.line <= lines + 1, "{problem:?}");
            assert!(!problem.message.zh.is_empty());
        }
    }
    assert!(serde_json::to_string(&loaded.to_json()).is_ok());
});
