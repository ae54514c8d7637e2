//! Licences of Debian packages, which stand in their documentation and not in dpkg's database.

use super::FileFacts;
use batten_model::PackageKind;
use std::collections::HashMap;

/// Gives dpkg's packages the licences that copyright files tell. A package whose documentation folder is a link to
/// that of another package of the same source has the licence of that source.
#[expect(clippy::ptr_arg, reason = "the signature of every relation")]
pub(super) fn relate(files: &mut Vec<FileFacts>) {
    let mut by_package: HashMap<String, String> = HashMap::new();
    for file in files.iter_mut() {
        by_package.extend(std::mem::take(&mut file.facts.licences));
    }
    if by_package.is_empty() {
        return;
    }
    let mut by_source: HashMap<String, String> = HashMap::new();
    for_each(files, |package| {
        if let Some(licence) = by_package.get(&package.name) {
            package.licence = Some(licence.clone());
            let source = package.source_or_self().0.to_owned();
            by_source.entry(source).or_insert_with(|| licence.clone());
        }
    });
    for_each(files, |package| {
        if package.licence.is_none() {
            package.licence = by_source.get(package.source_or_self().0).cloned();
        }
    });
}

fn for_each(files: &mut [FileFacts], mut change: impl FnMut(&mut batten_model::Package)) {
    for file in files.iter_mut() {
        file.facts
            .packages
            .iter_mut()
            .filter(|package| package.kind == PackageKind::Deb)
            .for_each(&mut change);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::Facts;
    use batten_model::{Location, Package, SourcePackage};

    #[test]
    fn licences_come_by_name_then_by_source() {
        let deb = |name: &str, source: &str| {
            let mut package = Package::new(PackageKind::Deb, name, "1", Location::at("var/lib/dpkg/status"));
            package.source = Some(SourcePackage { name: source.into(), version: "1".into() });
            package
        };
        let file = |path: &str, facts: Facts| FileFacts { path: path.into(), layer: 0, format: "x", facts };
        let packages = vec![deb("libgcc-s1", "gcc-12"), deb("gcc-12-base", "gcc-12"), deb("bash", "bash")];
        let licences = vec![("gcc-12-base".to_owned(), "GPL-3.0-or-later".to_owned())];
        let mut files = vec![
            file("usr/share/doc/gcc-12-base/copyright", Facts { licences, ..Facts::default() }),
            file("var/lib/dpkg/status", Facts { packages, ..Facts::default() }),
        ];
        relate(&mut files);
        let got: Vec<Option<&str>> = files[1].facts.packages.iter().map(|p| p.licence.as_deref()).collect();
        assert_eq!(got, [Some("GPL-3.0-or-later"), Some("GPL-3.0-or-later"), None]);
    }
}
