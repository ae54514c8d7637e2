//! bbolt files: a walk ends, and hands out nothing that is longer than the file.
#![no_main]

use batten_advisory::import::bbolt::{Bolt, BoltError, Path, Visitor};
use libfuzzer_sys::fuzz_target;
use std::io::Write as _;

struct Within(usize);

impl Visitor for Within {
    fn enter(&mut self, path: &Path, name: &[u8]) -> bool {
        assert!(path.len() <= 64 && name.len() <= self.0);
        true
    }

    fn value(&mut self, _: &Path, key: &[u8], value: &[u8]) -> bool {
        assert!(key.len() + value.len() <= self.0);
        true
    }

    fn damaged(&mut self, _: &Path, _: &BoltError) {}
}

fuzz_target!(|data: &[u8]| {
    let mut file = tempfile::tempfile().expect("a temporary file");
    file.write_all(data).expect("room for it");
    if let Ok(mut bolt) = Bolt::open(file) {
        let _ = bolt.walk(&mut Within(data.len()));
    }
});
