//! Versions of Maven artifacts, as Maven 3.9's `ComparableVersion` orders them ("Version Order Specification" in
//! Maven's POM reference). Whatever text is a version to Maven; only its length is limited.

use super::{Flaw, digits};
use std::cmp::Ordering;

/// A version, as Maven's nested lists. Each list but the innermost ends with the next one, so they are kept as rows.
#[derive(Debug, Clone)]
pub struct MavenVersion<'a> {
    rows: Vec<Vec<Item<'a>>>,
}

#[derive(Debug, Clone, Copy)]
enum Item<'a> {
    Number(&'a str),
    Word(Qualifier<'a>),
}

/// Qualifiers in their order; unknown ones follow the known, by the alphabet and without regard to case.
#[derive(Debug, Clone, Copy)]
enum Qualifier<'a> {
    Known(u8),
    Other(&'a str),
}

const RELEASE: u8 = 5;

/// What stands at one place of a list.
enum Place<'r, 'a> {
    Item(&'r Item<'a>),
    /// The rest of the rows, from this one on.
    List(usize),
    Nothing,
}

impl<'a> MavenVersion<'a> {
    /// Reads a version.
    pub fn parse(text: &'a str) -> Result<MavenVersion<'a>, Flaw> {
        if text.is_empty() {
            return Err(Flaw::Empty);
        }
        let mut reader = Reader { text, rows: vec![Vec::with_capacity(4)], start: 0, in_number: false };
        for (at, byte) in text.bytes().enumerate() {
            reader.step(at, byte);
        }
        Ok(MavenVersion { rows: reader.finish() })
    }

    /// Compares item by item.
    pub fn compare(&self, other: &MavenVersion<'_>) -> Ordering {
        let (mut row, mut other_row, mut at) = (0, 0, 0);
        loop {
            let order = match (self.place(row, at), other.place(other_row, at)) {
                (Place::Nothing, Place::Nothing) => return Ordering::Equal,
                (Place::List(a), Place::List(b)) => {
                    (row, other_row, at) = (a, b, 0);
                    continue;
                }
                (Place::Item(a), Place::Item(b)) => a.compare(b),
                (Place::Item(a), Place::Nothing) => a.compare_with_nothing(),
                (Place::Nothing, Place::Item(b)) => b.compare_with_nothing().reverse(),
                (Place::List(a), Place::Nothing) => self.compare_with_nothing(a),
                (Place::Nothing, Place::List(b)) => other.compare_with_nothing(b).reverse(),
                // 1.1 > 1-1 > 1-word
                (Place::Item(Item::Number(_)), Place::List(_)) => Ordering::Greater,
                (Place::Item(Item::Word(_)), Place::List(_)) => Ordering::Less,
                (Place::List(_), Place::Item(Item::Number(_))) => Ordering::Less,
                (Place::List(_), Place::Item(Item::Word(_))) => Ordering::Greater,
            };
            if order != Ordering::Equal {
                return order;
            }
            at += 1;
        }
    }

    fn place(&self, row: usize, at: usize) -> Place<'_, 'a> {
        let Some(items) = self.rows.get(row) else { return Place::Nothing };
        match items.get(at) {
            Some(item) => Place::Item(item),
            None if at == items.len() && row + 1 < self.rows.len() => Place::List(row + 1),
            None => Place::Nothing,
        }
    }

    fn compare_with_nothing(&self, row: usize) -> Ordering {
        self.rows
            .iter()
            .skip(row)
            .flatten()
            .map(Item::compare_with_nothing)
            .find(|order| *order != Ordering::Equal)
            .unwrap_or(Ordering::Equal)
    }
}

impl Item<'_> {
    fn is_null(&self) -> bool {
        match self {
            Item::Number(n) => digits::is_zero(n),
            Item::Word(word) => word.rank() == RELEASE,
        }
    }

    fn compare(&self, other: &Item<'_>) -> Ordering {
        match (self, other) {
            (Item::Number(a), Item::Number(b)) => digits::compare(a, b),
            (Item::Word(a), Item::Word(b)) => a.compare(b),
            (Item::Number(_), Item::Word(_)) => Ordering::Greater,
            (Item::Word(_), Item::Number(_)) => Ordering::Less,
        }
    }

    fn compare_with_nothing(&self) -> Ordering {
        match self {
            Item::Number(n) if digits::is_zero(n) => Ordering::Equal,
            Item::Number(_) => Ordering::Greater,
            Item::Word(word) => word.rank().cmp(&RELEASE),
        }
    }
}

impl<'a> Qualifier<'a> {
    fn of(word: &'a str, before_digit: bool) -> Qualifier<'a> {
        let is = |known: &str| word.eq_ignore_ascii_case(known);
        Qualifier::Known(match word {
            _ if before_digit && is("a") => 0,
            _ if before_digit && is("b") => 1,
            _ if before_digit && is("m") => 2,
            _ if is("alpha") => 0,
            _ if is("beta") => 1,
            _ if is("milestone") => 2,
            _ if is("rc") || is("cr") => 3,
            _ if is("snapshot") => 4,
            _ if is("ga") || is("final") || is("release") => RELEASE,
            _ if is("sp") => 6,
            _ => return Qualifier::Other(word),
        })
    }

    fn rank(&self) -> u8 {
        match self {
            Qualifier::Known(rank) => *rank,
            Qualifier::Other(_) => 7,
        }
    }

    fn compare(&self, other: &Qualifier<'_>) -> Ordering {
        match (self, other) {
            (Qualifier::Other(a), Qualifier::Other(b)) => {
                let lower = |text: &str| text.chars().flat_map(char::to_lowercase).collect::<String>();
                // Java compares UTF-16 units.
                lower(a).encode_utf16().cmp(lower(b).encode_utf16())
            }
            (a, b) => a.rank().cmp(&b.rank()),
        }
    }
}

/// Splits a version at dots, hyphens, and where digits and letters meet.
struct Reader<'a> {
    text: &'a str,
    rows: Vec<Vec<Item<'a>>>,
    start: usize,
    in_number: bool,
}

impl<'a> Reader<'a> {
    fn step(&mut self, at: usize, byte: u8) {
        match byte {
            b'.' | b'-' => {
                if at == self.start {
                    self.push(Item::Number("0"));
                } else {
                    self.push_until(at, false);
                }
                self.start = at + 1;
                if byte == b'-' {
                    self.open();
                }
            }
            b'0'..=b'9' => {
                if !self.in_number && at > self.start {
                    // `.X1` is read as `-X1`.
                    self.open_unless_empty();
                    self.push_until(at, true);
                    self.start = at;
                    self.open();
                }
                self.in_number = true;
            }
            _ => {
                if self.in_number && at > self.start {
                    self.push_until(at, false);
                    self.start = at;
                    self.open();
                }
                self.in_number = false;
            }
        }
    }

    fn finish(mut self) -> Vec<Vec<Item<'a>>> {
        if self.start < self.text.len() {
            if !self.in_number {
                self.open_unless_empty();
            }
            self.push_until(self.text.len(), false);
        }
        for row in &mut self.rows {
            while row.last().is_some_and(Item::is_null) {
                row.pop();
            }
        }
        while self.rows.last().is_some_and(Vec::is_empty) {
            self.rows.pop();
        }
        self.rows
    }

    fn push_until(&mut self, end: usize, before_digit: bool) {
        let part = self.text.get(self.start..end).unwrap_or_default();
        let number = self.in_number && !before_digit;
        self.push(if number { Item::Number(part) } else { Item::Word(Qualifier::of(part, before_digit)) });
    }

    fn push(&mut self, item: Item<'a>) {
        if let Some(row) = self.rows.last_mut() {
            row.push(item);
        }
    }

    fn open(&mut self) {
        self.rows.push(Vec::new());
    }

    fn open_unless_empty(&mut self) {
        if self.rows.last().is_some_and(|row| !row.is_empty()) {
            self.open();
        }
    }
}
