//! The compiled database: one immutable file, opened in place. Opening reads the header and the directory; a question
//! unpacks the blocks that hold its answer, each verified by its checksum. `docs/database.md` describes the format.

pub(crate) mod advisory;
mod cache;
pub(crate) mod cve;
pub(crate) mod epss;
mod error;
pub(crate) mod format;
pub(crate) mod identifier;
mod install;
mod map;
mod signature;
mod source;
pub(crate) mod vector;
pub(crate) mod wire;

pub use error::DatabaseError;
pub use install::{InstallOptions, Installed, install, verify_file};
pub use signature::{PublicKey, verify_signature};

use crate::feeds::ecosystem;
use crate::record::Advisory;
use batten_model::{DatabaseInfo, Date, Judged};
use cache::Cache;
use cve::Rows;
use error::{CHECKSUM, CONTENT, DIGEST, TRUNCATED};
use format::{
    BLOCK_ENTRY, BLOCK_LIMIT, Block, Directory, Ecosystem, FLAG_STARTER, HEADER_LENGTH, Header, Section,
};
use map::Bytes;
use sha2::{Digest as _, Sha256};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use wire::Take;

/// Memory for unpacked blocks of packages, and of CVEs.
const PACKAGE_CACHE: usize = 8 << 20;
const CVE_CACHE: usize = 8 << 20;

/// An open database.
pub struct Database {
    bytes: Bytes,
    /// How errors name it.
    place: String,
    header: Header,
    directory: Directory,
    /// Whether each ecosystem's index and block table have been verified; the last is that of the CVEs' tables.
    verified: Vec<AtomicBool>,
    packages: Mutex<Cache<Vec<u8>>>,
    cves: Mutex<Cache<Rows>>,
    /// Kept from block to block, because making one costs more than a small block.
    decompressor: Mutex<zstd::bulk::Decompressor<'static>>,
}

impl std::fmt::Debug for Database {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Database")
            .field("place", &self.place)
            .field("built", &self.built())
            .finish_non_exhaustive()
    }
}

/// What the database holds of one ecosystem.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EcosystemSummary {
    /// OSV's name with its release.
    pub name: String,
    /// How far its packages can be judged.
    pub judged: Judged,
    /// Day of its newest record or of its feed.
    pub feed_date: Option<Date>,
    /// Packages with an advisory.
    pub packages: u64,
    /// Advisories, counted once for each package.
    pub advisories: u64,
}

impl Database {
    /// Maps the file and reads its head.
    ///
    /// # Errors
    /// When it cannot be read, is no database, is of another format, or its head is damaged.
    pub fn open(path: &Path) -> Result<Database, DatabaseError> {
        Database::over(Bytes::map(path)?, path.display().to_string())
    }

    /// Uses bytes that are part of the program, in place.
    pub fn from_static(bytes: &'static [u8]) -> Result<Database, DatabaseError> {
        Database::over(Bytes::Static(bytes), "(starter database)".to_owned())
    }

    /// Uses bytes in memory.
    pub fn from_bytes(bytes: Vec<u8>) -> Result<Database, DatabaseError> {
        Database::over(Bytes::Owned(bytes), "(database in memory)".to_owned())
    }

    fn over(bytes: Bytes, place: String) -> Result<Database, DatabaseError> {
        let damaged =
            |part: &str, fault| DatabaseError::Damaged { place: place.clone(), part: part.to_owned(), fault };
        let header = match Header::from_bytes(&bytes) {
            Some(Ok(header)) => header,
            Some(Err(None)) => return Err(damaged("the header", CHECKSUM)),
            Some(Err(Some(found))) => {
                return Err(DatabaseError::OtherFormat { place, found, expected: format::VERSION });
            }
            None if bytes.starts_with(format::MAGIC) => return Err(damaged("the header", TRUNCATED)),
            None => return Err(DatabaseError::NotADatabase { place }),
        };
        if header.length != bytes.len() as u64 {
            return Err(damaged("the file", TRUNCATED));
        }
        let raw = header.directory.of(&bytes).ok_or_else(|| damaged("the directory", TRUNCATED))?;
        if crc32fast::hash(raw) != header.directory.crc {
            return Err(damaged("the directory", CHECKSUM));
        }
        let directory = Directory::from_bytes(raw).ok_or_else(|| damaged("the directory", CONTENT))?;
        let verified = (0..=directory.ecosystems.len()).map(|_| AtomicBool::new(false)).collect();
        let (packages, cves) = (Mutex::new(Cache::new(PACKAGE_CACHE)), Mutex::new(Cache::new(CVE_CACHE)));
        let decompressor = zstd::bulk::Decompressor::new()
            .map_err(|source| DatabaseError::Read { path: place.clone().into(), source })?;
        let decompressor = Mutex::new(decompressor);
        Ok(Database { bytes, place, header, directory, verified, packages, cves, decompressor })
    }

