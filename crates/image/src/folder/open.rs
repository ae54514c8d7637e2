//! Opening files below a root without ever leaving it.

use rustix::fs::{Mode, OFlags, ResolveFlags, openat, openat2};
use rustix::io::Errno;
use std::fs::File;
use std::io;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

/// The folder that everything lies below.
pub(super) struct Root {
    fd: OwnedFd,
    pub(super) path: PathBuf,
    /// The kernel (5.6 and later, and where no filter forbids it) resolves paths within a root by itself.
    resolves: bool,
}

impl Root {
    pub(super) fn open(path: &Path) -> io::Result<Root> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let fd = rustix::fs::open(path, flags, Mode::empty())?;
        let probe = openat2(&fd, ".", flags, Mode::empty(), ResolveFlags::BENEATH);
        Ok(Root { resolves: probe.is_ok(), fd, path: path.to_owned() })
    }

    /// Opens the file at `relative`; no part of the path may be a symbolic link. Never waits for the other end of a
    /// FIFO.
    pub(super) fn file(&self, relative: &Path) -> io::Result<File> {
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
        if self.resolves {
            let within = ResolveFlags::BENEATH | ResolveFlags::NO_SYMLINKS | ResolveFlags::NO_MAGICLINKS;
            return match openat2(&self.fd, relative, flags, Mode::empty(), within) {
                Ok(fd) => Ok(File::from(fd)),
                // The whole path may be too long for one call, and is then opened in parts below.
                Err(Errno::NAMETOOLONG) => self.file_in_parts(relative, flags),
                Err(error) => Err(error.into()),
            };
        }
        self.file_in_parts(relative, flags)
    }

    fn file_in_parts(&self, relative: &Path, flags: OFlags) -> io::Result<File> {
        let folders = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let mut folder: Option<OwnedFd> = None;
        let mut parts = relative.iter().peekable();
        while let Some(part) = parts.next() {
            let flags = if parts.peek().is_some() { folders } else { flags };
            let below = folder.as_ref().unwrap_or(&self.fd);
            folder = Some(openat(below, part, flags, Mode::empty())?);
        }
        folder.map(File::from).ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    /// Opens the file that `relative` leads to, following symbolic links as if the root were `/`.
    /// [`io::ErrorKind::Unsupported`] where the kernel cannot do that safely.
    pub(super) fn file_by_links(&self, relative: &Path) -> io::Result<File> {
        if !self.resolves {
            return Err(io::ErrorKind::Unsupported.into());
        }
        let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
        let within = ResolveFlags::IN_ROOT | ResolveFlags::NO_MAGICLINKS;
        Ok(File::from(openat2(&self.fd, relative, flags, Mode::empty(), within)?))
    }
}
