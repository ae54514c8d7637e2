//! ZIP archives read in place (APPNOTE.TXT 6.3.10): the central directory, and the entries that are asked for.
//!
//! ZIP64 and archives behind other bytes (programs that are archives too) are read; encrypted entries, archives in
//! several parts and methods other than "stored" and "deflated" are errors of the entry. The directory is walked
//! without an allocation for each entry. Sizes that a header claims are checked before anything is allocated.

mod deflated;

use crate::content::ReadAt;
use std::borrow::Cow;
use std::io;

pub use deflated::Deflated;

/// Longest central directory that is read.
pub const MAX_DIRECTORY: u64 = 128 << 20;

const END: &[u8] = b"PK\x05\x06";
const END_SIZE: u64 = 22;
const END64: &[u8] = b"PK\x06\x06";
const LOCATOR64: &[u8] = b"PK\x06\x07";
const CENTRAL: &[u8] = b"PK\x01\x02";
const CENTRAL_SIZE: usize = 46;
const LOCAL: &[u8] = b"PK\x03\x04";
const LOCAL_SIZE: u64 = 30;

/// Why an archive or an entry could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ZipError {
    /// The content could not be read.
    #[error("cannot be read: {0}")]
    Io(#[from] io::Error),
    /// There is no end-of-directory record: no ZIP archive, or one that was cut off.
    #[error("has no ZIP directory: it is no ZIP archive, or its end is missing")]
    NoDirectory,
    /// A record contradicts the specification or the file's length.
    #[error("{reason} (at byte {offset})")]
    Malformed {
        /// What was expected.
        reason: &'static str,
        /// Place in the archive, in bytes.
        offset: u64,
    },
    /// The entry needs a password.
    #[error("is encrypted")]
    Encrypted,
    /// The entry is compressed by a method that is not read.
    #[error("is compressed by method {0}, which is not supported")]
    Method(u16),
    /// The content does not have the size or checksum that the directory states.
    #[error("is damaged: {0}")]
    Damaged(&'static str),
    /// Larger than the reader allows.
    #[error("exceeds the limit of {0} bytes")]
    Limit(u64),
}

impl ZipError {
    /// The same in Chinese.
    pub fn zh(&self) -> String {
        match self {
            ZipError::Io(error) => format!("无法读取：{error}"),
            ZipError::NoDirectory => "没有 ZIP 目录：不是 ZIP 归档，或结尾缺失".to_owned(),
            ZipError::Malformed { reason, offset } => format!("{reason}（位于字节 {offset}）"),
            ZipError::Encrypted => "已加密".to_owned(),
            ZipError::Method(method) => format!("使用了不支持的压缩方法 {method}"),
            ZipError::Damaged(reason) => format!("已损坏：{reason}"),
            ZipError::Limit(limit) => format!("超过上限 {limit} 字节"),
        }
    }
}

/// One entry, as the central directory describes it.
#[derive(Debug, Clone, Copy)]
pub struct Entry<'z> {
    /// Name as stored, `/` between its parts.
    pub raw_name: &'z [u8],
    /// General purpose flags.
    pub flags: u16,
    /// 0 stored, 8 deflated.
    pub method: u16,
    /// CRC-32 of the content.
    pub crc: u32,
    /// Bytes in the archive.
    pub compressed: u64,
    /// Bytes of the content, as stated.
    pub size: u64,
    /// Place of the local header, with what lies before the archive.
    pub header: u64,
}

impl<'z> Entry<'z> {
    /// The name, lossily decoded.
    pub fn name(&self) -> Cow<'z, str> {
        String::from_utf8_lossy(self.raw_name)
    }

    /// True for folders.
    pub fn is_folder(&self) -> bool {
        self.raw_name.ends_with(b"/")
    }
}

/// An archive whose directory is in memory.
pub struct Zip<'a> {
    content: &'a dyn ReadAt,
    directory: Vec<u8>,
    /// Bytes before the archive, to which its places do not count.
    base: u64,
    /// Place of the directory, for errors.
    at: u64,
}

