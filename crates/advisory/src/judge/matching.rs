//! Advisories that affect one version of one package.

use super::group::{self, Group};
use super::source::{AdvisorySource, ReadError};
use super::target::Lookup;
use crate::record::{Advisory, Event};
use crate::version::VersionError;
use crate::version::range::{Match, Subject, Verdict};
use batten_model::{Inventory, SubjectKind};
use std::collections::BTreeSet;

/// An advisory that affects the version.
#[derive(Debug, Clone)]
pub(super) struct Matched {
    /// The advisory.
    pub(super) advisory: Advisory,
    /// The ecosystem that was asked.
    pub(super) ecosystem: String,
    /// The name that was asked for.
    pub(super) name: String,
    /// What matched.
    pub(super) how: Match,
}

/// What a question gave.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    /// Vulnerabilities that affect the version.
    pub(super) groups: Vec<Group>,
    /// Why some advisories could not be judged (the first reason), and how many.
    pub(super) undetermined: Option<(VersionError, usize)>,
    /// What could not be read.
    pub(super) unreadable: Vec<ReadError>,
}

/// The system that the packages run on, as far as it is known, in Go's words.
#[derive(Debug, Clone, Default)]
pub(super) struct Platform {
    os: Option<String>,
    arch: Option<String>,
}

impl Platform {
    /// From the image's configuration. A host, and a tree with an os-release file, runs Linux.
    pub(super) fn of(inventory: &Inventory) -> Platform {
        let known = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        match (&inventory.config, inventory.subject.kind) {
            (Some(config), _) => Platform { os: known(&config.os), arch: known(&config.architecture) },
            (None, SubjectKind::Host) => Platform { os: known("linux"), arch: None },
            (None, _) => Platform { os: inventory.os.present().and(known("linux")), arch: None },
        }
    }

    /// False where an advisory is about other systems only.
    fn fits(&self, advisory: &Advisory) -> bool {
        let allows = |keys: [&str; 2], own: Option<&str>| {
            let mut wanted = advisory
                .conditions
                .iter()
                .filter_map(|condition| condition.split_once('='))
                .filter(|(key, _)| keys.contains(key))
                .map(|(_, value)| value)
                .peekable();
            wanted.peek().is_none() || own.is_none_or(|own| wanted.any(|value| same_machine(value, own)))
        };
        allows(["goos", "os"], self.os.as_deref()) && allows(["goarch", "arch"], self.arch.as_deref())
    }
}

/// Go, OCI and Rust do not call machines by the same names.
fn same_machine(left: &str, right: &str) -> bool {
    let name = |text: &str| match text {
        "x86_64" => "amd64".to_owned(),
        "aarch64" => "arm64".to_owned(),
        "x86" => "386".to_owned(),
        "macos" => "darwin".to_owned(),
        other => other.to_ascii_lowercase(),
    };
    name(left) == name(right)
}

/// Asks the database and judges each advisory.
pub(super) fn look_up(lookup: &Lookup, database: &dyn AdvisorySource, platform: &Platform) -> Outcome {
    let mut outcome = Outcome::default();
    let mut matched: Vec<Matched> = Vec::new();
    let mut cleared: BTreeSet<String> = BTreeSet::new();
    for ecosystem in &lookup.ecosystems {
        for name in &lookup.names {
            let advisories = match database.advisories(ecosystem, name) {
                Ok(advisories) => advisories,
                Err(error) => {
                    outcome.unreadable.push(error);
                    continue;
                }
            };
            let mut subject = Subject::new(ecosystem, name, &lookup.version);
            for advisory in advisories {
                if clears(&advisory) {
                    cleared.extend(advisory.aliases.into_iter().chain([advisory.id]));
                    continue;
                }
                if !platform.fits(&advisory) || !fits_build(&advisory, &lookup.version) {
                    continue;
                }
                match subject.judge(&advisory) {
                    Verdict::NotAffected => {}
                    Verdict::Affected(how) => {
                        let (ecosystem, name) = (ecosystem.clone(), name.clone());
                        matched.push(Matched { advisory, ecosystem, name, how });
                    }
                    Verdict::Undetermined(error) => {
                        let count = outcome.undetermined.as_ref().map_or(0, |(_, count)| *count);
                        let first = outcome.undetermined.take().map_or(error, |(first, _)| first);
                        outcome.undetermined = Some((first, count + 1));
                    }
                }
            }
        }
    }
    // The distribution's word that a package is not affected wins over every other record on the same flaw.
    matched.retain(|m| {
        !cleared.contains(&m.advisory.id) && !m.advisory.aliases.iter().any(|a| cleared.contains(a))
    });
    outcome.groups = group::merge(matched, &lookup.version);
    outcome
}

/// True where the advisory says that no version is affected: outright, or by a fix in version 0 as trackers write it.
fn clears(advisory: &Advisory) -> bool {
    let fixed_from_the_start = |events: &[Event]| {
        let zero = |event: &Event| matches!(event, Event::Introduced(v) | Event::Fixed(v) if v == "0");
        events.iter().all(zero) && events.iter().any(|e| matches!(e, Event::Fixed(_)))
    };
    advisory.not_affected
        || advisory.versions.is_empty()
            && !advisory.ranges.is_empty()
            && advisory.ranges.iter().all(|range| fixed_from_the_start(&range.events))
}

/// RPM builds of a module stream, and Oracle's ksplice builds, have advisories of their own: where every fix is such a
/// build, the advisory is about such builds only; a plain fix says nothing of them.
fn fits_build(advisory: &Advisory, version: &str) -> bool {
    let special = |version: &str| (version.contains(".module"), version.contains("ksplice"));
    let mut fixes = advisory
        .ranges
        .iter()
        .flat_map(|range| &range.events)
        .filter_map(|event| if let Event::Fixed(fixed) = event { Some(special(fixed)) } else { None })
        .peekable();
    fixes.peek().is_none() || fixes.any(|fix| fix == special(version))
}
