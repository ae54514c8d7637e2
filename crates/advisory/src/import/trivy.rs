//! A Trivy database, schema version 2 (aquasecurity/trivy-db): top-level buckets of sources, in them packages, in them
//! vulnerabilities with what the source says as JSON; scores of each vulnerability in a bucket of their own.

use super::bbolt::{Bolt, BoltError, Path as BucketPath, Visitor};
use super::constraint;
use super::trivy_names::{self, Bucket};
use crate::feeds::{FeedError, Problem, Sink, ecosystem};
use crate::record::{Advisory, Event, Range, RangeKind};
use crate::version::Order;
use batten_model::{Date, FindingStatus, Severity};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs::File;

/// Vulnerabilities whose scores are kept while the file is read.
const SCORE_LIMIT: usize = 3_000_000;

/// Reads an open database; `place` names it in errors, `updated` is the day that its metadata tells.
pub(super) fn read(
    place: &str,
    file: &File,
    updated: Option<Date>,
    sink: &mut dyn Sink,
) -> Result<(), FeedError> {
    let open = || -> Result<Bolt, BoltError> { Bolt::open(file.try_clone()?) };
    let told = |error: BoltError| match error {
        BoltError::Io(source) => FeedError::Read { path: place.into(), source },
        error => FeedError::malformed(
            place,
            format!("no readable Trivy database: {error}; download it again"),
            format!("无法读取的 Trivy 数据库：{error}；请重新下载"),
        ),
    };
    // Scores, sources and products lie behind the advisories that refer to them, so the file is walked twice.
    let mut tables = Tables {
        place,
        sink: &mut *sink,
        scores: HashMap::new(),
        sources: BTreeMap::new(),
        products: HashMap::new(),
    };
    open().map_err(told)?.walk(&mut tables).map_err(told)?;
    let Tables { scores, sources, products, .. } = tables;
    let mut advisories =
        Advisories { place, sink, scores, sources, products, feeds: BTreeSet::new(), found: 0, failed: None };
    open().map_err(told)?.walk(&mut advisories).map_err(told)?;
    if let Some(error) = advisories.failed {
        return Err(FeedError::Output(error));
    }
    if advisories.found == 0 {
        return Err(FeedError::malformed(
            place,
            "a bbolt database without advisories as Trivy keeps them (schema version 2); is it another program's?",
            "该 bbolt 数据库中没有 Trivy（schema 版本 2）的漏洞条目；是否为其他程序的数据库？",
        ));
    }
    if let Some(date) = updated {
        advisories.feeds.iter().for_each(|feed| advisories.sink.dated(feed, date));
    }
    Ok(())
}

/// Severities that vendors give, by vendor: what `vulnerability` keeps of one id.
type Scores = Vec<(String, Severity)>;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Vulnerability {
    #[serde(default)]
    vendor_severity: BTreeMap<String, u8>,
    #[serde(default, rename = "CVSS")]
    cvss: BTreeMap<String, Vectors>,
}

#[derive(Deserialize)]
struct Vectors {
    #[serde(rename = "V2Vector", default)]
    v2: Option<String>,
    #[serde(rename = "V3Vector", default)]
    v3: Option<String>,
    #[serde(rename = "V40Vector", default)]
    v4: Option<String>,
}

#[derive(Deserialize)]
struct DataSource {
    #[serde(rename = "ID", default)]
    id: String,
}

/// One entry of a package, in the forms that distributions, languages and Red Hat have.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Entry {
    #[serde(rename = "VendorIDs")]
    vendor_ids: Vec<String>,
    arches: Vec<String>,
    status: u8,
    severity: u8,
    fixed_version: String,
    affected_version: String,
    vulnerable_versions: Vec<String>,
    patched_versions: Vec<String>,
    unaffected_versions: Vec<String>,
    entries: Vec<Entry>,
    cves: Vec<Cve>,
    affected: Vec<u64>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Cve {
    #[serde(rename = "ID")]
    id: String,
    severity: u8,
}

