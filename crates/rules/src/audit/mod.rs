//! An event of the Kubernetes audit log (`audit.k8s.io/v1`) as rules see it: `ka.*`, `jevt.*` and `json.*`.

mod pod;

use crate::catalogue::{Arg, EventType, Field, FieldRef};
use crate::time;
use crate::value::{Event, Room, Value};
use serde_json::Value as Json;

/// An audit event.
#[derive(Debug, Clone)]
pub struct AuditEvent<'j> {
    json: &'j Json,
    number: u64,
    time_nanoseconds: u64,
}

impl<'j> AuditEvent<'j> {
    /// An event from its JSON; `number` counts events from 1.
    pub fn new(json: &'j Json, number: u64) -> AuditEvent<'j> {
        let stamp = |key: &str| json.get(key)?.as_str().and_then(time::parse_rfc3339);
        let time_nanoseconds =
            stamp("stageTimestamp").or_else(|| stamp("requestReceivedTimestamp")).unwrap_or(0);
        AuditEvent { json, number, time_nanoseconds }
    }

    /// Whether a JSON value is an event of the audit log.
    pub fn is_one(json: &Json) -> bool {
        json.get("kind").and_then(Json::as_str) == Some("Event") && json.get("auditID").is_some()
    }

    fn at(&self, path: &[&str]) -> Option<&'j Json> {
        // Other JSON has no fields of the audit log.
        self.json.get("auditID")?;
        path.iter().try_fold(self.json, |json, key| json.get(key))
    }
}

/// A JSON value as text: strings as they are, all else as JSON.
fn text<'a>(json: &'a Json, room: &'a mut Room) -> Option<Value<'a>> {
    match json {
        Json::String(text) => Some(Value::Text(text.as_bytes())),
        Json::Null => None,
        other => {
            room.clear();
            serde_json::to_writer(&mut *room, other).ok()?;
            Some(Value::Text(room))
        }
    }
}

impl Event for AuditEvent<'_> {
    fn event_type(&self) -> Option<EventType> {
        None
    }

    fn value<'a>(&'a self, field: &FieldRef, room: &'a mut Room) -> Option<Value<'a>> {
        match field.field {
            Field::EvtNum => Some(Value::Uint(self.number)),
            Field::EvtRawtime | Field::JevtRawtime | Field::JsonRawtime => {
                Some(Value::Uint(self.time_nanoseconds))
            }
            Field::EvtRawtimeS => Some(Value::Uint(self.time_nanoseconds / 1_000_000_000)),
            Field::EvtRawtimeNs => Some(Value::Uint(self.time_nanoseconds % 1_000_000_000)),
            Field::EvtSource => Some("k8s_audit".into()),
            Field::JevtObj | Field::JsonObj => {
                room.clear();
                serde_json::to_writer_pretty(&mut *room, self.json).ok()?;
                Some(Value::Text(room))
            }
            Field::JevtValue | Field::JsonValue => {
                let Arg::Key(pointer) = &field.arg else { return None };
                text(self.json.pointer(pointer)?, room)
            }
            Field::KaUriParam => {
                let Arg::Key(name) = &field.arg else { return None };
                room.clear();
                let found = parameter(self.at(&["requestURI"])?.as_str()?, name, room);
                found.then_some(Value::Text(room))
            }
            other if path(other).is_some() => text(self.at(path(other)?)?, room),
            other => {
                room.clear();
                if time::append(other, self.time_nanoseconds, room) {
                    return Some(Value::Text(room));
                }
                pod::value(self, field, room)
            }
        }
    }

    fn values(&self, field: &FieldRef, room: &mut Room, each: &mut dyn FnMut(Value<'_>) -> bool) {
        pod::values(self, field, room, each);
    }
}

/// Where a field with one value lies.
fn path(field: Field) -> Option<&'static [&'static str]> {
    Some(match field {
        Field::KaAuditid => &["auditID"],
        Field::KaStage => &["stage"],
        Field::KaAuthDecision => &["annotations", "authorization.k8s.io/decision"],
        Field::KaAuthReason => &["annotations", "authorization.k8s.io/reason"],
        Field::KaUserName => &["user", "username"],
        Field::KaImpuserName => &["impersonatedUser", "username"],
        Field::KaVerb => &["verb"],
        Field::KaUri => &["requestURI"],
        Field::KaTargetName | Field::KaReqConfigmapName => &["objectRef", "name"],
        Field::KaTargetNamespace => &["objectRef", "namespace"],
        Field::KaTargetResource => &["objectRef", "resource"],
        Field::KaTargetSubresource => &["objectRef", "subresource"],
        Field::KaReqBindingRole => &["requestObject", "roleRef", "name"],
        Field::KaReqConfigmapObj => &["requestObject", "data"],
        Field::KaReqPodHostIpc => &["requestObject", "spec", "hostIPC"],
        Field::KaReqPodHostNetwork | Field::KaReqContainerHostNetwork => {
            &["requestObject", "spec", "hostNetwork"]
        }
        Field::KaReqPodHostPid => &["requestObject", "spec", "hostPID"],
        Field::KaReqPodRunAsUser => &["requestObject", "spec", "securityContext", "runAsUser"],
        Field::KaReqPodRunAsGroup => &["requestObject", "spec", "securityContext", "runAsGroup"],
        Field::KaReqPodFsGroup => &["requestObject", "spec", "securityContext", "fsGroup"],
        Field::KaReqServiceType => &["requestObject", "spec", "type"],
        Field::KaRespName => &["responseObject", "metadata", "name"],
        Field::KaResponseCode => &["responseStatus", "code"],
        Field::KaResponseReason => &["responseStatus", "reason"],
        Field::KaUseragent => &["userAgent"],
        _ => return None,
    })
}

/// Appends the first value of a query parameter; says whether there is one.
fn parameter(uri: &str, name: &str, out: &mut Room) -> bool {
    let Some((_, query)) = uri.split_once('?') else { return false };
    let query = query.split_once('#').map_or(query, |(query, _)| query);
    for pair in query.split('&') {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        out.clear();
        decode(key, out);
        if out.as_slice() == name.as_bytes() {
            out.clear();
            decode(value, out);
            return true;
        }
    }
    false
}

/// Appends a part of a query with its escapes resolved (RFC 3986, and `+` for a blank).
fn decode(text: &str, out: &mut Room) {
    let digit = |byte: &u8| char::from(*byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let mut rest = text.as_bytes();
    while let Some((byte, after)) = rest.split_first() {
        rest = after;
        match (byte, after) {
            (b'%', [high, low, behind @ ..]) => match (digit(high), digit(low)) {
                (Some(high), Some(low)) => {
                    out.push(high << 4 | low);
                    rest = behind;
                }
                _ => out.push(b'%'),
            },
            (b'+', _) => out.push(b' '),
            (byte, _) => out.push(*byte),
        }
    }
}