/// Where the directory lies, as an end record tells.
struct End {
    at: u64,
    size: u64,
    offset: u64,
}

impl<'a> Zip<'a> {
    /// Reads the directory.
    pub fn open(content: &'a dyn ReadAt) -> Result<Zip<'a>, ZipError> {
        let end = find_end(content)?;
        // The directory ends where the end record begins; its stated place counts from the archive's own first byte.
        let start =
            end.at.checked_sub(end.size).ok_or(malformed("a directory longer than the file", end.at))?;
        let base = start.checked_sub(end.offset).ok_or(malformed("a directory outside the file", end.at))?;
        if end.size > MAX_DIRECTORY {
            return Err(ZipError::Limit(MAX_DIRECTORY));
        }
        let directory = read(content, start, end.size)?;
        if !directory.is_empty() && !directory.starts_with(CENTRAL) {
            return Err(malformed("no directory where the end record says", start));
        }
        Ok(Zip { content, directory, base, at: start })
    }

    /// Length of the directory in bytes.
    pub fn directory_size(&self) -> u64 {
        self.directory.len() as u64
    }

    /// All entries, in the order of the directory. A damaged record ends the walk with an error.
    pub fn entries(&self) -> impl Iterator<Item = Result<Entry<'_>, ZipError>> {
        let mut at = 0usize;
        std::iter::from_fn(move || {
            let rest = self.directory.get(at..).filter(|rest| !rest.is_empty())?;
            // A digital signature may follow the last entry.
            if rest.starts_with(b"PK\x05\x05") {
                return None;
            }
            match central(rest, self.base) {
                Some((entry, length)) => {
                    at += length;
                    Some(Ok(entry))
                }
                None => {
                    let place = self.at + at as u64;
                    at = self.directory.len();
                    Some(Err(malformed("a damaged directory record", place)))
                }
            }
        })
    }

    /// The whole content of an entry, at most `limit` bytes; its checksum is verified.
    pub fn read(&self, entry: &Entry<'_>, limit: u64) -> Result<Vec<u8>, ZipError> {
        if entry.size > limit {
            return Err(ZipError::Limit(limit));
        }
        let start = self.data(entry)?;
        let content = match entry.method {
            0 => read(self.content, start, entry.compressed)?,
            _ => deflated::inflate(self.content, start, entry.compressed, entry.size)?,
        };
        if content.len() as u64 != entry.size {
            return Err(ZipError::Damaged("its length is not what the directory states"));
        }
        let mut crc = flate2::Crc::new();
        crc.update(&content);
        if crc.sum() != entry.crc {
            return Err(ZipError::Damaged("its checksum is not what the directory states"));
        }
        Ok(content)
    }

    /// At most the first `limit` bytes of an entry, without a look at its checksum.
    pub fn read_start(&self, entry: &Entry<'_>, limit: u64) -> Result<Vec<u8>, ZipError> {
        let start = self.data(entry)?;
        let wanted = entry.size.min(limit);
        match entry.method {
            0 => read(self.content, start, wanted.min(entry.compressed)),
            _ => deflated::inflate(self.content, start, entry.compressed, wanted),
        }
    }

