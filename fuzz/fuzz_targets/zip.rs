//! ZIP archives: an entry's content has the size that the directory states, and its start is its start.
#![no_main]

use batten_image::zip::Zip;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let content = bytes.to_vec();
    let Ok(zip) = Zip::open(&content) else { return };
    for entry in zip.entries().take(100).flatten() {
        if let Ok(whole) = zip.read(&entry, 1 << 20) {
            assert_eq!(whole.len() as u64, entry.size);
            let start = zip.read_start(&entry, 10).expect("the start of a whole entry");
            assert!(whole.starts_with(&start));
        }
    }
});
