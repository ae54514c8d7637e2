//! Each package once, with all the places where it was found.

use batten_model::{Location, Origin, Package, PackageKind, Scope};
use std::cmp::Ordering;

/// What makes two finds one package. A copy that an OS package owns is judged by the distribution and so is another
/// package than one that nobody owns.
type Key<'a> = (PackageKind, &'a str, &'a str, Option<&'a str>, Option<&'a str>);

fn key(package: &Package) -> Key<'_> {
    (package.kind, &package.name, &package.version, package.arch.as_deref(), package.owner.as_deref())
}

/// Packages sorted by kind, name, version and first place.
pub(crate) fn dedupe(mut packages: Vec<Package>) -> Vec<Package> {
    sort(&mut packages, |a, b| key(a).cmp(&key(b)));
    packages.dedup_by(|other, known| {
        let is_same = key(other) == key(known);
        if is_same {
            absorb(known, other);
        }
        is_same
    });
    for package in &mut packages {
        package.locations.sort();
        package.locations.dedup();
    }
    sort(&mut packages, |a, b| shown_at(a).cmp(&shown_at(b)));
    packages
}

/// What decides where reports show a package.
fn shown_at(package: &Package) -> (PackageKind, &str, &str, &[Location], Option<&str>) {
    (package.kind, &package.name, &package.version, &package.locations, package.arch.as_deref())
}

/// Sorts in place, equal packages staying in their order: a sort of packages themselves would take room for half of
/// them once more.
fn sort(packages: &mut [Package], order: impl Fn(&Package, &Package) -> Ordering) {
    if packages.is_sorted_by(|a, b| order(a, b) != Ordering::Greater) {
        return;
    }
    let mut places: Vec<usize> = (0..packages.len()).collect();
    places.sort_by(|a, b| match (packages.get(*a), packages.get(*b)) {
        (Some(a), Some(b)) => order(a, b),
        _ => Ordering::Equal,
    });
    let mut targets = vec![0; places.len()];
    for (target, place) in places.into_iter().enumerate() {
        if let Some(slot) = targets.get_mut(place) {
            *slot = target;
        }
    }
    for index in 0..targets.len() {
        // Each exchange brings one package to its place for good.
        while let Some(target) = targets.get(index).copied().filter(|target| *target != index) {
            packages.swap(index, target);
            targets.swap(index, target);
        }
    }
}

/// Adds what another find of the same package knows.
fn absorb(known: &mut Package, other: &mut Package) {
    known.locations.append(&mut other.locations);
    known.source = known.source.take().or(other.source.take());
    known.vendor = known.vendor.take().or(other.vendor.take());
    known.module = known.module.take().or(other.module.take());
    known.licence = known.licence.take().or(other.licence.take());
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
        known.dependency_path = std::mem::take(&mut other.dependency_path);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_come_together() {
        let at = |path: &str| Package::new(PackageKind::Npm, "a", "1", Location::at(path));
        let mut declared = at("package-lock.json");
        declared.origin = Origin::Declared;
        declared.scope = Scope::Development;
        declared.dependency_path = ["a@1"].into_iter().collect();
        let mut owned = at("usr/share/nodejs/a/package.json");
        owned.owner = Some("deb:node-a@1".to_owned());
        let packages = dedupe(vec![at("z"), declared, owned, at("b"), at("b")]);
        assert_eq!(packages.len(), 2);
        let places: Vec<&str> = packages[0].locations.iter().map(|l| l.path.as_str()).collect();
        assert_eq!(places, ["b", "package-lock.json", "z"]);
        assert_eq!((packages[0].origin, packages[0].scope), (Origin::Installed, Scope::Runtime));
        assert_eq!(packages[0].dependency_path.steps(), ["a@1"]);
    }
}
