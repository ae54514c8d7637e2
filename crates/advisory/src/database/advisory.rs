//! One advisory as bytes.
//!
//! A number of flags, the id, then in this order what the flags announce: aliases, announcements, feed, ranges,
//! versions, status, severity, CVSS vectors, symbols, conditions, day of publication. Names of feeds and of who gave a
//! severity are numbers in the table of [`Names`].

use super::wire::{Put, Take};
use super::{identifier, vector};
use crate::record::{Advisory, Event, Range, RangeKind};
use batten_model::{Date, FindingStatus, Severity};
use std::collections::BTreeMap;

const NOT_AFFECTED: u64 = 1;
const HAS_ALIASES: u64 = 1 << 1;
/// The only alias is the id without its first part: `DEBIAN-CVE-…` is about `CVE-…`.
const DERIVED_ALIAS: u64 = 1 << 2;
/// One range in the ecosystem's order, from 0 to a fixed version, which alone is written.
const SIMPLE_RANGE: u64 = 1 << 3;
const HAS_RANGES: u64 = 1 << 4;
const HAS_ANNOUNCEMENTS: u64 = 1 << 5;
const HAS_STATUS: u64 = 1 << 6;
const HAS_SEVERITY: u64 = 1 << 7;
const HAS_CVSS: u64 = 1 << 8;
const HAS_PUBLISHED: u64 = 1 << 9;
const HAS_VERSIONS: u64 = 1 << 10;
const HAS_SYMBOLS: u64 = 1 << 11;
const HAS_CONDITIONS: u64 = 1 << 12;

/// Texts that occur so often that a number stands for each.
pub(crate) trait Names {
    /// The number of a text.
    fn number_of(&mut self, text: &str) -> u64;
}

impl Names for BTreeMap<String, u64> {
    fn number_of(&mut self, text: &str) -> u64 {
        let next = self.len() as u64;
        match self.get(text) {
            Some(number) => *number,
            None => *self.entry(text.to_owned()).or_insert(next),
        }
    }
}

/// Writes an advisory.
pub(crate) fn put(out: &mut Vec<u8>, advisory: &Advisory, names: &mut dyn Names) {
    let derived = matches!(advisory.aliases.as_slice(), [one] if derived_alias(&advisory.id) == Some(one));
    let simple = simple_range(&advisory.ranges);
    let flag = |condition: bool, flag: u64| if condition { flag } else { 0 };
    let flags = flag(advisory.not_affected, NOT_AFFECTED)
        | flag(derived, DERIVED_ALIAS)
        | flag(!derived && !advisory.aliases.is_empty(), HAS_ALIASES)
        | flag(simple.is_some(), SIMPLE_RANGE)
        | flag(simple.is_none() && !advisory.ranges.is_empty(), HAS_RANGES)
        | flag(!advisory.announcements.is_empty(), HAS_ANNOUNCEMENTS)
        | flag(advisory.status.is_some(), HAS_STATUS)
        | flag(advisory.severity.is_some(), HAS_SEVERITY)
        | flag(!advisory.cvss.is_empty(), HAS_CVSS)
        | flag(advisory.published.is_some(), HAS_PUBLISHED)
        | flag(!advisory.versions.is_empty(), HAS_VERSIONS)
        | flag(!advisory.symbols.is_empty(), HAS_SYMBOLS)
        | flag(!advisory.conditions.is_empty(), HAS_CONDITIONS);
    out.number(flags);
    identifier::put(out, &advisory.id);
    if flags & HAS_ALIASES != 0 {
        put_ids(out, &advisory.aliases);
    }
    if flags & HAS_ANNOUNCEMENTS != 0 {
        put_ids(out, &advisory.announcements);
    }
    out.number(names.number_of(&advisory.feed));
    match simple {
        Some(fixed) => out.text(fixed),
        None if flags & HAS_RANGES != 0 => put_ranges(out, &advisory.ranges),
        None => {}
    }
    if flags & HAS_VERSIONS != 0 {
        put_texts(out, &advisory.versions);
    }
    if let Some(status) = advisory.status {
        out.push(status_byte(status));
    }
    if let Some((severity, source)) = &advisory.severity {
        out.push(*severity as u8);
        out.number(names.number_of(source));
    }
    if flags & HAS_CVSS != 0 {
        out.number(advisory.cvss.len() as u64);
        advisory.cvss.iter().for_each(|v| vector::put(out, v));
    }
    if flags & HAS_SYMBOLS != 0 {
        put_texts(out, &advisory.symbols);
    }
    if flags & HAS_CONDITIONS != 0 {
        put_texts(out, &advisory.conditions);
    }
    if let Some(day) = advisory.published {
        out.signed(day.days_since_epoch());
    }
}

