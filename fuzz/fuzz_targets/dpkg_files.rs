//! Lists of a Debian package's files: no more files than lines.
#![no_main]

use batten_image::content::File;
use batten_image::facts::Facts;
use batten_image::formats::FORMATS;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let content = bytes.to_vec();
    let file = File { path: "var/lib/dpkg/info/x.list", mode: 0o644, content: &content };
    let format = FORMATS.iter().find(|format| format.name == "dpkg_files");
    let Some(Ok(facts)) = format.map(|format| (format.parse)(&file)) else { return };
    check(&facts, bytes.len());
});

fn check(facts: &Facts, length: usize) {
    assert!(facts.owned.iter().all(|owned| owned.package == "x" && owned.files.len() <= length));
}
