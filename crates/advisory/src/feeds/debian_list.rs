//! Debian's security tracker as its developers write it: `data/CVE/list`, `data/DSA/list` and `data/DLA/list`
//! (security-tracker.debian.org, "Security Tracker documentation", section "Issue entries").
//!
//! An issue's note without a release is about unstable, and about each release that has no note of its own: the
//! release has the issue in versions before the one that fixed it in unstable, but is offered no fix by it.
//! Announcements (DSA, DLA) are notes for their release on each issue that they name.

use super::debian_release::{self, RELEASES, Release};
use super::input::{self, Line, Lines};
use super::{FeedError, Problem, Sink};
use crate::record::{Advisory, Event, Range, RangeKind};
use batten_model::{Date, FindingStatus, Severity};
use std::collections::{BTreeMap, BTreeSet};
use std::io::BufRead;
use std::path::{Path, PathBuf};

pub use super::debian_json::FEED;

const LINE_LIMIT: usize = 256 << 10;
/// Notes of one issue that are kept.
const NOTE_LIMIT: usize = 20_000;

/// The tracker's files; each may be missing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Files {
    /// `data/CVE/list`.
    pub issues: Option<PathBuf>,
    /// `data/DSA/list`, `data/DLA/list` and others of their form.
    pub announcements: Vec<PathBuf>,
}

/// Reads the files together. Ecosystems in `covered` are left out, because a better source has been read for them.
pub fn read(files: &Files, covered: &BTreeSet<String>, sink: &mut dyn Sink) -> Result<(), FeedError> {
    sink.covers("Debian");
    let mut reader = Reader::new(covered, sink);
    for path in &files.announcements {
        with_file(path, |place, lines| reader.announcements(place, lines))?;
    }
    if let Some(path) = &files.issues {
        with_file(path, |place, lines| reader.issues(place, lines))?;
    }
    reader.finish()
}

/// Reads the files' texts: issues, and announcements. For callers that have them in memory.
pub fn parse(issues: Option<&[u8]>, announcements: &[u8], sink: &mut dyn Sink) -> Result<(), FeedError> {
    sink.covers("Debian");
    let covered = BTreeSet::new();
    let mut reader = Reader::new(&covered, sink);
    reader.announcements(
        "announcements",
        &mut Lines::new(&mut &*announcements as &mut dyn BufRead, LINE_LIMIT),
    )?;
    if let Some(mut text) = issues {
        reader.issues("issues", &mut Lines::new(&mut text as &mut dyn BufRead, LINE_LIMIT))?;
    }
    reader.finish()
}

type FileLines<'a> = Lines<&'a mut dyn BufRead>;

