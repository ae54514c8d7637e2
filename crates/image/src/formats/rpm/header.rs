//! One package's header, as rpm's databases hold it: an index of tags and the data behind it.
//!
//! Follows the "Header Format" of rpm's manual (`docs/manual/format_header.md`): two big-endian counts (index
//! entries, bytes of data), index entries of tag, type, offset and count, and the data; the magic number of package
//! files is not there. Packages of rpm 3 differ in their tags only (whole file names).

use crate::facts::{OwnedFiles, path_hash};
use crate::licence;
use batten_model::{Location, Package, PackageKind, SourcePackage};

/// Limits of rpm itself (`lib/header.c`): index entries and bytes of data.
const MAX_ENTRIES: usize = 0xffff;
const MAX_DATA: usize = 0x0fff_ffff;
/// Files of one package.
const MAX_FILES: usize = 2_000_000;
/// Linux' own limit for paths: a long folder, named again for each of many files, must not take hours.
const MAX_FOLDER_BYTES: usize = 4096;

mod tag {
    pub(super) const NAME: u32 = 1000;
    pub(super) const VERSION: u32 = 1001;
    pub(super) const RELEASE: u32 = 1002;
    pub(super) const EPOCH: u32 = 1003;
    pub(super) const VENDOR: u32 = 1011;
    pub(super) const LICENSE: u32 = 1014;
    pub(super) const ARCH: u32 = 1022;
    pub(super) const OLD_FILE_NAMES: u32 = 1027;
    pub(super) const FILE_STATES: u32 = 1029;
    pub(super) const SOURCE_RPM: u32 = 1044;
    pub(super) const DIR_INDEXES: u32 = 1116;
    pub(super) const BASE_NAMES: u32 = 1117;
    pub(super) const DIR_NAMES: u32 = 1118;
    pub(super) const MODULARITY_LABEL: u32 = 5096;
}

mod kind {
    pub(super) const CHAR: u32 = 1;
    pub(super) const INT32: u32 = 4;
    pub(super) const STRING: u32 = 6;
    pub(super) const STRING_ARRAY: u32 = 8;
    pub(super) const I18N_STRING: u32 = 9;
}

/// Why a header cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum HeaderError {
    /// The counts at the front do not fit the bytes that are there.
    #[error(
        "a package header says it has {entries} index entries and {data} bytes of data, but {there} bytes are there"
    )]
    Size { entries: usize, data: usize, there: usize },
    /// A tag that every package has is missing or points outside of the data.
    #[error("a package header has no readable {0}")]
    Missing(&'static str),
}

impl HeaderError {
    pub(super) fn zh(self) -> String {
        match self {
            HeaderError::Size { entries, data, there } => {
                format!("软件包头声明有 {entries} 个索引项和 {data} 字节数据，但实际只有 {there} 字节")
            }
            HeaderError::Missing(tag) => format!("软件包头没有可读的 {tag}"),
        }
    }
}

/// What a header is of.
#[derive(Debug)]
pub(super) enum Read {
    Package(Box<Installed>),
    /// A public key, which rpm keeps as if it were a package.
    Key,
}

/// A package and its files.
#[derive(Debug)]
pub(super) struct Installed {
    pub(super) package: Package,
    pub(super) owned: Option<OwnedFiles>,
}

/// Reads the header of a package in the database at `path`.
pub(super) fn read(bytes: &[u8], path: &str) -> Result<Read, HeaderError> {
    let header = Header::new(bytes)?;
    let name = header.text(tag::NAME).ok_or(HeaderError::Missing("NAME"))?;
    if name == "gpg-pubkey" {
        return Ok(Read::Key);
    }
    let version = header.text(tag::VERSION).ok_or(HeaderError::Missing("VERSION"))?;
    let release = header.text(tag::RELEASE).ok_or(HeaderError::Missing("RELEASE"))?;
    let epoch = header.number(tag::EPOCH).map(|epoch| format!("{epoch}:")).unwrap_or_default();
    let full = format!("{epoch}{version}-{release}");
    let mut package = Package::new(PackageKind::Rpm, name, full, Location::at(path));
    package.arch = header.text(tag::ARCH);
    package.vendor = header.text(tag::VENDOR);
    package.module = header.text(tag::MODULARITY_LABEL);
    package.licence = header.text(tag::LICENSE).and_then(|text| licence::spdx_expression(&text));
    package.source = header.text(tag::SOURCE_RPM).and_then(|file| source(&file, &epoch));
    let files = header.files();
    let owned = (!files.is_empty()).then(|| OwnedFiles { package: package.reference(), files });
    Ok(Read::Package(Box::new(Installed { package, owned })))
}

/// `name-version-release.src.rpm` as a source package with the binary's epoch, which its source has too.
pub(super) fn source(file: &str, epoch: &str) -> Option<SourcePackage> {
    let front = file.strip_suffix(".src.rpm").or_else(|| file.strip_suffix(".nosrc.rpm"))?;
    let (rest, release) = front.rsplit_once('-')?;
    let (name, version) = rest.rsplit_once('-')?;
    (!name.is_empty())
        .then(|| SourcePackage { name: name.to_owned(), version: format!("{epoch}{version}-{release}") })
}

struct Header<'a> {
    index: &'a [u8],
    data: &'a [u8],
}