    /// Day of building.
    pub fn built(&self) -> Option<Date> {
        advisory::date(self.header.built_days.into())
    }

    /// What reports say of it.
    pub fn info(&self) -> DatabaseInfo {
        DatabaseInfo {
            built: self.built(),
            starter: self.header.flags & FLAG_STARTER != 0,
            sources: self.directory.feeds.clone(),
        }
    }

    /// All ecosystems, sorted by name.
    pub fn summaries(&self) -> impl Iterator<Item = EcosystemSummary> {
        self.directory.ecosystems.iter().map(|ecosystem| EcosystemSummary {
            name: ecosystem.name.clone(),
            judged: ecosystem.judged,
            feed_date: ecosystem.feed_date,
            packages: ecosystem.packages,
            advisories: ecosystem.advisories,
        })
    }

    /// CVEs with a score, a word for the severity, or known exploitation.
    pub fn cve_count(&self) -> u64 {
        self.directory.cves
    }

    /// Length of the file in bytes.
    pub fn length(&self) -> u64 {
        self.header.length
    }

    /// All advisories on a package, in any spelling that the ecosystem takes for the same; none for an ecosystem
    /// that is not in the database.
    ///
    /// # Errors
    /// When the block that holds the answer is damaged.
    pub fn lookup(&self, ecosystem: &str, package: &str) -> Result<Vec<Advisory>, DatabaseError> {
        let name = ecosystem::canonical(ecosystem);
        let Some((number, ecosystem)) = self.find(&name) else { return Ok(Vec::new()) };
        let package = ecosystem::package_name(&name, package);
        let (hashes, locators) = self.index(number, ecosystem)?;
        let hash = format::name_hash(&package);
        let mut found = Vec::new();
        let mut at = first_not_below(hashes, hash);
        while wire::u32_at(hashes, at * 4) == Some(hash) {
            let locator = wire::u32_at(locators, at * 4).unwrap_or(u32::MAX);
            self.read_package(ecosystem, locator, &package, &mut found)?;
            at += 1;
        }
        Ok(found)
    }

    fn find(&self, name: &str) -> Option<(usize, &Ecosystem)> {
        let all = &self.directory.ecosystems;
        let at = all.binary_search_by(|ecosystem| ecosystem.name.as_str().cmp(name)).ok()?;
        Some((at, all.get(at)?))
    }

    fn damaged(&self, part: impl FnOnce() -> String, fault: &'static str) -> DatabaseError {
        DatabaseError::Damaged { place: self.place.clone(), part: part(), fault }
    }

    /// A section whose checksum is verified when it is first asked for.
    fn section(&self, section: &Section, verified: bool, part: &str) -> Result<&[u8], DatabaseError> {
        let bytes = section.of(&self.bytes).ok_or_else(|| self.damaged(|| part.to_owned(), TRUNCATED))?;
        if !verified && crc32fast::hash(bytes) != section.crc {
            return Err(self.damaged(|| part.to_owned(), CHECKSUM));
        }
        Ok(bytes)
    }

    /// An ecosystem's hashes and locators.
    fn index(&self, number: usize, ecosystem: &Ecosystem) -> Result<(&[u8], &[u8]), DatabaseError> {
        let flag = self.verified.get(number);
        let verified = flag.is_some_and(|flag| flag.load(Ordering::Acquire));
        let part = |what: &str| format!("the {what} of {}", ecosystem.name);
        let index = self.section(&ecosystem.index, verified, &part("index"))?;
        self.section(&ecosystem.blocks, verified, &part("block table"))?;
        if let Some(flag) = flag {
            flag.store(true, Ordering::Release);
        }
        let entries = index.len() / format::INDEX_ENTRY;
        Ok(index.split_at((entries * 4).min(index.len())))
    }

