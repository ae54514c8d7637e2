//! What is known about fetched feeds: beside them, in one JSON file that is replaced as a whole.

use crate::download::{Validators, replace};
use crate::download_error::DownloadError;
use batten_model::Digest;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

const MAX_BYTES: u64 = 8 << 20;

/// One feed at hand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct FeedRecord {
    /// Where it came from.
    pub(crate) url: String,
    #[serde(flatten)]
    pub(crate) validators: Validators,
    pub(crate) digest: Digest,
    pub(crate) bytes: u64,
    /// Seconds since 1970 when it was fetched.
    pub(crate) fetched: u64,
    /// Seconds since 1970 when the server last said that it is current.
    pub(crate) checked: u64,
}

/// A feed whose beginning is at hand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PartRecord {
    pub(crate) url: String,
    #[serde(flatten)]
    pub(crate) validators: Validators,
}

#[derive(Debug, Default, Serialize, Deserialize)]
struct Records {
    #[serde(default)]
    feeds: BTreeMap<String, FeedRecord>,
    #[serde(default)]
    parts: BTreeMap<String, PartRecord>,
}

/// The records of a folder of feeds, shared by the threads of an update.
pub(crate) struct FeedState {
    path: PathBuf,
    records: Mutex<Records>,
}

impl FeedState {
    /// Reads the records. What cannot be read is taken for absent: then feeds are fetched again, and nothing is lost.
    pub(crate) fn open(path: &Path) -> FeedState {
        let small = std::fs::metadata(path).is_ok_and(|data| data.len() <= MAX_BYTES);
        let text = if small { std::fs::read(path).unwrap_or_default() } else { Vec::new() };
        let records = serde_json::from_slice(&text).unwrap_or_default();
        FeedState { path: path.to_owned(), records: Mutex::new(records) }
    }

    pub(crate) fn feed(&self, name: &str) -> Option<FeedRecord> {
        self.records.lock().unwrap_or_else(PoisonError::into_inner).feeds.get(name).cloned()
    }

    pub(crate) fn part(&self, name: &str) -> Option<PartRecord> {
        self.records.lock().unwrap_or_else(PoisonError::into_inner).parts.get(name).cloned()
    }

    /// Notes that a feed is being fetched.
    pub(crate) fn begin(&self, name: &str, part: PartRecord) -> Result<(), DownloadError> {
        self.change(|records| drop(records.parts.insert(name.to_owned(), part)))
    }

    /// Notes that a feed is at hand.
    pub(crate) fn finish(&self, name: &str, record: FeedRecord) -> Result<(), DownloadError> {
        self.change(|records| {
            records.parts.remove(name);
            records.feeds.insert(name.to_owned(), record);
        })
    }

    /// Forgets a beginning.
    pub(crate) fn forget_part(&self, name: &str) -> Result<(), DownloadError> {
        self.change(|records| drop(records.parts.remove(name)))
    }

    fn change(&self, change: impl FnOnce(&mut Records)) -> Result<(), DownloadError> {
        let mut records = self.records.lock().unwrap_or_else(PoisonError::into_inner);
        change(&mut records);
        let text = serde_json::to_vec_pretty(&*records).unwrap_or_default();
        replace(&self.path, &text)
    }
}
