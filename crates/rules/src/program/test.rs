//! A comparison that is ready to be made.

use super::computed::{Computed, Rooms};
use super::predicate::Predicate;
use crate::catalogue::Values;
use crate::syntax::{Modifier, Operator};
use crate::value::Event;

/// What a rule wrote: it tells equal comparisons, and is what people and the kernel's side are told.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Wording {
    /// The left side.
    pub(crate) left: Computed,
    /// The operator.
    pub(crate) operator: Operator,
    /// How many of the values must fit.
    pub(crate) modifier: Option<Modifier>,
    /// The values of the right side, sorted, without repetition.
    pub(crate) values: Box<[Box<[u8]>]>,
    /// The right side where the event gives it.
    pub(crate) right: Option<Computed>,
}

/// A comparison.
#[derive(Debug, Clone)]
pub(crate) struct Test {
    /// What the rule wrote.
    pub(crate) wording: Wording,
    /// What each value must be.
    pub(crate) predicate: Predicate,
}

impl Test {
    /// Makes the comparison. Without a value the answer is no.
    #[inline]
    pub(crate) fn fits<E: Event + ?Sized>(&self, event: &E, rooms: &Rooms) -> bool {
        let Wording { left, operator, .. } = &self.wording;
        if let Computed::Field(field) = left
            && field.values() == Values::One
        {
            return rooms.lend(|room| {
                event.value(field, room).is_some_and(|value| self.predicate.fits(value, event, rooms))
            });
        }
        // All must fit, or one; either way a first value must be there.
        let all = match left.values() {
            Values::List => *operator == Operator::In,
            Values::Either => *operator == Operator::NotEqual,
            Values::One | Values::Ancestors => false,
        };
        let mut answer = false;
        left.visit(event, rooms, &mut |value| {
            answer = self.predicate.fits(value, event, rooms);
            answer == all
        });
        answer
    }

    /// How dear it is, beside an equality of 1.
    pub(crate) fn cost(&self) -> u32 {
        let left = match (&self.wording.left, self.wording.left.values()) {
            (Computed::Field(_), Values::One) => 1,
            (Computed::Field(_), _) => 6,
            _ => 20,
        };
        left + self.predicate.cost()
    }
}
