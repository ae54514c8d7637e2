//! What lock files and manifests only declare. In an image or on a host it is not installed by that alone; but what
//! a lock file tells of an installed package (why it is there, what it is needed for) is taken over.

use crate::relations::FileFacts;
use batten_model::{DependencyPath, Origin, Package, PackageKind, Scope};
use std::collections::{HashMap, HashSet};

/// What a declaration tells.
struct Declaration {
    folder: String,
    dependency_path: DependencyPath,
    scope: Scope,
}

type Declarations = HashMap<(PackageKind, String, String), Vec<Declaration>>;

/// What an installed package and a declaration of it have in common.
type Key<'a> = (PackageKind, &'a str, &'a str);

fn key(package: &Package) -> Key<'_> {
    (package.kind, &package.name, &package.version)
}

/// Enriches installed packages; then, unless `keep`, takes what is only declared out. Returns the files from which
/// everything was taken out, sorted.
pub(super) fn apply(files: &mut [FileFacts], keep: bool) -> Vec<String> {
    let declarations = declarations(files);
    let mut left_out = Vec::new();
    for file in files.iter_mut() {
        let packages = &mut file.facts.packages;
        for package in packages.iter_mut().filter(|package| package.origin == Origin::Installed) {
            enrich(package, &declarations);
        }
        if !keep && packages.iter().any(|package| package.origin == Origin::Declared) {
            packages.retain(|package| package.origin == Origin::Installed);
            if packages.is_empty() {
                left_out.push(file.path.clone());
            }
        }
    }
    left_out.sort();
    left_out.dedup();
    left_out
}

/// What is told of packages that are installed.
fn declarations(files: &[FileFacts]) -> Declarations {
    let packages = || files.iter().flat_map(|file| &file.facts.packages);
    let installed: HashSet<Key<'_>> =
        packages().filter(|package| package.origin == Origin::Installed).map(key).collect();
    let mut declarations = Declarations::new();
    for file in files {
        let folder = file.path.rsplit_once('/').map_or("", |(folder, _)| folder);
        let declared = file.facts.packages.iter().filter(|package| package.origin == Origin::Declared);
        for package in declared.filter(|package| installed.contains(&key(package))) {
            declarations
                .entry((package.kind, package.name.clone(), package.version.clone()))
                .or_default()
                .push(Declaration {
                    folder: folder.to_owned(),
                    dependency_path: package.dependency_path.clone(),
                    scope: package.scope,
                });
        }
    }
    declarations
}

/// Takes over what the nearest lock file above the package tells.
fn enrich(package: &mut Package, declarations: &Declarations) {
    if declarations.is_empty() {
        return;
    }
    let key = (package.kind, package.name.clone(), package.version.clone());
    let Some(candidates) = declarations.get(&key) else { return };
    let path = package.locations.first().map_or("", |location| location.path.as_str());
    let nearest = candidates.iter().filter(|declaration| is_below(path, &declaration.folder)).max_by_key(
        |declaration| (declaration.folder.len(), std::cmp::Reverse(declaration.dependency_path.len())),
    );
    if let Some(declaration) = nearest {
        if package.dependency_path.is_empty() {
            package.dependency_path = declaration.dependency_path.clone();
        }
        if package.scope == Scope::Runtime {
            package.scope = declaration.scope;
        }
    }
}

fn is_below(path: &str, folder: &str) -> bool {
    folder.is_empty() || path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::Facts;
    use batten_model::Location;

    fn file(path: &str, origin: Origin, steps: &[&str]) -> FileFacts {
        let mut package = Package::new(PackageKind::Npm, "a", "1", Location::at(path));
        package.origin = origin;
        package.dependency_path = steps.iter().copied().collect();
        let facts = Facts { packages: vec![package], ..Facts::default() };
        FileFacts { path: path.to_owned(), layer: 0, format: "x", facts }
    }

    #[test]
    fn the_nearest_lock_file_tells() {
        let mut files = [
            file("app/node_modules/a/package.json", Origin::Installed, &[]),
            file("app/package-lock.json", Origin::Declared, &["b@1", "a@1"]),
            file("appendix/package-lock.json", Origin::Declared, &["c@1", "a@1"]),
            file("package-lock.json", Origin::Declared, &["d@1", "a@1"]),
        ];
        let left_out = apply(&mut files, false);
        assert_eq!(files[0].facts.packages[0].dependency_path.steps(), ["b@1", "a@1"]);
        assert_eq!(left_out, ["app/package-lock.json", "appendix/package-lock.json", "package-lock.json"]);
        assert!(files[1].facts.packages.is_empty());
    }

    #[test]
    fn folders_keep_what_is_declared() {
        let mut files = [file("package-lock.json", Origin::Declared, &["a@1"])];
        assert!(apply(&mut files, true).is_empty());
        assert_eq!(files[0].facts.packages.len(), 1);
    }
}
