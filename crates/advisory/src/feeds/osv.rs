//! Advisories in OSV's schema (ossf.github.io/osv-schema): an archive of records as OSV publishes them, one for each
//! ecosystem or one for all, a folder of records, or one record.
//!
//! Withdrawn records are dropped. Records of malicious packages (`MAL-…`) are kept, with the severity critical from
//! the source `malicious-package`: to have such a package is to be compromised. `GIT` ranges are left out, because an
//! inventory has no commits. Go's `custom_ranges` are left out too: their versions are not the module's.

use super::osv_record::Record;
use super::{FeedError, Problem, Sink, archive, ecosystem, input};
use batten_model::Date;
use std::collections::BTreeMap;
use std::path::Path;

pub use super::osv_record::Entry;

/// Bytes of one record that are read.
const RECORD_LIMIT: u64 = 32 << 20;

/// What one record says: its advisories and the day of its last change. `None` for a withdrawn record.
///
/// # Errors
/// Why it is no usable record, in English and Chinese.
pub fn parse(json: &[u8]) -> Result<Option<Parsed>, (String, String)> {
    let record: Record<'_> = serde_json::from_slice(json).map_err(|e| {
        (
            format!("no OSV record (line {}, column {}: {e})", e.line(), e.column()),
            format!("不是 OSV 记录（第 {} 行第 {} 列：{e}）", e.line(), e.column()),
        )
    })?;
    if record.is_withdrawn() {
        return Ok(None);
    }
    match record.fault() {
        Some(fault) => Err(fault),
        None => Ok(Some(Parsed {
            entries: record.entries(),
            modified: record.modified().or(record.published()),
            dated: record.modified().is_some(),
        })),
    }
}

/// One record's content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parsed {
    /// Its advisories.
    pub entries: Vec<Entry>,
    /// Day of its last change, or of publication where that is all it tells.
    pub modified: Option<Date>,
    /// Whether it tells the day of its last change.
    pub dated: bool,
}

/// Reads an archive of records. Entries that are no `.json` files are skipped.
pub fn read_zip(path: &Path, sink: &mut dyn Sink) -> Result<(), FeedError> {
    let mut tally = Tally::default();
    archive::walk(path, RECORD_LIMIT, |entry| match entry {
        archive::Entry::File(name, json, day) if name.ends_with(".json") => {
            tally.has_json = true;
            tally.newest = tally.newest.max(day);
            put(|| format!("{}!{name}", path.display()), json, &mut tally, sink)
        }
        archive::Entry::File(..) => Ok(()),
        archive::Entry::Damaged(name, en, zh) => {
            sink.problem(Problem::new(format!("{}!{name}", path.display()), en, zh));
            Ok(())
        }
    })?;
    tally
        .covered(path.parent().and_then(Path::file_name).and_then(|n| n.to_str()))
        .for_each(|base| sink.covers(base));
    if let Some((base, day)) = tally.stamp() {
        sink.dated(&format!("osv:{base}"), day);
    }
    Ok(())
}

/// Reads a file that holds one record, or an array of records.
pub fn read_json(path: &Path, sink: &mut dyn Sink) -> Result<(), FeedError> {
    let json = input::read_all(path, RECORD_LIMIT * 8)?;
    if json.iter().find(|b| !b.is_ascii_whitespace()) != Some(&b'[') {
        return put_own(|| path.display().to_string(), &json, sink);
    }
    let place = path.display().to_string();
    let records: Vec<serde_json::Value> =
        serde_json::from_slice(&json).map_err(|e| FeedError::json(&place, &e))?;
    for (at, record) in records.iter().enumerate() {
        put_own(|| format!("{place}#{at}"), record.to_string().as_bytes(), sink)?;
    }
    Ok(())
}

/// Ecosystems in an archive, and whether its records tell their days.
#[derive(Default)]
struct Tally {
    by_base: BTreeMap<String, u64>,
    records: u64,
    undated: u64,
    newest: Option<Date>,
    has_json: bool,
}

