//! bbolt's file format (go.etcd.io/bbolt, `internal/common`): a B+tree of pages in which a value may be a bucket, a tree of
//! its own. Pages are read one at a time and each at most once, so a damaged file can neither loop nor fill the memory.

use crate::database::wire::{Take, u32_at};
use std::fs::File;
use std::os::unix::fs::FileExt as _;

const MAGIC: u32 = 0xED0C_DAED;
const VERSION: u32 = 2;
const PAGE_HEADER: usize = 16;
const BRANCH_ELEMENT: usize = 16;
const LEAF_ELEMENT: usize = 16;
const BUCKET_HEADER: usize = 16;
const IS_BRANCH: u16 = 1;
const IS_LEAF: u16 = 2;
const IS_META: u16 = 4;
const LEAF_IS_BUCKET: u32 = 1;
/// Levels of pages and buckets within one another.
const DEPTH_LIMIT: u32 = 64;
/// Bytes of one page with its overflow.
const PAGE_LIMIT: u64 = 256 << 20;

/// Why a file cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum BoltError {
    /// The operating system refused.
    #[error(transparent)]
    Io(#[from] std::io::Error),
    /// No valid meta page.
    #[error("neither meta page is valid")]
    NoMeta,
    /// A page is not what it should be.
    #[error("page {page}: {fault}")]
    Page {
        /// Its number.
        page: u64,
        /// What is wrong.
        fault: &'static str,
    },
}

/// Whether a file's first 32 bytes are those of a bbolt file: a meta page with its magic number.
pub fn is_bbolt(front: &[u8]) -> bool {
    let flags = front
        .get(8..10)
        .map(|b| u16::from_le_bytes([b.first().copied().unwrap_or(0), b.get(1).copied().unwrap_or(0)]));
    flags == Some(IS_META)
        && u32_at(front, PAGE_HEADER) == Some(MAGIC)
        && u32_at(front, PAGE_HEADER + 4) == Some(VERSION)
}

/// An open file.
pub struct Bolt {
    file: File,
    length: u64,
    page_size: u64,
    root: u64,
    /// One bit for each page that has been read.
    seen: Vec<u64>,
}

/// A place in the tree: the names of the buckets from the root.
pub type Path = [Vec<u8>];

/// Takes what a walk finds.
pub trait Visitor {
    /// A bucket in the bucket at `path`. Whether to go into it.
    fn enter(&mut self, path: &Path, name: &[u8]) -> bool;
    /// A value in the bucket at `path`. `false` ends the walk.
    fn value(&mut self, path: &Path, key: &[u8], value: &[u8]) -> bool;
    /// A page that could not be read; the rest goes on.
    fn damaged(&mut self, path: &Path, error: &BoltError);
}

struct Meta {
    page_size: u64,
    root: u64,
    transaction: u64,
}

impl Bolt {
    /// Opens a file by the newer of its two valid meta pages.
    pub fn open(file: File) -> Result<Bolt, BoltError> {
        let length = file.metadata()?.len();
        let mut metas: Vec<Meta> = Vec::new();
        // The second meta page is one page behind the first; the page's size may be known from the first only.
        let sizes = (9..=16).map(|bits| 1u64 << bits);
        for at in std::iter::once(0).chain(sizes) {
            let mut bytes = [0; 96];
            if at + 96 <= length && file.read_exact_at(&mut bytes, at).is_ok() {
                metas.extend(meta(&bytes).filter(|meta| at == 0 || at == meta.page_size));
            }
        }
        let meta = metas.into_iter().max_by_key(|meta| meta.transaction).ok_or(BoltError::NoMeta)?;
        let pages = length / meta.page_size + 1;
        let seen = vec![0; usize::try_from(pages / 64 + 1).map_err(|_| BoltError::NoMeta)?];
        Ok(Bolt { file, length, page_size: meta.page_size, root: meta.root, seen })
    }

    /// Walks the whole tree in the order of its keys. It may be walked once.
    pub fn walk(&mut self, visitor: &mut dyn Visitor) -> Result<(), BoltError> {
        let root = self.page(self.root)?;
        self.elements(self.root, &root, &mut Vec::new(), 0, visitor).map(|_| ())
    }

    fn page(&mut self, number: u64) -> Result<Vec<u8>, BoltError> {
        let bad = |fault| BoltError::Page { page: number, fault };
        let start = number.checked_mul(self.page_size).filter(|start| *start < self.length);
        let start = start.ok_or_else(|| bad("lies behind the file's end"))?;
        let (word, bit) = ((number / 64) as usize, 1 << (number % 64));
        let seen = self.seen.get_mut(word).ok_or_else(|| bad("lies behind the file's end"))?;
        if *seen & bit != 0 {
            return Err(bad("is referred to twice"));
        }
        *seen |= bit;
        let mut bytes = vec![0; self.page_size.min(self.length - start) as usize];
        self.file.read_exact_at(&mut bytes, start)?;
        let overflow = u64::from(u32_at(&bytes, 12).unwrap_or_default());
        if overflow > 0 {
            let whole = (overflow + 1)
                .checked_mul(self.page_size)
                .filter(|whole| *whole <= PAGE_LIMIT && start + *whole <= self.length);
            let whole = whole.ok_or_else(|| bad("goes on behind the file's end"))?;
            let have = bytes.len();
            bytes.resize(whole as usize, 0);
            let rest = bytes.get_mut(have..).unwrap_or_default();
            self.file.read_exact_at(rest, start + have as u64)?;
        }
        Ok(bytes)
    }

