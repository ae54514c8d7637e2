//! Why a feed, or one record of it, could not be read.

use batten_model::{Localized, Text};
use std::path::PathBuf;

/// A feed's file that could not be read as a whole.
#[derive(Debug, thiserror::Error)]
pub enum FeedError {
    /// The operating system refused.
    #[error("{}: cannot read: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Its reason.
        source: std::io::Error,
    },
    /// The bytes are not what the format says.
    #[error("{place}: {}", reason.en)]
    Malformed {
        /// File, and line, byte or entry in it.
        place: String,
        /// What is wrong, and what to do.
        reason: Text,
    },
    /// The feed is larger than what is accepted.
    #[error("{place}: larger than {limit} bytes; if the file is genuine, split it")]
    TooLarge {
        /// File or entry.
        place: String,
        /// The limit in bytes.
        limit: u64,
    },
    /// A file that was named is no feed that is known.
    #[error("{}: no feed that Batten knows (OSV zip or JSON, Debian tracker lists or JSON, Alpine secdb, KEV JSON, EPSS csv, Trivy database)", .0.display())]
    Unknown(PathBuf),
    /// A folder holds more files than are looked at, or is nested too deeply.
    #[error("{}: more than {limit} files or folders nested too deeply; name the feeds' own folders", path.display())]
    TooMany {
        /// The folder.
        path: PathBuf,
        /// The limit.
        limit: usize,
    },
    /// What was read could not be put down.
    #[error(
        "cannot write the records that were read: {0}; free space in the database's folder and in the folder for temporary files"
    )]
    Output(#[source] std::io::Error),
}

impl FeedError {
    /// Whether what was read could not be put down: no other feed can go on then.
    pub(crate) fn is_output(&self) -> bool {
        matches!(self, FeedError::Output(_))
    }

    /// A malformed place.
    pub(crate) fn malformed(place: impl Into<String>, en: impl Into<String>, zh: impl Into<String>) -> Self {
        FeedError::Malformed { place: place.into(), reason: Text::new(en, zh) }
    }

    /// A JSON error with its line and column.
    pub(crate) fn json(place: &str, error: &serde_json::Error) -> Self {
        let place = format!("{place}:{}:{}", error.line(), error.column());
        FeedError::malformed(
            place,
            format!("not the JSON that was expected ({error}); download the feed again"),
            format!("不是预期的 JSON（{error}）；请重新下载该数据源"),
        )
    }
}

impl Localized for FeedError {
    fn zh(&self) -> String {
        match self {
            FeedError::Read { path, source } => format!("{}：无法读取：{source}", path.display()),
            FeedError::Malformed { place, reason } => format!("{place}：{}", reason.zh),
            FeedError::TooLarge { place, limit } => {
                format!("{place}：超过 {limit} 字节；如果文件确实无误，请拆分后再用")
            }
            FeedError::Unknown(path) => format!(
                "{}：不是 Batten 认识的数据源（OSV zip 或 JSON、Debian 跟踪器列表或 JSON、Alpine secdb、KEV JSON、EPSS csv、Trivy 数据库）",
                path.display()
            ),
            FeedError::TooMany { path, limit } => {
                format!("{}：文件超过 {limit} 个或目录嵌套过深；请直接指定数据源所在的目录", path.display())
            }
            FeedError::Output(source) => {
                format!("无法写出已读取的记录：{source}；请在数据库目录和临时目录中腾出空间")
            }
        }
    }
}

/// One record that could not be read, while the rest was.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// `archive.zip!entry.json`, `list:1234`, `file.json`.
    pub place: String,
    /// What is wrong with it, English.
    pub en: String,
    /// The same in Simplified Chinese.
    pub zh: String,
}

impl Problem {
    /// A problem at a place.
    pub fn new(place: impl Into<String>, en: impl Into<String>, zh: impl Into<String>) -> Problem {
        Problem { place: place.into(), en: en.into(), zh: zh.into() }
    }

    /// The words for people.
    pub fn text(&self) -> Text {
        Text::new(format!("{}: {}", self.place, self.en), format!("{}：{}", self.place, self.zh))
    }
}