    /// A stored entry's content in its place in the archive.
    pub fn stored(&self, entry: &Entry<'_>) -> Result<Stored<'a>, ZipError> {
        let offset = self.data(entry)?;
        Ok(Stored { content: self.content, offset, length: entry.compressed })
    }

    /// A deflated entry's content, inflated anew as often as it is read backwards; see [`Deflated`].
    pub fn deflated(&self, entry: &Entry<'_>, budget: u64) -> Result<Deflated<'a>, ZipError> {
        let offset = self.data(entry)?;
        Ok(Deflated::new(self.stored_range(offset, entry.compressed), entry.size, budget))
    }

    fn stored_range(&self, offset: u64, length: u64) -> Stored<'a> {
        Stored { content: self.content, offset, length }
    }

    /// Place of an entry's data: behind the local header, whose lengths may differ from the directory's.
    fn data(&self, entry: &Entry<'_>) -> Result<u64, ZipError> {
        // Bits 0, 6 and 13: encryption, strong encryption, masked headers.
        if entry.flags & 0x2041 != 0 {
            return Err(ZipError::Encrypted);
        }
        if !matches!(entry.method, 0 | 8) {
            return Err(ZipError::Method(entry.method));
        }
        let header = read(self.content, entry.header, LOCAL_SIZE)?;
        let lengths =
            header.strip_prefix(LOCAL).and_then(|rest| Some((u16_at(rest, 22)?, u16_at(rest, 24)?)));
        let (name, extra) =
            lengths.ok_or(malformed("no local header where the directory says", entry.header))?;
        let start = entry.header + LOCAL_SIZE + u64::from(name) + u64::from(extra);
        let fits = start.checked_add(entry.compressed).is_some_and(|end| end <= self.content.len());
        if fits { Ok(start) } else { Err(malformed("content beyond the end of the file", start)) }
    }
}

/// A part of other content.
pub struct Stored<'a> {
    content: &'a dyn ReadAt,
    offset: u64,
    length: u64,
}

impl ReadAt for Stored<'_> {
    fn len(&self) -> u64 {
        self.length
    }

    fn read_exact_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<()> {
        let end = offset.checked_add(buffer.len() as u64).filter(|end| *end <= self.length);
        end.ok_or(io::ErrorKind::UnexpectedEof)?;
        self.content.read_exact_at(self.offset + offset, buffer)
    }

    fn as_slice(&self) -> Option<&[u8]> {
        let start = usize::try_from(self.offset).ok()?;
        let length = usize::try_from(self.length).ok()?;
        self.content.as_slice()?.get(start..start.checked_add(length)?)
    }
}

fn find_end(content: &dyn ReadAt) -> Result<End, ZipError> {
    let length = content.len();
    if length < END_SIZE {
        return Err(ZipError::NoDirectory);
    }
    // Most archives have no comment: the record is the last 22 bytes.
    let mut tail = read(content, length - END_SIZE, END_SIZE)?;
    if !(tail.starts_with(END) && tail.ends_with(&[0, 0])) {
        let room = length.min(END_SIZE + u64::from(u16::MAX));
        tail = read(content, length - room, room)?;
    }
    let fits = |at: &usize| {
        let comment = tail.get(*at..).and_then(|record| u16_at(record, 20));
        comment.is_some_and(|comment| at + 22 + usize::from(comment) <= tail.len())
    };
    let found = memchr::memmem::rfind_iter(&tail, END).find(fits).ok_or(ZipError::NoDirectory)?;
    let at = length - tail.len() as u64 + found as u64;
    let record = tail.get(found..).unwrap_or_default();
    let (Some(disk), Some(count), Some(size), Some(offset)) =
        (u16_at(record, 4), u16_at(record, 10), u32_at(record, 12), u32_at(record, 16))
    else {
        return Err(ZipError::NoDirectory);
    };
    if (count == u16::MAX || size == u32::MAX || offset == u32::MAX)
        && let Some(end) = find_end64(content, at)?
    {
        return Ok(end);
    }
    match disk {
        0 | u16::MAX => Ok(End { at, size: u64::from(size), offset: u64::from(offset) }),
        _ => Err(malformed("an archive in several parts", at)),
    }
}

