//! What rules need of the side that makes the events: types, fields, and what an event must have at least.
//!
//! For each type of event there are alternatives, each a list of simple requirements. An event that meets all of the
//! requirements of no alternative matches no rule, so that it need not be sent at all. A side that cannot judge a
//! requirement leaves it out, which only lets more events through.

use crate::catalogue::{EventType, EventTypes, FieldRef, Source, Type, Values};
use crate::program::graph::{Graph, Node, NodeId};
use crate::program::parse_network;
use crate::program::test::Test;
use crate::program::{NumberTest, Paths, Predicate, Rooms};
use crate::rule_set::RuleSet;
use crate::syntax::Operator;
use crate::value::{Event, Value};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::net::IpAddr;

/// What the enabled rules of a source need.
#[derive(Debug, Clone, PartialEq)]
pub struct Needs {
    /// Types of events that a rule can match.
    pub event_types: EventTypes,
    /// Fields that conditions look at.
    pub fields: BTreeSet<FieldRef>,
    /// Further fields that outputs print.
    pub output_fields: BTreeSet<FieldRef>,
    /// For each of the types the alternatives, of which an event must meet one. An alternative without requirements is
    /// met by every event.
    pub alternatives: BTreeMap<EventType, Vec<Alternative>>,
}

/// Requirements that must all be met.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Alternative {
    /// The requirements, sorted.
    pub requirements: Vec<Requirement>,
}

/// A requirement of one field.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Requirement {
    /// The field.
    pub field: FieldRef,
    /// What it must be.
    pub what: What,
    /// It must not be that; an absent value is never that.
    pub negated: bool,
}

/// What a value must be.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum What {
    /// There is one.
    Present,
    /// One of these texts.
    Text(Vec<Box<[u8]>>),
    /// A text, and none of these.
    OtherText(Vec<Box<[u8]>>),
    /// Begins with one of these texts.
    Prefix(Vec<Box<[u8]>>),
    /// One of these paths, or below one of them.
    Below(Vec<Box<[u8]>>),
    /// A number in one of these ranges, ends included.
    Number(Vec<(i128, i128)>),
    /// True or false.
    Flag(bool),
    /// An address in one of these networks, each with the number of bits that count.
    Network(Vec<(IpAddr, u8)>),
}

/// Most alternatives that a part of a condition may have; a part with more requires nothing.
const MAX_ALTERNATIVES: usize = 32;
/// Most alternatives of an event type; a type with more lets every event through.
const MAX_FOR_TYPE: usize = 512;

/// Comparisons (by place, with their answer) that must all come out so.
type Literals = BTreeSet<(u32, bool)>;

impl RuleSet {
    /// What the enabled rules of a source need.
    pub fn needs(&self, source: Source) -> Needs {
        let mut needs = Needs {
            event_types: EventTypes::NONE,
            fields: BTreeSet::new(),
            output_fields: BTreeSet::new(),
            alternatives: BTreeMap::new(),
        };
        for rule in self.rules().iter().filter(|rule| rule.source == source && rule.enabled) {
            needs.fields.extend(rule.fields.iter().cloned());
            needs.output_fields.extend(rule.output.fields());
            needs.output_fields.extend(rule.extra_fields.iter().flat_map(|(_, format)| format.fields()));
        }
        needs.output_fields.retain(|field| !needs.fields.contains(field));
        let Some(of) = self.of_source(source).filter(|_| source == Source::Syscall) else { return needs };
        let mut analysis = Analysis { graph: &of.graph, known: HashMap::new() };
        for event in EventType::all().filter(|event| of.plan.concerns(*event)) {
            needs.event_types.insert(event);
            needs.alternatives.insert(event, analysis.of_rules(of.plan.roots(event)));
        }
        needs
    }
}

