//! Images made of layers that a test wrote: as docker archive, as OCI layout in a folder or in a tar archive.

use crate::archive::Tar;
use batten_model::Digest;
use flate2::Compression as Level;
use flate2::write::GzEncoder;
use serde_json::json;
use std::fs;
use std::io::{self, Write as _};
use std::path::Path;

/// How a layer's blob, or a whole archive, is compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compressor {
    /// Not at all.
    Plain,
    /// gzip.
    Gzip,
    /// zstd.
    Zstd,
}

impl Compressor {
    /// `bytes`, compressed.
    pub fn compress(self, bytes: &[u8]) -> io::Result<Vec<u8>> {
        match self {
            Compressor::Plain => Ok(bytes.to_vec()),
            Compressor::Gzip => {
                let mut encoder = GzEncoder::new(Vec::new(), Level::fast());
                encoder.write_all(bytes)?;
                encoder.finish()
            }
            Compressor::Zstd => zstd::stream::encode_all(bytes, 1),
        }
    }

    fn media_type(self) -> &'static str {
        match self {
            Compressor::Plain => "application/vnd.oci.image.layer.v1.tar",
            Compressor::Gzip => "application/vnd.oci.image.layer.v1.tar+gzip",
            Compressor::Zstd => "application/vnd.oci.image.layer.v1.tar+zstd",
        }
    }
}

/// A layer of an image.
#[derive(Debug, Clone)]
pub struct Layer {
    /// The blob as stored.
    pub blob: Vec<u8>,
    /// `mediaType` in the manifest.
    pub media_type: String,
    /// The digest that the manifest states; that of the blob unless a test changes it.
    pub digest: Digest,
    /// The digest that the configuration states; that of the tar archive unless a test changes it.
    pub diff_id: Digest,
    /// `urls` in the manifest.
    pub urls: Vec<String>,
    /// Left out of the archive.
    pub missing: bool,
}

impl Layer {
    /// A layer whose digests are right.
    pub fn new(tar: &[u8], compressor: Compressor) -> io::Result<Layer> {
        let blob = compressor.compress(tar)?;
        Ok(Layer {
            media_type: compressor.media_type().to_owned(),
            digest: Digest::sha256_of(&blob),
            diff_id: Digest::sha256_of(tar),
            blob,
            urls: Vec::new(),
            missing: false,
        })
    }
}

/// An image.
#[derive(Debug, Clone)]
pub struct Image {
    /// Names with tags.
    pub names: Vec<String>,
    /// `os/architecture`.
    pub platform: (String, String),
    /// The layers from the base up.
    pub layers: Vec<Layer>,
    /// `config` of the configuration.
    pub container: serde_json::Value,
    /// `history` of the configuration.
    pub history: serde_json::Value,
}

impl Image {
    /// An image for linux/amd64.
    pub fn new(name: &str, layers: Vec<Layer>) -> Image {
        Image {
            names: vec![name.to_owned()],
            platform: ("linux".to_owned(), "amd64".to_owned()),
            layers,
            container: json!({}),
            history: json!([]),
        }
    }

    /// The configuration's bytes.
    pub fn config(&self) -> Vec<u8> {
        let diff_ids: Vec<&str> = self.layers.iter().map(|layer| layer.diff_id.as_str()).collect();
        let (os, architecture) = &self.platform;
        json!({
            "architecture": architecture, "os": os, "config": self.container, "history": self.history,
            "rootfs": { "type": "layers", "diff_ids": diff_ids },
        })
        .to_string()
        .into_bytes()
    }

    /// The OCI manifest's bytes.
    pub fn manifest(&self) -> Vec<u8> {
        let config = self.config();
        let layers: Vec<serde_json::Value> = self
            .layers
            .iter()
            .map(|layer| {
                json!({ "mediaType": layer.media_type, "digest": layer.digest, "size": layer.blob.len(),
                        "urls": layer.urls })
            })
            .collect();
        json!({
            "schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json",
            "config": { "mediaType": "application/vnd.oci.image.config.v1+json",
                        "digest": Digest::sha256_of(&config), "size": config.len() },
            "layers": layers,
        })
        .to_string()
        .into_bytes()
    }

