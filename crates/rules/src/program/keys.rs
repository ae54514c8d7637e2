//! What a condition requires of a single field, where it requires anything: the keys under which a plan files it.

use super::graph::{Graph, Node, NodeId};
use super::test::Test;
use crate::catalogue::{FieldRef, Type, Values};
use crate::syntax::{Modifier, Operator};
use std::collections::{BTreeSet, HashMap};

/// How a field's value must relate to one of the texts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Relation {
    /// It is the text.
    Equal,
    /// It begins with the text.
    Prefix,
    /// It ends with the text.
    Suffix,
    /// The text is in it.
    Inside,
}

/// A requirement: without it the condition is false.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Keys {
    pub(crate) field: FieldRef,
    pub(crate) relation: Relation,
    pub(crate) texts: BTreeSet<Box<[u8]>>,
}

/// Most texts of one requirement; longer lists are judged one rule at a time.
const MAX_TEXTS: usize = 64;

/// The requirement of a condition that tells it best from others. `uses` says how many conditions have a node: what
/// all have tells nothing.
pub(crate) fn of(graph: &Graph, id: NodeId, uses: &HashMap<NodeId, u32>) -> Option<Keys> {
    match graph.node(id) {
        Node::Test(test) => graph.tests.get(*test as usize).and_then(of_test),
        Node::And(parts) => {
            let used = |part: &NodeId| uses.get(part).copied().unwrap_or(1);
            let found = parts.iter().filter_map(|part| Some((used(part), of(graph, *part, uses)?)));
            found.min_by_key(|(used, keys)| (*used, keys.relation, keys.texts.len())).map(|(_, keys)| keys)
        }
        Node::Or(parts) => {
            let mut all = parts.iter().map(|part| of(graph, *part, uses));
            let mut keys = all.next()??;
            for more in all {
                let more = more.filter(|more| more.field == keys.field && more.relation == keys.relation)?;
                keys.texts.extend(more.texts);
                if keys.texts.len() > MAX_TEXTS {
                    return None;
                }
            }
            Some(keys)
        }
        Node::False | Node::True | Node::Types(_) | Node::Not(_) => None,
    }
}

fn of_test(test: &Test) -> Option<Keys> {
    let wording = &test.wording;
    let field = wording.left.field()?;
    if field.field.describe().kind != Type::Text || field.values() != Values::One || wording.right.is_some() {
        return None;
    }
    let relation = match (wording.operator, wording.modifier) {
        (_, Some(Modifier::OneOf | Modifier::AllOf)) => return None,
        (Operator::Equal | Operator::In | Operator::Intersects, _) => Relation::Equal,
        (Operator::StartsWith, _) => Relation::Prefix,
        (Operator::EndsWith, _) => Relation::Suffix,
        (Operator::Contains, _) => Relation::Inside,
        _ => return None,
    };
    let usable =
        (1..=MAX_TEXTS).contains(&wording.values.len()) && wording.values.iter().all(|text| !text.is_empty());
    usable.then(|| Keys { field: field.clone(), relation, texts: wording.values.iter().cloned().collect() })
}
