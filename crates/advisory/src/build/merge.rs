//! What several feeds say of one package, made one.

use crate::record::Advisory;
use crate::version::range::{Subject, Verdict};
use std::collections::{BTreeMap, BTreeSet};

/// How close a feed is to who decides: a distribution's own data goes before what others have made of it.
fn rank(feed: &str) -> u8 {
    match feed {
        "debian-tracker" | "alpine-secdb" => 2,
        _ if feed.starts_with("trivy:") => 0,
        _ => 1,
    }
}

/// Sorts the advisories on one package, and drops what a closer feed says too.
///
/// A record is dropped when every vulnerability that it names is named by a closer feed; its severity and scores are
/// kept where the closer feed has none. Records of one rank stay side by side: judgement joins them by alias.
pub(super) fn merge(mut all: Vec<Advisory>) -> Vec<Advisory> {
    all.sort_unstable();
    all.dedup();
    let best = all.iter().map(|advisory| rank(&advisory.feed)).max().unwrap_or_default();
    if all.iter().all(|advisory| rank(&advisory.feed) == best) {
        return all;
    }
    // From the closest feed to the farthest.
    all.sort_by_key(|advisory| std::cmp::Reverse(rank(&advisory.feed)));
    let mut kept: Vec<Advisory> = Vec::with_capacity(all.len());
    let mut known: BTreeMap<String, (u8, usize)> = BTreeMap::new();
    for advisory in all {
        let own = rank(&advisory.feed);
        let ids = vulnerabilities(&advisory);
        let closer: Vec<usize> = ids
            .iter()
            .filter_map(|id| known.get(*id).filter(|(rank, _)| *rank > own).map(|(_, at)| *at))
            .collect();
        if closer.len() == ids.len() {
            closer.into_iter().for_each(|at| inherit(kept.get_mut(at), &advisory));
            continue;
        }
        for id in ids {
            known.entry(id.to_owned()).or_insert((own, kept.len()));
        }
        kept.push(advisory);
    }
    kept.sort_unstable();
    kept
}

/// Takes out of the list of versions what the ranges affect anyway. Some publishers list every version of a range
/// one by one, hundreds of them; the answer to any question stays the same.
pub(super) fn prune(ecosystem: &str, package: &str, advisory: &mut Advisory) {
    if advisory.versions.is_empty() || advisory.ranges.is_empty() {
        return;
    }
    let listed = std::mem::take(&mut advisory.versions);
    let in_range = |version: &String| {
        matches!(Subject::new(ecosystem, package, version).judge(advisory), Verdict::Affected(_))
    };
    let rest: Vec<String> = listed.iter().filter(|version| !in_range(version)).cloned().collect();
    advisory.versions = rest;
}

fn inherit(kept: Option<&mut Advisory>, dropped: &Advisory) {
    let Some(kept) = kept else { return };
    if kept.severity.is_none() {
        kept.severity.clone_from(&dropped.severity);
    }
    if kept.cvss.is_empty() {
        kept.cvss.clone_from(&dropped.cvss);
    }
    if kept.published.is_none() {
        kept.published = dropped.published;
    }
}

/// The CVEs that a record names, or all its ids where it names none.
fn vulnerabilities(advisory: &Advisory) -> BTreeSet<&str> {
    let ids = || std::iter::once(&advisory.id).chain(&advisory.aliases).map(String::as_str);
    let cves: BTreeSet<&str> = ids().filter(|id| id.starts_with("CVE-")).collect();
    if cves.is_empty() { ids().collect() } else { cves }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::{Event, Range, RangeKind};
    use batten_model::Severity;

    fn advisory(id: &str, aliases: &[&str], feed: &str) -> Advisory {
        Advisory {
            id: id.into(),
            aliases: aliases.iter().map(|a| (*a).to_owned()).collect(),
            feed: feed.into(),
            ..Advisory::default()
        }
    }

    #[test]
    fn the_closer_feed_stays() {
        let mut osv = advisory("ALPINE-CVE-2024-1", &["CVE-2024-1"], "osv:Alpine");
        osv.severity = Some((Severity::High, "x".into()));
        let native = advisory("CVE-2024-1", &[], "alpine-secdb");
        let other = advisory("ALPINE-CVE-2024-2", &["CVE-2024-2"], "osv:Alpine");
        let merged = merge(vec![osv.clone(), other.clone(), native.clone(), native.clone()]);
        let ids: Vec<&str> = merged.iter().map(|a| a.id.as_str()).collect();
        assert_eq!(ids, ["ALPINE-CVE-2024-2", "CVE-2024-1"]);
        assert_eq!(merged[1].severity, osv.severity);
    }

    #[test]
    fn versions_within_ranges_are_not_listed_twice() {
        let events = [Event::Introduced("1.0".into()), Event::Fixed("2.0".into())];
        let mut one = advisory("PYSEC-1", &[], "osv:PyPI");
        one.ranges = vec![Range { kind: RangeKind::Ecosystem, events: events.into() }];
        one.versions = ["0.9", "1.0", "1.5", "2.0", "not a version"].map(str::to_owned).into();
        prune("PyPI", "x", &mut one);
        assert_eq!(one.versions, ["0.9", "2.0", "not a version"]);
    }

    #[test]
    fn equals_stay_side_by_side() {
        let one = advisory("GHSA-1", &["CVE-2024-1"], "osv:PyPI");
        let two = advisory("PYSEC-1", &["CVE-2024-1"], "osv:PyPI");
        assert_eq!(merge(vec![two, one]).len(), 2);
    }
}
