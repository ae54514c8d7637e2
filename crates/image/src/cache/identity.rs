//! Files that were verified before: which digests their parts have, as long as they are the same files.

use crate::archive::KeptStore;
use crate::source::Region;
use batten_model::Digest;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs::File;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::time::{Duration, SystemTime};

/// A file that changed less than this ago may change again without its times telling.
pub(super) const FRESH: Duration = Duration::from_millis(100);
/// As [`FRESH`], for file systems that keep whole seconds only.
const FRESH_IN_SECONDS: Duration = Duration::from_secs(2);
/// Most parts of one file.
const PARTS_MAX: usize = 10_000;

/// What tells a file from any other and from itself before a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Identity {
    device: u64,
    inode: u64,
    size: u64,
    modified: (i64, i64),
    changed: (i64, i64),
}

impl Identity {
    pub(super) fn of(file: &File) -> Option<Identity> {
        let metadata = file.metadata().ok().filter(std::fs::Metadata::is_file)?;
        Some(Identity {
            device: metadata.dev(),
            inode: metadata.ino(),
            size: metadata.size(),
            modified: (metadata.mtime(), metadata.mtime_nsec()),
            changed: (metadata.ctime(), metadata.ctime_nsec()),
        })
    }

    /// Whether the file changed so lately, or by its times in the future, that the next change could go unseen.
    pub(super) fn is_fresh(&self) -> bool {
        let (seconds, nanoseconds) = self.changed;
        let margin = if nanoseconds == 0 { FRESH_IN_SECONDS } else { FRESH };
        let moment = u64::try_from(seconds).ok().zip(u32::try_from(nanoseconds).ok());
        let changed = moment.map(|(s, n)| SystemTime::UNIX_EPOCH + Duration::new(s.min(1 << 40), n));
        changed.and_then(|changed| changed.elapsed().ok()).is_none_or(|age| age < margin)
    }

    pub(super) fn name(&self) -> String {
        format!("{:x}-{:x}", self.device, self.inode)
    }
}

/// The digests of a file's parts.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Known {
    identity: Identity,
    parts: Vec<(u64, u64, Digest)>,
    /// What is in the file, for archives that can only be read from front to end.
    #[serde(default)]
    pub(super) stream: Option<KnownStream>,
}

/// What a compressed archive holds.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct KnownStream {
    /// Manifests and configurations, and the names of the rest.
    pub(crate) kept: KeptStore,
    /// Digests of the parts that are layers, by name.
    pub(crate) blobs: BTreeMap<String, Digest>,
}

impl Known {
    pub(super) fn of(identity: Identity) -> Known {
        Known { identity, parts: Vec::new(), stream: None }
    }

    pub(super) fn find(&self, region: &Region) -> Option<Digest> {
        let part = self.parts.iter().find(|part| (part.0, part.1) == (region.offset, region.length));
        part.map(|(_, _, digest)| digest.clone())
    }

    pub(super) fn add(&mut self, region: &Region, digest: &Digest) {
        self.parts.retain(|part| (part.0, part.1) != (region.offset, region.length));
        if self.parts.len() < PARTS_MAX {
            self.parts.push((region.offset, region.length, digest.clone()));
        }
    }

    pub(super) fn encode(&self) -> Option<Vec<u8>> {
        rmp_serde::to_vec_named(self).ok()
    }
}

/// What is known of the file, where it is still the same.
pub(super) fn read(path: &Path, identity: &Identity) -> Option<Known> {
    let bytes = std::fs::read(path).ok()?;
    rmp_serde::from_slice::<Known>(&bytes).ok().filter(|known| known.identity == *identity)
}
