//! Entries of any archive lie within it and in order, and reading one ends.
#![no_main]

use batten_image::tar::{Kind, Reader};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let mut reader = Reader::new(bytes).apply_global_headers();
    let mut last = 0;
    let mut whole = true;
    loop {
        match reader.next_entry() {
            Ok(Some(entry)) => {
                assert!(entry.offset >= last + 512);
                assert!(entry.kind == Kind::File || entry.size == 0);
                if let Some(map) = reader.sparse() {
                    let stored: u64 = map.segments().iter().map(|segment| segment.length).sum();
                    assert_eq!(stored, entry.stored);
                    assert!(map.real_size() >= stored && map.real_size() == entry.size);
                }
                last = entry.offset;
            }
            Ok(None) => break,
            Err(_) => {
                whole = false;
                break;
            }
        }
    }
    let drained = reader.drain();
    assert!(drained.is_ok());
    assert_eq!(reader.position(), bytes.len() as u64, "{whole}");
});
