//! The file's head and its directory. `docs/database.md` describes the whole format.

use super::advisory::date;
use super::wire::{Put, Take, u32_at};
use batten_model::{Date, FeedInfo, Judged, Severity, Text};

pub(crate) const MAGIC: &[u8; 8] = b"BATTENDB";
/// The format that this program writes and reads.
pub(crate) const VERSION: u32 = 1;
pub(crate) const HEADER_LENGTH: usize = 128;
pub(crate) const FLAG_STARTER: u32 = 1;
/// Bytes of a block before compression; a single package's part never makes it longer than [`BLOCK_LIMIT`].
pub(crate) const BLOCK_TARGET: usize = 32 << 10;
/// Bytes of a block before compression that a reader accepts.
pub(crate) const BLOCK_LIMIT: usize = 64 << 20;
/// Bytes of one entry of a block table, see [`Block`].
pub(crate) const BLOCK_ENTRY: usize = 24;
/// Bytes of one entry of a package index: hash and locator, which stand in two arrays.
pub(crate) const INDEX_ENTRY: usize = 8;
/// Ecosystems, feeds and names that a directory may hold.
const DIRECTORY_LIMIT: usize = 100_000;

/// The first 128 bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Header {
    pub(crate) flags: u32,
    pub(crate) built_days: i32,
    pub(crate) length: u64,
    pub(crate) directory: Section,
    /// SHA-256 of all that follows the header.
    pub(crate) digest: [u8; 32],
}

/// A stretch of the file with its checksum.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Section {
    pub(crate) offset: u64,
    pub(crate) length: u64,
    pub(crate) crc: u32,
}

/// One compressed block, as its table holds it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Block {
    /// For packages: where it begins in the ecosystem's uncompressed bytes. For CVEs: the first CVE's key.
    pub(crate) start: u64,
    pub(crate) offset: u64,
    pub(crate) packed: u32,
    pub(crate) crc: u32,
}

/// What the directory says of one ecosystem.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Ecosystem {
    pub(crate) name: String,
    /// How far its packages can be judged; never [`Judged::No`].
    pub(crate) judged: Judged,
    pub(crate) feed_date: Option<Date>,
    pub(crate) packages: u64,
    pub(crate) advisories: u64,
    /// Uncompressed bytes of all its blocks.
    pub(crate) raw: u64,
    pub(crate) index: Section,
    pub(crate) blocks: Section,
}

/// The directory.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Directory {
    pub(crate) feeds: Vec<FeedInfo>,
    /// The texts that advisories have as numbers.
    pub(crate) names: Vec<String>,
    pub(crate) ecosystems: Vec<Ecosystem>,
    pub(crate) cves: u64,
    pub(crate) cve_blocks: Section,
    /// Exploit prediction scores, see `epss`.
    pub(crate) epss: Section,
}

impl Header {
    pub(crate) fn to_bytes(self) -> [u8; HEADER_LENGTH] {
        let mut out = Vec::with_capacity(HEADER_LENGTH);
        out.extend_from_slice(MAGIC);
        out.extend_from_slice(&VERSION.to_le_bytes());
        out.extend_from_slice(&self.flags.to_le_bytes());
        out.extend_from_slice(&self.built_days.to_le_bytes());
        out.extend_from_slice(&self.directory.crc.to_le_bytes());
        out.extend_from_slice(&self.length.to_le_bytes());
        out.extend_from_slice(&self.directory.offset.to_le_bytes());
        out.extend_from_slice(&self.directory.length.to_le_bytes());
        out.extend_from_slice(&self.digest);
        out.resize(HEADER_LENGTH - 4, 0);
        let crc = crc32fast::hash(&out);
        out.extend_from_slice(&crc.to_le_bytes());
        std::array::from_fn(|at| out.get(at).copied().unwrap_or_default())
    }

    /// The header, or the format's number where it is another, or `None` for something else.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Option<Result<Header, Option<u32>>> {
        if bytes.get(..8)? != MAGIC {
            return None;
        }
        let head = bytes.get(..HEADER_LENGTH)?;
        let mut take = Take(head.get(8..)?);
        let version = take.u32()?;
        if crc32fast::hash(head.get(..HEADER_LENGTH - 4)?) != u32_at(head, HEADER_LENGTH - 4)? {
            return Some(Err(None));
        }
        if version != VERSION {
            return Some(Err(Some(version)));
        }
        let flags = take.u32()?;
        let built_days = take.u32()? as i32;
        let crc = take.u32()?;
        let length = take.u64()?;
        let directory = Section { offset: take.u64()?, length: take.u64()?, crc };
        let digest = *take.bytes(32)?.first_chunk()?;
        Some(Ok(Header { flags, built_days, length, directory, digest }))
    }
}

impl Section {
    /// Its bytes, without a look at the checksum.
    pub(crate) fn of<'a>(&self, file: &'a [u8]) -> Option<&'a [u8]> {
        let start = usize::try_from(self.offset).ok()?;
        file.get(start..start.checked_add(usize::try_from(self.length).ok()?)?)
    }

    fn put(&self, out: &mut Vec<u8>) {
        out.number(self.offset);
        out.number(self.length);
        out.extend_from_slice(&self.crc.to_le_bytes());
    }

    fn take(from: &mut Take<'_>) -> Option<Section> {
        Some(Section { offset: from.number()?, length: from.number()?, crc: from.u32()? })
    }
}