    fn descriptor(&self) -> serde_json::Value {
        let manifest = self.manifest();
        let (os, architecture) = &self.platform;
        let mut descriptor = json!({
            "mediaType": "application/vnd.oci.image.manifest.v1+json",
            "digest": Digest::sha256_of(&manifest), "size": manifest.len(),
            "platform": { "os": os, "architecture": architecture },
        });
        if let (Some(name), Some(fields)) = (self.names.first(), descriptor.as_object_mut()) {
            fields.insert("annotations".to_owned(), json!({ "org.opencontainers.image.ref.name": name }));
        }
        descriptor
    }
}

/// The files of an OCI layout with `images`: name and content.
pub fn layout(images: &[Image]) -> Vec<(String, Vec<u8>)> {
    let index = json!({
        "schemaVersion": 2, "mediaType": "application/vnd.oci.image.index.v1+json",
        "manifests": images.iter().map(Image::descriptor).collect::<Vec<_>>(),
    });
    let mut files = vec![
        ("oci-layout".to_owned(), br#"{"imageLayoutVersion":"1.0.0"}"#.to_vec()),
        ("index.json".to_owned(), index.to_string().into_bytes()),
    ];
    for image in images {
        for bytes in [image.manifest(), image.config()] {
            files.push((format!("blobs/sha256/{}", Digest::sha256_of(&bytes).hex()), bytes));
        }
        for layer in image.layers.iter().filter(|layer| !layer.missing) {
            let name = format!("blobs/{}/{}", layer.digest.algorithm(), layer.digest.hex());
            files.push((name, layer.blob.clone()));
        }
    }
    files
}

/// Writes an OCI layout to a folder.
pub fn write_layout(images: &[Image], folder: &Path) -> io::Result<()> {
    for (name, content) in layout(images) {
        let path = folder.join(name);
        fs::create_dir_all(path.parent().unwrap_or(folder))?;
        fs::write(path, content)?;
    }
    Ok(())
}

/// An OCI layout in a tar archive.
pub fn layout_tar(images: &[Image]) -> Vec<u8> {
    layout(images).iter().fold(Tar::new(), |tar, (name, content)| tar.file(name, content)).finish()
}

/// An archive as `docker save` of Docker up to 24 writes it, `manifest.json` last.
pub fn docker_archive(images: &[Image]) -> Vec<u8> {
    let mut tar = Tar::new();
    let mut list = Vec::new();
    for image in images {
        let config = image.config();
        let config_name = format!("{}.json", Digest::sha256_of(&config).hex());
        tar = tar.file(&config_name, &config);
        let mut names = Vec::new();
        for (number, layer) in image.layers.iter().enumerate() {
            let folder = Digest::sha256_of(format!("{config_name}{number}").as_bytes()).hex().to_owned();
            let name = format!("{folder}/layer.tar");
            if !layer.missing {
                tar = tar.folder(&folder).file(&format!("{folder}/VERSION"), b"1.0").file(&name, &layer.blob);
            }
            names.push(name);
        }
        list.push(json!({ "Config": config_name, "RepoTags": image.names, "Layers": names }));
    }
    tar.file("manifest.json", json!(list).to_string().as_bytes()).finish()
}

/// An archive as `docker save` of Docker 25 and later writes it: OCI layout and `manifest.json` in one.
pub fn docker_archive_with_layout(images: &[Image]) -> Vec<u8> {
    let list: Vec<serde_json::Value> = images
        .iter()
        .map(|image| {
            let blob = |digest: &Digest| format!("blobs/{}/{}", digest.algorithm(), digest.hex());
            json!({
                "Config": blob(&Digest::sha256_of(&image.config())), "RepoTags": image.names,
                "Layers": image.layers.iter().map(|layer| blob(&layer.digest)).collect::<Vec<_>>(),
            })
        })
        .collect();
    layout(images)
        .iter()
        .fold(Tar::new(), |tar, (name, content)| tar.file(name, content))
        .file("manifest.json", json!(list).to_string().as_bytes())
        .finish()
}
