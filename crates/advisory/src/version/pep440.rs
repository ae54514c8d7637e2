//! Versions of Python distributions: PEP 440, and for what is no PEP 440 version the order that `packaging` had for
//! "legacy" versions, all of which come before all others.

use super::{Flaw, digits};
use std::cmp::Ordering;

/// A version of a Python distribution.
#[derive(Debug, Clone)]
pub enum PythonVersion<'a> {
    /// As PEP 440 writes them, in any of the spellings that its "Normalization" allows.
    Pep440(Public<'a>),
    /// Anything else: its parts.
    Legacy(Vec<LegacyPart>),
}

/// The parts of a PEP 440 version. Numbers are runs of digits, empty for an implied 0.
#[derive(Debug, Clone, Default)]
pub struct Public<'a> {
    epoch: &'a str,
    release: &'a str,
    pre: Option<(Phase, &'a str)>,
    post: Option<&'a str>,
    dev: Option<&'a str>,
    local: Option<&'a str>,
}

/// A pre-release's phase.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Phase {
    Alpha,
    Beta,
    Candidate,
}

/// A part of a legacy version; words come before numbers, as `*` comes before digits in their old spelling.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum LegacyPart {
    /// A word.
    Word(String),
    /// A number, filled up with zeros to eight digits.
    Number(String),
}

impl<'a> PythonVersion<'a> {
    /// Reads a version. Only text with spaces, wildcards or version specifiers in it is refused.
    pub fn parse(text: &'a str) -> Result<PythonVersion<'a>, Flaw> {
        if text.is_empty() {
            return Err(Flaw::Empty);
        }
        let scanner = Scanner { rest: text };
        if let Some(public) = scanner.version() {
            return Ok(PythonVersion::Pep440(public));
        }
        if text.contains(|c: char| c.is_whitespace() || "*<>=,;$".contains(c)) {
            return Err(Flaw::Malformed);
        }
        Ok(PythonVersion::Legacy(legacy_parts(text)))
    }

    /// PEP 440, "Summary of permitted suffixes and relative ordering".
    pub fn compare(&self, other: &PythonVersion<'_>) -> Ordering {
        match (self, other) {
            (PythonVersion::Pep440(a), PythonVersion::Pep440(b)) => a.compare(b),
            (PythonVersion::Legacy(a), PythonVersion::Legacy(b)) => a.cmp(b),
            (PythonVersion::Legacy(_), PythonVersion::Pep440(_)) => Ordering::Less,
            (PythonVersion::Pep440(_), PythonVersion::Legacy(_)) => Ordering::Greater,
        }
    }
}

impl Public<'_> {
    fn compare(&self, other: &Public<'_>) -> Ordering {
        digits::compare(self.epoch, other.epoch)
            .then_with(|| digits::compare_dotted(self.release, other.release))
            .then_with(|| self.pre_rank().cmp(&other.pre_rank()))
            .then_with(|| match (self.pre, other.pre) {
                (Some((_, a)), Some((_, b))) => digits::compare(a, b),
                _ => Ordering::Equal,
            })
            .then_with(|| match (self.post, other.post) {
                (Some(a), Some(b)) => digits::compare(a, b),
                (a, b) => a.is_some().cmp(&b.is_some()),
            })
            .then_with(|| match (self.dev, other.dev) {
                (Some(a), Some(b)) => digits::compare(a, b),
                (a, b) => b.is_some().cmp(&a.is_some()),
            })
            .then_with(|| match (self.local, other.local) {
                (Some(a), Some(b)) => compare_local(a, b),
                (a, b) => a.is_some().cmp(&b.is_some()),
            })
    }

    /// A development release of a final version comes before that version's pre-releases.
    fn pre_rank(&self) -> u8 {
        match (self.pre, self.post, self.dev) {
            (Some((Phase::Alpha, _)), ..) => 1,
            (Some((Phase::Beta, _)), ..) => 2,
            (Some((Phase::Candidate, _)), ..) => 3,
            (None, None, Some(_)) => 0,
            _ => 4,
        }
    }
}

/// Compares local version labels: numbers as numbers and after words; the shorter comes first.
fn compare_local(left: &str, right: &str) -> Ordering {
    let split = |c: char| matches!(c, '.' | '-' | '_');
    let (mut left, mut right) = (left.split(split), right.split(split));
    loop {
        let order = match (left.next(), right.next()) {
            (None, None) => return Ordering::Equal,
            (None, Some(_)) => Ordering::Less,
            (Some(_), None) => Ordering::Greater,
            (Some(a), Some(b)) => match (digits::is_number(a), digits::is_number(b)) {
                (true, true) => digits::compare(a, b),
                (false, false) => {
                    let lower = |text: &str| text.to_ascii_lowercase();
                    lower(a).cmp(&lower(b))
                }
                (a_number, b_number) => a_number.cmp(&b_number),
            },
        };
        if order != Ordering::Equal {
            return order;
        }
    }
}

/// Reads the grammar of PEP 440, appendix B, from left to right.
struct Scanner<'a> {
    rest: &'a str,
}

