//! One 512-byte header block (POSIX.1-2017 pax, "ustar Interchange Format"; GNU tar manual, "Basic Tar Format").

use super::number;

/// Length of a header, and what all content is padded to.
pub(super) const BLOCK: usize = 512;

/// A header block whose checksum is right.
pub(super) struct Header<'a>(&'a [u8; BLOCK]);

/// Which fields behind the link name a header has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Layout {
    /// None: Unix version 7.
    V7,
    /// `prefix` of 155 bytes.
    Ustar,
    /// `prefix` of 131 bytes, then times (star).
    Star,
    /// Times, and a sparse map.
    Gnu,
}

impl<'a> Header<'a> {
    /// The header in a block, or `None` where the checksum is wrong.
    pub(super) fn parse(block: &'a [u8; BLOCK]) -> Option<Header<'a>> {
        let stated = number::parse(field(block, 148, 8))?;
        let outside: u32 = block.iter().map(|b| u32::from(*b)).sum();
        let inside: u32 = field(block, 148, 8).iter().map(|b| u32::from(*b)).sum();
        let unsigned = outside - inside + 8 * u32::from(b' ');
        if u64::from(unsigned) == stated || signed_sum(block) == stated as i64 {
            return Some(Header(block));
        }
        None
    }

    /// Type of the entry.
    pub(super) fn kind(&self) -> u8 {
        field(self.0, 156, 1).first().copied().unwrap_or_default()
    }

    pub(super) fn size(&self) -> Option<u64> {
        number::parse(field(self.0, 124, 12))
    }

    /// Permission bits; 0 where they are not readable.
    pub(super) fn mode(&self) -> u32 {
        number::parse(field(self.0, 100, 8)).map_or(0, |mode| (mode & 0o7777) as u32)
    }

    pub(super) fn link(&self) -> &'a [u8] {
        text(field(self.0, 157, 100))
    }

    /// Puts prefix and name together.
    pub(super) fn name(&self, path: &mut Vec<u8>) {
        let prefix = match self.layout() {
            Layout::Ustar => text(field(self.0, 345, 155)),
            Layout::Star => text(field(self.0, 345, 131)),
            Layout::V7 | Layout::Gnu => &[],
        };
        path.clear();
        if !prefix.is_empty() {
            path.extend_from_slice(prefix);
            path.push(b'/');
        }
        path.extend_from_slice(text(field(self.0, 0, 100)));
    }

    fn layout(&self) -> Layout {
        match (field(self.0, 257, 6), field(self.0, 263, 2)) {
            (b"ustar\0", _) if field(self.0, 508, 4) == b"tar\0" => Layout::Star,
            (b"ustar\0", _) => Layout::Ustar,
            (b"ustar ", b" \0") => Layout::Gnu,
            _ => Layout::V7,
        }
    }

    /// The four pieces of GNU's old sparse map that are in the header itself, and whether more blocks follow.
    pub(super) fn sparse_fields(&self) -> (&'a [u8], bool) {
        (field(self.0, 386, 96), field(self.0, 482, 1) != [0])
    }

    /// The length of a file in GNU's old sparse format, holes included.
    pub(super) fn sparse_real_size(&self) -> Option<u64> {
        number::parse(field(self.0, 483, 12))
    }
}

/// The 21 pieces in a block that continues GNU's old sparse map, and whether more blocks follow.
pub(super) fn sparse_extension(block: &[u8; BLOCK]) -> (&[u8], bool) {
    (field(block, 0, 504), field(block, 504, 1) != [0])
}

fn field(block: &[u8; BLOCK], start: usize, length: usize) -> &[u8] {
    block.get(start..start + length).unwrap_or_default()
}

/// Up to the first NUL.
fn text(field: &[u8]) -> &[u8] {
    let end = memchr::memchr(0, field).unwrap_or(field.len());
    field.get(..end).unwrap_or_default()
}

/// Old writers summed signed bytes.
fn signed_sum(block: &[u8; BLOCK]) -> i64 {
    let sum: i64 = block.iter().map(|b| i64::from(*b as i8)).sum();
    let inside: i64 = field(block, 148, 8).iter().map(|b| i64::from(*b as i8)).sum();
    sum - inside + 8 * i64::from(b' ')
}
