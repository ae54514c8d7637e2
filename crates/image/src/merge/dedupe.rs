//! Each package once, with all the places where it was found.

use batten_model::{Origin, Package, PackageKind, Scope};
use std::collections::BTreeMap;

/// What makes two finds one package. A copy that an OS package owns is judged by the distribution and so is another
/// package than one that nobody owns.
type Key = (PackageKind, String, String, Option<String>, Option<String>);

/// Packages sorted by kind, name, version and first place.
pub(crate) fn dedupe(packages: impl Iterator<Item = Package>) -> Vec<Package> {
    let mut unique: BTreeMap<Key, Package> = BTreeMap::new();
    for package in packages {
        let key = (
            package.kind,
            package.name.clone(),
            package.version.clone(),
            package.arch.clone(),
            package.owner.clone(),
        );
        match unique.get_mut(&key) {
            Some(known) => absorb(known, package),
            None => {
                unique.insert(key, package);
            }
        }
    }
    let mut packages: Vec<Package> = unique.into_values().collect();
    for package in &mut packages {
        package.locations.sort();
        package.locations.dedup();
    }
    packages.sort_by(|a, b| {
        (a.kind, &a.name, &a.version, &a.locations, &a.arch).cmp(&(
            b.kind,
            &b.name,
            &b.version,
            &b.locations,
            &b.arch,
        ))
    });
    packages
}

/// Adds what another find of the same package knows.
fn absorb(known: &mut Package, other: Package) {
    known.locations.extend(other.locations);
    known.source = known.source.take().or(other.source);
    known.vendor = known.vendor.take().or(other.vendor);
    known.module = known.module.take().or(other.module);
    known.licence = known.licence.take().or(other.licence);
    known.running = match (known.running, other.running) {
        (Some(a), Some(b)) => Some(a || b),
        (a, b) => a.or(b),
    };
    // What is needed at run time by one user is needed at run time.
    if other.scope == Scope::Runtime || (known.scope == Scope::Development && other.scope == Scope::Optional)
    {
        known.scope = other.scope;
    }
    if other.origin == Origin::Installed {
        known.origin = Origin::Installed;
    }
    let shorter = known.dependency_path.is_empty()
        || (!other.dependency_path.is_empty() && other.dependency_path.len() < known.dependency_path.len());
    if shorter {
        known.dependency_path = other.dependency_path;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use batten_model::Location;

    #[test]
    fn places_come_together() {
        let at = |path: &str| Package::new(PackageKind::Npm, "a", "1", Location::at(path));
        let mut declared = at("package-lock.json");
        declared.origin = Origin::Declared;
        declared.scope = Scope::Development;
        declared.dependency_path = vec!["a@1".to_owned()];
        let mut owned = at("usr/share/nodejs/a/package.json");
        owned.owner = Some("deb:node-a@1".to_owned());
        let packages = dedupe([at("z"), declared, owned, at("b"), at("b")].into_iter());
        assert_eq!(packages.len(), 2);
        let places: Vec<&str> = packages[0].locations.iter().map(|l| l.path.as_str()).collect();
        assert_eq!(places, ["b", "package-lock.json", "z"]);
        assert_eq!((packages[0].origin, packages[0].scope), (Origin::Installed, Scope::Runtime));
        assert_eq!(packages[0].dependency_path, ["a@1"]);
    }
}
