//! Which OS packages speak for the files in them. A distribution's advisories know the patches of its own packages;
//! they know nothing of packages that others put on the machine (Docker's `containerd.io`, Kubernetes' `kubelet`,
//! NodeSource's `nodejs`), whose programs are judged like those that no package owns.

use super::distribution::Distribution;
use super::source::AdvisorySource;
use batten_model::{Inventory, Package, PackageKind};
use std::collections::{BTreeMap, BTreeSet};

/// Words in a Debian package's `Origin` or `Maintainer` that tell a distribution's own package.
const DEBIAN_FAMILY: &[&str] =
    &["canonical", "debian", "devuan", "kali", "raspberrypi", "raspbian", "ubuntu"];

/// The packages of others among the owners of files.
pub(super) struct Owners {
    foreign: BTreeSet<String>,
}

impl Owners {
    /// Looks at all owners that the inventory's packages name.
    pub(super) fn of(
        inventory: &Inventory,
        distribution: &Distribution,
        database: &dyn AdvisorySource,
    ) -> Owners {
        let named: BTreeSet<&str> =
            inventory.packages.iter().filter_map(|package| package.owner.as_deref()).collect();
        if named.is_empty() {
            return Owners { foreign: BTreeSet::new() };
        }
        let vendor = usual_vendor(&inventory.packages);
        let foreign = inventory
            .packages
            .iter()
            .filter(|package| package.kind.is_os())
            .map(|package| (package.reference(), package))
            .filter(|(reference, _)| named.contains(reference.as_str()))
            .filter(|(_, package)| {
                is_of_others(package, vendor, distribution) && !is_known(package, distribution, database)
            })
            .map(|(reference, _)| reference)
            .collect();
        Owners { foreign }
    }

    /// True where the distribution answers for a package's files.
    pub(super) fn vouch_for(&self, package: &Package) -> bool {
        package.owner.as_ref().is_some_and(|owner| !self.foreign.contains(owner))
    }
}

/// The vendor of most RPM packages: the distribution.
fn usual_vendor(packages: &[Package]) -> Option<&str> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    let of_rpm = packages.iter().filter(|package| package.kind == PackageKind::Rpm);
    for vendor in of_rpm.filter_map(|package| package.vendor.as_deref()) {
        *counts.entry(vendor).or_default() += 1;
    }
    counts.into_iter().max_by_key(|(_, count)| *count).map(|(vendor, _)| vendor)
}

/// Whether a package's own words say that it comes from elsewhere.
fn is_of_others(package: &Package, usual: Option<&str>, distribution: &Distribution) -> bool {
    let Some(vendor) = package.vendor.as_deref() else { return false };
    match package.kind {
        PackageKind::Rpm => usual.is_some_and(|usual| usual != vendor),
        // Debian's maintainers often give an address of their own: only the advisories tell for sure.
        PackageKind::Deb => {
            let vendor = vendor.to_ascii_lowercase();
            !distribution.ecosystems.is_empty() && !DEBIAN_FAMILY.iter().any(|word| vendor.contains(word))
        }
        _ => false,
    }
}

/// Whether the distribution has ever had an advisory on it. Where that cannot be read, it counts as known.
fn is_known(package: &Package, distribution: &Distribution, database: &dyn AdvisorySource) -> bool {
    let (source, _) = package.source_or_self();
    [source, package.name.as_str()].iter().any(|name| {
        distribution
            .ecosystems
            .iter()
            .any(|ecosystem| database.advisories(ecosystem, name).map_or(true, |known| !known.is_empty()))
    })
}
