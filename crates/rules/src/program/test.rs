//! A comparison that is ready to be made.

use super::computed::{Computed, Rooms};
use super::predicate::Predicate;
use crate::catalogue::Values;
use crate::syntax::{Modifier, Operator};
use crate::value::{Event, Room};

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

/// How the values of the left side are judged together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    /// A field with one value.
    Field,
    /// One value must fit.
    Any,
    /// All must fit, and there must be one.
    All,
}

/// A comparison as evaluation needs it: small, so that many lie near each other.
#[derive(Debug)]
pub(crate) struct Ready {
    mode: Mode,
    left: Computed,
    predicate: Predicate,
}

impl Ready {
    pub(crate) fn new(test: &Test) -> Ready {
        let Wording { left, operator, .. } = &test.wording;
        let mode = match (left, left.values()) {
            (Computed::Field(_), Values::One) => Mode::Field,
            (_, Values::List) if *operator == Operator::In => Mode::All,
            (_, Values::Either) if *operator == Operator::NotEqual => Mode::All,
            _ => Mode::Any,
        };
        Ready { mode, left: left.clone(), predicate: test.predicate.clone() }
    }

    /// Makes the comparison; `room` is for the value of a single field. Without a value the answer is no.
    #[inline]
    pub(crate) fn fits<E: Event + ?Sized>(&self, event: &E, rooms: &Rooms, room: &mut Room) -> bool {
        if let (Mode::Field, Computed::Field(field)) = (self.mode, &self.left) {
            return event.value(field, room).is_some_and(|value| self.predicate.fits(value, event, rooms));
        }
        let all = self.mode == Mode::All;
        let mut answer = false;
        self.left.visit(event, rooms, &mut |value| {
            answer = self.predicate.fits(value, event, rooms);
            answer == all
        });
        answer
    }
}

impl Test {
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
