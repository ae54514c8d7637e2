//! An image's configuration (OCI image specification, "Image Configuration"; Docker Image Specification v1.2).

use crate::manifest::{CONFIG_BYTES_MAX, LAYERS_MAX};
use crate::platform::Platform;
use batten_model::{Digest, ImageConfig, Localized};
use serde::Deserialize;
use std::collections::BTreeMap;

/// Most history entries that are read.
const HISTORY_MAX: usize = 10_000;

/// Why a configuration cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// No JSON, or not with the fields that the specification demands.
    #[error("the image's configuration is not readable: {0}")]
    Malformed(#[source] serde_json::Error),
    /// Too large.
    #[error("the image's configuration exceeds the limit of {limit} {unit}")]
    Limit {
        /// The limit.
        limit: u64,
        /// `bytes`, `layers` or `history entries`.
        unit: &'static str,
    },
}

impl Localized for ConfigError {
    fn zh(&self) -> String {
        match self {
            ConfigError::Malformed(error) => format!("镜像配置不可读：{error}"),
            ConfigError::Limit { limit, unit } => {
                let unit = match *unit {
                    "bytes" => "字节",
                    "layers" => "层",
                    _ => "条历史记录",
                };
                format!("镜像配置超过上限 {limit} {unit}")
            }
        }
    }
}

/// A configuration, and what it says about the layers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ParsedConfig {
    /// The parts that scans judge.
    pub config: ImageConfig,
    /// `rootfs.diff_ids`: digests of the uncompressed layers from the base up.
    pub diff_ids: Vec<Digest>,
    /// `created_by` of each layer's history entry, in the order of the layers; `None` where there is no entry.
    pub created_by: Vec<Option<String>>,
}

impl ParsedConfig {
    /// The platform that the image is for.
    pub fn platform(&self) -> Platform {
        Platform {
            os: self.config.os.clone(),
            architecture: self.config.architecture.clone(),
            variant: self.config.variant.clone(),
        }
    }
}

#[derive(Deserialize, Default)]
struct Raw {
    #[serde(default)]
    os: Option<String>,
    #[serde(default)]
    architecture: Option<String>,
    #[serde(default)]
    variant: Option<String>,
    #[serde(default)]
    created: Option<String>,
    #[serde(default)]
    config: Option<RawContainer>,
    #[serde(default)]
    rootfs: Option<RawRootfs>,
    #[serde(default)]
    history: Option<Vec<RawHistory>>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase", default)]
struct RawContainer {
    user: Option<String>,
    working_dir: Option<String>,
    env: Option<Vec<String>>,
    entrypoint: Option<OneOrMany>,
    cmd: Option<OneOrMany>,
    labels: Option<BTreeMap<String, String>>,
}

/// Old builders wrote a single text.
#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMany {
    One(String),
    Many(Vec<String>),
}

impl OneOrMany {
    fn into_vec(this: Option<OneOrMany>) -> Vec<String> {
        match this {
            None => Vec::new(),
            Some(OneOrMany::One(text)) => vec![text],
            Some(OneOrMany::Many(texts)) => texts,
        }
    }
}

#[derive(Deserialize, Default)]
struct RawRootfs {
    #[serde(default)]
    diff_ids: Option<Vec<Digest>>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct RawHistory {
    created_by: Option<String>,
    comment: Option<String>,
    empty_layer: Option<bool>,
}

impl RawHistory {
    fn words(&self) -> String {
        self.created_by.clone().or_else(|| self.comment.clone()).unwrap_or_default()
    }
}

/// Reads a configuration. Its digest is the caller's to check.
pub fn parse_config(bytes: &[u8]) -> Result<ParsedConfig, ConfigError> {
    if bytes.len() as u64 > CONFIG_BYTES_MAX {
        return Err(ConfigError::Limit { limit: CONFIG_BYTES_MAX, unit: "bytes" });
    }
    let raw: Raw = serde_json::from_slice(bytes).map_err(ConfigError::Malformed)?;
    let diff_ids = raw.rootfs.and_then(|rootfs| rootfs.diff_ids).unwrap_or_default();
    let history = raw.history.unwrap_or_default();
    if diff_ids.len() > LAYERS_MAX {
        return Err(ConfigError::Limit { limit: LAYERS_MAX as u64, unit: "layers" });
    }
    if history.len() > HISTORY_MAX {
        return Err(ConfigError::Limit { limit: HISTORY_MAX as u64, unit: "history entries" });
    }
    let container = raw.config.unwrap_or_default();
    let config = ImageConfig {
        os: raw.os.unwrap_or_default(),
        architecture: raw.architecture.unwrap_or_default(),
        variant: raw.variant.unwrap_or_default(),
        user: container.user.unwrap_or_default(),
        working_dir: container.working_dir.unwrap_or_default(),
        env: container.env.unwrap_or_default(),
        entrypoint: OneOrMany::into_vec(container.entrypoint),
        cmd: OneOrMany::into_vec(container.cmd),
        labels: container.labels.unwrap_or_default().into_iter().collect(),
        history: history.iter().map(RawHistory::words).collect(),
        created: raw.created.unwrap_or_default(),
    };
    Ok(ParsedConfig { created_by: created_by(&history, diff_ids.len()), config, diff_ids })
}

/// History entries that made layers, brought together with the layers. Where their numbers differ nobody knows which
/// belongs to which, and none is said.
fn created_by(history: &[RawHistory], layers: usize) -> Vec<Option<String>> {
    let made: Vec<&RawHistory> = history.iter().filter(|entry| entry.empty_layer != Some(true)).collect();
    if made.len() != layers {
        return vec![None; layers];
    }
    made.iter().map(|entry| Some(entry.words()).filter(|words| !words.is_empty())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn history_and_layers_come_together() {
        let digest = Digest::sha256_of(b"");
        let text = format!(
            r#"{{"os":"linux","architecture":"amd64","config":{{"WorkingDir":"/w","Cmd":"sh","Labels":null}},
                "rootfs":{{"type":"layers","diff_ids":["{digest}","{digest}"]}},
                "history":[{{"created_by":"ADD a"}},{{"created_by":"ENV","empty_layer":true}},{{"comment":"c"}}]}}"#
        );
        let parsed = parse_config(text.as_bytes()).unwrap();
        assert_eq!(parsed.created_by, [Some("ADD a".to_owned()), Some("c".to_owned())]);
        assert_eq!(parsed.config.working_dir, "/w");
        assert_eq!(parsed.config.cmd, ["sh"]);
        assert_eq!(parsed.config.history.len(), 3);
        assert_eq!(parsed.platform().to_string(), "linux/amd64");
        assert!(parse_config(b"{}").is_ok());
        assert!(parse_config(b"[").is_err());
        assert!(parse_config(br#"{"rootfs":{"diff_ids":["md5:0"]}}"#).is_err());
    }
}
