//! Image manifests and indexes (OCI image specification 1.1, "Image Manifest" and "Image Index"; Docker's image
//! manifest version 2, schema 2, which has the same fields).

use crate::platform::Platform;
use batten_model::{Digest, Localized};
use serde::Deserialize;
use std::collections::BTreeMap;

/// Most bytes that a manifest or index may have: what registries accept.
pub const MANIFEST_BYTES_MAX: u64 = 4 << 20;
/// Most bytes that a configuration may have.
pub const CONFIG_BYTES_MAX: u64 = 16 << 20;
/// Most layers that an image may have. Container runtimes stop at 127 to 500.
pub const LAYERS_MAX: usize = 2_000;

/// Media types of manifests and indexes, as an `Accept` header names them.
pub const MEDIA_TYPES: &[&str] = &[
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
    "application/vnd.docker.distribution.manifest.v2+json",
];

/// A reference to content ("Content Descriptors").
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Descriptor {
    /// `mediaType`; empty where a writer left it out.
    #[serde(default, rename = "mediaType")]
    pub media_type: String,
    /// `digest`.
    pub digest: Digest,
    /// `size` in bytes.
    #[serde(default)]
    pub size: u64,
    /// `urls` from which the content may be had.
    #[serde(default, deserialize_with = "nullable")]
    pub urls: Vec<String>,
    /// `platform`, in an index.
    #[serde(default)]
    pub platform: Option<Platform>,
    /// `annotations`.
    #[serde(default, deserialize_with = "nullable")]
    pub annotations: BTreeMap<String, String>,
}

impl Descriptor {
    /// True for layers that must not be distributed, such as Windows' base layers.
    pub fn is_foreign(&self) -> bool {
        self.media_type.contains("nondistributable") || self.media_type.contains("foreign")
    }

    /// True where the media type says that the content is an index.
    pub fn is_index(&self) -> bool {
        self.media_type.contains("image.index") || self.media_type.contains("manifest.list")
    }

    /// True for what is listed beside images and is none: attestations of BuildKit, and signatures.
    fn is_attached(&self) -> bool {
        self.annotations.contains_key("vnd.docker.reference.type")
            || self.platform.as_ref().is_some_and(|p| p.os == "unknown" && p.architecture == "unknown")
    }
}

/// `null` in place of a list or map, which Go programs write for an empty one.
fn nullable<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: serde::Deserializer<'de>,
    T: Default + Deserialize<'de>,
{
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

/// An image's manifest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImageManifest {
    /// The configuration.
    pub config: Descriptor,
    /// The layers from the base up.
    pub layers: Vec<Descriptor>,
}

/// What lies behind a reference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Manifest {
    /// One image.
    Image(ImageManifest),
    /// Several, mostly one for each platform.
    Index(Vec<Descriptor>),
}

/// Why a manifest cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ManifestError {
    /// No JSON, or not with the fields that the specification demands.
    #[error("is no readable image manifest")]
    Malformed(#[source] serde_json::Error),
    /// Neither an image nor an index: an artifact, or Docker's manifest of version 1.
    #[error("is {0:?}, which is neither an image manifest nor an image index")]
    Unsupported(String),
    /// More than [`MANIFEST_BYTES_MAX`] bytes or [`LAYERS_MAX`] layers.
    #[error("exceeds the limit of {limit} {unit}")]
    Limit {
        /// The limit.
        limit: u64,
        /// `bytes` or `layers`.
        unit: &'static str,
    },
    /// The index has no image for the platform.
    #[error("has no image for {wanted}; it offers {}", offered.join(", "))]
    NoPlatform {
        /// What was asked for.
        wanted: Platform,
        /// What is there.
        offered: Vec<String>,
    },
}

impl Localized for ManifestError {
    fn zh(&self) -> String {
        match self {
            ManifestError::Malformed(_) => "不是可读的镜像清单".to_owned(),
            ManifestError::Unsupported(kind) => format!("是 {kind:?}，既不是镜像清单也不是镜像索引"),
            ManifestError::Limit { limit, unit } => {
                format!("超过上限 {limit} {}", if *unit == "bytes" { "字节" } else { "层" })
            }
            ManifestError::NoPlatform { wanted, offered } => {
                format!("没有适用于 {wanted} 的镜像；可选：{}", offered.join("、"))
            }
        }
    }
}

/// The fields of both kinds; which are there tells them apart where `mediaType` is missing.
#[derive(Deserialize)]
struct AnyManifest {
    #[serde(default, rename = "schemaVersion")]
    schema_version: u32,
    #[serde(default, rename = "mediaType")]
    media_type: String,
    #[serde(default)]
    config: Option<Descriptor>,
    #[serde(default, deserialize_with = "nullable")]
    layers: Vec<Descriptor>,
    #[serde(default)]
    manifests: Option<Vec<Descriptor>>,
}