/// One index entry.
#[derive(Clone, Copy)]
struct Entry {
    kind: u32,
    offset: usize,
    count: usize,
}

impl<'a> Header<'a> {
    fn new(bytes: &'a [u8]) -> Result<Header<'a>, HeaderError> {
        let (entries, data) = match (be32(bytes, 0), be32(bytes, 4)) {
            (Some(entries), Some(data)) => (entries as usize, data as usize),
            _ => return Err(HeaderError::Size { entries: 0, data: 0, there: bytes.len() }),
        };
        let wrong = HeaderError::Size { entries, data, there: bytes.len() };
        if entries == 0 || entries > MAX_ENTRIES || data > MAX_DATA {
            return Err(wrong);
        }
        let index = bytes.get(8..8 + entries * 16).ok_or(wrong)?;
        let data = bytes.get(8 + index.len()..8 + index.len() + data).ok_or(wrong)?;
        Ok(Header { index, data })
    }

    fn entry(&self, wanted: u32) -> Option<Entry> {
        let entry = self.index.chunks_exact(16).find(|entry| be32(entry, 0) == Some(wanted))?;
        Some(Entry {
            kind: be32(entry, 4)?,
            offset: be32(entry, 8)? as usize,
            count: be32(entry, 12)? as usize,
        })
    }

    /// The first string of a tag; `None` too for an empty one and for rpm's `(none)`.
    fn text(&self, wanted: u32) -> Option<String> {
        let entry = self.entry(wanted)?;
        if !matches!(entry.kind, kind::STRING | kind::STRING_ARRAY | kind::I18N_STRING) {
            return None;
        }
        let bytes = self.strings(entry)?.next()?;
        let text = String::from_utf8_lossy(bytes);
        Some(text.trim()).filter(|text| !text.is_empty() && *text != "(none)").map(str::to_owned)
    }

    fn number(&self, wanted: u32) -> Option<u32> {
        self.numbers(wanted)?.next()
    }

    fn numbers(&self, wanted: u32) -> Option<impl ExactSizeIterator<Item = u32> + use<'a>> {
        let entry = self.entry(wanted).filter(|entry| entry.kind == kind::INT32)?;
        let end = entry.offset.checked_add(entry.count.checked_mul(4)?)?;
        let words = self.data.get(entry.offset..end)?.chunks_exact(4);
        Some(words.map(|word| be32(word, 0).unwrap_or_default()))
    }

    /// The strings of an entry, at most as many as it says; those that are cut off are left out.
    fn strings(&self, entry: Entry) -> Option<impl Iterator<Item = &'a [u8]> + use<'a>> {
        let mut rest = self.data.get(entry.offset..)?;
        Some(std::iter::repeat_n((), entry.count).map_while(move |()| {
            let end = memchr::memchr(0, rest)?;
            let (text, behind) = rest.split_at_checked(end)?;
            rest = behind.get(1..)?;
            Some(text)
        }))
    }

    fn texts(&self, wanted: u32) -> Option<Vec<&'a [u8]>> {
        let entry = self.entry(wanted).filter(|entry| entry.kind == kind::STRING_ARRAY)?;
        Some(self.strings(entry)?.take(MAX_FILES).collect())
    }

    /// Hashes of the package's files that are there: not those that another package replaced or that were left out
    /// on installation.
    fn files(&self) -> Vec<u64> {
        let states = self.entry(tag::FILE_STATES).filter(|entry| entry.kind == kind::CHAR);
        let states =
            states.and_then(|e| self.data.get(e.offset..e.offset.checked_add(e.count)?)).unwrap_or_default();
        let there = |at: usize| !matches!(states.get(at), Some(1 | 2 | 4));
        let (Some(names), Some(folders)) = (self.texts(tag::BASE_NAMES), self.texts(tag::DIR_NAMES)) else {
            let whole = self.texts(tag::OLD_FILE_NAMES).unwrap_or_default();
            return (0..).zip(whole).filter(|(at, _)| there(*at)).map(|(_, path)| hash(&[path])).collect();
        };
        let Some(indexes) = self.numbers(tag::DIR_INDEXES) else { return Vec::new() };
        (0..)
            .zip(names.into_iter().zip(indexes))
            .filter(|(at, _)| there(*at))
            .filter_map(|(_, (name, index))| {
                let folder = folders.get(index as usize).filter(|folder| folder.len() <= MAX_FOLDER_BYTES)?;
                Some(hash(&[folder, name]))
            })
            .collect()
    }
}

fn hash(parts: &[&[u8]]) -> u64 {
    path_hash(&String::from_utf8_lossy(&parts.concat()))
}

fn be32(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_be_bytes(bytes.get(at..at.checked_add(4)?)?.try_into().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sources_have_the_epoch_of_their_binaries() {
        let found = source("bind-9.16.23-1.el9.src.rpm", "32:").unwrap();
        assert_eq!((found.name.as_str(), found.version.as_str()), ("bind", "32:9.16.23-1.el9"));
        assert_eq!(source("(none)", ""), None);
        assert_eq!(source("a.src.rpm", ""), None);
    }

    #[test]
    fn counts_must_fit() {
        for bytes in [&[][..], &[0; 8], &[0xff; 32], &[0, 0, 0, 1, 0, 0, 0, 1, 0]] {
            assert!(matches!(read(bytes, "x"), Err(HeaderError::Size { .. })), "{bytes:?}");
        }
    }
}
