//! Brings a folder of feeds up to date: several at once, each in its place only when it is whole.
//!
//! | in the folder | what |
//! | --- | --- |
//! | `feeds/<file>` | the feeds, in the layout of [`crate::feeds`] |
//! | `state/feeds.json` | versions and dates |
//! | `state/parts/` | beginnings of interrupted downloads |
//! | `state/lock` | held while an update is at work |

use crate::address::Address;
use crate::download::{Download, Downloaded, place};
use crate::download_error::DownloadError;
use crate::feed_state::{FeedRecord, FeedState, PartRecord};
use crate::feeds::{Feed, FeedFormat, FeedSet};
use crate::fetch_error::FetchError;
use crate::options::ClientOptions;
use crate::reference::is_loopback;
use crate::registry::Client;
use std::fs::{self, File};
use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::{Component, Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;

/// Feeds fetched at once.
const PARALLEL: usize = 4;
/// A zip archive's end record with the longest comment (APPNOTE 6.3.10, section 4.3.16).
const ZIP_END: u64 = 22 + (64 << 10);

/// What happened to one feed.
#[derive(Debug)]
pub enum FeedStatus {
    /// Fetched, and different from what was there.
    New,
    /// The server says, or the bytes show, that what is there is current.
    Unchanged,
    /// Not fetched; what was there still is.
    Failed(DownloadError),
}

/// One feed after an update.
#[derive(Debug)]
pub struct FeedResult {
    /// The feed's name.
    pub name: String,
    /// Where it came from.
    pub url: String,
    /// Its file, if there is one: of this or of an earlier update.
    pub file: Option<PathBuf>,
    /// Seconds since 1970 when the server last gave or confirmed that file.
    pub checked: Option<u64>,
    /// `Last-Modified` of that file, as the server wrote it.
    pub last_modified: Option<String>,
    /// What happened.
    pub status: FeedStatus,
}

/// An update's result.
#[derive(Debug)]
pub struct FeedOutcome {
    /// The folder of the feeds, for building a database.
    pub folder: PathBuf,
    /// The feeds in the set's order.
    pub feeds: Vec<FeedResult>,
}

impl FeedOutcome {
    /// True where a feed differs from what was there.
    pub fn is_new(&self) -> bool {
        self.feeds.iter().any(|feed| matches!(feed.status, FeedStatus::New))
    }

    /// The feeds that could not be fetched, with the reason.
    pub fn failed(&self) -> impl Iterator<Item = (&FeedResult, &DownloadError)> {
        self.feeds.iter().filter_map(|feed| match &feed.status {
            FeedStatus::Failed(error) => Some((feed, error)),
            _ => None,
        })
    }

    /// The full disk that ended the update, if one did.
    pub fn disk_full(&self) -> Option<&DownloadError> {
        self.failed().map(|(_, error)| error).find(|error| matches!(error, DownloadError::DiskFull { .. }))
    }
}

/// What an update says while it works.
#[derive(Debug, Clone, Copy)]
pub struct FeedProgress<'a> {
    /// The feed's name.
    pub name: &'a str,
    /// Bytes at hand.
    pub received: u64,
    /// All bytes, where the server says.
    pub total: Option<u64>,
    /// True with the last word about this feed.
    pub finished: bool,
}

