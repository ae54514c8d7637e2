//! `getopt(arguments, "ab:c")`: short options of a command line, as POSIX's function of that name finds them.

use super::computed::{Computed, Each, Rooms};
use crate::value::{Event, Room, Value};

/// What is known of an option character.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Known {
    No,
    Alone,
    WithValue,
}

/// Characters that stand for options; a colon behind one says that it has a value.
fn known(options: &[u8], option: u8) -> Known {
    if option == b':' {
        return Known::No;
    }
    let options = options.strip_prefix(b":").unwrap_or(options);
    match options.iter().position(|byte| *byte == option) {
        Some(at) if options.get(at + 1) == Some(&b':') => Known::WithValue,
        Some(_) => Known::Alone,
        None => Known::No,
    }
}

/// Hands out each option, its value behind it; `?` for an unknown option. With a selector only the last value (or name)
/// of that option. A value that is missing is an empty text.
pub(super) fn visit<E: Event + ?Sized>(
    arguments: &Computed,
    options: &Computed,
    selector: Option<u8>,
    event: &E,
    rooms: &Rooms,
    each: Each<'_>,
) {
    rooms.lend(|optstring| {
        rooms.lend(|results| {
            let mut present = false;
            options.visit(event, rooms, &mut |value| {
                present = super::computed::append_text(value, optstring);
                false
            });
            if present {
                scan(arguments, optstring, selector, event, rooms, results);
                hand_out(results, selector, each);
            }
        });
    });
}

/// Appends a result: its length, then its bytes.
fn push(results: &mut Room, text: &[u8]) {
    let length = u32::try_from(text.len()).unwrap_or(u32::MAX);
    results.extend_from_slice(&length.to_le_bytes());
    results.extend(text.iter().take(length as usize));
}

fn scan<E: Event + ?Sized>(
    arguments: &Computed,
    options: &[u8],
    selector: Option<u8>,
    event: &E,
    rooms: &Rooms,
    results: &mut Room,
) {
    // The option whose value is the next argument.
    let mut waiting: Option<u8> = None;
    let wanted = |option: u8| selector.is_none_or(|selected| selected == option);
    arguments.visit(event, rooms, &mut |value| {
        let Value::Text(argument) = value else { return false };
        if let Some(option) = waiting.take() {
            emit(results, selector, option, Some(argument), wanted(option));
            return true;
        }
        match argument {
            b"--" => return false,
            [b'-', b'-', _, ..] => return true,
            [b'-', _, ..] => {}
            _ => return false,
        }
        for (at, option) in argument.iter().copied().enumerate().skip(1) {
            match known(options, option) {
                Known::No if selector.is_none() => push(results, b"?"),
                Known::No => {}
                Known::Alone => emit(results, selector, option, None, wanted(option)),
                Known::WithValue => {
                    match argument.get(at + 1..).filter(|rest| !rest.is_empty()) {
                        Some(rest) => emit(results, selector, option, Some(rest), wanted(option)),
                        None => waiting = Some(option),
                    }
                    break;
                }
            }
        }
        true
    });
    if waiting.is_some_and(wanted) {
        push(results, b"");
    }
}

fn emit(results: &mut Room, selector: Option<u8>, option: u8, value: Option<&[u8]>, wanted: bool) {
    if !wanted {
        return;
    }
    if selector.is_none() || value.is_none() {
        push(results, &[option]);
    }
    if let Some(value) = value {
        push(results, value);
    }
}

fn hand_out(results: &[u8], selector: Option<u8>, each: Each<'_>) {
    let mut rest = results;
    let mut last = None;
    while let Some((length, after)) = rest.split_first_chunk::<4>() {
        let Some((text, after)) = after.split_at_checked(u32::from_le_bytes(*length) as usize) else { break };
        rest = after;
        if selector.is_some() {
            last = Some(text);
        } else if !each(Value::Text(text)) {
            return;
        }
    }
    if let Some(text) = last {
        each(Value::Text(text));
    }
}
