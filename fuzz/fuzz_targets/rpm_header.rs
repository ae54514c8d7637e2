//! One package header, in the simplest database that can hold it: no panic, and no more files than bytes.
#![no_main]

use batten_image::content::File;
use batten_image::formats::FORMATS;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|header: &[u8]| {
    if header.len() > 60_000 {
        return;
    }
    let content = berkeley_db(header);
    let file = File { path: "var/lib/rpm/Packages", mode: 0o644, content: &content };
    let Some(format) = FORMATS.iter().find(|format| format.name == "rpm") else { return };
    let Ok(facts) = (format.parse)(&file) else { return };
    // A header is a package, a public key, or a problem.
    assert!(facts.packages.len() + facts.problems.len() <= 1);
    assert!(facts.owned.iter().all(|owned| owned.files.len() <= header.len()));
});

/// A hash database of one page, whose only value is `header`.
fn berkeley_db(header: &[u8]) -> Vec<u8> {
    const PAGE: usize = 65_536;
    let mut meta = vec![0; PAGE];
    meta[12..16].copy_from_slice(&0x0006_1561_u32.to_le_bytes());
    meta[20..24].copy_from_slice(&(PAGE as u32).to_le_bytes());
    meta[25] = 8;
    meta[32..36].copy_from_slice(&1_u32.to_le_bytes());
    let mut page = vec![0; PAGE];
    page[25] = 13;
    page[20..22].copy_from_slice(&2_u16.to_le_bytes());
    let key = PAGE - 5;
    let value = key - header.len() - 1;
    page[26..28].copy_from_slice(&(key as u16).to_le_bytes());
    page[28..30].copy_from_slice(&(value as u16).to_le_bytes());
    page[key..].copy_from_slice(&[1, 1, 0, 0, 0]);
    page[value] = 1;
    page[value + 1..key].copy_from_slice(header);
    meta.extend(page);
    meta
}
