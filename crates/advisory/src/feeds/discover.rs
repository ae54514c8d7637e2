//! Which feed a file is, by its content; and the feeds in a folder.

use super::debian_list::Files;
use super::{FeedError, input, sniff};
use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::{Path, PathBuf};

const FILE_LIMIT: usize = 1_000_000;
const DEPTH_LIMIT: usize = 16;
/// Bytes of a file that are looked at.
const FRONT: u64 = 256 << 10;

/// A feed that has been found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Feed {
    /// An archive of OSV records.
    OsvZip(PathBuf),
    /// One OSV record, or an array of them.
    OsvJson(PathBuf),
    /// The Debian tracker's JSON.
    DebianJson(PathBuf),
    /// The Debian tracker's lists.
    DebianLists(Files),
    /// One file of Alpine's security database.
    AlpineSecdb(PathBuf),
    /// CISA's catalogue.
    Kev(PathBuf),
    /// FIRST's scores.
    Epss(PathBuf),
    /// A Trivy database, `trivy.db` or the archive that it comes in.
    Trivy(PathBuf),
}

/// What was found under some paths.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Discovered {
    /// Feeds, in an order that does not depend on the file system's.
    pub feeds: Vec<Feed>,
    /// Files within named folders that are no feeds.
    pub ignored: Vec<PathBuf>,
}

/// Looks at each path: a file must be a feed; a folder's files that are none are ignored.
pub fn discover(paths: &[PathBuf]) -> Result<Discovered, FeedError> {
    let mut found = Discovered::default();
    let mut lists: BTreeMap<PathBuf, Files> = BTreeMap::new();
    for path in paths {
        let mut files = Vec::new();
        let named = !path.is_dir();
        if named {
            files.push(path.clone());
        } else {
            collect(path, path, 0, &mut files)?;
        }
        files.sort();
        for file in files {
            match kind_of(&file)? {
                Some(Kind::List(folder, name)) => {
                    let entry = lists.entry(folder).or_default();
                    match name {
                        "CVE" => entry.issues = Some(file),
                        _ => entry.announcements.push(file),
                    }
                }
                Some(Kind::Feed(feed)) => found.feeds.push(feed),
                None if named => return Err(FeedError::Unknown(file)),
                None => found.ignored.push(file),
            }
        }
    }
    found.feeds.extend(lists.into_values().map(Feed::DebianLists));
    Ok(found)
}

fn collect(root: &Path, folder: &Path, depth: usize, files: &mut Vec<PathBuf>) -> Result<(), FeedError> {
    let too_many = || FeedError::TooMany { path: root.to_owned(), limit: FILE_LIMIT };
    if depth > DEPTH_LIMIT {
        return Err(too_many());
    }
    let fault = |source| FeedError::Read { path: folder.to_owned(), source };
    for entry in std::fs::read_dir(folder).map_err(fault)? {
        let entry = entry.map_err(fault)?;
        let path = entry.path();
        let kind = entry.file_type().map_err(fault)?;
        if kind.is_dir() {
            collect(root, &path, depth + 1, files)?;
        } else if kind.is_file() || (kind.is_symlink() && path.is_file()) {
            if files.len() >= FILE_LIMIT {
                return Err(too_many());
            }
            files.push(path);
        }
    }
    Ok(())
}

enum Kind {
    Feed(Feed),
    /// A list of the Debian tracker: the folder that holds all of them, and `CVE`, `DSA` or `DLA`.
    List(PathBuf, &'static str),
}

fn kind_of(path: &Path) -> Result<Option<Kind>, FeedError> {
    if path.file_name().is_some_and(|name| name == "list") {
        let parent = path.parent().unwrap_or(Path::new(""));
        let name =
            ["CVE", "DSA", "DLA", "DTSA"].into_iter().find(|n| parent.file_name().is_some_and(|p| p == *n));
        if let Some(name) = name {
            return Ok(Some(Kind::List(parent.parent().unwrap_or(Path::new("")).to_owned(), name)));
        }
    }
    let fault = |source| FeedError::Read { path: path.to_owned(), source };
    let mut magic = Vec::new();
    std::fs::File::open(path).and_then(|f| f.take(32).read_to_end(&mut magic)).map_err(fault)?;
    let own = path.to_owned();
    if magic.starts_with(b"PK\x03\x04") || magic.starts_with(b"PK\x05\x06") {
        return Ok(Some(Kind::Feed(Feed::OsvZip(own))));
    }
    if crate::import::is_bbolt(&magic) {
        return Ok(Some(Kind::Feed(Feed::Trivy(own))));
    }
    let mut front = Vec::new();
    // What cannot be decompressed is no feed; a named file then says that it is unknown.
    if input::open(path, u64::MAX)?.take(FRONT).read_to_end(&mut front).is_err() {
        return Ok(None);
    }
    Ok(by_content(own, &front).map(Kind::Feed))
}

fn by_content(path: PathBuf, front: &[u8]) -> Option<Feed> {
    if front.get(257..262) == Some(b"ustar") {
        return Some(Feed::Trivy(path));
    }
    let first = front.iter().find(|b| !b.is_ascii_whitespace())?;
    if matches!(first, b'{' | b'[') {
        return by_keys(path, &sniff::keys(front, 4000));
    }
    let mut lines = front.split(|b| *b == b'\n').filter(|line| !line.starts_with(b"#"));
    let head = lines.next()?;
    (head.starts_with(b"cve,epss") || (head.starts_with(b"CVE-") && head.split(|b| *b == b',').count() == 3))
        .then_some(Feed::Epss(path))
}

fn by_keys(path: PathBuf, keys: &[(u8, String)]) -> Option<Feed> {
    let has = |depth: u8, name: &str| keys.iter().any(|(d, key)| *d == depth && key == name);
    if has(1, "$schema") || has(1, "bomFormat") {
        return None;
    }
    if has(1, "vulnerabilities") && (has(1, "catalogVersion") || has(1, "dateReleased")) {
        return Some(Feed::Kev(path));
    }
    if has(1, "packages") && (has(1, "distroversion") || has(1, "reponame") || has(1, "urlprefix")) {
        return Some(Feed::AlpineSecdb(path));
    }
    if (has(1, "id") && has(1, "affected"))
        || (has(2, "id") && has(2, "affected"))
        || has(1, "schema_version")
    {
        return Some(Feed::OsvJson(path));
    }
    let issue = |key: &str| key.starts_with("CVE-") || key.starts_with("TEMP-");
    (keys.iter().any(|(d, key)| *d == 2 && issue(key)) && has(3, "releases"))
        .then_some(Feed::DebianJson(path))
}
