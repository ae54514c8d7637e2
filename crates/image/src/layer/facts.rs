//! What one layer gave: the unit of the layer cache.

use crate::facts::{Facts, Problem};
use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::xxh3_64;

/// Hash of a normalised path, by which layers are compared.
pub(crate) fn name_hash(path: &str) -> u64 {
    xxh3_64(path.as_bytes())
}

/// What a layer holds and changes.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct LayerFacts {
    /// Files from which a format made facts, sorted by path and format.
    pub(crate) files: Vec<FoundFile>,
    /// Symbolic links that may lead to folders: path and target as written.
    pub(crate) links: Vec<(String, String)>,
    /// What could not be read.
    pub(crate) problems: Vec<Problem>,
    /// Something is missing for a reason that lies in this machine and not in the layer, such as a full disk.
    #[serde(skip)]
    pub(crate) transient: bool,
    /// [`name_hash`]es of all entries.
    #[serde(skip)]
    pub(crate) names: NameSets,
}

/// Hashes of paths, each list sorted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct NameSets {
    /// Entries that are no folders: they hide what lower layers have at their place and below.
    pub(crate) files: Vec<u64>,
    /// Folders: they hide what is no folder in lower layers.
    pub(crate) folders: Vec<u64>,
    /// Paths that a whiteout removes, with all that is below.
    pub(crate) removed: Vec<u64>,
    /// Folders whose content of lower layers is removed.
    pub(crate) opaque: Vec<u64>,
}

impl NameSets {
    /// Sorts the lists; needed once before they are asked.
    pub(crate) fn sort(&mut self) {
        for list in [&mut self.files, &mut self.folders, &mut self.removed, &mut self.opaque] {
            list.sort_unstable();
            list.dedup();
            list.shrink_to_fit();
        }
    }

    /// Whether this layer hides what a lower layer has as file at `path`.
    pub(crate) fn hides(&self, path: &str) -> bool {
        let has = |list: &[u64], hash: u64| list.binary_search(&hash).is_ok();
        let own = name_hash(path);
        if has(&self.files, own) || has(&self.removed, own) || has(&self.folders, own) {
            return true;
        }
        if has(&self.opaque, name_hash("")) {
            return true;
        }
        ancestors(path).any(|folder| {
            let hash = name_hash(folder);
            has(&self.files, hash) || has(&self.removed, hash) || has(&self.opaque, hash)
        })
    }
}

/// The folders above `path`, the nearest first; not the root.
pub(crate) fn ancestors(path: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(path.rsplit_once('/'), |(folder, _)| folder.rsplit_once('/'))
        .map(|(folder, _)| folder)
}

/// One file and what a format made of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct FoundFile {
    /// Path from the root, normalised.
    pub(crate) path: String,
    /// Number of the format in the scan's list.
    pub(crate) format: u16,
    pub(crate) facts: Facts,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hiding() {
        let hashes = |paths: &[&str]| paths.iter().map(|path| name_hash(path)).collect::<Vec<u64>>();
        let mut names = NameSets {
            files: hashes(&["a/file", "a/link"]),
            folders: hashes(&["a", "was-file"]),
            removed: hashes(&["gone", "b/gone"]),
            opaque: hashes(&["fresh"]),
        };
        names.sort();
        for hidden in
            ["a/file", "a/link/below", "gone", "gone/x/y", "b/gone", "fresh/x", "fresh/x/y", "was-file"]
        {
            assert!(names.hides(hidden), "{hidden}");
        }
        for seen in ["a/other", "b/x", "fresh2/x", "gone2", "file", "fresh"] {
            assert!(!names.hides(seen), "{seen}");
        }
        names.opaque = hashes(&[""]);
        assert!(names.hides("anything"));
    }
}
