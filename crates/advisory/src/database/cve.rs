//! What all feeds together say of one CVE: known and predicted exploitation, scores, words for the severity.
//!
//! A block of the table begins with a year and a number of rows; each row is the CVE's number less the one before, its
//! length in bytes, and its content.

use super::advisory::{Names, date};
use super::format::severity_from;
use super::vector;
use super::wire::{Put, Take};
use crate::feeds::EpssScore;
use crate::judge::source::CveFacts;
use batten_model::{Epss, Kev, Severity};
use std::collections::{BTreeMap, BTreeSet};

/// Vectors and words of any one CVE that are kept.
pub(crate) const LIST_LIMIT: usize = 8;

const HAS_KEV: u64 = 1;
const RANSOMWARE: u64 = 1 << 1;
const HAS_DUE: u64 = 1 << 2;
const HAS_EPSS: u64 = 1 << 3;
const HAS_CVSS: u64 = 1 << 4;
const HAS_SEVERITY: u64 = 1 << 5;

/// What is gathered of one CVE while a database is built.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Row {
    pub(crate) kev: Option<Kev>,
    pub(crate) epss: Option<EpssScore>,
    pub(crate) cvss: BTreeSet<(String, String)>,
    pub(crate) severity: BTreeSet<(Severity, String)>,
}

impl Row {
    /// Writes the row. Of each vector and each word only the first source by name is kept.
    pub(crate) fn put(&self, out: &mut Vec<u8>, names: &mut dyn Names) {
        let cvss: BTreeMap<&str, &str> =
            self.cvss.iter().rev().map(|(v, s)| (v.as_str(), s.as_str())).collect();
        let flag = |condition: bool, flag: u64| if condition { flag } else { 0 };
        let kev = self.kev.as_ref();
        out.number(
            flag(kev.is_some(), HAS_KEV)
                | flag(kev.is_some_and(|k| k.ransomware), RANSOMWARE)
                | flag(kev.is_some_and(|k| k.due.is_some()), HAS_DUE)
                | flag(self.epss.is_some(), HAS_EPSS)
                | flag(!cvss.is_empty(), HAS_CVSS)
                | flag(!self.severity.is_empty(), HAS_SEVERITY),
        );
        if let Some(kev) = kev {
            out.signed(kev.added.days_since_epoch());
            if let Some(due) = kev.due {
                out.signed(due.days_since_epoch());
            }
        }
        if let Some(epss) = self.epss {
            out.number(epss.score.into());
            out.number(epss.percentile.into());
        }
        if !cvss.is_empty() {
            out.number(cvss.len().min(LIST_LIMIT) as u64);
            for (text, source) in cvss.iter().take(LIST_LIMIT) {
                vector::put(out, text);
                out.number(names.number_of(source));
            }
        }
        if !self.severity.is_empty() {
            out.number(self.severity.len().min(LIST_LIMIT) as u64);
            for (severity, source) in self.severity.iter().take(LIST_LIMIT) {
                out.push(*severity as u8);
                out.number(names.number_of(source));
            }
        }
    }
}

/// Reads a row. `None` is damage.
pub(crate) fn take(from: &mut Take<'_>, names: &[String]) -> Option<CveFacts> {
    let flags = from.number()?;
    let mut facts = CveFacts::default();
    let name = |number: u64| names.get(usize::try_from(number).ok()?).cloned();
    if flags & HAS_KEV != 0 {
        let added = date(from.signed()?)?;
        let due = if flags & HAS_DUE != 0 { Some(date(from.signed()?)?) } else { None };
        facts.kev = Some(Kev { added, due, ransomware: flags & RANSOMWARE != 0 });
    }
    if flags & HAS_EPSS != 0 {
        let mut share = || from.number().map(|value| (value as f64 / 100_000.0) as f32);
        facts.epss = Some(Epss { score: share()?, percentile: share()? });
    }
    if flags & HAS_CVSS != 0 {
        for _ in 0..from.count()? {
            facts.cvss.push((vector::take(from)?, name(from.number()?)?));
        }
    }
    if flags & HAS_SEVERITY != 0 {
        for _ in 0..from.count()? {
            let severity = severity_from(*from.bytes(1)?.first()?)?;
            facts.severity.push((severity, name(from.number()?)?));
        }
    }
    Some(facts)
}

/// One block, taken apart for binary search: CVE numbers with the place of their rows.
pub(crate) struct Rows {
    year: u64,
    rows: Vec<(u32, u32, u32)>,
    bytes: Vec<u8>,
}

impl Rows {
    /// Takes a block apart. `None` is damage.
    pub(crate) fn parse(bytes: Vec<u8>) -> Option<Rows> {
        let mut from = Take(&bytes);
        let year = from.number()?;
        let count = from.count()?;
        let mut rows = Vec::with_capacity(count);
        let mut number = 0u32;
        for _ in 0..count {
            number = number.checked_add(u32::try_from(from.number()?).ok()?)?;
            let length = u32::try_from(from.number()?).ok()?;
            let start = u32::try_from(bytes.len() - from.0.len()).ok()?;
            from.bytes(length as usize)?;
            rows.push((number, start, length));
        }
        Some(Rows { year, rows, bytes })
    }

    /// The row of a CVE's key.
    pub(crate) fn get(&self, key: u64) -> Option<&[u8]> {
        if key >> 32 != self.year {
            return None;
        }
        let at = self.rows.binary_search_by_key(&(key as u32), |row| row.0).ok()?;
        let (_, start, length) = self.rows.get(at)?;
        self.bytes.get(*start as usize..(*start + *length) as usize)
    }

    /// All rows in order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &[u8]> {
        self.rows
            .iter()
            .filter_map(|(_, start, length)| self.bytes.get(*start as usize..(*start + *length) as usize))
    }

    pub(crate) fn size(&self) -> usize {
        self.bytes.len() + self.rows.len() * 12
    }
}
