//! What a registry's answer is, before it is read as an image.

use crate::registry_error::RegistryError;
use serde::Deserialize;

#[derive(Deserialize)]
struct Kind {
    #[serde(default, rename = "schemaVersion")]
    schema_version: u32,
    #[serde(default, rename = "mediaType")]
    media_type: String,
    #[serde(default, rename = "artifactType")]
    artifact_type: Option<String>,
    #[serde(default)]
    config: Option<KindOfConfig>,
    #[serde(default)]
    manifests: Option<serde::de::IgnoredAny>,
    #[serde(default)]
    layers: Option<serde::de::IgnoredAny>,
}

#[derive(Deserialize)]
struct KindOfConfig {
    #[serde(default, rename = "mediaType")]
    media_type: String,
}

/// Refuses what is no image, with words of its own for what people meet: old manifests, charts, signatures, plugins,
/// and manifests that can be read in two ways (OCI image specification, advisory GHSA-xmmx-7jpf-fx42).
pub fn check(bytes: &[u8], what: &str) -> Result<(), RegistryError> {
    // What is no JSON gets its error from the reader of manifests.
    let Ok(kind) = serde_json::from_slice::<Kind>(bytes) else { return Ok(()) };
    let what = what.to_owned();
    let clip = |text: &str| text.chars().filter(|c| !c.is_control()).take(120).collect::<String>();
    if kind.schema_version == 1 {
        return Err(RegistryError::SchemaOne { what });
    }
    if kind.manifests.is_some() && (kind.layers.is_some() || kind.config.is_some()) {
        let reason = "it is an index and an image at once";
        return Err(RegistryError::Ambiguous { what, reason });
    }
    if kind.media_type.contains("artifact.manifest") {
        let kind = clip(kind.artifact_type.as_deref().unwrap_or(&kind.media_type));
        return Err(RegistryError::Artifact { what, kind });
    }
    let is_image = |media_type: &str| {
        matches!(
            media_type,
            "" | "application/octet-stream"
                | "application/vnd.docker.container.image.v1+json"
                | "application/vnd.oci.image.config.v1+json"
        )
    };
    match &kind.config {
        Some(config) if !is_image(&config.media_type) => {
            let kind =
                clip(kind.artifact_type.as_deref().filter(|t| !t.is_empty()).unwrap_or(&config.media_type));
            Err(RegistryError::Artifact { what, kind })
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(text: &str) -> Result<(), RegistryError> {
        check(text.as_bytes(), "q.io/a:1")
    }

    #[test]
    fn what_is_no_image_is_refused_by_name() {
        let one = kind(r#"{"schemaVersion":1,"name":"a","fsLayers":[]}"#).unwrap_err();
        assert!(matches!(one, RegistryError::SchemaOne { .. }));
        let chart = kind(
            r#"{"schemaVersion":2,"config":{"mediaType":"application/vnd.cncf.helm.config.v1+json"},"layers":[]}"#,
        );
        assert!(chart.unwrap_err().to_string().contains("helm.config"));
        let both = kind(r#"{"schemaVersion":2,"manifests":[],"layers":[]}"#).unwrap_err();
        assert!(matches!(both, RegistryError::Ambiguous { .. }));
        let old =
            kind(r#"{"mediaType":"application/vnd.oci.artifact.manifest.v1+json","artifactType":"x/y"}"#);
        assert!(old.unwrap_err().to_string().contains("x/y"));
        for config in
            ["application/vnd.oci.image.config.v1+json", "application/vnd.docker.container.image.v1+json"]
        {
            assert!(
                kind(&format!(r#"{{"schemaVersion":2,"config":{{"mediaType":"{config}"}},"layers":[]}}"#))
                    .is_ok()
            );
        }
    }
}
