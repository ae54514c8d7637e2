//! Numbers of any length, compared as text.

use std::cmp::Ordering;

/// Compares two runs of ASCII digits as numbers; an empty run is zero.
pub(super) fn compare(left: &str, right: &str) -> Ordering {
    compare_bytes(left.as_bytes(), right.as_bytes())
}

/// The same for bytes.
pub(super) fn compare_bytes(left: &[u8], right: &[u8]) -> Ordering {
    let (left, right) = (without_zeros(left), without_zeros(right));
    left.len().cmp(&right.len()).then_with(|| left.cmp(right))
}

/// True for a run of digits whose value is zero, and for an empty one.
pub(super) fn is_zero(digits: &str) -> bool {
    digits.bytes().all(|b| b == b'0')
}

/// True for a run of at least one digit and nothing else.
pub(super) fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

/// Splits at the end of the leading run of bytes that `wanted` takes. The run must be ASCII.
pub(super) fn split_run(text: &str, wanted: impl Fn(u8) -> bool) -> (&str, &str) {
    let end = text.bytes().position(|b| !wanted(b)).unwrap_or(text.len());
    text.split_at_checked(end).unwrap_or((text, ""))
}

/// Compares two dotted rows of numbers; what the shorter lacks is zero.
pub(super) fn compare_dotted(left: &str, right: &str) -> Ordering {
    let (mut left, mut right) = (left.split('.'), right.split('.'));
    loop {
        match (left.next(), right.next()) {
            (None, None) => return Ordering::Equal,
            (a, b) => match compare(a.unwrap_or_default(), b.unwrap_or_default()) {
                Ordering::Equal => {}
                unequal => return unequal,
            },
        }
    }
}

fn without_zeros(digits: &[u8]) -> &[u8] {
    let start = digits.iter().position(|b| *b != b'0').unwrap_or(digits.len());
    digits.get(start..).unwrap_or_default()
}
