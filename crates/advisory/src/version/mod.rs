//! The order of versions, exactly as each ecosystem defines it, and whether a version lies in an advisory's ranges.
//!
//! A version that its ecosystem cannot order is an error, never an answer: what it leaves open is "undetermined".
//!
//! | order | module | defined by |
//! | --- | --- | --- |
//! | Alpine, Wolfi | [`apk`] | apk-tools, `apk version` |
//! | Bitnami | [`bitnami`] | Semantic Versioning with Bitnami's revisions |
//! | Packagist | [`composer`] | Composer's normalisation, PHP's `version_compare` |
//! | CRAN, Hackage and what has no order of its own | [`dotted`] | numbers between dots |
//! | Debian, Ubuntu | [`dpkg`] | deb-version(7) |
//! | Go's releases (`stdlib`, `toolchain`) | [`go_release`] | Go's `go/version` |
//! | Maven | [`maven`] | Maven 3.9, `ComparableVersion` |
//! | NuGet | [`nuget`] | NuGet, "Package versioning" |
//! | PyPI | [`pep440`] | PEP 440, with `packaging`'s former order for what is no PEP 440 version |
//! | RPM distributions | [`rpm`] | rpm-version(7) |
//! | RubyGems | [`rubygems`] | `Gem::Version` |
//! | npm, crates.io, Go modules, Kubernetes and others | [`semver`] | Semantic Versioning 2.0.0 |

pub mod apk;
pub mod bitnami;
pub mod composer;
mod digits;
pub mod dotted;
pub mod dpkg;
pub mod go_release;
pub mod maven;
pub mod nuget;
pub mod pep440;
pub mod range;
pub mod rpm;
pub mod rubygems;
pub mod semver;

use crate::record::RangeKind;
use batten_model::Localized;
use std::cmp::Ordering;

/// Longest version that is read, in bytes. Maven reads 256; the longest real ones have some 150.
pub const MAX_VERSION_BYTES: usize = 512;

/// An order of versions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Order {
    /// See [`apk`].
    Apk,
    /// See [`bitnami`].
    Bitnami,
    /// See [`composer`].
    Composer,
    /// See [`dotted`].
    Dotted,
    /// See [`dpkg`].
    Dpkg,
    /// See [`go_release`].
    GoRelease,
    /// See [`maven`].
    Maven,
    /// See [`nuget`].
    NuGet,
    /// See [`pep440`].
    Pep440,
    /// See [`rpm`].
    Rpm,
    /// See [`rubygems`].
    RubyGems,
    /// See [`semver`].
    Semver,
}

