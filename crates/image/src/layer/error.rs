//! Why a layer could not be read, or not to its end.

use crate::source::SourceError;
use crate::tar::TarError;
use batten_model::{Digest, Localized, ScanError, Text};
use std::io;

/// One thing that is wrong with a layer. What was found in it before is kept.
#[derive(Debug, thiserror::Error)]
pub enum LayerError {
    /// The source could not open it.
    #[error("cannot be opened: {0}")]
    Source(#[source] SourceError),
    /// Its bytes could not be had.
    #[error("cannot be read: {0}")]
    Read(#[source] io::Error),
    /// The compressed stream is damaged or ends too early.
    #[error("its {format} stream is damaged after {produced} uncompressed bytes: {source}")]
    Decompress {
        /// `gzip` or `zstd`.
        format: &'static str,
        /// Uncompressed bytes before the damage.
        produced: u64,
        /// What the decompressor said.
        source: io::Error,
    },
    /// Compressed in a way that no container runtime reads.
    #[error("is compressed with {0}, which is not supported: layers are plain tar, gzip or zstd")]
    UnsupportedCompression(&'static str),
    /// Encrypted layers (ocicrypt).
    #[error("is encrypted ({0}), and so cannot be read")]
    Encrypted(String),
    /// The tar inside is damaged.
    #[error("its tar archive: {0}")]
    Tar(#[from] TarError),
    /// It asks too much of the machine.
    #[error("exceeds the limit {name} of {limit}; raise it if you trust the image")]
    Limit {
        /// Name in [`crate::limits::Limits`].
        name: &'static str,
        /// Its value.
        limit: u64,
    },
    /// The stored bytes are not those that the manifest names.
    #[error("the stored bytes have digest {actual}, and not {stated} as the manifest states")]
    BlobDigest {
        /// By the manifest.
        stated: Digest,
        /// By the bytes.
        actual: Digest,
    },
    /// The stored bytes are more or fewer than the manifest says.
    #[error("has {actual} bytes, and not {stated} as the manifest states")]
    BlobSize {
        /// By the manifest.
        stated: u64,
        /// Counted.
        actual: u64,
    },
    /// The uncompressed bytes are not those that the configuration names.
    #[error("the uncompressed bytes have digest {actual}, and not {stated} as the configuration states")]
    DiffId {
        /// By the configuration.
        stated: Digest,
        /// By the bytes.
        actual: Digest,
    },
    /// The configuration names more or fewer layers than there are.
    #[error("the configuration names {stated} layers, and there are {actual}")]
    LayerCount {
        /// By the configuration.
        stated: usize,
        /// By the manifest.
        actual: usize,
    },
}

impl LayerError {
    /// The stable word for programs.
    pub fn code(&self) -> &'static str {
        match self {
            LayerError::Source(error) => error.code,
            LayerError::Read(_) | LayerError::Decompress { .. } | LayerError::Tar(_) => "unreadable-layer",
            LayerError::UnsupportedCompression(_) => "unsupported-compression",
            LayerError::Encrypted(_) => "encrypted-layer",
            LayerError::Limit { .. } => "limit-exceeded",
            LayerError::BlobDigest { .. } | LayerError::DiffId { .. } | LayerError::BlobSize { .. } => {
                "digest-mismatch"
            }
            LayerError::LayerCount { .. } => "layer-count",
        }
    }

    /// The error as the report shows it; `layer` names it for people.
    pub fn report(&self, layer: &LayerName) -> ScanError {
        let text = Text::new(
            format!("layer {} ({}) {self}", layer.number, layer.digest),
            format!("第 {} 层（{}）{}", layer.number, layer.digest, self.zh()),
        );
        ScanError::fatal(self.code(), layer.digest.clone(), text)
    }
}

/// How errors name a layer.
#[derive(Debug, Clone)]
pub struct LayerName {
    /// Counted from 1 at the base.
    pub number: usize,
    /// Its digest as the manifest or the configuration states it, or its name in the archive.
    pub digest: String,
}

impl Localized for LayerError {
    fn zh(&self) -> String {
        match self {
            LayerError::Source(error) => format!("无法打开：{}", error.text.zh),
            LayerError::Read(error) => format!("无法读取：{error}"),
            LayerError::Decompress { format, produced, source } => {
                format!("其 {format} 流在解压出 {produced} 字节后损坏：{source}")
            }
            LayerError::UnsupportedCompression(format) => {
                format!("使用不支持的压缩格式 {format}：层只能是普通 tar、gzip 或 zstd")
            }
            LayerError::Encrypted(kind) => format!("已加密（{kind}），无法读取"),
            LayerError::Tar(error) => format!("其 tar 归档：{}", error.zh()),
            LayerError::Limit { name, limit } => {
                format!("超过限制 {name}={limit}；若信任该镜像，可提高此限制")
            }
            LayerError::BlobDigest { stated, actual } => {
                format!("存储的字节摘要为 {actual}，与清单所述的 {stated} 不符")
            }
            LayerError::BlobSize { stated, actual } => {
                format!("有 {actual} 字节，与清单所述的 {stated} 字节不符")
            }
            LayerError::DiffId { stated, actual } => {
                format!("解压后的字节摘要为 {actual}，与配置所述的 {stated} 不符")
            }
            LayerError::LayerCount { stated, actual } => {
                format!("配置列出 {stated} 层，实际有 {actual} 层")
            }
        }
    }
}
