//! Which of several release files names the distribution.
//!
//! `etc/os-release` goes before `usr/lib/os-release` (os-release(5)), and both before the older files of a family,
//! of which the distribution's own goes before the one that it has for compatibility (`redhat-release` is in all of
//! Red Hat's descendants, `debian_version` in Ubuntu). Debian's testing and unstable have no `VERSION_ID`; their
//! code name stands in `debian_version`.

use super::FileFacts;
use batten_model::OsRelease;

/// Release files from the most to the least telling; what is not named here stands before the last two lines.
const FIRST: &[&str] = &["etc/os-release", "usr/lib/os-release"];
const LAST: &[&str] = &[
    "etc/redhat-release",
    "etc/system-release",
    "usr/lib/system-release",
    "etc/lsb-release",
    "etc/debian_version",
];

/// Leaves the distribution in one file's facts.
#[expect(clippy::ptr_arg, reason = "the signature of every relation")]
pub(super) fn relate(files: &mut Vec<FileFacts>) {
    let best = files
        .iter()
        .enumerate()
        .filter_map(|(at, file)| Some((file.facts.os.as_ref()?.id.is_empty(), rank(&file.path), at)))
        .min();
    let Some((_, _, chosen)) = best else { return };
    let debian =
        files.iter().find(|file| file.path == "etc/debian_version").and_then(|file| file.facts.os.clone());
    for (at, file) in files.iter_mut().enumerate() {
        if at != chosen {
            file.facts.os = None;
        } else if let (Some(os), Some(debian)) = (&mut file.facts.os, &debian) {
            complete(os, debian);
        }
    }
}

fn rank(path: &str) -> usize {
    if let Some(at) = FIRST.iter().position(|first| *first == path) {
        return at;
    }
    LAST.iter().position(|last| *last == path).map_or(FIRST.len(), |at| FIRST.len() + 1 + at)
}

/// Debian's release files without `VERSION_ID` take what `debian_version` says.
fn complete(os: &mut OsRelease, debian: &OsRelease) {
    if os.id == "debian" && os.version_id.is_empty() {
        os.version_id.clone_from(&debian.version_id);
        if os.codename.is_empty() {
            os.codename.clone_from(&debian.codename);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::Facts;

    fn file(path: &str, id: &str, version: &str, codename: &str) -> FileFacts {
        let os = OsRelease {
            id: id.into(),
            version_id: version.into(),
            codename: codename.into(),
            ..OsRelease::default()
        };
        let facts = Facts { os: Some(os), ..Facts::default() };
        FileFacts { path: path.into(), layer: 0, format: "os_release", facts }
    }

    fn chosen(mut files: Vec<FileFacts>) -> (String, String, String) {
        relate(&mut files);
        let mut left = files.into_iter().filter_map(|file| file.facts.os);
        let os = left.next().unwrap();
        assert_eq!(left.next(), None);
        (os.id, os.version_id, os.codename)
    }

    #[test]
    fn os_release_goes_first_and_compatibility_last() {
        let os = chosen(vec![
            file("etc/debian_version", "debian", "", "bookworm"),
            file("usr/lib/os-release", "ubuntu", "24.04", "noble"),
        ]);
        assert_eq!(os.0, "ubuntu");
        let os = chosen(vec![
            file("etc/redhat-release", "centos", "7.9", ""),
            file("etc/rocky-release", "rocky", "8", ""),
        ]);
        assert_eq!(os.0, "rocky");
        let os = chosen(vec![
            file("etc/alpine-release", "alpine", "3.18", ""),
            file("etc/os-release", "", "", ""),
        ]);
        assert_eq!(os.0, "alpine");
    }

    #[test]
    fn debian_without_a_version_takes_its_code_name() {
        let os = chosen(vec![
            file("etc/debian_version", "debian", "", "trixie"),
            file("etc/os-release", "debian", "", ""),
        ]);
        assert_eq!(os, ("debian".into(), String::new(), "trixie".into()));
    }
}
