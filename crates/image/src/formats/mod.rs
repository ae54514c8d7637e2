//! One file per package format. A format says which files it wants and makes [`Facts`] of one file.
//!
//! To add a format: write `formats/<name>.rs` with a `pub(crate) const FORMAT: Format`, add it to [`FORMATS`],
//! add a real fixture under `tests/fixtures/<name>/` and a fuzz target of the same name.

mod apk;
mod bun_lock;
mod cargo_auditable;
mod cargo_lock;
mod deb822;
mod dependency_path;
mod dpkg;
mod dpkg_copyright;
pub(crate) mod dpkg_files;
mod go_binary;
pub(crate) mod go_mod;
mod go_sum;
mod gradle_lock;
mod gradle_verification;
mod java_archive;
mod json_lenient;
mod kubernetes_binary;
mod lock_graph;
mod names;
mod node_package_json;
mod npm_lock;
mod os_release;
mod pdm_lock;
mod pipfile_lock;
mod pnpm_lock;
mod poetry_lock;
pub(crate) mod pom_xml;
mod pylock_toml;
mod python_dist_info;
mod python_egg_info;
mod python_lock;
mod python_metadata;
mod requirements_txt;
mod rpm;
mod source_text;
mod toml_tables;
mod uv_lock;
mod xml;
mod yaml_tree;
mod yarn_lock;

use crate::content::File;
use crate::facts::{Facts, Problem};
pub(crate) use rpm::ledger as rpm_ledger;
use std::io;

