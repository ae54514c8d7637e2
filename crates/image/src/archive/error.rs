//! Why an archive or layout gives no image.

use crate::manifest::ManifestError;
use crate::platform::Platform;
use crate::source::SourceError;
use crate::tar::TarError;
use batten_model::Localized;
use std::io;

/// Why an archive or layout gives no image. The path is the error's target, and not repeated in each variant.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    /// The file or folder cannot be opened or read.
    #[error("cannot be opened: {0}")]
    Open(#[source] io::Error),
    /// A device, a socket …
    #[error("is neither a file nor a folder")]
    NotAFile,
    /// Compressed in a way that is not read.
    #[error("is compressed with {0}, which is not supported; unpack it first, or use gzip or zstd")]
    UnsupportedCompression(&'static str),
    /// The tar archive is damaged.
    #[error("is damaged: {0}")]
    Tar(#[source] TarError),
    /// The compressed archive is damaged.
    #[error("is damaged: {0}")]
    Stream(String, String),
    /// Neither a docker archive nor an OCI layout.
    #[error("holds no image: neither manifest.json (docker save) nor index.json (OCI layout) is in it")]
    NoImage,
    /// JSON that cannot be read.
    #[error("{part} is not readable: {source}")]
    Json {
        /// Name inside of the archive.
        part: String,
        /// Where and why.
        source: serde_json::Error,
    },
    /// A manifest or index that cannot be used.
    #[error("{part} {source}")]
    Manifest {
        /// Name inside of the archive.
        part: String,
        /// Why.
        source: ManifestError,
    },
    /// Something that a manifest names is not there.
    #[error("{0} is named by a manifest, and missing")]
    Missing(String),
    /// A part that has to be small is not.
    #[error("{part} exceeds the limit of {limit} bytes")]
    TooLarge {
        /// Name inside of the archive.
        part: String,
        /// The limit.
        limit: u64,
    },
    /// Several images, and none was chosen.
    #[error("holds several images; name one of: {}", .0.join(", "))]
    Several(Vec<String>),
    /// The image that was chosen is not there.
    #[error("holds no image {wanted:?}; it holds: {}", names.join(", "))]
    NoSuchName {
        /// What was asked for.
        wanted: String,
        /// What there is.
        names: Vec<String>,
    },
    /// Only an image for another platform.
    #[error("holds an image for {offered}, and none for {wanted}")]
    Platform {
        /// What was asked for.
        wanted: Box<Platform>,
        /// What there is.
        offered: Box<Platform>,
    },
}

impl ArchiveError {
    fn code(&self) -> &'static str {
        match self {
            ArchiveError::Open(_) | ArchiveError::NotAFile => "unreadable-target",
            ArchiveError::UnsupportedCompression(_) => "unsupported-compression",
            ArchiveError::Tar(_) | ArchiveError::Stream(..) => "damaged-archive",
            ArchiveError::NoImage => "no-image",
            ArchiveError::Json { .. } | ArchiveError::Manifest { .. } => "unreadable-manifest",
            ArchiveError::Missing(_) => "missing-part",
            ArchiveError::TooLarge { .. } => "limit-exceeded",
            ArchiveError::Several(_) | ArchiveError::NoSuchName { .. } => "which-image",
            ArchiveError::Platform { .. } => "no-such-platform",
        }
    }

    /// The error as the scan's seam has it, about `target`.
    pub fn about(&self, target: &str) -> SourceError {
        let text = batten_model::Text::new(format!("{target} {self}"), format!("{target} {}", self.zh()));
        SourceError::new(self.code(), target, text)
    }
}

impl Localized for ArchiveError {
    fn zh(&self) -> String {
        match self {
            ArchiveError::Open(error) => format!("无法打开：{error}"),
            ArchiveError::NotAFile => "既不是文件也不是目录".to_owned(),
            ArchiveError::UnsupportedCompression(format) => {
                format!("使用不支持的压缩格式 {format}；请先解压，或改用 gzip 或 zstd")
            }
            ArchiveError::Tar(error) => format!("已损坏：{}", error.zh()),
            ArchiveError::Stream(_, zh) => format!("已损坏：{zh}"),
            ArchiveError::NoImage => {
                "不含镜像：其中既没有 manifest.json（docker save）也没有 index.json（OCI 布局）".to_owned()
            }
            ArchiveError::Json { part, source } => format!("{part} 不可读：{source}"),
            ArchiveError::Manifest { part, source } => format!("{part} {}", source.zh()),
            ArchiveError::Missing(part) => format!("清单引用的 {part} 不存在"),
            ArchiveError::TooLarge { part, limit } => format!("{part} 超过上限 {limit} 字节"),
            ArchiveError::Several(names) => format!("含有多个镜像；请指定其一：{}", names.join("、")),
            ArchiveError::NoSuchName { wanted, names } => {
                format!("不含镜像 {wanted:?}；其中有：{}", names.join("、"))
            }
            ArchiveError::Platform { wanted, offered } => {
                format!("只有适用于 {offered} 的镜像，没有适用于 {wanted} 的")
            }
        }
    }
}