    fn read_package(
        &self,
        ecosystem: &Ecosystem,
        locator: u32,
        package: &str,
        found: &mut Vec<Advisory>,
    ) -> Result<(), DatabaseError> {
        let part = || format!("the block with {package:?} in {} (at {locator})", ecosystem.name);
        let table = ecosystem.blocks.of(&self.bytes).unwrap_or_default();
        let (block, start, end) =
            block_at(table, u64::from(locator), ecosystem.raw).ok_or_else(|| self.damaged(part, CONTENT))?;
        let raw = self.unpacked(&block, (end - start) as usize, part)?;
        let offset = (u64::from(locator) - start) as usize;
        read_record(raw.get(offset..).unwrap_or_default(), package, &self.directory.names, found)
            .ok_or_else(|| self.damaged(part, CONTENT))
    }

    fn unpacked(
        &self,
        block: &Block,
        length: usize,
        part: impl Fn() -> String,
    ) -> Result<Arc<Vec<u8>>, DatabaseError> {
        if let Some(raw) = self.packages.lock().unwrap_or_else(PoisonError::into_inner).get(block.offset) {
            return Ok(raw);
        }
        let raw = Arc::new(self.unpack(block, length, &part)?);
        let mut cache = self.packages.lock().unwrap_or_else(PoisonError::into_inner);
        cache.put(block.offset, raw.len(), Arc::clone(&raw));
        Ok(raw)
    }

    /// Verifies and unpacks a block of `length` bytes, or of up to the limit where `length` is 0.
    fn unpack(
        &self,
        block: &Block,
        length: usize,
        part: &impl Fn() -> String,
    ) -> Result<Vec<u8>, DatabaseError> {
        let packed = Section { offset: block.offset, length: block.packed.into(), crc: block.crc };
        let bytes = packed.of(&self.bytes).ok_or_else(|| self.damaged(part, TRUNCATED))?;
        if crc32fast::hash(bytes) != block.crc {
            return Err(self.damaged(part, CHECKSUM));
        }
        let told = zstd::zstd_safe::get_frame_content_size(bytes).ok().flatten();
        let told = told.and_then(|told| usize::try_from(told).ok()).unwrap_or(usize::MAX);
        if told > BLOCK_LIMIT || (length != 0 && told != length) {
            return Err(self.damaged(part, CONTENT));
        }
        let mut decompressor = self.decompressor.lock().unwrap_or_else(PoisonError::into_inner);
        decompressor.decompress(bytes, told).map_err(|_| self.damaged(part, CONTENT))
    }

    /// The CVEs' block table, and their exploit prediction scores.
    fn cve_tables(&self) -> Result<(&[u8], &[u8]), DatabaseError> {
        let flag = self.verified.last();
        let verified = flag.is_some_and(|flag| flag.load(Ordering::Acquire));
        let table = self.section(&self.directory.cve_blocks, verified, "the table of CVEs")?;
        let scores =
            self.section(&self.directory.epss, verified, "the table of exploit prediction scores")?;
        if let Some(flag) = flag {
            flag.store(true, Ordering::Release);
        }
        Ok((table, scores))
    }

    /// The rows of the block that would hold a CVE's key.
    fn cve_rows(&self, key: u64) -> Result<Option<Arc<Rows>>, DatabaseError> {
        let (table, _) = self.cve_tables()?;
        let Some((block, _, _)) = block_at(table, key, u64::MAX) else { return Ok(None) };
        if let Some(rows) = self.cves.lock().unwrap_or_else(PoisonError::into_inner).get(block.offset) {
            return Ok(Some(rows));
        }
        let part = || format!("the block of CVEs from CVE-{}-{:04}", block.start >> 32, block.start as u32);
        let rows = Rows::parse(self.unpack(&block, 0, &part)?).ok_or_else(|| self.damaged(part, CONTENT))?;
        let rows = Arc::new(rows);
        let mut cache = self.cves.lock().unwrap_or_else(PoisonError::into_inner);
        cache.put(block.offset, rows.size(), Arc::clone(&rows));
        Ok(Some(rows))
    }

    /// Verifies the whole file: its digest, and that each block of it can be read.
    ///
    /// # Errors
    /// The first part that is damaged.
    pub fn verify(&self) -> Result<(), DatabaseError> {
        let rest = self.bytes.get(HEADER_LENGTH..).unwrap_or_default();
        if Sha256::digest(rest).as_slice() != self.header.digest {
            return Err(self.damaged(|| "the file".to_owned(), DIGEST));
        }
        for (number, ecosystem) in self.directory.ecosystems.iter().enumerate() {
            self.index(number, ecosystem)?;
            self.verify_blocks(ecosystem)?;
        }
        self.verify_cves()
    }

