//! Events written for people and compared by rules: each parameter as Falco writes it.

mod flags;
mod line;
mod param;

pub use flags::{capabilities, errno_name, signal_name};
pub use line::{json, line};
pub use param::{Shown, opened, param, path_below, subject};

use crate::catalogue::{EventId, EventKind, Param};
use crate::state::{Process, State};
use crate::wire::Event;

/// An event together with what was known when it ended.
#[derive(Debug, Clone, Copy)]
pub struct Seen<'a> {
    /// The event.
    pub event: &'a Event<'a>,
    /// Its kind.
    pub kind: &'static EventKind,
    /// The state, with the event taken in.
    pub state: &'a State,
    /// Its process, if it is known.
    pub process: Option<&'a Process>,
}

impl<'a> Seen<'a> {
    /// The event with its surroundings; `None` for a kind that does not exist.
    pub fn new(event: &'a Event<'a>, state: &'a State) -> Option<Seen<'a>> {
        let kind = EventId(event.head.event).kind()?;
        Some(Seen { event, kind, state, process: state.process(&event.head) })
    }

    /// The parameter with this name.
    pub fn param(&self, name: &str) -> Option<&'static Param> {
        self.kind.params.iter().find(|param| param.name == name)
    }

    /// `evt.args`: all parameters on one line.
    pub fn args(&self) -> String {
        let shown = self.kind.params.iter().filter_map(|p| Some((p.name, param(self, p)?)));
        let words: Vec<String> = shown.map(|(name, shown)| format!("{name}={}", shown.long())).collect();
        words.join(" ")
    }
}
