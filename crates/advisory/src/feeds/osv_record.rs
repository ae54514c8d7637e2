//! One record in the OSV schema (version 1.7; older versions are subsets) and the advisories that it holds.

use super::ecosystem;
use crate::record::{Advisory, Event, Range, RangeKind};
use batten_model::{Date, FindingStatus, Severity};
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use std::borrow::Cow;
use std::collections::BTreeMap;

/// Bytes of an id, name or version that are accepted.
const TEXT_LIMIT: usize = 1024;
/// Items of any one list within a record that are accepted.
const LIST_LIMIT: usize = 200_000;

/// The parts of a record that Batten reads.
#[derive(Deserialize)]
pub(super) struct Record<'a> {
    #[serde(borrow)]
    id: Cow<'a, str>,
    #[serde(borrow, default)]
    modified: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    published: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    withdrawn: Option<Cow<'a, str>>,
    #[serde(borrow, default, deserialize_with = "or_empty")]
    aliases: Vec<Cow<'a, str>>,
    #[serde(borrow, default, deserialize_with = "or_empty")]
    upstream: Vec<Cow<'a, str>>,
    #[serde(borrow, default, deserialize_with = "or_empty")]
    related: Vec<Cow<'a, str>>,
    #[serde(borrow, default, deserialize_with = "or_empty")]
    severity: Vec<Score<'a>>,
    #[serde(borrow, default, deserialize_with = "or_empty")]
    affected: Vec<Affected<'a>>,
    #[serde(default)]
    database_specific: Option<Value>,
}

#[derive(Deserialize)]
struct Score<'a> {
    #[serde(borrow, rename = "type", default)]
    kind: Cow<'a, str>,
    #[serde(borrow, default)]
    score: Cow<'a, str>,
}

#[derive(Deserialize)]
struct Affected<'a> {
    #[serde(borrow, default)]
    package: Option<Named<'a>>,
    #[serde(borrow, default, deserialize_with = "or_empty")]
    ranges: Vec<RawRange<'a>>,
    #[serde(borrow, default, deserialize_with = "or_empty")]
    versions: Vec<Cow<'a, str>>,
    #[serde(borrow, default, deserialize_with = "or_empty")]
    severity: Vec<Score<'a>>,
    #[serde(default)]
    ecosystem_specific: Option<Value>,
    #[serde(default)]
    database_specific: Option<Value>,
}

#[derive(Deserialize)]
struct Named<'a> {
    #[serde(borrow)]
    ecosystem: Cow<'a, str>,
    #[serde(borrow)]
    name: Cow<'a, str>,
}

#[derive(Deserialize)]
struct RawRange<'a> {
    #[serde(borrow, rename = "type", default)]
    kind: Cow<'a, str>,
    #[serde(borrow, default, deserialize_with = "or_empty")]
    events: Vec<RawEvent<'a>>,
}

#[derive(Deserialize)]
struct RawEvent<'a> {
    #[serde(borrow, default)]
    introduced: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    fixed: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    last_affected: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    limit: Option<Cow<'a, str>>,
}

/// Some publishers write `null` for an empty list.
fn or_empty<'de, D, T>(deserializer: D) -> Result<Vec<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    Ok(Option::<Vec<T>>::deserialize(deserializer)?.unwrap_or_default())
}

/// One advisory with the package that it is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// OSV's name of the ecosystem, with its release.
    pub ecosystem: String,
    /// The package's name as the record spells it.
    pub package: String,
    /// The advisory. Its feed is empty; the caller knows it.
    pub advisory: Advisory,
}