/// Reads an advisory. `None` is damage.
pub(crate) fn take(from: &mut Take<'_>, names: &[String]) -> Option<Advisory> {
    let flags = from.number()?;
    let mut advisory = Advisory { id: identifier::take(from)?, ..Advisory::default() };
    advisory.not_affected = flags & NOT_AFFECTED != 0;
    if flags & DERIVED_ALIAS != 0 {
        advisory.aliases = vec![derived_alias(&advisory.id)?.to_owned()];
    }
    if flags & HAS_ALIASES != 0 {
        advisory.aliases = take_list(from, identifier::take)?;
    }
    if flags & HAS_ANNOUNCEMENTS != 0 {
        advisory.announcements = take_list(from, identifier::take)?;
    }
    advisory.feed = name(names, from.number()?)?;
    if flags & SIMPLE_RANGE != 0 {
        let events = vec![Event::Introduced("0".to_owned()), Event::Fixed(from.text()?.to_owned())];
        advisory.ranges = vec![Range { kind: RangeKind::Ecosystem, events }];
    }
    if flags & HAS_RANGES != 0 {
        advisory.ranges = take_list(from, take_range)?;
    }
    if flags & HAS_VERSIONS != 0 {
        advisory.versions = take_texts(from)?;
    }
    if flags & HAS_STATUS != 0 {
        advisory.status = Some(status_of(*from.bytes(1)?.first()?)?);
    }
    if flags & HAS_SEVERITY != 0 {
        let severity = severity_of(*from.bytes(1)?.first()?)?;
        advisory.severity = Some((severity, name(names, from.number()?)?));
    }
    if flags & HAS_CVSS != 0 {
        advisory.cvss = take_list(from, vector::take)?;
    }
    if flags & HAS_SYMBOLS != 0 {
        advisory.symbols = take_texts(from)?;
    }
    if flags & HAS_CONDITIONS != 0 {
        advisory.conditions = take_texts(from)?;
    }
    if flags & HAS_PUBLISHED != 0 {
        advisory.published = date(from.signed()?);
    }
    Some(advisory)
}

/// The day so many days behind 1970-01-01.
pub(crate) fn date(days: i64) -> Option<Date> {
    Date::from_unix_seconds(u64::try_from(days).ok()?.checked_mul(86_400)?)
}

fn name(names: &[String], number: u64) -> Option<String> {
    names.get(usize::try_from(number).ok()?).cloned()
}

fn derived_alias(id: &str) -> Option<&str> {
    id.split_once('-').map(|(_, rest)| rest).filter(|rest| rest.starts_with("CVE-"))
}

fn simple_range(ranges: &[Range]) -> Option<&str> {
    match ranges {
        [Range { kind: RangeKind::Ecosystem, events }] => match events.as_slice() {
            [Event::Introduced(zero), Event::Fixed(fixed)] if zero == "0" => Some(fixed),
            _ => None,
        },
        _ => None,
    }
}

fn put_ids(out: &mut Vec<u8>, ids: &[String]) {
    out.number(ids.len() as u64);
    ids.iter().for_each(|id| identifier::put(out, id));
}

fn put_texts(out: &mut Vec<u8>, texts: &[String]) {
    out.number(texts.len() as u64);
    let mut before = "";
    for text in texts {
        // Sorted texts share their beginnings.
        let shared = before.bytes().zip(text.bytes()).take_while(|(a, b)| a == b).count().min(255);
        let shared = (0..=shared).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
        out.number(shared as u64);
        out.text(text.get(shared..).unwrap_or_default());
        before = text;
    }
}

fn put_ranges(out: &mut Vec<u8>, ranges: &[Range]) {
    out.number(ranges.len() as u64);
    for range in ranges {
        out.number((range.events.len() as u64) << 1 | u64::from(range.kind == RangeKind::Semver));
        for event in &range.events {
            let (kind, version) = match event {
                Event::Introduced(version) if version == "0" => {
                    out.push(4);
                    continue;
                }
                Event::Introduced(version) => (0, version),
                Event::Fixed(version) => (1, version),
                Event::LastAffected(version) => (2, version),
                Event::Limit(version) => (3, version),
            };
            out.push(kind);
            out.text(version);
        }
    }
}

