//! ELF files, read lazily: headers first, then only the parts that a format asks for.
//!
//! Follows the System V ABI, chapters 4 ("Object Files", generic and AMD64 supplement) and 5 ("Program Loading").
//! Both classes, both byte orders, extended numbering. Symbols, relocations and debug data are never read.

use crate::content::ReadAt;
use std::io;

/// Most program headers that are read; real files have fewer than 20.
const MAX_SEGMENTS: u64 = 4096;
/// Most section headers that are read.
const MAX_SECTIONS: u64 = 65_536;
/// Longest section name table that is read.
const MAX_NAMES: u64 = 4 << 20;

/// Why an ELF file could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ElfError {
    /// The content could not be read.
    #[error("cannot be read")]
    Io(#[from] io::Error),
    /// A header contradicts the specification or the file's length.
    #[error("{reason} (at byte {offset})")]
    Malformed {
        /// What was expected and what was there.
        reason: &'static str,
        /// Place in the file, in bytes.
        offset: u64,
    },
}

/// What kind of object file it is (`e_type`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ElfKind {
    /// A program at a fixed address.
    Executable,
    /// A shared object, or a position-independent program.
    Dynamic,
    /// Relocatable objects, core dumps and what the specification leaves to others.
    Other,
}

/// A part of the file that is mapped when the program runs (`PT_…`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Segment {
    /// `p_type`.
    pub kind: u32,
    /// `p_flags`: 1 execute, 2 write, 4 read.
    pub flags: u32,
    /// First byte in the file.
    pub offset: u64,
    /// Virtual address of that byte.
    pub address: u64,
    /// Bytes in the file.
    pub file_size: u64,
}

impl Segment {
    /// True for `PT_LOAD`.
    pub fn is_loaded(&self) -> bool {
        self.kind == 1
    }

    /// True for data that the program may write and not execute.
    pub fn is_writable_data(&self) -> bool {
        self.is_loaded() && self.flags & 3 == 2
    }
}

/// A named part of the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Section {
    name: u32,
    /// `sh_type`; 8 (`SHT_NOBITS`) has no bytes in the file.
    pub kind: u32,
    /// First byte in the file.
    pub offset: u64,
    /// Bytes in the file.
    pub size: u64,
}

/// Numbers in a file's own byte order.
#[derive(Debug, Clone, Copy)]
pub struct ByteOrder {
    /// Most significant byte first.
    pub big_endian: bool,
}

impl ByteOrder {
    /// The 16-bit number at `at`.
    pub fn u16(self, bytes: &[u8], at: usize) -> Option<u16> {
        let raw: [u8; 2] = bytes.get(at..at.checked_add(2)?)?.try_into().ok()?;
        Some(if self.big_endian { u16::from_be_bytes(raw) } else { u16::from_le_bytes(raw) })
    }

    /// The 32-bit number at `at`.
    pub fn u32(self, bytes: &[u8], at: usize) -> Option<u32> {
        let raw: [u8; 4] = bytes.get(at..at.checked_add(4)?)?.try_into().ok()?;
        Some(if self.big_endian { u32::from_be_bytes(raw) } else { u32::from_le_bytes(raw) })
    }

    /// The 64-bit number at `at`.
    pub fn u64(self, bytes: &[u8], at: usize) -> Option<u64> {
        let raw: [u8; 8] = bytes.get(at..at.checked_add(8)?)?.try_into().ok()?;
        Some(if self.big_endian { u64::from_be_bytes(raw) } else { u64::from_le_bytes(raw) })
    }
}

/// The headers of one ELF file; everything else stays where it lies.
pub struct Elf<'a> {
    content: &'a dyn ReadAt,
    /// What kind of object file it is.
    pub kind: ElfKind,
    /// True for 64-bit files.
    pub is_64: bool,
    /// The byte order of its numbers.
    pub order: ByteOrder,
    segments: Vec<Segment>,
    sections: Vec<Section>,
    names: Vec<u8>,
}

