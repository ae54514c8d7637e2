//! One advisory as it concerns one package: what feeds are read into, what the database keeps, what judgement reads.

use batten_model::{Date, FindingStatus, Severity};

/// How the versions of a range are ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RangeKind {
    /// Semantic Versioning 2.0.0, whatever the ecosystem (OSV `SEMVER`).
    Semver,
    /// The ecosystem's own order (OSV `ECOSYSTEM`).
    Ecosystem,
}

/// One event of a range (OSV schema, `affected[].ranges[].events`).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Event {
    /// Affected from this version on; `0` is before every version.
    Introduced(String),
    /// Not affected from this version on.
    Fixed(String),
    /// Affected up to and including this version.
    LastAffected(String),
    /// No version from this one on is looked at (`*` for none).
    Limit(String),
}

/// A range of affected versions: events in the feed's order.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Range {
    /// Order of its versions.
    pub kind: RangeKind,
    /// Events.
    pub events: Vec<Event>,
}

/// What a feed says of one package in one ecosystem.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Advisory {
    /// The record's own id: `GHSA-…`, `GO-…`, `DEBIAN-CVE-…`, `CVE-…`. A distribution's announcement of several
    /// vulnerabilities becomes one advisory for each: its id is that vulnerability, and the announcement's own id
    /// is in [`Advisory::announcements`].
    pub id: String,
    /// Aliases and, for distributions, the upstream id that the record is about; sorted, without `id`. All of them
    /// and `id` name the same vulnerability.
    pub aliases: Vec<String>,
    /// Announcements that carry the fix (`DSA-5380-1`, `USN-…`, `RHSA-…`), sorted. One announcement is about many
    /// vulnerabilities, so these ids never make two advisories the same.
    pub announcements: Vec<String>,
    /// The feed (`osv:PyPI`, `debian-tracker`, `alpine-secdb` …).
    pub feed: String,
    /// Affected ranges.
    pub ranges: Vec<Range>,
    /// Versions listed as affected one by one.
    pub versions: Vec<String>,
    /// What the distribution says where it says more than "affected" (no-dsa, ignored, end-of-life …).
    /// Records that say "not affected" are kept too, with [`Advisory::not_affected`].
    pub status: Option<FindingStatus>,
    /// The distribution says that this package is not affected: it wins over any other record on the same CVE
    /// and package in the same ecosystem.
    pub not_affected: bool,
    /// The feed's own word for the severity, and who gave it (`debian`, `ubuntu`, `ghsa`, `bitnami`).
    pub severity: Option<(Severity, String)>,
    /// CVSS vectors as published, with or without their prefix.
    pub cvss: Vec<String>,
    /// Go import paths with the symbols that hold the flaw: `path` or `path#Symbol`.
    pub symbols: Vec<String>,
    /// Go: `goos` and `goarch` that alone are affected, and other conditions as `key=value`; empty for no condition.
    pub conditions: Vec<String>,
    /// Day of publication, where the feed tells.
    pub published: Option<Date>,
}
