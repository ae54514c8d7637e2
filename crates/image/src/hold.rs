//! Content that has to be read at any place while its source gives it only once: held in memory as long as all threads
//! together hold little, else in an unlinked temporary file.

use crate::content::ReadAt;
use crate::limits::Limits;
use crate::source::Region;
use std::fs::File;
use std::io::{self, Write as _};
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

impl ReadAt for Region {
    fn len(&self) -> u64 {
        self.length
    }

    fn read_exact_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<()> {
        let end = offset.checked_add(buffer.len() as u64);
        if end.is_none_or(|end| end > self.length) {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.file.read_exact_at(buffer, self.offset + offset)
    }
}

/// A plain file as content.
pub(crate) struct FileContent {
    file: File,
    length: u64,
}

impl FileContent {
    /// `length` is the file's length when it was opened.
    pub(crate) fn new(file: File, length: u64) -> FileContent {
        FileContent { file, length }
    }
}

impl ReadAt for FileContent {
    fn len(&self) -> u64 {
        self.length
    }

    fn read_exact_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<()> {
        self.file.read_exact_at(buffer, offset)
    }
}

/// Bytes of one piece of held memory. Pieces are used again and never given back during a scan, so that large files
/// of many sizes leave no holes in the heap.
const PIECE: usize = 256 << 10;

/// How much all threads of a scan hold.
pub(crate) struct Budget {
    /// Pieces that nobody uses.
    pieces: Mutex<Vec<Vec<u8>>>,
    memory_limit: u64,
    memory_used: AtomicU64,
    temp_limit: u64,
    temp_used: AtomicU64,
    temp_folder: PathBuf,
}

impl Budget {
    pub(crate) fn new(limits: &Limits, temp_folder: &Path) -> Budget {
        Budget {
            pieces: Mutex::default(),
            memory_limit: limits.memory_bytes,
            memory_used: AtomicU64::new(0),
            temp_limit: limits.temp_bytes,
            temp_used: AtomicU64::new(0),
            temp_folder: temp_folder.to_owned(),
        }
    }

    /// Room for `length` bytes that will be written in order.
    pub(crate) fn hold(&self, length: u64) -> io::Result<Held<'_>> {
        let room = |used: &AtomicU64, taken: u64, limit: u64| {
            let result = used.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |used| {
                used.checked_add(taken).filter(|sum| *sum <= limit)
            });
            result.is_ok()
        };
        let in_pieces = length.div_ceil(PIECE as u64).saturating_mul(PIECE as u64);
        if room(&self.memory_used, in_pieces, self.memory_limit) {
            return Ok(Held {
                budget: self,
                reserved: in_pieces,
                length,
                store: Store::Memory(Vec::new(), 0),
            });
        }
        if !room(&self.temp_used, length, self.temp_limit) {
            let reason = format!("no room for {length} bytes below the limit temp-bytes={}", self.temp_limit);
            return Err(io::Error::new(io::ErrorKind::QuotaExceeded, reason));
        }
        match tempfile::tempfile_in(&self.temp_folder) {
            Ok(file) => Ok(Held { budget: self, reserved: length, length, store: Store::Temp(file, 0) }),
            Err(error) => {
                self.temp_used.fetch_sub(length, Ordering::Relaxed);
                let place = self.temp_folder.display();
                Err(io::Error::new(error.kind(), format!("no temporary file in {place}: {error}")))
            }
        }
    }

    fn piece(&self) -> Vec<u8> {
        let unused = self.pieces.lock().ok().and_then(|mut pieces| pieces.pop());
        unused.unwrap_or_else(|| vec![0; PIECE])
    }
}

/// Held content; its room is given back when it is dropped.
pub(crate) struct Held<'a> {
    budget: &'a Budget,
    reserved: u64,
    length: u64,
    store: Store,
}

enum Store {
    /// Pieces, and how many bytes of them are filled.
    Memory(Vec<Vec<u8>>, usize),
    Temp(File, u64),
}