/// Brings the feeds of `set` in `folder` up to date. `progress` is called from several threads.
///
/// # Errors
/// Where nothing could be begun: the folder cannot be written, or another update is at work. What fails with one feed
/// is that feed's result.
pub fn update_feeds(
    client: &Client,
    set: &FeedSet,
    folder: &Path,
    progress: &(dyn Fn(FeedProgress<'_>) + Sync),
) -> Result<FeedOutcome, DownloadError> {
    let state_folder = folder.join("state");
    let parts = state_folder.join("parts");
    fs::create_dir_all(&parts).map_err(|e| DownloadError::write(&parts, e))?;
    let feeds_folder = folder.join("feeds");
    fs::create_dir_all(&feeds_folder).map_err(|e| DownloadError::write(&feeds_folder, e))?;
    let _lock = lock(&state_folder.join("lock"))?;
    let state = FeedState::open(&state_folder.join("feeds.json"));
    let update = Update { client, folder: &feeds_folder, parts: &parts, state: &state, progress };
    let results: Mutex<Vec<(usize, FeedResult)>> = Mutex::default();
    let (next, full) = (AtomicUsize::new(0), AtomicBool::new(false));
    std::thread::scope(|scope| {
        for _ in 0..PARALLEL.min(set.feeds.len()) {
            scope.spawn(|| {
                while let Some((place, feed)) = {
                    let place = next.fetch_add(1, Ordering::Relaxed);
                    set.feeds.get(place).map(|feed| (place, feed))
                } {
                    let status = match full.load(Ordering::Relaxed) {
                        true => FeedStatus::Failed(DownloadError::NotTried),
                        false => update.status(feed),
                    };
                    if matches!(status, FeedStatus::Failed(DownloadError::DiskFull { .. })) {
                        full.store(true, Ordering::Relaxed);
                    }
                    let result = update.result(feed, status);
                    results.lock().unwrap_or_else(PoisonError::into_inner).push((place, result));
                }
            });
        }
    });
    let mut results = results.into_inner().unwrap_or_else(PoisonError::into_inner);
    results.sort_by_key(|(place, _)| *place);
    Ok(FeedOutcome { folder: feeds_folder, feeds: results.into_iter().map(|(_, result)| result).collect() })
}

/// Held until it is dropped or the process ends, however it ends.
fn lock(path: &Path) -> Result<File, DownloadError> {
    let file = File::create(path).map_err(|e| DownloadError::write(path, e))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(fs::TryLockError::WouldBlock) => Err(DownloadError::Busy { path: path.to_owned() }),
        Err(fs::TryLockError::Error(e)) => Err(DownloadError::write(path, e)),
    }
}

struct Update<'a> {
    client: &'a Client,
    folder: &'a Path,
    parts: &'a Path,
    state: &'a FeedState,
    progress: &'a (dyn Fn(FeedProgress<'_>) + Sync),
}

impl Update<'_> {
    fn status(&self, feed: &Feed) -> FeedStatus {
        // One more attempt for a file that was replaced in the middle: the next version is whole by then.
        let mut result = self.fetch(feed);
        if matches!(result, Err(DownloadError::Changed { .. })) {
            self.drop_part(feed);
            result = self.fetch(feed);
        }
        match result {
            Ok(true) => FeedStatus::New,
            Ok(false) => FeedStatus::Unchanged,
            Err(error) => {
                let spoilt = matches!(
                    error,
                    DownloadError::DiskFull { .. }
                        | DownloadError::WrongDigest { .. }
                        | DownloadError::WrongFormat { .. }
                        | DownloadError::Changed { .. }
                );
                if spoilt {
                    self.drop_part(feed);
                }
                FeedStatus::Failed(error)
            }
        }
    }

    fn result(&self, feed: &Feed, status: FeedStatus) -> FeedResult {
        let record = self.state.feed(&feed.name);
        let file = plain_path(feed).ok().map(|file| self.folder.join(file)).filter(|file| file.is_file());
        let size = file.as_ref().and_then(|file| fs::metadata(file).ok()).map_or(0, |data| data.len());
        (self.progress)(FeedProgress { name: &feed.name, received: size, total: Some(size), finished: true });
        FeedResult {
            name: feed.name.clone(),
            url: feed.url.clone(),
            checked: record.as_ref().filter(|_| file.is_some()).map(|record| record.checked),
            last_modified: record
                .filter(|_| file.is_some())
                .and_then(|record| record.validators.last_modified),
            file,
            status,
        }
    }

    /// Fetches one feed; true where it is new.
    fn fetch(&self, feed: &Feed) -> Result<bool, DownloadError> {
        let file = self.folder.join(plain_path(feed)?);
        let address = checked_address(self.client.options(), &feed.url)?;
        let part = self.part(feed);
        let record = self.state.feed(&feed.name).filter(|record| {
            // A record of another address or of a file that was touched says nothing about this one.
            record.url == feed.url && fs::metadata(&file).is_ok_and(|data| data.len() == record.bytes)
        });
        let begun = self.state.part(&feed.name).filter(|part| part.url == feed.url);
        let progress = |received, total| {
            (self.progress)(FeedProgress { name: &feed.name, received, total, finished: false });
        };
        let download = Download {
            outlet: &self.client.outlet,
            address,
            part: &part,
            begun: begun.map(|part| part.validators),
            at_hand: record.as_ref().map(|record| record.validators.clone()),
            limit: self.client.options().limits.feed,
            progress: &progress,
        };
        let starting = |validators: &crate::download::Validators| {
            self.state.begin(&feed.name, PartRecord { url: feed.url.clone(), validators: validators.clone() })
        };
        match download.run(&starting)? {
            Downloaded::Unchanged => {
                if let Some(record) = record {
                    self.state.finish(&feed.name, FeedRecord { checked: now(), ..record })?;
                }
                Ok(false)
            }
            Downloaded::New { validators, digest, bytes } => {
                let url = download.address.shown();
                if let Some(expected) =
                    feed.digest.clone().filter(|expected| expected.algorithm() == "sha256")
                    && expected != digest
                {
                    return Err(DownloadError::WrongDigest { url, expected, actual: digest });
                }
                if !is_whole(&part, feed.format).map_err(|e| DownloadError::write(&part, e))? {
                    return Err(DownloadError::WrongFormat { url, expected: feed.format.name() });
                }
                let same = record.as_ref().is_some_and(|record| record.digest == digest);
                let folder = file.parent().unwrap_or(self.folder);
                fs::create_dir_all(folder).map_err(|e| DownloadError::write(folder, e))?;
                place(&part, &file)?;
                let (fetched, url) = (now(), feed.url.clone());
                self.state.finish(
                    &feed.name,
                    FeedRecord { url, validators, digest, bytes, fetched, checked: fetched },
                )?;
                Ok(!same)
            }
        }
    }

    fn part(&self, feed: &Feed) -> PathBuf {
        self.parts.join(crate::address::encode(&feed.name))
    }

    /// Frees the room of a beginning that is of no use. Where it cannot be removed, the next run begins anew over it.
    fn drop_part(&self, feed: &Feed) {
        let _ = fs::remove_file(self.part(feed));
        let _ = self.state.forget_part(&feed.name);
    }
}

