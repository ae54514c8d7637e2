//! Rows of numbers between dots or hyphens (CRAN, Hackage), with anything behind them compared as text.

use super::{Flaw, digits};
use std::cmp::Ordering;

/// A row of numbers.
#[derive(Debug, Clone)]
pub struct DottedVersion<'a> {
    text: &'a str,
}

impl<'a> DottedVersion<'a> {
    /// Reads a version: it must begin with a number and hold only letters, digits, `.`, `-`, `_` and `+`.
    pub fn parse(text: &'a str) -> Result<DottedVersion<'a>, Flaw> {
        let known = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_' | b'+');
        if text.starts_with(|c: char| c.is_ascii_digit()) && text.bytes().all(known) {
            Ok(DottedVersion { text })
        } else {
            Err(Flaw::Malformed)
        }
    }

    /// Part by part: numbers as numbers, words as text and before numbers; the shorter comes first.
    pub fn compare(&self, other: &DottedVersion<'_>) -> Ordering {
        let split = |c: char| matches!(c, '.' | '-' | '_' | '+');
        let (mut left, mut right) = (self.text.split(split), other.text.split(split));
        loop {
            let order = match (left.next(), right.next()) {
                (None, None) => return Ordering::Equal,
                (None, Some(_)) => Ordering::Less,
                (Some(_), None) => Ordering::Greater,
                (Some(a), Some(b)) => match (digits::is_number(a), digits::is_number(b)) {
                    (true, true) => digits::compare(a, b),
                    (false, false) => a.cmp(b),
                    (a_number, b_number) => a_number.cmp(&b_number),
                },
            };
            if order != Ordering::Equal {
                return order;
            }
        }
    }
}