/// One package format.
pub struct Format {
    /// Its name; code, fixture, fuzz target and documentation bear the same.
    pub name: &'static str,
    /// Raised whenever its output for the same bytes changes: part of the layer cache's key.
    pub version: u32,
    /// Files that it wants. A file that several formats want is offered to each.
    pub wants: &'static [Wants],
    /// True for a package database: where it cannot be read, the answer as a whole is incomplete (exit status 2).
    pub database: bool,
    /// Makes facts of one file. Pure: no clock, network or file system.
    pub parse: fn(&File<'_>) -> Result<Facts, FormatError>,
}

/// A rule by which files are chosen without looking at their content, but for [`Wants::Elf`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wants {
    /// The last part of the path is this.
    Name(&'static str),
    /// The last part of the path ends with this (ASCII case does not matter): `.jar`.
    Suffix(&'static str),
    /// The whole path, without a leading slash, is this.
    Path(&'static str),
    /// The file lies directly in this folder (given without leading and trailing slash) and its name ends with the
    /// second text, which may be empty.
    In(&'static str, &'static str),
    /// The last part of the path contains the first text and ends with the second: `requirements`, `.txt`.
    Containing(&'static str, &'static str),
    /// The path's last two parts: the folder's name ends with the first, the file's name is the second
    /// (`.dist-info`, `METADATA`).
    FolderSuffix(&'static str, &'static str),
    /// The path's last two parts match exactly one folder level under a prefix: `usr/share/doc/<any>/copyright`.
    OneBelow(&'static str, &'static str),
    /// A regular file that begins with the ELF magic number.
    Elf,
}

impl Wants {
    /// Whether the rule takes `path`. [`Wants::Elf`] never does: content decides it.
    pub fn takes(&self, path: &str) -> bool {
        let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
        match *self {
            Wants::Name(wanted) => name == wanted,
            Wants::Suffix(suffix) => {
                name.len() >= suffix.len()
                    && name.as_bytes()[name.len() - suffix.len()..].eq_ignore_ascii_case(suffix.as_bytes())
            }
            Wants::Path(wanted) => path == wanted,
            Wants::In(wanted, suffix) => folder == wanted && name.ends_with(suffix) && !name.is_empty(),
            Wants::Containing(part, suffix) => name.ends_with(suffix) && name.contains(part),
            Wants::FolderSuffix(suffix, wanted) => name == wanted && folder.ends_with(suffix),
            Wants::OneBelow(prefix, wanted) => {
                name == wanted && folder.rsplit_once('/').is_some_and(|(front, _)| front == prefix)
            }
            Wants::Elf => false,
        }
    }
}

/// Why one file gave nothing. What fails only in part is a [`Problem`] in [`Facts`].
#[derive(Debug, thiserror::Error)]
pub enum FormatError {
    /// The content could not be read.
    #[error("cannot be read")]
    Io(#[from] io::Error),
    /// The content is not what its name promises, or is damaged.
    #[error("is no readable {format}: {reason} (at {place})")]
    Malformed {
        /// Format, in words.
        format: &'static str,
        /// What was expected and what was there, in a few words.
        reason: String,
        /// `line 3 column 4`, `byte 512`, `page 7`.
        place: String,
    },
    /// A limit was reached; nothing of the file was taken.
    #[error("exceeds the limit of {limit} {unit}")]
    Limit {
        /// The limit.
        limit: u64,
        /// Of what: `bytes`, `entries`, `levels`.
        unit: &'static str,
    },
}

impl FormatError {
    /// The Chinese words for the same message.
    pub fn zh(&self) -> String {
        match self {
            FormatError::Io(_) => "无法读取".to_owned(),
            FormatError::Malformed { format, reason, place } => {
                format!("不是可读的 {format}：{reason}（位置 {place}）")
            }
            FormatError::Limit { limit, unit } => {
                let unit = match *unit {
                    "bytes" => "字节",
                    "entries" => "条目",
                    "levels" => "层级",
                    other => other,
                };
                format!("超过上限 {limit} {unit}")
            }
        }
    }

    /// The problem that a scan reports for `path`: `code` is `unreadable-<format>`.
    pub fn problem(&self, format: &Format, path: &str) -> Problem {
        let cause = match self {
            FormatError::Io(error) => format!(" ({error})"),
            _ => String::new(),
        };
        Problem {
            code: format!("unreadable-{}", format.name),
            target: path.to_owned(),
            en: format!("{path} {self}{cause}"),
            zh: format!("{path} {}{cause}", self.zh()),
            fatal: format.database,
        }
    }
}

/// All formats, sorted by name.
pub static FORMATS: &[&Format] = &[
    &apk::FORMAT,
    &bun_lock::FORMAT,
    &cargo_auditable::FORMAT,
    &cargo_lock::FORMAT,
    &dpkg::FORMAT,
    &dpkg_copyright::FORMAT,
    &dpkg_files::FORMAT,
    &go_binary::FORMAT,
    &go_mod::FORMAT,
    &go_sum::FORMAT,
    &gradle_lock::FORMAT,
    &gradle_verification::FORMAT,
    &java_archive::FORMAT,
    &kubernetes_binary::FORMAT,
    &node_package_json::FORMAT,
    &npm_lock::FORMAT,
    &os_release::FORMAT,
    &pdm_lock::FORMAT,
    &pipfile_lock::FORMAT,
    &pnpm_lock::FORMAT,
    &poetry_lock::FORMAT,
    &pom_xml::FORMAT,
    &pylock_toml::FORMAT,
    &python_dist_info::FORMAT,
    &python_egg_info::FORMAT,
    &requirements_txt::FORMAT,
    &rpm::FORMAT,
    &uv_lock::FORMAT,
    &yarn_lock::FORMAT,
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_are_sorted_and_named_once() {
        assert!(FORMATS.windows(2).all(|pair| pair[0].name < pair[1].name));
    }

    #[test]
    fn rules_take_what_they_say() {
        assert!(Wants::Name("go.mod").takes("a/go.mod") && Wants::Name("go.mod").takes("go.mod"));
        assert!(Wants::Suffix(".jar").takes("a/B.JAR") && !Wants::Suffix(".jar").takes("jar"));
        assert!(Wants::In("var/lib/dpkg/info", ".list").takes("var/lib/dpkg/info/a.list"));
        assert!(!Wants::In("var/lib/dpkg/info", ".list").takes("var/lib/dpkg/info/a/b.list"));
        assert!(Wants::Containing("requirements", ".txt").takes("a/requirements-dev.txt"));
        assert!(!Wants::Containing("requirements", ".txt").takes("requirements/dev.txt"));
        assert!(Wants::FolderSuffix(".dist-info", "METADATA").takes("x/a-1.dist-info/METADATA"));
        assert!(Wants::OneBelow("usr/share/doc", "copyright").takes("usr/share/doc/bash/copyright"));
        assert!(!Wants::OneBelow("usr/share/doc", "copyright").takes("usr/share/doc/a/b/copyright"));
    }
}
