//! Putting a database that was downloaded, or carried to an air-gapped site, in its place.

use super::{Database, DatabaseError, PublicKey, verify_signature};
use crate::feeds::input;
use batten_model::{Date, Digest};
use sha2::{Digest as _, Sha256};
use std::io::{Read as _, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use tempfile::NamedTempFile;

/// What must be true of the file.
#[derive(Debug, Clone, Default)]
pub struct InstallOptions {
    /// Its SHA-256, where the publisher told it by another way.
    pub expected: Option<Digest>,
    /// The key and the text of the signature over the file.
    pub signature: Option<(PublicKey, String)>,
    /// Whether an older database may replace a newer one.
    pub force: bool,
}

/// What was installed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Installed {
    /// Day of building.
    pub built: Option<Date>,
    /// SHA-256 of the file.
    pub digest: Digest,
    /// Where the one before was put, if there was one.
    pub previous: Option<PathBuf>,
}

/// Installs `source` as `target`: copies it beside `target`, verifies digest, signature and every block of the copy,
/// and renames it. The database that was there stays as `<target>.previous`. A file compressed as a whole by zstd or
/// gzip is unpacked; digest and signature are then those of the compressed file.
///
/// # Errors
/// When any of this fails. `target` is then as it was.
pub fn install(source: &Path, target: &Path, options: &InstallOptions) -> Result<Installed, DatabaseError> {
    let fault = |source| DatabaseError::Install { path: target.to_owned(), source };
    let folder = match target.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    std::fs::create_dir_all(folder).map_err(fault)?;
    let mut builder = tempfile::Builder::new();
    builder.prefix(".battendb-").permissions(std::fs::Permissions::from_mode(0o644));
    let mut copy = builder.tempfile_in(folder).map_err(fault)?;
    let digest = copy_whole(source, &mut copy, target)?;
    verify_origin(source, &copy, &digest, options)?;
    if let Some(unpacked) = unpack(source, &copy, &builder, folder, target)? {
        copy = unpacked;
    }
    let named = |e: DatabaseError| at_source(e, source);
    let offered = Database::open(copy.path()).map_err(named)?;
    offered.verify().map_err(named)?;
    let installed = Database::open(target).ok().and_then(|database| database.built());
    if let (Some(offered), Some(installed), false) = (offered.built(), installed, options.force)
        && offered < installed
    {
        return Err(DatabaseError::Older { place: source.display().to_string(), offered, installed });
    }
    let built = offered.built();
    drop(offered);
    copy.as_file().sync_all().map_err(fault)?;
    let previous = keep_previous(target).map_err(fault)?;
    copy.persist(target).map_err(|e| fault(e.error))?;
    if let Ok(folder) = std::fs::File::open(folder) {
        // Not every file system lets a folder be synced.
        let _ = folder.sync_all();
    }
    Ok(Installed { built, digest, previous })
}

/// Verifies digest and signature of a file that is not installed as it is, such as another tool's database.
///
/// # Errors
/// When it cannot be read, or one of them does not fit.
pub fn verify_file(path: &Path, options: &InstallOptions) -> Result<(), DatabaseError> {
    let read = |source| DatabaseError::Read { path: path.to_owned(), source };
    let place = path.display().to_string();
    if let Some(expected) = &options.expected {
        let mut hash = Sha256::new();
        std::io::copy(&mut std::fs::File::open(path).map_err(read)?, &mut HashWriter(&mut hash))
            .map_err(read)?;
        let found = Digest::from_sha256(&hash.finalize());
        if found != *expected {
            let (found, expected) = (found.to_string(), expected.to_string());
            return Err(DatabaseError::WrongDigest { place, found, expected });
        }
    }
    match &options.signature {
        Some((key, signature)) => verify_signature(path, signature, key),
        None => Ok(()),
    }
}

struct HashWriter<'a>(&'a mut Sha256);