impl Manifest {
    /// Reads a manifest or index. The digest of `bytes` is the caller's to check.
    pub fn parse(bytes: &[u8]) -> Result<Manifest, ManifestError> {
        if bytes.len() as u64 > MANIFEST_BYTES_MAX {
            return Err(ManifestError::Limit { limit: MANIFEST_BYTES_MAX, unit: "bytes" });
        }
        let any: AnyManifest = serde_json::from_slice(bytes).map_err(ManifestError::Malformed)?;
        if let Some(manifests) = any.manifests {
            return Ok(Manifest::Index(manifests));
        }
        match any.config {
            Some(config) if any.layers.len() <= LAYERS_MAX => {
                Ok(Manifest::Image(ImageManifest { config, layers: any.layers }))
            }
            Some(_) => Err(ManifestError::Limit { limit: LAYERS_MAX as u64, unit: "layers" }),
            None if any.schema_version == 1 => {
                Err(ManifestError::Unsupported("Docker manifest version 2, schema 1".to_owned()))
            }
            None => Err(ManifestError::Unsupported(any.media_type.chars().take(120).collect())),
        }
    }
}

/// As [`choose`], for this machine's platform where none was asked for; then the only image there is serves too,
/// whatever its platform.
pub fn choose_or_only<'a>(
    entries: &'a [Descriptor],
    wanted: Option<&Platform>,
) -> Result<&'a Descriptor, ManifestError> {
    if let Some(wanted) = wanted {
        return choose(entries, wanted);
    }
    choose(entries, &Platform::host()).or_else(|error| {
        let mut images = entries.iter().filter(|entry| !entry.is_attached());
        match (images.next(), images.next()) {
            (Some(only), None) => Ok(only),
            _ => Err(error),
        }
    })
}

/// The entry of an index that serves `wanted`: by its platform where entries state one, else the only image there is.
pub fn choose<'a>(entries: &'a [Descriptor], wanted: &Platform) -> Result<&'a Descriptor, ManifestError> {
    let images: Vec<&Descriptor> = entries.iter().filter(|entry| !entry.is_attached()).collect();
    let with_platform: Vec<&Descriptor> =
        images.iter().copied().filter(|entry| entry.platform.is_some()).collect();
    let best = wanted.best(with_platform.iter().filter_map(|entry| entry.platform.as_ref()));
    if let Some(entry) = best.and_then(|place| with_platform.get(place)) {
        return Ok(entry);
    }
    match images.as_slice() {
        [only] if only.platform.is_none() => Ok(only),
        _ => Err(ManifestError::NoPlatform {
            wanted: wanted.clone(),
            offered: images
                .iter()
                .take(50)
                .map(|entry| entry.platform.as_ref().map_or(entry.digest.to_string(), Platform::to_string))
                .collect(),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEX: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    fn index(platforms: &[&str]) -> Vec<Descriptor> {
        let entries: Vec<String> = platforms
            .iter()
            .map(|platform| {
                let (os, architecture) = platform.split_once('/').unwrap();
                format!(
                    r#"{{"digest":"sha256:{HEX}","size":1,
                        "platform":{{"os":"{os}","architecture":"{architecture}"}}}}"#
                )
            })
            .collect();
        let text = format!(r#"{{"schemaVersion":2,"manifests":[{}]}}"#, entries.join(","));
        match Manifest::parse(text.as_bytes()).unwrap() {
            Manifest::Index(entries) => entries,
            Manifest::Image(_) => panic!("no index"),
        }
    }

    #[test]
    fn an_index_offers_platforms() {
        let entries = index(&["unknown/unknown", "linux/arm64", "linux/amd64"]);
        let chosen = choose(&entries, &"linux/amd64".parse().unwrap()).unwrap();
        assert_eq!(chosen.platform.as_ref().unwrap().architecture, "amd64");
        let error = choose(&entries, &"linux/s390x".parse().unwrap()).unwrap_err();
        assert_eq!(error.to_string(), "has no image for linux/s390x; it offers linux/arm64, linux/amd64");
    }

    #[test]
    fn manifests_are_told_apart() {
        let image = format!(
            r#"{{"schemaVersion":2,"config":{{"digest":"sha256:{HEX}","size":2}},
                "layers":[{{"mediaType":"application/vnd.oci.image.layer.nondistributable.v1.tar+gzip",
                "digest":"sha256:{HEX}","size":3,"urls":null}}]}}"#
        );
        let Manifest::Image(image) = Manifest::parse(image.as_bytes()).unwrap() else { panic!("no image") };
        assert!(image.layers[0].is_foreign());
        assert!(matches!(Manifest::parse(b"{}"), Err(ManifestError::Unsupported(_))));
        assert!(matches!(Manifest::parse(br#"{"schemaVersion":1}"#), Err(ManifestError::Unsupported(_))));
        assert!(matches!(Manifest::parse(b"[1"), Err(ManifestError::Malformed(_))));
    }
}
