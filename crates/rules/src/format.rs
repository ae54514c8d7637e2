//! The text of an alert: plain parts, and values of the event.

use crate::catalogue::{FieldRef, Values};
use crate::program::{Computed, Rooms, append_text};
use crate::value::{Event, Value};
use batten_model::is_hidden;
use serde_json::Value as Json;

/// What stands for a value that is absent.
const ABSENT: &str = "<NA>";

/// A part of an output.
#[derive(Debug, Clone)]
pub(crate) enum Part {
    Text(String),
    Value {
        /// As the rule names it.
        token: String,
        value: Computed,
        /// Exactly so many characters.
        width: Option<usize>,
    },
}

/// A compiled output.
#[derive(Debug, Clone)]
pub struct Format {
    parts: Vec<Part>,
}

impl Format {
    pub(crate) fn new(parts: Vec<Part>) -> Format {
        Format { parts }
    }

    /// The fields and transformers in it, as the rule names them.
    pub fn tokens(&self) -> impl Iterator<Item = &str> {
        self.parts.iter().filter_map(|part| match part {
            Part::Value { token, .. } => Some(token.as_str()),
            Part::Text(_) => None,
        })
    }

    /// The fields that it prints.
    pub fn fields(&self) -> Vec<FieldRef> {
        let mut fields = Vec::new();
        for part in &self.parts {
            if let Part::Value { value, .. } = part {
                value.fields(&mut |field| fields.push(field.clone()));
            }
        }
        fields
    }

    /// The text for an event, in which nothing is left that a terminal would obey.
    pub(crate) fn text<E: Event + ?Sized>(&self, event: &E, rooms: &Rooms) -> String {
        let mut out = String::new();
        for part in &self.parts {
            match part {
                Part::Text(text) => out.push_str(text),
                Part::Value { value, width, .. } => {
                    let text = text_of(value, event, rooms).unwrap_or_else(|| ABSENT.to_owned());
                    match width {
                        Some(width) => {
                            let cut: String = text.chars().take(*width).collect();
                            out.push_str(&format!("{cut:<width$}"));
                        }
                        None => out.push_str(&text),
                    }
                }
            }
        }
        out.chars().map(|c| if is_hidden(c) { char::REPLACEMENT_CHARACTER } else { c }).collect()
    }

    /// Each value with its name, typed; absent ones are null.
    pub(crate) fn values<E: Event + ?Sized>(
        &self,
        event: &E,
        rooms: &Rooms,
        out: &mut serde_json::Map<String, Json>,
    ) {
        for part in &self.parts {
            if let Part::Value { token, value, .. } = part {
                out.insert(token.clone(), json_of(value, event, rooms));
            }
        }
    }

    /// The value where it is a field and nothing else, else the text.
    pub(crate) fn json<E: Event + ?Sized>(&self, event: &E, rooms: &Rooms) -> Json {
        match self.parts.as_slice() {
            [Part::Value { value, width: None, .. }] => json_of(value, event, rooms),
            _ => Json::String(self.text(event, rooms)),
        }
    }
}

/// A value as text; several with blanks between them, lists in parentheses.
fn text_of<E: Event + ?Sized>(value: &Computed, event: &E, rooms: &Rooms) -> Option<String> {
    let is_list = value.values() == Values::List;
    let mut count = 0_usize;
    let bytes = rooms.lend(|out| {
        value.visit(event, rooms, &mut |value| {
            if count > 0 {
                out.push(if is_list { b',' } else { b' ' });
            }
            count += 1;
            append_text(value, out)
        });
        String::from_utf8_lossy(out).into_owned()
    });
    match (count, is_list) {
        (0, _) => None,
        (_, true) => Some(format!("({bytes})")),
        (_, false) => Some(bytes),
    }
}

fn json_of<E: Event + ?Sized>(value: &Computed, event: &E, rooms: &Rooms) -> Json {
    match value.values() {
        Values::List => {
            let mut all = Vec::new();
            value.visit(event, rooms, &mut |value| {
                all.push(json_value(value));
                true
            });
            if all.is_empty() { Json::Null } else { Json::Array(all) }
        }
        Values::Ancestors => text_of(value, event, rooms).map_or(Json::Null, Json::String),
        Values::One | Values::Either => {
            let mut found = Json::Null;
            value.visit(event, rooms, &mut |value| {
                found = json_value(value);
                false
            });
            found
        }
    }
}

fn json_value(value: Value<'_>) -> Json {
    match value {
        Value::Text(text) => Json::String(String::from_utf8_lossy(text).into_owned()),
        Value::Int(number) => number.into(),
        Value::Uint(number) => number.into(),
        Value::Double(number) => serde_json::Number::from_f64(number).map_or(Json::Null, Json::Number),
        Value::Flag(flag) => flag.into(),
        Value::Address(address) => Json::String(address.to_string()),
    }
}
