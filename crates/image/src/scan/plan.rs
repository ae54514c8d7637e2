//! What an image's manifest and configuration say, checked against their digests, before any layer is read.

use super::unknown_digest;
use crate::config::{ParsedConfig, parse_config};
use crate::layer::Stated;
use crate::layer::error::{LayerError, LayerName};
use crate::source::{ImageParts, LayerSource};
use batten_model::{Digest, LayerInfo, Localized as _, ScanError, Text};

/// The layers that are to be read, and what is wrong already.
pub(super) struct Plan {
    pub(super) name: String,
    pub(super) config: Option<ParsedConfig>,
    /// The image's digest: of its manifest, else of its configuration. It is that of the bytes, whatever was stated.
    pub(super) digest: Digest,
    pub(super) layers: Vec<PlannedLayer>,
    pub(super) errors: Vec<ScanError>,
    /// There is a manifest, and it has the digest by which it was asked for.
    pub(super) is_verified: bool,
}

/// A layer, and what is stated of it.
pub(super) struct PlannedLayer {
    number: usize,
    pub(super) source: LayerSource,
    pub(super) stated: Stated,
    created_by: Option<String>,
}

impl Plan {
    pub(super) fn of(parts: ImageParts) -> Plan {
        let mut errors = Vec::new();
        let manifest_digest = parts.manifest.as_ref().map(|bytes| match &parts.manifest_digest {
            Some(stated) => verified("manifest", "清单", stated, bytes, &mut errors),
            None => Digest::sha256_of(bytes),
        });
        let is_verified = parts.manifest_digest.is_some() && manifest_digest == parts.manifest_digest;
        let config_digest = match &parts.config_digest {
            Some(stated) => verified("configuration", "配置", stated, &parts.config, &mut errors),
            None => Digest::sha256_of(&parts.config),
        };
        let config = match parse_config(&parts.config) {
            Ok(config) => Some(config),
            Err(error) => {
                let target = config_digest.to_string();
                errors.push(ScanError::fatal("unreadable-config", target, error.text()));
                None
            }
        };
        let layers = planned(parts.layers, config.as_ref(), &config_digest, &mut errors);
        let digest = manifest_digest.unwrap_or(config_digest);
        Plan { name: parts.name, config, digest, layers, errors, is_verified }
    }

    /// The layers' places, the largest first, so that no large one is left for one thread at the end.
    pub(super) fn order(&self) -> Vec<usize> {
        let mut order: Vec<usize> = (0..self.layers.len()).collect();
        order.sort_by_key(|index| {
            std::cmp::Reverse(self.layers.get(*index).and_then(|layer| layer.source.size).unwrap_or_default())
        });
        order
    }
}

/// The digest of `bytes`; an error where it is not `stated`.
fn verified(en: &str, zh: &str, stated: &Digest, bytes: &[u8], errors: &mut Vec<ScanError>) -> Digest {
    let actual = stated.same_algorithm_of(bytes);
    if actual != *stated {
        let text = Text::new(
            format!(
                "the image's {en} has digest {actual}, and not {stated} as stated: it was changed or damaged"
            ),
            format!("镜像{zh}的摘要为 {actual}，与所述的 {stated} 不符：已被更改或损坏"),
        );
        errors.push(ScanError::fatal("digest-mismatch", stated.to_string(), text));
    }
    actual
}

fn planned(
    sources: Vec<LayerSource>,
    config: Option<&ParsedConfig>,
    config_digest: &Digest,
    errors: &mut Vec<ScanError>,
) -> Vec<PlannedLayer> {
    let counts_agree = config.is_some_and(|config| config.diff_ids.len() == sources.len());
    if let Some(config) = config.filter(|_| !counts_agree) {
        let error = LayerError::LayerCount { stated: config.diff_ids.len(), actual: sources.len() };
        errors.push(ScanError::fatal(error.code(), config_digest.to_string(), error.text()));
    }
    let config = config.filter(|_| counts_agree);
    sources
        .into_iter()
        .enumerate()
        .map(|(index, source)| PlannedLayer {
            number: index + 1,
            stated: Stated {
                digest: source.digest.clone(),
                // Archives state the size that they have, which says nothing.
                size: source.digest.as_ref().and(source.size),
                diff_id: config.and_then(|config| config.diff_ids.get(index).cloned()),
            },
            created_by: config.and_then(|config| config.created_by.get(index).cloned().flatten()),
            source,
        })
        .collect()
}

impl PlannedLayer {
    /// How errors name the layer.
    pub(super) fn name(&self) -> LayerName {
        let digest = self.stated.digest.as_ref().or(self.stated.diff_id.as_ref());
        let digest = digest.map_or_else(|| format!("#{}", self.number), Digest::to_string);
        LayerName { number: self.number, digest }
    }

    /// The layer as the inventory shows it: by what was stated, and where nothing was, by what was read.
    pub(super) fn info(&self, blob: Option<Digest>, diff: Option<Digest>, skipped: bool) -> LayerInfo {
        let digest = self.stated.digest.clone().or(blob);
        let diff_id = self.stated.diff_id.clone().or(diff);
        LayerInfo {
            digest: digest.clone().or_else(|| diff_id.clone()).unwrap_or_else(unknown_digest),
            diff_id: diff_id.or(digest).unwrap_or_else(unknown_digest),
            created_by: self.created_by.clone(),
            skipped,
        }
    }
}