/// The first walk: scores, sources, products.
struct Tables<'a> {
    place: &'a str,
    sink: &'a mut dyn Sink,
    scores: HashMap<String, Scores>,
    sources: BTreeMap<String, String>,
    products: HashMap<u64, String>,
}

impl Visitor for Tables<'_> {
    fn enter(&mut self, path: &BucketPath, name: &[u8]) -> bool {
        match path {
            [] => matches!(
                trivy_names::bucket(&text(name)),
                Bucket::Vulnerability | Bucket::DataSource | Bucket::RedHatProducts
            ),
            [_] => name == b"cpe",
            _ => false,
        }
    }

    fn value(&mut self, path: &BucketPath, key: &[u8], value: &[u8]) -> bool {
        let Some(top) = path.first() else { return true };
        let key = text(key);
        match trivy_names::bucket(&text(top)) {
            Bucket::Vulnerability => self.vulnerability(&key, value),
            Bucket::DataSource => {
                if let Ok(source) = serde_json::from_slice::<DataSource>(value) {
                    self.sources.insert(key, source.id);
                }
            }
            Bucket::RedHatProducts => {
                let product = serde_json::from_slice::<String>(value).unwrap_or_else(|_| text(value));
                if let (Ok(number), Some(product)) = (key.parse(), trivy_names::red_hat(&product)) {
                    self.products.insert(number, product);
                }
            }
            _ => {}
        }
        true
    }

    fn damaged(&mut self, path: &BucketPath, error: &BoltError) {
        damaged(self.place, self.sink, path, error);
    }
}

impl Tables<'_> {
    fn vulnerability(&mut self, id: &str, value: &[u8]) {
        let Ok(vulnerability) = serde_json::from_slice::<Vulnerability>(value) else {
            unreadable(self.place, self.sink, &["vulnerability", id], "no vulnerability");
            return;
        };
        for (vendor, vectors) in vulnerability.cvss {
            let list: Vec<String> = [vectors.v4, vectors.v3, vectors.v2]
                .into_iter()
                .flatten()
                .filter(|v| v.len() <= 512)
                .collect();
            // A fault of the disk comes again with the next advisory.
            let _ = self.sink.score(id, &list, &format!("trivy:{vendor}"), None);
        }
        let scores: Scores = vulnerability
            .vendor_severity
            .into_iter()
            .filter_map(|(vendor, number)| Some((vendor, severity(number)?)))
            .collect();
        let ghsa = scores.iter().find(|(vendor, _)| vendor == "ghsa");
        if let Some((vendor, severity)) = ghsa {
            let _ = self.sink.score(id, &[], "trivy:ghsa", Some(&(*severity, vendor.clone())));
        }
        if !scores.is_empty() && self.scores.len() < SCORE_LIMIT {
            self.scores.insert(id.to_owned(), scores);
        }
    }
}

/// The second walk: advisories.
struct Advisories<'a> {
    place: &'a str,
    sink: &'a mut dyn Sink,
    scores: HashMap<String, Scores>,
    sources: BTreeMap<String, String>,
    products: HashMap<u64, String>,
    feeds: BTreeSet<String>,
    found: u64,
    failed: Option<std::io::Error>,
}

impl Visitor for Advisories<'_> {
    fn enter(&mut self, path: &BucketPath, name: &[u8]) -> bool {
        match path {
            [] => matches!(trivy_names::bucket(&text(name)), Bucket::Ecosystem(_) | Bucket::RedHat),
            [_] => true,
            _ => false,
        }
    }

    fn value(&mut self, path: &BucketPath, key: &[u8], value: &[u8]) -> bool {
        let [top, package] = path else { return true };
        let (top, package, id) = (text(top), text(package), text(key));
        let entry: Entry = match serde_json::from_slice(value) {
            Ok(entry) => entry,
            Err(e) => {
                unreadable(self.place, self.sink, &[&top, &package, &id], &e.to_string());
                return true;
            }
        };
        let put = match trivy_names::bucket(&top) {
            Bucket::RedHat => self.red_hat(&package, &id, entry),
            Bucket::Ecosystem(ecosystem) => self.entry(&top, &ecosystem, &package, &id, entry),
            _ => Ok(()),
        };
        match put {
            Ok(()) => true,
            Err(error) => {
                self.failed = Some(error);
                false
            }
        }
    }

    fn damaged(&mut self, path: &BucketPath, error: &BoltError) {
        damaged(self.place, self.sink, path, error);
    }
}