impl<'a> Elf<'a> {
    /// Reads the headers: for programs and shared objects those of segments and sections, for other kinds none.
    ///
    /// Fails where a table lies outside the file or is larger than any real one. A file without section headers
    /// is fine.
    pub fn parse(content: &'a dyn ReadAt) -> Result<Elf<'a>, ElfError> {
        let header = read(content, 0, content.len().min(64))?;
        let header = Header::parse(&header).ok_or(malformed("no complete ELF header", 0))?;
        let mut elf = Elf {
            content,
            kind: header.kind,
            is_64: header.is_64,
            order: header.order,
            segments: Vec::new(),
            sections: Vec::new(),
            names: Vec::new(),
        };
        if elf.kind != ElfKind::Other {
            elf.read_tables(&header)?;
        }
        Ok(elf)
    }

    /// The segments, in the order of the file.
    pub fn segments(&self) -> &[Segment] {
        &self.segments
    }

    /// True where the file has section headers; a program without them still runs.
    pub fn has_sections(&self) -> bool {
        !self.sections.is_empty()
    }

    /// The first section of this name that has bytes in the file.
    pub fn section(&self, name: &str) -> Option<Section> {
        let named = |section: &&Section| {
            let start = usize::try_from(section.name).ok();
            let rest = start.and_then(|start| self.names.get(start..)).unwrap_or_default();
            rest.strip_prefix(name.as_bytes()).is_some_and(|rest| rest.first() == Some(&0))
        };
        self.sections.iter().filter(|section| section.kind != 8).find(named).copied()
    }

    /// `length` bytes at a place in the file.
    pub fn read(&self, offset: u64, length: u64) -> Result<Vec<u8>, ElfError> {
        read(self.content, offset, length)
    }

    /// Up to `length` bytes from a virtual address on: fewer where the segment ends before. `None` where no segment
    /// has the address.
    pub fn read_address(&self, address: u64, length: u64) -> Result<Option<Vec<u8>>, ElfError> {
        for segment in self.segments.iter().filter(|segment| segment.is_loaded()) {
            let Some(inside) = address.checked_sub(segment.address).filter(|at| *at < segment.file_size)
            else {
                continue;
            };
            let length = length.min(segment.file_size - inside);
            let offset =
                segment.offset.checked_add(inside).ok_or(malformed("segment beyond any file", address))?;
            return self.read(offset, length).map(Some);
        }
        Ok(None)
    }

    fn read_tables(&mut self, header: &Header) -> Result<(), ElfError> {
        let first = match header.section_table {
            0 => None,
            at if header.section_size < header.section_minimum() => {
                return Err(malformed("section headers are too short", at));
            }
            at => {
                let raw = read(self.content, at, header.section_size)?;
                Some(header.section(&raw).ok_or(malformed("no complete section header", at))?)
            }
        };
        self.read_segments(header, first.map(|(_, extra)| extra))?;
        match first {
            Some((first, extra)) => self.read_sections(header, first, extra),
            None => Ok(()),
        }
    }

    fn read_segments(&mut self, header: &Header, first: Option<Extra>) -> Result<(), ElfError> {
        // 0xffff: the real number stands in the first section header (PN_XNUM).
        let count = match (header.segment_count, first) {
            (0xffff, Some(extra)) => u64::from(extra.info),
            (count, _) => u64::from(count),
        };
        if count == 0 || header.segment_table == 0 {
            return Ok(());
        }
        if count > MAX_SEGMENTS || header.segment_size < header.segment_minimum() {
            return Err(malformed("program headers of impossible size", header.segment_table));
        }
        let table = read(self.content, header.segment_table, count * header.segment_size)?;
        let size = usize::try_from(header.segment_size).unwrap_or(usize::MAX);
        self.segments = table.chunks_exact(size).filter_map(|raw| header.segment(raw)).collect();
        Ok(())
    }

    fn read_sections(&mut self, header: &Header, first: Section, extra: Extra) -> Result<(), ElfError> {
        let at = header.section_table;
        // 0 and 0xffff: the real numbers stand in the first section header (SHN_XINDEX).
        let count = if header.section_count == 0 { first.size } else { u64::from(header.section_count) };
        let names = if header.names_index == 0xffff { extra.link } else { u32::from(header.names_index) };
        if count > MAX_SECTIONS {
            return Err(malformed("more section headers than any real file has", at));
        }
        let table = read(self.content, at, count * header.section_size)?;
        let size = usize::try_from(header.section_size).unwrap_or(usize::MAX);
        self.sections = table.chunks_exact(size).filter_map(|raw| Some(header.section(raw)?.0)).collect();
        let names = usize::try_from(names).ok().and_then(|index| self.sections.get(index)).copied();
        self.names = match names {
            Some(names) if names.kind == 8 => Vec::new(),
            Some(names) if names.size <= MAX_NAMES => self.read(names.offset, names.size)?,
            Some(names) => return Err(malformed("section names longer than any real file's", names.offset)),
            None => Vec::new(),
        };
        Ok(())
    }
}

/// What the first section header tells about the tables themselves.
#[derive(Debug, Clone, Copy)]
struct Extra {
    link: u32,
    info: u32,
}

struct Header {
    kind: ElfKind,
    is_64: bool,
    order: ByteOrder,
    segment_table: u64,
    section_table: u64,
    segment_size: u64,
    segment_count: u16,
    section_size: u64,
    section_count: u16,
    names_index: u16,
}

impl Header {
    fn parse(raw: &[u8]) -> Option<Header> {
        raw.strip_prefix(b"\x7fELF")?;
        let is_64 = match raw.get(4)? {
            1 => false,
            2 => true,
            _ => return None,
        };
        let order = ByteOrder {
            big_endian: match raw.get(5)? {
                1 => false,
                2 => true,
                _ => return None,
            },
        };
        let kind = match order.u16(raw, 16)? {
            2 => ElfKind::Executable,
            3 => ElfKind::Dynamic,
            _ => ElfKind::Other,
        };
        let (segment_table, section_table, rest) = if is_64 {
            (order.u64(raw, 32)?, order.u64(raw, 40)?, 54)
        } else {
            (u64::from(order.u32(raw, 28)?), u64::from(order.u32(raw, 32)?), 42)
        };
        Some(Header {
            kind,
            is_64,
            order,
            segment_table,
            section_table,
            segment_size: u64::from(order.u16(raw, rest)?),
            segment_count: order.u16(raw, rest + 2)?,
            section_size: u64::from(order.u16(raw, rest + 4)?),
            section_count: order.u16(raw, rest + 6)?,
            names_index: order.u16(raw, rest + 8)?,
        })
    }

