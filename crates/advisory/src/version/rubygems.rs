//! Versions of Ruby gems, as `Gem::Version` orders them: a part with a letter makes a pre-release.

use super::{Flaw, digits};
use std::cmp::Ordering;

/// A version of a gem, as segments without the zeros that do not count.
#[derive(Debug, Clone)]
pub struct GemVersion<'a> {
    segments: Vec<Segment<'a>>,
}

#[derive(Debug, Clone, Copy)]
enum Segment<'a> {
    Number(&'a str),
    Word(&'a str),
}

impl<'a> GemVersion<'a> {
    /// Reads a version: `[0-9]+(.[0-9a-zA-Z]+)*(-[0-9A-Za-z-]+(.[0-9A-Za-z-]+)*)?`.
    pub fn parse(text: &'a str) -> Result<GemVersion<'a>, Flaw> {
        let (front, back) = text.split_once('-').map_or((text, None), |(front, back)| (front, Some(back)));
        let mut parts = front.split('.');
        let alphanumeric = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric());
        let with_hyphen =
            |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
        if !parts.next().is_some_and(digits::is_number)
            || !parts.all(alphanumeric)
            || !back.is_none_or(|back| back.split('.').all(with_hyphen))
        {
            return Err(Flaw::Malformed);
        }
        let mut segments = Vec::with_capacity(6);
        push_segments(front, &mut segments);
        // A hyphen reads as `.pre.`.
        for part in back.into_iter().flat_map(|back| back.split('-')) {
            segments.push(Segment::Word("pre"));
            push_segments(part, &mut segments);
        }
        let first_word =
            segments.iter().position(|s| matches!(s, Segment::Word(_))).unwrap_or(segments.len());
        let mut words = segments.split_off(first_word);
        drop_zeros(&mut segments);
        drop_zeros(&mut words);
        segments.append(&mut words);
        Ok(GemVersion { segments })
    }

    /// Segment by segment: words before numbers, and what one version lacks is zero.
    pub fn compare(&self, other: &GemVersion<'_>) -> Ordering {
        let zero = Segment::Number("0");
        for at in 0..self.segments.len().max(other.segments.len()) {
            let left = self.segments.get(at).unwrap_or(&zero);
            let right = other.segments.get(at).unwrap_or(&zero);
            let order = match (left, right) {
                (Segment::Number(a), Segment::Number(b)) => digits::compare(a, b),
                (Segment::Word(a), Segment::Word(b)) => a.cmp(b),
                (Segment::Word(_), Segment::Number(_)) => Ordering::Less,
                (Segment::Number(_), Segment::Word(_)) => Ordering::Greater,
            };
            if order != Ordering::Equal {
                return order;
            }
        }
        Ordering::Equal
    }
}

/// Runs of digits and runs of letters.
fn push_segments<'a>(text: &'a str, segments: &mut Vec<Segment<'a>>) {
    for part in text.split('.') {
        let mut rest = part;
        while !rest.is_empty() {
            let numeric = rest.starts_with(|c: char| c.is_ascii_digit());
            let (run, after) = digits::split_run(rest, |b| b.is_ascii_digit() == numeric);
            segments.push(if numeric { Segment::Number(run) } else { Segment::Word(run) });
            rest = after;
        }
    }
}

fn drop_zeros(segments: &mut Vec<Segment<'_>>) {
    while matches!(segments.last(), Some(Segment::Number(n)) if digits::is_zero(n)) {
        segments.pop();
    }
}
