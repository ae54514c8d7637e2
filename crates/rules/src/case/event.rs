//! A scripted event: fields and values as JSON.

use crate::catalogue::{Arg, EventType, Field, FieldRef, Source, Type, Values};
use crate::time;
use crate::value::{Event, Room, Value};
use batten_model::Text;
use serde_json::{Map, Value as Json};
use std::collections::HashMap;
use std::net::IpAddr;

/// An event whose values a script gives.
#[derive(Debug, Clone)]
pub struct ScriptedEvent {
    event_type: EventType,
    values: HashMap<FieldRef, Vec<Owned>>,
}

/// A value of a script.
#[derive(Debug, Clone, PartialEq)]
enum Owned {
    Text(Vec<u8>),
    Int(i64),
    Uint(u64),
    Double(f64),
    Flag(bool),
    Address(IpAddr),
}

impl Owned {
    fn value(&self) -> Value<'_> {
        match self {
            Owned::Text(text) => Value::Text(text),
            Owned::Int(number) => Value::Int(*number),
            Owned::Uint(number) => Value::Uint(*number),
            Owned::Double(number) => Value::Double(*number),
            Owned::Flag(flag) => Value::Flag(*flag),
            Owned::Address(address) => Value::Address(*address),
        }
    }
}

impl ScriptedEvent {
    /// Reads `{"evt.type": "open", "fd.name": "/etc/shadow", …}`. `number` counts events from 1.
    pub fn parse(object: &Map<String, Json>, number: u64) -> Result<ScriptedEvent, Text> {
        let name = object.get("evt.type").and_then(Json::as_str).unwrap_or("");
        let event_type = EventType::parse(name).ok_or_else(|| {
            Text::new(
                format!("'evt.type' must be an event type, not '{name}'"),
                format!("“evt.type”必须是事件类型，而不是“{name}”"),
            )
        })?;
        let mut values = HashMap::new();
        values.insert(FieldRef::plain(Field::EvtNum), vec![Owned::Uint(number)]);
        values.insert(FieldRef::plain(Field::EvtRawtime), vec![Owned::Uint(0)]);
        values.insert(FieldRef::plain(Field::EvtSource), vec![Owned::Text(b"syscall".to_vec())]);
        for (name, json) in object {
            let field = FieldRef::parse(name).ok().filter(|field| field.field.is_of(Source::Syscall));
            let field = field.ok_or_else(|| {
                Text::new(format!("there is no field '{name}'"), format!("没有字段“{name}”"))
            })?;
            values.insert(field.clone(), read(name, field.field.describe().kind, json)?);
        }
        Ok(ScriptedEvent { event_type, values })
    }

    fn given(&self, field: &FieldRef) -> Option<&[Owned]> {
        self.values.get(field).map(Vec::as_slice)
    }

    fn plain(&self, field: Field) -> Option<&[Owned]> {
        self.given(&FieldRef::plain(field))
    }

    /// Values that follow from others.
    fn derived(&self, field: &FieldRef) -> Option<&[Owned]> {
        if let Some((list, of_process)) = ancestors(field.field)
            && let Arg::Index(index) = field.arg
        {
            return match (index as usize).checked_sub(1) {
                None => self.plain(of_process),
                Some(at) => self.plain(list)?.get(at..=at),
            };
        }
        match (field.field, &field.arg) {
            (Field::ProcArgs, Arg::Index(index)) => {
                self.plain(Field::ProcArgs)?.get(*index as usize..=*index as usize)
            }
            (Field::ProcArgs, Arg::Each) => self.plain(Field::ProcArgs),
            (other, Arg::None) => self.plain(same_as(other)?)?.get(..1),
            _ => None,
        }
    }

    fn find(&self, field: &FieldRef) -> Option<&[Owned]> {
        self.given(field).or_else(|| self.derived(field))
    }
}

/// A field of ancestors, as a list, and the field of the process itself.
fn ancestors(field: Field) -> Option<(Field, Field)> {
    Some(match field {
        Field::ProcAname => (field, Field::ProcName),
        Field::ProcAexe => (field, Field::ProcExe),
        Field::ProcAexepath => (field, Field::ProcExepath),
        Field::ProcAcmdline => (field, Field::ProcCmdline),
        Field::ProcAargs => (field, Field::ProcArgs),
        Field::ProcApid => (field, Field::ProcPid),
        _ => return None,
    })
}

