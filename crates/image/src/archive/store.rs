//! Parts of an image by name, wherever they lie: in a tar archive that can be read at any place, in a folder, or kept
//! from an archive that was read as a stream.

use super::error::ArchiveError;
use crate::content::ReadAt;
use crate::layer::paths::{Shape, link_target, normalise};
use crate::source::{LayerBytes, Region};
use crate::tar::{Kind, Reader, SparseContent, SparseMap};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap};
use std::fs::File;
use std::io::{self, BufReader, Read};
use std::os::unix::fs::{FileExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

/// Most entries that the outer archive may have.
const ENTRIES_MAX: usize = 200_000;
/// Links that are followed to find a part.
const HOPS_MAX: usize = 8;

/// Parts by name.
pub(super) trait Store: Send + Sync {
    /// Whether there is a part of that name.
    fn has(&self, name: &str) -> bool;

    /// Length of a part in bytes.
    fn length(&self, name: &str) -> Option<u64>;

    /// The whole of a small part.
    fn read(&self, name: &str, limit: u64) -> Result<Vec<u8>, ArchiveError>;

    /// A part as stream or region.
    fn open(&self, name: &str) -> Result<LayerBytes<'_>, ArchiveError>;
}

/// A plain tar archive in a file.
pub(super) struct TarStore {
    file: Arc<File>,
    parts: BTreeMap<String, Part>,
    links: HashMap<String, String>,
}

struct Part {
    region: Region,
    sparse: Option<SparseMap>,
}

impl TarStore {
    /// Reads the headers of the archive, and passes over content by seeking. A damaged end leaves what came before;
    /// the damage is returned beside it.
    pub(super) fn index(file: Arc<File>) -> Result<(TarStore, Option<ArchiveError>), ArchiveError> {
        let length = file.metadata().map_err(ArchiveError::Open)?.len();
        let mut store = TarStore { file, parts: BTreeMap::new(), links: HashMap::new() };
        let damage = store.read_index(length).err();
        match damage {
            Some(error) if store.parts.is_empty() => Err(error),
            damage => Ok((store, damage)),
        }
    }

    fn read_index(&mut self, length: u64) -> Result<(), ArchiveError> {
        let mut place = 0;
        let mut name = String::new();
        for _ in 0..ENTRIES_MAX {
            let stream = Positioned { file: Arc::clone(&self.file), place };
            let mut reader = Reader::starting_at(BufReader::with_capacity(4096, stream), place);
            let Some(entry) = reader.next_entry().map_err(ArchiveError::Tar)? else { return Ok(()) };
            place = entry.offset.saturating_add(entry.stored).next_multiple_of(512);
            if normalise(reader.path(), &mut name, 4096, 64) != Shape::Plain {
                continue;
            }
            match entry.kind {
                Kind::File => {
                    let region =
                        Region { file: Arc::clone(&self.file), offset: entry.offset, length: entry.stored };
                    self.parts.insert(name.clone(), Part { region, sparse: reader.sparse().cloned() });
                    if entry.offset.saturating_add(entry.stored) > length {
                        let within = "a file's content";
                        return Err(ArchiveError::Tar(crate::tar::TarError::Truncated {
                            offset: length,
                            within,
                        }));
                    }
                }
                Kind::HardLink => {
                    let mut target = String::new();
                    normalise(reader.link(), &mut target, 4096, 64);
                    self.links.insert(name.clone(), target);
                }
                Kind::Symlink => {
                    if let Some(target) = link_target(&name, reader.link(), 4096, 64) {
                        self.links.insert(name.clone(), target);
                    }
                }
                _ => {}
            }
        }
        Err(ArchiveError::TooLarge { part: "the list of entries".to_owned(), limit: ENTRIES_MAX as u64 })
    }

    /// A part, through links: older versions of Docker link layers that several images share.
    fn part(&self, name: &str) -> Option<&Part> {
        let mut name = name;
        for _ in 0..HOPS_MAX {
            if let Some(part) = self.parts.get(name) {
                return Some(part);
            }
            name = self.links.get(name)?;
        }
        None
    }
}

impl Store for TarStore {
    fn has(&self, name: &str) -> bool {
        self.part(name).is_some()
    }

    fn length(&self, name: &str) -> Option<u64> {
        let part = self.part(name)?;
        Some(part.sparse.as_ref().map_or(part.region.length, SparseMap::real_size))
    }

    fn read(&self, name: &str, limit: u64) -> Result<Vec<u8>, ArchiveError> {
        let mut stream = match self.open(name)? {
            LayerBytes::Region(region) => Box::new(ContentReader { content: region, place: 0 }),
            LayerBytes::Stream(stream) => stream,
        };
        read_small(&mut stream, name, limit)
    }

    fn open(&self, name: &str) -> Result<LayerBytes<'_>, ArchiveError> {
        let part = self.part(name).ok_or_else(|| ArchiveError::Missing(name.to_owned()))?;
        match &part.sparse {
            None => Ok(LayerBytes::Region(part.region.clone())),
            Some(map) => {
                let content = SparseContent::new(part.region.clone(), map);
                Ok(LayerBytes::Stream(Box::new(ContentReader { content, place: 0 })))
            }
        }
    }
}

