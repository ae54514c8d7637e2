//! What is to be watched.

use crate::catalogue::{EventId, Family, Hook, events};
use std::collections::BTreeSet;

/// Which processes are watched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Place {
    /// All.
    #[default]
    Everywhere,
    /// Those in a process or mount namespace of their own.
    Containers,
    /// Those in the host's.
    Host,
}

/// The events that are wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Selection(pub(crate) BTreeSet<EventId>);

/// A name that is no event and no family.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no event and no family of events")]
pub struct UnknownEvent(pub String);

impl Default for Selection {
    /// All but the most frequent ones.
    fn default() -> Selection {
        Selection::matching(|kind| kind.by_default)
    }
}

impl Selection {
    fn matching(wanted: impl Fn(&crate::catalogue::EventKind) -> bool) -> Selection {
        let all = events().iter().enumerate().filter(|(_, kind)| !matches!(kind.hook, Hook::User));
        let numbers = all.filter(|(_, kind)| wanted(kind)).filter_map(|(at, _)| u16::try_from(at).ok());
        Selection(numbers.map(EventId).collect())
    }

    /// From a list like `process,openat,-dup`: events and families, `default` and `all`; a minus takes away. A list that
    /// begins with a minus or a plus changes the default.
    ///
    /// # Errors
    /// [`UnknownEvent`] for a name that is neither an event nor a family.
    pub fn parse(list: &str) -> Result<Selection, UnknownEvent> {
        let from_default = list.trim_start().starts_with(['-', '+']);
        let mut chosen = if from_default { Selection::default().0 } else { BTreeSet::new() };
        for word in list.split(',').map(str::trim).filter(|word| !word.is_empty()) {
            let (away, name) = match word.strip_prefix('-') {
                Some(name) => (true, name),
                None => (false, word.strip_prefix('+').unwrap_or(word)),
            };
            let named = named(name).ok_or_else(|| UnknownEvent(name.to_owned()))?;
            for id in named {
                if away {
                    chosen.remove(&id)
                } else {
                    chosen.insert(id)
                };
            }
        }
        Ok(Selection(chosen))
    }

    /// The events with these names, as far as there are such, and what they need: which end of a connection a
    /// process is comes from calls before. `default` stands for what is watched unless events are chosen.
    pub fn needed<'n>(names: impl Iterator<Item = &'n str>) -> Selection {
        let mut chosen: BTreeSet<EventId> = names.filter_map(named).flatten().collect();
        let network = chosen.iter().filter_map(|id| id.kind()).any(|kind| kind.family == Family::Network);
        if network {
            let before = ["socket", "bind", "listen", "accept", "accept4", "connect"];
            chosen.extend(before.iter().filter_map(|name| EventId::named(name)));
        }
        Selection(chosen)
    }

    /// With what the state of processes needs to be right.
    pub fn with_state(mut self) -> Selection {
        let needed =
            ["execve", "execveat", "clone", "procexit", "chdir", "fchdir", "chroot", "setsid", "setpgid"];
        self.0.extend(needed.iter().filter_map(|name| EventId::named(name)));
        self
    }

    /// Whether an event is wanted.
    pub fn has(&self, id: EventId) -> bool {
        self.0.contains(&id)
    }

    /// The names, in the order of the catalogue.
    pub fn names(&self) -> impl Iterator<Item = &'static str> + '_ {
        self.0.iter().filter_map(|id| Some(id.kind()?.name))
    }
}

fn named(name: &str) -> Option<BTreeSet<EventId>> {
    match name {
        "default" => return Some(Selection::default().0),
        "all" => return Some(Selection::matching(|_| true).0),
        _ => {}
    }
    if let Some(family) = Family::ALL.into_iter().find(|family| family.name() == name) {
        return Some(Selection::matching(|kind| kind.family == family).0);
    }
    let id = EventId::named(name)?;
    (!matches!(id.kind()?.hook, Hook::User)).then(|| BTreeSet::from([id]))
}

/// What is left out within the kernel.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Filter {
    /// Which processes.
    pub place: Place,
    /// Opens of files below these are left out; at most 8, of at most 64 bytes.
    pub ignore_paths: Vec<String>,
    /// Only opens of files below these; at most 8, of at most 64 bytes.
    pub only_paths: Vec<String>,
    /// Only network events with one of these ports; at most 8.
    pub ports: Vec<u16>,
    /// Only opens with at least one of these flags; 0 for all.
    pub open_flags: u32,
}

/// How the sensor runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// The events.
    pub events: Selection,
    /// What is left out within the kernel.
    pub filter: Filter,
    /// Size of the ring in bytes; rounded up to a power of two of pages.
    pub buffer: u32,
    /// Whether the environment of programs is read.
    pub environment: bool,
    /// Bytes of data taken from the first send or receive of a flow; at most 512.
    pub payload: u32,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            events: Selection::default(),
            filter: Filter::default(),
            buffer: 8 << 20,
            environment: false,
            payload: 128,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_choose_events() {
        let names = |list: &str| Selection::parse(list).unwrap().names().collect::<Vec<_>>();
        assert!(names("openat").contains(&"openat") && !names("openat").contains(&"unlink"));
        assert!(names("file,-openat").contains(&"unlink") && !names("file,-openat").contains(&"openat"));
        assert!(names("-openat").contains(&"connect") && !names("-openat").contains(&"openat"));
        assert!(names("+write").contains(&"write") && !names("default").contains(&"write"));
        assert!(names("all").contains(&"capable") && !names("all").contains(&"seed"));
        assert!(Selection::parse("openat").unwrap().with_state().names().any(|name| name == "execve"));
        let needed: Vec<_> = Selection::needed(["sendto", "nosuch"].into_iter()).names().collect();
        assert!(needed.contains(&"connect") && needed.contains(&"sendto") && !needed.contains(&"openat"));
        assert_eq!(Selection::parse("opne"), Err(UnknownEvent("opne".to_owned())));
        assert_eq!(Selection::parse("seed"), Err(UnknownEvent("seed".to_owned())));
    }
}
