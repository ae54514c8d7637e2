//! Random access to one file's content, wherever it lies: memory, a temporary file, a place in an archive.

use std::borrow::Cow;
use std::io;

/// Content of known length that can be read at any place.
pub trait ReadAt: Send + Sync {
    /// Length in bytes.
    fn len(&self) -> u64;

    /// Fills `buffer` from `offset` on; fails with `UnexpectedEof` where the content ends before.
    fn read_exact_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<()>;

    /// The whole content, where it lies in memory already.
    fn as_slice(&self) -> Option<&[u8]> {
        None
    }

    /// True for empty content.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl ReadAt for [u8] {
    fn len(&self) -> u64 {
        <[u8]>::len(self) as u64
    }

    fn read_exact_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<()> {
        let start = usize::try_from(offset).ok();
        let part = start.and_then(|s| self.get(s..s.checked_add(buffer.len())?));
        buffer.copy_from_slice(part.ok_or(io::ErrorKind::UnexpectedEof)?);
        Ok(())
    }

    fn as_slice(&self) -> Option<&[u8]> {
        Some(self)
    }
}

impl ReadAt for Vec<u8> {
    fn len(&self) -> u64 {
        ReadAt::len(self.as_slice())
    }

    fn read_exact_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<()> {
        self.as_slice().read_exact_at(offset, buffer)
    }

    fn as_slice(&self) -> Option<&[u8]> {
        Some(self)
    }
}

/// One file offered to a format.
pub struct File<'a> {
    /// Path from the root of the subject, without a leading slash, lossily decoded; `outer.jar!inner` in archives.
    pub path: &'a str,
    /// Permission bits.
    pub mode: u32,
    /// The content.
    pub content: &'a dyn ReadAt,
}

impl<'a> File<'a> {
    /// The whole content, at most `limit` bytes; fails with `FileTooLarge` for more.
    pub fn bytes(&self, limit: u64) -> io::Result<Cow<'a, [u8]>> {
        if self.content.len() > limit {
            return Err(io::Error::new(io::ErrorKind::FileTooLarge, format!("larger than {limit} bytes")));
        }
        if let Some(slice) = self.content.as_slice() {
            return Ok(Cow::Borrowed(slice));
        }
        let length = usize::try_from(self.content.len()).map_err(|_| io::ErrorKind::FileTooLarge)?;
        let mut buffer = vec![0; length];
        self.content.read_exact_at(0, &mut buffer)?;
        Ok(Cow::Owned(buffer))
    }

    /// The last part of the path.
    pub fn name(&self) -> &'a str {
        self.path.rsplit_once('/').map_or(self.path, |(_, name)| name)
    }

    /// The folder of the path, without a trailing slash; empty at the root.
    pub fn folder(&self) -> &'a str {
        self.path.rsplit_once('/').map_or("", |(folder, _)| folder)
    }
}