/// One version, read once and compared many times.
#[derive(Debug, Clone)]
pub enum Version<'a> {
    /// Of [`Order::Apk`].
    Apk(apk::ApkVersion<'a>),
    /// Of [`Order::Bitnami`].
    Bitnami(bitnami::BitnamiVersion<'a>),
    /// Of [`Order::Composer`].
    Composer(composer::ComposerVersion),
    /// Of [`Order::Dotted`].
    Dotted(dotted::DottedVersion<'a>),
    /// Of [`Order::Dpkg`].
    Dpkg(dpkg::DebVersion<'a>),
    /// Of [`Order::GoRelease`].
    GoRelease(go_release::GoRelease<'a>),
    /// Of [`Order::Maven`].
    Maven(maven::MavenVersion<'a>),
    /// Of [`Order::NuGet`].
    NuGet(nuget::NuGetVersion<'a>),
    /// Of [`Order::Pep440`].
    Pep440(pep440::PythonVersion<'a>),
    /// Of [`Order::Rpm`].
    Rpm(rpm::RpmVersion<'a>),
    /// Of [`Order::RubyGems`].
    RubyGems(rubygems::GemVersion<'a>),
    /// Of [`Order::Semver`].
    Semver(semver::Semver<'a>),
}

/// Why a text is no version of its ecosystem.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flaw {
    /// Nothing is there.
    Empty,
    /// Longer than [`MAX_VERSION_BYTES`].
    TooLong,
    /// A character or part that the ecosystem does not know, or that stands in the wrong place.
    Malformed,
    /// The epoch is no number, or nothing follows it.
    BadEpoch,
    /// A branch, a tag or a local build, which has no place in the order.
    Development,
}

/// A version that its ecosystem's order does not know.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{version:?} cannot be ordered as a version of {}: {}", .order.name(), .flaw.en())]
pub struct VersionError {
    /// The order that was asked for.
    pub order: Order,
    /// The text, clipped.
    pub version: String,
    /// What is wrong with it.
    pub flaw: Flaw,
}

impl Flaw {
    fn en(self) -> &'static str {
        match self {
            Flaw::Empty => "it is empty",
            Flaw::TooLong => "it is longer than 512 bytes",
            Flaw::Malformed => "it is not written as that ecosystem writes versions",
            Flaw::BadEpoch => "its epoch is no number",
            Flaw::Development => "it names a development build, which has no place in the order",
        }
    }

    fn zh(self) -> &'static str {
        match self {
            Flaw::Empty => "版本为空",
            Flaw::TooLong => "版本超过 512 字节",
            Flaw::Malformed => "写法不符合该生态的版本规则",
            Flaw::BadEpoch => "epoch 不是数字",
            Flaw::Development => "这是开发构建，无法排序",
        }
    }
}

impl Localized for VersionError {
    fn zh(&self) -> String {
        format!("{:?} 无法按 {} 的版本顺序比较：{}", self.version, self.order.name(), self.flaw.zh())
    }
}

impl Order {
    /// Every order.
    pub const ALL: [Order; 12] = [
        Order::Apk,
        Order::Bitnami,
        Order::Composer,
        Order::Dotted,
        Order::Dpkg,
        Order::GoRelease,
        Order::Maven,
        Order::NuGet,
        Order::Pep440,
        Order::Rpm,
        Order::RubyGems,
        Order::Semver,
    ];

    /// The order of a package's versions in an OSV ecosystem (OSV schema, "Defined ecosystems"); `None` for an
    /// ecosystem whose order is not known.
    pub fn of(ecosystem: &str, package: &str) -> Option<Order> {
        let (base, release) = ecosystem.split_once(':').unwrap_or((ecosystem, ""));
        Some(match base {
            "Alpaquita" | "Alpine" | "BellSoft Hardened Containers" | "Chainguard" | "MinimOS" | "Wolfi" => {
                Order::Apk
            }
            "Debian" | "Echo" | "Ubuntu" => Order::Dpkg,
            "AlmaLinux" | "Amazon Linux" | "Azure Linux" | "CBL-Mariner" | "CentOS" | "Fedora" | "Mageia"
            | "Oracle Linux" | "Photon OS" | "Red Hat" | "Rocky Linux" | "SUSE" | "openEuler"
            | "openSUSE" => Order::Rpm,
            "Root" => Order::of(release, package)?,
            "Go" if matches!(package, "stdlib" | "toolchain") => Order::GoRelease,
            "Go" | "GitHub Actions" | "Hex" | "Julia" | "Kubernetes" | "Pub" | "SwiftURL" | "crates.io"
            | "kubernetes" | "npm" | "opam" => Order::Semver,
            "Bitnami" => Order::Bitnami,
            "CRAN" | "Bioconductor" | "ConanCenter" | "GHC" | "Hackage" => Order::Dotted,
            "Maven" => Order::Maven,
            "NuGet" => Order::NuGet,
            "Packagist" => Order::Composer,
            "PyPI" => Order::Pep440,
            "RubyGems" => Order::RubyGems,
            _ => return None,
        })
    }

    /// The order of one range: a `SEMVER` range in an ecosystem with an order of its own is read by that order
    /// where it extends Semantic Versioning (Bitnami, Go's releases, NuGet), else by Semantic Versioning.
    pub fn of_range(kind: RangeKind, ecosystem: &str, package: &str) -> Option<Order> {
        match (kind, Order::of(ecosystem, package)) {
            (RangeKind::Ecosystem, order) => order,
            (RangeKind::Semver, Some(order @ (Order::Bitnami | Order::GoRelease | Order::NuGet))) => {
                Some(order)
            }
            (RangeKind::Semver, _) => Some(Order::Semver),
        }
    }

    /// The name for people.
    pub fn name(self) -> &'static str {
        match self {
            Order::Apk => "apk",
            Order::Bitnami => "Bitnami",
            Order::Composer => "Composer",
            Order::Dotted => "dotted numbers",
            Order::Dpkg => "dpkg",
            Order::GoRelease => "Go releases",
            Order::Maven => "Maven",
            Order::NuGet => "NuGet",
            Order::Pep440 => "PEP 440",
            Order::Rpm => "RPM",
            Order::RubyGems => "RubyGems",
            Order::Semver => "Semantic Versioning",
        }
    }

    /// Compares two versions.
    pub fn compare(self, left: &str, right: &str) -> Result<Ordering, VersionError> {
        Ok(Version::parse(self, left)?.compare(&Version::parse(self, right)?))
    }
}

impl<'a> Version<'a> {
    /// Reads a version.
    pub fn parse(order: Order, text: &'a str) -> Result<Version<'a>, VersionError> {
        let read = || -> Result<Version<'a>, Flaw> {
            if text.len() > MAX_VERSION_BYTES {
                return Err(Flaw::TooLong);
            }
            let text = text.trim();
            if text.is_empty() {
                return Err(Flaw::Empty);
            }
            Ok(match order {
                Order::Apk => Version::Apk(apk::ApkVersion::parse(text)?),
                Order::Bitnami => Version::Bitnami(bitnami::BitnamiVersion::parse(text)?),
                Order::Composer => Version::Composer(composer::ComposerVersion::parse(text)?),
                Order::Dotted => Version::Dotted(dotted::DottedVersion::parse(text)?),
                Order::Dpkg => Version::Dpkg(dpkg::DebVersion::parse(text)?),
                Order::GoRelease => Version::GoRelease(go_release::GoRelease::parse(text)?),
                Order::Maven => Version::Maven(maven::MavenVersion::parse(text)?),
                Order::NuGet => Version::NuGet(nuget::NuGetVersion::parse(text)?),
                Order::Pep440 => Version::Pep440(pep440::PythonVersion::parse(text)?),
                Order::Rpm => Version::Rpm(rpm::RpmVersion::parse(text)?),
                Order::RubyGems => Version::RubyGems(rubygems::GemVersion::parse(text)?),
                Order::Semver => Version::Semver(semver::Semver::parse(text)?),
            })
        };
        read().map_err(|flaw| VersionError { order, version: text.chars().take(120).collect(), flaw })
    }

    /// Compares two versions of one order. Versions of two different orders compare as their orders do; nothing
    /// asks for that.
    pub fn compare(&self, other: &Version<'_>) -> Ordering {
        match (self, other) {
            (Version::Apk(a), Version::Apk(b)) => a.compare(b),
            (Version::Bitnami(a), Version::Bitnami(b)) => a.compare(b),
            (Version::Composer(a), Version::Composer(b)) => a.compare(b),
            (Version::Dotted(a), Version::Dotted(b)) => a.compare(b),
            (Version::Dpkg(a), Version::Dpkg(b)) => a.compare(b),
            (Version::GoRelease(a), Version::GoRelease(b)) => a.compare(b),
            (Version::Maven(a), Version::Maven(b)) => a.compare(b),
            (Version::NuGet(a), Version::NuGet(b)) => a.compare(b),
            (Version::Pep440(a), Version::Pep440(b)) => a.compare(b),
            (Version::Rpm(a), Version::Rpm(b)) => a.compare(b),
            (Version::RubyGems(a), Version::RubyGems(b)) => a.compare(b),
            (Version::Semver(a), Version::Semver(b)) => a.compare(b),
            (a, b) => a.order().cmp(&b.order()),
        }
    }

    /// The order that the version was read by.
    pub fn order(&self) -> Order {
        match self {
            Version::Apk(_) => Order::Apk,
            Version::Bitnami(_) => Order::Bitnami,
            Version::Composer(_) => Order::Composer,
            Version::Dotted(_) => Order::Dotted,
            Version::Dpkg(_) => Order::Dpkg,
            Version::GoRelease(_) => Order::GoRelease,
            Version::Maven(_) => Order::Maven,
            Version::NuGet(_) => Order::NuGet,
            Version::Pep440(_) => Order::Pep440,
            Version::Rpm(_) => Order::Rpm,
            Version::RubyGems(_) => Order::RubyGems,
            Version::Semver(_) => Order::Semver,
        }
    }
}

#[cfg(test)]
mod tests;
