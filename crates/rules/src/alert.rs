//! A match as an alert, in Falco's own JSON form.

use crate::catalogue::{Field, FieldRef};
use crate::program::Scratch;
use crate::rule_set::Rule;
use crate::time;
use crate::value::{Event, Value};
use batten_model::is_hidden;
use serde::Serialize;
use serde_json::{Map, Value as Json};

/// An alert. It serializes as Falco's JSON, whose keys are sorted.
///
/// `output_fields` has the values as the event has them: who prints the JSON must escape what a terminal would obey.
/// `output` has no such characters.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Alert {
    /// The machine.
    pub hostname: String,
    /// Time, priority and message in one line.
    pub output: String,
    /// Each value that the output names, typed; `null` where it is absent.
    pub output_fields: Map<String, Json>,
    /// The rule's priority.
    pub priority: &'static str,
    /// The rule's name.
    pub rule: String,
    /// The rule's source.
    pub source: &'static str,
    /// The rule's tags, sorted.
    pub tags: Vec<String>,
    /// When it happened: RFC 3339 with nanoseconds, UTC.
    pub time: String,
}

impl Alert {
    /// The alert of a rule that an event matches.
    pub fn new<E: Event + ?Sized>(rule: &Rule, event: &E, hostname: &str, scratch: &Scratch) -> Alert {
        let rooms = &scratch.rooms;
        let raw_time = rooms.lend(|room| match event.value(&FieldRef::plain(Field::EvtRawtime), room) {
            Some(Value::Uint(nanoseconds)) => nanoseconds,
            _ => 0,
        });
        let text = |field: Field| {
            rooms.lend(|room| {
                time::append(field, raw_time, room);
                String::from_utf8_lossy(room).into_owned()
            })
        };
        let mut output_fields = Map::new();
        output_fields.insert("evt.time".to_owned(), raw_time.into());
        rule.output.values(event, rooms, &mut output_fields);
        for (key, format) in &rule.extra_fields {
            output_fields.insert(key.clone(), format.json(event, rooms));
        }
        let message = rule.output.text(event, rooms);
        Alert {
            hostname: hostname.chars().filter(|c| !is_hidden(*c)).collect(),
            output: format!("{}: {} {message}", text(Field::EvtTime), rule.priority.name()),
            output_fields,
            priority: rule.priority.name(),
            rule: rule.name.clone(),
            source: rule.source.name(),
            tags: rule.tags.clone(),
            time: text(Field::EvtTimeIso8601),
        }
    }
}
