//! Conditions as one graph: what is equal is there once, however many rules and macros have it.

use super::test::{Test, Wording};
use crate::catalogue::{EventType, EventTypes};
use std::collections::HashMap;

/// A node's place in its graph.
pub(crate) type NodeId = u32;

/// A part of a condition.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Node {
    /// No event.
    False,
    /// Every event.
    True,
    /// Events of these types.
    Types(EventTypes),
    /// Events that pass a comparison, by its place in the graph.
    Test(u32),
    /// The other events.
    Not(NodeId),
    /// Events that all of them have.
    And(Box<[NodeId]>),
    /// Events that one of them has.
    Or(Box<[NodeId]>),
}

/// Nodes of many conditions.
#[derive(Debug, Default)]
pub(crate) struct Graph {
    nodes: Vec<Node>,
    /// Levels of each node.
    depths: Vec<u16>,
    known: HashMap<Node, NodeId>,
    pub(crate) tests: Vec<Test>,
    wordings: HashMap<Wording, u32>,
}

/// Events of which types a condition can be true, and of which it can be false.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Possible {
    pub(crate) yes: EventTypes,
    pub(crate) no: EventTypes,
}

impl Graph {
    pub(crate) fn node(&self, id: NodeId) -> &Node {
        self.nodes.get(id as usize).unwrap_or(&Node::False)
    }

    pub(crate) fn len(&self) -> usize {
        self.nodes.len()
    }

    fn add(&mut self, node: Node) -> NodeId {
        if let Some(id) = self.known.get(&node) {
            return *id;
        }
        let id = u32::try_from(self.nodes.len()).unwrap_or(u32::MAX);
        let parts = match &node {
            Node::Not(inner) => std::slice::from_ref(inner),
            Node::And(parts) | Node::Or(parts) => parts,
            _ => &[],
        };
        let below = parts.iter().map(|part| self.depth(*part)).max().unwrap_or(0);
        self.depths.push(below.saturating_add(1));
        self.nodes.push(node.clone());
        self.known.insert(node, id);
        id
    }

    /// How many levels a condition has; what walks it calls itself as often.
    pub(crate) fn depth(&self, id: NodeId) -> u16 {
        self.depths.get(id as usize).copied().unwrap_or(0)
    }

    pub(crate) fn constant(&mut self, value: bool) -> NodeId {
        self.add(if value { Node::True } else { Node::False })
    }

    pub(crate) fn types(&mut self, types: EventTypes) -> NodeId {
        if types.is_empty() { self.constant(false) } else { self.add(Node::Types(types)) }
    }

    /// The node of a comparison; `make` is asked for it only where no equal one is there.
    pub(crate) fn test<F>(
        &mut self,
        wording: Wording,
        make: impl FnOnce(&Wording) -> Result<Test, F>,
    ) -> Result<NodeId, F> {
        let at = match self.wordings.get(&wording) {
            Some(at) => *at,
            None => {
                let test = make(&wording)?;
                let at = u32::try_from(self.tests.len()).unwrap_or(u32::MAX);
                self.tests.push(test);
                self.wordings.insert(wording, at);
                at
            }
        };
        Ok(self.add(Node::Test(at)))
    }

    pub(crate) fn not(&mut self, id: NodeId) -> NodeId {
        match self.node(id) {
            Node::False => self.constant(true),
            Node::True => self.constant(false),
            Node::Not(inner) => *inner,
            _ => self.add(Node::Not(id)),
        }
    }

    pub(crate) fn and(&mut self, parts: Vec<NodeId>) -> NodeId {
        self.chain(parts, true)
    }

    pub(crate) fn or(&mut self, parts: Vec<NodeId>) -> NodeId {
        self.chain(parts, false)
    }

