//! `packages[]`.

use batten_model::{
    DependencyPath, Inventory, Location, Origin, Package, PackageKind, Purl, Scope, SourcePackage,
};
use serde::{Serialize, Serializer};

/// All packages of an inventory, each made when its turn comes.
pub(super) struct Packages<'a>(pub(super) &'a Inventory);

impl Serialize for Packages<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let os = self.0.os.present();
        serializer.collect_seq(self.0.packages.iter().map(|package| Entry::of(package, package.purl(os))))
    }
}

#[derive(Serialize)]
struct Entry<'a> {
    #[serde(rename = "ref")]
    reference: String,
    purl: Purl,
    name: &'a str,
    version: &'a str,
    #[serde(rename = "type")]
    kind: PackageKind,
    #[serde(skip_serializing_if = "Option::is_none")]
    arch: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    source: Option<&'a SourcePackage>,
    #[serde(skip_serializing_if = "Option::is_none")]
    vendor: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    module: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    licence: Option<&'a str>,
    locations: &'a [Location],
    origin: Origin,
    scope: Scope,
    #[serde(skip_serializing_if = "Option::is_none")]
    owner: Option<&'a str>,
    #[serde(skip_serializing_if = "DependencyPath::is_empty")]
    dependency_path: &'a DependencyPath,
    #[serde(skip_serializing_if = "Option::is_none")]
    running: Option<bool>,
}

impl<'a> Entry<'a> {
    fn of(package: &'a Package, purl: Purl) -> Entry<'a> {
        Entry {
            reference: package.reference(),
            purl,
            name: &package.name,
            version: &package.version,
            kind: package.kind,
            arch: package.arch.as_deref(),
            source: package.source.as_ref(),
            vendor: package.vendor.as_deref(),
            module: package.module.as_deref(),
            licence: package.licence.as_deref(),
            locations: &package.locations,
            origin: package.origin,
            scope: package.scope,
            owner: package.owner.as_deref(),
            dependency_path: &package.dependency_path,
            running: package.running,
        }
    }
}
