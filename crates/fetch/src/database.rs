//! A compiled database as a whole: an artifact in a registry, or a file on a web server.
//!
//! In a registry it is an OCI manifest with one layer of type [`MEDIA_TYPE`]. Its minisign signature is the text of the
//! annotation [`SIGNATURE`] on the layer or the manifest. It can be pushed by
//! `oras push --artifact-type application/vnd.batten.database.v1 HOST/REPO:TAG batten.db:application/vnd.batten.database.v1
//! --annotation "io.batten.database.minisig=$(cat batten.db.minisig)"`. On a web server, `<file>.sha256` (as `sha256sum`
//! writes it) and `<file>.minisig` lie beside it. Whether a signature is right is the advisory crate's to say.

use crate::address::Address;
use crate::download::{CopyFault, Download, Downloaded, copy};
use crate::download_error::DownloadError;
use crate::fetch_error::FetchError;
use crate::outlet::Call;
use crate::reference::Reference;
use crate::registry::{Client, into_fetch_error, open_blob, read_manifest};
use crate::registry_error::RegistryError;
use crate::update::checked_address;
use batten_model::Digest;
use serde::Deserialize;
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;
use std::fs::File;
use std::path::Path;

/// Media type of a database's layer, and artifact type of its manifest.
pub const MEDIA_TYPE: &str = "application/vnd.batten.database.v1";
/// The annotation that holds the minisign signature's text.
pub const SIGNATURE: &str = "io.batten.database.minisig";
const MAX_SMALL: u64 = 64 << 10;

/// Where a database comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DatabaseSource {
    /// `oci://registry/repository:tag`.
    Artifact(Reference),
    /// An https address.
    File(String),
}

/// A database that has been fetched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PulledDatabase {
    /// SHA-256 of the file; compared with what registry or checksum file state.
    pub digest: Digest,
    /// True where a digest from the other side was compared.
    pub checked: bool,
    /// Text of the minisign signature, where there is one. It has not been verified.
    pub signature: Option<String>,
    /// Length in bytes.
    pub bytes: u64,
}

impl DatabaseSource {
    /// Reads `oci://registry/repository[:tag][@digest]` or `https://…`.
    pub fn parse(text: &str) -> Result<DatabaseSource, DownloadError> {
        if let Some(reference) = text.strip_prefix("oci://") {
            return Ok(DatabaseSource::Artifact(Reference::parse(reference).map_err(RegistryError::from)?));
        }
        if text.starts_with("https://") || text.starts_with("http://") {
            return Ok(DatabaseSource::File(text.to_owned()));
        }
        Err(DownloadError::Source(text.chars().take(300).collect()))
    }
}

/// Fetches a database into the file `to`, which is overwritten; install it from there. `progress` is told the bytes so
/// far and, where they are known, all.
pub fn pull_database(
    client: &Client,
    source: &DatabaseSource,
    to: &Path,
    progress: &dyn Fn(u64, Option<u64>),
) -> Result<PulledDatabase, DownloadError> {
    let pulled = match source {
        DatabaseSource::Artifact(reference) => pull_artifact(client, reference, to, progress),
        DatabaseSource::File(url) => pull_file(client, url, to, progress),
    };
    if pulled.is_err() {
        // Half a database is of no use, and on a full disk it is in the way.
        let _ = std::fs::remove_file(to);
    }
    pulled
}

#[derive(Deserialize)]
struct ArtifactManifest {
    #[serde(default)]
    layers: Option<Vec<ArtifactLayer>>,
    #[serde(default)]
    annotations: Option<BTreeMap<String, String>>,
}

#[derive(Deserialize)]
struct ArtifactLayer {
    #[serde(default, rename = "mediaType")]
    media_type: String,
    digest: Digest,
    #[serde(default)]
    size: u64,
    #[serde(default)]
    annotations: Option<BTreeMap<String, String>>,
}

