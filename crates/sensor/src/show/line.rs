//! One event as one line: for people, and as JSON.

use super::{Seen, param};
use serde_json::{Map, Value, json};

/// `HH:MM:SS.nnnnnnnnn` in UTC of nanoseconds since 1970.
fn clock(nanoseconds: u64) -> String {
    let (seconds, rest) = (nanoseconds / 1_000_000_000, nanoseconds % 1_000_000_000);
    let day = seconds % 86_400;
    format!("{:02}:{:02}:{:02}.{rest:09}", day / 3600, day / 60 % 60, day % 60)
}

fn comm(seen: &Seen<'_>) -> String {
    seen.process.map_or_else(String::new, |process| String::from_utf8_lossy(process.comm()).into_owned())
}

fn container<'a>(seen: &Seen<'a>) -> &'a str {
    let named = seen.process.and_then(|process| process.container.as_deref());
    let outside = seen.event.head.flags.has(crate::wire::EventFlags::CONTAINER);
    named.map_or(if outside { "?" } else { "host" }, |container| container.short())
}

/// Time, place, process, event and its arguments. Bytes that a terminal would obey are the caller's to replace.
///
/// `boot_offset` makes times of the day out of times since boot.
pub fn line(seen: &Seen<'_>, boot_offset: u64) -> String {
    let head = &seen.event.head;
    let flags: Vec<&str> = head.flags.names().filter(|name| *name != "container").collect();
    let flags = if flags.is_empty() { String::new() } else { format!(" [{}]", flags.join(",")) };
    let time = clock(head.time.saturating_add(boot_offset));
    let (cpu, pid, name) = (head.cpu, head.pid, seen.kind.name);
    format!("{time} {cpu} {} {} ({pid}) {name} {}{flags}", container(seen), comm(seen), seen.args())
}

/// The same as an object.
pub fn json(seen: &Seen<'_>, boot_offset: u64) -> Value {
    let head = &seen.event.head;
    let mut args = Map::new();
    for parameter in seen.kind.params {
        if let Some(shown) = param(seen, parameter) {
            let value = match shown.number {
                Some(number) if number.to_string() != shown.text && !shown.text.is_empty() => {
                    json!({"value": number, "text": shown.text})
                }
                Some(number) => json!(number),
                None => json!(shown.text),
            };
            args.insert(parameter.name.to_owned(), value);
        }
    }
    json!({
        "time": head.time.saturating_add(boot_offset),
        "cpu": head.cpu,
        "pid": head.pid,
        "tid": head.tid,
        "uid": head.uid,
        "container": container(seen),
        "process": comm(seen),
        "event": seen.kind.name,
        "family": seen.kind.family.name(),
        "result": head.ret,
        "args": args,
        "flags": head.flags.names().collect::<Vec<_>>(),
    })
}
