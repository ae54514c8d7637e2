//! What a comparison looks at: a field, or what transformers make of fields.

use crate::catalogue::{FieldRef, Type, Values};
use crate::syntax::Transformer;
use crate::value::{Event, Room, Value};
use std::cell::RefCell;
use std::fmt;

/// Room for values in the making. Each piece is used again and again, so that a warm evaluation allocates nothing.
#[derive(Debug, Default)]
pub(crate) struct Rooms(RefCell<Vec<Room>>);

/// Longest text that transformers put together, in bytes.
const MAX_BUILT: usize = 1 << 20;

impl Rooms {
    fn take(&self) -> Room {
        let mut room = self.0.borrow_mut().pop().unwrap_or_default();
        room.clear();
        room
    }

    fn give(&self, room: Room) {
        self.0.borrow_mut().push(room);
    }

    /// Lends a piece for as long as `work` takes.
    pub(crate) fn lend<T>(&self, work: impl FnOnce(&mut Room) -> T) -> T {
        let mut room = self.take();
        let out = work(&mut room);
        self.give(room);
        out
    }
}

/// A value that depends on the event.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Computed {
    /// A field.
    Field(FieldRef),
    /// A text of the rule.
    Text(Box<[u8]>),
    /// Texts of the rule.
    List(Box<[Box<[u8]>]>),
    /// What a transformer makes of its arguments.
    Transformed {
        transformer: Transformer,
        arguments: Box<[Computed]>,
        /// The option that `getopt(…)[x]` picks.
        selector: Option<u8>,
    },
}