/// An OCI layout in a folder.
pub(super) struct FolderStore {
    root: PathBuf,
    /// Files that were opened ahead, because later this process may not be allowed to open any.
    opened: Mutex<HashMap<String, (Arc<File>, u64)>>,
}

impl FolderStore {
    pub(super) fn new(root: &Path) -> FolderStore {
        FolderStore { root: root.to_owned(), opened: Mutex::default() }
    }

    fn file(&self, name: &str) -> io::Result<(Arc<File>, u64)> {
        if let Some(opened) = self.opened.lock().ok().and_then(|opened| opened.get(name).cloned()) {
            return Ok(opened);
        }
        let opened = open_regular(&self.root.join(name))?;
        if let Ok(mut all) = self.opened.lock() {
            all.insert(name.to_owned(), opened.clone());
        }
        Ok(opened)
    }

    fn error(name: &str, error: io::Error) -> ArchiveError {
        match error.kind() {
            io::ErrorKind::NotFound => ArchiveError::Missing(name.to_owned()),
            _ => ArchiveError::Open(error),
        }
    }
}

impl Store for FolderStore {
    fn has(&self, name: &str) -> bool {
        self.file(name).is_ok()
    }

    fn length(&self, name: &str) -> Option<u64> {
        self.file(name).ok().map(|(_, length)| length)
    }

    fn read(&self, name: &str, limit: u64) -> Result<Vec<u8>, ArchiveError> {
        let (file, length) = self.file(name).map_err(|error| FolderStore::error(name, error))?;
        let mut stream = ContentReader { content: Region { file, offset: 0, length }, place: 0 };
        read_small(&mut stream, name, limit)
    }

    fn open(&self, name: &str) -> Result<LayerBytes<'_>, ArchiveError> {
        let (file, length) = self.file(name).map_err(|error| FolderStore::error(name, error))?;
        Ok(LayerBytes::Region(Region { file, offset: 0, length }))
    }
}

/// Opens a regular file; anything else, such as a FIFO that would wait for ever, is refused.
pub(super) fn open_regular(path: &Path) -> io::Result<(Arc<File>, u64)> {
    let nonblock = rustix::fs::OFlags::NONBLOCK.bits() as i32;
    let file = File::options().read(true).custom_flags(nonblock).open(path)?;
    let metadata = file.metadata()?;
    if !metadata.is_file() {
        return Err(io::Error::other("not a regular file"));
    }
    Ok((Arc::new(file), metadata.len()))
}

/// Small parts of an archive that was read as a stream.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct KeptStore {
    pub(super) small: BTreeMap<String, Vec<u8>>,
    /// Names and lengths of the others.
    pub(super) large: BTreeMap<String, u64>,
    pub(super) links: HashMap<String, String>,
}

impl KeptStore {
    /// The name under which a part was kept.
    pub(crate) fn resolve<'a>(&'a self, name: &'a str) -> Option<&'a str> {
        let mut name = name;
        for _ in 0..HOPS_MAX {
            if self.small.contains_key(name) || self.large.contains_key(name) {
                return Some(name);
            }
            name = self.links.get(name)?;
        }
        None
    }
}

impl Store for KeptStore {
    fn has(&self, name: &str) -> bool {
        self.resolve(name).is_some()
    }

    fn length(&self, name: &str) -> Option<u64> {
        let name = self.resolve(name)?;
        self.small.get(name).map(|bytes| bytes.len() as u64).or_else(|| self.large.get(name).copied())
    }

    fn read(&self, name: &str, limit: u64) -> Result<Vec<u8>, ArchiveError> {
        let bytes = self.resolve(name).and_then(|name| self.small.get(name));
        match bytes {
            Some(bytes) if bytes.len() as u64 <= limit => Ok(bytes.clone()),
            None if !self.has(name) => Err(ArchiveError::Missing(name.to_owned())),
            _ => Err(ArchiveError::TooLarge { part: name.to_owned(), limit }),
        }
    }

    fn open(&self, name: &str) -> Result<LayerBytes<'_>, ArchiveError> {
        Err(ArchiveError::Missing(name.to_owned()))
    }
}

fn read_small(stream: &mut dyn Read, name: &str, limit: u64) -> Result<Vec<u8>, ArchiveError> {
    let mut bytes = Vec::new();
    stream.take(limit + 1).read_to_end(&mut bytes).map_err(ArchiveError::Open)?;
    if bytes.len() as u64 > limit {
        return Err(ArchiveError::TooLarge { part: name.to_owned(), limit });
    }
    Ok(bytes)
}

/// Reads a file from a place on.
struct Positioned {
    file: Arc<File>,
    place: u64,
}

impl Read for Positioned {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.file.read_at(buffer, self.place)?;
        self.place += length as u64;
        Ok(length)
    }
}

/// Reads content from its front to its end.
struct ContentReader<C> {
    content: C,
    place: u64,
}

impl<C: ReadAt> Read for ContentReader<C> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = self.content.len().saturating_sub(self.place);
        let length = usize::try_from(left).map_or(buffer.len(), |left| left.min(buffer.len()));
        let Some(target) = buffer.get_mut(..length) else { return Ok(0) };
        self.content.read_exact_at(self.place, target)?;
        self.place += length as u64;
        Ok(length)
    }
}
