//! Images in files and folders: archives of `docker save` and OCI layouts, plain or compressed as a whole.
//!
//! | what | module |
//! | --- | --- |
//! | which image is meant | `choice` |
//! | `manifest.json` of docker archives | [`docker`] |
//! | `index.json` of OCI layouts | `oci` |
//! | parts by name | `store` |
//! | compressed archives, and what cannot be read at any place | `stream` |

mod choice;
pub mod docker;
pub mod error;
mod oci;
mod store;
pub(crate) mod stream;

pub use choice::ImageChoice;

use crate::config::parse_config;
use crate::layer::Compression;
use crate::source::{ImageParts, ImageSource, LayerBytes, LayerSource, SourceError};
use batten_model::Digest;
use error::ArchiveError;
use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
pub(crate) use store::KeptStore;
use store::{FolderStore, Store, TarStore, open_regular};

/// The parts of the image that was chosen.
struct Selected {
    manifest: Option<Vec<u8>>,
    manifest_digest: Option<Digest>,
    config: Vec<u8>,
    config_digest: Option<Digest>,
    layers: Vec<Part>,
}

/// A layer and the name of its blob in the archive.
struct Part {
    name: String,
    source: LayerSource,
}

/// What a path turned out to be.
pub enum Opened {
    /// An image whose parts can be read in any order.
    Image(ArchiveImage),
    /// A compressed archive, or a pipe: it has to be read from front to end.
    Stream(StreamArchive),
}

/// A compressed archive.
pub struct StreamArchive {
    pub(crate) path: PathBuf,
    pub(crate) file: Arc<File>,
    /// False for pipes, which can be read once only.
    pub(crate) again: bool,
    pub(crate) choice: ImageChoice,
}

/// An image in a plain archive or a layout folder.
pub struct ArchiveImage {
    path: PathBuf,
    store: Box<dyn Store>,
    choice: ImageChoice,
    layers: OnceLock<Vec<String>>,
    /// The archive's end is damaged.
    damage: Option<ArchiveError>,
}

/// Opens an archive or layout, whichever it is.
pub fn open(path: &Path, choice: ImageChoice) -> Result<Opened, SourceError> {
    let target = path.display().to_string();
    open_any(path, choice).map_err(|error| error.about(&target))
}

fn open_any(path: &Path, choice: ImageChoice) -> Result<Opened, ArchiveError> {
    let metadata = std::fs::metadata(path).map_err(ArchiveError::Open)?;
    if metadata.is_dir() {
        let store = Box::new(FolderStore::new(path));
        return Ok(Opened::Image(ArchiveImage::new(path, store, choice, None)));
    }
    if std::os::unix::fs::FileTypeExt::is_fifo(&metadata.file_type()) {
        let file = Arc::new(File::open(path).map_err(ArchiveError::Open)?);
        return Ok(Opened::Stream(StreamArchive { path: path.to_owned(), file, again: false, choice }));
    }
    if !metadata.is_file() {
        return Err(ArchiveError::NotAFile);
    }
    let (file, _) = open_regular(path).map_err(ArchiveError::Open)?;
    let mut prefix = [0; 6];
    let length = file.read_at(&mut prefix, 0).map_err(ArchiveError::Open)?;
    match Compression::of(prefix.get(..length).unwrap_or_default()) {
        Compression::Plain => {
            let (store, damage) = TarStore::index(file)?;
            Ok(Opened::Image(ArchiveImage::new(path, Box::new(store), choice, damage)))
        }
        Compression::Gzip | Compression::Zstd => {
            Ok(Opened::Stream(StreamArchive { path: path.to_owned(), file, again: true, choice }))
        }
        Compression::Unsupported(name) => Err(ArchiveError::UnsupportedCompression(name)),
    }
}

fn select(store: &dyn Store, choice: &ImageChoice) -> Result<Selected, ArchiveError> {
    let selected = if store.has(docker::MANIFEST) {
        docker::select(store, choice)?
    } else if store.has(oci::INDEX) {
        oci::select(store, choice)?
    } else {
        return Err(ArchiveError::NoImage);
    };
    // Asked for a platform, an image of another one is no answer, even if it is the only one.
    if let Some(wanted) = &choice.platform
        && let Ok(config) = parse_config(&selected.config)
    {
        let offered = config.platform();
        if !offered.os.is_empty() && wanted.best(std::iter::once(&offered)).is_none() {
            return Err(ArchiveError::Platform {
                wanted: Box::new(wanted.clone()),
                offered: Box::new(offered),
            });
        }
    }
    Ok(selected)
}

impl Selected {
    fn into_parts(self, name: String) -> (ImageParts, Vec<String>) {
        let (names, layers) = self.layers.into_iter().map(|part| (part.name, part.source)).unzip();
        let parts = ImageParts {
            name,
            manifest: self.manifest,
            manifest_digest: self.manifest_digest,
            config: self.config,
            config_digest: self.config_digest,
            layers,
        };
        (parts, names)
    }
}

impl ArchiveImage {
    fn new(
        path: &Path,
        store: Box<dyn Store>,
        choice: ImageChoice,
        damage: Option<ArchiveError>,
    ) -> ArchiveImage {
        ArchiveImage { path: path.to_owned(), store, choice, layers: OnceLock::new(), damage }
    }

    fn target(&self) -> String {
        self.path.display().to_string()
    }
}

impl ImageSource for ArchiveImage {
    fn describe(&self) -> Result<ImageParts, SourceError> {
        let selected = select(self.store.as_ref(), &self.choice).map_err(|error| {
            // What is missing is missing because the end of the archive is.
            let cause = match (&error, &self.damage) {
                (ArchiveError::NoImage | ArchiveError::Missing(_), Some(damage)) => damage,
                _ => &error,
            };
            cause.about(&self.target())
        })?;
        let (parts, names) = selected.into_parts(self.target());
        // Opened now, because the threads that read may not be allowed to open files.
        for name in &names {
            let _ = self.store.open(name);
        }
        let _ = self.layers.set(names);
        Ok(parts)
    }

    fn open(&self, index: usize) -> Result<LayerBytes<'_>, SourceError> {
        let name = self.layers.get().and_then(|names| names.get(index)).map_or("", String::as_str);
        self.store.open(name).map_err(|error| error.about(&self.target()))
    }
}

impl StreamArchive {
    pub(crate) fn target(&self) -> String {
        self.path.display().to_string()
    }

    /// The archive's bytes from the front.
    pub(crate) fn stream(&self) -> Box<dyn std::io::Read + Send> {
        if self.again {
            return Box::new(FromFront { file: Arc::clone(&self.file), place: 0 });
        }
        Box::new(Once(Arc::clone(&self.file)))
    }
}

/// A file from its front on, whatever others do with it.
struct FromFront {
    file: Arc<File>,
    place: u64,
}

impl std::io::Read for FromFront {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let length = self.file.read_at(buffer, self.place)?;
        self.place += length as u64;
        Ok(length)
    }
}

/// A pipe.
struct Once(Arc<File>);

impl std::io::Read for Once {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        self.0.as_ref().read(buffer)
    }
}
