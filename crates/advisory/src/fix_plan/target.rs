//! The version of each package that removes the most findings.

use crate::judge::target::Lookup;
use crate::judge::{AdvisorySource, Questions};
use crate::version::{Order, Version};
use batten_model::{Finding, Inventory, Package};
use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

/// Versions of one package that are tried; the nearest are tried first.
const MAX_TRIALS: usize = 64;

/// A package with its findings.
type Member<'a> = (&'a Package, Vec<&'a Finding>);

/// Packages that are judged alike, and the version that they should have.
#[derive(Debug)]
pub(super) struct Goal<'a> {
    /// The packages: the binaries of one source, or one language package.
    pub(super) packages: Vec<&'a Package>,
    /// The version.
    pub(super) version: String,
    /// What is gone then.
    pub(super) removes: Vec<&'a Finding>,
    /// Ids that only the new version has.
    pub(super) introduces: Vec<String>,
}

/// Goals for all packages with a finding that some version removes.
pub(super) fn goals<'a>(
    inventory: &'a Inventory,
    findings: &'a [Finding],
    database: &dyn AdvisorySource,
) -> Vec<Goal<'a>> {
    let questions = Questions::new(inventory, database);
    let mut by_reference: BTreeMap<&str, Vec<&Finding>> = BTreeMap::new();
    for finding in findings {
        if let Some(package) = &finding.package {
            by_reference.entry(&package.reference).or_default().push(finding);
        }
    }
    let mut alike: BTreeMap<(Lookup, String), Vec<Member<'_>>> = BTreeMap::new();
    for package in &inventory.packages {
        let reference = package.reference();
        let Some(findings) = by_reference.remove(reference.as_str()) else { continue };
        let Some(lookup) = questions.lookup(package) else { continue };
        // Language packages in two places are two upgrades.
        let place = if package.kind.is_os() { String::new() } else { reference };
        alike.entry((lookup, place)).or_default().push((package, findings));
    }
    alike.into_iter().filter_map(|((lookup, _), members)| goal(&questions, &lookup, members)).collect()
}

fn goal<'a>(questions: &Questions<'_>, lookup: &Lookup, members: Vec<Member<'a>>) -> Option<Goal<'a>> {
    let findings: Vec<&Finding> = members.iter().flat_map(|(_, findings)| findings.iter().copied()).collect();
    let before: BTreeSet<String> = questions.affected(lookup, &lookup.version).into_iter().collect();
    let fixable: BTreeSet<&str> = findings.iter().filter(|f| has_fix(f)).map(|f| f.id.as_str()).collect();
    let mut best: Option<(usize, usize, String, BTreeSet<String>)> = None;
    for version in trials(lookup, &findings) {
        let after: BTreeSet<String> = questions.affected(lookup, &version).into_iter().collect();
        let removed = fixable.iter().filter(|id| !after.contains(**id)).count();
        let introduced = after.difference(&before).count();
        let better = best
            .as_ref()
            .is_none_or(|(most, least, ..)| removed > *most || removed == *most && introduced < *least);
        if removed > 0 && better {
            let done = removed == fixable.len() && introduced == 0;
            best = Some((removed, introduced, version, after));
            if done {
                break;
            }
        }
    }
    let (_, _, version, after) = best?;
    let introduces = after.difference(&before).cloned().collect();
    let mut packages = Vec::new();
    let mut removes = Vec::new();
    for (package, findings) in members {
        packages.push(package);
        removes.extend(findings.into_iter().filter(|finding| !after.contains(&finding.id)));
    }
    Some(Goal { packages, version, removes, introduces })
}

fn has_fix(finding: &Finding) -> bool {
    finding.package.as_ref().is_some_and(|package| !package.fixed.is_empty())
}

/// Versions to try, the likeliest first: from the highest of the nearest fixes upwards, then the others upwards.
fn trials(lookup: &Lookup, findings: &[&Finding]) -> Vec<String> {
    let ecosystem = lookup.ecosystems.first().map_or("", String::as_str);
    let name = lookup.names.first().map_or("", String::as_str);
    let Some(order) = Order::of(ecosystem, name) else { return Vec::new() };
    let fixed = |finding: &&Finding| finding.package.iter().flat_map(|p| p.fixed.clone()).collect::<Vec<_>>();
    let mut versions: Vec<String> = findings.iter().flat_map(fixed).collect();
    let compare = |a: &str, b: &str| match (Version::parse(order, a), Version::parse(order, b)) {
        (Ok(a), Ok(b)) => a.compare(&b),
        _ => a.cmp(b),
    };
    versions.sort_by(|a, b| compare(a, b));
    versions.dedup();
    let nearest = findings
        .iter()
        .filter_map(|finding| finding.package.as_ref()?.fixed.first())
        .max_by(|a, b| compare(a, b))
        .cloned()
        .unwrap_or_default();
    let (mut first, rest): (Vec<String>, Vec<String>) =
        versions.into_iter().partition(|version| compare(version, &nearest) != Ordering::Less);
    first.extend(rest);
    first.truncate(MAX_TRIALS);
    first
}
