//! Writes the file: blocks as they fill, then tables, then the directory, and the header last.

use super::report::BuildError;
use crate::database::cve::Row;
use crate::database::format::{
    BLOCK_TARGET, Block, Directory, Ecosystem, FLAG_STARTER, HEADER_LENGTH, Header, Section, name_hash,
};
use crate::database::wire::Put;
use crate::database::{advisory, epss};
use crate::record::Advisory;
use batten_model::{Date, Digest, FeedInfo, Judged};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use tempfile::NamedTempFile;

/// Bytes of one package's record, beyond which it goes on in another.
const RECORD_TARGET: usize = 256 << 10;
/// CVEs in one block.
const CVES_IN_BLOCK: usize = 512;

/// What was written.
pub(super) struct Written {
    pub(super) ecosystems: u64,
    pub(super) packages: u64,
    pub(super) advisories: u64,
    pub(super) length: u64,
    pub(super) digest: Digest,
}

/// A fault while a package is written.
pub(super) enum WriteFault {
    Io(std::io::Error),
    TooLarge(String),
}

impl WriteFault {
    /// The error for a file.
    pub(super) fn at(self, path: &Path) -> BuildError {
        match self {
            WriteFault::Io(source) => BuildError::Write { path: path.to_owned(), source },
            WriteFault::TooLarge(ecosystem) => BuildError::TooLarge { ecosystem },
        }
    }
}

impl From<std::io::Error> for WriteFault {
    fn from(error: std::io::Error) -> Self {
        WriteFault::Io(error)
    }
}

/// A database on its way.
pub(super) struct Writer {
    output: PathBuf,
    file: std::io::BufWriter<NamedTempFile>,
    at: u64,
    hash: Sha256,
    names: BTreeMap<String, u64>,
    directory: Directory,
    compressor: zstd::bulk::Compressor<'static>,
    // The ecosystem in hand.
    raw: Vec<u8>,
    raw_start: u64,
    index: Vec<(u32, u32)>,
    blocks: Vec<Block>,
    packages: u64,
    advisories: u64,
}

