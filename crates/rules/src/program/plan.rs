//! For each type of event the rules that it can match, and the quickest way to those that it does.

use super::code::{Answers, Code};
use super::computed::Rooms;
use super::dispatch::Dispatch;
use super::graph::{Graph, Node, NodeId};
use super::keys::{self, Keys, Relation};
use crate::catalogue::{EventType, EventTypes, FieldRef};
use crate::value::{Event, Value};
use std::collections::{BTreeMap, HashMap};

/// Rules of one source.
#[derive(Debug, Default)]
pub(crate) struct Plan {
    code: Code,
    /// The group of each event type.
    groups_of: Vec<u16>,
    /// The group of events without a type.
    untyped: u16,
    groups: Vec<Group>,
    /// Conditions of each group's rules in the graph.
    roots: Vec<Vec<NodeId>>,
}

/// Rules for events of some types.
#[derive(Debug, Default)]
struct Group {
    /// Number of the rule, and its condition.
    rules: Vec<(u32, u32)>,
    /// Rules (places in `rules`) that every event is judged by.
    always: Vec<u32>,
    /// Others, filed under what they require.
    dispatches: Vec<Dispatch>,
}

/// What evaluation keeps from one event to the next: nothing but memory.
#[derive(Debug, Default)]
pub struct Scratch {
    pub(crate) rooms: Rooms,
    answers: Answers,
    candidates: Vec<u32>,
}

/// Rules that share a kind of key, from which on they are filed under it.
const MIN_FILED: usize = 6;

impl Plan {
    /// A plan for rules, each given by its number, its condition and the event types that can make it true.
    pub(crate) fn new(graph: &mut Graph, rules: &[(u32, NodeId, EventTypes)]) -> Plan {
        let roots: Vec<NodeId> = rules.iter().map(|(_, root, _)| *root).collect();
        let classes = classes(graph, &roots);
        let mut groups: Vec<Vec<(u32, NodeId)>> = Vec::new();
        let mut known_groups: HashMap<Vec<(u32, NodeId)>, u16> = HashMap::new();
        let mut class_group: Vec<u16> = Vec::new();
        for class in &classes.representatives {
            let mut known = HashMap::new();
            let mut group = Vec::new();
            for (number, root, types) in rules {
                if class.is_some_and(|event| !types.has(event)) {
                    continue;
                }
                let special = graph.specialise(*root, *class, &mut known);
                if *graph.node(special) != Node::False {
                    group.push((*number, special));
                }
            }
            let next = u16::try_from(groups.len()).unwrap_or(u16::MAX);
            let at = *known_groups.entry(group.clone()).or_insert_with(|| {
                groups.push(group);
                next
            });
            class_group.push(at);
        }
        let all: Vec<NodeId> = groups.iter().flatten().map(|(_, node)| *node).collect();
        let (code, places) = Code::new(graph, &all);
        let mut places = places.into_iter();
        let roots = groups.iter().map(|rules| rules.iter().map(|(_, root)| *root).collect()).collect();
        let groups = groups.iter().map(|rules| Group::new(graph, rules, &mut places)).collect();
        let of = |class: usize| class_group.get(class).copied().unwrap_or(0);
        Plan {
            code,
            groups_of: classes.of_types.iter().map(|class| of(*class)).collect(),
            untyped: of(0),
            groups,
            roots,
        }
    }

    /// Whether any rule can match an event of a type.
    pub(crate) fn concerns(&self, event: EventType) -> bool {
        let group = self.groups_of.get(event.index()).and_then(|group| self.groups.get(usize::from(*group)));
        group.is_some_and(|group| !group.rules.is_empty())
    }

    /// Conditions of the rules that can match an event of a type, as they are for that type.
    pub(crate) fn roots(&self, event: EventType) -> &[NodeId] {
        let group = self.groups_of.get(event.index()).copied().unwrap_or(self.untyped);
        self.roots.get(usize::from(group)).map_or(&[], Vec::as_slice)
    }

    /// Hands the numbers of the matching rules to `matched`, in their order, until it says `false`.
    pub(crate) fn evaluate<E: Event + ?Sized>(
        &self,
        event: &E,
        scratch: &mut Scratch,
        mut matched: impl FnMut(u32) -> bool,
    ) {
        let group = match event.event_type() {
            Some(event) => self.groups_of.get(event.index()).copied().unwrap_or(self.untyped),
            None => self.untyped,
        };
        let Some(group) = self.groups.get(usize::from(group)).filter(|group| !group.rules.is_empty()) else {
            return;
        };
        let Scratch { rooms, answers, candidates } = scratch;
        answers.begin(&self.code);
        let mut judge = |place: u32| {
            let Some((number, at)) = group.rules.get(place as usize) else { return true };
            !self.code.fits(*at, event, rooms, answers) || matched(*number)
        };
        if group.dispatches.is_empty() {
            let _ = (0..).take(group.rules.len()).all(judge);
            return;
        }
        candidates.clear();
        for dispatch in &group.dispatches {
            rooms.lend(|room| {
                if let Some(Value::Text(text)) = event.value(&dispatch.field, room) {
                    dispatch.find(text, candidates);
                }
            });
        }
        if candidates.is_empty() {
            let _ = group.always.iter().all(|place| judge(*place));
            return;
        }
        candidates.extend_from_slice(&group.always);
        candidates.sort_unstable();
        candidates.dedup();
        let _ = candidates.iter().all(|place| judge(*place));
    }
}

