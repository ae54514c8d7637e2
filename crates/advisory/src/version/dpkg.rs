//! Versions of Debian packages: deb-version(7), `[epoch:]upstream-version[-debian-revision]`.

use super::{Flaw, digits};
use std::cmp::Ordering;

/// A version of a Debian package.
#[derive(Debug, Clone)]
pub struct DebVersion<'a> {
    epoch: u32,
    upstream: &'a str,
    revision: &'a str,
}

impl<'a> DebVersion<'a> {
    /// Reads a version. What dpkg only warns of (a version that begins with a letter, an unusual character) is
    /// read; what it refuses is refused.
    pub fn parse(text: &'a str) -> Result<DebVersion<'a>, Flaw> {
        if text.is_empty() {
            return Err(Flaw::Empty);
        }
        if text.contains(|c: char| c.is_ascii_whitespace()) {
            return Err(Flaw::Malformed);
        }
        let (epoch, rest) = match text.split_once(':') {
            Some((epoch, rest)) => (epoch_of(epoch)?, rest),
            None => (0, text),
        };
        let (upstream, revision) = match rest.rsplit_once('-') {
            Some((_, "")) => return Err(Flaw::Malformed),
            Some((upstream, revision)) => (upstream, revision),
            None => (rest, ""),
        };
        if rest.is_empty() {
            return Err(Flaw::BadEpoch);
        }
        if upstream.is_empty() {
            return Err(Flaw::Malformed);
        }
        Ok(DebVersion { epoch, upstream, revision })
    }

    /// Epoch, then upstream version, then revision. A missing revision equals `0`.
    pub fn compare(&self, other: &DebVersion<'_>) -> Ordering {
        self.epoch
            .cmp(&other.epoch)
            .then_with(|| compare_part(self.upstream.as_bytes(), other.upstream.as_bytes()))
            .then_with(|| compare_part(self.revision.as_bytes(), other.revision.as_bytes()))
    }
}

/// dpkg holds epochs in a C `int`.
fn epoch_of(text: &str) -> Result<u32, Flaw> {
    let epoch: u32 =
        if digits::is_number(text) { text.parse().map_err(|_| Flaw::BadEpoch)? } else { u32::MAX };
    if epoch > i32::MAX as u32 { Err(Flaw::BadEpoch) } else { Ok(epoch) }
}

/// The weight of what is no digit: `~` before the end, the end before letters, letters before all others.
fn weight(byte: Option<&u8>) -> i32 {
    match byte {
        None => 0,
        Some(b'~') => -1,
        Some(b) if b.is_ascii_digit() => 0,
        Some(b) if b.is_ascii_alphabetic() => i32::from(*b),
        Some(b) => i32::from(*b) + 256,
    }
}

/// Compares runs of non-digits and runs of digits in turn (deb-version(7), "Sorting algorithm").
fn compare_part(mut left: &[u8], mut right: &[u8]) -> Ordering {
    let is_text = |part: &[u8]| part.first().is_some_and(|b| !b.is_ascii_digit());
    while !left.is_empty() || !right.is_empty() {
        while is_text(left) || is_text(right) {
            match weight(left.first()).cmp(&weight(right.first())) {
                Ordering::Equal => {}
                unequal => return unequal,
            }
            left = left.get(1..).unwrap_or_default();
            right = right.get(1..).unwrap_or_default();
        }
        let (left_number, left_rest) = split_number(left);
        let (right_number, right_rest) = split_number(right);
        match digits::compare_bytes(left_number, right_number) {
            Ordering::Equal => {}
            unequal => return unequal,
        }
        (left, right) = (left_rest, right_rest);
    }
    Ordering::Equal
}

fn split_number(part: &[u8]) -> (&[u8], &[u8]) {
    let end = part.iter().position(|b| !b.is_ascii_digit()).unwrap_or(part.len());
    part.split_at_checked(end).unwrap_or((part, &[]))
}
