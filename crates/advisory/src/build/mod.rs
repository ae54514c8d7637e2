//! Building a database from feeds: the same input gives the same bytes, whatever the order in which it is read.
//!
//! Feeds are read one after the other into sorted runs, in memory up to a bound and on disk beyond it; the runs are
//! merged package by package, what several feeds say of one thing is made one, and the file is written beside its
//! name and renamed over it when it is complete.

mod dates;
mod gather;
mod merge;
mod report;
mod runs;
mod write;

pub use report::{BuildError, BuildReport};

use crate::feeds::discover::{self, Feed};
use crate::feeds::{FeedError, Sink, alpine_secdb, debian_json, debian_list, epss, kev, osv};
use crate::import;
use batten_model::Date;
use gather::Gather;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// How to build.
#[derive(Debug, Clone)]
pub struct BuildOptions {
    /// Day of building; the newest feed's where none is given. No clock is asked.
    pub built: Option<Date>,
    /// Marks the database as the one that comes with the program.
    pub starter: bool,
    /// Ecosystems to leave out, by the part of their name before the release (`Ubuntu`).
    pub exclude: Vec<String>,
    /// Ecosystems of which the feeds are only a selection, by the part of their name before the release (`npm`).
    pub partial: Vec<String>,
    /// Days of feeds that do not tell their own (`debian-tracker`, `alpine-secdb`), by feed.
    pub feed_dates: BTreeMap<String, Date>,
    /// Whether to build although a feed as a whole could not be read. Its problem is then in the report.
    pub allow_partial: bool,
    /// Compression level of zstd, 1 to 22.
    pub level: i32,
    /// Bytes of advisories that are held in memory; more goes to unnamed temporary files beside the output.
    pub memory: usize,
}

impl Default for BuildOptions {
    fn default() -> Self {
        BuildOptions {
            built: None,
            starter: false,
            exclude: Vec::new(),
            partial: Vec::new(),
            feed_dates: BTreeMap::new(),
            allow_partial: false,
            level: 15,
            memory: 192 << 20,
        }
    }
}

/// What the builder is doing, for whoever shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Progress<'a> {
    /// It reads this file.
    Reading(&'a Path),
    /// It writes this ecosystem.
    Writing(&'a str),
}

/// Builds `output` from feeds. Each input is a feed's file, or a folder in which all feeds are found by their content.
///
/// # Errors
/// When an input is unknown, a feed cannot be read as a whole (unless [`BuildOptions::allow_partial`]), nothing was
/// found, or the file cannot be written. A database that was at `output` is then untouched.
pub fn build(
    inputs: &[PathBuf],
    output: &Path,
    options: &BuildOptions,
    progress: &mut dyn FnMut(Progress<'_>),
) -> Result<BuildReport, BuildError> {
    let found = discover::discover(inputs).map_err(|e| BuildError::Feeds(vec![e]))?;
    if found.feeds.is_empty() {
        return Err(BuildError::NoFeeds(inputs.to_vec()));
    }
    let folder = match output.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let mut gather = Gather::new(folder, options);
    let failures = read_all(&found.feeds, &mut gather, progress);
    if !failures.is_empty() && (!options.allow_partial || failures.iter().any(FeedError::is_output)) {
        return Err(BuildError::Feeds(failures));
    }
    let mut report = gather.finish(output, options, progress)?;
    report.ignored = found.ignored;
    report.failures = failures;
    Ok(report)
}

fn read_all(
    feeds: &[Feed],
    gather: &mut Gather<'_>,
    progress: &mut dyn FnMut(Progress<'_>),
) -> Vec<FeedError> {
    let mut failures = Vec::new();
    let mut covered = BTreeSet::new();
    // The Debian tracker's JSON goes before its lists: it says the same with the releases worked out.
    let is_list = |feed: &&Feed| matches!(feed, Feed::DebianLists(_));
    for feed in feeds.iter().filter(|f| !is_list(f)).chain(feeds.iter().filter(is_list)) {
        progress(Progress::Reading(path_of(feed)));
        if let Err(e) = read(feed, &mut covered, gather) {
            let stop = e.is_output();
            failures.push(e);
            if stop {
                break;
            }
        }
    }
    failures
}

fn read(feed: &Feed, covered: &mut BTreeSet<String>, sink: &mut dyn Sink) -> Result<(), FeedError> {
    match feed {
        Feed::OsvZip(path) => osv::read_zip(path, sink),
        Feed::OsvJson(path) => osv::read_json(path, sink),
        Feed::DebianJson(path) => debian_json::read(path, sink).map(|names| covered.extend(names)),
        Feed::DebianLists(files) => debian_list::read(files, covered, sink),
        Feed::AlpineSecdb(path) => alpine_secdb::read(path, sink),
        Feed::Kev(path) => kev::read(path, sink),
        Feed::Epss(path) => epss::read(path, sink),
        Feed::Trivy(path) => import::read(path, sink),
    }
}

fn path_of(feed: &Feed) -> &Path {
    match feed {
        Feed::OsvZip(path)
        | Feed::OsvJson(path)
        | Feed::DebianJson(path)
        | Feed::AlpineSecdb(path)
        | Feed::Kev(path)
        | Feed::Epss(path)
        | Feed::Trivy(path) => path,
        Feed::DebianLists(files) => {
            files.issues.iter().chain(&files.announcements).next().map_or(Path::new(""), PathBuf::as_path)
        }
    }
}
