//! Where pages come from, and the numbers on them.

use std::io;

/// Pages by number, counted from 1.
pub(super) trait Pages {
    /// Bytes of a page that SQLite uses.
    fn usable(&self) -> u32;

    /// Pages of the database.
    fn count(&self) -> u32;

    /// The whole page.
    fn read(&self, number: u32) -> io::Result<Vec<u8>>;
}

pub(super) fn be16(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_be_bytes(bytes.get(at..at.checked_add(2)?)?.try_into().ok()?))
}

pub(super) fn be32(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_be_bytes(bytes.get(at..at.checked_add(4)?)?.try_into().ok()?))
}

/// A variable-length integer and how many bytes it takes (section 1.6).
pub(super) fn varint(bytes: &[u8], at: usize) -> Option<(u64, usize)> {
    let mut value = 0u64;
    for length in 1..=8 {
        let byte = *bytes.get(at.checked_add(length - 1)?)?;
        value = value << 7 | u64::from(byte & 0x7f);
        if byte & 0x80 == 0 {
            return Some((value, length));
        }
    }
    let last = *bytes.get(at.checked_add(8)?)?;
    Some((value << 8 | u64::from(last), 9))
}
