//! What a scan is told.

use crate::formats::{FORMATS, Format};
use crate::limits::Limits;
use crate::progress::{Progress, Silent};
use std::path::PathBuf;

/// Settings of a scan.
#[derive(Clone)]
pub struct ScanOptions<'a> {
    /// Limits.
    pub limits: Limits,
    /// Threads that read; 0 is as many as there are processors, up to [`THREADS_MAX`].
    pub threads: usize,
    /// Folder for unlinked temporary files.
    pub temp_folder: PathBuf,
    /// The layer cache; `None` is to use none.
    pub cache: Option<CacheOptions>,
    /// Keep packages that lock files and manifests of an image or host only declare. Folders always keep them.
    pub keep_declared: bool,
    /// Hears of progress.
    pub progress: &'a dyn Progress,
    /// Called first by each thread that will read strangers' bytes, to confine it.
    pub on_thread: Option<&'a (dyn Fn() + Sync)>,
    /// The formats that are looked for.
    pub formats: &'a [&'static Format],
}

/// Where layers are remembered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CacheOptions {
    /// Folder; it is made where it is missing.
    pub folder: PathBuf,
    /// Bytes below which it is kept.
    pub max_bytes: u64,
}

/// Most threads that are used unless asked for: each holds a few MiB, and disks are not faster for more.
pub const THREADS_MAX: usize = 8;

impl Default for ScanOptions<'_> {
    fn default() -> Self {
        ScanOptions {
            limits: Limits::default(),
            threads: 0,
            temp_folder: std::env::temp_dir(),
            cache: None,
            keep_declared: false,
            progress: &Silent,
            on_thread: None,
            formats: FORMATS,
        }
    }
}

impl ScanOptions<'_> {
    /// Threads for `jobs` pieces of work.
    pub(crate) fn threads_for(&self, jobs: usize) -> usize {
        let wanted = match self.threads {
            0 => std::thread::available_parallelism().map_or(1, usize::from).min(THREADS_MAX),
            asked => asked.min(256),
        };
        wanted.min(jobs).max(1)
    }
}