impl Needs {
    /// Whether an event must be judged: it meets an alternative of its type. This is the reference for what the
    /// kernel's side does.
    pub fn admits<E: Event + ?Sized>(&self, event: &E) -> bool {
        let alternatives = event.event_type().and_then(|event| self.alternatives.get(&event));
        let rooms = Rooms::default();
        alternatives.is_some_and(|all| {
            all.iter().any(|one| one.requirements.iter().all(|requirement| requirement.is_met(event, &rooms)))
        })
    }
}

impl Requirement {
    fn is_met<E: Event + ?Sized>(&self, event: &E, rooms: &Rooms) -> bool {
        let is = rooms.lend(|room| event.value(&self.field, room).is_some_and(|value| self.what.is(value)));
        is != self.negated
    }
}

impl What {
    fn is(&self, value: Value<'_>) -> bool {
        let number = match value {
            Value::Int(number) => Some(i128::from(number)),
            Value::Uint(number) => Some(i128::from(number)),
            Value::Flag(flag) => Some(i128::from(flag)),
            _ => None,
        };
        match (self, value) {
            (What::Present, _) => true,
            (What::Text(texts), Value::Text(text)) => texts.iter().any(|one| one.as_ref() == text),
            (What::OtherText(texts), Value::Text(text)) => texts.iter().all(|one| one.as_ref() != text),
            (What::Prefix(texts), Value::Text(text)) => texts.iter().any(|one| text.starts_with(one)),
            (What::Below(paths), Value::Text(text)) => Paths::new(paths.iter().map(AsRef::as_ref)).has(text),
            (What::Number(ranges), _) => {
                number.is_some_and(|number| ranges.iter().any(|(low, high)| (*low..=*high).contains(&number)))
            }
            (What::Flag(wanted), _) => number.is_some_and(|number| (number != 0) == *wanted),
            (What::Network(networks), Value::Address(address)) => {
                crate::program::Networks::new(networks).has(address)
            }
            _ => false,
        }
    }
}

struct Analysis<'g> {
    graph: &'g Graph,
    known: HashMap<(NodeId, bool), Vec<Literals>>,
}

impl Analysis<'_> {
    fn of_rules(&mut self, roots: &[NodeId]) -> Vec<Alternative> {
        let mut all: Vec<Literals> = Vec::new();
        for root in roots {
            for one in self.of(*root, true) {
                insert(&mut all, one);
            }
            if all.len() > MAX_FOR_TYPE {
                return vec![Alternative::default()];
            }
        }
        let requirement = |(test, wanted): &(u32, bool)| {
            let test = self.graph.tests.get(*test as usize)?;
            let field = test.wording.left.field()?.clone();
            Some(Requirement { field, what: what(test)?, negated: !wanted })
        };
        let mut out: Vec<Alternative> = all
            .iter()
            .map(|literals| {
                let mut requirements: Vec<Requirement> = literals.iter().filter_map(requirement).collect();
                requirements.sort();
                Alternative { requirements }
            })
            .collect();
        out.sort();
        out
    }

    /// Alternatives for a condition to come out so. Each is what is required at least.
    fn of(&mut self, id: NodeId, wanted: bool) -> Vec<Literals> {
        if let Some(known) = self.known.get(&(id, wanted)) {
            return known.clone();
        }
        let found = match (self.graph.node(id), wanted) {
            (Node::False, true) | (Node::True, false) => Vec::new(),
            (Node::False, false) | (Node::True, true) | (Node::Types(_), _) => vec![Literals::new()],
            (Node::Test(test), wanted) => {
                let is_simple = self.graph.tests.get(*test as usize).and_then(what).is_some();
                vec![if is_simple { Literals::from([(*test, wanted)]) } else { Literals::new() }]
            }
            (Node::Not(inner), wanted) => self.of(*inner, !wanted),
            (Node::And(parts), true) | (Node::Or(parts), false) => {
                let parts: Vec<_> = parts.iter().map(|part| self.of(*part, wanted)).collect();
                product(parts)
            }
            (Node::Or(parts), true) | (Node::And(parts), false) => {
                let all = parts.iter().flat_map(|part| self.of(*part, wanted)).collect();
                limited(simplest(all))
            }
        };
        self.known.insert((id, wanted), found.clone());
        found
    }
}

