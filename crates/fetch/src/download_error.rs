//! What can go wrong while a feed or a database is fetched into a file.

use crate::fetch_error::FetchError;
use crate::registry_error::RegistryError;
use batten_model::{Digest, Localized};
use std::path::PathBuf;

/// A file that could not be fetched. What was there before is still there.
#[derive(Debug, thiserror::Error)]
pub enum DownloadError {
    /// The server could not be spoken to, or has no such file.
    #[error(transparent)]
    Fetch(#[from] FetchError),
    /// The registry could not be spoken to, or has no such database.
    #[error(transparent)]
    Registry(#[from] RegistryError),
    /// No room.
    #[error("the disk is full while writing {}; what was there before is unchanged: make room and run it again", path.display())]
    DiskFull {
        /// The file being written.
        path: PathBuf,
    },
    /// The file system said no.
    #[error("cannot write {} ({source}); check owner and permissions", path.display())]
    Write {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The content is not what it should be.
    #[error("{url}: digest {actual} instead of {expected}; not used, fetch it again or ask its publisher")]
    WrongDigest {
        /// Where from.
        url: String,
        /// The digest it must have.
        expected: Digest,
        /// The digest it has.
        actual: Digest,
    },
    /// A page or a cut file in the feed's place.
    #[error(
        "{url}: this is no whole {expected}; perhaps a proxy or login page answers in the server's place"
    )]
    WrongFormat {
        /// Where from.
        url: String,
        /// What was expected.
        expected: &'static str,
    },
    /// The content was replaced while it was being fetched.
    #[error("{url}: the file was replaced on the server during the download; run it again")]
    Changed {
        /// Where from.
        url: String,
    },
    /// Another update is running.
    #[error("{}: another update is at work here; wait for it to end", path.display())]
    Busy {
        /// The lock.
        path: PathBuf,
    },
    /// A file name that leaves the folder.
    #[error("feed {name}: {file:?} is no relative path of plain names")]
    Place {
        /// The feed.
        name: String,
        /// Its file.
        file: String,
    },
    /// The disk was full before this feed was begun.
    #[error("not fetched, because the disk is full")]
    NotTried,
    /// The artifact is something else.
    #[error(
        "{what} is no Batten database ({reason}); expected is one layer of type {}",
        crate::database::MEDIA_TYPE
    )]
    NotADatabase {
        /// The reference.
        what: String,
        /// What it is.
        reason: String,
    },
    /// A source that is neither `oci://` nor `https://`.
    #[error("{0:?} is no source of a database; write oci://registry/repository:tag or https://host/file")]
    Source(String),
    /// A checksum file that holds none.
    #[error("{url}: this is no SHA-256 checksum file")]
    Checksum {
        /// Where from.
        url: String,
    },
}

impl DownloadError {
    /// A write that failed, with a full disk told apart.
    pub(crate) fn write(path: &std::path::Path, source: std::io::Error) -> DownloadError {
        use std::io::ErrorKind as Kind;
        let path = path.to_owned();
        match source.kind() {
            Kind::StorageFull | Kind::QuotaExceeded => DownloadError::DiskFull { path },
            _ => DownloadError::Write { path, source },
        }
    }

    /// A stable kebab-case word for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Fetch(source) => source.code(),
            Self::Registry(source) => source.code(),
            Self::DiskFull { .. } | Self::NotTried => "disk-full",
            Self::Write { .. } => "cannot-write",
            Self::WrongDigest { .. } => "wrong-digest",
            Self::WrongFormat { .. } => "wrong-format",
            Self::Changed { .. } => "changed-meanwhile",
            Self::Busy { .. } => "update-running",
            Self::Place { .. } => "bad-feed-file",
            Self::NotADatabase { .. } => "not-a-database",
            Self::Source(_) => "bad-database-source",
            Self::Checksum { .. } => "bad-checksum-file",
        }
    }
}

impl Localized for DownloadError {
    fn zh(&self) -> String {
        match self {
            Self::Fetch(source) => source.zh(),
            Self::Registry(source) => source.zh(),
            Self::DiskFull { path } => {
                format!("写入 {} 时磁盘已满；原有数据未变：请腾出空间后重新运行", path.display())
            }
            Self::Write { path, source } => {
                format!("无法写入 {}（{source}）；请检查属主和权限", path.display())
            }
            Self::WrongDigest { url, expected, actual } => {
                format!("{url}：摘要是 {actual} 而不是 {expected}；不予使用，请重新获取或询问发布者")
            }
            Self::WrongFormat { url, expected } => {
                format!("{url}：不是完整的 {expected}；可能是代理或登录页面代替服务器作了回答")
            }
            Self::Changed { url } => format!("{url}：下载期间服务器上的文件被替换；请重新运行"),
            Self::Busy { path } => format!("{}：另一个更新正在进行；请等它结束", path.display()),
            Self::Place { name, file } => format!("数据源 {name}：{file:?} 不是由普通名字组成的相对路径"),
            Self::NotTried => "磁盘已满，未获取".to_owned(),
            Self::NotADatabase { what, reason } => format!(
                "{what} 不是 Batten 数据库（{reason}）；应为一个类型是 {} 的层",
                crate::database::MEDIA_TYPE
            ),
            Self::Source(text) => {
                format!("{text:?} 不是数据库来源；请写成 oci://仓库/镜像名:标签 或 https://主机/文件")
            }
            Self::Checksum { url } => format!("{url}：不是 SHA-256 校验文件"),
        }
    }
}