fn with_file(
    path: &Path,
    read: impl FnOnce(&str, &mut FileLines<'_>) -> Result<(), FeedError>,
) -> Result<(), FeedError> {
    let mut file = input::open(path, input::FEED_LIMIT)?;
    read(&path.display().to_string(), &mut Lines::new(&mut file, LINE_LIMIT)).map_err(|e| match e {
        FeedError::Read { source, .. } => input::fault_of(path, source),
        other => other,
    })
}

/// What a note says of a package.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Said {
    Fixed(String),
    NotAffected,
    Open(FindingStatus),
    /// `<itp>`: no such package in Debian.
    Absent,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Note {
    /// `None` for unstable and all releases without a note.
    release: Option<&'static Release>,
    package: String,
    said: Said,
    severity: Option<Severity>,
    bug: Option<u64>,
}

/// A fix that an announcement carries.
struct Announced {
    id: String,
    version: Said,
    published: Option<Date>,
}

type AnnouncedKey = (String, String, &'static str);

struct Reader<'a> {
    covered: &'a BTreeSet<String>,
    sink: &'a mut dyn Sink,
    announced: BTreeMap<AnnouncedKey, Announced>,
}

impl<'a> Reader<'a> {
    fn new(covered: &'a BTreeSet<String>, sink: &'a mut dyn Sink) -> Self {
        Reader { covered, sink, announced: BTreeMap::new() }
    }

    /// Reads `DSA/list` or `DLA/list`.
    fn announcements(&mut self, place: &str, lines: &mut FileLines<'_>) -> Result<(), FeedError> {
        let fault = |source| FeedError::Read { path: place.into(), source };
        let mut head: Option<(String, Option<Date>)> = None;
        let mut issues: Vec<String> = Vec::new();
        let mut newest = None;
        while let Some((number, line)) = lines.next().map_err(fault)? {
            let Line::Text(text) = line else {
                self.too_long(place, number);
                continue;
            };
            if !text.starts_with([' ', '\t']) {
                if text.trim().is_empty() {
                    continue;
                }
                issues.clear();
                head = announcement_head(&text);
                match &head {
                    Some((_, date)) => {
                        newest = newest.max(*date);
                        self.sink.record(FEED, "", *date);
                    }
                    None => self.unreadable(place, number),
                }
                continue;
            }
            let Some((id, date)) = &head else { continue };
            match body(text.trim()) {
                Body::Refers(ids) => issues = ids.into_iter().filter(|id| id.starts_with("CVE-")).collect(),
                Body::Note(note) => self.announce(id, *date, &issues, note),
                Body::Other => {}
                Body::Unreadable => self.unreadable(place, number),
            }
        }
        if let Some(date) = newest {
            self.sink.dated(FEED, date);
        }
        Ok(())
    }

    fn announce(&mut self, id: &str, published: Option<Date>, issues: &[String], note: Note) {
        let Some(release) = note.release else { return };
        let own = [id.to_owned()];
        for issue in if issues.is_empty() { &own[..] } else { issues } {
            let key = (issue.clone(), note.package.clone(), release.ecosystem);
            let announced = Announced { id: id.to_owned(), version: note.said.clone(), published };
            // The newest comes first in the file, and carries the version that is fixed at last.
            self.announced.entry(key).or_insert(announced);
        }
    }

    /// Reads `CVE/list`.
    fn issues(&mut self, place: &str, lines: &mut FileLines<'_>) -> Result<(), FeedError> {
        let fault = |source| FeedError::Read { path: place.into(), source };
        let mut id: Option<String> = None;
        let mut notes: Vec<Note> = Vec::new();
        while let Some((number, line)) = lines.next().map_err(fault)? {
            let Line::Text(text) = line else {
                self.too_long(place, number);
                continue;
            };
            if !text.starts_with([' ', '\t']) {
                if text.trim().is_empty() {
                    continue;
                }
                self.issue(id.take(), &mut notes)?;
                id = issue_head(&text);
                if id.is_none() {
                    self.unreadable(place, number);
                }
                continue;
            }
            match body(text.trim()) {
                _ if text.trim() == "REJECTED" => id = None,
                Body::Note(note) if notes.len() < NOTE_LIMIT => notes.push(note),
                Body::Note(_) | Body::Unreadable => self.unreadable(place, number),
                Body::Refers(_) | Body::Other => {}
            }
        }
        self.issue(id, &mut notes)
    }

    /// Puts down one issue with its notes, which are taken.
    fn issue(&mut self, id: Option<String>, notes: &mut Vec<Note>) -> Result<(), FeedError> {
        let notes = std::mem::take(notes);
        let Some(id) = id.and_then(|id| final_id(&id, &notes)) else { return Ok(()) };
        self.sink.record(FEED, "", None);
        let packages: BTreeSet<&str> = notes.iter().map(|note| note.package.as_str()).collect();
        for package in packages {
            let own: Vec<&Note> = notes.iter().filter(|note| note.package == package).collect();
            for release in RELEASES {
                if let Some(advisory) = self.in_release(&id, package, &own, release) {
                    self.put(release.ecosystem, package, advisory)?;
                }
            }
        }
        Ok(())
    }

    fn in_release(
        &mut self,
        id: &str,
        package: &str,
        notes: &[&Note],
        release: &Release,
    ) -> Option<Advisory> {
        let general = notes.iter().find(|note| note.release.is_none());
        let own = notes.iter().find(|note| note.release.is_some_and(|r| r == release));
        let announced = self.announced.remove(&(id.to_owned(), package.to_owned(), release.ecosystem));
        let limit = match general.map(|note| &note.said) {
            Some(Said::Fixed(version)) => Some(version.as_str()),
            _ => None,
        };
        let mut advisory = Advisory {
            id: id.to_owned(),
            feed: FEED.to_owned(),
            severity: [own, general]
                .into_iter()
                .flatten()
                .find_map(|n| n.severity)
                .map(|s| (s, "debian".to_owned())),
            ..Advisory::default()
        };
        let said = match (announced, own, general) {
            (Some(fix), note, _) => {
                advisory.announcements.push(fix.id);
                advisory.published = fix.published;
                match (fix.version, note) {
                    // A later note may name another fixed version; a fix goes before any other word.
                    (Said::Fixed(_), Some(Note { said: said @ Said::Fixed(_), .. })) => said.clone(),
                    (version, _) => version,
                }
            }
            (None, Some(note), _) => note.said.clone(),
            (None, None, Some(note)) if release.followed => match &note.said {
                Said::Fixed(_) if !release.rolling => Said::Open(FindingStatus::Affected),
                said => said.clone(),
            },
            _ => return None,
        };
        if !release.followed && !matches!(said, Said::Fixed(_)) {
            return None;
        }
        fill(&mut advisory, said, limit).then_some(advisory)
    }

    /// What announcements say of issues that `CVE/list` does not have.
    fn finish(mut self) -> Result<(), FeedError> {
        for ((issue, package, ecosystem), fix) in std::mem::take(&mut self.announced) {
            let mut advisory = Advisory {
                feed: FEED.to_owned(),
                announcements: if issue == fix.id { Vec::new() } else { vec![fix.id] },
                published: fix.published,
                id: issue,
                ..Advisory::default()
            };
            if matches!(fix.version, Said::Fixed(_)) && fill(&mut advisory, fix.version, None) {
                self.put(ecosystem, &package, advisory)?;
            }
        }
        Ok(())
    }

    fn put(&mut self, ecosystem: &str, package: &str, advisory: Advisory) -> Result<(), FeedError> {
        if self.covered.contains(ecosystem) {
            return Ok(());
        }
        self.sink.touched(ecosystem, advisory.published);
        self.sink.advisory(ecosystem, package, advisory).map_err(FeedError::Output)
    }

    fn too_long(&mut self, place: &str, number: u64) {
        self.sink.problem(Problem::new(
            format!("{place}:{number}"),
            format!("the line has more than {LINE_LIMIT} bytes"),
            format!("该行超过 {LINE_LIMIT} 字节"),
        ));
    }

    fn unreadable(&mut self, place: &str, number: u64) {
        self.sink.problem(Problem::new(
            format!("{place}:{number}"),
            "the line is not in the tracker's format",
            "该行不符合跟踪器的格式",
        ));
    }
}

/// Puts what a note says into an advisory; `false` where it says nothing of any package.
fn fill(advisory: &mut Advisory, said: Said, limit: Option<&str>) -> bool {
    let mut events = vec![Event::Introduced("0".to_owned())];
    match said {
        Said::Absent => return false,
        Said::NotAffected => {
            advisory.not_affected = true;
            return true;
        }
        Said::Fixed(version) if version == "0" => {
            advisory.not_affected = true;
            return true;
        }
        Said::Fixed(version) => events.push(Event::Fixed(version)),
        Said::Open(status) => {
            advisory.status = Some(status);
            events.extend(limit.filter(|version| *version != "0").map(|v| Event::Limit(v.to_owned())));
        }
    }
    advisory.ranges = vec![Range { kind: RangeKind::Ecosystem, events }];
    true
}

/// `[29 Mar 2023] DSA-5380-1 xorg-server - security update`.
fn announcement_head(line: &str) -> Option<(String, Option<Date>)> {
    let (date, rest) = line.strip_prefix('[')?.split_once(']')?;
    let id = rest.split_whitespace().next().filter(|id| id.contains('-') && id.len() <= 64)?;
    Some((id.to_owned(), day(date)))
}

fn day(text: &str) -> Option<Date> {
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let mut parts = text.split_whitespace();
    let day = parts.next()?.parse().ok()?;
    let month = parts.next()?;
    let month = MONTHS.iter().position(|name| month.starts_with(name))? + 1;
    Date::new(parts.next()?.parse().ok()?, u8::try_from(month).ok()?, day)
}

/// `CVE-2023-1393 (Use after free …)`.
fn issue_head(line: &str) -> Option<String> {
    let id = line.split_whitespace().next()?;
    let known = ["CVE-", "TEMP-", "CAN-"].iter().any(|prefix| id.starts_with(prefix));
    (known && id.len() <= 64).then(|| id.to_owned())
}

/// The id under which an issue is known. One that has no number yet is known by its bug.
fn final_id(id: &str, notes: &[Note]) -> Option<String> {
    if !id.ends_with("-XXXX") {
        return Some(id.to_owned());
    }
    notes.iter().find_map(|note| note.bug).map(|bug| format!("TEMP-{bug:07}"))
}

enum Body {
    Note(Note),
    /// `{DSA-5380-1 CVE-2023-1393}`.
    Refers(Vec<String>),
    /// NOTE:, TODO:, NOT-FOR-US:, RESERVED, CHECK and the like.
    Other,
    Unreadable,
}

fn body(text: &str) -> Body {
    if let Some(ids) = text.strip_prefix('{') {
        let ids = ids.trim_end_matches('}').split_whitespace();
        return Body::Refers(ids.filter(|id| id.len() <= 64).map(str::to_owned).collect());
    }
    if text.starts_with("- ") {
        return note(None, text).map_or(Body::Unreadable, Body::Note);
    }
    let Some((codename, rest)) = text.strip_prefix('[').and_then(|t| t.split_once(']')) else {
        return Body::Other;
    };
    let rest = rest.trim_start();
    if !rest.starts_with("- ") {
        return Body::Unreadable;
    }
    match debian_release::by_codename(codename.trim()) {
        Some(release) => note(Some(release), rest).map_or(Body::Unreadable, Body::Note),
        // A release that is not known says nothing of those that are.
        None => Body::Other,
    }
}

/// `- package version (bug #1; medium)` or `- package <state> (reason)`.
fn note(release: Option<&'static Release>, text: &str) -> Option<Note> {
    let (front, flags) = match text.split_once(" (") {
        Some((front, flags)) => (front, flags.trim_end_matches(')')),
        None => (text, ""),
    };
    let mut words = front.strip_prefix("- ")?.split_whitespace();
    let package = words.next().filter(|name| name.len() <= 256)?.to_owned();
    let said = match words.next() {
        Some(state) if state.starts_with('<') => state_of(state.trim_matches(['<', '>']))?,
        Some(version) if version.len() <= 256 => Said::Fixed(version.to_owned()),
        _ => return None,
    };
    let mut severity = None;
    let mut bug = None;
    for flag in flags.split(';').map(str::trim) {
        if matches!(flag, "unimportant" | "low" | "medium" | "high") {
            severity = Severity::parse(flag);
        } else if let Some(number) = flag.strip_prefix("bug #") {
            bug = number.split(|c: char| !c.is_ascii_digit()).next().and_then(|n| n.parse().ok());
        }
    }
    Some(Note { release, package, said, severity, bug })
}

fn state_of(state: &str) -> Option<Said> {
    Some(match state {
        "unfixed" | "removed" => Said::Open(FindingStatus::Affected),
        "not-affected" => Said::NotAffected,
        "no-dsa" => Said::Open(FindingStatus::NoAdvisory),
        "ignored" => Said::Open(FindingStatus::WillNotFix),
        "postponed" => Said::Open(FindingStatus::Postponed),
        "end-of-life" | "unsupported" => Said::Open(FindingStatus::EndOfLife),
        "undetermined" | "unknown" => Said::Open(FindingStatus::Undetermined),
        "itp" => Said::Absent,
        _ => return None,
    })
}
