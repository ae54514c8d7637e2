//! Language packages whose files belong to an OS package.
//!
//! Such a package stays listed once, with the [`Package::reference`] of its owner: the distribution patches and
//! judges it, whatever its upstream version says. Files and packages may come from different layers. A package whose
//! place is a folder (`x.dist-info`, `x.egg-info`) is told by a path into that folder or by the folder itself.

use super::FileFacts;
use crate::facts::path_hash;
use crate::formats::dpkg_files::NOTE_DIVERSION;
use batten_model::Package;
use std::collections::{HashMap, HashSet};

/// Sets the owner of every language package that has one.
#[expect(clippy::ptr_arg, reason = "the signature of every relation")]
pub(super) fn relate(files: &mut Vec<FileFacts>) {
    let wanted = wanted_places(files);
    if wanted.is_empty() {
        return;
    }
    let owners = owners(files, &wanted);
    if owners.is_empty() {
        return;
    }
    for package in files.iter_mut().flat_map(|file| &mut file.facts.packages).filter(|p| !p.kind.is_os()) {
        if package.owner.is_none() {
            let owner = places(package).find_map(|place| owners.get(&place)).cloned();
            package.owner = owner;
        }
    }
}

/// Hashes of the places of language packages: few, beside all the files that OS packages own.
fn wanted_places(files: &[FileFacts]) -> HashSet<u64> {
    let packages = files.iter().flat_map(|file| &file.facts.packages);
    packages.filter(|package| !package.kind.is_os()).flat_map(places).collect()
}

/// The file of a package's first place; what lies inside an archive belongs to whoever owns the archive.
fn places(package: &Package) -> impl Iterator<Item = u64> {
    let path = package.locations.first().map(|place| place.path.as_str()).unwrap_or_default();
    let file = path.split_once('!').map_or(path, |(archive, _)| archive);
    let folder = file
        .rsplit_once('/')
        .map(|(folder, _)| folder)
        .filter(|folder| [".dist-info", ".egg-info"].iter().any(|suffix| folder.ends_with(suffix)));
    std::iter::once(path_hash(file)).chain(folder.map(path_hash))
}

/// Owners of the wanted places, with diversions applied.
fn owners(files: &[FileFacts], wanted: &HashSet<u64>) -> HashMap<u64, String> {
    let diversions = diversions(files);
    let references = References::of(files);
    let mut owners = HashMap::new();
    for owned in files.iter().flat_map(|file| &file.facts.owned) {
        let mut reference: Option<Option<String>> = None;
        for file in &owned.files {
            let place = match diversions.get(file) {
                Some((to, by)) if by != owned.package.split(':').next().unwrap_or_default() => to,
                _ => file,
            };
            if !wanted.contains(place) {
                continue;
            }
            let name = reference.get_or_insert_with(|| references.find(&owned.package));
            if let Some(name) = name {
                owners.entry(*place).or_insert_with(|| name.clone());
            }
        }
    }
    owners
}

/// Path, the path that it was moved to, and the package whose own file stays.
fn diversions(files: &[FileFacts]) -> HashMap<u64, (u64, String)> {
    let notes = files.iter().flat_map(|file| &file.facts.notes).filter(|(key, _)| key == NOTE_DIVERSION);
    notes
        .filter_map(|(_, value)| {
            let mut words = value.splitn(3, ' ');
            let mut hash = || u64::from_str_radix(words.next()?, 16).ok();
            let (from, to) = (hash()?, hash()?);
            Some((from, (to, words.next()?.to_owned())))
        })
        .collect()
}

/// OS packages by the names that file lists give them.
struct References<'a> {
    by_name: HashMap<&'a str, &'a Package>,
    by_architecture: HashMap<(&'a str, &'a str), &'a Package>,
    complete: HashSet<String>,
}