impl std::io::Write for HashWriter<'_> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Copies, so that what is verified is what is installed, whatever happens to the source meanwhile.
fn copy_whole(source: &Path, copy: &mut NamedTempFile, target: &Path) -> Result<Digest, DatabaseError> {
    let read = |e| DatabaseError::Read { path: source.to_owned(), source: e };
    let mut from = std::fs::File::open(source).map_err(read)?.take(input::FEED_LIMIT);
    let mut hash = Sha256::new();
    let mut buffer = vec![0; 1 << 20];
    loop {
        let got = from.read(&mut buffer).map_err(read)?;
        if got == 0 {
            break;
        }
        let bytes = buffer.get(..got).unwrap_or_default();
        hash.update(bytes);
        copy.write_all(bytes).map_err(|source| DatabaseError::Install { path: target.to_owned(), source })?;
    }
    Ok(Digest::from_sha256(&hash.finalize()))
}

fn verify_origin(
    source: &Path,
    copy: &NamedTempFile,
    digest: &Digest,
    options: &InstallOptions,
) -> Result<(), DatabaseError> {
    let place = source.display().to_string();
    if let Some(expected) = options.expected.as_ref().filter(|expected| *expected != digest) {
        let (found, expected) = (digest.to_string(), expected.to_string());
        return Err(DatabaseError::WrongDigest { place, found, expected });
    }
    if let Some((key, signature)) = &options.signature {
        verify_signature(copy.path(), signature, key).map_err(|e| at_source(e, source))?;
    }
    Ok(())
}

/// Unpacks a copy that is compressed as a whole.
fn unpack(
    source: &Path,
    copy: &NamedTempFile,
    builder: &tempfile::Builder<'_, '_>,
    folder: &Path,
    target: &Path,
) -> Result<Option<NamedTempFile>, DatabaseError> {
    let read = |e| DatabaseError::Read { path: source.to_owned(), source: e };
    let fault = |source| DatabaseError::Install { path: target.to_owned(), source };
    let mut magic = [0; 4];
    let known = std::fs::File::open(copy.path()).and_then(|mut f| f.read_exact(&mut magic)).is_ok()
        && (magic == [0x28, 0xb5, 0x2f, 0xfd] || magic.starts_with(&[0x1f, 0x8b]));
    if !known {
        return Ok(None);
    }
    let mut from = input::open(copy.path(), input::FEED_LIMIT)
        .map_err(|e| read(std::io::Error::other(e.to_string())))?;
    let mut unpacked = builder.tempfile_in(folder).map_err(fault)?;
    let mut buffer = vec![0; 1 << 20];
    loop {
        let got = from.read(&mut buffer).map_err(read)?;
        if got == 0 {
            return Ok(Some(unpacked));
        }
        unpacked.write_all(buffer.get(..got).unwrap_or_default()).map_err(fault)?;
    }
}

/// Gives the installed database a second name, so that there is never a moment without one.
fn keep_previous(target: &Path) -> std::io::Result<Option<PathBuf>> {
    if !target.exists() {
        return Ok(None);
    }
    let mut name = target.as_os_str().to_owned();
    name.push(".previous");
    let previous = PathBuf::from(name);
    match std::fs::remove_file(&previous) {
        Err(e) if e.kind() != std::io::ErrorKind::NotFound => return Err(e),
        _ => {}
    }
    if std::fs::hard_link(target, &previous).is_err() {
        // A file system without hard links.
        std::fs::copy(target, &previous)?;
    }
    Ok(Some(previous))
}

/// Names the file that was offered, not the copy that was looked at.
fn at_source(error: DatabaseError, source: &Path) -> DatabaseError {
    let place = source.display().to_string();
    match error {
        DatabaseError::NotADatabase { .. } => DatabaseError::NotADatabase { place },
        DatabaseError::OtherFormat { found, expected, .. } => {
            DatabaseError::OtherFormat { place, found, expected }
        }
        DatabaseError::Damaged { part, fault, .. } => DatabaseError::Damaged { place, part, fault },
        DatabaseError::BadSignature { reason, .. } => DatabaseError::BadSignature { place, reason },
        other => other,
    }
}
