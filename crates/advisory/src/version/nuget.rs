//! Versions of NuGet packages (NuGet, "Package versioning"): one to four numbers, a pre-release compared as Semantic
//! Versioning does but without regard to case, and build metadata that does not count.

use super::{Flaw, digits};
use std::cmp::Ordering;

/// A version of a NuGet package.
#[derive(Debug, Clone)]
pub struct NuGetVersion<'a> {
    numbers: &'a str,
    pre_release: &'a str,
}

impl<'a> NuGetVersion<'a> {
    /// Reads a version.
    pub fn parse(text: &'a str) -> Result<NuGetVersion<'a>, Flaw> {
        let text = text.split_once('+').map_or(text, |(front, _)| front);
        let (numbers, pre_release) = match text.split_once('-') {
            Some((_, "")) => return Err(Flaw::Malformed),
            Some((numbers, pre_release)) => (numbers, pre_release),
            None => (text, ""),
        };
        let identifier =
            |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
        if numbers.split('.').count() > 4
            || !numbers.split('.').all(digits::is_number)
            || (!pre_release.is_empty() && !pre_release.split('.').all(identifier))
        {
            return Err(Flaw::Malformed);
        }
        Ok(NuGetVersion { numbers, pre_release })
    }

    /// Numbers first; a pre-release comes before its release.
    pub fn compare(&self, other: &NuGetVersion<'_>) -> Ordering {
        digits::compare_dotted(self.numbers, other.numbers)
            .then_with(|| self.pre_release.is_empty().cmp(&other.pre_release.is_empty()))
            .then_with(|| compare_pre_release(self.pre_release, other.pre_release))
    }
}

fn compare_pre_release(left: &str, right: &str) -> Ordering {
    let (mut left, mut right) = (left.split('.'), right.split('.'));
    loop {
        let order = match (left.next(), right.next()) {
            (None, None) => return Ordering::Equal,
            (None, Some(_)) => Ordering::Less,
            (Some(_), None) => Ordering::Greater,
            (Some(a), Some(b)) => match (digits::is_number(a), digits::is_number(b)) {
                (true, true) => digits::compare(a, b),
                (false, false) => compare_ignoring_case(a, b),
                (a_number, b_number) => b_number.cmp(&a_number),
            },
        };
        if order != Ordering::Equal {
            return order;
        }
    }
}

fn compare_ignoring_case(left: &str, right: &str) -> Ordering {
    left.bytes().map(|b| b.to_ascii_uppercase()).cmp(right.bytes().map(|b| b.to_ascii_uppercase()))
}