    fn segment_minimum(&self) -> u64 {
        if self.is_64 { 56 } else { 32 }
    }

    fn section_minimum(&self) -> u64 {
        if self.is_64 { 64 } else { 40 }
    }

    /// The number at `at64` or `at32`, as wide as the class.
    fn word(&self, raw: &[u8], at64: usize, at32: usize) -> Option<u64> {
        if self.is_64 { self.order.u64(raw, at64) } else { self.order.u32(raw, at32).map(u64::from) }
    }

    fn segment(&self, raw: &[u8]) -> Option<Segment> {
        Some(Segment {
            kind: self.order.u32(raw, 0)?,
            flags: self.order.u32(raw, if self.is_64 { 4 } else { 24 })?,
            offset: self.word(raw, 8, 4)?,
            address: self.word(raw, 16, 8)?,
            file_size: self.word(raw, 32, 16)?,
        })
    }

    fn section(&self, raw: &[u8]) -> Option<(Section, Extra)> {
        let section = Section {
            name: self.order.u32(raw, 0)?,
            kind: self.order.u32(raw, 4)?,
            offset: self.word(raw, 24, 16)?,
            size: self.word(raw, 32, 20)?,
        };
        let (link, info) = if self.is_64 { (40, 44) } else { (24, 28) };
        Some((section, Extra { link: self.order.u32(raw, link)?, info: self.order.u32(raw, info)? }))
    }
}

fn malformed(reason: &'static str, offset: u64) -> ElfError {
    ElfError::Malformed { reason, offset }
}

/// Reads exactly `length` bytes; the length is checked against the content's before anything is allocated.
fn read(content: &dyn ReadAt, offset: u64, length: u64) -> Result<Vec<u8>, ElfError> {
    let fits = offset.checked_add(length).is_some_and(|end| end <= content.len());
    let size = usize::try_from(length).ok().filter(|_| fits);
    let size = size.ok_or(malformed("a table or section lies outside the file", offset))?;
    let mut buffer = vec![0; size];
    content.read_exact_at(offset, &mut buffer)?;
    Ok(buffer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_this_test_program() {
        let bytes = std::fs::read(std::env::current_exe().unwrap()).unwrap();
        let elf = Elf::parse(&bytes).unwrap();
        assert!(elf.is_64 && elf.has_sections());
        let text = elf.section(".text").unwrap();
        assert!(text.size > 1000);
        assert!(elf.section(".tex").is_none());
        let load = elf.segments().iter().find(|segment| segment.is_loaded()).unwrap();
        assert_eq!(elf.read_address(load.address, 4).unwrap().unwrap(), b"\x7fELF");
    }

    #[test]
    fn every_truncated_or_changed_header_is_an_error_or_read() {
        let mut bytes = std::fs::read(std::env::current_exe().unwrap()).unwrap();
        for length in 0..200 {
            assert!(Elf::parse(&bytes[..length].to_vec()).is_err());
        }
        for bit in 0..64 * 8 {
            bytes[bit / 8] ^= 1 << (bit % 8);
            if let Ok(elf) = Elf::parse(&bytes) {
                elf.section(".text");
            }
            bytes[bit / 8] ^= 1 << (bit % 8);
        }
    }
}