/// Alternatives for all parts together. A part that would make them too many is left out.
fn product(mut parts: Vec<Vec<Literals>>) -> Vec<Literals> {
    parts.sort_by_key(Vec::len);
    let mut out = vec![Literals::new()];
    for part in parts {
        if part.is_empty() {
            return part;
        }
        if out.len() * part.len() > MAX_ALTERNATIVES {
            continue;
        }
        let joined = |left: &Literals, right: &Literals| -> Option<Literals> {
            let contradiction = right.iter().any(|(test, wanted)| left.contains(&(*test, !wanted)));
            (!contradiction).then(|| left.union(right).copied().collect())
        };
        out = simplest(
            out.iter().flat_map(|left| part.iter().filter_map(move |right| joined(left, right))).collect(),
        );
    }
    out
}

fn limited(all: Vec<Literals>) -> Vec<Literals> {
    if all.len() > MAX_ALTERNATIVES { vec![Literals::new()] } else { all }
}

/// Without alternatives that require what another requires, and more.
fn simplest(all: Vec<Literals>) -> Vec<Literals> {
    let mut out = Vec::with_capacity(all.len());
    for one in all {
        insert(&mut out, one);
    }
    out
}

/// Adds an alternative, unless another requires no more; those that require more than it go.
fn insert(all: &mut Vec<Literals>, one: Literals) {
    if !all.iter().any(|simpler| simpler.is_subset(&one)) {
        all.retain(|other| !one.is_subset(other));
        all.push(one);
    }
}

/// A comparison as a simple requirement; `None` for all others.
fn what(test: &Test) -> Option<What> {
    let wording = &test.wording;
    let field = wording.left.field()?;
    if field.values() != Values::One || wording.right.is_some() || wording.modifier.is_some() {
        return None;
    }
    if wording.operator == Operator::Exists {
        return Some(What::Present);
    }
    let values = || wording.values.to_vec();
    Some(match (field.field.describe().kind, &test.predicate) {
        (Type::Text, _) => match wording.operator {
            Operator::Equal | Operator::In | Operator::Intersects => What::Text(values()),
            Operator::NotEqual => What::OtherText(values()),
            Operator::StartsWith => What::Prefix(values()),
            Operator::PMatch => What::Below(values()),
            _ => return None,
        },
        (Type::Flag, Predicate::Flag(wanted)) => What::Flag(*wanted),
        (_, Predicate::Number(test)) => What::Number(ranges(test, wording.operator)?),
        (Type::Address | Type::Network, Predicate::Address(_, true)) => {
            let network = |value: &[u8]| parse_network(std::str::from_utf8(value).ok()?);
            What::Network(wording.values.iter().map(|value| network(value)).collect::<Option<_>>()?)
        }
        _ => return None,
    })
}

fn ranges(test: &NumberTest, operator: Operator) -> Option<Vec<(i128, i128)>> {
    let (low, high) = (i128::MIN, i128::MAX);
    Some(match (test, operator) {
        (NumberTest::In(numbers), _) => numbers.iter().map(|number| (*number, *number)).collect(),
        (NumberTest::Ordered(_, number), Operator::Equal) => vec![(*number, *number)],
        (NumberTest::Ordered(_, number), Operator::NotEqual) => vec![(low, number - 1), (number + 1, high)],
        (NumberTest::Ordered(_, number), Operator::Less) => vec![(low, number - 1)],
        (NumberTest::Ordered(_, number), Operator::LessEqual) => vec![(low, *number)],
        (NumberTest::Ordered(_, number), Operator::Greater) => vec![(number + 1, high)],
        (NumberTest::Ordered(_, number), Operator::GreaterEqual) => vec![(*number, high)],
        _ => return None,
    })
}