impl Advisories<'_> {
    fn entry(
        &mut self,
        top: &str,
        ecosystem: &str,
        package: &str,
        id: &str,
        entry: Entry,
    ) -> std::io::Result<()> {
        let source = self.sources.get(top).filter(|id| !id.is_empty());
        let source =
            source.cloned().unwrap_or_else(|| top.split([' ', ':']).next().unwrap_or_default().to_owned());
        let feed = format!("trivy:{source}");
        self.count(&feed, ecosystem);
        let mut list = entry.entries;
        if list.is_empty() {
            list.push(Entry { entries: Vec::new(), ..entry });
        }
        for entry in list {
            let Some(ranges) = self.ranges(top, ecosystem, package, id, &entry) else { continue };
            let mut advisory = Advisory {
                id: id.to_owned(),
                feed: feed.clone(),
                severity: self.severity(id, &source, entry.severity),
                status: status(&entry),
                not_affected: entry.status == 1 && entry.fixed_version.is_empty(),
                ranges,
                conditions: entry.arches.iter().map(|arch| format!("arch={arch}")).collect(),
                ..Advisory::default()
            };
            if ecosystem::is_distribution(ecosystem) {
                advisory.announcements = entry.vendor_ids;
            } else {
                advisory.aliases = entry.vendor_ids.into_iter().filter(|alias| alias != id).collect();
            }
            self.sink.advisory(ecosystem, package, advisory)?;
        }
        Ok(())
    }

    /// Red Hat: an entry is about products, each of which is an ecosystem.
    fn red_hat(&mut self, package: &str, id: &str, entry: Entry) -> std::io::Result<()> {
        // A module's packages have its name before theirs.
        let package = package.rsplit_once("::").map_or(package, |(_, name)| name);
        for entry in entry.entries {
            let products: BTreeSet<String> =
                entry.affected.iter().filter_map(|number| self.products.get(number).cloned()).collect();
            let own = [Cve { id: id.to_owned(), severity: entry.severity }];
            let cves = if entry.cves.is_empty() { &own[..] } else { &entry.cves[..] };
            for product in &products {
                self.count("trivy:redhat", product);
                for cve in cves {
                    let cve_id = if cve.id.is_empty() { id } else { &cve.id };
                    let advisory = Advisory {
                        id: cve_id.to_owned(),
                        feed: "trivy:redhat".to_owned(),
                        announcements: if cve_id == id { Vec::new() } else { vec![id.to_owned()] },
                        severity: self.severity(cve_id, "redhat", cve.severity),
                        status: status(&entry),
                        not_affected: entry.status == 1,
                        ranges: if entry.status == 1 { Vec::new() } else { vec![before(&entry)] },
                        conditions: entry.arches.iter().map(|arch| format!("arch={arch}")).collect(),
                        ..Advisory::default()
                    };
                    self.sink.advisory(product, package, advisory)?;
                }
            }
        }
        Ok(())
    }

    fn count(&mut self, feed: &str, ecosystem: &str) {
        self.found += 1;
        self.sink.covers(ecosystem::base(ecosystem));
        self.sink.record(feed, ecosystem, None);
        if !self.feeds.contains(feed) {
            self.feeds.insert(feed.to_owned());
        }
    }

    fn ranges(
        &mut self,
        top: &str,
        ecosystem: &str,
        package: &str,
        id: &str,
        entry: &Entry,
    ) -> Option<Vec<Range>> {
        let lists = [&entry.vulnerable_versions, &entry.patched_versions, &entry.unaffected_versions];
        if lists.iter().all(|list| list.is_empty()) {
            let not_affected = entry.status == 1 && entry.fixed_version.is_empty();
            return Some(if not_affected { Vec::new() } else { vec![before(entry)] });
        }
        let order = Order::of(ecosystem, package)?;
        let read = |list: &[String]| -> Option<Vec<constraint::Interval>> {
            let parts: Option<Vec<_>> = list.iter().map(|text| constraint::intervals(text, order)).collect();
            Some(parts?.into_iter().flatten().collect())
        };
        let (vulnerable, patched, unaffected) = (
            read(&entry.vulnerable_versions),
            read(&entry.patched_versions),
            read(&entry.unaffected_versions),
        );
        let ranges = match (vulnerable, patched, unaffected) {
            (Some(vulnerable), patched, _) if !vulnerable.is_empty() => {
                Some(constraint::ranges(&vulnerable, &patched.unwrap_or_default(), order))
            }
            (Some(_), Some(patched), Some(unaffected)) => {
                let safe: Vec<constraint::Interval> = patched.iter().chain(&unaffected).cloned().collect();
                constraint::complement(&safe, order).map(|gaps| constraint::ranges(&gaps, &patched, order))
            }
            _ => None,
        };
        if ranges.is_none() {
            unreadable(
                self.place,
                self.sink,
                &[top, package, id],
                "a version constraint that cannot be read",
            );
        }
        ranges
    }

    /// The entry's own severity, or its source's in the table of scores.
    fn severity(&self, id: &str, source: &str, own: u8) -> Option<(Severity, String)> {
        let named = || {
            let scores = self.scores.get(id)?;
            scores.iter().find(|(vendor, _)| vendor == source).map(|(_, severity)| *severity)
        };
        severity(own).or_else(named).map(|severity| (severity, source.to_owned()))
    }
}

