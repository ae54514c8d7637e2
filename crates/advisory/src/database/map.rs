//! The database's bytes: a mapped file, bytes in the program itself, or bytes in memory.
#![allow(
    unsafe_code,
    reason = "mapping a file is an unsafe call; this is the one place of the crate that makes it"
)]

use super::error::DatabaseError;
use std::fs::File;
use std::ops::Deref;
use std::path::Path;

/// Bytes that stay where they are for as long as the database is open.
pub(super) enum Bytes {
    /// A file, read by page faults.
    Mapped(memmap2::Mmap),
    /// Part of the program.
    Static(&'static [u8]),
    /// In memory.
    Owned(Vec<u8>),
}

impl Bytes {
    /// Maps a file that Batten has installed.
    pub(super) fn map(path: &Path) -> Result<Bytes, DatabaseError> {
        let fault = |source| DatabaseError::Read { path: path.to_owned(), source };
        let file = File::open(path).map_err(fault)?;
        if file.metadata().map_err(fault)?.len() == 0 {
            return Ok(Bytes::Owned(Vec::new()));
        }
        // SAFETY: the mapping is read-only and private to this value. A database file is never written in place: it is
        // written beside its name and renamed over it (`install`), so the mapped inode does not change. Should somebody
        // else write to it or cut it off, every block is copied out and verified by its checksum before it is
        // believed, no reference into the map is kept as text, and a page that has vanished stops the program
        // with SIGBUS rather than giving it other data.
        let map = unsafe { memmap2::MmapOptions::new().map(&file) }.map_err(fault)?;
        Ok(Bytes::Mapped(map))
    }
}

impl Deref for Bytes {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match self {
            Bytes::Mapped(map) => map,
            Bytes::Static(bytes) => bytes,
            Bytes::Owned(bytes) => bytes,
        }
    }
}
