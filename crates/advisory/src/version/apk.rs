//! Versions of Alpine packages, as apk-tools orders them:
//! `number{.number}…{letter}{_suffix{number}}…{~hash}{-r#}`.

use super::{Flaw, digits};
use std::cmp::Ordering;

/// A version that apk-tools takes for valid.
#[derive(Debug, Clone)]
pub struct ApkVersion<'a> {
    text: &'a str,
}

/// One part. The order of the variants is the order in which they may follow one another; where two versions differ
/// in the kind of part, the earlier kind is the later version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part<'a> {
    First(&'a str),
    Number(&'a str),
    Letter(u8),
    Suffix(Suffix),
    SuffixNumber(&'a str),
    Hash(&'a str),
    Revision(&'a str),
    End,
}

/// Suffixes in their order; a version without suffix stands between `Rc` and `Cvs`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Suffix {
    Alpha,
    Beta,
    Pre,
    Rc,
    Cvs,
    Svn,
    Git,
    Hg,
    P,
}

impl<'a> ApkVersion<'a> {
    /// Reads a version; what `apk version --check` calls invalid is refused.
    pub fn parse(text: &'a str) -> Result<ApkVersion<'a>, Flaw> {
        if text.is_empty() {
            return Err(Flaw::Empty);
        }
        let mut parts = Parts::of(text);
        while parts.next_part()? != Part::End {}
        Ok(ApkVersion { text })
    }

    /// Compares part by part. The longer version is the later one, unless it goes on with a pre-release suffix.
    pub fn compare(&self, other: &ApkVersion<'_>) -> Ordering {
        let (mut left, mut right) = (Parts::of(self.text), Parts::of(other.text));
        loop {
            // Both texts have been read before, so neither can fail here.
            let a = left.next_part().unwrap_or(Part::End);
            let b = right.next_part().unwrap_or(Part::End);
            if a == Part::End && b == Part::End {
                return Ordering::Equal;
            }
            match a.compare(&b) {
                Ordering::Equal => {}
                unequal => return unequal,
            }
        }
    }
}

impl Part<'_> {
    fn rank(&self) -> u8 {
        match self {
            Part::First(_) => 0,
            Part::Number(_) => 1,
            Part::Letter(_) => 2,
            Part::Suffix(_) => 3,
            Part::SuffixNumber(_) => 4,
            Part::Hash(_) => 5,
            Part::Revision(_) => 6,
            Part::End => 7,
        }
    }

    fn is_pre_release(&self) -> bool {
        matches!(self, Part::Suffix(suffix) if *suffix <= Suffix::Rc)
    }

    fn compare(&self, other: &Part<'_>) -> Ordering {
        match (self, other) {
            // With a leading zero the parts compare as text, as Gentoo's specification has it.
            (Part::Number(a), Part::Number(b)) if a.starts_with('0') || b.starts_with('0') => a.cmp(b),
            (Part::First(a), Part::First(b))
            | (Part::Number(a), Part::Number(b))
            | (Part::SuffixNumber(a), Part::SuffixNumber(b))
            | (Part::Revision(a), Part::Revision(b)) => digits::compare(a, b),
            (Part::Letter(a), Part::Letter(b)) => a.cmp(b),
            (Part::Suffix(a), Part::Suffix(b)) => a.cmp(b),
            (Part::Hash(a), Part::Hash(b)) => a.cmp(b),
            (a, b) if a.is_pre_release() != b.is_pre_release() => {
                if a.is_pre_release() {
                    Ordering::Less
                } else {
                    Ordering::Greater
                }
            }
            (a, b) => b.rank().cmp(&a.rank()),
        }
    }
}

/// Reads parts from the front.
struct Parts<'a> {
    rest: &'a str,
    /// Rank of the part before; `None` at the start.
    before: Option<u8>,
}

impl<'a> Parts<'a> {
    fn of(text: &'a str) -> Parts<'a> {
        Parts { rest: text, before: None }
    }

    fn next_part(&mut self) -> Result<Part<'a>, Flaw> {
        let part = self.read()?;
        self.before = Some(part.rank());
        Ok(part)
    }

    fn read(&mut self) -> Result<Part<'a>, Flaw> {
        let Some(before) = self.before else { return Ok(Part::First(self.number()?)) };
        let Some(first) = self.rest.bytes().next() else { return Ok(Part::End) };
        match first {
            b'a'..=b'z' if before <= 1 => {
                self.skip(1);
                Ok(Part::Letter(first))
            }
            b'.' if before <= 1 => {
                self.skip(1);
                Ok(Part::Number(self.number()?))
            }
            b'0'..=b'9' if before == 3 => Ok(Part::SuffixNumber(self.number()?)),
            b'_' if before <= 4 => {
                self.skip(1);
                self.suffix()
            }
            b'~' if before < 5 => {
                self.skip(1);
                let hash = self.run(|b| b.is_ascii_hexdigit());
                if hash.is_empty() { Err(Flaw::Malformed) } else { Ok(Part::Hash(hash)) }
            }
            b'-' if before < 6 && self.rest.starts_with("-r") => {
                self.skip(2);
                Ok(Part::Revision(self.number()?))
            }
            _ => Err(Flaw::Malformed),
        }
    }

    fn suffix(&mut self) -> Result<Part<'a>, Flaw> {
        Ok(Part::Suffix(match self.run(|b| b.is_ascii_lowercase()) {
            "alpha" => Suffix::Alpha,
            "beta" => Suffix::Beta,
            "pre" => Suffix::Pre,
            "rc" => Suffix::Rc,
            "cvs" => Suffix::Cvs,
            "svn" => Suffix::Svn,
            "git" => Suffix::Git,
            "hg" => Suffix::Hg,
            "p" => Suffix::P,
            _ => return Err(Flaw::Malformed),
        }))
    }

    fn number(&mut self) -> Result<&'a str, Flaw> {
        let number = self.run(|b| b.is_ascii_digit());
        if number.is_empty() { Err(Flaw::Malformed) } else { Ok(number) }
    }

    fn run(&mut self, wanted: impl Fn(u8) -> bool) -> &'a str {
        let (run, rest) = digits::split_run(self.rest, wanted);
        self.rest = rest;
        run
    }

    fn skip(&mut self, bytes: usize) {
        self.rest = self.rest.get(bytes..).unwrap_or_default();
    }
}
