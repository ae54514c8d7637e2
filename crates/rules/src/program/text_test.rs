//! Comparisons of texts.

use super::glob::Glob;
use super::paths::Paths;
use super::text_set::TextMap;
use crate::syntax::Modifier;
use memchr::memmem::Finder;
use regex::bytes::Regex;
use std::cmp::Ordering;

/// A comparison of one text with what a rule says.
#[derive(Debug, Clone)]
pub(crate) enum TextTest {
    Equal(Box<[u8]>),
    NotEqual(Box<[u8]>),
    /// In the order of bytes.
    Ordered(Box<[u8]>, &'static [Ordering]),
    In(TextMap),
    Contains(Box<Finder<'static>>),
    /// In lower case.
    IContains(Box<[u8]>),
    StartsWith(Box<[u8]>),
    EndsWith(Box<[u8]>),
    Glob(Glob),
    Regex(Box<Regex>),
    Paths(Paths),
    Many(Modifier, Box<[TextTest]>),
}

impl TextTest {
    #[inline]
    pub(crate) fn fits(&self, text: &[u8]) -> bool {
        match self {
            TextTest::Equal(wanted) => text == wanted.as_ref(),
            TextTest::NotEqual(other) => text != other.as_ref(),
            TextTest::Ordered(other, orders) => orders.contains(&text.cmp(other)),
            TextTest::In(set) => set.has(text),
            TextTest::Contains(finder) => finder.find(text).is_some(),
            TextTest::IContains(needle) => contains_in_any_case(text, needle),
            TextTest::StartsWith(prefix) => text.starts_with(prefix),
            TextTest::EndsWith(suffix) => text.ends_with(suffix),
            TextTest::Glob(glob) => glob.fits(text),
            TextTest::Regex(regex) => regex.is_match(text),
            TextTest::Paths(paths) => paths.has(text),
            TextTest::Many(modifier, tests) => count(*modifier, tests.iter().map(|test| test.fits(text))),
        }
    }

    /// How dear it is, beside an equality of 1.
    pub(crate) fn cost(&self) -> u32 {
        match self {
            TextTest::Equal(_) | TextTest::NotEqual(_) | TextTest::Ordered(..) => 1,
            TextTest::StartsWith(_) | TextTest::EndsWith(_) => 1,
            TextTest::In(_) => 2,
            TextTest::Paths(_) => 6,
            TextTest::Contains(_) => 8,
            TextTest::IContains(_) | TextTest::Glob(_) => 12,
            TextTest::Regex(_) => 60,
            TextTest::Many(_, tests) => tests.iter().map(TextTest::cost).sum(),
        }
    }
}

/// Whether as many of the answers are yes as the modifier asks for.
pub(crate) fn count(modifier: Modifier, mut answers: impl Iterator<Item = bool>) -> bool {
    match modifier {
        Modifier::AnyOf => answers.any(|yes| yes),
        Modifier::AllOf => answers.all(|yes| yes),
        Modifier::OneOf => answers.filter(|yes| *yes).take(2).count() == 1,
    }
}

fn contains_in_any_case(text: &[u8], needle: &[u8]) -> bool {
    let Some((first, rest)) = needle.split_first() else { return true };
    let upper = first.to_ascii_uppercase();
    memchr::memchr2_iter(*first, upper, text)
        .any(|at| text.get(at + 1..at + needle.len()).is_some_and(|found| found.eq_ignore_ascii_case(rest)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_is_folded_for_ascii() {
        assert!(contains_in_any_case(b"xxAWS_Key", b"aws_key") && contains_in_any_case(b"", b""));
        assert!(!contains_in_any_case(b"aws_ke", b"aws_key") && !contains_in_any_case(b"", b"a"));
    }

    #[test]
    fn modifiers_count() {
        let answers = |list: &[bool]| {
            [Modifier::OneOf, Modifier::AnyOf, Modifier::AllOf]
                .map(|modifier| count(modifier, list.iter().copied()))
        };
        assert_eq!(answers(&[true, false]), [true, true, false]);
        assert_eq!(answers(&[true, true]), [false, true, true]);
        assert_eq!(answers(&[false, false]), [false, false, false]);
    }
}