impl Record<'_> {
    /// The day of the last change. Go's repository has the year 1 there.
    pub(super) fn modified(&self) -> Option<Date> {
        day(&self.modified)
    }

    /// The day of publication.
    pub(super) fn published(&self) -> Option<Date> {
        day(&self.published)
    }

    /// Whether its publisher has taken it back.
    pub(super) fn is_withdrawn(&self) -> bool {
        self.withdrawn.as_deref().is_some_and(|text| !text.is_empty())
    }

    /// Why the record cannot be used, in both languages.
    pub(super) fn fault(&self) -> Option<(String, String)> {
        let long = |text: &str| text.len() > TEXT_LIMIT;
        if self.id.is_empty() || long(&self.id) {
            return Some(("the record has no usable id".into(), "记录没有可用的 id".into()));
        }
        let lists = [self.aliases.len(), self.upstream.len(), self.related.len(), self.affected.len()];
        let parts = self.affected.iter().flat_map(|a| {
            [a.versions.len(), a.ranges.len()].into_iter().chain(a.ranges.iter().map(|r| r.events.len()))
        });
        if lists.into_iter().chain(parts).any(|length| length > LIST_LIMIT) {
            return Some((
                format!("the record has a list of more than {LIST_LIMIT} items"),
                format!("记录中有超过 {LIST_LIMIT} 项的列表"),
            ));
        }
        let texts = self.affected.iter().flat_map(|a| {
            let events =
                a.ranges.iter().flat_map(|r| &r.events).flat_map(|e| {
                    [&e.introduced, &e.fixed, &e.last_affected, &e.limit].into_iter().flatten()
                });
            a.versions.iter().chain(a.package.iter().flat_map(|p| [&p.name, &p.ecosystem])).chain(events)
        });
        texts.chain(&self.aliases).chain(&self.upstream).any(|t| long(t)).then(|| {
            (
                format!("the record has a name, version or id of more than {TEXT_LIMIT} bytes"),
                format!("记录中的名称、版本或标识超过 {TEXT_LIMIT} 字节"),
            )
        })
    }

    /// The advisories of a record that is not withdrawn, one for each package and, for distributions, each
    /// vulnerability. What gives no version at all (Git ranges alone) cannot be matched and is left out.
    pub(super) fn entries(&self) -> Vec<Entry> {
        let mut by_package: BTreeMap<(String, &str), Vec<Advisory>> = BTreeMap::new();
        for affected in &self.affected {
            let Some(package) = &affected.package else { continue };
            if package.name.is_empty() {
                continue;
            }
            let ecosystem = ecosystem::canonical(&package.ecosystem).into_owned();
            let Some(advisory) = self.advisory(&ecosystem, affected) else { continue };
            let list = by_package.entry((ecosystem, &package.name)).or_default();
            match list.iter_mut().find(|known| can_join(known, &advisory)) {
                Some(known) => join(known, advisory),
                None => list.push(advisory),
            }
        }
        let mut entries = Vec::new();
        for ((ecosystem, package), list) in by_package {
            for mut advisory in list {
                tidy(&mut advisory);
                for advisory in self.name(&ecosystem, advisory) {
                    entries.push(Entry {
                        ecosystem: ecosystem.clone(),
                        package: package.to_owned(),
                        advisory,
                    });
                }
            }
        }
        entries
    }

    fn advisory(&self, ecosystem: &str, affected: &Affected<'_>) -> Option<Advisory> {
        let ranges: Vec<Range> = affected.ranges.iter().filter_map(RawRange::range).collect();
        let versions: Vec<String> = affected.versions.iter().map(|v| v.clone().into_owned()).collect();
        if ranges.is_empty() && versions.is_empty() {
            return None;
        }
        let specific = affected.ecosystem_specific.as_ref();
        let scores = if affected.severity.is_empty() { &self.severity } else { &affected.severity };
        let (cvss, named) = split_scores(scores);
        let mut advisory = Advisory {
            id: self.id.clone().into_owned(),
            ranges,
            versions,
            status: status(specific, affected.database_specific.as_ref()),
            severity: self.word(ecosystem, affected, named, cvss.is_empty()),
            cvss,
            published: self.published(),
            ..Advisory::default()
        };
        if let Some(specific) = specific {
            read_imports(specific, &mut advisory);
            read_affects(specific, &mut advisory);
        }
        Some(advisory)
    }

    /// The feed's own word for the severity, and whose it is.
    fn word(
        &self,
        ecosystem: &str,
        affected: &Affected<'_>,
        named: Option<(Severity, String)>,
        no_vector: bool,
    ) -> Option<(Severity, String)> {
        if self.id.starts_with("MAL-") {
            // A package made to do harm: to have it is to be compromised, and no scale of flaws applies.
            return Some((Severity::Critical, "malicious-package".to_owned()));
        }
        let text = |value: Option<&Value>, key: &str| {
            value.and_then(|v| v.get(key)).and_then(Value::as_str).and_then(Severity::parse)
        };
        let specific = affected.ecosystem_specific.as_ref();
        let own = affected.database_specific.as_ref();
        if let Some(severity) = text(specific, "urgency") {
            return Some((severity, "debian".to_owned()));
        }
        if named.is_some() {
            return named;
        }
        let source = || match self.id.split('-').next().unwrap_or_default() {
            "GHSA" => "ghsa".to_owned(),
            "BIT" => "bitnami".to_owned(),
            _ => ecosystem::base(ecosystem).to_ascii_lowercase(),
        };
        let said = text(specific, "severity")
            .or_else(|| text(own, "severity"))
            .or_else(|| text(self.database_specific.as_ref(), "severity"));
        if let Some(severity) = said {
            return Some((severity, source()));
        }
        if let Some("unmaintained" | "notice") =
            own.and_then(|v| v.get("informational")).and_then(Value::as_str)
        {
            // RustSec says so of what is no flaw.
            return Some((Severity::None, "rustsec".to_owned()));
        }
        let score = self.database_specific.as_ref().filter(|_| no_vector).and_then(bare_score)?;
        Some((Severity::from_score(score), source()))
    }

    /// Gives an advisory its names. A distribution's announcement of several CVEs becomes one advisory for each.
    fn name(&self, ecosystem: &str, advisory: Advisory) -> Vec<Advisory> {
        let own: &str = &self.id;
        let all = || {
            self.aliases
                .iter()
                .chain(&self.upstream)
                .map(Cow::as_ref)
                .filter(|id| !id.is_empty() && *id != own)
        };
        if !ecosystem::is_distribution(ecosystem) {
            // `upstream` of a language's record names what it was made from: the same vulnerability.
            let mut aliases: Vec<String> = all().map(str::to_owned).collect();
            aliases.sort();
            aliases.dedup();
            return vec![Advisory { aliases, ..advisory }];
        }
        let is_cve = |id: &&str| id.starts_with("CVE-");
        let mut cves: Vec<&str> = all().filter(is_cve).collect();
        if cves.is_empty() && !own.starts_with("CVE-") && !own.contains("-CVE-") {
            cves = self.related.iter().map(Cow::as_ref).filter(is_cve).collect();
        }
        cves.sort_unstable();
        cves.dedup();
        match cves.as_slice() {
            [] => {
                let mut aliases: Vec<String> = all().map(str::to_owned).collect();
                aliases.sort();
                aliases.dedup();
                vec![Advisory { aliases, ..advisory }]
            }
            [one] if own.starts_with("CVE-") || own.contains("-CVE-") => {
                vec![Advisory { aliases: vec![(*one).to_owned()], ..advisory }]
            }
            many => many
                .iter()
                .map(|cve| Advisory {
                    id: (*cve).to_owned(),
                    announcements: vec![own.to_owned()],
                    ..advisory.clone()
                })
                .collect(),
        }
    }
}