/// The field whose first value is another field's, too.
fn same_as(field: Field) -> Option<Field> {
    Some(match field {
        Field::ProcPname => Field::ProcAname,
        Field::ProcPexe => Field::ProcAexe,
        Field::ProcPexepath => Field::ProcAexepath,
        Field::ProcPcmdline => Field::ProcAcmdline,
        Field::ProcPpid => Field::ProcApid,
        Field::FdCnet => Field::FdCip,
        Field::FdSnet => Field::FdSip,
        Field::FdLnet => Field::FdLip,
        Field::FdRnet => Field::FdRip,
        _ => return None,
    })
}

/// The two ends that a field of both looks at.
fn ends(field: Field) -> Option<[Field; 2]> {
    Some(match field {
        Field::FdIp | Field::FdNet => [Field::FdCip, Field::FdSip],
        Field::FdPort => [Field::FdCport, Field::FdSport],
        Field::FdProto => [Field::FdCproto, Field::FdSproto],
        _ => return None,
    })
}

fn read(name: &str, kind: Type, json: &Json) -> Result<Vec<Owned>, Text> {
    if let Json::Array(items) = json {
        return items.iter().map(|item| one(name, kind, item)).collect();
    }
    one(name, kind, json).map(|value| vec![value])
}

fn one(name: &str, kind: Type, json: &Json) -> Result<Owned, Text> {
    let wrong = || {
        let kind = kind.name();
        Text::new(
            format!("'{name}' must be a value of type {kind}, not {json}"),
            format!("“{name}”必须是 {kind} 类型的值，而不是 {json}"),
        )
    };
    let hex = |text: &str| -> Option<Vec<u8>> {
        let digits = text.as_bytes();
        let pairs = digits.chunks(2).map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok());
        digits.len().is_multiple_of(2).then(|| pairs.collect())?
    };
    let value = match (kind, json) {
        (Type::Text | Type::Bytes | Type::Dynamic, Json::String(text)) => {
            Some(Owned::Text(text.clone().into_bytes()))
        }
        (Type::Text | Type::Bytes | Type::Dynamic, Json::Object(object)) => {
            object.get("hex").and_then(Json::as_str).and_then(hex).map(Owned::Text)
        }
        (Type::Text, Json::Number(number)) => Some(Owned::Text(number.to_string().into_bytes())),
        (Type::Int | Type::Dynamic, Json::Number(number)) => number.as_i64().map(Owned::Int),
        (Type::Uint | Type::Port | Type::Duration | Type::Time, Json::Number(number)) => {
            number.as_u64().map(Owned::Uint)
        }
        (Type::Double, Json::Number(number)) => number.as_f64().map(Owned::Double),
        (Type::Flag, Json::Bool(flag)) => Some(Owned::Flag(*flag)),
        (Type::Address | Type::Network, Json::String(text)) => text.parse().ok().map(Owned::Address),
        _ => None,
    };
    value.ok_or_else(wrong)
}

impl Event for ScriptedEvent {
    fn event_type(&self) -> Option<EventType> {
        Some(self.event_type)
    }

    fn value<'a>(&'a self, field: &FieldRef, room: &'a mut Room) -> Option<Value<'a>> {
        if let Some(values) = self.find(field) {
            return match values {
                [several @ .., _] if !several.is_empty() && field.values() == Values::One => {
                    // The arguments of a command line, given one by one.
                    room.clear();
                    for (at, value) in values.iter().enumerate() {
                        if at > 0 {
                            room.push(b' ');
                        }
                        crate::program::append_text(value.value(), room);
                    }
                    Some(Value::Text(room))
                }
                values => values.first().map(Owned::value),
            };
        }
        let Some(Owned::Uint(moment)) = self.plain(Field::EvtRawtime).and_then(<[Owned]>::first) else {
            return None;
        };
        match field.field {
            Field::EvtRawtimeS => Some(Value::Uint(moment / 1_000_000_000)),
            Field::EvtRawtimeNs => Some(Value::Uint(moment % 1_000_000_000)),
            other => {
                room.clear();
                time::append(other, *moment, room).then_some(Value::Text(room))
            }
        }
    }

    fn values(&self, field: &FieldRef, room: &mut Room, each: &mut dyn FnMut(Value<'_>) -> bool) {
        if let Some(values) = self.find(field) {
            let _ = values.iter().all(|value| each(value.value()));
        } else if let Some(ends) = ends(field.field) {
            let both = ends.iter().filter_map(|end| self.plain(*end)?.first());
            let _ = both.into_iter().all(|value| each(value.value()));
        } else if let Some(value) = self.value(field, room) {
            each(value);
        }
    }
}
