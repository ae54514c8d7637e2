//! Archives of `docker save` (Docker Image Specification v1.2, "Combined Image JSON + Filesystem Changeset Format"),
//! as Docker, Podman, Skopeo, Kaniko, Bazel and BuildKit write them.

use super::choice::{ImageChoice, Offer};
use super::error::ArchiveError;
use super::oci;
use super::store::Store;
use super::{Part, Selected};
use crate::layer::paths::{Shape, normalise};
use crate::manifest::{CONFIG_BYTES_MAX, Descriptor, LAYERS_MAX, MANIFEST_BYTES_MAX, ManifestError};
use crate::source::LayerSource;
use batten_model::Digest;
use serde::Deserialize;
use std::collections::BTreeMap;

/// The file that lists the images.
pub(super) const MANIFEST: &str = "manifest.json";

/// One image in `manifest.json`.
#[derive(Debug, Deserialize)]
struct Image {
    #[serde(rename = "Config")]
    config: String,
    #[serde(rename = "RepoTags", default)]
    repo_tags: Option<Vec<String>>,
    #[serde(rename = "Layers", default)]
    layers: Option<Vec<String>>,
    /// Foreign layers, by diff ID.
    #[serde(rename = "LayerSources", default)]
    layer_sources: Option<BTreeMap<String, Descriptor>>,
}

/// Reads the list of images. For fuzzing: what can be read has as many names of layers as it says.
pub fn parse_manifest(bytes: &[u8]) -> Result<usize, serde_json::Error> {
    serde_json::from_slice::<Vec<Image>>(bytes).map(|images| images.len())
}

/// Finds the image that is meant, and its parts.
pub(super) fn select(store: &dyn Store, choice: &ImageChoice) -> Result<Selected, ArchiveError> {
    let bytes = store.read(MANIFEST, MANIFEST_BYTES_MAX)?;
    let images: Vec<Image> = serde_json::from_slice(&bytes)
        .map_err(|source| ArchiveError::Json { part: MANIFEST.to_owned(), source })?;
    let image = choose(&images, choice)?;
    let config_name = part_name(&image.config)?;
    let config_digest = digest_in_name(&image.config);
    let config = store.read(&config_name, CONFIG_BYTES_MAX)?;
    let layers = layers(store, image)?;
    // Newer archives are an OCI layout at the same time: that has the manifest and the digests of the blobs.
    let digest = config_digest.clone().unwrap_or_else(|| Digest::sha256_of(&config));
    if let Some(selected) = oci::find_by_config(store, &digest)
        && selected.layers.len() == layers.len()
    {
        return Ok(selected);
    }
    Ok(Selected { manifest: None, manifest_digest: None, config, config_digest, layers })
}

fn choose<'a>(images: &'a [Image], choice: &ImageChoice) -> Result<&'a Image, ArchiveError> {
    let offers: Vec<Offer> = images
        .iter()
        .map(|image| Offer {
            names: image.repo_tags.clone().unwrap_or_default(),
            digests: digest_in_name(&image.config).into_iter().collect(),
        })
        .collect();
    let labels = || offers.iter().enumerate().map(|(place, offer)| offer.label(place)).collect();
    match (&choice.name, images) {
        (_, []) => Err(ArchiveError::NoImage),
        (Some(wanted), _) => (0..)
            .zip(images.iter().zip(&offers))
            .find(|(place, (_, offer))| offer.is(wanted, *place))
            .map(|(_, (image, _))| image)
            .ok_or_else(|| ArchiveError::NoSuchName { wanted: wanted.clone(), names: labels() }),
        // One image under several names is one image.
        (None, [first, rest @ ..]) if rest.iter().all(|image| image.config == first.config) => Ok(first),
        (None, _) => Err(ArchiveError::Several(labels())),
    }
}

fn layers(store: &dyn Store, image: &Image) -> Result<Vec<Part>, ArchiveError> {
    let names = image.layers.as_deref().unwrap_or_default();
    if names.len() > LAYERS_MAX {
        let source = ManifestError::Limit { limit: LAYERS_MAX as u64, unit: "layers" };
        return Err(ArchiveError::Manifest { part: MANIFEST.to_owned(), source });
    }
    let foreign: Vec<&Descriptor> = image
        .layer_sources
        .iter()
        .flat_map(|sources| sources.values())
        .filter(|d| !d.urls.is_empty())
        .collect();
    let mut parts = Vec::with_capacity(names.len());
    for name in names {
        let path = part_name(name)?;
        let size = store.length(&path);
        let elsewhere =
            foreign.iter().find(|descriptor| size.is_none() && path.contains(descriptor.digest.hex()));
        let source = match elsewhere {
            Some(descriptor) => LayerSource { foreign: true, ..LayerSource::from((*descriptor).clone()) },
            None => LayerSource {
                media_type: String::new(),
                digest: digest_of_blob(&path),
                size,
                urls: Vec::new(),
                foreign: false,
            },
        };
        parts.push(Part { name: path, source });
    }
    Ok(parts)
}

/// A name in the manifest as name of an entry.
fn part_name(name: &str) -> Result<String, ArchiveError> {
    let mut path = String::new();
    match normalise(name.as_bytes(), &mut path, 4096, 64) {
        Shape::Plain if !path.is_empty() => Ok(path),
        _ => Err(ArchiveError::Missing(name.chars().take(200).collect())),
    }
}

/// The digest that the name of a configuration states: `<hex>.json`, `sha256:<hex>` or `blobs/sha256/<hex>`.
fn digest_in_name(name: &str) -> Option<Digest> {
    let stem = name.strip_suffix(".json").unwrap_or(name);
    Digest::parse(stem)
        .ok()
        .or_else(|| Digest::parse(&format!("sha256:{stem}")).ok())
        .or_else(|| digest_of_blob(name))
}

/// The digest that the name of a blob in an OCI layout states.
fn digest_of_blob(name: &str) -> Option<Digest> {
    let (algorithm, hex) = name.strip_prefix("blobs/")?.split_once('/')?;
    Digest::parse(&format!("{algorithm}:{hex}")).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_configurations_state_digests() {
        let hex = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        for name in [format!("{hex}.json"), format!("sha256:{hex}"), format!("blobs/sha256/{hex}")] {
            assert_eq!(digest_in_name(&name).unwrap().hex(), hex, "{name}");
        }
        assert_eq!(digest_in_name("config.json"), None);
        assert!(part_name("../../etc/passwd").is_err());
        assert_eq!(part_name("./a/layer.tar").unwrap(), "a/layer.tar");
        assert!(parse_manifest(b"[{\"Config\":\"a\",\"RepoTags\":null}]").is_ok());
    }
}
