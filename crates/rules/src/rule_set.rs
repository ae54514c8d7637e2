//! Compiled rules, ready to judge events.

use crate::catalogue::{EventType, EventTypes, FieldRef, Source};
use crate::format::Format;
use crate::load::items::Priority;
use crate::program::graph::Graph;
use crate::program::{Plan, Scratch};
use crate::value::Event;

/// A compiled rule.
#[derive(Debug, Clone)]
pub struct Rule {
    /// Its name.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// How urgent its alerts are.
    pub priority: Priority,
    /// Which events it judges.
    pub source: Source,
    /// Its tags, sorted.
    pub tags: Vec<String>,
    /// Whether it judges events at all.
    pub enabled: bool,
    /// Falco would begin a capture; nothing here does.
    pub capture: bool,
    /// How long a capture would last, in milliseconds.
    pub capture_duration: Option<u64>,
    /// Fields of its exceptions, sorted.
    pub exception_fields: Vec<String>,
    /// The text of its alerts.
    pub output: Format,
    /// Fields that are added to its alerts, with their names.
    pub extra_fields: Vec<(String, Format)>,
    /// Types of events that it can match; none for sources without types.
    pub event_types: EventTypes,
    /// Fields that its condition looks at, sorted.
    pub fields: Vec<FieldRef>,
}

/// What a source's rules are compiled to.
#[derive(Debug)]
pub(crate) struct OfSource {
    pub(crate) source: Source,
    pub(crate) graph: Graph,
    pub(crate) plan: Plan,
}

/// Compiled rules.
#[derive(Debug)]
pub struct RuleSet {
    rules: Vec<Rule>,
    of_source: Vec<OfSource>,
}

impl RuleSet {
    pub(crate) fn new(rules: Vec<Rule>, of_source: Vec<OfSource>) -> RuleSet {
        RuleSet { rules, of_source }
    }

    /// All rules, also those that are not enabled: by source, then in the order of their definition.
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// Memory for evaluation. Each thread has its own, and uses it for one set of rules.
    pub fn scratch(&self) -> Scratch {
        Scratch::default()
    }

    pub(crate) fn of_source(&self, source: Source) -> Option<&OfSource> {
        self.of_source.iter().find(|of| of.source == source)
    }

    /// Whether a rule can match events of a type at all.
    pub fn concerns(&self, event: EventType) -> bool {
        self.of_source(Source::Syscall).is_some_and(|of| of.plan.concerns(event))
    }

    /// Judges an event: hands each rule that it matches to `matched`, in the order of the rules, until `matched` says
    /// `false`. Nothing is allocated once the scratch memory is as large as events need it.
    pub fn evaluate<'r, E: Event + ?Sized>(
        &'r self,
        source: Source,
        event: &E,
        scratch: &mut Scratch,
        mut matched: impl FnMut(&'r Rule) -> bool,
    ) {
        let Some(of) = self.of_source(source) else { return };
        of.plan.evaluate(event, scratch, |number| self.rules.get(number as usize).is_none_or(&mut matched));
    }
}