    fn verify_blocks(&self, ecosystem: &Ecosystem) -> Result<(), DatabaseError> {
        let table = ecosystem.blocks.of(&self.bytes).unwrap_or_default();
        for at in 0..table.len() / BLOCK_ENTRY {
            let part = || format!("block {at} of {}", ecosystem.name);
            let damaged = || self.damaged(part, CONTENT);
            let block = entry(table, at).ok_or_else(damaged)?;
            let raw = self.unpack(&block, 0, &part)?;
            let mut from = Take(&raw);
            while !from.is_empty() {
                let body = take_record(&mut from).ok_or_else(damaged)?;
                let mut advisories = Vec::new();
                take_advisories(body.1, &self.directory.names, &mut advisories).ok_or_else(damaged)?;
            }
        }
        Ok(())
    }

    fn verify_cves(&self) -> Result<(), DatabaseError> {
        let (table, _) = self.cve_tables()?;
        for at in 0..table.len() / BLOCK_ENTRY {
            let part = || format!("block {at} of the CVEs");
            let block = entry(table, at).ok_or_else(|| self.damaged(part, CONTENT))?;
            let rows =
                Rows::parse(self.unpack(&block, 0, &part)?).ok_or_else(|| self.damaged(part, CONTENT))?;
            for row in rows.iter() {
                cve::take(&mut Take(row), &self.directory.names)
                    .ok_or_else(|| self.damaged(part, CONTENT))?;
            }
        }
        Ok(())
    }
}

/// The first place in a sorted array of little-endian hashes whose value is not below `hash`.
fn first_not_below(hashes: &[u8], hash: u32) -> usize {
    let (mut low, mut high) = (0, hashes.len() / 4);
    while low < high {
        let middle = low + (high - low) / 2;
        if wire::u32_at(hashes, middle * 4).is_some_and(|at| at < hash) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    low
}

fn entry(table: &[u8], at: usize) -> Option<Block> {
    Block::from_bytes(table.get(at * BLOCK_ENTRY..(at + 1) * BLOCK_ENTRY)?)
}

/// The last block that starts at or before `key`, with its start and the start of the next (`end` for the last).
fn block_at(table: &[u8], key: u64, end: u64) -> Option<(Block, u64, u64)> {
    let (mut low, mut high) = (0, table.len() / BLOCK_ENTRY);
    let count = high;
    while low < high {
        let middle = low + (high - low) / 2;
        if entry(table, middle)?.start <= key {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    let at = low.checked_sub(1)?;
    let block = entry(table, at)?;
    let next = if at + 1 < count { entry(table, at + 1)?.start } else { end };
    let fits = end == u64::MAX
        || (key < next && next.checked_sub(block.start).is_some_and(|length| length <= BLOCK_LIMIT as u64));
    fits.then_some((block, block.start, next))
}

/// One package's record: its name, and its advisories' bytes.
fn take_record<'a>(from: &mut Take<'a>) -> Option<(&'a str, &'a [u8])> {
    let name = from.text()?;
    let length = usize::try_from(from.number()?).ok()?;
    Some((name, from.bytes(length)?))
}

fn read_record(bytes: &[u8], package: &str, names: &[String], found: &mut Vec<Advisory>) -> Option<()> {
    let (name, body) = take_record(&mut Take(bytes))?;
    // Two names may have one hash.
    if name != package {
        return Some(());
    }
    take_advisories(body, names, found)
}

fn take_advisories(body: &[u8], names: &[String], found: &mut Vec<Advisory>) -> Option<()> {
    let mut from = Take(body);
    while !from.is_empty() {
        found.push(advisory::take(&mut from, names)?);
    }
    Some(())
}

/// Reads `bytes` as each part of a database behind its checksums and compression: for fuzzing, which does not get past
/// those.
#[doc(hidden)]
pub fn read_as_parts(bytes: &[u8]) {
    let names = ["a".to_owned(), "b".to_owned()];
    let mut from = Take(bytes);
    while let Some((_, body)) = take_record(&mut from) {
        let _ = take_advisories(body, &names, &mut Vec::new());
    }
    let _ = take_advisories(bytes, &names, &mut Vec::new());
    let _ = Directory::from_bytes(bytes);
    let _ = epss::get(bytes, 7);
    let _ = block_at(bytes, 7, u64::MAX);
    if let Some(rows) = Rows::parse(bytes.to_vec()) {
        rows.iter().for_each(|row| _ = cve::take(&mut Take(row), &names));
    }
}
