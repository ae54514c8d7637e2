//! A group of advisories and a package as one finding.

use super::group::Group;
use super::matching::Platform;
use super::rating::{self, Rating};
use super::source::{AdvisorySource, CveFacts, ReadError};
use super::target::Lookup;
use super::{evidence, references, remedy};
use batten_model::{
    AffectedPackage, Date, Finding, FindingKind, Fingerprint, Inventory, Localized, Package, ScanError,
    Severity, Text,
};
use std::collections::BTreeMap;

/// Makes findings, and remembers what the database said of each CVE.
pub(super) struct Maker<'a> {
    inventory: &'a Inventory,
    database: &'a dyn AdvisorySource,
    today: Date,
    platform: Platform,
    facts: BTreeMap<String, Option<CveFacts>>,
    unreadable: Option<(ReadError, usize)>,
}

impl<'a> Maker<'a> {
    /// For one inventory.
    pub(super) fn new(inventory: &'a Inventory, database: &'a dyn AdvisorySource, today: Date) -> Maker<'a> {
        let platform = Platform::of(inventory);
        Maker { inventory, database, today, platform, facts: BTreeMap::new(), unreadable: None }
    }

    /// The database.
    pub(super) fn database(&self) -> &'a dyn AdvisorySource {
        self.database
    }

    /// The system that the packages run on.
    pub(super) fn platform(&self) -> Platform {
        self.platform.clone()
    }

    /// What could not be read of CVEs: without it severity and exploitation may be missing.
    pub(super) fn errors(&self) -> Option<ScanError> {
        let (error, count) = self.unreadable.as_ref()?;
        let text = Text::new(
            format!("facts on {count} vulnerabilities could not be read: {error}"),
            format!("{count} 个漏洞的信息无法读取：{}", error.zh()),
        );
        Some(ScanError::fatal("unreadable-database", error.place.clone(), text))
    }

    /// The finding that a group makes on a package.
    pub(super) fn finding(&mut self, package: &Package, lookup: &Lookup, group: &Group) -> Finding {
        let rating = self.rate(group);
        let os = self.inventory.os.present();
        let purl = package.purl(os);
        let place = package.locations.first().map_or("", |location| location.path.as_str());
        let (severity, severity_source) = rating.severity.unwrap_or((Severity::Unknown, String::new()));
        let fingerprint = Fingerprint::of(
            FindingKind::Vulnerability,
            &group.id,
            &self.inventory.subject,
            Some(&purl),
            place,
        );
        Finding {
            id: group.id.clone(),
            aliases: group.aliases.clone(),
            kind: FindingKind::Vulnerability,
            severity,
            severity_source,
            cvss: rating.cvss,
            title: Text::new(
                format!("{} {} is affected by {}", package.name, package.version, group.id),
                format!("{} {} 受 {} 影响", package.name, package.version, group.id),
            ),
            locations: package.locations.clone(),
            evidence: evidence::of(package, lookup, group, self.inventory),
            controls: Vec::new(),
            remediation: remedy::of(
                package,
                &group.fixes,
                group.status,
                rating.kev.as_ref(),
                self.inventory,
                self.today,
            ),
            references: references::of(group, rating.kev.is_some()),
            kev: rating.kev,
            epss: rating.epss,
            package: Some(AffectedPackage::of(package, purl, group.fixes.clone())),
            fingerprint,
            status: group.status,
        }
    }

    fn rate(&mut self, group: &Group) -> Rating {
        let cves: Vec<&String> =
            [&group.id].into_iter().chain(&group.aliases).filter(|id| id.starts_with("CVE-")).collect();
        for cve in &cves {
            self.look_up(cve);
        }
        let facts: Vec<&CveFacts> =
            cves.iter().filter_map(|cve| self.facts.get(*cve)).filter_map(Option::as_ref).collect();
        rating::rate(group, &facts)
    }

    fn look_up(&mut self, cve: &str) {
        if self.facts.contains_key(cve) {
            return;
        }
        let facts = match self.database.cve(cve) {
            Ok(facts) => facts,
            Err(error) => {
                let count = self.unreadable.as_ref().map_or(0, |(_, count)| *count);
                self.unreadable = Some((error, count + 1));
                None
            }
        };
        self.facts.insert(cve.to_owned(), facts);
    }
}