fn now() -> u64 {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0, |time| time.as_secs())
}

/// An address that may be fetched from: without TLS only this machine, or hosts that were named insecure.
pub(crate) fn checked_address(options: &ClientOptions, url: &str) -> Result<Address, FetchError> {
    let address = Address::parse(url)?;
    if !address.https() && !is_loopback(address.authority()) && !options.is_insecure(address.authority()) {
        let reason =
            "http has no protection against changes on the way; use https, or name the host with --insecure";
        return Err(FetchError::Address { url: address.shown(), reason });
    }
    Ok(address)
}

/// The feed's file as a path that stays below its folder.
fn plain_path(feed: &Feed) -> Result<PathBuf, DownloadError> {
    let path = PathBuf::from(&feed.file);
    let plain = path.components().all(|part| matches!(part, Component::Normal(_)))
        && path.components().next().is_some();
    if plain {
        return Ok(path);
    }
    Err(DownloadError::Place { name: feed.name.clone(), file: feed.file.clone() })
}

/// Front and end of the format: what a server sends in place of a feed, or only half, is seen here.
fn is_whole(path: &Path, format: FeedFormat) -> std::io::Result<bool> {
    let mut file = File::open(path)?;
    let length = file.metadata()?.len();
    let mut front = Vec::new();
    file.by_ref().take(1024).read_to_end(&mut front)?;
    let mut end = Vec::new();
    file.seek(SeekFrom::Start(length.saturating_sub(ZIP_END)))?;
    file.take(ZIP_END).read_to_end(&mut end)?;
    let front = front.trim_ascii_start();
    Ok(match format {
        FeedFormat::Zip => front.starts_with(b"PK") && end.windows(4).any(|w| w == b"PK\x05\x06"),
        FeedFormat::Gzip => front.starts_with(&[0x1f, 0x8b]) && length >= 18,
        FeedFormat::Json => matches!(
            (front.first(), end.trim_ascii_end().last()),
            (Some(b'{'), Some(b'}')) | (Some(b'['), Some(b']'))
        ),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn feeds_stay_in_their_folder() {
        let mut feed = FeedSet::default().feeds.remove(0);
        assert!(plain_path(&feed).is_ok());
        for file in ["", "../x", "/etc/passwd", "a/../../x", "."] {
            file.clone_into(&mut feed.file);
            assert!(plain_path(&feed).is_err(), "{file}");
        }
    }

    #[test]
    fn plain_http_is_for_this_machine_and_named_hosts() {
        let mut options = ClientOptions::default();
        assert!(checked_address(&options, "http://127.0.0.1:1/x").is_ok());
        assert!(checked_address(&options, "http://m.example/x").is_err());
        options.insecure.push("m.example".to_owned());
        assert!(checked_address(&options, "http://m.example/x").is_ok());
    }
}
