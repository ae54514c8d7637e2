//! Why a tar archive could not be read on.

use batten_model::Localized;
use std::io;

/// Why reading stopped. What came before the place is good.
#[derive(Debug, thiserror::Error)]
pub enum TarError {
    /// The bytes below could not be read: the file system, the decompressor, a limit of the stream.
    #[error("the bytes of the archive could not be read")]
    Io(#[from] io::Error),
    /// The first block is no header.
    #[error("is no tar archive")]
    NoTar,
    /// The archive ends within an entry.
    #[error("the archive ends too early, within {within} at byte {offset}")]
    Truncated {
        /// Where it ends.
        offset: u64,
        /// `a header` or `a file's content`.
        within: &'static str,
    },
    /// A header's checksum is wrong: damage, or no header.
    #[error("damaged header at byte {offset}: its checksum is wrong")]
    Checksum {
        /// Where the header begins.
        offset: u64,
    },
    /// A field makes no sense.
    #[error("damaged header at byte {offset}: {field} is not readable")]
    Field {
        /// Where the header begins.
        offset: u64,
        /// Which one.
        field: &'static str,
    },
    /// One zero block, and then no second one: readers disagree on whether the archive ends there.
    #[error("a single zero block at byte {offset} is followed by more data, which was not read")]
    LoneZeroBlock {
        /// Where the zero block begins.
        offset: u64,
    },
    /// A name, extended header or sparse map is too large.
    #[error("{what} at byte {offset} exceeds the limit of {limit} {unit}")]
    Limit {
        /// What is too large.
        what: &'static str,
        /// Where its header begins.
        offset: u64,
        /// The limit.
        limit: u64,
        /// Of what.
        unit: &'static str,
    },
}

impl Localized for TarError {
    fn zh(&self) -> String {
        match self {
            TarError::Io(_) => "无法读取归档的字节".to_owned(),
            TarError::NoTar => "不是 tar 归档".to_owned(),
            TarError::Truncated { offset, within } => {
                let within = if *within == "a header" { "头部" } else { "文件内容" };
                format!("归档在字节 {offset} 处的{within}中提前结束")
            }
            TarError::Checksum { offset } => format!("字节 {offset} 处的头部损坏：校验和错误"),
            TarError::Field { offset, field } => format!("字节 {offset} 处的头部损坏：{field} 不可读"),
            TarError::LoneZeroBlock { offset } => {
                format!("字节 {offset} 处只有一个零块，其后的数据未被读取")
            }
            TarError::Limit { what, offset, limit, unit } => {
                format!("字节 {offset} 处的 {what} 超过上限 {limit} {unit}")
            }
        }
    }
}
