//! A folder that stands for a machine in tests.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

static COUNT: AtomicUsize = AtomicUsize::new(0);

/// Removed with its value.
pub(crate) struct MadeRoot(PathBuf);

impl MadeRoot {
    /// A root with these files.
    pub(crate) fn new(files: &[(&str, &str)]) -> MadeRoot {
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let root =
            MadeRoot(std::env::temp_dir().join(format!("batten-host-{}-{number}", std::process::id())));
        std::fs::create_dir_all(&root.0).unwrap();
        for (path, text) in files {
            root.write(path, text);
        }
        root
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    pub(crate) fn write(&self, path: &str, text: &str) {
        let path = self.parent_made(path);
        std::fs::write(path, text).unwrap();
    }

    pub(crate) fn link(&self, path: &str, target: &str) {
        let path = self.parent_made(path);
        std::os::unix::fs::symlink(target, path).unwrap();
    }

    fn parent_made(&self, path: &str) -> PathBuf {
        let path = self.0.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        path
    }
}

impl Drop for MadeRoot {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
