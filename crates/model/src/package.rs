//! One installed or declared package.

use crate::dependency_path::DependencyPath;
use crate::digest::Digest;
use crate::os_release::OsRelease;
use crate::purl::Purl;
use serde::{Deserialize, Serialize};

/// The ecosystem that a package belongs to. The serialized word is the `type` of reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PackageKind {
    /// Alpine and Wolfi packages.
    Apk,
    /// Rust crates.
    Cargo,
    /// Debian packages.
    Deb,
    /// A program known by its own version only; its purl type is `generic`.
    Generic,
    /// Go modules, and Go's standard library as `stdlib`.
    Golang,
    /// Kubernetes' own components on a host (`k8s.io/kubelet` …), judged by the Kubernetes feed.
    Kubernetes,
    /// Java artifacts; the name is `group:artifact`.
    Maven,
    /// Node packages; the name holds its scope (`@scope/name`).
    Npm,
    /// Python distributions; the name is normalised (PEP 503).
    Pypi,
    /// RPM packages.
    Rpm,
}

impl PackageKind {
    /// The word that reports use.
    pub fn as_str(self) -> &'static str {
        match self {
            PackageKind::Apk => "apk",
            PackageKind::Cargo => "cargo",
            PackageKind::Deb => "deb",
            PackageKind::Generic => "generic",
            PackageKind::Golang => "golang",
            PackageKind::Kubernetes => "kubernetes",
            PackageKind::Maven => "maven",
            PackageKind::Npm => "npm",
            PackageKind::Pypi => "pypi",
            PackageKind::Rpm => "rpm",
        }
    }

    /// True for packages that the distribution's own package manager installs.
    pub fn is_os(self) -> bool {
        matches!(self, PackageKind::Apk | PackageKind::Deb | PackageKind::Rpm)
    }
}

/// Whether a package is there, or only asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Origin {
    /// Its files are there: a package database, an installed module, a binary's build information.
    #[default]
    Installed,
    /// A lock file or manifest names it.
    Declared,
}

/// What a declared package is needed for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Scope {
    /// At run time, or nothing else is known.
    #[default]
    Runtime,
    /// For development, building or testing only.
    Development,
    /// Only where the platform or a feature asks for it.
    Optional,
}

/// Where a package was found.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Location {
    /// Path from the root of the subject, without a leading slash; `outer.jar!inner.jar` inside archives.
    pub path: String,
    /// The layer's uncompressed digest (diff ID), for images.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub layer: Option<Digest>,
    /// The line of the file that names it, counted from 1, for lock files where it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
}

impl Location {
    /// A place known by its path alone.
    pub fn at(path: impl Into<String>) -> Location {
        Location { path: path.into(), layer: None, line: None }
    }
}

/// The source package that a distribution built a binary package from. Advisories mostly name sources.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct SourcePackage {
    /// Source name.
    pub name: String,
    /// Source version; the binary's own where they do not differ.
    pub version: String,
}

/// One package.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Package {
    /// Ecosystem.
    pub kind: PackageKind,
    /// Name in the ecosystem's canonical spelling; see [`PackageKind`].
    pub name: String,
    /// Version as the ecosystem writes it: with epoch and revision for deb, `[epoch:]version-release` for RPM.
    pub version: String,
    /// Architecture of a binary package, in the distribution's words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub arch: Option<String>,
    /// Source package, for distributions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<SourcePackage>,
    /// Vendor or origin as the package itself states it (RPM's Vendor, dpkg's Origin).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vendor: Option<String>,
    /// RPM's modularity label (`name:stream:version:context:arch`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub module: Option<String>,
    /// Licence as an SPDX expression; what is no SPDX licence is a `LicenseRef-`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub licence: Option<String>,
    /// All places where the same package was found, sorted.
    pub locations: Vec<Location>,
    /// There, or only asked for.
    #[serde(default)]
    pub origin: Origin,
    /// What it is needed for.
    #[serde(default)]
    pub scope: Scope,
    /// [`Package::reference`] of the OS package whose files these are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// Why it is there, where a lock file tells.
    #[serde(default, skip_serializing_if = "DependencyPath::is_empty")]
    pub dependency_path: DependencyPath,
    /// For kernels on a host: whether this is the one that runs. `None` where the question does not arise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub running: Option<bool>,
}

impl Package {
    /// A package with a name, version and place, and nothing else known.
    pub fn new(
        kind: PackageKind,
        name: impl Into<String>,
        version: impl Into<String>,
        location: Location,
    ) -> Package {
        Package {
            kind,
            name: name.into(),
            version: version.into(),
            arch: None,
            source: None,
            vendor: None,
            module: None,
            licence: None,
            locations: vec![location],
            origin: Origin::Installed,
            scope: Scope::Runtime,
            owner: None,
            dependency_path: DependencyPath::new(),
            running: None,
        }
    }

    /// The name by which findings and other packages refer to this one within a report: type, name, version and,
    /// for language packages, the first place.
    pub fn reference(&self) -> String {
        let base = format!("{}:{}@{}", self.kind.as_str(), self.name, self.version);
        match (self.kind.is_os(), &self.arch, self.locations.first()) {
            (true, Some(arch), _) => format!("{base}?arch={arch}"),
            (false, _, Some(place)) => format!("{base}#{}", place.path),
            _ => base,
        }
    }

    /// The package URL; `os` gives OS packages their namespace and `distro` qualifier.
    pub fn purl(&self, os: Option<&OsRelease>) -> Purl {
        Purl::of(self, os)
    }

    /// Source name and version, which are the package's own where no source package is known.
    pub fn source_or_self(&self) -> (&str, &str) {
        self.source.as_ref().map_or((&self.name, &self.version), |s| (&s.name, &s.version))
    }
}
