//! Copyright files: what is found is an expression without empty parts.
#![no_main]

use batten_image::content::File;
use batten_image::facts::Facts;
use batten_image::formats::FORMATS;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let content = bytes.to_vec();
    let file = File { path: "usr/share/doc/x/copyright", mode: 0o644, content: &content };
    let format = FORMATS.iter().find(|format| format.name == "dpkg_copyright");
    let Some(Ok(facts)) = format.map(|format| (format.parse)(&file)) else { return };
    check(&facts, bytes.len());
});

fn check(facts: &Facts, length: usize) {
    assert!(length > 0 || facts.licences.is_empty());
    for (package, expression) in &facts.licences {
        assert_eq!(package, "x");
        assert!(expression.split(" AND ").flat_map(|part| part.split(" OR ")).all(|part| !part.trim().is_empty()));
    }
}