    /// The elements of a page, or of a bucket that lies within a value. `false` when the visitor ends the walk.
    fn elements(
        &mut self,
        number: u64,
        page: &[u8],
        path: &mut Vec<Vec<u8>>,
        depth: u32,
        visitor: &mut dyn Visitor,
    ) -> Result<bool, BoltError> {
        let bad = |fault| BoltError::Page { page: number, fault };
        if depth > DEPTH_LIMIT {
            return Err(bad("is nested too deeply"));
        }
        let flags = word(page, 8).ok_or_else(|| bad("is cut off"))?;
        let count = usize::from(word(page, 10).ok_or_else(|| bad("is cut off"))?);
        for at in 0..count {
            let goes_on = match flags & (IS_BRANCH | IS_LEAF) {
                IS_BRANCH => {
                    let element = PAGE_HEADER + at * BRANCH_ELEMENT;
                    let child = page
                        .get(element + 8..)
                        .and_then(|b| Take(b).u64())
                        .ok_or_else(|| bad("is cut off"))?;
                    self.child(child, path, depth, visitor)?
                }
                IS_LEAF => self.leaf(number, page, at, path, depth, visitor)?,
                _ => return Err(bad("is neither branch nor leaf")),
            };
            if !goes_on {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// A page below; one that cannot be read is told to the visitor.
    fn child(
        &mut self,
        number: u64,
        path: &mut Vec<Vec<u8>>,
        depth: u32,
        visitor: &mut dyn Visitor,
    ) -> Result<bool, BoltError> {
        let read = self.page(number).and_then(|page| self.elements(number, &page, path, depth + 1, visitor));
        match read {
            Err(BoltError::Io(e)) => Err(BoltError::Io(e)),
            Err(error) => {
                visitor.damaged(path, &error);
                Ok(true)
            }
            goes_on => goes_on,
        }
    }

    fn leaf(
        &mut self,
        number: u64,
        page: &[u8],
        at: usize,
        path: &mut Vec<Vec<u8>>,
        depth: u32,
        visitor: &mut dyn Visitor,
    ) -> Result<bool, BoltError> {
        let bad = || BoltError::Page { page: number, fault: "has an element that points out of it" };
        let element = PAGE_HEADER + at * LEAF_ELEMENT;
        let field = |offset: usize| u32_at(page, element + offset).ok_or_else(bad);
        let (flags, position) = (field(0)?, field(4)? as usize);
        let (key_length, value_length) = (field(8)? as usize, field(12)? as usize);
        let start = element.checked_add(position).ok_or_else(bad)?;
        let (key, rest) = page.get(start..).and_then(|b| b.split_at_checked(key_length)).ok_or_else(bad)?;
        let value = rest.get(..value_length).ok_or_else(bad)?;
        if flags & LEAF_IS_BUCKET == 0 {
            return Ok(visitor.value(path, key, value));
        }
        if !visitor.enter(path, key) {
            return Ok(true);
        }
        let root = Take(value).u64().ok_or_else(bad)?;
        path.push(key.to_vec());
        let goes_on = if root == 0 {
            let inline = value.get(BUCKET_HEADER..).ok_or_else(bad)?;
            self.elements(number, inline, path, depth + 1, visitor)
        } else {
            self.child(root, path, depth + 1, visitor)
        };
        path.pop();
        goes_on
    }
}

fn word(bytes: &[u8], at: usize) -> Option<u16> {
    bytes.get(at..)?.first_chunk().map(|b| u16::from_le_bytes(*b))
}

/// A meta page whose checksum (FNV-1a of what is before it) holds.
fn meta(page: &[u8]) -> Option<Meta> {
    if word(page, 8)? & IS_META == 0 {
        return None;
    }
    let body = page.get(PAGE_HEADER..PAGE_HEADER + 64)?;
    let mut take = Take(body);
    let (magic, version, page_size, _flags) = (take.u32()?, take.u32()?, take.u32()?, take.u32()?);
    let root = take.u64()?;
    let (_sequence, _freelist, _pages) = (take.u64()?, take.u64()?, take.u64()?);
    let transaction = take.u64()?;
    let mut hash = 0xcbf2_9ce4_8422_2325u64;
    for byte in body.get(..56)? {
        hash = (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3);
    }
    let fits = magic == MAGIC
        && version == VERSION
        && page_size.is_power_of_two()
        && (512..=65_536).contains(&page_size)
        && take.u64()? == hash;
    fits.then_some(Meta { page_size: page_size.into(), root, transaction })
}
