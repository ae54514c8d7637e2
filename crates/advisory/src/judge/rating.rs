//! Severity: the vendor's word first, then CVSS 4.0, 3.1, 3.0 and 2.0, then what any record says of the CVE.

use super::group::Group;
use super::source::CveFacts;
use crate::cvss;
use batten_model::{Cvss, Epss, Kev, Severity};

/// What is known of how bad a flaw is.
#[derive(Debug, Clone, Default)]
pub(super) struct Rating {
    /// The severity, and who gave it.
    pub(super) severity: Option<(Severity, String)>,
    /// All vectors, the version that counts first.
    pub(super) cvss: Vec<Cvss>,
    /// Known exploitation.
    pub(super) kev: Option<Kev>,
    /// Predicted exploitation.
    pub(super) epss: Option<Epss>,
}

/// Rates a group; `facts` are those of its CVEs.
pub(super) fn rate(group: &Group, facts: &[&CveFacts]) -> Rating {
    let mut own = Vec::new();
    for record in &group.records {
        own.extend(record.advisory.cvss.iter().filter_map(|vector| scored(vector, &record.advisory.feed)));
    }
    let mut general: Vec<Cvss> = Vec::new();
    for (vector, feed) in facts.iter().flat_map(|facts| &facts.cvss) {
        general.extend(scored(vector, feed));
    }
    let by_score = |vectors: &[Cvss]| {
        let best = vectors
            .iter()
            .max_by(|a, b| rank(a).partial_cmp(&rank(b)).unwrap_or(std::cmp::Ordering::Equal))?;
        Some((Severity::from_score(best.score), format!("cvss-{}", best.version)))
    };
    let severity = word(group.records.iter().filter_map(|m| m.advisory.severity.as_ref()))
        .or_else(|| by_score(&own))
        .or_else(|| by_score(&general))
        .or_else(|| word(facts.iter().flat_map(|facts| &facts.severity)));
    let mut cvss = own;
    cvss.extend(general);
    cvss.sort_by(|a, b| {
        b.version.cmp(&a.version).then_with(|| a.vector.cmp(&b.vector)).then_with(|| a.source.cmp(&b.source))
    });
    cvss.dedup_by(|a, b| a.vector == b.vector);
    let epss = facts.iter().filter_map(|facts| facts.epss).max_by(|a, b| a.score.total_cmp(&b.score));
    Rating { severity, cvss, kev: facts.iter().find_map(|facts| facts.kev.clone()), epss }
}

/// The first word that says something.
fn word<'a>(mut words: impl Iterator<Item = &'a (Severity, String)>) -> Option<(Severity, String)> {
    words.find(|(severity, _)| *severity != Severity::Unknown).cloned()
}

/// The newest version counts; of several vectors of one version the worst.
fn rank(cvss: &Cvss) -> (&str, f32) {
    (cvss.version.as_str(), cvss.score)
}

/// A vector that cannot be scored says nothing about severity and is left out.
fn scored(vector: &str, source: &str) -> Option<Cvss> {
    let base = cvss::base_score(vector).ok()?;
    Some(Cvss {
        version: base.version.to_owned(),
        vector: vector.trim().to_owned(),
        score: base.score,
        source: source.to_owned(),
    })
}
