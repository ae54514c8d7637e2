//! Lists, macros and rules as the files have them, after everything is appended and replaced.

use super::place::{Context, Pieces, Written};
use std::collections::{BTreeSet, HashMap};

/// How urgent an alert is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "the names say all")]
pub enum Priority {
    Emergency,
    Alert,
    Critical,
    Error,
    Warning,
    Notice,
    Informational,
    Debug,
}

impl Priority {
    /// All of them, the most urgent first.
    pub const ALL: [Priority; 8] = [
        Priority::Emergency,
        Priority::Alert,
        Priority::Critical,
        Priority::Error,
        Priority::Warning,
        Priority::Notice,
        Priority::Informational,
        Priority::Debug,
    ];

    /// The name in alerts.
    pub fn name(self) -> &'static str {
        match self {
            Priority::Emergency => "Emergency",
            Priority::Alert => "Alert",
            Priority::Critical => "Critical",
            Priority::Error => "Error",
            Priority::Warning => "Warning",
            Priority::Notice => "Notice",
            Priority::Informational => "Informational",
            Priority::Debug => "Debug",
        }
    }

    /// The priority of that name, in whatever case.
    pub fn parse(name: &str) -> Option<Priority> {
        if name.eq_ignore_ascii_case("info") {
            return Some(Priority::Informational);
        }
        Priority::ALL.into_iter().find(|priority| priority.name().eq_ignore_ascii_case(name))
    }
}

/// A list.
#[derive(Debug)]
pub(crate) struct ListItem {
    pub(crate) items: Vec<String>,
    pub(crate) context: Context,
    pub(crate) order: Order,
}

/// A macro.
#[derive(Debug)]
pub(crate) struct MacroItem {
    pub(crate) condition: Pieces,
    /// The macro.
    pub(crate) context: Context,
    pub(crate) order: Order,
}

/// A rule.
#[derive(Debug, Clone)]
pub(crate) struct RuleItem {
    pub(crate) name: String,
    pub(crate) context: Context,
    pub(crate) condition: Pieces,
    pub(crate) output: Pieces,
    pub(crate) description: String,
    pub(crate) priority: Priority,
    pub(crate) source: String,
    pub(crate) tags: BTreeSet<String>,
    pub(crate) exceptions: Vec<Exception>,
    pub(crate) enabled: bool,
    pub(crate) warn_event_types: bool,
    pub(crate) skip_if_unknown: bool,
    pub(crate) capture: bool,
    pub(crate) capture_duration: Option<u64>,
}

/// An exception of a rule.
#[derive(Debug, Clone)]
pub(crate) struct Exception {
    pub(crate) name: String,
    pub(crate) context: Context,
    pub(crate) fields: Option<Entry>,
    pub(crate) comparisons: Option<Entry>,
    pub(crate) values: Vec<Entry>,
}

/// A text, or a list of entries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Entry {
    One(String),
    Many(Vec<Entry>),
}

impl Entry {
    pub(crate) fn one(&self) -> Option<&str> {
        match self {
            Entry::One(text) => Some(text),
            Entry::Many(_) => None,
        }
    }
}

/// When an object was defined and last changed: a macro or list sees those defined before its last change.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Order {
    pub(crate) defined: usize,
    pub(crate) changed: usize,
}

/// Objects by name, in the order of their definition.
#[derive(Debug)]
pub(crate) struct Named<T> {
    names: HashMap<String, usize>,
    all: Vec<(String, T)>,
}

impl<T> Default for Named<T> {
    fn default() -> Named<T> {
        Named { names: HashMap::new(), all: Vec::new() }
    }
}

impl<T> Named<T> {
    pub(crate) fn get(&self, name: &str) -> Option<&T> {
        self.all.get(*self.names.get(name)?).map(|(_, object)| object)
    }

    pub(crate) fn position(&self, name: &str) -> Option<usize> {
        self.names.get(name).copied()
    }

    pub(crate) fn at(&self, position: usize) -> Option<&(String, T)> {
        self.all.get(position)
    }

    pub(crate) fn get_mut(&mut self, name: &str) -> Option<&mut T> {
        self.all.get_mut(*self.names.get(name)?).map(|(_, object)| object)
    }

    pub(crate) fn insert(&mut self, name: &str, object: T) {
        match self.get_mut(name) {
            Some(place) => *place = object,
            None => {
                self.names.insert(name.to_owned(), self.all.len());
                self.all.push((name.to_owned(), object));
            }
        }
    }

    pub(crate) fn iter(&self) -> impl ExactSizeIterator<Item = &(String, T)> {
        self.all.iter()
    }

    pub(crate) fn len(&self) -> usize {
        self.all.len()
    }
}

/// All objects of a load.
#[derive(Debug, Default)]
pub(crate) struct Items {
    pub(crate) lists: Named<ListItem>,
    pub(crate) macros: Named<MacroItem>,
    pub(crate) rules: Named<RuleItem>,
    pub(crate) required_engine: Option<super::version::Version>,
    /// Counts definitions and changes.
    pub(crate) clock: usize,
}

impl Items {
    pub(crate) fn tick(&mut self) -> usize {
        self.clock += 1;
        self.clock
    }

    pub(crate) fn len(&self) -> usize {
        self.lists.len() + self.macros.len() + self.rules.len()
    }
}

/// A change of a rule: what an appending or overriding item gives.
#[derive(Debug, Default)]
pub(crate) struct Change {
    pub(crate) condition: Option<Written>,
    pub(crate) output: Option<Written>,
    pub(crate) description: Option<String>,
    pub(crate) tags: Option<BTreeSet<String>>,
    pub(crate) exceptions: Option<Vec<Exception>>,
    pub(crate) priority: Option<Priority>,
    pub(crate) enabled: Option<bool>,
    pub(crate) warn_event_types: Option<bool>,
    pub(crate) skip_if_unknown: Option<bool>,
    pub(crate) capture: Option<bool>,
    pub(crate) capture_duration: Option<u64>,
}

impl Change {
    pub(crate) fn is_empty(&self) -> bool {
        self.condition.is_none()
            && self.output.is_none()
            && self.description.is_none()
            && self.tags.is_none()
            && self.exceptions.is_none()
            && self.priority.is_none()
            && self.enabled.is_none()
            && self.warn_event_types.is_none()
            && self.skip_if_unknown.is_none()
            && self.capture.is_none()
            && self.capture_duration.is_none()
    }
}
