//! What one file gave. Facts are evidence: they are cached by content, and never judged here.

use batten_model::{OsRelease, Package, ScanError};
use serde::{Deserialize, Serialize};

/// What a format found in one file.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Facts {
    /// Packages, each with this file as its only location.
    pub packages: Vec<Package>,
    /// Files that belong to OS packages.
    pub owned: Vec<OwnedFiles>,
    /// Licences of OS packages that another file tells (Debian's `copyright`): package name and SPDX expression.
    pub licences: Vec<(String, String)>,
    /// The distribution, from an os-release or older release file.
    pub os: Option<OsRelease>,
    /// Facts that only their own format understands, for its relation step (such as go.mod's Go version).
    pub notes: Vec<(String, String)>,
    /// What of this file could not be read while the rest could.
    pub problems: Vec<Problem>,
}

/// The files of one OS package, as hashes by [`path_hash`]: a few bytes for each, whatever the paths' length.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnedFiles {
    /// Name of the OS package (with `:arch` where dpkg's file name has it).
    pub package: String,
    /// Its files.
    pub files: Vec<u64>,
}

/// One unreadable part of a file whose other parts could be read. Cached with the facts, so that an answer from the
/// cache has the same errors.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// A stable kebab-case word, as [`ScanError::code`].
    pub code: String,
    /// `path`, `path!inner`, `path:line` or `path:line:column`.
    pub target: String,
    /// English.
    pub en: String,
    /// Simplified Chinese.
    pub zh: String,
    /// As [`ScanError::fatal`]: a package database as a whole is missing from the answer.
    pub fatal: bool,
}

impl From<Problem> for ScanError {
    fn from(problem: Problem) -> ScanError {
        let message = batten_model::Text::new(problem.en, problem.zh);
        ScanError { code: problem.code, target: problem.target, message, fatal: problem.fatal }
    }
}

/// Hash of a path in the merged-/usr spelling (`lib/x` and `usr/lib/x` are one path), without a leading slash.
///
/// The spelling makes the file lists of packages and the paths of layers comparable, whichever of the two a
/// package database or an archive uses.
pub fn path_hash(path: &str) -> u64 {
    let path = path.trim_start_matches("./").trim_start_matches('/');
    let merged =
        ["bin/", "sbin/", "lib/", "lib32/", "lib64/", "libx32/"].iter().any(|dir| path.starts_with(dir));
    let mut hash = xxhash_rust::xxh3::Xxh3Default::new();
    if merged {
        hash.update(b"usr/");
    }
    hash.update(path.as_bytes());
    hash.digest()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn merged_usr_paths_are_one() {
        assert_eq!(path_hash("/lib/x"), path_hash("usr/lib/x"));
        assert_eq!(path_hash("./bin/sh"), path_hash("/usr/bin/sh"));
        assert_ne!(path_hash("opt/lib/x"), path_hash("usr/lib/x"));
        assert_ne!(path_hash("library/x"), path_hash("usr/library/x"));
    }
}
