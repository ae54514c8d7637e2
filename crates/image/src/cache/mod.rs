//! The layer cache: what a layer gave, by the digest of its stored bytes.
//!
//! A key is a digest that was verified: in this run, or in an earlier one for a file that is still the same (device,
//! inode, size, times). What an archive merely claims is never a key. Entries also depend on the formats, their
//! versions and the limits. Files are written whole and then renamed, so that several processes can share a folder; an
//! entry that is damaged or of another version is as good as none, and is written anew.

pub mod entry;
mod identity;

use crate::formats::Format;
use crate::layer::LayerOutcome;
use crate::limits::Limits;
use crate::scan::CacheOptions;
use crate::source::Region;
use batten_model::Digest;
pub(crate) use identity::{Identity, KnownStream};
use sha2::{Digest as _, Sha256};
use std::fs::{self, File};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::SystemTime;

/// Most bytes of one entry.
const ENTRY_BYTES_MAX: u64 = 256 << 20;

/// An open cache.
pub(crate) struct LayerCache {
    folder: PathBuf,
    max_bytes: u64,
    /// What entries depend on besides the layer.
    context: [u8; 32],
    written: AtomicBool,
    /// Held while what is known of a file is read, added to and written: layers of one archive end at the same time.
    /// Between processes an addition can be lost, and is made again by the next scan.
    identities: Mutex<()>,
}

