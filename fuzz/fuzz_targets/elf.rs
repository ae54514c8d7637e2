//! ELF headers: what is read by an address lies in the file.
#![no_main]

use batten_image::elf::Elf;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let content = bytes.to_vec();
    let Ok(elf) = Elf::parse(&content) else { return };
    for name in [".go.buildinfo", ".dep-v0", ".text"] {
        if let Some(section) = elf.section(name) {
            let _ = elf.read(section.offset, section.size);
        }
    }
    for segment in elf.segments().iter().take(20) {
        if let Ok(Some(read)) = elf.read_address(segment.address, 64) {
            assert!(read.len() <= 64 && read.len() <= bytes.len());
        }
    }
});
