//! Release files: what is found has a name of some kind.
#![no_main]

use batten_image::content::File;
use batten_image::facts::Facts;
use batten_image::formats::FORMATS;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let content = bytes.to_vec();
    let file = File { path: "etc/os-release", mode: 0o644, content: &content };
    let format = FORMATS.iter().find(|format| format.name == "os_release");
    let Some(Ok(facts)) = format.map(|format| (format.parse)(&file)) else { return };
    check(&facts, bytes.len());
});

fn check(facts: &Facts, length: usize) {
    if let Some(os) = &facts.os {
        assert!(!os.id.is_empty() || !os.name.is_empty() || !os.version_id.is_empty());
        assert!(os.id.len() <= length * 3);
    }
}