/// Takes each value until it says `false`.
pub(crate) type Each<'e> = &'e mut dyn FnMut(Value<'_>) -> bool;

impl Computed {
    /// The field, where it is one and nothing else.
    pub(crate) fn field(&self) -> Option<&FieldRef> {
        match self {
            Computed::Field(field) => Some(field),
            _ => None,
        }
    }

    /// The fields in it.
    pub(crate) fn fields(&self, each: &mut dyn FnMut(&FieldRef)) {
        match self {
            Computed::Field(field) => each(field),
            Computed::Text(_) | Computed::List(_) => {}
            Computed::Transformed { arguments, .. } => arguments.iter().for_each(|a| a.fields(each)),
        }
    }

    /// Type of its values.
    pub(crate) fn kind(&self) -> Type {
        match self {
            Computed::Field(field) => field.field.describe().kind,
            Computed::Text(_) | Computed::List(_) => Type::Text,
            Computed::Transformed { transformer: Transformer::Len, .. } => Type::Uint,
            Computed::Transformed { transformer: Transformer::Val, arguments, .. } => {
                arguments.first().map_or(Type::Text, Computed::kind)
            }
            Computed::Transformed { .. } => Type::Text,
        }
    }

    /// One value or several.
    pub(crate) fn values(&self) -> Values {
        match self {
            Computed::Field(field) => field.values(),
            Computed::Text(_) => Values::One,
            Computed::List(_) => Values::List,
            Computed::Transformed { transformer, arguments, selector } => match transformer {
                Transformer::GetOpt if selector.is_none() => Values::List,
                Transformer::Len | Transformer::Join | Transformer::Concat | Transformer::GetOpt => {
                    Values::One
                }
                _ => arguments.first().map_or(Values::One, Computed::values),
            },
        }
    }

    /// Hands out the values that an event gives.
    pub(crate) fn visit<E: Event + ?Sized>(&self, event: &E, rooms: &Rooms, each: Each<'_>) {
        match self {
            Computed::Field(field) if field.values() == Values::One => rooms.lend(|room| {
                if let Some(value) = event.value(field, room) {
                    each(value);
                }
            }),
            Computed::Field(field) => rooms.lend(|room| event.values(field, room, each)),
            Computed::Text(text) => {
                each(Value::Text(text));
            }
            Computed::List(texts) => {
                let _ = texts.iter().all(|text| each(Value::Text(text)));
            }
            Computed::Transformed { transformer, arguments, selector } => {
                transform(*transformer, arguments, *selector, event, rooms, each);
            }
        }
    }

    /// Appends its only value to `out`; says whether there is one.
    fn append<E: Event + ?Sized>(&self, event: &E, rooms: &Rooms, out: &mut Room) -> bool {
        let mut found = false;
        self.visit(event, rooms, &mut |value| {
            found = append_text(value, out);
            false
        });
        found
    }
}

/// Appends a value as text; false where there would be too much of it.
pub(crate) fn append_text(value: Value<'_>, out: &mut Room) -> bool {
    use std::io::Write as _;
    if out.len() > MAX_BUILT {
        return false;
    }
    // Writing to memory cannot fail.
    match value {
        Value::Text(text) => out.extend_from_slice(text),
        Value::Int(number) => drop(write!(out, "{number}")),
        Value::Uint(number) => drop(write!(out, "{number}")),
        Value::Double(number) => drop(write!(out, "{number:.6}")),
        Value::Flag(flag) => out.extend_from_slice(if flag { b"true" } else { b"false" }),
        Value::Address(address) => drop(write!(out, "{address}")),
    }
    true
}

fn transform<E: Event + ?Sized>(
    transformer: Transformer,
    arguments: &[Computed],
    selector: Option<u8>,
    event: &E,
    rooms: &Rooms,
    each: Each<'_>,
) {
    let Some(first) = arguments.first() else { return };
    match transformer {
        Transformer::Val => first.visit(event, rooms, each),
        Transformer::Basename => first.visit(event, rooms, &mut |value| match value {
            Value::Text(text) => {
                let start = memchr::memrchr(b'/', text).map_or(0, |at| at + 1);
                each(Value::Text(text.get(start..).unwrap_or_default()))
            }
            other => each(other),
        }),
        Transformer::ToLower => rewrite(first, event, rooms, each, |text, out| {
            out.extend(text.iter().map(u8::to_ascii_lowercase));
            true
        }),
        Transformer::ToUpper => rewrite(first, event, rooms, each, |text, out| {
            out.extend(text.iter().map(u8::to_ascii_uppercase));
            true
        }),
        Transformer::B64 => rewrite(first, event, rooms, each, decode_base64),
        Transformer::Len => length(first, event, rooms, each),
        Transformer::Concat => rooms.lend(|out| {
            if arguments.iter().all(|argument| argument.append(event, rooms, out)) {
                each(Value::Text(out));
            }
        }),
        Transformer::Join => {
            let Some(list) = arguments.get(1) else { return };
            rooms.lend(|separator| {
                rooms.lend(|out| {
                    if !first.append(event, rooms, separator) {
                        return;
                    }
                    let mut count = 0_usize;
                    list.visit(event, rooms, &mut |value| {
                        if count > 0 {
                            out.extend_from_slice(separator);
                        }
                        count += 1;
                        append_text(value, out)
                    });
                    if count > 0 {
                        each(Value::Text(out));
                    }
                });
            });
        }
        Transformer::GetOpt => {
            let Some(options) = arguments.get(1) else { return };
            super::getopt::visit(first, options, selector, event, rooms, each);
        }
    }
}

fn rewrite<E: Event + ?Sized>(
    argument: &Computed,
    event: &E,
    rooms: &Rooms,
    each: Each<'_>,
    make: impl Fn(&[u8], &mut Room) -> bool,
) {
    rooms.lend(|out| {
        argument.visit(event, rooms, &mut |value| match value {
            Value::Text(text) => {
                out.clear();
                if make(text, out) { each(Value::Text(out)) } else { true }
            }
            other => each(other),
        });
    });
}

fn length<E: Event + ?Sized>(argument: &Computed, event: &E, rooms: &Rooms, each: Each<'_>) {
    let (mut count, mut bytes) = (0_u64, 0_u64);
    argument.visit(event, rooms, &mut |value| {
        count += 1;
        bytes = if let Value::Text(text) = value { text.len() as u64 } else { 0 };
        true
    });
    match argument.values() {
        Values::One if count == 0 => {}
        Values::One => drop(each(Value::Uint(bytes))),
        _ => drop(each(Value::Uint(count))),
    }
}

/// Standard base 64, with or without padding; says whether it was that.
fn decode_base64(text: &[u8], out: &mut Room) -> bool {
    let padding = text.iter().rev().take_while(|byte| **byte == b'=').count();
    let Some(text) = text.get(..text.len() - padding).filter(|text| padding <= 2 && text.len() % 4 != 1)
    else {
        return false;
    };
    let (mut bits, mut count) = (0_u32, 0_u32);
    for byte in text {
        let six = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return false,
        };
        bits = bits << 6 | u32::from(six);
        count += 6;
        if count >= 8 {
            count -= 8;
            out.push((bits >> count & 0xFF) as u8);
        }
    }
    true
}

impl fmt::Display for Computed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Computed::Field(field) => write!(f, "{field}"),
            Computed::Text(text) => write!(f, "\"{}\"", String::from_utf8_lossy(text)),
            Computed::List(texts) => {
                let texts: Vec<_> = texts.iter().map(|text| String::from_utf8_lossy(text)).collect();
                write!(f, "({})", texts.join(", "))
            }
            Computed::Transformed { transformer, arguments, selector } => {
                let arguments: Vec<String> = arguments.iter().map(ToString::to_string).collect();
                write!(f, "{}({})", transformer.word(), arguments.join(", "))?;
                selector.map_or(Ok(()), |option| write!(f, "[{}]", char::from(option)))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_decoded_or_refused() {
        let decode = |text: &str| {
            let mut out = Room::new();
            decode_base64(text.as_bytes(), &mut out).then(|| String::from_utf8(out).unwrap())
        };
        assert_eq!(decode("aGVsbG8=").as_deref(), Some("hello"));
        assert_eq!(decode("aGVsbG8").as_deref(), Some("hello"));
        assert_eq!(decode("").as_deref(), Some(""));
        for bad in ["a", "a===", "aGV$", "===="] {
            assert_eq!(decode(bad), None, "{bad}");
        }
    }
}