fn pull_artifact(
    client: &Client,
    reference: &Reference,
    to: &Path,
    progress: &dyn Fn(u64, Option<u64>),
) -> Result<PulledDatabase, DownloadError> {
    let session = client.own_session(reference)?;
    let what = reference.to_string();
    let (bytes, _) = read_manifest(&session, reference.target(), reference.digest(), None, &what)?;
    let other = |reason: String| DownloadError::NotADatabase { what: what.clone(), reason };
    let manifest: ArtifactManifest =
        serde_json::from_slice(&bytes).map_err(|_| other("its manifest cannot be read".to_owned()))?;
    let layers = manifest.layers.unwrap_or_default();
    let found: Vec<&ArtifactLayer> = layers.iter().filter(|layer| layer.media_type == MEDIA_TYPE).collect();
    let [layer] = found.as_slice() else {
        let types = layers.iter().map(|layer| layer.media_type.chars().take(80).collect::<String>()).take(5);
        return Err(other(format!("its layers are {:?}", types.collect::<Vec<_>>())));
    };
    let limit = client.options().limits.database;
    if layer.size > limit {
        return Err(FetchError::TooLarge { url: what, limit }.into());
    }
    let mut reader = open_blob(&session, &layer.digest, Some(layer.size))?;
    let file = File::create(to).map_err(|e| DownloadError::write(to, e))?;
    let mut hasher = Sha256::new();
    let report = |bytes| progress(bytes, Some(layer.size));
    let bytes = copy(&mut reader, &file, to, 0, &mut hasher, &report).map_err(|fault| match fault {
        CopyFault::Read(e) => session.fault(into_fetch_error(e)).into(),
        CopyFault::Write(e) => e,
    })?;
    let digest = Digest::from_sha256(&hasher.finalize());
    if digest != layer.digest {
        let expected = layer.digest.clone();
        return Err(DownloadError::WrongDigest { url: what, expected, actual: digest });
    }
    let annotation = |map: &Option<BTreeMap<String, String>>| map.as_ref()?.get(SIGNATURE).cloned();
    let signature = annotation(&layer.annotations).or_else(|| annotation(&manifest.annotations));
    Ok(PulledDatabase { digest, checked: true, signature, bytes })
}

fn pull_file(
    client: &Client,
    url: &str,
    to: &Path,
    progress: &dyn Fn(u64, Option<u64>),
) -> Result<PulledDatabase, DownloadError> {
    let address = checked_address(client.options(), url)?;
    let checksum = beside(client, &address, ".sha256")?;
    let expected = checksum.map(|(text, url)| read_checksum(&text).ok_or(DownloadError::Checksum { url }));
    let expected = expected.transpose()?;
    let signature = beside(client, &address, ".minisig")?.map(|(text, _)| text);
    let limit = client.options().limits.database;
    let (begun, at_hand) = (None, None);
    let url = address.shown();
    let download = Download { outlet: &client.outlet, address, part: to, begun, at_hand, limit, progress };
    let Downloaded::New { digest, bytes, .. } = download.run(&|_| Ok(()))? else {
        // Only a request with conditions is answered with "unchanged".
        return Err(DownloadError::Changed { url });
    };
    match expected {
        Some(expected) if expected != digest => {
            Err(DownloadError::WrongDigest { url, expected, actual: digest })
        }
        expected => Ok(PulledDatabase { digest, checked: expected.is_some(), signature, bytes }),
    }
}

/// A small file beside the database, and its address; `None` where the server has none.
fn beside(
    client: &Client,
    address: &Address,
    suffix: &str,
) -> Result<Option<(String, String)>, DownloadError> {
    let uri = address.uri();
    let query = uri.query().map_or_else(String::new, |query| format!("?{query}"));
    let address = address.join(&format!("{}{suffix}{query}", uri.path()))?;
    let shown = address.shown();
    let answer = client.outlet.answer(&Call::get(address), MAX_SMALL)?;
    match answer.status {
        200 => Ok(Some((String::from_utf8_lossy(&answer.bytes).into_owned(), shown))),
        404 | 410 => Ok(None),
        status => Err(FetchError::Status { url: shown, status, attempts: 1, wait: None }.into()),
    }
}

/// The first word of a file as `sha256sum` writes it.
fn read_checksum(text: &str) -> Option<Digest> {
    let hex = text.split_whitespace().next()?.trim_start_matches('\\').to_ascii_lowercase();
    Digest::parse(&format!("sha256:{hex}")).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sources_and_checksums_are_read() {
        let artifact = DatabaseSource::parse("oci://q.io/team/db:1").unwrap();
        assert_eq!(artifact, DatabaseSource::Artifact(Reference::parse("q.io/team/db:1").unwrap()));
        assert!(matches!(DatabaseSource::parse("https://q.io/batten.db"), Ok(DatabaseSource::File(_))));
        assert!(matches!(DatabaseSource::parse("ftp://q.io/x"), Err(DownloadError::Source(_))));
        let digest = Digest::sha256_of(b"");
        let upper = digest.hex().to_ascii_uppercase();
        assert_eq!(read_checksum(&format!("{upper}  batten.db\n")), Some(digest));
        assert_eq!(read_checksum("<html>"), None);
        assert_eq!(read_checksum(""), None);
    }
}