fn before(entry: &Entry) -> Range {
    let from = if entry.affected_version.is_empty() { "0" } else { entry.affected_version.as_str() };
    let mut events = vec![Event::Introduced(from.to_owned())];
    if !entry.fixed_version.is_empty() {
        events.push(Event::Fixed(entry.fixed_version.clone()));
    }
    Range { kind: RangeKind::Ecosystem, events }
}

/// Trivy's numbers of severities; 0 is "unknown".
fn severity(number: u8) -> Option<Severity> {
    [Severity::Low, Severity::Medium, Severity::High, Severity::Critical]
        .get(usize::from(number).checked_sub(1)?)
        .copied()
}

/// Trivy's numbers of statuses, for what is not fixed.
fn status(entry: &Entry) -> Option<FindingStatus> {
    if !entry.fixed_version.is_empty() {
        return None;
    }
    match entry.status {
        2 => Some(FindingStatus::Affected),
        4 => Some(FindingStatus::Undetermined),
        5 => Some(FindingStatus::WillNotFix),
        6 => Some(FindingStatus::Postponed),
        7 => Some(FindingStatus::EndOfLife),
        _ => None,
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn unreadable(place: &str, sink: &mut dyn Sink, path: &[&str], why: &str) {
    sink.problem(Problem::new(
        format!("{place}#{}", path.join("/")),
        format!("not an entry of Trivy's database: {why}"),
        format!("不是 Trivy 数据库条目：{why}"),
    ));
}

fn damaged(place: &str, sink: &mut dyn Sink, path: &BucketPath, error: &BoltError) {
    let path: Vec<String> = path.iter().map(|name| text(name)).collect();
    sink.problem(Problem::new(
        format!("{place}#{}", path.join("/")),
        format!("damaged: {error}; what is there is missing"),
        format!("已损坏：{error}；其中的内容缺失"),
    ));
}
