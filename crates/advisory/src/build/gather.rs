//! Takes what feeds say, and writes it down in order.

use super::dates::Days;
use super::report::{BuildError, BuildReport};
use super::runs::{Item, Merged, Runs};
use super::write::{WriteFault, Writer};
use super::{BuildOptions, Progress, merge};
use crate::database::advisory;
use crate::database::cve::{LIST_LIMIT, Row};
use crate::database::identifier::cve_key;
use crate::database::wire::Take;
use crate::feeds::{EpssScore, Problem, Sink, ecosystem};
use crate::record::{Advisory, Event};
use batten_model::{Date, FeedInfo, FindingStatus, Judged, Kev, Severity};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::Path;

/// Problems that are kept; all are counted.
const PROBLEM_LIMIT: usize = 1000;

/// What has been said so far.
pub(super) struct Gather<'o> {
    options: &'o BuildOptions,
    runs: Runs,
    ecosystem_numbers: HashMap<String, u32>,
    ecosystem_names: Vec<String>,
    ecosystem_days: Vec<Days>,
    /// Feeds that spoke of each ecosystem.
    ecosystem_feeds: Vec<BTreeSet<String>>,
    names: BTreeMap<String, u64>,
    cves: HashMap<u64, Row>,
    feeds: BTreeMap<String, (u64, Days)>,
    stamps: BTreeMap<String, Date>,
    covered: BTreeSet<String>,
    problems: Vec<Problem>,
    problem_count: u64,
    buffer: Vec<u8>,
}

impl<'o> Gather<'o> {
    pub(super) fn new(folder: &Path, options: &'o BuildOptions) -> Self {
        Gather {
            options,
            runs: Runs::new(folder, options.memory),
            ecosystem_numbers: HashMap::new(),
            ecosystem_names: Vec::new(),
            ecosystem_days: Vec::new(),
            ecosystem_feeds: Vec::new(),
            names: BTreeMap::new(),
            cves: HashMap::new(),
            feeds: BTreeMap::new(),
            stamps: BTreeMap::new(),
            covered: BTreeSet::new(),
            problems: Vec::new(),
            problem_count: 0,
            buffer: Vec::new(),
        }
    }

    fn is_excluded(&self, name: &str) -> bool {
        self.options.exclude.iter().any(|base| base == ecosystem::base(name) || base == name)
    }

    fn number_of(&mut self, name: &str) -> u32 {
        if let Some(number) = self.ecosystem_numbers.get(name) {
            return *number;
        }
        let number = self.ecosystem_names.len() as u32;
        self.ecosystem_numbers.insert(name.to_owned(), number);
        self.ecosystem_names.push(name.to_owned());
        self.ecosystem_days.push(Days::default());
        self.ecosystem_feeds.push(BTreeSet::new());
        number
    }

    fn row(&mut self, cve: &str) -> Option<&mut Row> {
        Some(self.cves.entry(cve_key(cve)?).or_default())
    }

