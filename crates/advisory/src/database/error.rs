//! Why a database cannot be used.

use batten_model::{Date, Localized};
use std::path::PathBuf;

/// A fault of the database.
#[derive(Debug, thiserror::Error)]
pub enum DatabaseError {
    /// The operating system refused.
    #[error("{}: cannot read the advisory database: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Its reason.
        source: std::io::Error,
    },
    /// The file is something else.
    #[error(
        "{place}: not a Batten advisory database; run `batten db update`, or `batten db import` for another tool's database"
    )]
    NotADatabase {
        /// The file.
        place: String,
    },
    /// The file is of a format that this program does not read.
    #[error(
        "{place}: database format {found}, this program reads {expected}; run `batten db update`, or use a program that fits"
    )]
    OtherFormat {
        /// The file.
        place: String,
        /// Its format.
        found: u32,
        /// The format that is read.
        expected: u32,
    },
    /// A part of the file is not what was written.
    #[error(
        "{place}: damaged advisory database: {part} {fault}; run `batten db update` to install a sound one"
    )]
    Damaged {
        /// The file.
        place: String,
        /// The block or table, with its place.
        part: String,
        /// What is wrong with it.
        fault: &'static str,
    },
    /// Its digest is not the one that was expected.
    #[error("{place}: SHA-256 is {found}, expected {expected}; download it again")]
    WrongDigest {
        /// The file.
        place: String,
        /// What it is.
        found: String,
        /// What it should be.
        expected: String,
    },
    /// Its signature does not fit.
    #[error("{place}: the signature is not valid for the pinned key: {reason}; do not use this file")]
    BadSignature {
        /// The file.
        place: String,
        /// What is wrong.
        reason: String,
    },
    /// An older database would replace a newer one.
    #[error(
        "{place}: built on {offered}, but the installed database is of {installed}; it stays (use --force to go back)"
    )]
    Older {
        /// The file that was offered.
        place: String,
        /// Its day of building.
        offered: Date,
        /// That of the installed one.
        installed: Date,
    },
    /// The database cannot be put in its place. The one that was there is untouched.
    #[error("{}: cannot install the advisory database: {source}; the old one is untouched; free some space or check the folder's rights", path.display())]
    Install {
        /// The file or folder.
        path: PathBuf,
        /// The system's reason.
        source: std::io::Error,
    },
}

/// Chinese words for the faults of [`DatabaseError::Damaged`].
const FAULTS: &[(&str, &str)] =
    &[(TRUNCATED, "被截断"), (CHECKSUM, "校验和不符"), (CONTENT, "内容无法解读"), (DIGEST, "摘要不符")];

pub(super) const TRUNCATED: &str = "is cut off";
pub(super) const CHECKSUM: &str = "has a wrong checksum";
pub(super) const CONTENT: &str = "has content that cannot be read";
pub(super) const DIGEST: &str = "has a wrong digest";

impl Localized for DatabaseError {
    fn zh(&self) -> String {
        match self {
            DatabaseError::Read { path, source } => {
                format!("{}：无法读取漏洞数据库：{source}", path.display())
            }
            DatabaseError::NotADatabase { place } => format!(
                "{place}：不是 Batten 漏洞数据库；请运行 `batten db update`，其他工具的数据库请用 `batten db import`"
            ),
            DatabaseError::OtherFormat { place, found, expected } => format!(
                "{place}：数据库格式为 {found}，本程序读取 {expected}；请运行 `batten db update`，或使用相应版本的程序"
            ),
            DatabaseError::Damaged { place, part, fault } => {
                let fault = FAULTS.iter().find(|(en, _)| en == fault).map_or(*fault, |(_, zh)| zh);
                format!(
                    "{place}：漏洞数据库已损坏：{part} {fault}；请运行 `batten db update` 安装完好的数据库"
                )
            }
            DatabaseError::WrongDigest { place, found, expected } => {
                format!("{place}：SHA-256 为 {found}，应为 {expected}；请重新下载")
            }
            DatabaseError::BadSignature { place, reason } => {
                format!("{place}：签名与内置公钥不符：{reason}；请勿使用此文件")
            }
            DatabaseError::Older { place, offered, installed } => format!(
                "{place}：构建于 {offered}，而已安装的数据库构建于 {installed}；保留现有数据库（如需回退请用 --force）"
            ),
            DatabaseError::Install { path, source } => format!(
                "{}：无法安装漏洞数据库：{source}；原有数据库未受影响；请腾出空间或检查目录权限",
                path.display()
            ),
        }
    }
}