fn take_range(from: &mut Take<'_>) -> Option<Range> {
    let head = from.number()?;
    let kind = if head & 1 == 1 { RangeKind::Semver } else { RangeKind::Ecosystem };
    let count = usize::try_from(head >> 1).ok().filter(|count| *count <= from.0.len())?;
    let mut events = Vec::with_capacity(count);
    for _ in 0..count {
        let kind = *from.bytes(1)?.first()?;
        let version = if kind == 4 { "0" } else { from.text()? }.to_owned();
        events.push(match kind {
            0 | 4 => Event::Introduced(version),
            1 => Event::Fixed(version),
            2 => Event::LastAffected(version),
            3 => Event::Limit(version),
            _ => return None,
        });
    }
    Some(Range { kind, events })
}

fn take_list<T>(from: &mut Take<'_>, one: impl Fn(&mut Take<'_>) -> Option<T>) -> Option<Vec<T>> {
    let count = from.count()?;
    // A list in a small block may claim many items; memory follows what is really there.
    let mut list = Vec::with_capacity(count.min(1024));
    for _ in 0..count {
        list.push(one(from)?);
    }
    Some(list)
}

fn take_texts(from: &mut Take<'_>) -> Option<Vec<String>> {
    let count = from.count()?;
    let mut list: Vec<String> = Vec::with_capacity(count.min(1024));
    for _ in 0..count {
        let shared = usize::try_from(from.number()?).ok()?;
        let front = if shared == 0 { "" } else { list.last()?.get(..shared)? };
        let rest = from.text()?;
        let mut text = String::with_capacity(front.len() + rest.len());
        text.push_str(front);
        text.push_str(rest);
        list.push(text);
    }
    Some(list)
}

fn status_byte(status: FindingStatus) -> u8 {
    match status {
        FindingStatus::Fixed => 0,
        FindingStatus::Affected => 1,
        FindingStatus::NoAdvisory => 2,
        FindingStatus::Postponed => 3,
        FindingStatus::WillNotFix => 4,
        FindingStatus::EndOfLife => 5,
        FindingStatus::Undetermined => 6,
    }
}

fn status_of(byte: u8) -> Option<FindingStatus> {
    [
        FindingStatus::Fixed,
        FindingStatus::Affected,
        FindingStatus::NoAdvisory,
        FindingStatus::Postponed,
        FindingStatus::WillNotFix,
        FindingStatus::EndOfLife,
        FindingStatus::Undetermined,
    ]
    .get(usize::from(byte))
    .copied()
}

fn severity_of(byte: u8) -> Option<Severity> {
    Severity::ALL.into_iter().find(|severity| *severity as u8 == byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn full() -> Advisory {
        let events = ["0", "2.0"].map(|v| Event::Introduced(v.to_owned()));
        Advisory {
            id: "GHSA-xr7r-f8xq-vfvv".into(),
            aliases: vec!["CVE-2024-21626".into(), "GO-2024-2491".into()],
            announcements: vec!["DSA-5615-1".into()],
            feed: "osv:Go".into(),
            ranges: vec![Range { kind: RangeKind::Semver, events: events.into() }],
            versions: vec!["1.0".into(), "1.0.1".into(), "1.é".into(), "1.è".into()],
            status: Some(FindingStatus::Postponed),
            not_affected: true,
            severity: Some((Severity::High, "ghsa".into())),
            cvss: vec!["CVSS:3.1/AV:L/AC:L/PR:N/UI:R/S:C/C:H/I:H/A:H".into()],
            symbols: vec!["a/b#C".into()],
            conditions: vec!["goos=linux".into()],
            published: Date::new(2024, 1, 31),
        }
    }

    #[test]
    fn advisories_round_trip() {
        let simple = Advisory {
            id: "DEBIAN-CVE-2024-1".into(),
            aliases: vec!["CVE-2024-1".into()],
            ranges: vec![Range {
                kind: RangeKind::Ecosystem,
                events: vec![Event::Introduced("0".into()), Event::Fixed("1:2-3".into())],
            }],
            ..Advisory::default()
        };
        for advisory in [full(), simple, Advisory::default()] {
            let mut names = BTreeMap::new();
            let mut out = Vec::new();
            put(&mut out, &advisory, &mut names);
            let mut table = vec![String::new(); names.len()];
            names.into_iter().for_each(|(text, number)| table[number as usize] = text);
            let mut from = Take(&out);
            assert_eq!(take(&mut from, &table), Some(advisory));
            assert!(from.is_empty());
            for end in 0..out.len() {
                take(&mut Take(&out[..end]), &table);
            }
            for at in 0..out.len() {
                let mut bad = out.clone();
                bad[at] ^= 0x55;
                take(&mut Take(&bad), &table);
            }
        }
    }
}