impl Block {
    pub(crate) fn to_bytes(self) -> [u8; BLOCK_ENTRY] {
        let mut out = [0; BLOCK_ENTRY];
        let fields = self.start.to_le_bytes().into_iter().chain(self.offset.to_le_bytes());
        let fields = fields.chain(self.packed.to_le_bytes()).chain(self.crc.to_le_bytes());
        out.iter_mut().zip(fields).for_each(|(to, from)| *to = from);
        out
    }

    pub(crate) fn from_bytes(bytes: &[u8]) -> Option<Block> {
        let mut take = Take(bytes);
        Some(Block { start: take.u64()?, offset: take.u64()?, packed: take.u32()?, crc: take.u32()? })
    }
}

impl Ecosystem {
    /// Why not fully.
    pub(crate) fn reason(&self) -> Text {
        match (self.judged, self.name.starts_with("Alpine")) {
            (Judged::Full | Judged::No, _) => Text::default(),
            (Judged::Partial, _) => Text::new(
                "the database has a selection of its advisories; `batten db update` brings all of them",
                "数据库只含其中一部分公告；`batten db update` 可获取全部",
            ),
            (Judged::FixedOnly, true) => Text::new(
                "Alpine's security database lists what has been fixed; what is still open is not in it",
                "Alpine 安全数据库只列出已修复的漏洞，尚未修复的不在其中",
            ),
            (Judged::FixedOnly, false) => Text::new(
                "the source knows fixed versions only; what is still open in this release is not in it",
                "数据源只包含已修复的版本，该发行版尚未修复的漏洞不在其中",
            ),
        }
    }
}

/// Flags of an ecosystem: 1, only fixed versions are known; 2, only a selection of advisories.
fn flags(judged: Judged) -> u64 {
    match judged {
        Judged::Full | Judged::No => 0,
        Judged::FixedOnly => 1,
        Judged::Partial => 2,
    }
}

fn judged(flags: u64) -> Judged {
    match flags & 3 {
        0 => Judged::Full,
        1 => Judged::FixedOnly,
        _ => Judged::Partial,
    }
}

impl Directory {
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let mut out = Vec::new();
        let day = |out: &mut Vec<u8>, date: Option<Date>| {
            // 0 is "no date"; days are counted from 1.
            out.number(date.map_or(0, |d| d.days_since_epoch().max(0) as u64 + 1));
        };
        out.number(self.feeds.len() as u64);
        for feed in &self.feeds {
            out.text(&feed.name);
            day(&mut out, feed.date);
            out.number(feed.records);
        }
        out.number(self.names.len() as u64);
        self.names.iter().for_each(|name| out.text(name));
        out.number(self.ecosystems.len() as u64);
        for ecosystem in &self.ecosystems {
            out.text(&ecosystem.name);
            out.number(flags(ecosystem.judged));
            day(&mut out, ecosystem.feed_date);
            out.number(ecosystem.packages);
            out.number(ecosystem.advisories);
            out.number(ecosystem.raw);
            ecosystem.index.put(&mut out);
            ecosystem.blocks.put(&mut out);
        }
        out.number(self.cves);
        self.cve_blocks.put(&mut out);
        self.epss.put(&mut out);
        out
    }

    pub(crate) fn from_bytes(bytes: &[u8]) -> Option<Directory> {
        let mut from = Take(bytes);
        let day = |from: &mut Take<'_>| -> Option<Option<Date>> {
            let days = from.number()?;
            Some(days.checked_sub(1).and_then(|days| date(i64::try_from(days).ok()?)))
        };
        let count = |from: &mut Take<'_>| from.count().filter(|count| *count <= DIRECTORY_LIMIT);
        let mut directory = Directory::default();
        for _ in 0..count(&mut from)? {
            let name = from.text()?.to_owned();
            directory.feeds.push(FeedInfo { name, date: day(&mut from)?, records: from.number()? });
        }
        for _ in 0..count(&mut from)? {
            directory.names.push(from.text()?.to_owned());
        }
        for _ in 0..count(&mut from)? {
            directory.ecosystems.push(Ecosystem {
                name: from.text()?.to_owned(),
                judged: judged(from.number()?),
                feed_date: day(&mut from)?,
                packages: from.number()?,
                advisories: from.number()?,
                raw: from.number()?,
                index: Section::take(&mut from)?,
                blocks: Section::take(&mut from)?,
            });
        }
        directory.cves = from.number()?;
        directory.cve_blocks = Section::take(&mut from)?;
        directory.epss = Section::take(&mut from)?;
        let sorted = directory.ecosystems.is_sorted_by(|a, b| a.name < b.name);
        (from.is_empty() && sorted).then_some(directory)
    }
}

/// The 32 bits under which a package is indexed: FNV-1a over 64 bits, folded.
pub(crate) fn name_hash(name: &str) -> u32 {
    let mut hash = 0xcbf2_9ce4_8422_2325u64;
    for byte in name.bytes() {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
    }
    (hash ^ (hash >> 32)) as u32
}

/// A severity as the CVE table keeps it.
pub(crate) fn severity_from(byte: u8) -> Option<Severity> {
    Severity::ALL.into_iter().find(|severity| *severity as u8 == byte)
}
