//! The write-ahead log beside a database (section 4 of the file format).

use super::page::{Pages, be32};
use crate::content::ReadAt;
use crate::formats::FormatError;
use std::collections::BTreeMap;
use std::io;

const MAGIC: u32 = 0x377f_0682;
const VERSION: u32 = 3_007_000;
const HEADER: usize = 32;
const FRAME_HEADER: usize = 24;

/// The newest committed version of each page in a log.
pub(super) struct Log<'a> {
    content: &'a dyn ReadAt,
    page_size: u32,
    /// Pages of the database after the last commit.
    count: u32,
    /// Place of each page's content.
    pages: BTreeMap<u32, u64>,
}

impl<'a> Log<'a> {
    /// Reads the frames up to the last commit. Where a checksum or salt does not fit the log ends, as SQLite itself
    /// has it; `None` for a log without a commit.
    pub(super) fn open(content: &'a dyn ReadAt) -> Result<Option<Log<'a>>, FormatError> {
        if content.len() < HEADER as u64 {
            return Ok(None);
        }
        let mut header = [0; HEADER];
        content.read_exact_at(0, &mut header)?;
        let word = |at: usize| be32(&header, at).unwrap_or_default();
        let page_size = word(8);
        if word(0) & !1 != MAGIC {
            return Err(malformed("the magic number is missing", 0));
        }
        if word(4) != VERSION {
            return Err(malformed("its version is not known", 4));
        }
        if !(512..=65_536).contains(&page_size) || !page_size.is_power_of_two() {
            return Err(malformed("it has no page size", 8));
        }
        let mut sums = Checksum { big_endian: word(0) & 1 == 1, value: (0, 0) };
        sums.add(header.get(..24).unwrap_or_default());
        if sums.value != (word(24), word(28)) {
            return Ok(None);
        }
        let mut log = Log { content, page_size, count: 0, pages: BTreeMap::new() };
        log.frames(sums, (word(16), word(20)))?;
        Ok((!log.pages.is_empty()).then_some(log))
    }

    fn frames(&mut self, mut sums: Checksum, salts: (u32, u32)) -> io::Result<()> {
        let size = FRAME_HEADER + self.page_size as usize;
        let mut frame = vec![0; size];
        let mut uncommitted: Vec<(u32, u64)> = Vec::new();
        let mut at = HEADER as u64;
        while at + size as u64 <= self.content.len() {
            self.content.read_exact_at(at, &mut frame)?;
            let word = |place: usize| be32(&frame, place).unwrap_or_default();
            sums.add(frame.get(..8).unwrap_or_default());
            sums.add(frame.get(FRAME_HEADER..).unwrap_or_default());
            if (word(8), word(12)) != salts || sums.value != (word(16), word(20)) || word(0) == 0 {
                break;
            }
            uncommitted.push((word(0), at + FRAME_HEADER as u64));
            if word(4) != 0 {
                self.count = word(4);
                self.pages.extend(uncommitted.drain(..));
            }
            at += size as u64;
        }
        Ok(())
    }

    /// Whether the log has the page.
    pub(super) fn has(&self, page: u32) -> bool {
        self.pages.contains_key(&page)
    }

    /// The pages of the log that the database still has, in order.
    pub(super) fn numbers(&self) -> impl Iterator<Item = u32> {
        self.pages.keys().copied().filter(|page| *page <= self.count)
    }
}

impl Pages for Log<'_> {
    /// rpm reserves nothing on its pages.
    fn usable(&self) -> u32 {
        self.page_size
    }

    /// Pages of the log: what it says of the database's size is anybody's word.
    fn count(&self) -> u32 {
        u32::try_from(self.pages.len()).unwrap_or(u32::MAX)
    }

    fn read(&self, number: u32) -> io::Result<Vec<u8>> {
        let place = self.pages.get(&number).ok_or(io::ErrorKind::NotFound)?;
        let mut page = vec![0; self.page_size as usize];
        self.content.read_exact_at(*place, &mut page)?;
        Ok(page)
    }
}

/// The running checksum over header and frames (section 4.2).
struct Checksum {
    big_endian: bool,
    value: (u32, u32),
}

impl Checksum {
    fn add(&mut self, bytes: &[u8]) {
        let (mut first, mut second) = self.value;
        for pair in bytes.chunks_exact(8) {
            let word = |at: usize| {
                let big = be32(pair, at).unwrap_or_default();
                if self.big_endian { big } else { big.swap_bytes() }
            };
            first = first.wrapping_add(word(0)).wrapping_add(second);
            second = second.wrapping_add(word(4)).wrapping_add(first);
        }
        self.value = (first, second);
    }
}

fn malformed(reason: &str, byte: u32) -> FormatError {
    FormatError::Malformed {
        format: "SQLite write-ahead log",
        reason: reason.to_owned(),
        place: format!("byte {byte}"),
    }
}
