//! One thing that is wrong, with its evidence. One shape for all rooms.

use crate::date::Date;
use crate::package::{Location, Package};
use crate::purl::Purl;
use crate::severity::Severity;
use crate::subject::Subject;
use crate::text::Text;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// What kind of thing is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FindingKind {
    /// A known vulnerability of a package.
    Vulnerability,
    /// A setting that opens a door.
    Misconfiguration,
}

impl FindingKind {
    /// The word that reports and fingerprints use.
    pub fn as_str(self) -> &'static str {
        match self {
            FindingKind::Vulnerability => "vulnerability",
            FindingKind::Misconfiguration => "misconfiguration",
        }
    }
}

/// What the distribution or the team says of the finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FindingStatus {
    /// Affected, and a fixed version exists.
    Fixed,
    /// Affected, no fixed version is known.
    Affected,
    /// Affected; the distribution will not issue an advisory of its own for it (Debian's `no-dsa`).
    NoAdvisory,
    /// Affected; the distribution has postponed the fix.
    Postponed,
    /// Affected; the distribution will not fix it (`ignored`).
    WillNotFix,
    /// Affected; the package's support has ended.
    EndOfLife,
    /// Nobody has decided yet whether it is affected.
    Undetermined,
}

/// One CVSS vector with its score.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Cvss {
    /// `2.0`, `3.0`, `3.1` or `4.0`.
    pub version: String,
    /// The vector as published.
    pub vector: String,
    /// Base score, 0.0 to 10.0.
    pub score: f32,
    /// The feed that gave it.
    pub source: String,
}

/// The entry in CISA's catalogue of known exploited vulnerabilities.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Kev {
    /// Day of listing.
    pub added: Date,
    /// Day by which US agencies must act.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub due: Option<Date>,
    /// Whether ransomware campaigns are known to use it.
    pub ransomware: bool,
}

/// FIRST's Exploit Prediction Scoring System.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Epss {
    /// Probability of exploitation within 30 days, 0 to 1.
    pub score: f32,
    /// Share of all scored vulnerabilities with the same or a lower score, 0 to 1.
    pub percentile: f32,
}

/// Why a finding is believed: who said it, and what matched.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Evidence {
    /// The record (`osv:GO-2024-2491`, `debian:CVE-2024-21626`, `image-config`).
    pub source: String,
    /// What matched, such as the version range.
    pub detail: Text,
    /// Import paths and symbols that hold the flaw, where the record tells (Go).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub symbols: Vec<String>,
}

/// The package that a finding is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AffectedPackage {
    /// [`Package::reference`] in the same report.
    #[serde(rename = "ref")]
    pub reference: String,
    /// Package URL.
    pub purl: Purl,
    /// Name.
    pub name: String,
    /// Version.
    pub version: String,
    /// Versions that fix it, the nearest upgrade first; empty where none is known.
    pub fixed: Vec<String>,
}

/// SHA-256 of what stays the same over rescans, in hexadecimal. Waivers and VEX statements hold on to it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Fingerprint(String);

impl Fingerprint {
    /// From kind, id, subject without tag and digest, purl without version, and path.
    pub fn of(
        kind: FindingKind,
        id: &str,
        subject: &Subject,
        purl: Option<&Purl>,
        path: &str,
    ) -> Fingerprint {
        let mut hash = Sha256::new();
        for part in [kind.as_str(), id, subject.stable_name(), purl.map_or("", Purl::without_version), path] {
            hash.update((part.len() as u64).to_le_bytes());
            hash.update(part.as_bytes());
        }
        let digest = crate::digest::Digest::from_sha256(&hash.finalize());
        Fingerprint(digest.hex().to_owned())
    }

    /// The hexadecimal text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Finding {
    /// The CVE if there is one, else the source's id; a check's id for misconfigurations.
    pub id: String,
    /// Other ids of the same thing, sorted.
    pub aliases: Vec<String>,
    /// Kind.
    pub kind: FindingKind,
    /// Severity: the vendor's first, then CVSS 4.0, 3.1, 3.0, 2.0.
    pub severity: Severity,
    /// Who gave the severity (`debian`, `cvss-3.1`, …); empty where it is unknown.
    pub severity_source: String,
    /// All vectors at hand.
    pub cvss: Vec<Cvss>,
    /// Known exploitation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kev: Option<Kev>,
    /// Predicted exploitation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub epss: Option<Epss>,
    /// One line for people.
    pub title: Text,
    /// The package, for vulnerabilities.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub package: Option<AffectedPackage>,
    /// Where.
    pub locations: Vec<Location>,
    /// Why it is believed; never empty.
    pub evidence: Vec<Evidence>,
    /// Controls of frameworks that it touches (`CIS-DI-0001` …).
    pub controls: Vec<String>,
    /// What to do.
    pub remediation: Text,
    /// Addresses of advisories.
    pub references: Vec<String>,
    /// Stable identity.
    pub fingerprint: Fingerprint,
    /// What the distribution says.
    pub status: FindingStatus,
}

impl Finding {
    /// The order in which a person should act: exploited first, then severity, then likelihood, then names.
    pub fn urgency(&self) -> impl Ord + use<> {
        let likelihood = self.epss.map_or(0, |e| (e.score.clamp(0.0, 1.0) * 1_000_000.0) as u32);
        let fixable = self.status == FindingStatus::Fixed;
        std::cmp::Reverse((self.kev.is_some(), self.severity, likelihood, fixable))
    }
}

impl AffectedPackage {
    /// The affected package of a finding.
    pub fn of(package: &Package, purl: Purl, fixed: Vec<String>) -> AffectedPackage {
        AffectedPackage {
            reference: package.reference(),
            purl,
            name: package.name.clone(),
            version: package.version.clone(),
            fixed,
        }
    }
}
