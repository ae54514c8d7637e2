//! Versions of Packagist's packages: normalised as Composer does ("Versions and constraints", `VersionParser`), then
//! compared as PHP's `version_compare` does.

use super::{Flaw, digits};
use std::cmp::Ordering;

/// A normalised version: numbers, then stability.
#[derive(Debug, Clone)]
pub struct ComposerVersion {
    parts: Vec<Part>,
}

/// A part, in the order that `version_compare` gives them.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Dev,
    Alpha,
    Beta,
    Candidate,
    Number(String),
    Patch,
}

impl ComposerVersion {
    /// Reads a version. Branches (`dev-main`) are refused; numbered ones (`1.x-dev`) are above all releases of their
    /// number.
    pub fn parse(text: &str) -> Result<ComposerVersion, Flaw> {
        let text = text.split_once('+').map_or(text, |(front, _)| front);
        let text = text.split_once('@').map_or(text, |(front, _)| front).trim();
        let lower = text.to_ascii_lowercase();
        let text = lower.strip_prefix('v').unwrap_or(&lower);
        if text.is_empty() {
            return Err(Flaw::Empty);
        }
        if !text.starts_with(|c: char| c.is_ascii_digit()) {
            return Err(Flaw::Development);
        }
        if let Some(branch) = text.strip_suffix("-dev").filter(|b| b.contains(['x', '*'])) {
            return numbered_branch(branch);
        }
        let (run, _) = digits::split_run(text, |b| b.is_ascii_digit() || b == b'.');
        let numbers = run.trim_end_matches('.');
        let modifier = text.get(numbers.len()..).unwrap_or_default();
        let dated =
            first_number(numbers).len() >= 8 || first_number(numbers).len() == 4 && modifier.starts_with('-');
        let (mut parts, modifier) = if dated { date_numbers(text) } else { (dotted(numbers)?, modifier) };
        if !dated {
            parts.resize(parts.len().max(4), Part::Number("0".to_owned()));
        }
        push_modifier(modifier, &mut parts)?;
        Ok(ComposerVersion { parts })
    }

    /// Part by part. A version that goes on with a number or a patch is later, one that goes on with a pre-release
    /// is earlier.
    pub fn compare(&self, other: &ComposerVersion) -> Ordering {
        for at in 0..self.parts.len().max(other.parts.len()) {
            let order = match (self.parts.get(at), other.parts.get(at)) {
                (Some(Part::Number(a)), Some(Part::Number(b))) => digits::compare(a, b),
                (Some(a), Some(b)) => a.rank().cmp(&b.rank()),
                (Some(a), None) => a.rank_against_end(),
                (None, Some(b)) => b.rank_against_end().reverse(),
                (None, None) => Ordering::Equal,
            };
            if order != Ordering::Equal {
                return order;
            }
        }
        Ordering::Equal
    }
}

impl Part {
    fn rank(&self) -> u8 {
        match self {
            Part::Dev => 0,
            Part::Alpha => 1,
            Part::Beta => 2,
            Part::Candidate => 3,
            Part::Number(_) => 4,
            Part::Patch => 5,
        }
    }

    fn rank_against_end(&self) -> Ordering {
        if self.rank() >= 4 { Ordering::Greater } else { Ordering::Less }
    }
}

fn first_number(text: &str) -> &str {
    digits::split_run(text, |b| b.is_ascii_digit()).0
}

fn dotted(numbers: &str) -> Result<Vec<Part>, Flaw> {
    let parts: Vec<&str> = numbers.split('.').collect();
    if parts.len() > 4 || !parts.iter().all(|part| digits::is_number(part)) {
        return Err(Flaw::Malformed);
    }
    Ok(parts.into_iter().map(|part| Part::Number(part.to_owned())).collect())
}

/// `2010-01-02`, `20100102-203040`: numbers between any of `.`, `:` and `-`.
fn date_numbers(text: &str) -> (Vec<Part>, &str) {
    let (mut rest, mut parts) = (text, Vec::new());
    loop {
        let (number, after) = digits::split_run(rest, |b| b.is_ascii_digit());
        parts.push(Part::Number(number.to_owned()));
        match after.strip_prefix(['.', ':', '-']).filter(|a| a.starts_with(|c: char| c.is_ascii_digit())) {
            Some(next) => rest = next,
            None => return (parts, after),
        }
    }
}

/// `1.x`: each missing or wild number is 9999999.
fn numbered_branch(branch: &str) -> Result<ComposerVersion, Flaw> {
    let mut parts = Vec::with_capacity(5);
    for part in branch.split('.') {
        match part {
            "x" | "*" => parts.push(Part::Number("9999999".to_owned())),
            number if digits::is_number(number) => parts.push(Part::Number(number.to_owned())),
            _ => return Err(Flaw::Malformed),
        }
    }
    if parts.len() > 4 {
        return Err(Flaw::Malformed);
    }
    parts.resize(4, Part::Number("9999999".to_owned()));
    parts.push(Part::Dev);
    Ok(ComposerVersion { parts })
}

/// `[._-]?(stable|beta|b|RC|alpha|a|patch|pl|p)([.-]?number)*[.-]?dev?`.
fn push_modifier(text: &str, parts: &mut Vec<Part>) -> Result<(), Flaw> {
    let rest = text.strip_prefix(['.', '-', '_']).unwrap_or(text);
    let (word, mut rest) = digits::split_run(rest, |b| b.is_ascii_alphabetic());
    let stability = match word {
        "" if text.is_empty() => return Ok(()),
        "dev" if rest.is_empty() => Some(Part::Dev),
        "stable" => None,
        "alpha" | "a" => Some(Part::Alpha),
        "beta" | "b" => Some(Part::Beta),
        "rc" => Some(Part::Candidate),
        "patch" | "pl" | "p" => Some(Part::Patch),
        _ => return Err(Flaw::Malformed),
    };
    let counts = stability.is_some();
    parts.extend(stability);
    loop {
        let after = rest.strip_prefix(['.', '-']).unwrap_or(rest);
        let (number, next) = digits::split_run(after, |b| b.is_ascii_digit());
        if number.is_empty() {
            break;
        }
        if counts {
            parts.push(Part::Number(number.to_owned()));
        }
        rest = next;
    }
    match rest.strip_prefix(['.', '-']).unwrap_or(rest) {
        "" if rest.is_empty() => Ok(()),
        "dev" => {
            parts.push(Part::Dev);
            Ok(())
        }
        _ => Err(Flaw::Malformed),
    }
}