impl<'a> Scanner<'a> {
    fn version(mut self) -> Option<Public<'a>> {
        self.word("v");
        let mut version = Public::default();
        let (number, after) = digits::split_run(self.rest, |b| b.is_ascii_digit());
        if let Some(rest) = after.strip_prefix('!') {
            version.epoch = number;
            self.rest = rest;
            if number.is_empty() {
                return None;
            }
        }
        version.release = self.release()?;
        version.pre = self.pre();
        version.post = self.post();
        version.dev = self.labelled(&["dev"]);
        version.local = self.local()?;
        self.rest.is_empty().then_some(version)
    }

    /// Numbers between dots. A dot that no number follows belongs to what comes behind the release.
    fn release(&mut self) -> Option<&'a str> {
        let text = self.rest;
        let number_at = |at: usize| {
            let tail = text.get(at..).unwrap_or_default();
            digits::split_run(tail, |b| b.is_ascii_digit()).0.len()
        };
        let mut end = number_at(0);
        if end == 0 {
            return None;
        }
        while text.as_bytes().get(end) == Some(&b'.') && number_at(end + 1) > 0 {
            end += 1 + number_at(end + 1);
        }
        let (release, rest) = text.split_at_checked(end)?;
        self.rest = rest;
        Some(release)
    }

    fn pre(&mut self) -> Option<(Phase, &'a str)> {
        const PHASES: [(&str, Phase); 8] = [
            ("alpha", Phase::Alpha),
            ("a", Phase::Alpha),
            ("beta", Phase::Beta),
            ("b", Phase::Beta),
            ("preview", Phase::Candidate),
            ("pre", Phase::Candidate),
            ("c", Phase::Candidate),
            ("rc", Phase::Candidate),
        ];
        PHASES.iter().find_map(|(word, phase)| Some((*phase, self.labelled(&[word])?)))
    }

    fn post(&mut self) -> Option<&'a str> {
        if let Some(rest) = self.rest.strip_prefix('-') {
            let (number, after) = digits::split_run(rest, |b| b.is_ascii_digit());
            if !number.is_empty() {
                self.rest = after;
                return Some(number);
            }
        }
        self.labelled(&["post", "rev", "r"])
    }

    /// `[-_.]?word[-_.]?number?`, where any of `words` may stand.
    fn labelled(&mut self, words: &[&str]) -> Option<&'a str> {
        let separator = |c: char| matches!(c, '-' | '_' | '.');
        let before = self.rest;
        self.rest = before.strip_prefix(separator).unwrap_or(before);
        if !words.iter().any(|word| self.word(word)) {
            self.rest = before;
            return None;
        }
        self.rest = self.rest.strip_prefix(separator).unwrap_or(self.rest);
        let (number, rest) = digits::split_run(self.rest, |b| b.is_ascii_digit());
        self.rest = rest;
        Some(number)
    }

    /// `Some(None)` where there is none; `None` where it is malformed.
    fn local(&mut self) -> Option<Option<&'a str>> {
        if !self.take('+') {
            return Some(None);
        }
        let local = std::mem::take(&mut self.rest);
        let segment = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric());
        local.split(['.', '-', '_']).all(segment).then_some(Some(local))
    }

    fn take(&mut self, wanted: char) -> bool {
        let rest = self.rest.strip_prefix(wanted);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    /// Takes a word in any case.
    fn word(&mut self, word: &str) -> bool {
        match self.rest.split_at_checked(word.len()) {
            Some((front, rest)) if front.eq_ignore_ascii_case(word) => {
                self.rest = rest;
                true
            }
            _ => false,
        }
    }
}

/// `packaging`'s parts of a legacy version: runs of digits, of letters, and hyphens; zeros before a word, and hyphens
/// before a pre-release, do not count.
fn legacy_parts(text: &str) -> Vec<LegacyPart> {
    let text = text.to_lowercase();
    let mut parts: Vec<LegacyPart> = Vec::new();
    for part in legacy_tokens(&text).chain(std::iter::once("final")) {
        let part = match part {
            "." => continue,
            number if digits::is_number(number) => LegacyPart::Number(format!("{number:0>8}")),
            "pre" | "preview" | "rc" => LegacyPart::Word("c".to_owned()),
            "-" => LegacyPart::Word("final-".to_owned()),
            "dev" => LegacyPart::Word("@".to_owned()),
            word => LegacyPart::Word(word.to_owned()),
        };
        if let LegacyPart::Word(word) = &part {
            let is = |last: Option<&LegacyPart>, text: &str| matches!(last, Some(LegacyPart::Word(w) | LegacyPart::Number(w)) if w == text);
            while word.as_str() < "final" && is(parts.last(), "final-") {
                parts.pop();
            }
            while is(parts.last(), "00000000") {
                parts.pop();
            }
        }
        parts.push(part);
    }
    parts
}

/// Runs of digits, runs of letters, dots, hyphens, and what lies between them.
fn legacy_tokens(text: &str) -> impl Iterator<Item = &str> {
    #[derive(PartialEq)]
    enum Class {
        Digit,
        Letter,
        Single,
        Other,
    }
    let class = |c: char| match c {
        '0'..='9' => Class::Digit,
        'a'..='z' => Class::Letter,
        '.' | '-' => Class::Single,
        _ => Class::Other,
    };
    let mut rest = text;
    std::iter::from_fn(move || {
        let first = class(rest.chars().next()?);
        let end = match first {
            Class::Single => 1,
            _ => rest.find(|c| class(c) != first).unwrap_or(rest.len()),
        };
        let (token, after) = rest.split_at_checked(end)?;
        rest = after;
        Some(token)
    })
}