impl<'a> References<'a> {
    fn of(files: &'a [FileFacts]) -> References<'a> {
        let (mut by_name, mut by_architecture) = (HashMap::new(), HashMap::new());
        let mut complete = HashSet::new();
        for package in files.iter().flat_map(|file| &file.facts.packages).filter(|p| p.kind.is_os()) {
            by_name.entry(package.name.as_str()).or_insert(package);
            if let Some(arch) = &package.arch {
                by_architecture.insert((package.name.as_str(), arch.as_str()), package);
            }
            complete.insert(package.reference());
        }
        References { by_name, by_architecture, complete }
    }

    /// `name`, `name:arch` or a whole reference; nothing for a list that a removed package left behind.
    fn find(&self, name: &str) -> Option<String> {
        if self.complete.contains(name) {
            return Some(name.to_owned());
        }
        let found = match name.split_once(':') {
            Some((name, arch)) => self.by_architecture.get(&(name, arch)),
            None => self.by_name.get(name),
        };
        found.map(|package| package.reference())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::{Facts, OwnedFiles};
    use batten_model::{Location, PackageKind};

    fn file(path: &str, layer: usize, facts: Facts) -> FileFacts {
        FileFacts { path: path.into(), layer, format: "x", facts }
    }

    fn deb(name: &str, arch: &str) -> Package {
        let mut package = Package::new(PackageKind::Deb, name, "1", Location::at("var/lib/dpkg/status"));
        package.arch = Some(arch.into());
        package
    }

    fn owned(package: &str, paths: &[&str]) -> OwnedFiles {
        OwnedFiles { package: package.into(), files: paths.iter().map(|path| path_hash(path)).collect() }
    }

    fn owner_of(path: &str, owned: OwnedFiles, notes: Vec<(String, String)>) -> Option<String> {
        let python = Package::new(PackageKind::Pypi, "x", "1", Location::at(path));
        let mut files = vec![
            file(path, 2, Facts { packages: vec![python], ..Facts::default() }),
            file("var/lib/dpkg/info/a.list", 0, Facts { owned: vec![owned], ..Facts::default() }),
            file("var/lib/dpkg/diversions", 0, Facts { notes, ..Facts::default() }),
            file(
                "var/lib/dpkg/status",
                1,
                Facts { packages: vec![deb("a", "amd64"), deb("a", "i386")], ..Facts::default() },
            ),
        ];
        relate(&mut files);
        files[0].facts.packages[0].owner.clone()
    }

    const METADATA: &str = "usr/lib/python3/dist-packages/x-1.dist-info/METADATA";

    #[test]
    fn files_have_owners() {
        let amd64 = Some("deb:a@1?arch=amd64".to_owned());
        assert_eq!(owner_of(METADATA, owned("a", &[METADATA]), vec![]), amd64);
        assert_eq!(
            owner_of(METADATA, owned("a:amd64", &["/usr/lib/python3/dist-packages/x-1.dist-info"]), vec![]),
            amd64
        );
        assert_eq!(
            owner_of(METADATA, owned("a:i386", &[METADATA]), vec![]),
            Some("deb:a@1?arch=i386".to_owned())
        );
        assert_eq!(owner_of("lib/x.jar!in.jar", owned("a:amd64", &["usr/lib/x.jar"]), vec![]), amd64);
        assert_eq!(owner_of(METADATA, owned("deb:a@1?arch=amd64", &[METADATA]), vec![]), amd64);
        assert_eq!(owner_of(METADATA, owned("removed", &[METADATA]), vec![]), None);
        assert_eq!(owner_of(METADATA, owned("a", &["usr/lib/other"]), vec![]), None);
    }

    #[test]
    fn diverted_files_lie_elsewhere() {
        let note = |by: &str| {
            let value = format!("{:016x} {:016x} {by}", path_hash("usr/bin/x"), path_hash("usr/bin/x.real"));
            vec![(NOTE_DIVERSION.to_owned(), value)]
        };
        let owner =
            |path: &str, by: &str| owner_of(path, owned("a:amd64", &["usr/bin/x"]), note(by)).is_some();
        assert!(owner("usr/bin/x.real", "other") && !owner("usr/bin/x", "other"));
        assert!(owner("usr/bin/x", "a") && !owner("usr/bin/x.real", "a"));
        assert!(owner("usr/bin/x.real", ":"));
    }
}