    /// Writes the database.
    pub(super) fn finish(
        mut self,
        output: &Path,
        options: &BuildOptions,
        progress: &mut dyn FnMut(Progress<'_>),
    ) -> Result<BuildReport, BuildError> {
        let fault = |source| BuildError::Write { path: output.to_owned(), source };
        let feeds = self.feed_table();
        let built = options.built.or_else(|| feeds.iter().filter_map(|feed| feed.date).max());
        // Numbers in the file follow the names' order, not that of reading.
        let sorted: BTreeMap<String, u64> = self.names.keys().cloned().zip(0..).collect();
        let mut writer = Writer::new(output, options.level, sorted).map_err(fault)?;
        self.write_ecosystems(&mut writer, progress).map_err(|e| e.at(output))?;
        let mut rows: Vec<(u64, Row)> = std::mem::take(&mut self.cves).into_iter().collect();
        rows.sort_unstable_by_key(|(key, _)| *key);
        let cves = rows.len() as u64;
        writer.cves(rows).map_err(fault)?;
        let written = writer.finish(feeds.clone(), built, options.starter).map_err(fault)?;
        Ok(BuildReport {
            built,
            feeds,
            ecosystems: written.ecosystems,
            packages: written.packages,
            advisories: written.advisories,
            cves,
            length: written.length,
            digest: written.digest,
            problems: self.problems,
            problem_count: self.problem_count,
            failures: Vec::new(),
            ignored: Vec::new(),
        })
    }

    /// Writes all ecosystems that a feed covers, in the order of their names.
    fn write_ecosystems(
        &mut self,
        writer: &mut Writer,
        progress: &mut dyn FnMut(Progress<'_>),
    ) -> Result<(), WriteFault> {
        let texts = number_table(&self.names);
        let runs = std::mem::replace(&mut self.runs, Runs::new(Path::new(""), 0));
        let mut merged = runs.merge(&self.ecosystem_names)?;
        let mut next = merged.next()?;
        while let Some(first) = next {
            let name = self.ecosystem_names.get(first.ecosystem as usize).cloned().unwrap_or_default();
            let covered = self.covered.contains(ecosystem::base(&name));
            if covered {
                progress(Progress::Writing(&name));
                writer.begin();
            }
            let mut unfixed = false;
            let mut item = Some(first);
            while let Some(head) = item.take_if(|item| is_of(&self.ecosystem_names, item, &name)) {
                let ((package, advisories), rest) =
                    take_group(head, &name, &self.ecosystem_names, &mut merged, &texts)?;
                item = rest;
                if covered {
                    let mut advisories = merge::merge(advisories);
                    advisories.iter_mut().for_each(|a| merge::prune(&name, &package, a));
                    unfixed |= advisories.iter().any(is_open);
                    writer.package(&name, &package, &advisories)?;
                }
            }
            next = item;
            if covered {
                writer.end(&name, self.judged(&name, unfixed), self.date_of(&name))?;
            }
        }
        Ok(())
    }

    /// How far an ecosystem's packages can be judged: a distribution's data that never says "open" knows only what
    /// was fixed.
    fn judged(&self, name: &str, unfixed: bool) -> Judged {
        if self.options.partial.iter().any(|partial| partial == ecosystem::base(name)) {
            Judged::Partial
        } else if ecosystem::is_distribution(name) && !unfixed {
            Judged::FixedOnly
        } else {
            Judged::Full
        }
    }

    /// The newest day of an ecosystem's records, and of the feeds that spoke of it.
    fn date_of(&self, name: &str) -> Option<Date> {
        let number = *self.ecosystem_numbers.get(name)? as usize;
        let stamp =
            |feed: &String| self.stamps.get(feed).or_else(|| self.options.feed_dates.get(feed)).copied();
        let stamps = self.ecosystem_feeds.get(number).into_iter().flatten().filter_map(stamp);
        self.ecosystem_days.get(number).and_then(Days::newest).into_iter().chain(stamps).max()
    }

    /// Feeds by name. What only records on other ecosystems mention is none.
    fn feed_table(&self) -> Vec<FeedInfo> {
        let of = |(name, (records, days)): (&String, &(u64, Days))| FeedInfo {
            name: name.clone(),
            date: self
                .stamps
                .get(name)
                .or_else(|| self.options.feed_dates.get(name))
                .copied()
                .or_else(|| days.newest()),
            records: *records,
        };
        let is_source = |name: &str| name.strip_prefix("osv:").is_none_or(|base| self.covered.contains(base));
        self.feeds.iter().filter(|(name, _)| is_source(name)).map(of).collect()
    }
}

type Group = (String, Vec<Advisory>);

/// All items on the package of `first`, and the item behind them.
fn take_group(
    first: Item,
    ecosystem: &str,
    names: &[String],
    merged: &mut Merged,
    texts: &[String],
) -> std::io::Result<(Group, Option<Item>)> {
    let read = |item: &Item| advisory::take(&mut Take(&item.payload), texts);
    let mut advisories: Vec<Advisory> = read(&first).into_iter().collect();
    loop {
        match merged.next()? {
            Some(item) if item.package == first.package && is_of(names, &item, ecosystem) => {
                advisories.extend(read(&item));
            }
            rest => return Ok(((first.package, advisories), rest)),
        }
    }
}

fn is_of(names: &[String], item: &Item, ecosystem: &str) -> bool {
    names.get(item.ecosystem as usize).is_some_and(|name| name == ecosystem)
}

fn number_table(names: &BTreeMap<String, u64>) -> Vec<String> {
    let mut table = vec![String::new(); names.len()];
    for (text, number) in names {
        if let Some(place) = table.get_mut(*number as usize) {
            place.clone_from(text);
        }
    }
    table
}

/// Whether an advisory speaks of what has not been fixed, which only a source that follows open issues can.
fn is_open(advisory: &Advisory) -> bool {
    let ends = |event: &Event| matches!(event, Event::Fixed(_) | Event::LastAffected(_));
    let open_range = || advisory.ranges.iter().any(|range| !range.events.iter().any(ends));
    !advisory.not_affected
        && (advisory.status.is_some_and(|status| status != FindingStatus::Fixed) || open_range())
}

impl Sink for Gather<'_> {
    fn advisory(&mut self, name: &str, package: &str, mut advisory: Advisory) -> std::io::Result<()> {
        if self.is_excluded(name) {
            return Ok(());
        }
        for list in [&mut advisory.aliases, &mut advisory.announcements] {
            list.sort();
            list.dedup();
        }
        let number = self.number_of(name);
        if let Some(feeds) =
            self.ecosystem_feeds.get_mut(number as usize).filter(|f| !f.contains(&advisory.feed))
        {
            feeds.insert(advisory.feed.clone());
        }
        self.buffer.clear();
        advisory::put(&mut self.buffer, &advisory, &mut self.names);
        let package = ecosystem::package_name(name, package);
        self.runs.push(number, &package, &self.buffer, &self.ecosystem_names)
    }

    fn kev(&mut self, cve: &str, kev: Kev) -> std::io::Result<()> {
        if let Some(row) = self.row(cve) {
            // Two catalogues, or a CVE that is in it twice: the older listing counts.
            if row.kev.as_ref().is_none_or(|known| (kev.added, kev.due) < (known.added, known.due)) {
                row.kev = Some(kev);
            }
        }
        Ok(())
    }

    fn epss(&mut self, cve: &str, score: EpssScore) -> std::io::Result<()> {
        if let Some(row) = self.row(cve) {
            row.epss = row.epss.max(Some(score));
        }
        Ok(())
    }

    fn score(
        &mut self,
        cve: &str,
        vectors: &[String],
        feed: &str,
        word: Option<&(Severity, String)>,
    ) -> std::io::Result<()> {
        if feed.strip_prefix("osv:").is_some_and(|base| self.is_excluded(base)) {
            return Ok(());
        }
        let Some(row) = self.row(cve) else { return Ok(()) };
        for vector in vectors {
            row.cvss.insert((vector.clone(), feed.to_owned()));
        }
        row.severity.extend(word.cloned());
        // The smallest stay, so that the order of reading does not matter.
        while row.cvss.len() > LIST_LIMIT * 4 {
            row.cvss.pop_last();
        }
        while row.severity.len() > LIST_LIMIT {
            row.severity.pop_last();
        }
        Ok(())
    }

    fn record(&mut self, feed: &str, name: &str, modified: Option<Date>) {
        if !name.is_empty() && self.is_excluded(name) {
            return;
        }
        if !self.feeds.contains_key(feed) {
            self.feeds.insert(feed.to_owned(), (0, Days::default()));
        }
        if let Some((records, days)) = self.feeds.get_mut(feed) {
            *records += 1;
            modified.into_iter().for_each(|day| days.add(day));
        }
        self.touched(name, modified);
    }

    fn touched(&mut self, name: &str, modified: Option<Date>) {
        let Some(day) = modified.filter(|_| !name.is_empty() && !self.is_excluded(name)) else { return };
        let number = self.number_of(name);
        if let Some(days) = self.ecosystem_days.get_mut(number as usize) {
            days.add(day);
        }
    }

    fn covers(&mut self, base: &str) {
        if !self.covered.contains(base) {
            self.covered.insert(base.to_owned());
        }
    }

    fn dated(&mut self, feed: &str, date: Date) {
        let newest = self.stamps.get(feed).copied().max(Some(date)).unwrap_or(date);
        self.stamps.insert(feed.to_owned(), newest);
    }

    fn problem(&mut self, problem: Problem) {
        self.problem_count += 1;
        if self.problems.len() < PROBLEM_LIMIT {
            self.problems.push(problem);
        }
    }
}