impl Held<'_> {
    /// Takes the next bytes; more than was asked for is an error.
    pub(crate) fn push(&mut self, mut bytes: &[u8]) -> io::Result<()> {
        if ReadAt::len(self) + bytes.len() as u64 > self.length {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        match &mut self.store {
            Store::Memory(pieces, filled) => {
                while !bytes.is_empty() {
                    if *filled == pieces.len() * PIECE {
                        pieces.push(self.budget.piece());
                    }
                    let target = pieces.last_mut().and_then(|piece| piece.get_mut(*filled % PIECE..));
                    let target = target.unwrap_or_default();
                    let (now, later) = bytes.split_at(target.len().min(bytes.len()));
                    if let Some(target) = target.get_mut(..now.len()) {
                        target.copy_from_slice(now);
                    }
                    *filled += now.len();
                    bytes = later;
                }
            }
            Store::Temp(file, written) => {
                file.write_all(bytes)?;
                *written += bytes.len() as u64;
            }
        }
        Ok(())
    }
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        let used = match &mut self.store {
            Store::Memory(pieces, _) => {
                if let Ok(mut unused) = self.budget.pieces.lock() {
                    unused.append(pieces);
                }
                &self.budget.memory_used
            }
            Store::Temp(..) => &self.budget.temp_used,
        };
        used.fetch_sub(self.reserved, Ordering::Relaxed);
    }
}

impl ReadAt for Held<'_> {
    fn len(&self) -> u64 {
        match &self.store {
            Store::Memory(_, filled) => *filled as u64,
            Store::Temp(_, written) => *written,
        }
    }

    fn read_exact_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<()> {
        match &self.store {
            Store::Memory(pieces, filled) => {
                let start = usize::try_from(offset).map_err(|_| io::ErrorKind::UnexpectedEof)?;
                if start.checked_add(buffer.len()).is_none_or(|end| end > *filled) {
                    return Err(io::ErrorKind::UnexpectedEof.into());
                }
                let mut place = start;
                let mut left = buffer;
                while !left.is_empty() {
                    let source = pieces.get(place / PIECE).and_then(|piece| piece.get(place % PIECE..));
                    let source = source.ok_or(io::ErrorKind::UnexpectedEof)?;
                    let (target, rest) = left.split_at_mut(source.len().min(left.len()));
                    target.copy_from_slice(source.get(..target.len()).unwrap_or_default());
                    place += target.len();
                    left = rest;
                }
                Ok(())
            }
            Store::Temp(file, _) => file.read_exact_at(buffer, offset),
        }
    }

    fn as_slice(&self) -> Option<&[u8]> {
        match &self.store {
            Store::Memory(pieces, filled) => match pieces.as_slice() {
                [] => Some(&[]),
                [only] => only.get(..*filled),
                _ => None,
            },
            Store::Temp(..) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_first_then_files_then_refusal() {
        let piece = PIECE as u64;
        let limits = Limits { memory_bytes: 3 * piece, temp_bytes: 3 * piece, ..Limits::default() };
        let folder = tempfile::tempdir().unwrap();
        let budget = Budget::new(&limits, folder.path());
        let length = 2 * piece + 5;
        let mut first = budget.hold(length).unwrap();
        let mut second = budget.hold(length).unwrap();
        assert!(budget.hold(length).is_err());
        let content: Vec<u8> = (0..length).map(|n| (n % 251) as u8).collect();
        for held in [&mut first, &mut second] {
            for part in content.chunks(100_003) {
                held.push(part).unwrap();
            }
            assert!(held.push(b"i").is_err());
            for (start, end) in
                [(0, 3), (PIECE - 2, PIECE + 2), (5, 2 * PIECE + 5), (2 * PIECE + 5, 2 * PIECE + 5)]
            {
                let mut part = vec![0; end - start];
                held.read_exact_at(start as u64, &mut part).unwrap();
                assert_eq!(part, content[start..end]);
            }
            assert!(held.read_exact_at(length - 1, &mut [0; 2]).is_err());
            assert!(held.read_exact_at(u64::MAX, &mut [0; 2]).is_err());
        }
        assert!(matches!(first.store, Store::Memory(..)) && matches!(second.store, Store::Temp(..)));
        assert_eq!(folder.path().read_dir().unwrap().count(), 0, "unlinked");
        drop((first, second));
        let mut small = budget.hold(3).unwrap();
        small.push(b"abc").unwrap();
        assert_eq!(small.as_slice(), Some(b"abc".as_slice()));
        assert_eq!(budget.pieces.lock().unwrap().len(), 2, "one of the three is in use again");
    }
}
