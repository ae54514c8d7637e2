//! Semantic Versioning 2.0.0, section 11, behind a lenient front end: a leading `v` or `=`, missing parts, more
//! than three numbers, leading zeros, and a pre-release without its hyphen (`1.2.3beta`, `1.2.3.beta.1`) are read as
//! npm's loose mode, Go, Kubernetes and authors of advisories write them. Wildcards (`1.x`) are not versions.

use super::{Flaw, digits};
use std::cmp::Ordering;

/// A semantic version. Build metadata is read and does not count.
#[derive(Debug, Clone)]
pub struct Semver<'a> {
    numbers: &'a str,
    pre_release: &'a str,
}

impl<'a> Semver<'a> {
    /// Reads a version.
    pub fn parse(text: &'a str) -> Result<Semver<'a>, Flaw> {
        let text = text.trim_start_matches(['v', 'V', '=', ' ']);
        if text.is_empty() {
            return Err(Flaw::Empty);
        }
        if text == "(devel)" {
            return Err(Flaw::Development);
        }
        let (numbers, rest) = split_numbers(text)?;
        let (pre_release, build) = rest.split_once('+').unwrap_or((rest, ""));
        let pre_release = match pre_release.strip_prefix('-') {
            Some("") => return Err(Flaw::Malformed),
            Some(identifiers) => identifiers,
            None if pre_release.is_empty() => "",
            None => {
                let word = pre_release.strip_prefix('.').unwrap_or(pre_release);
                if !word.starts_with(|c: char| c.is_ascii_alphabetic())
                    || matches!(word.split('.').next(), Some("x" | "X"))
                {
                    return Err(Flaw::Malformed);
                }
                word
            }
        };
        if (!pre_release.is_empty() && !pre_release.split('.').all(is_identifier))
            || build.contains(|c: char| c.is_whitespace())
        {
            return Err(Flaw::Malformed);
        }
        Ok(Semver { numbers, pre_release })
    }

    /// Numbers first; a pre-release comes before its release.
    pub fn compare(&self, other: &Semver<'_>) -> Ordering {
        digits::compare_dotted(self.numbers, other.numbers)
            .then_with(|| compare_pre_release(self.pre_release, other.pre_release))
    }

    /// The numbers, as written.
    pub(super) fn numbers(&self) -> &'a str {
        self.numbers
    }

    /// The pre-release, without its hyphen; empty for a release.
    pub(super) fn pre_release(&self) -> &'a str {
        self.pre_release
    }

    /// A version from parts that have been read.
    pub(super) fn of_parts(numbers: &'a str, pre_release: &'a str) -> Semver<'a> {
        Semver { numbers, pre_release }
    }
}

/// Splits at the end of the leading dotted row of numbers.
pub(super) fn split_numbers(text: &str) -> Result<(&str, &str), Flaw> {
    let (run, rest) = digits::split_run(text, |b| b.is_ascii_digit() || b == b'.');
    // The dot of `1.2.rc1` belongs to what follows; `1..2` and `1.` have no place in the order.
    let run = if rest.is_empty() { run } else { run.strip_suffix('.').unwrap_or(run) };
    if !run.split('.').all(digits::is_number) {
        return Err(Flaw::Malformed);
    }
    Ok(text.split_at_checked(run.len()).unwrap_or((text, "")))
}

fn is_identifier(text: &str) -> bool {
    // Authors of advisories write `1.0.0-*` for "any pre-release": the asterisk sorts before all letters.
    text == "*" || !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}

/// Compares pre-releases identifier by identifier (section 11.4); none comes last.
pub(super) fn compare_pre_release(left: &str, right: &str) -> Ordering {
    match (left.is_empty(), right.is_empty()) {
        (true, true) => return Ordering::Equal,
        (true, false) => return Ordering::Greater,
        (false, true) => return Ordering::Less,
        (false, false) => {}
    }
    let (mut left, mut right) = (left.split('.'), right.split('.'));
    loop {
        match (left.next(), right.next()) {
            (None, None) => return Ordering::Equal,
            (None, Some(_)) => return Ordering::Less,
            (Some(_), None) => return Ordering::Greater,
            (Some(a), Some(b)) => match compare_identifier(a, b) {
                Ordering::Equal => {}
                unequal => return unequal,
            },
        }
    }
}

fn compare_identifier(left: &str, right: &str) -> Ordering {
    match (digits::is_number(left), digits::is_number(right)) {
        (true, true) => digits::compare(left, right),
        (true, false) => Ordering::Less,
        (false, true) => Ordering::Greater,
        (false, false) => left.cmp(right),
    }
}
