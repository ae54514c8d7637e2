//! Events as rules see them: the value of each of Falco's fields, from the event and what was known when it ended.
//!
//! One file for each class of fields. A field that these do not answer is absent.

mod container;
mod event;
mod fd;
mod path;
mod process;
mod user;

pub use user::Users;

use crate::catalogue::{EventId, events};
use crate::show::{Seen, subject};
use crate::state::Fd;
use batten_rules::catalogue::{Arg, EventType, Field, FieldRef};
use batten_rules::value::{Event, Room, Value};
use std::cell::OnceCell;
use std::sync::LazyLock;

/// The rules' type of each event, by its number here.
static TYPES: LazyLock<Vec<Option<EventType>>> =
    LazyLock::new(|| events().iter().map(|kind| EventType::parse(kind.name)).collect());

/// What all events of a run share.
#[derive(Debug, Clone)]
pub struct Surroundings {
    /// Nanoseconds to add to times since boot for times since 1970.
    pub boot_offset: u64,
    /// When the run began, in nanoseconds since boot.
    pub start: u64,
    /// Name of the machine.
    pub hostname: String,
    /// Names of users and groups of the host.
    pub users: Users,
}

/// An event that rules can judge.
#[derive(Debug)]
pub struct Judged<'a> {
    seen: Seen<'a>,
    around: &'a Surroundings,
    number: u64,
    subject: OnceCell<Option<(i64, Fd)>>,
}

impl<'a> Judged<'a> {
    /// The event with its number in the run; `None` for what no rule can be about.
    pub fn new(seen: Seen<'a>, around: &'a Surroundings, number: u64) -> Option<Judged<'a>> {
        let judged = Judged { seen, around, number, subject: OnceCell::new() };
        judged.event_type().is_some().then_some(judged)
    }

    /// What the event's descriptor is.
    fn subject(&self) -> Option<&(i64, Fd)> {
        self.subject.get_or_init(|| subject(&self.seen)).as_ref()
    }
}

/// A value that is put together in the room.
fn put<'r>(room: &'r mut Room, bytes: &[u8]) -> Option<Value<'r>> {
    room.clear();
    room.extend_from_slice(bytes);
    Some(Value::Text(room))
}

fn joined<'p>(parts: impl Iterator<Item = &'p [u8]>) -> Vec<u8> {
    parts.collect::<Vec<_>>().join(&b' ')
}

fn uint<'r>(number: impl Into<u64>) -> Option<Value<'r>> {
    Some(Value::Uint(number.into()))
}

fn int<'r>(number: impl Into<i64>) -> Option<Value<'r>> {
    Some(Value::Int(number.into()))
}

fn flag<'r>(is: bool) -> Option<Value<'r>> {
    Some(Value::Flag(is))
}

impl Event for Judged<'_> {
    fn event_type(&self) -> Option<EventType> {
        let EventId(number) = EventId(self.seen.event.head.event);
        TYPES.get(usize::from(number)).copied().flatten()
    }

    fn value<'v>(&'v self, field: &FieldRef, room: &'v mut Room) -> Option<Value<'v>> {
        let name = field.field.name();
        let class = name.split('.').next().unwrap_or_default();
        match class {
            "evt" | "syscall" => self.event_value(field, room),
            "proc" | "thread" => self.process_value(field, room),
            "fd" => self.fd_value(field, room),
            "fs" => self.path_value(field.field, room),
            "user" | "group" => self.user_value(field.field),
            "container" | "k8s" => self.container_value(field, room),
            _ => None,
        }
    }

    fn values(&self, field: &FieldRef, room: &mut Room, each: &mut dyn FnMut(Value<'_>) -> bool) {
        match (field.field, &field.arg) {
            (Field::ProcArgs, Arg::Each) => {
                let args = self.seen.process.into_iter().flat_map(|process| process.args());
                for arg in args {
                    if !each(Value::Text(arg)) {
                        return;
                    }
                }
            }
            (Field::FdIp | Field::FdNet | Field::FdPort | Field::FdProto, _) => {
                self.either(field.field, each)
            }
            (Field::FdTypes, Arg::None) => self.fd_types(each),
            (ancestral, Arg::None) if process::is_ancestral(ancestral) => {
                self.ancestors(ancestral, room, each)
            }
            _ => {
                if let Some(value) = self.value(field, room) {
                    each(value);
                }
            }
        }
    }
}
