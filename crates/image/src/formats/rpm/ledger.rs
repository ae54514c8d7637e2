//! Notes on a database's pages, from which database and write-ahead log are put together without their bytes.

use crate::facts::Facts;
use std::collections::{HashMap, HashSet};

/// Key of all notes of this module.
const KEY: &str = "rpm-pages";

/// Collects notes.
#[derive(Default)]
pub(super) struct Writer {
    notes: Vec<String>,
}

impl Writer {
    /// The page where the table begins.
    pub(super) fn root(&mut self, page: u32) {
        self.notes.push(format!("root {page}"));
    }

    /// A page that leads to others.
    pub(super) fn interior(&mut self, page: u32, children: &[u32]) {
        self.line("interior", u64::from(page), children.iter().map(|child| u64::from(*child)));
    }

    /// A page with rows.
    pub(super) fn leaf(&mut self, page: u32, rows: &[u64]) {
        self.line("leaf", u64::from(page), rows.iter().copied());
    }

    /// The rows of the packages, in the order of the facts.
    pub(super) fn packages(&mut self, rows: &[u64]) {
        self.line("packages", 0, rows.iter().copied());
    }

    /// The rows of public keys.
    pub(super) fn keys(&mut self, rows: &[u64]) {
        self.line("keys", 0, rows.iter().copied());
    }

    fn line(&mut self, word: &str, page: u64, numbers: impl Iterator<Item = u64>) {
        let numbers: Vec<String> = std::iter::once(page).chain(numbers).map(|n| n.to_string()).collect();
        self.notes.push(format!("{word} {}", numbers.join(" ")));
    }

    pub(super) fn notes(self) -> Vec<(String, String)> {
        self.notes.into_iter().map(|note| (KEY.to_owned(), note)).collect()
    }
}

/// What the notes of one file say.
#[derive(Default)]
pub(crate) struct Ledger {
    root: Option<u32>,
    interior: HashMap<u32, Vec<u32>>,
    leaves: HashMap<u32, Vec<u64>>,
    /// Row of each package, in the order of the facts.
    pub(crate) packages: Vec<u64>,
    /// Rows of public keys.
    pub(crate) keys: HashSet<u64>,
}

impl Ledger {
    /// Takes the notes out of the facts.
    pub(crate) fn take(facts: &mut Facts) -> Ledger {
        let mut ledger = Ledger::default();
        facts.notes.retain(|(key, note)| {
            if key == KEY {
                ledger.read(note);
            }
            key != KEY
        });
        ledger
    }

    fn read(&mut self, note: &str) {
        let mut words = note.split(' ');
        let word = words.next().unwrap_or_default();
        let mut numbers = words.filter_map(|number| number.parse::<u64>().ok());
        let Some(page) = numbers.next().and_then(|page| u32::try_from(page).ok()) else { return };
        match word {
            "root" => self.root = Some(page),
            "interior" => {
                self.interior.insert(page, numbers.filter_map(|n| u32::try_from(n).ok()).collect());
            }
            "leaf" => {
                self.leaves.insert(page, numbers.collect());
            }
            "keys" => self.keys = numbers.collect(),
            "packages" => self.packages = numbers.collect(),
            _ => {}
        }
    }

    /// True where the file had no page of the kind.
    pub(crate) fn is_empty(&self) -> bool {
        self.root.is_none() && self.interior.is_empty() && self.leaves.is_empty()
    }

    /// The rows of the table in order, where pages of `log` stand in for those of the database; `None` where a page
    /// is in neither.
    pub(crate) fn rows_with(&self, log: &Ledger) -> Option<Vec<u64>> {
        let mut rows = Vec::new();
        let mut open = vec![log.root.or(self.root)?];
        let mut seen = HashSet::new();
        while let Some(page) = open.pop() {
            if !seen.insert(page) {
                return None;
            }
            let found = [log, self]
                .into_iter()
                .find(|l| l.interior.contains_key(&page) || l.leaves.contains_key(&page))?;
            match (found.interior.get(&page), found.leaves.get(&page)) {
                (Some(children), _) => open.extend(children.iter().rev()),
                (None, Some(here)) => rows.extend(here),
                (None, None) => return None,
            }
        }
        Some(rows)
    }
}