impl Writer {
    /// Begins a file beside `output`.
    pub(super) fn new(output: &Path, level: i32, names: BTreeMap<String, u64>) -> std::io::Result<Writer> {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = match output.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent,
            _ => Path::new("."),
        };
        let mut builder = tempfile::Builder::new();
        builder.prefix(".battendb-").permissions(std::fs::Permissions::from_mode(0o644));
        let file = builder.tempfile_in(folder)?;
        let mut file = std::io::BufWriter::with_capacity(1 << 20, file);
        file.write_all(&[0; HEADER_LENGTH])?;
        Ok(Writer {
            output: output.to_owned(),
            file,
            at: HEADER_LENGTH as u64,
            hash: Sha256::new(),
            names,
            directory: Directory::default(),
            compressor: zstd::bulk::Compressor::new(level)?,
            raw: Vec::new(),
            raw_start: 0,
            index: Vec::new(),
            blocks: Vec::new(),
            packages: 0,
            advisories: 0,
        })
    }

    fn put(&mut self, bytes: &[u8]) -> std::io::Result<Section> {
        self.file.write_all(bytes)?;
        self.hash.update(bytes);
        let section = Section { offset: self.at, length: bytes.len() as u64, crc: crc32fast::hash(bytes) };
        self.at += bytes.len() as u64;
        Ok(section)
    }

    /// Begins an ecosystem.
    pub(super) fn begin(&mut self) {
        self.raw.clear();
        self.raw_start = 0;
        self.index.clear();
        self.blocks.clear();
        self.packages = 0;
        self.advisories = 0;
    }

    /// Writes one package of the ecosystem in hand; packages come sorted by name.
    pub(super) fn package(
        &mut self,
        ecosystem: &str,
        name: &str,
        advisories: &[Advisory],
    ) -> Result<(), WriteFault> {
        self.packages += 1;
        self.advisories += advisories.len() as u64;
        let mut body = Vec::new();
        for advisory in advisories {
            advisory::put(&mut body, advisory, &mut self.names);
            if body.len() >= RECORD_TARGET {
                self.record(ecosystem, name, &mut body)?;
            }
        }
        if body.is_empty() { Ok(()) } else { self.record(ecosystem, name, &mut body) }
    }

    fn record(&mut self, ecosystem: &str, name: &str, body: &mut Vec<u8>) -> Result<(), WriteFault> {
        if !self.raw.is_empty() && self.raw.len() + body.len() > BLOCK_TARGET {
            self.block()?;
        }
        let locator = self.raw_start + self.raw.len() as u64;
        let locator = u32::try_from(locator).map_err(|_| WriteFault::TooLarge(ecosystem.to_owned()))?;
        self.index.push((name_hash(name), locator));
        self.raw.text(name);
        self.raw.number(body.len() as u64);
        self.raw.append(body);
        Ok(())
    }

    fn block(&mut self) -> std::io::Result<()> {
        if self.raw.is_empty() {
            return Ok(());
        }
        let raw = std::mem::take(&mut self.raw);
        let block = self.packed(&raw, self.raw_start)?;
        self.blocks.push(block);
        self.raw_start += raw.len() as u64;
        self.raw = raw;
        self.raw.clear();
        Ok(())
    }

    fn packed(&mut self, raw: &[u8], start: u64) -> std::io::Result<Block> {
        let packed = self.compressor.compress(raw)?;
        let section = self.put(&packed)?;
        let length = u32::try_from(packed.len()).map_err(std::io::Error::other)?;
        Ok(Block { start, offset: section.offset, packed: length, crc: section.crc })
    }

    /// Ends the ecosystem in hand.
    pub(super) fn end(&mut self, name: &str, judged: Judged, feed_date: Option<Date>) -> std::io::Result<()> {
        self.block()?;
        self.index.sort_unstable();
        let hashes = self.index.iter().flat_map(|(hash, _)| hash.to_le_bytes());
        let locators = self.index.iter().flat_map(|(_, locator)| locator.to_le_bytes());
        let index: Vec<u8> = hashes.chain(locators).collect();
        let table: Vec<u8> = self.blocks.iter().flat_map(|block| block.to_bytes()).collect();
        let ecosystem = Ecosystem {
            name: name.to_owned(),
            judged,
            feed_date,
            packages: self.packages,
            advisories: self.advisories,
            raw: self.raw_start,
            index: self.put(&index)?,
            blocks: self.put(&table)?,
        };
        self.directory.ecosystems.push(ecosystem);
        Ok(())
    }

    /// Writes the tables of CVEs, which come sorted.
    pub(super) fn cves(&mut self, rows: Vec<(u64, Row)>) -> std::io::Result<()> {
        self.directory.cves = rows.len() as u64;
        let mut scores = Vec::new();
        let mut others = Vec::new();
        for (key, mut row) in rows {
            if let Some((key, score)) = epss::key(key).zip(row.epss) {
                scores.push((key, score));
                row.epss = None;
            }
            if row != Row::default() {
                others.push((key, row));
            }
        }
        let mut blocks = Vec::new();
        for year in others.chunk_by(|a, b| a.0 >> 32 == b.0 >> 32) {
            for chunk in year.chunks(CVES_IN_BLOCK) {
                let Some((first, _)) = chunk.first() else { continue };
                let raw = cve_block(chunk, &mut self.names);
                blocks.push(self.packed(&raw, *first)?);
            }
        }
        let table: Vec<u8> = blocks.iter().flat_map(|block| block.to_bytes()).collect();
        self.directory.cve_blocks = self.put(&table)?;
        self.directory.epss = self.put(&epss::table(&scores))?;
        Ok(())
    }

    /// Writes directory and header, and puts the file in its place.
    pub(super) fn finish(
        mut self,
        feeds: Vec<FeedInfo>,
        built: Option<Date>,
        starter: bool,
    ) -> std::io::Result<Written> {
        let mut names: Vec<(u64, String)> =
            std::mem::take(&mut self.names).into_iter().map(|(t, n)| (n, t)).collect();
        names.sort_unstable();
        self.directory.names = names.into_iter().map(|(_, text)| text).collect();
        self.directory.feeds = feeds;
        let directory = std::mem::take(&mut self.directory);
        let section = self.put(&directory.to_bytes())?;
        let header = Header {
            flags: if starter { FLAG_STARTER } else { 0 },
            built_days: built.map_or(0, |day| day.days_since_epoch() as i32),
            length: self.at,
            directory: section,
            digest: self.hash.finalize().into(),
        };
        let mut file = self.file.into_inner().map_err(std::io::IntoInnerError::into_error)?;
        file.seek(SeekFrom::Start(0))?;
        file.write_all(&header.to_bytes())?;
        file.as_file().sync_all()?;
        file.seek(SeekFrom::Start(0))?;
        let digest = digest_of(&mut file)?;
        file.persist(&self.output).map_err(|e| e.error)?;
        sync_folder(&self.output);
        let sum = |of: fn(&Ecosystem) -> u64| directory.ecosystems.iter().map(of).sum();
        Ok(Written {
            ecosystems: directory.ecosystems.len() as u64,
            packages: sum(|e| e.packages),
            advisories: sum(|e| e.advisories),
            length: self.at,
            digest,
        })
    }
}

fn cve_block(rows: &[(u64, Row)], names: &mut BTreeMap<String, u64>) -> Vec<u8> {
    let mut out = Vec::new();
    out.number(rows.first().map_or(0, |(key, _)| key >> 32));
    out.number(rows.len() as u64);
    let mut before = 0;
    let mut body = Vec::new();
    for (key, row) in rows {
        let number = key & u64::from(u32::MAX);
        body.clear();
        row.put(&mut body, names);
        out.number(number - before);
        out.number(body.len() as u64);
        out.extend_from_slice(&body);
        before = number;
    }
    out
}

fn digest_of(file: &mut NamedTempFile) -> std::io::Result<Digest> {
    let mut hash = Sha256::new();
    let mut buffer = vec![0; 1 << 20];
    loop {
        let got = file.read(&mut buffer)?;
        if got == 0 {
            return Ok(Digest::from_sha256(&hash.finalize()));
        }
        hash.update(buffer.get(..got).unwrap_or_default());
    }
}

/// Makes the new name last over a loss of power. Not every file system lets a folder be synced.
fn sync_folder(path: &Path) {
    if let Some(folder) = path.parent().and_then(|folder| std::fs::File::open(folder).ok()) {
        let _ = folder.sync_all();
    }
}
