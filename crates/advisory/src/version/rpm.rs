//! Versions of RPM packages: rpm-version(7), `[epoch:]version[-release]`, with `~` before and `^` after the base.

use super::{Flaw, digits};
use std::cmp::Ordering;

/// Epoch, version and release of an RPM package.
#[derive(Debug, Clone)]
pub struct RpmVersion<'a> {
    epoch: &'a str,
    version: &'a str,
    release: Option<&'a str>,
}

impl<'a> RpmVersion<'a> {
    /// Reads `[epoch:]version[-release]` as RPM does: digits before the first colon are the epoch (empty means 0),
    /// what follows the last hyphen is the release.
    pub fn parse(text: &'a str) -> Result<RpmVersion<'a>, Flaw> {
        if text.is_empty() {
            return Err(Flaw::Empty);
        }
        if text.contains(|c: char| c.is_ascii_whitespace()) {
            return Err(Flaw::Malformed);
        }
        let (digits, rest) = digits::split_run(text, |b| b.is_ascii_digit());
        let (epoch, rest) = match rest.strip_prefix(':') {
            Some(rest) => (digits, rest),
            None => ("", text),
        };
        let (version, release) = match rest.rsplit_once('-') {
            Some((version, release)) => (version, Some(release)),
            None => (rest, None),
        };
        if version.is_empty() {
            return Err(Flaw::Malformed);
        }
        Ok(RpmVersion { epoch, version, release })
    }

    /// Epoch, then version, then release; a missing release sorts before any, as `rpm.vercmp` has it.
    pub fn compare(&self, other: &RpmVersion<'_>) -> Ordering {
        digits::compare(self.epoch, other.epoch)
            .then_with(|| compare_part(self.version.as_bytes(), other.version.as_bytes()))
            .then_with(|| match (self.release, other.release) {
                (Some(a), Some(b)) => compare_part(a.as_bytes(), b.as_bytes()),
                (a, b) => a.is_some().cmp(&b.is_some()),
            })
    }
}

/// RPM's comparison of one version or release: runs of digits and of letters in turn; all else separates.
fn compare_part(mut left: &[u8], mut right: &[u8]) -> Ordering {
    if left == right {
        return Ordering::Equal;
    }
    loop {
        left = skip_separators(left);
        right = skip_separators(right);
        match (left.first(), right.first()) {
            (Some(b'~'), Some(b'~')) | (Some(b'^'), Some(b'^')) => {
                left = left.get(1..).unwrap_or_default();
                right = right.get(1..).unwrap_or_default();
                continue;
            }
            (Some(b'~'), _) => return Ordering::Less,
            (_, Some(b'~')) => return Ordering::Greater,
            (None, None) => return Ordering::Equal,
            // A base version sorts before what a caret adds to it, and a caret before any other continuation.
            (None, Some(_)) => return Ordering::Less,
            (Some(_), None) => return Ordering::Greater,
            (Some(b'^'), Some(_)) => return Ordering::Less,
            (Some(_), Some(b'^')) => return Ordering::Greater,
            (Some(a), Some(b)) if a.is_ascii_digit() != b.is_ascii_digit() => {
                return if a.is_ascii_digit() { Ordering::Greater } else { Ordering::Less };
            }
            (Some(a), Some(_)) => {
                let numeric = a.is_ascii_digit();
                let (a, left_rest) = split_run(left, numeric);
                let (b, right_rest) = split_run(right, numeric);
                let order = if numeric { digits::compare_bytes(a, b) } else { a.cmp(b) };
                if order != Ordering::Equal {
                    return order;
                }
                (left, right) = (left_rest, right_rest);
            }
        }
    }
}

fn skip_separators(part: &[u8]) -> &[u8] {
    let start =
        part.iter().position(|b| b.is_ascii_alphanumeric() || matches!(b, b'~' | b'^')).unwrap_or(part.len());
    part.get(start..).unwrap_or_default()
}

fn split_run(part: &[u8], numeric: bool) -> (&[u8], &[u8]) {
    let wanted = |b: &u8| if numeric { b.is_ascii_digit() } else { b.is_ascii_alphabetic() };
    let end = part.iter().position(|b| !wanted(b)).unwrap_or(part.len());
    part.split_at_checked(end).unwrap_or((part, &[]))
}
