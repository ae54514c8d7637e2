//! Advisories on one version that are about the same flaw, connected by their aliases.

use super::matching::Matched;
use crate::version::range::{Subject, Verdict};
use crate::version::{Order, Version};
use batten_model::FindingStatus;
use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

/// One flaw.
#[derive(Debug, Clone)]
pub(super) struct Group {
    /// The CVE if there is one, the lowest of several; else the id of the first record.
    pub(super) id: String,
    /// All other ids, sorted.
    pub(super) aliases: Vec<String>,
    /// Announcements that carry a fix, sorted.
    pub(super) announcements: Vec<String>,
    /// The records, the best known first; never empty.
    pub(super) records: Vec<Matched>,
    /// Versions that no record affects, the nearest upgrade first.
    pub(super) fixes: Vec<String>,
    /// What follows from fixes and the records' own words.
    pub(super) status: FindingStatus,
}

/// Merges records that share an id.
pub(super) fn merge(matched: Vec<Matched>, version: &str) -> Vec<Group> {
    let mut parents: Vec<usize> = (0..matched.len()).collect();
    let mut holders: BTreeMap<&str, usize> = BTreeMap::new();
    for (at, record) in matched.iter().enumerate() {
        for id in record.advisory.aliases.iter().chain([&record.advisory.id]) {
            match holders.get(id.as_str()) {
                Some(other) => join(&mut parents, *other, at),
                None => {
                    holders.insert(id, at);
                }
            }
        }
    }
    let roots: Vec<usize> = (0..matched.len()).map(|at| root(&mut parents, at)).collect();
    let mut sets: BTreeMap<usize, Vec<Matched>> = BTreeMap::new();
    for (record, root) in matched.into_iter().zip(roots) {
        sets.entry(root).or_default().push(record);
    }
    sets.into_values().map(|records| group(records, version)).collect()
}

fn root(parents: &mut [usize], mut at: usize) -> usize {
    while let Some(parent) = parents.get(at).copied().filter(|parent| *parent != at) {
        let above = parents.get(parent).copied().unwrap_or(parent);
        if let Some(slot) = parents.get_mut(at) {
            *slot = above;
        }
        at = above;
    }
    at
}

fn join(parents: &mut [usize], left: usize, right: usize) {
    let (left, right) = (root(parents, left), root(parents, right));
    if let Some(slot) = parents.get_mut(left.max(right)) {
        *slot = left.min(right);
    }
}

fn group(mut records: Vec<Matched>, version: &str) -> Group {
    records.sort_by(|a, b| {
        let key = |m: &Matched| (prominence(&m.advisory.id), m.advisory.id.clone(), m.advisory.feed.clone());
        key(a).cmp(&key(b))
    });
    // A database of several feeds may hold the same record twice.
    records.dedup_by(|a, b| a.advisory == b.advisory);
    let ids: BTreeSet<&String> =
        records.iter().flat_map(|m| m.advisory.aliases.iter().chain([&m.advisory.id])).collect();
    let lowest_cve = ids.iter().filter_map(|id| Some((cve_number(id)?, id.as_str()))).min();
    let own = records.first().map_or("", |m| m.advisory.id.as_str());
    let id = lowest_cve.map_or(own, |(_, id)| id).to_owned();
    let aliases = ids.into_iter().filter(|other| **other != id).cloned().collect();
    let announcements: BTreeSet<&String> = records.iter().flat_map(|m| &m.advisory.announcements).collect();
    let announcements = announcements.into_iter().cloned().collect();
    let fixes = fixes(&records, version);
    let status = status(&records, &fixes);
    Group { id, aliases, announcements, records, fixes, status }
}

/// Year and number of a CVE.
pub(super) fn cve_number(id: &str) -> Option<(u32, u64)> {
    let (year, number) = id.strip_prefix("CVE-")?.split_once('-')?;
    Some((year.parse().ok()?, number.parse().ok()?))
}

/// Which record's id stands for a flaw without CVE.
fn prominence(id: &str) -> u8 {
    match id.split('-').next().unwrap_or_default() {
        "CVE" => 0,
        "GHSA" => 1,
        "GO" | "RUSTSEC" | "PYSEC" | "MAL" => 2,
        _ => 3,
    }
}

/// Fixed versions that no record of the group affects: an upgrade to one of them removes the finding.
fn fixes(records: &[Matched], version: &str) -> Vec<String> {
    let mut fixes: Vec<&str> = Vec::new();
    for record in records {
        let mut subject = Subject::new(&record.ecosystem, &record.name, version);
        for fix in subject.fixes(&record.advisory) {
            if !fixes.contains(&fix) {
                fixes.push(fix);
            }
        }
    }
    let clean = |fix: &str, record: &Matched| {
        Subject::new(&record.ecosystem, &record.name, fix).judge(&record.advisory) == Verdict::NotAffected
    };
    fixes.retain(|fix| records.iter().all(|record| clean(fix, record)));
    let order = records.first().and_then(|m| Order::of(&m.ecosystem, &m.name)).unwrap_or(Order::Semver);
    fixes.sort_by(|a, b| match (Version::parse(order, a), Version::parse(order, b)) {
        (Ok(a), Ok(b)) => a.compare(&b),
        (a, b) => match (a.is_ok(), b.is_ok()) {
            (true, false) => Ordering::Less,
            (false, true) => Ordering::Greater,
            _ => Ordering::Equal,
        },
    });
    fixes.into_iter().map(str::to_owned).collect()
}

fn status(records: &[Matched], fixes: &[String]) -> FindingStatus {
    if !fixes.is_empty() {
        return FindingStatus::Fixed;
    }
    let said =
        records.iter().filter_map(|m| m.advisory.status).find(|status| *status != FindingStatus::Fixed);
    said.unwrap_or(FindingStatus::Affected)
}
