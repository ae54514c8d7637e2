//! ZIP archives (PKWARE APPNOTE 6.3.10) of many small records, as OSV publishes them: the central directory is
//! streamed, ZIP64 is understood, entries are stored or deflated, and each entry's size and checksum are verified.

use super::FeedError;
use batten_model::Date;
use std::fs::File;
use std::io::Read;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};

/// Entries of one archive that are read.
const ENTRY_LIMIT: u64 = 5_000_000;
/// The end record and the longest comment behind it (section 4.3.16).
const END_SEARCH: u64 = 22 + 65_535;
const WINDOW: usize = 256 << 10;

/// What an archive's walk hands out.
pub(super) enum Entry<'a> {
    /// A file: its name, content and day.
    File(&'a str, &'a [u8], Option<Date>),
    /// A file that could not be unpacked: its name, and why in both languages.
    Damaged(&'a str, String, String),
}

/// Calls `each` for every file of the archive in the central directory's order. Folders are skipped.
/// A damaged entry is handed out as such; a damaged directory is an error.
pub(super) fn walk(
    path: &Path,
    entry_limit: u64,
    mut each: impl FnMut(Entry<'_>) -> Result<(), FeedError>,
) -> Result<(), FeedError> {
    let archive = Archive::open(path)?;
    let (mut at, entries, end) = archive.directory()?;
    let mut window = Window::default();
    let (mut packed, mut content) = (Vec::new(), Vec::new());
    for _ in 0..entries {
        let Some(entry) = archive.entry(&mut window, &mut at, end)? else {
            return Err(archive.damaged(at, "the central directory ends early", "中央目录提前结束"));
        };
        if entry.name.ends_with('/') {
            continue;
        }
        match archive.content(&entry, entry_limit, &mut packed, &mut content) {
            Ok(()) => each(Entry::File(&entry.name, &content, entry.day))?,
            Err((en, zh)) => each(Entry::Damaged(&entry.name, en, zh))?,
        }
    }
    Ok(())
}

struct Archive {
    file: File,
    length: u64,
    path: PathBuf,
}

struct Record {
    name: String,
    method: u16,
    flags: u16,
    crc: u32,
    packed: u64,
    size: u64,
    header: u64,
    day: Option<Date>,
}

/// A stretch of the file that was read last, because directory entries lie side by side.
#[derive(Default)]
struct Window {
    start: u64,
    bytes: Vec<u8>,
}

impl Archive {
    fn open(path: &Path) -> Result<Archive, FeedError> {
        let fault = |source| FeedError::Read { path: path.to_owned(), source };
        let file = File::open(path).map_err(fault)?;
        let length = file.metadata().map_err(fault)?.len();
        Ok(Archive { file, length, path: path.to_owned() })
    }

    fn damaged(&self, at: u64, en: &str, zh: &str) -> FeedError {
        FeedError::malformed(
            format!("{}:byte {at}", self.path.display()),
            format!("damaged zip archive: {en}; download it again"),
            format!("zip 归档已损坏：{zh}；请重新下载"),
        )
    }

    fn read(&self, at: u64, length: usize) -> Result<Vec<u8>, FeedError> {
        if at.checked_add(length as u64).is_none_or(|end| end > self.length) {
            return Err(self.damaged(at, "it points behind its end", "指向文件末尾之后"));
        }
        let mut bytes = vec![0; length];
        self.file
            .read_exact_at(&mut bytes, at)
            .map_err(|source| FeedError::Read { path: self.path.clone(), source })?;
        Ok(bytes)
    }

    /// Start of the central directory, its number of entries, and its end (sections 4.3.14 to 4.3.16).
    fn directory(&self) -> Result<(u64, u64, u64), FeedError> {
        let tail_start = self.length.saturating_sub(END_SEARCH);
        let tail = self.read(tail_start, (self.length - tail_start) as usize)?;
        let found = (0..tail.len().saturating_sub(21)).rev().find(|at| {
            tail.get(*at..*at + 4) == Some(b"PK\x05\x06")
                && u16_at(&tail, at + 20).is_some_and(|comment| at + 22 + usize::from(comment) <= tail.len())
        });
        let Some(at) = found else {
            return Err(self.damaged(tail_start, "no end record", "没有结尾记录"));
        };
        let small = (u16_at(&tail, at + 10), u32_at(&tail, at + 12), u32_at(&tail, at + 16));
        let (Some(entries), Some(size), Some(start)) = small else {
            return Err(self.damaged(tail_start, "the end record is cut off", "结尾记录被截断"));
        };
        let end_record = tail_start + at as u64;
        let (entries, size, start) = if entries == u16::MAX || size == u32::MAX || start == u32::MAX {
            self.zip64(end_record)?.unwrap_or((entries.into(), size.into(), start.into()))
        } else {
            (entries.into(), size.into(), start.into())
        };
        let end = start.checked_add(size).filter(|end| *end <= self.length);
        match end {
            Some(end) if entries <= ENTRY_LIMIT => Ok((start, entries, end)),
            Some(_) => Err(self.damaged(end_record, "more than 5,000,000 entries", "条目超过 500 万个")),
            None => {
                Err(self.damaged(end_record, "the directory lies behind its end", "目录位于文件末尾之后"))
            }
        }
    }

    fn zip64(&self, end_record: u64) -> Result<Option<(u64, u64, u64)>, FeedError> {
        let Some(locator_at) = end_record.checked_sub(20) else { return Ok(None) };
        let locator = self.read(locator_at, 20)?;
        if locator.get(..4) != Some(b"PK\x06\x07") {
            return Ok(None);
        }
        let at = u64_at(&locator, 8).unwrap_or(u64::MAX);
        let record = self.read(at, 56)?;
        if record.get(..4) != Some(b"PK\x06\x06") {
            return Err(self.damaged(at, "no ZIP64 end record", "没有 ZIP64 结尾记录"));
        }
        Ok(u64_at(&record, 32)
            .zip(u64_at(&record, 40))
            .zip(u64_at(&record, 48))
            .map(|((n, size), at)| (n, size, at)))
    }

    /// The directory entry at `*at`, which moves behind it; `None` behind `end`.
    fn entry(&self, window: &mut Window, at: &mut u64, end: u64) -> Result<Option<Record>, FeedError> {
        let Some(fixed) = self.window(window, *at, 46, end)? else { return Ok(None) };
        if fixed.get(..4) != Some(b"PK\x01\x02") {
            return Err(self.damaged(*at, "no directory entry", "没有目录条目"));
        }
        let word = |offset: usize| u16_at(fixed, offset).unwrap_or_default();
        let long = |offset: usize| u64::from(u32_at(fixed, offset).unwrap_or_default());
        let (name_length, extra_length, comment_length) = (word(28), word(30), word(32));
        let mut record = Record {
            name: String::new(),
            method: word(10),
            flags: word(8),
            crc: u32_at(fixed, 16).unwrap_or_default(),
            packed: long(20),
            size: long(24),
            header: long(42),
            day: day(word(14)),
        };
        let variable = usize::from(name_length) + usize::from(extra_length);
        let Some(rest) = self.window(window, *at + 46, variable, end)? else { return Ok(None) };
        let (name, extra) = rest.split_at(usize::from(name_length).min(rest.len()));
        record.name = String::from_utf8_lossy(name).into_owned();
        record.widen(extra);
        *at += 46 + variable as u64 + u64::from(comment_length);
        Ok(Some(record))
    }

    fn window<'w>(
        &self,
        window: &'w mut Window,
        at: u64,
        length: usize,
        end: u64,
    ) -> Result<Option<&'w [u8]>, FeedError> {
        if at.checked_add(length as u64).is_none_or(|last| last > end) {
            return Ok(None);
        }
        let inside =
            at.checked_sub(window.start).is_some_and(|o| o + length as u64 <= window.bytes.len() as u64);
        if !inside {
            let want = (end - at).min(WINDOW.max(length) as u64) as usize;
            window.bytes = self.read(at, want)?;
            window.start = at;
        }
        let offset = (at - window.start) as usize;
        Ok(window.bytes.get(offset..offset + length))
    }

    /// Unpacks one entry into `content`; why it cannot be, in both languages.
    fn content(
        &self,
        entry: &Record,
        limit: u64,
        packed: &mut Vec<u8>,
        content: &mut Vec<u8>,
    ) -> Result<(), (String, String)> {
        let bad = |en: &str, zh: &str| Err((en.to_owned(), zh.to_owned()));
        if entry.flags & 1 != 0 {
            return bad("the entry is encrypted", "条目已加密");
        }
        if entry.size > limit || entry.packed > limit {
            return Err((
                format!("the entry has {} bytes, more than {limit}", entry.size.max(entry.packed)),
                format!("条目有 {} 字节，超过 {limit}", entry.size.max(entry.packed)),
            ));
        }
        let told = |e: FeedError| (e.to_string(), batten_model::Localized::zh(&e));
        let header = self.read(entry.header, 30).map_err(told)?;
        if header.get(..4) != Some(b"PK\x03\x04") {
            return bad("there is no local header where the directory says", "目录所指的位置没有本地文件头");
        }
        let skip =
            u16_at(&header, 26).unwrap_or_default() as u64 + u16_at(&header, 28).unwrap_or_default() as u64;
        *packed = self.read(entry.header + 30 + skip, entry.packed as usize).map_err(told)?;
        content.clear();
        match entry.method {
            0 => std::mem::swap(content, packed),
            8 => {
                let mut inflate = flate2::read::DeflateDecoder::new(packed.as_slice()).take(entry.size + 1);
                if let Err(e) = inflate.read_to_end(content) {
                    return Err((format!("cannot inflate: {e}"), format!("无法解压：{e}")));
                }
            }
            other => {
                return Err((
                    format!("compression method {other} is not supported"),
                    format!("不支持压缩方法 {other}"),
                ));
            }
        }
        if content.len() as u64 != entry.size || crc32fast::hash(content) != entry.crc {
            return bad("size or checksum is wrong", "大小或校验和不符");
        }
        Ok(())
    }
}

