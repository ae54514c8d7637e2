//! What a build did, and why it could not.

use crate::feeds::{FeedError, Problem};
use batten_model::{Date, Digest, FeedInfo, Localized};
use std::path::PathBuf;

/// What was built.
#[derive(Debug)]
pub struct BuildReport {
    /// Day of building that the database bears.
    pub built: Option<Date>,
    /// Feeds, sorted by name.
    pub feeds: Vec<FeedInfo>,
    /// Ecosystems, counting each release.
    pub ecosystems: u64,
    /// Packages with an advisory.
    pub packages: u64,
    /// Advisories, counted once for each package.
    pub advisories: u64,
    /// CVEs with a score or known exploitation.
    pub cves: u64,
    /// Length of the file in bytes.
    pub length: u64,
    /// SHA-256 of the whole file.
    pub digest: Digest,
    /// Records that could not be read: the first thousand.
    pub problems: Vec<Problem>,
    /// How many there were.
    pub problem_count: u64,
    /// Feeds that could not be read as a whole.
    pub failures: Vec<FeedError>,
    /// Files in named folders that are no feeds.
    pub ignored: Vec<PathBuf>,
}

/// Why no database was built. What was there before is untouched.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// Feeds could not be read.
    #[error("{}", lines(.0, ToString::to_string))]
    Feeds(Vec<FeedError>),
    /// There was nothing to build from.
    #[error("no advisory feed found in {}; name files or folders with OSV archives, Debian's tracker, Alpine's secdb, KEV or EPSS", paths(.0))]
    NoFeeds(Vec<PathBuf>),
    /// The database could not be written.
    #[error("{}: cannot write the database: {source}; the old one is untouched; free some space or check the folder's rights", path.display())]
    Write {
        /// Where to.
        path: PathBuf,
        /// The system's reason.
        source: std::io::Error,
    },
    /// The format cannot hold that much.
    #[error(
        "{ecosystem}: more than 4 GiB of advisories, which the database's format cannot hold; leave something out"
    )]
    TooLarge {
        /// The ecosystem.
        ecosystem: String,
    },
}

fn lines(errors: &[FeedError], text: impl Fn(&FeedError) -> String) -> String {
    errors.iter().map(text).collect::<Vec<_>>().join("\n")
}

fn paths(paths: &[PathBuf]) -> String {
    paths.iter().map(|path| path.display().to_string()).collect::<Vec<_>>().join(", ")
}

impl Localized for BuildError {
    fn zh(&self) -> String {
        match self {
            BuildError::Feeds(errors) => lines(errors, Localized::zh),
            BuildError::NoFeeds(inputs) => format!(
                "在 {} 中没有找到漏洞数据源；请指定包含 OSV 归档、Debian 跟踪器、Alpine secdb、KEV 或 EPSS 的文件或目录",
                paths(inputs)
            ),
            BuildError::Write { path, source } => format!(
                "{}：无法写入数据库：{source}；原有数据库未受影响；请腾出空间或检查目录权限",
                path.display()
            ),
            BuildError::TooLarge { ecosystem } => {
                format!("{ecosystem}：漏洞信息超过 4 GiB，数据库格式无法容纳；请减少内容")
            }
        }
    }
}
