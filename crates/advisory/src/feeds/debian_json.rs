//! Debian's security tracker as one JSON document (security-tracker.debian.org/tracker/data/json): source package, then
//! vulnerability, then what holds in each release. The document is streamed, one vulnerability at a time.

use super::debian_release::{self, Release};
use super::{FeedError, Problem, Sink, input};
use crate::record::{Advisory, Event, Range, RangeKind};
use batten_model::{FindingStatus, Severity};
use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, MapAccess, Visitor};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::io::Read;
use std::path::Path;

/// The feed's name.
pub const FEED: &str = "debian-tracker";

/// Reads the document; returns the ecosystems that it is about.
pub fn read(path: &Path, sink: &mut dyn Sink) -> Result<BTreeSet<String>, FeedError> {
    let reader = input::open(path, input::FEED_LIMIT)?;
    parse(&path.display().to_string(), reader, sink)
}

/// Reads the document; `place` names it in errors. Returns the ecosystems that it is about.
pub fn parse(place: &str, reader: impl Read, sink: &mut dyn Sink) -> Result<BTreeSet<String>, FeedError> {
    let mut state = State { place, sink, ecosystems: BTreeSet::new(), failed: None };
    state.sink.covers("Debian");
    let mut json = serde_json::Deserializer::from_reader(reader);
    let read = Packages(&mut state).deserialize(&mut json).and_then(|()| json.end());
    if let Some(fault) = state.failed {
        return Err(FeedError::Output(fault));
    }
    match read {
        Ok(()) => Ok(state.ecosystems),
        Err(e) if e.is_io() => Err(input::fault_of(Path::new(place), e.into())),
        Err(e) => Err(FeedError::json(place, &e)),
    }
}

struct State<'a> {
    place: &'a str,
    sink: &'a mut dyn Sink,
    ecosystems: BTreeSet<String>,
    /// The taker's fault, which no JSON error can carry.
    failed: Option<std::io::Error>,
}

#[derive(Deserialize)]
struct Issue {
    #[serde(default)]
    releases: BTreeMap<String, Value>,
}

#[derive(Deserialize)]
struct InRelease {
    status: String,
    #[serde(default)]
    fixed_version: Option<String>,
    #[serde(default)]
    urgency: Option<String>,
    #[serde(default)]
    nodsa: Option<String>,
    #[serde(default)]
    nodsa_reason: Option<String>,
}

impl State<'_> {
    fn issue(&mut self, package: &str, id: &str, value: Value) -> std::io::Result<()> {
        let issue = match serde_json::from_value::<Issue>(value) {
            Ok(issue) => issue,
            Err(e) => {
                self.problem(package, id, "", &e.to_string());
                return Ok(());
            }
        };
        let parsed: Vec<(&'static Release, InRelease)> = issue
            .releases
            .into_iter()
            .filter_map(|(codename, value)| {
                let release = debian_release::by_codename(&codename)?;
                match serde_json::from_value::<InRelease>(value) {
                    Ok(said) => Some((release, said)),
                    Err(e) => {
                        self.problem(package, id, &codename, &e.to_string());
                        None
                    }
                }
            })
            .collect();
        // Where unstable is fixed, a package from there (a backport) is fixed in each release.
        let unstable = parsed
            .iter()
            .find(|(release, said)| release.codename == "sid" && said.status == "resolved")
            .and_then(|(_, said)| said.fixed_version.clone())
            .filter(|version| version != "0");
        self.sink.record(FEED, "", None);
        for (release, said) in parsed {
            let Some(advisory) = advisory(id, &said, unstable.as_deref()) else {
                self.problem(package, id, release.codename, &format!("unknown status {:?}", said.status));
                continue;
            };
            if !self.ecosystems.contains(release.ecosystem) {
                self.ecosystems.insert(release.ecosystem.to_owned());
            }
            self.sink.advisory(release.ecosystem, package, advisory)?;
        }
        Ok(())
    }

    fn problem(&mut self, package: &str, id: &str, release: &str, why: &str) {
        let place = format!("{}#/{package}/{id}/{release}", self.place);
        self.sink.problem(Problem::new(
            place.trim_end_matches('/'),
            format!("not an entry of the tracker: {why}"),
            format!("不是跟踪器条目：{why}"),
        ));
    }
}

fn advisory(id: &str, said: &InRelease, unstable: Option<&str>) -> Option<Advisory> {
    let urgency = said.urgency.as_deref().unwrap_or_default().trim_end_matches('*');
    let mut advisory = Advisory {
        id: id.to_owned(),
        feed: FEED.to_owned(),
        severity: Severity::parse(urgency).map(|severity| (severity, "debian".to_owned())),
        ..Advisory::default()
    };
    let mut events = vec![Event::Introduced("0".to_owned())];
    match said.status.as_str() {
        "resolved" => match said.fixed_version.as_deref() {
            None | Some("0" | "") => {
                advisory.not_affected = true;
                return Some(advisory);
            }
            Some(version) => events.push(Event::Fixed(version.to_owned())),
        },
        "open" | "undetermined" => {
            advisory.status = Some(open_status(said, urgency));
            events.extend(unstable.map(|version| Event::Limit(version.to_owned())));
        }
        _ => return None,
    }
    advisory.ranges = vec![Range { kind: RangeKind::Ecosystem, events }];
    Some(advisory)
}

fn open_status(said: &InRelease, urgency: &str) -> FindingStatus {
    match (said.status.as_str(), said.nodsa.is_some(), said.nodsa_reason.as_deref()) {
        ("undetermined", ..) => FindingStatus::Undetermined,
        _ if urgency == "end-of-life" => FindingStatus::EndOfLife,
        (_, true, Some("ignored")) => FindingStatus::WillNotFix,
        (_, true, Some("postponed")) => FindingStatus::Postponed,
        (_, true, _) => FindingStatus::NoAdvisory,
        _ => FindingStatus::Affected,
    }
}

/// The outer object: source packages.
struct Packages<'s, 'a>(&'s mut State<'a>);

impl<'de> DeserializeSeed<'de> for Packages<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Packages<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object of source packages")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(package) = map.next_key::<String>()? {
            map.next_value_seed(Issues(&mut *self.0, &package))?;
        }
        Ok(())
    }
}

/// One source package's object: vulnerabilities.
struct Issues<'s, 'a, 'p>(&'s mut State<'a>, &'p str);

impl<'de> DeserializeSeed<'de> for Issues<'_, '_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Issues<'_, '_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object of vulnerabilities")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some((id, value)) = map.next_entry::<String, Value>()? {
            if let Err(fault) = self.0.issue(self.1, &id, value) {
                self.0.failed = Some(fault);
                return Err(serde::de::Error::custom("the records cannot be put down"));
            }
        }
        Ok(())
    }
}
