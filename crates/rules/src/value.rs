//! What an event is to a rule: values of fields, handed out without a copy.

use crate::catalogue::{EventType, FieldRef};
use std::net::IpAddr;

/// One value of a field.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Value<'a> {
    /// Text or a buffer; need not be UTF-8.
    Text(&'a [u8]),
    /// A signed number.
    Int(i64),
    /// An unsigned number: also ports, durations and times, which are in nanoseconds.
    Uint(u64),
    /// A fraction.
    Double(f64),
    /// True or false.
    Flag(bool),
    /// An address.
    Address(IpAddr),
}

impl<'a> From<&'a str> for Value<'a> {
    fn from(text: &'a str) -> Value<'a> {
        Value::Text(text.as_bytes())
    }
}

/// Room for a value that an event has to put together. It keeps its memory from one event to the next.
pub type Room = Vec<u8>;

/// An event that rules can judge.
///
/// A field without value is absent, which every comparison takes for "no" and `exists` tells apart.
pub trait Event {
    /// The type, for events of the kernel.
    fn event_type(&self) -> Option<EventType>;

    /// The value of a field. For a field with several values: the one that an output prints.
    ///
    /// `room` is empty or holds what an earlier call left; a value that exists nowhere as such is written there.
    fn value<'a>(&'a self, field: &FieldRef, room: &'a mut Room) -> Option<Value<'a>>;

    /// Each value of a field that has several, until `each` says `false`.
    ///
    /// For ancestors of a process: the parent first. For a connection: client, then server.
    fn values(&self, field: &FieldRef, room: &mut Room, each: &mut dyn FnMut(Value<'_>) -> bool) {
        if let Some(value) = self.value(field, room) {
            each(value);
        }
    }
}