impl Record {
    /// ZIP64 extended information (section 4.5.3): in this order, those that do not fit the fixed fields.
    fn widen(&mut self, mut extra: &[u8]) {
        while let (Some(id), Some(length)) = (u16_at(extra, 0), u16_at(extra, 2)) {
            let end = (4 + usize::from(length)).min(extra.len());
            if id == 1 {
                let mut at = 4;
                for field in [&mut self.size, &mut self.packed, &mut self.header] {
                    if *field == u64::from(u32::MAX) {
                        *field = extra.get(..end).and_then(|e| u64_at(e, at)).unwrap_or(*field);
                        at += 8;
                    }
                }
                return;
            }
            extra = extra.get(end..).unwrap_or_default();
        }
    }
}

/// MS-DOS's date (section 4.4.6): years from 1980 in the upper seven bits, month in four, day in five. Writers that
/// have no date put the first day of 1980 there.
fn day(dos: u16) -> Option<Date> {
    let year = 1980 + (dos >> 9);
    Date::new(year, (dos >> 5 & 15) as u8, (dos & 31) as u8).filter(|_| year > 1990)
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    bytes.get(at..)?.first_chunk().map(|b| u16::from_le_bytes(*b))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..)?.first_chunk().map(|b| u32::from_le_bytes(*b))
}

fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    bytes.get(at..)?.first_chunk().map(|b| u64::from_le_bytes(*b))
}
