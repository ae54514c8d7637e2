//! rpm's Berkeley DB: no loop over overflow pages, no panic, and no package without a name.
#![no_main]

use batten_image::content::File;
use batten_image::facts::Facts;
use batten_image::formats::FORMATS;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let content = bytes.to_vec();
    let file = File { path: "var/lib/rpm/Packages", mode: 0o644, content: &content };
    let format = FORMATS.iter().find(|format| format.name == "rpm");
    let Some(Ok(facts)) = format.map(|format| (format.parse)(&file)) else { return };
    check(&facts, bytes.len());
});

fn check(facts: &Facts, length: usize) {
    // Every package has a name and a version, and takes some of the bytes.
    assert!(facts.packages.len() <= length);
    for package in &facts.packages {
        assert!(!package.name.is_empty() && !package.version.is_empty());
        assert_eq!(package.locations.len(), 1);
    }
    assert!(facts.owned.iter().all(|owned| !owned.package.is_empty() && owned.files.len() <= length));
}
