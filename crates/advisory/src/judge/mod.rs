//! An inventory and a database as findings, coverage and errors: a pure function of the two and of a day.
//!
//! | step | module |
//! | --- | --- |
//! | what judgement asks of a database | [`source`] |
//! | os-release to OSV's ecosystems | [`distribution`] |
//! | which ecosystem, name and version stand for a package | [`target`] |
//! | kernels, their headers and tools | [`kernel`] |
//! | whose packages speak for the files in them | [`owners`] |
//! | advisories that affect a version, merged by alias | [`matching`], [`group`] |
//! | a finding with its words | [`finding`], [`evidence`], [`rating`], [`references`], [`remedy`] |
//! | what was judged and what was not | [`cover`] |
//! | the image's configuration | [`image_config`] |

mod cover;
mod distribution;
mod evidence;
mod finding;
mod group;
pub mod image_config;
mod kernel;
mod matching;
mod owners;
mod rating;
mod references;
pub(crate) mod remedy;
pub mod source;
pub(crate) mod target;
#[cfg(test)]
mod tests;

pub use source::{AdvisorySource, CveFacts, EcosystemInfo, ReadError};

use batten_model::{Coverage, Date, Finding, Inventory, Localized, Package, ScanError, Text};
use cover::Cover;
use distribution::Distribution;
use finding::Maker;
use owners::Owners;
use std::collections::BTreeMap;
use target::{Lookup, Target};

/// The answer of [`judge`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Judgement {
    /// What is wrong, the most urgent first.
    pub findings: Vec<Finding>,
    /// What was judged and what was not, sorted by ecosystem.
    pub coverage: Vec<Coverage>,
    /// What could not be judged although its ecosystem is covered.
    pub errors: Vec<ScanError>,
}

/// Judges an inventory. `today` tells which deadlines are over; nothing else depends on it.
pub fn judge(inventory: &Inventory, database: &dyn AdvisorySource, today: Date) -> Judgement {
    let distribution = Distribution::of(&inventory.os, database);
    let owners = Owners::of(inventory, &distribution, database);
    let mut cover = Cover::new(database, &distribution);
    let mut lookups: BTreeMap<Lookup, Vec<&Package>> = BTreeMap::new();
    for package in &inventory.packages {
        let target = target::of(package, &distribution, &owners, database);
        cover.count(package, &target);
        if let Target::Judged(lookup) = target {
            lookups.entry(lookup).or_default().push(package);
        }
    }
    let mut judgement = Judgement { coverage: cover.lines(), ..Judgement::default() };
    let mut maker = Maker::new(inventory, database, today);
    for (lookup, packages) in &lookups {
        judge_lookup(lookup, packages, &mut maker, &mut judgement);
    }
    if let Some(config) = &inventory.config {
        judgement.findings.extend(image_config::judge(config, &inventory.subject));
    }
    judgement.errors.extend(maker.errors());
    judgement.findings.sort_by_cached_key(|finding| {
        let package = finding.package.as_ref().map_or("", |p| p.reference.as_str()).to_owned();
        (finding.urgency(), finding.id.clone(), package)
    });
    judgement
}

/// Asks the database what affects a package at a version that it may have one day.
pub(crate) struct Questions<'a> {
    database: &'a dyn AdvisorySource,
    distribution: Distribution,
    owners: Owners,
    platform: matching::Platform,
}

impl<'a> Questions<'a> {
    /// For the packages of one inventory.
    pub(crate) fn new(inventory: &Inventory, database: &'a dyn AdvisorySource) -> Questions<'a> {
        let distribution = Distribution::of(&inventory.os, database);
        let owners = Owners::of(inventory, &distribution, database);
        Questions { database, distribution, owners, platform: matching::Platform::of(inventory) }
    }

    /// The question that a package is judged by; `None` where nothing judges it.
    pub(crate) fn lookup(&self, package: &Package) -> Option<Lookup> {
        match target::of(package, &self.distribution, &self.owners, self.database) {
            Target::Judged(lookup) => Some(lookup),
            Target::Covered | Target::Owned | Target::Unjudged(..) => None,
        }
    }

    /// Ids of what affects `version`.
    pub(crate) fn affected(&self, lookup: &Lookup, version: &str) -> Vec<String> {
        let lookup = Lookup { version: version.to_owned(), ..lookup.clone() };
        let outcome = matching::look_up(&lookup, self.database, &self.platform);
        outcome.groups.into_iter().map(|group| group.id).collect()
    }
}

fn judge_lookup(lookup: &Lookup, packages: &[&Package], maker: &mut Maker<'_>, judgement: &mut Judgement) {
    let outcome = matching::look_up(lookup, maker.database(), &maker.platform());
    for error in &outcome.unreadable {
        judgement.errors.push(ScanError::fatal("unreadable-database", lookup.place(), error.text()));
    }
    if let Some((error, advisories)) = &outcome.undetermined {
        for package in packages {
            let text = Text::new(
                format!("{advisories} advisories could not be judged: {error}"),
                format!("{advisories} 条公告无法判断：{}", error.zh()),
            );
            judgement.errors.push(ScanError::item("undetermined-version", package.reference(), text));
        }
    }
    for group in &outcome.groups {
        for package in packages {
            judgement.findings.push(maker.finding(package, lookup, group));
        }
    }
}