impl RawRange<'_> {
    fn range(&self) -> Option<Range> {
        let kind = match self.kind.as_ref() {
            "SEMVER" => RangeKind::Semver,
            "ECOSYSTEM" => RangeKind::Ecosystem,
            _ => return None,
        };
        let mut events = Vec::with_capacity(self.events.len());
        let text = |value: &Option<Cow<'_, str>>| value.clone().map(Cow::into_owned);
        for event in &self.events {
            events.extend(text(&event.introduced).map(Event::Introduced));
            events.extend(text(&event.fixed).map(Event::Fixed));
            events.extend(text(&event.last_affected).map(Event::LastAffected));
            events.extend(text(&event.limit).map(Event::Limit));
        }
        (!events.is_empty()).then_some(Range { kind, events })
    }
}

fn day(text: &Option<Cow<'_, str>>) -> Option<Date> {
    text.as_deref().and_then(Date::parse).filter(|day| day.days_since_epoch() > 0)
}

/// Two entries of one record on one package that differ in nothing but their versions and symbols.
fn can_join(one: &Advisory, other: &Advisory) -> bool {
    (&one.status, &one.severity, &one.cvss, &one.conditions)
        == (&other.status, &other.severity, &other.cvss, &other.conditions)
}

fn join(known: &mut Advisory, more: Advisory) {
    known.ranges.extend(more.ranges);
    known.versions.extend(more.versions);
    known.symbols.extend(more.symbols);
}

fn tidy(advisory: &mut Advisory) {
    let mut seen = std::collections::BTreeSet::new();
    advisory.ranges.retain(|range| seen.insert(range.clone()));
    for list in [&mut advisory.versions, &mut advisory.symbols, &mut advisory.cvss] {
        list.sort();
        list.dedup();
    }
}