impl LayerCache {
    pub(crate) fn new(options: &CacheOptions, formats: &[&'static Format], limits: &Limits) -> LayerCache {
        LayerCache {
            folder: options.folder.clone(),
            max_bytes: options.max_bytes,
            context: context(formats, limits),
            written: AtomicBool::new(false),
            identities: Mutex::default(),
        }
    }

    /// What the layer with the verified digest `blob` gave before.
    pub(crate) fn get(&self, blob: &Digest) -> Option<LayerOutcome> {
        let path = self.entry_path(blob);
        let file = File::open(&path).ok()?;
        let mut bytes = Vec::new();
        (&file).take(ENTRY_BYTES_MAX + 1).read_to_end(&mut bytes).ok()?;
        let outcome = entry::decode(&bytes, &self.context)
            .filter(|outcome| outcome.blob.as_ref().is_some_and(|digests| digests.sha256 == *blob));
        match outcome {
            // The time of the last use decides what is thrown away first.
            Some(_) => {
                drop(File::options().append(true).open(&path).and_then(|f| f.set_modified(SystemTime::now())))
            }
            None => drop(fs::remove_file(&path)),
        }
        outcome
    }

    /// Keeps what a layer gave. That it cannot be kept (no room, no right to write) is no error of the scan.
    pub(crate) fn put(&self, outcome: &LayerOutcome) {
        let Some(blob) = outcome.blob.as_ref().filter(|_| outcome.is_complete()) else { return };
        let Some(bytes) = entry::encode(outcome, &self.context) else { return };
        if bytes.len() as u64 <= ENTRY_BYTES_MAX.min(self.max_bytes) {
            let _ = write_whole(&self.entry_path(&blob.sha256), &bytes);
            self.written.store(true, Ordering::Relaxed);
        }
    }

    /// The digest of `region`, where an earlier run verified it and its file has not changed since.
    pub(crate) fn known(&self, region: &Region) -> Option<Digest> {
        let identity = Identity::of(&region.file)?;
        identity::read(&self.identity_path(&identity), &identity)?.find(region)
    }

    /// Remembers that `region` has the digest `blob`. `before` is the file's identity when reading began.
    pub(crate) fn remember(&self, region: &Region, before: Option<Identity>, blob: &Digest) {
        let now = Identity::of(&region.file);
        if let (Some(before), Some(now)) = (before, now)
            && before == now
            && !now.is_fresh()
        {
            let _guard = self.identities.lock();
            let path = self.identity_path(&now);
            let mut known = identity::read(&path, &now).unwrap_or_else(|| identity::Known::of(now));
            known.add(region, blob);
            if let Some(bytes) = known.encode() {
                let _ = write_whole(&path, &bytes);
            }
        }
    }

    /// The identity of a file, for [`LayerCache::remember`] and [`LayerCache::remember_stream`].
    pub(crate) fn identity(&self, file: &File) -> Option<Identity> {
        Identity::of(file)
    }

    /// What a compressed archive holds, where it has not changed since an earlier run read it.
    pub(crate) fn known_stream(&self, file: &File) -> Option<KnownStream> {
        let identity = Identity::of(file)?;
        identity::read(&self.identity_path(&identity), &identity)?.stream
    }

    /// Remembers what a compressed archive holds. `before` is the file's identity when reading began.
    pub(crate) fn remember_stream(&self, file: &File, before: Option<Identity>, stream: KnownStream) {
        let now = Identity::of(file);
        if let Some(now) = now.filter(|now| before == Some(*now) && !now.is_fresh()) {
            let mut known = identity::Known::of(now);
            known.stream = Some(stream);
            if let Some(bytes) = known.encode() {
                let _ = write_whole(&self.identity_path(&now), &bytes);
            }
        }
    }

    /// Throws away what was not used for the longest time, until the folder is small enough.
    pub(crate) fn trim(&self) {
        if !self.written.load(Ordering::Relaxed) {
            return;
        }
        let mut files: Vec<(SystemTime, u64, PathBuf)> = Vec::new();
        for folder in ["layers", "files"] {
            collect(&self.folder.join(folder), 0, &mut files);
        }
        let mut total: u64 = files.iter().map(|(_, length, _)| length).sum();
        files.sort();
        for (_, length, path) in files {
            if total <= self.max_bytes {
                break;
            }
            if fs::remove_file(path).is_ok() {
                total = total.saturating_sub(length);
            }
        }
    }

    fn entry_path(&self, blob: &Digest) -> PathBuf {
        let key = Digest::from_sha256(
            &Sha256::new().chain_update(self.context).chain_update(blob.as_str()).finalize(),
        );
        let (front, rest) = key.hex().split_at_checked(2).unwrap_or_default();
        self.folder.join("layers").join(front).join(rest)
    }

    fn identity_path(&self, identity: &Identity) -> PathBuf {
        self.folder.join("files").join(identity.name())
    }
}

/// Formats, their rules and versions, and limits: what the facts of a layer depend on besides its bytes.
fn context(formats: &[&'static Format], limits: &Limits) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(entry::VERSION.to_le_bytes());
    for format in formats {
        hash.update(format.name);
        hash.update(format.version.to_le_bytes());
        hash.update([u8::from(format.database), 0]);
        for wants in format.wants {
            hash.update(format!("{wants:?}"));
        }
    }
    for limit in limits.fingerprint() {
        hash.update(limit.to_le_bytes());
    }
    hash.finalize().into()
}

/// Writes a file so that others see all of it or nothing.
fn write_whole(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = path.parent().ok_or(io::ErrorKind::InvalidInput)?;
    fs::create_dir_all(folder)?;
    let mut file = tempfile::Builder::new().prefix(".new-").tempfile_in(folder)?;
    file.write_all(bytes)?;
    file.persist(path)?;
    Ok(())
}

/// Files below `folder` with their time of last use and length.
fn collect(folder: &Path, depth: usize, files: &mut Vec<(SystemTime, u64, PathBuf)>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        match entry.metadata() {
            Ok(metadata) if metadata.is_dir() && depth == 0 => collect(&entry.path(), 1, files),
            Ok(metadata) if metadata.is_file() => {
                let used = metadata.modified().unwrap_or(SystemTime::UNIX_EPOCH);
                files.push((used, metadata.len(), entry.path()));
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layer::LayerFacts;
    use crate::layer::hashing::Digests;

    fn outcome(blob: &[u8]) -> LayerOutcome {
        let digests = Digests { sha256: Digest::sha256_of(blob), sha512: None, length: blob.len() as u64 };
        let mut facts = LayerFacts::default();
        facts.links.push(("lib".to_owned(), "usr/lib".to_owned()));
        facts.names.files = vec![1, 5, u64::MAX];
        facts.names.opaque = vec![7];
        LayerOutcome { blob: Some(digests.clone()), diff: Some(digests), facts, errors: Vec::new() }
    }

    fn cache(folder: &Path, max_bytes: u64) -> LayerCache {
        let options = CacheOptions { folder: folder.to_owned(), max_bytes };
        LayerCache::new(&options, &[], &Limits::default())
    }

    #[test]
    fn what_was_put_is_got() {
        let folder = tempfile::tempdir().unwrap();
        let cache = cache(folder.path(), 1 << 20);
        let blob = Digest::sha256_of(b"a");
        assert!(cache.get(&blob).is_none());
        cache.put(&outcome(b"a"));
        let got = cache.get(&blob).unwrap();
        assert_eq!(got.facts, outcome(b"a").facts);
        assert_eq!(got.diff, outcome(b"a").diff);
        assert!(cache.get(&Digest::sha256_of(b"b")).is_none());
        let limits = Limits { file_bytes: 1, ..Limits::default() };
        let options = CacheOptions { folder: folder.path().to_owned(), max_bytes: 1 << 20 };
        assert!(LayerCache::new(&options, &[], &limits).get(&blob).is_none(), "other limits");
    }

    #[test]
    fn damaged_entries_are_none_and_are_written_anew() {
        let folder = tempfile::tempdir().unwrap();
        let cache = cache(folder.path(), 1 << 20);
        let blob = Digest::sha256_of(b"a");
        cache.put(&outcome(b"a"));
        let path = cache.entry_path(&blob);
        let good = fs::read(&path).unwrap();
        for place in 0..good.len() {
            let mut bad = good.clone();
            bad[place] ^= 0x40;
            fs::write(&path, &bad).unwrap();
            assert!(cache.get(&blob).is_none(), "bit flipped at {place}");
            fs::write(&path, &good[..place]).unwrap();
            assert!(cache.get(&blob).is_none(), "cut at {place}");
        }
        assert!(!path.exists());
        cache.put(&outcome(b"a"));
        assert!(cache.get(&blob).is_some());
    }

    #[test]
    fn a_full_cache_forgets_the_oldest() {
        let folder = tempfile::tempdir().unwrap();
        let cache = cache(folder.path(), 1 << 20);
        for blob in [b"a", b"b", b"c"] {
            cache.put(&outcome(blob));
        }
        let old = SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(1);
        let path = cache.entry_path(&Digest::sha256_of(b"b"));
        File::options().append(true).open(&path).unwrap().set_modified(old).unwrap();
        let length = fs::metadata(&path).unwrap().len();
        let small = LayerCache { max_bytes: 2 * length + 1, written: AtomicBool::new(true), ..cache };
        small.trim();
        assert!(small.get(&Digest::sha256_of(b"b")).is_none());
        assert!(small.get(&Digest::sha256_of(b"a")).is_some());
    }

    #[test]
    fn a_changed_file_is_not_known() {
        let folder = tempfile::tempdir().unwrap();
        let cache = cache(folder.path(), 1 << 20);
        let path = folder.path().join("archive");
        fs::write(&path, b"0123456789").unwrap();
        let region = |offset| Region { file: File::open(&path).unwrap().into(), offset, length: 4 };
        let blob = Digest::sha256_of(b"2345");
        cache.remember(&region(2), cache.identity(&region(2).file), &blob);
        assert_eq!(cache.known(&region(2)), None, "too fresh: a change could go unseen");
        std::thread::sleep(identity::FRESH);
        cache.remember(&region(2), cache.identity(&region(2).file), &blob);
        assert_eq!(cache.known(&region(2)), Some(blob));
        assert_eq!(cache.known(&region(3)), None);
        fs::write(&path, b"9876543210").unwrap();
        assert_eq!(cache.known(&region(2)), None);
    }
}