/// The ZIP64 end record, whose locator stands before the end record at `at`.
fn find_end64(content: &dyn ReadAt, at: u64) -> Result<Option<End>, ZipError> {
    let Some(locator_at) = at.checked_sub(20) else { return Ok(None) };
    let locator = read(content, locator_at, 20)?;
    if !locator.starts_with(LOCATOR64) {
        return Ok(None);
    }
    let stated = u64_at(&locator, 8).unwrap_or(u64::MAX);
    // The record has 56 bytes where it has no extensions; then it is found behind other bytes too.
    for place in [locator_at.checked_sub(56), Some(stated)].into_iter().flatten() {
        if place.checked_add(56).is_none_or(|end| end > locator_at) {
            continue;
        }
        let record = read(content, place, 56)?;
        if let (true, Some(size), Some(offset)) =
            (record.starts_with(END64), u64_at(&record, 40), u64_at(&record, 48))
        {
            return Ok(Some(End { at: place, size, offset }));
        }
    }
    Err(malformed("no ZIP64 end record where its locator says", locator_at))
}

/// The first record of a directory, and its length.
fn central(raw: &[u8], base: u64) -> Option<(Entry<'_>, usize)> {
    let fixed = raw.get(..CENTRAL_SIZE).filter(|raw| raw.starts_with(CENTRAL))?;
    let lengths = [28, 30, 32].map(|at| u16_at(fixed, at).map(usize::from));
    let [Some(name), Some(extra), Some(comment)] = lengths else { return None };
    let raw_name = raw.get(CENTRAL_SIZE..CENTRAL_SIZE + name)?;
    let extra_end = CENTRAL_SIZE + name + extra;
    let extra = raw.get(CENTRAL_SIZE + name..extra_end)?;
    let length = extra_end + comment;
    raw.get(..length)?;
    let [compressed, size, header] =
        wide([u32_at(fixed, 20)?, u32_at(fixed, 24)?, u32_at(fixed, 42)?], extra)?;
    let entry = Entry {
        raw_name,
        flags: u16_at(fixed, 8)?,
        method: u16_at(fixed, 10)?,
        crc: u32_at(fixed, 16)?,
        compressed,
        size,
        header: base.checked_add(header).filter(|at| *at < u64::MAX / 2)?,
    };
    Some((entry, length))
}

/// Compressed size, size and place, taken from the ZIP64 extra field (0x0001) where the short field is full.
fn wide(short: [u32; 3], extra: &[u8]) -> Option<[u64; 3]> {
    let [compressed, size, header] = short;
    if short.iter().all(|value| *value != u32::MAX) {
        return Some([u64::from(compressed), u64::from(size), u64::from(header)]);
    }
    let mut rest = extra;
    let field = loop {
        let (kind, length) = (u16_at(rest, 0)?, usize::from(u16_at(rest, 2)?));
        let field = rest.get(4..4 + length)?;
        if kind == 1 {
            break field;
        }
        rest = rest.get(4 + length..)?;
    };
    let mut at = 0;
    let mut take = |short: u32| {
        if short != u32::MAX {
            return Some(u64::from(short));
        }
        at += 8;
        u64_at(field, at - 8)
    };
    // In this order in the extra field, whatever the order in the record.
    let size = take(size)?;
    let compressed = take(compressed)?;
    Some([compressed, size, take(header)?])
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_le_bytes(bytes.get(at..at.checked_add(2)?)?.try_into().ok()?))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(bytes.get(at..at.checked_add(4)?)?.try_into().ok()?))
}

fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    Some(u64::from_le_bytes(bytes.get(at..at.checked_add(8)?)?.try_into().ok()?))
}

fn malformed(reason: &'static str, offset: u64) -> ZipError {
    ZipError::Malformed { reason, offset }
}

/// Reads exactly `length` bytes; the length is checked against the content's before anything is allocated.
fn read(content: &dyn ReadAt, offset: u64, length: u64) -> Result<Vec<u8>, ZipError> {
    let fits = offset.checked_add(length).is_some_and(|end| end <= content.len());
    let size = usize::try_from(length).ok().filter(|_| fits);
    let mut buffer = vec![0; size.ok_or(malformed("a record beyond the end of the file", offset))?];
    content.read_exact_at(offset, &mut buffer)?;
    Ok(buffer)
}

#[cfg(test)]
pub(crate) mod tests;
