//! Findings by package: a package with forty vulnerabilities is one thing to do, not forty.

use batten_model::{Finding, FindingKind, FindingStatus, Package, Report, Severity};
use std::collections::BTreeMap;

/// A package with all that is wrong with it.
pub(crate) struct Group<'a> {
    /// Its package URL.
    pub(crate) purl: &'a str,
    /// Its name.
    pub(crate) name: &'a str,
    /// Its version.
    pub(crate) version: &'a str,
    /// The package itself, where the inventory has it under the findings' reference.
    pub(crate) package: Option<&'a Package>,
    /// The findings, the most urgent first.
    pub(crate) findings: Vec<&'a Finding>,
    /// All places, sorted, each once.
    pub(crate) places: Vec<&'a str>,
}

impl<'a> Group<'a> {
    /// The worst severity.
    pub(crate) fn worst(&self) -> Severity {
        self.findings.iter().map(|f| f.severity).max().unwrap_or(Severity::Unknown)
    }

    /// Different vulnerabilities with a severity.
    pub(crate) fn count(&self, severity: Severity) -> usize {
        self.ids().iter().filter(|f| f.severity == severity).count()
    }

    /// One finding for each id, the most urgent first. The same id comes twice where the package lies in two places.
    pub(crate) fn ids(&self) -> Vec<&'a Finding> {
        let mut seen = std::collections::BTreeSet::new();
        self.findings.iter().copied().filter(|f| seen.insert(f.id.as_str())).collect()
    }

    /// True where one of them is known to be exploited.
    pub(crate) fn exploited(&self) -> bool {
        self.findings.iter().any(|f| f.kev.is_some())
    }

    /// The highest probability of exploitation.
    pub(crate) fn epss(&self) -> Option<f32> {
        self.findings.iter().filter_map(|f| f.epss.map(|e| e.score)).max_by(f32::total_cmp)
    }

    /// The nearest fixed versions, that of the most urgent finding first, each once.
    pub(crate) fn fixes(&self) -> Vec<&'a str> {
        let mut out: Vec<&str> = Vec::new();
        for finding in self.findings.iter().copied() {
            let fixed = finding.package.as_ref().and_then(|p| p.fixed.first());
            if let Some(version) = fixed.filter(|v| !out.contains(&v.as_str())) {
                out.push(version);
            }
        }
        out
    }

    /// Different vulnerabilities that have a fixed version.
    pub(crate) fn fixable(&self) -> usize {
        self.ids().iter().filter(|f| f.status == FindingStatus::Fixed).count()
    }
}

/// True for findings that belong to a package's entry; all others have an entry of their own.
pub(crate) fn is_of_package(finding: &Finding) -> bool {
    finding.kind == FindingKind::Vulnerability && finding.package.is_some()
}

/// Findings by package URL, the most urgent package first; those that [`is_of_package`] leaves out are not in it.
pub(crate) fn by_package(report: &Report) -> Vec<Group<'_>> {
    let references: BTreeMap<String, &Package> = if report.findings.is_empty() {
        BTreeMap::new()
    } else {
        report.inventory.packages.iter().map(|p| (p.reference(), p)).collect()
    };
    let mut by_purl: BTreeMap<&str, Group<'_>> = BTreeMap::new();
    for finding in report.findings.iter().filter(|f| is_of_package(f)) {
        let Some(affected) = &finding.package else { continue };
        let group = by_purl.entry(affected.purl.as_str()).or_insert_with(|| Group {
            purl: affected.purl.as_str(),
            name: &affected.name,
            version: &affected.version,
            package: references.get(&affected.reference).copied(),
            findings: Vec::new(),
            places: Vec::new(),
        });
        group.findings.push(finding);
        group.places.extend(finding.locations.iter().map(|l| l.path.as_str()));
    }
    let mut groups: Vec<Group<'_>> = by_purl.into_values().collect();
    for group in &mut groups {
        group.findings.sort_by_cached_key(|f| (f.urgency(), f.id.as_str()));
        group.places.sort_unstable();
        group.places.dedup();
    }
    groups.sort_by_cached_key(|group| {
        let first = group.findings.first().map(|f| f.urgency());
        (first, std::cmp::Reverse(group.findings.len()), group.name, group.version)
    });
    groups
}

/// The word of a package's ecosystem: that of the package, else the type of its URL.
pub(crate) fn ecosystem<'a>(package: Option<&Package>, purl: &'a str) -> &'a str {
    match package {
        Some(package) => package.kind.as_str(),
        None => purl.strip_prefix("pkg:").and_then(|rest| rest.split('/').next()).unwrap_or_default(),
    }
}