fn split_scores(scores: &[Score<'_>]) -> (Vec<String>, Option<(Severity, String)>) {
    let mut vectors = Vec::new();
    let mut named = None;
    for score in scores {
        match score.kind.as_ref() {
            "CVSS_V2" | "CVSS_V3" | "CVSS_V4"
                if !score.score.is_empty() && score.score.len() <= TEXT_LIMIT =>
            {
                vectors.push(score.score.clone().into_owned());
            }
            "Ubuntu" => named = Severity::parse(&score.score).map(|s| (s, "ubuntu".to_owned())),
            _ => {}
        }
    }
    vectors.sort();
    vectors.dedup();
    (vectors, named)
}

/// A base score without its vector, as converted feeds carry it.
fn bare_score(specific: &Value) -> Option<f32> {
    let value = ["cvss_score", "cvss_v4_score", "cvss_v3_score", "cvss_v2_score"]
        .iter()
        .filter_map(|key| specific.get(key))
        .find(|value| !value.is_null())?;
    let score = value.as_f64().or_else(|| value.as_str()?.trim().parse().ok())?;
    (0.0..=10.0).contains(&score).then_some(score as f32)
}

/// Debian's urgency and Ubuntu's status say more than the range.
fn status(specific: Option<&Value>, own: Option<&Value>) -> Option<FindingStatus> {
    let text = |value: Option<&Value>, key: &str| value?.get(key)?.as_str().map(str::to_owned);
    if text(specific, "urgency").as_deref() == Some("end-of-life") {
        return Some(FindingStatus::EndOfLife);
    }
    match text(own, "status").or_else(|| text(specific, "status"))?.as_str() {
        "ignored" => Some(FindingStatus::WillNotFix),
        "deferred" => Some(FindingStatus::Postponed),
        "needs-triage" => Some(FindingStatus::Undetermined),
        "end-of-life" => Some(FindingStatus::EndOfLife),
        _ => None,
    }
}

/// Go: import paths with their symbols, and the systems that alone are affected (go.dev/security/vuln/database).
fn read_imports(specific: &Value, advisory: &mut Advisory) {
    let Some(imports) = specific.get("imports").and_then(Value::as_array) else { return };
    let texts = |value: &Value, key: &str| -> Vec<String> {
        let list = value.get(key).and_then(Value::as_array);
        list.into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .filter(|t| t.len() <= TEXT_LIMIT)
            .map(str::to_owned)
            .collect()
    };
    // A condition holds for the advisory only where every import is under it.
    let mut conditions: Option<std::collections::BTreeSet<String>> = None;
    for import in imports {
        let Some(path) = import.get("path").and_then(Value::as_str).filter(|p| p.len() <= TEXT_LIMIT) else {
            continue;
        };
        let symbols = texts(import, "symbols");
        if symbols.is_empty() {
            advisory.symbols.push(path.to_owned());
        }
        advisory.symbols.extend(symbols.into_iter().map(|symbol| format!("{path}#{symbol}")));
        let systems = texts(import, "goos").into_iter().map(|os| format!("goos={os}"));
        let machines = texts(import, "goarch").into_iter().map(|arch| format!("goarch={arch}"));
        let own: std::collections::BTreeSet<String> = systems.chain(machines).collect();
        conditions = Some(match conditions {
            None => own,
            Some(known) if known.is_empty() || own.is_empty() => Default::default(),
            Some(known) => known.union(&own).cloned().collect(),
        });
    }
    advisory.conditions.extend(conditions.into_iter().flatten());
}

/// RustSec: functions, operating systems and architectures (`ecosystem_specific.affects`).
fn read_affects(specific: &Value, advisory: &mut Advisory) {
    let Some(affects) = specific.get("affects") else { return };
    let texts = |key: &str| {
        let list = affects.get(key).and_then(Value::as_array);
        list.into_iter().flatten().filter_map(Value::as_str).filter(|t| t.len() <= TEXT_LIMIT)
    };
    advisory.symbols.extend(texts("functions").map(str::to_owned));
    advisory.conditions.extend(texts("os").map(|os| format!("os={os}")));
    advisory.conditions.extend(texts("arch").map(|arch| format!("arch={arch}")));
    advisory.conditions.sort();
    advisory.conditions.dedup();
}
