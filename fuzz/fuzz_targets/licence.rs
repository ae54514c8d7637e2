//! A licence statement becomes an expression that reads as itself again.
#![no_main]

use batten_image::content::File;
use batten_image::formats::FORMATS;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if text.len() > 900 || text.contains(|c: char| c.is_control() || c.is_whitespace() && c != ' ') {
        return;
    }
    let Some(once) = licence(text) else { return };
    if once.len() < 900 {
        assert_eq!(licence(&once).as_deref(), Some(once.as_str()));
    }
});

/// The statement as a package of Alpine has it.
fn licence(text: &str) -> Option<String> {
    let content = format!("P:x\nV:1\nL:{text}\n").into_bytes();
    let file = File { path: "lib/apk/db/installed", mode: 0o644, content: &content };
    let format = FORMATS.iter().find(|format| format.name == "apk")?;
    (format.parse)(&file).ok()?.packages.pop()?.licence
}