    /// Flattens, folds what is constant, and leaves out what stands twice.
    fn chain(&mut self, parts: Vec<NodeId>, is_and: bool) -> NodeId {
        let mut flat: Vec<NodeId> = Vec::with_capacity(parts.len());
        for part in parts {
            match self.node(part) {
                Node::True if is_and => {}
                Node::False if !is_and => {}
                Node::True | Node::False => return self.constant(!is_and),
                Node::And(inner) if is_and => flat.extend(inner),
                Node::Or(inner) if !is_and => flat.extend(inner),
                _ => flat.push(part),
            }
        }
        let mut seen = std::collections::HashSet::with_capacity(flat.len());
        flat.retain(|part| seen.insert(*part));
        let contradicts =
            |part: &NodeId| matches!(self.node(*part), Node::Not(inner) if seen.contains(inner));
        if flat.iter().any(contradicts) {
            return self.constant(!is_and);
        }
        match flat.as_slice() {
            [] => self.constant(is_and),
            [only] => *only,
            _ if is_and => self.add(Node::And(flat.into())),
            _ => self.add(Node::Or(flat.into())),
        }
    }

    /// For each node, in the order of their ids: of which types events can make it true or false.
    pub(crate) fn possible(&self) -> Vec<Possible> {
        let all = EventTypes::all();
        let mut out: Vec<Possible> = Vec::with_capacity(self.nodes.len());
        // A node's parts have smaller ids than it has.
        for node in &self.nodes {
            let of = |id: &NodeId| out.get(*id as usize).copied().unwrap_or(Possible { yes: all, no: all });
            let next = match node {
                Node::False => Possible { yes: EventTypes::NONE, no: all },
                Node::True => Possible { yes: all, no: EventTypes::NONE },
                Node::Types(types) => Possible { yes: *types, no: types.not() },
                Node::Test(_) => Possible { yes: all, no: all },
                Node::Not(id) => {
                    let inner = of(id);
                    Possible { yes: inner.no, no: inner.yes }
                }
                Node::And(parts) => Possible {
                    yes: parts.iter().fold(all, |types, part| types.and(&of(part).yes)),
                    no: parts.iter().fold(EventTypes::NONE, |types, part| types.or(&of(part).no)),
                },
                Node::Or(parts) => Possible {
                    yes: parts.iter().fold(EventTypes::NONE, |types, part| types.or(&of(part).yes)),
                    no: parts.iter().fold(all, |types, part| types.and(&of(part).no)),
                },
            };
            out.push(next);
        }
        out
    }

    /// The condition as it is for events of one type, in which no event types are left. `known` holds what an earlier
    /// call for the same type found.
    pub(crate) fn specialise(
        &mut self,
        id: NodeId,
        event: Option<EventType>,
        known: &mut HashMap<NodeId, NodeId>,
    ) -> NodeId {
        if let Some(found) = known.get(&id) {
            return *found;
        }
        let special = match self.node(id).clone() {
            Node::False | Node::True | Node::Test(_) => id,
            Node::Types(types) => self.constant(event.is_some_and(|event| types.has(event))),
            Node::Not(inner) => {
                let inner = self.specialise(inner, event, known);
                self.not(inner)
            }
            Node::And(parts) => {
                let parts = parts.iter().map(|part| self.specialise(*part, event, known)).collect();
                self.and(parts)
            }
            Node::Or(parts) => {
                let parts = parts.iter().map(|part| self.specialise(*part, event, known)).collect();
                self.or(parts)
            }
        };
        known.insert(id, special);
        special
    }

    /// The comparisons that a condition has.
    pub(crate) fn tests_of(&self, root: NodeId) -> Vec<&Test> {
        let mut seen = std::collections::HashSet::new();
        let (mut stack, mut found) = (vec![root], Vec::new());
        while let Some(id) = stack.pop() {
            if !seen.insert(id) {
                continue;
            }
            match self.node(id) {
                Node::Test(test) => found.extend(self.tests.get(*test as usize)),
                Node::Not(inner) => stack.push(*inner),
                Node::And(parts) | Node::Or(parts) => stack.extend(parts.iter().rev()),
                Node::False | Node::True | Node::Types(_) => {}
            }
        }
        found
    }
}
