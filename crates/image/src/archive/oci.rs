//! OCI layouts (OCI image specification, "Image Layout"), as folder or in a tar archive.

use super::choice::{ImageChoice, Offer};
use super::error::ArchiveError;
use super::store::Store;
use super::{Part, Selected};
use crate::manifest::{
    CONFIG_BYTES_MAX, Descriptor, ImageManifest, MANIFEST_BYTES_MAX, Manifest, choose_or_only,
};
use crate::source::LayerSource;
use batten_model::Digest;

/// The file that lists the images.
pub(super) const INDEX: &str = "index.json";
/// Indexes within indexes.
const DEPTH_MAX: usize = 8;
/// Manifests that are looked through for a configuration.
const MANIFESTS_MAX: usize = 1_000;
/// Annotations that name an image; what Docker and containerd write goes before the specification's own, which
/// mostly has the tag only.
const NAME_ANNOTATIONS: &[&str] = &[
    "io.containerd.image.name",
    "org.opencontainers.image.ref.name",
    "com.docker.official-images.bashbrew.tag",
];

/// Finds the image that is meant, and its parts.
pub(super) fn select(store: &dyn Store, choice: &ImageChoice) -> Result<Selected, ArchiveError> {
    let entries = index(store, INDEX)?;
    let chosen = match &choice.name {
        Some(wanted) => by_name(&entries, wanted)?,
        None => only_name(&entries, choice)?,
    };
    let (descriptor, bytes, manifest) = descend(store, chosen, choice)?;
    selected(store, descriptor.digest, bytes, manifest)
}

/// The image with the configuration `digest`, for archives that are docker archives and OCI layouts at once. `None`
/// where there is none, or where it cannot be read: then the docker archive alone is the answer.
pub(super) fn find_by_config(store: &dyn Store, digest: &Digest) -> Option<Selected> {
    if !store.has(INDEX) {
        return None;
    }
    let mut left = index(store, INDEX).ok()?;
    for _ in 0..MANIFESTS_MAX {
        let descriptor = left.pop()?;
        let Ok(bytes) = store.read(&blob_name(&descriptor.digest), MANIFEST_BYTES_MAX) else { continue };
        match Manifest::parse(&bytes) {
            Ok(Manifest::Index(entries)) => left.extend(entries.into_iter().take(MANIFESTS_MAX)),
            Ok(Manifest::Image(manifest)) if manifest.config.digest == *digest => {
                return selected(store, descriptor.digest, bytes, manifest).ok();
            }
            _ => {}
        }
    }
    None
}

/// The path of a blob.
pub(super) fn blob_name(digest: &Digest) -> String {
    format!("blobs/{}/{}", digest.algorithm(), digest.hex())
}

fn index(store: &dyn Store, name: &str) -> Result<Vec<Descriptor>, ArchiveError> {
    let bytes = store.read(name, MANIFEST_BYTES_MAX)?;
    match parse(name, &bytes)? {
        Manifest::Index(entries) => Ok(entries),
        Manifest::Image(_) => Err(ArchiveError::NoImage),
    }
}

fn parse(name: &str, bytes: &[u8]) -> Result<Manifest, ArchiveError> {
    Manifest::parse(bytes).map_err(|source| ArchiveError::Manifest { part: name.to_owned(), source })
}

fn names(descriptor: &Descriptor) -> Vec<String> {
    NAME_ANNOTATIONS.iter().filter_map(|key| descriptor.annotations.get(*key).cloned()).collect()
}

fn offer(descriptor: &Descriptor) -> Offer {
    Offer { names: names(descriptor), digests: vec![descriptor.digest.clone()] }
}

fn labels(entries: &[Descriptor]) -> Vec<String> {
    let mut labels: Vec<String> =
        entries.iter().enumerate().map(|(place, entry)| offer(entry).label(place)).collect();
    labels.dedup();
    labels
}

fn by_name<'a>(entries: &'a [Descriptor], wanted: &str) -> Result<&'a Descriptor, ArchiveError> {
    (0..)
        .zip(entries)
        .find(|(place, entry)| offer(entry).is(wanted, *place))
        .map(|(_, entry)| entry)
        .ok_or_else(|| ArchiveError::NoSuchName { wanted: wanted.to_owned(), names: labels(entries) })
}

/// Without a name: the entries must be one image, though it may be there for several platforms.
fn only_name<'a>(entries: &'a [Descriptor], choice: &ImageChoice) -> Result<&'a Descriptor, ArchiveError> {
    match entries {
        [] => return Err(ArchiveError::NoImage),
        [only] => return Ok(only),
        _ => {}
    }
    let mut all: Vec<Vec<String>> = entries.iter().map(names).filter(|names| !names.is_empty()).collect();
    all.sort();
    all.dedup();
    let different = all.len() > 1 || entries.iter().filter(|entry| entry.is_index()).count() > 1;
    if different {
        return Err(ArchiveError::Several(labels(entries)));
    }
    choose_or_only(entries, choice.platform.as_ref())
        .map_err(|source| ArchiveError::Manifest { part: INDEX.to_owned(), source })
}

/// Follows indexes down to an image.
fn descend(
    store: &dyn Store,
    from: &Descriptor,
    choice: &ImageChoice,
) -> Result<(Descriptor, Vec<u8>, ImageManifest), ArchiveError> {
    let mut descriptor = from.clone();
    for _ in 0..DEPTH_MAX {
        let name = blob_name(&descriptor.digest);
        let bytes = store.read(&name, MANIFEST_BYTES_MAX)?;
        match parse(&name, &bytes)? {
            Manifest::Image(manifest) => return Ok((descriptor, bytes, manifest)),
            Manifest::Index(entries) => {
                descriptor = choose_or_only(&entries, choice.platform.as_ref())
                    .map_err(|source| ArchiveError::Manifest { part: name, source })?
                    .clone();
            }
        }
    }
    Err(ArchiveError::TooLarge { part: "nesting of indexes".to_owned(), limit: DEPTH_MAX as u64 })
}

fn selected(
    store: &dyn Store,
    digest: Digest,
    bytes: Vec<u8>,
    manifest: ImageManifest,
) -> Result<Selected, ArchiveError> {
    let config = store.read(&blob_name(&manifest.config.digest), CONFIG_BYTES_MAX)?;
    let layers = manifest
        .layers
        .into_iter()
        .map(|descriptor| {
            let name = blob_name(&descriptor.digest);
            // A foreign layer may have been brought along.
            let foreign = descriptor.is_foreign() && !store.has(&name);
            Part { name, source: LayerSource { foreign, ..LayerSource::from(descriptor) } }
        })
        .collect();
    Ok(Selected {
        manifest: Some(bytes),
        manifest_digest: Some(digest),
        config,
        config_digest: Some(manifest.config.digest),
        layers,
    })
}