/// Event types that no condition tells apart.
struct Classes {
    /// One type of each class; the first is that of events without a type.
    representatives: Vec<Option<EventType>>,
    /// The class of each event type.
    of_types: Vec<usize>,
}

fn classes(graph: &Graph, roots: &[NodeId]) -> Classes {
    let mut seen = vec![false; graph.len()];
    let (mut stack, mut sets): (_, Vec<EventTypes>) = (roots.to_vec(), Vec::new());
    while let Some(id) = stack.pop() {
        match seen.get_mut(id as usize) {
            Some(seen) if !*seen => *seen = true,
            _ => continue,
        }
        match graph.node(id) {
            Node::Types(types) => sets.push(*types),
            Node::Not(inner) => stack.push(*inner),
            Node::And(parts) | Node::Or(parts) => stack.extend(parts.iter()),
            Node::False | Node::True | Node::Test(_) => {}
        }
    }
    // A class splits where a set has some of its types and lacks others.
    let mut of_types = vec![1_usize; EventType::COUNT];
    let mut count = 2;
    for set in &sets {
        let mut split: BTreeMap<usize, usize> = BTreeMap::new();
        let sizes = of_types.iter().fold(BTreeMap::new(), |mut sizes: BTreeMap<usize, usize>, class| {
            *sizes.entry(*class).or_default() += 1;
            sizes
        });
        let mut inside: BTreeMap<usize, usize> = BTreeMap::new();
        for event in set.iter() {
            *inside.entry(of_types.get(event.index()).copied().unwrap_or(0)).or_default() += 1;
        }
        for (class, n) in inside {
            if sizes.get(&class) != Some(&n) {
                split.insert(class, count);
                count += 1;
            }
        }
        for event in set.iter() {
            if let Some(class) = of_types.get_mut(event.index()) {
                *class = split.get(class).copied().unwrap_or(*class);
            }
        }
    }
    let mut representatives = vec![None; count];
    for event in EventType::all() {
        let class = of_types.get(event.index()).copied().unwrap_or(0);
        if let Some(place) = representatives.get_mut(class) {
            *place = Some(event);
        }
    }
    Classes { representatives, of_types }
}

impl Group {
    fn new(graph: &Graph, rules: &[(u32, NodeId)], places: &mut impl Iterator<Item = u32>) -> Group {
        let rules_at: Vec<(u32, u32)> = rules.iter().map(|(number, _)| *number).zip(places).collect();
        let mut group = Group { rules: rules_at, ..Group::default() };
        let mut uses: HashMap<NodeId, u32> = HashMap::new();
        for (_, root) in rules {
            match graph.node(*root) {
                Node::And(parts) => parts.iter().for_each(|part| *uses.entry(*part).or_default() += 1),
                _ => *uses.entry(*root).or_default() += 1,
            }
        }
        let found: Vec<Option<Keys>> = rules.iter().map(|(_, root)| keys::of(graph, *root, &uses)).collect();
        let mut kinds: BTreeMap<(&FieldRef, Relation), Vec<(u32, &Keys)>> = BTreeMap::new();
        for (keys, place) in found.iter().zip(0..) {
            match keys {
                Some(keys) => kinds.entry((&keys.field, keys.relation)).or_default().push((place, keys)),
                None => group.always.push(place),
            }
        }
        for ((field, relation), filed) in kinds {
            match dispatch(field, relation, &filed) {
                Some(dispatch) => group.dispatches.push(dispatch),
                None => group.always.extend(filed.iter().map(|(place, _)| *place)),
            }
        }
        group.always.sort_unstable();
        group
    }
}

fn dispatch(field: &FieldRef, relation: Relation, filed: &[(u32, &Keys)]) -> Option<Dispatch> {
    if filed.len() < MIN_FILED {
        return None;
    }
    let mut by_text: BTreeMap<&[u8], Vec<u32>> = BTreeMap::new();
    for (place, keys) in filed {
        for text in &keys.texts {
            by_text.entry(text).or_default().push(*place);
        }
    }
    Dispatch::new(field.clone(), relation, &by_text)
}
