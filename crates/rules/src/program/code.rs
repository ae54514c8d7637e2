//! The graph laid out for evaluation: small nodes, children side by side, cheap children first.

use super::computed::Rooms;
use super::graph::{Graph, Node, NodeId};
use super::test::Ready;
use crate::value::{Event, Room};
use std::collections::HashMap;

/// An instruction.
#[derive(Debug, Clone, Copy)]
enum Op {
    Constant(bool),
    Test(u32),
    Not(u32),
    /// Children from here, so many.
    And(u32, u32),
    Or(u32, u32),
}

/// Conditions ready to be evaluated.
#[derive(Debug, Default)]
pub(crate) struct Code {
    ops: Vec<Step>,
    children: Vec<u32>,
    tests: Vec<Ready>,
}

#[derive(Debug, Clone, Copy)]
struct Step {
    op: Op,
    /// More than one condition has it: its answer is kept while one event is judged.
    shared: bool,
}

/// Answers that are kept while one event is judged.
#[derive(Debug, Default)]
pub(crate) struct Answers {
    /// For each step twice the number of the event, plus the answer.
    kept: Vec<u32>,
    event: u32,
    /// For the value that is compared just now.
    room: Room,
}

impl Answers {
    /// Begins another event.
    pub(crate) fn begin(&mut self, code: &Code) {
        self.event += 1;
        if self.kept.len() != code.ops.len() || self.event >= u32::MAX / 2 {
            self.kept.clear();
            self.kept.resize(code.ops.len(), 0);
            self.event = 1;
        }
    }
}

impl Code {
    /// Lays out what these roots need; gives the places of the roots.
    pub(crate) fn new(graph: &Graph, roots: &[NodeId]) -> (Code, Vec<u32>) {
        let mut uses: HashMap<NodeId, u32> = HashMap::new();
        for root in roots {
            count_uses(graph, *root, &mut uses);
        }
        let mut layout =
            Layout { graph, uses, code: Code::default(), places: HashMap::new(), tests: HashMap::new() };
        let places = roots.iter().map(|root| layout.place(*root).0).collect();
        (layout.code, places)
    }

    /// Whether a condition is true of an event.
    #[inline]
    pub(crate) fn fits<E: Event + ?Sized>(
        &self,
        at: u32,
        event: &E,
        rooms: &Rooms,
        answers: &mut Answers,
    ) -> bool {
        let Some(step) = self.ops.get(at as usize) else { return false };
        if step.shared
            && let Some(kept) = answers.kept.get(at as usize)
            && kept >> 1 == answers.event
        {
            return kept & 1 == 1;
        }
        let answer = match step.op {
            Op::Constant(value) => value,
            Op::Test(test) => {
                self.tests.get(test as usize).is_some_and(|test| test.fits(event, rooms, &mut answers.room))
            }
            Op::Not(inner) => !self.fits(inner, event, rooms, answers),
            Op::And(start, count) => {
                self.children(start, count).iter().all(|child| self.fits(*child, event, rooms, answers))
            }
            Op::Or(start, count) => {
                self.children(start, count).iter().any(|child| self.fits(*child, event, rooms, answers))
            }
        };
        if step.shared
            && let Some(kept) = answers.kept.get_mut(at as usize)
        {
            *kept = answers.event << 1 | u32::from(answer);
        }
        answer
    }

    fn children(&self, start: u32, count: u32) -> &[u32] {
        self.children.get(start as usize..(start + count) as usize).unwrap_or_default()
    }
}

fn count_uses(graph: &Graph, id: NodeId, uses: &mut HashMap<NodeId, u32>) {
    let count = uses.entry(id).or_default();
    *count += 1;
    if *count > 1 {
        return;
    }
    match graph.node(id) {
        Node::Not(inner) => count_uses(graph, *inner, uses),
        Node::And(parts) | Node::Or(parts) => parts.iter().for_each(|part| count_uses(graph, *part, uses)),
        _ => {}
    }
}

struct Layout<'g> {
    graph: &'g Graph,
    uses: HashMap<NodeId, u32>,
    code: Code,
    /// Place and cost of what is laid out.
    places: HashMap<NodeId, (u32, u32)>,
    tests: HashMap<u32, u32>,
}

impl Layout<'_> {
    fn place(&mut self, id: NodeId) -> (u32, u32) {
        if let Some(place) = self.places.get(&id) {
            return *place;
        }
        let (op, cost) = match self.graph.node(id) {
            Node::False | Node::Types(_) => (Op::Constant(false), 0),
            Node::True => (Op::Constant(true), 0),
            Node::Test(test) => self.test(*test),
            Node::Not(inner) => {
                let (inner, cost) = self.place(*inner);
                (Op::Not(inner), cost)
            }
            Node::And(parts) => {
                let (start, count, cost) = self.parts(parts);
                (Op::And(start, count), cost)
            }
            Node::Or(parts) => {
                let (start, count, cost) = self.parts(parts);
                (Op::Or(start, count), cost)
            }
        };
        let uses = self.uses.get(&id).copied().unwrap_or(1);
        let shared = uses > 1 && !matches!(op, Op::Constant(_) | Op::Not(_));
        // What many share is, on average, known already.
        let cost = if shared { (cost / uses).max(1) } else { cost };
        let at = u32::try_from(self.code.ops.len()).unwrap_or(u32::MAX);
        self.code.ops.push(Step { op, shared });
        self.places.insert(id, (at, cost));
        (at, cost)
    }

    fn test(&mut self, test: u32) -> (Op, u32) {
        let Some(found) = self.graph.tests.get(test as usize) else { return (Op::Constant(false), 0) };
        let cost = found.cost();
        let at = *self.tests.entry(test).or_insert_with(|| {
            self.code.tests.push(Ready::new(found));
            u32::try_from(self.code.tests.len() - 1).unwrap_or(u32::MAX)
        });
        (Op::Test(at), cost)
    }

    fn parts(&mut self, parts: &[NodeId]) -> (u32, u32, u32) {
        let mut placed: Vec<(u32, u32)> = parts.iter().map(|part| self.place(*part)).collect();
        placed.sort_by_key(|(_, cost)| *cost);
        let start = u32::try_from(self.code.children.len()).unwrap_or(u32::MAX);
        let count = u32::try_from(placed.len()).unwrap_or(0);
        let cost = placed.iter().fold(1_u32, |sum, (_, cost)| sum.saturating_add(*cost));
        self.code.children.extend(placed.into_iter().map(|(at, _)| at));
        (start, count, cost)
    }
}