/// An archive with records on more ecosystems than this is one of all ecosystems.
const COMBINED: usize = 20;

impl Tally {
    fn add(&mut self, parsed: &Parsed) {
        self.records += 1;
        self.undated += u64::from(!parsed.dated);
        for entry in &parsed.entries {
            let base = ecosystem::base(&entry.ecosystem);
            match self.by_base.get_mut(base) {
                Some(count) => *count += 1,
                None => _ = self.by_base.insert(base.to_owned(), 1),
            }
        }
    }

    /// The ecosystems that the archive is a source for: that of its folder, as OSV lays archives out; else those that
    /// are more than a mention.
    fn covered<'a>(&'a self, folder: Option<&str>) -> impl Iterator<Item = &'a str> {
        let folder = folder.map(ecosystem::canonical);
        let own = folder
            .as_deref()
            .map(ecosystem::base)
            .filter(|base| self.by_base.contains_key(*base))
            .map(str::to_owned);
        let total: u64 = self.by_base.values().sum();
        let all = self.by_base.len() > COMBINED;
        self.by_base.iter().filter_map(move |(base, count)| {
            let covered = match &own {
                Some(own) => own == base,
                None => all || count * 50 >= total,
            };
            covered.then_some(base.as_str())
        })
    }

    /// The archive's own day, for an archive of one ecosystem most of whose records tell none.
    fn stamp(&self) -> Option<(&str, Date)> {
        let (base, _) = self.by_base.iter().max_by_key(|(_, count)| **count)?;
        let date =
            self.newest.filter(|_| self.undated * 2 > self.records && self.by_base.len() <= COMBINED)?;
        Some((base, date))
    }
}

/// A record that comes alone: a source for all that it is about.
fn put_own(place: impl Fn() -> String, json: &[u8], sink: &mut dyn Sink) -> Result<(), FeedError> {
    let mut tally = Tally::default();
    put(place, json, &mut tally, sink)?;
    tally.by_base.keys().for_each(|base| sink.covers(base));
    Ok(())
}

fn put(
    place: impl Fn() -> String,
    json: &[u8],
    tally: &mut Tally,
    sink: &mut dyn Sink,
) -> Result<(), FeedError> {
    match parse(json) {
        Ok(None) => Ok(()),
        Ok(Some(parsed)) => {
            tally.add(&parsed);
            deliver(parsed, sink).map_err(FeedError::Output)
        }
        Err((en, zh)) => {
            sink.problem(Problem::new(place(), en, zh));
            Ok(())
        }
    }
}

fn deliver(parsed: Parsed, sink: &mut dyn Sink) -> std::io::Result<()> {
    let mut ecosystems: Vec<&str> = parsed.entries.iter().map(|e| e.ecosystem.as_str()).collect();
    ecosystems.sort_unstable();
    ecosystems.dedup();
    let mut counted = "";
    for name in &ecosystems {
        // One record counts once for each feed, however many releases it is about.
        if ecosystem::base(name) != counted {
            counted = ecosystem::base(name);
            sink.record(&feed_of(name), name, parsed.modified);
        } else {
            sink.touched(name, parsed.modified);
        }
    }
    for entry in parsed.entries {
        let feed = feed_of(&entry.ecosystem);
        // A distribution's word is about its own package.
        let word = entry.advisory.severity.as_ref().filter(|_| !ecosystem::is_distribution(&entry.ecosystem));
        if !entry.advisory.cvss.is_empty() || word.is_some() {
            for id in std::iter::once(&entry.advisory.id).chain(&entry.advisory.aliases) {
                sink.score(id, &entry.advisory.cvss, &feed, word)?;
            }
        }
        let advisory = crate::record::Advisory { feed, ..entry.advisory };
        sink.advisory(&entry.ecosystem, &entry.package, advisory)?;
    }
    Ok(())
}

fn feed_of(name: &str) -> String {
    format!("osv:{}", ecosystem::base(name))
}
