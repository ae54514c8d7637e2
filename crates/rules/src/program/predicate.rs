//! One side of a comparison: what a value must be.

use super::addresses::Networks;
use super::computed::{Computed, Rooms};
use super::text_test::{TextTest, count};
use crate::syntax::{Modifier, Operator};
use crate::value::{Event, Value};
use std::cmp::Ordering;
use std::net::IpAddr;

/// What a value is compared with.
#[derive(Debug, Clone)]
pub(crate) enum Predicate {
    /// There is one.
    Exists,
    /// A text or buffer.
    Text(TextTest),
    /// A whole number of whatever kind.
    Number(NumberTest),
    /// A fraction.
    Double(Box<[Ordering]>, f64),
    /// True or false: this, or a value that is not this.
    Flag(bool),
    /// In one of the networks, or (`false`) in none.
    Address(Networks, bool),
    /// A number or a text, whichever the event gives.
    Dynamic(Box<TextTest>, Option<NumberTest>),
    /// Another value of the same event.
    Same(Operator, Computed),
}

/// A comparison of a whole number.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum NumberTest {
    Ordered(&'static [Ordering], i128),
    In(Box<[i128]>),
    Many(Modifier, Box<[NumberTest]>),
}

/// The orders that an operator accepts.
pub(crate) fn orders(operator: Operator) -> Option<&'static [Ordering]> {
    use Ordering::{Equal, Greater, Less};
    Some(match operator {
        Operator::Equal => &[Equal],
        Operator::NotEqual => &[Less, Greater],
        Operator::Less => &[Less],
        Operator::LessEqual => &[Less, Equal],
        Operator::Greater => &[Greater],
        Operator::GreaterEqual => &[Greater, Equal],
        _ => return None,
    })
}

impl NumberTest {
    #[inline]
    pub(crate) fn fits(&self, number: i128) -> bool {
        match self {
            NumberTest::Ordered(orders, other) => orders.contains(&number.cmp(other)),
            NumberTest::In(numbers) => numbers.binary_search(&number).is_ok(),
            NumberTest::Many(modifier, tests) => count(*modifier, tests.iter().map(|test| test.fits(number))),
        }
    }
}

impl Predicate {
    /// Whether a value is what it must be.
    #[inline]
    pub(crate) fn fits<E: Event + ?Sized>(&self, value: Value<'_>, event: &E, rooms: &Rooms) -> bool {
        match (self, value) {
            (Predicate::Exists, _) => true,
            (Predicate::Text(test), Value::Text(text)) => test.fits(text),
            (Predicate::Text(test), other) => rooms.lend(|room| {
                super::computed::append_text(other, room);
                test.fits(room)
            }),
            (Predicate::Number(test), value) => whole(value).is_some_and(|number| test.fits(number)),
            (Predicate::Double(orders, other), value) => {
                let number = match value {
                    Value::Double(number) => Some(number),
                    other => whole(other).map(|number| number as f64),
                };
                number
                    .and_then(|number| number.partial_cmp(other))
                    .is_some_and(|order| orders.contains(&order))
            }
            (Predicate::Flag(wanted), Value::Flag(flag)) => flag == *wanted,
            (Predicate::Flag(wanted), value) => whole(value).is_some_and(|number| (number != 0) == *wanted),
            (Predicate::Address(networks, inside), Value::Address(address)) => {
                networks.has(address) == *inside
            }
            (Predicate::Dynamic(_, Some(test)), value) if whole(value).is_some() => {
                whole(value).is_some_and(|number| test.fits(number))
            }
            (Predicate::Dynamic(test, _), Value::Text(text)) => test.fits(text),
            (Predicate::Same(operator, right), left) => same(*operator, left, right, event, rooms),
            _ => false,
        }
    }

    /// How dear it is, beside an equality of 1.
    pub(crate) fn cost(&self) -> u32 {
        match self {
            Predicate::Text(test) => test.cost(),
            Predicate::Dynamic(test, _) => test.cost(),
            Predicate::Same(..) => 6,
            _ => 1,
        }
    }
}

/// A value as a whole number.
#[inline]
pub(crate) fn whole(value: Value<'_>) -> Option<i128> {
    match value {
        Value::Int(number) => Some(number.into()),
        Value::Uint(number) => Some(number.into()),
        Value::Flag(flag) => Some(flag.into()),
        _ => None,
    }
}

/// Compares with what the right side gives: with one of its values, where it has several.
fn same<E: Event + ?Sized>(
    operator: Operator,
    left: Value<'_>,
    right: &Computed,
    event: &E,
    rooms: &Rooms,
) -> bool {
    let mut found = false;
    right.visit(event, rooms, &mut |right| {
        found = compare(operator, left, right);
        !found
    });
    found
}

/// Compares two values of the same type.
fn compare(operator: Operator, left: Value<'_>, right: Value<'_>) -> bool {
    let ordering = match (left, right) {
        (Value::Text(left), Value::Text(right)) => return compare_texts(operator, left, right),
        (Value::Address(left), Value::Address(right)) => compare_addresses(left, right),
        (Value::Double(left), Value::Double(right)) => left.partial_cmp(&right),
        (left, right) => whole(left).zip(whole(right)).map(|(left, right)| left.cmp(&right)),
    };
    let operator = if operator.is_for_lists() { Operator::Equal } else { operator };
    ordering.is_some_and(|ordering| orders(operator).is_some_and(|orders| orders.contains(&ordering)))
}

fn compare_addresses(left: IpAddr, right: IpAddr) -> Option<Ordering> {
    Some(left.cmp(&right))
}

fn compare_texts(operator: Operator, left: &[u8], right: &[u8]) -> bool {
    match operator {
        Operator::In | Operator::Intersects => left == right,
        Operator::Contains | Operator::BContains => memchr::memmem::find(left, right).is_some(),
        Operator::IContains => {
            right.is_empty() || left.windows(right.len()).any(|part| part.eq_ignore_ascii_case(right))
        }
        Operator::StartsWith | Operator::BStartsWith => left.starts_with(right),
        Operator::EndsWith => left.ends_with(right),
        Operator::Glob | Operator::IGlob => {
            super::glob::fits_pattern(right, left, operator == Operator::IGlob)
        }
        _ => orders(operator).is_some_and(|orders| orders.contains(&left.cmp(right))),
    }
}
