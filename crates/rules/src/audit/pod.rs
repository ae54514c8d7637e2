//! Fields with several values: containers, volumes, rules of roles.

use super::{AuditEvent, text};
use crate::catalogue::{Arg, Field, FieldRef};
use crate::value::{Event as _, Room, Value};
use serde_json::Value as Json;

type Each<'e> = &'e mut dyn FnMut(Value<'_>) -> bool;

/// The lists of containers of a pod.
fn containers(field: Field) -> Option<(&'static str, Field)> {
    let main = "containers";
    Some(match field {
        Field::KaReqPodInitContainersImage => ("initContainers", Field::KaReqPodContainersImage),
        Field::KaReqPodInitContainersImageRepository => {
            ("initContainers", Field::KaReqPodContainersImageRepository)
        }
        Field::KaReqPodInitContainersPrivileged => ("initContainers", Field::KaReqPodContainersPrivileged),
        Field::KaReqPodEphemeralContainersImage => ("ephemeralContainers", Field::KaReqPodContainersImage),
        Field::KaReqPodEphemeralContainersImageRepository => {
            ("ephemeralContainers", Field::KaReqPodContainersImageRepository)
        }
        Field::KaReqPodEphemeralContainersPrivileged => {
            ("ephemeralContainers", Field::KaReqPodContainersPrivileged)
        }
        Field::KaReqPodContainersImage
        | Field::KaReqPodContainersImageRepository
        | Field::KaReqPodContainersHostPort
        | Field::KaReqPodContainersPrivileged
        | Field::KaReqPodContainersAllowPrivilegeEscalation
        | Field::KaReqPodContainersReadOnlyFs
        | Field::KaReqPodContainersRunAsUser
        | Field::KaReqPodContainersEffRunAsUser
        | Field::KaReqPodContainersRunAsGroup
        | Field::KaReqPodContainersEffRunAsGroup
        | Field::KaReqPodContainersProcMount
        | Field::KaReqPodContainersAddCapabilities => (main, field),
        _ => return None,
    })
}

/// A setting in the security context of a container.
fn security(field: Field) -> Option<&'static str> {
    Some(match field {
        Field::KaReqPodContainersPrivileged => "privileged",
        Field::KaReqPodContainersAllowPrivilegeEscalation => "allowPrivilegeEscalation",
        Field::KaReqPodContainersReadOnlyFs => "readOnlyRootFilesystem",
        Field::KaReqPodContainersRunAsUser | Field::KaReqPodContainersEffRunAsUser => "runAsUser",
        Field::KaReqPodContainersRunAsGroup | Field::KaReqPodContainersEffRunAsGroup => "runAsGroup",
        Field::KaReqPodContainersProcMount => "procMount",
        _ => return None,
    })
}

/// Fields with one value that have no path of their own.
pub(super) fn value<'a>(
    event: &'a AuditEvent<'_>,
    field: &FieldRef,
    room: &'a mut Room,
) -> Option<Value<'a>> {
    let spec = || event.at(&["requestObject", "spec"]);
    let first = |field: Field| -> Option<&'a str> {
        let image = spec()?.get("containers")?.get(0)?.get("image")?.as_str()?;
        Some(if field == Field::KaReqContainerImageRepository { repository(image) } else { image })
    };
    match field.field {
        Field::KaReqBindingSubjectHasName => Some("true".into()),
        Field::KaReqContainerImage | Field::KaReqContainerImageRepository => {
            first(field.field).map(Value::from)
        }
        Field::KaReqContainerPrivileged => {
            let containers = spec()?.get("containers")?.as_array()?;
            let privileged = |container: &Json| {
                container.pointer("/securityContext/privileged") == Some(&Json::Bool(true))
            };
            Some(if containers.iter().any(privileged) { "true" } else { "false" }.into())
        }
        Field::KaReqVolumeHostpath => {
            let Arg::Key(wanted) = &field.arg else { return None };
            let fits = |path: &str| match wanted.strip_suffix('*') {
                Some(prefix) => path.starts_with(prefix),
                None => path == wanted.as_ref(),
            };
            let mut found = false;
            let paths = FieldRef::plain(Field::KaReqPodVolumesHostpath);
            event.values(&paths, room, &mut |value| {
                found = matches!(value, Value::Text(path) if std::str::from_utf8(path).is_ok_and(fits));
                !found
            });
            Some(if found { "true" } else { "false" }.into())
        }
        _ => None,
    }
}

/// Every value of a field that has several.
pub(super) fn values(event: &AuditEvent<'_>, field: &FieldRef, room: &mut Room, each: Each<'_>) {
    if let Some((list, kind)) = containers(field.field) {
        let spec = event.at(&["requestObject", "spec"]);
        let containers = spec.and_then(|spec| spec.get(list)).or_else(|| event.at(&["requestObject", list]));
        let pod = spec.and_then(|spec| spec.get("securityContext"));
        let _ =
            picked(containers, &field.arg).all(|container| of_container(container, kind, pod, room, each));
        return;
    }
    let spec = |key: &'static str| event.at(&["requestObject", "spec", key]);
    match field.field {
        Field::KaUserGroups => all(event.at(&["user", "groups"]), &field.arg, room, each),
        Field::KaSourceips => all(event.at(&["sourceIPs"]), &field.arg, room, each),
        Field::KaReqBindingSubjects => all(event.at(&["requestObject", "subjects"]), &field.arg, room, each),
        Field::KaReqServicePorts => all(spec("ports"), &field.arg, room, each),
        Field::KaReqPodSupplementalGroups => {
            all(
                event.at(&["requestObject", "spec", "securityContext", "supplementalGroups"]),
                &field.arg,
                room,
                each,
            );
        }
        Field::KaReqRoleRules => all(event.at(&["requestObject", "rules"]), &field.arg, room, each),
        Field::KaReqRoleRulesApiGroups => rules(event, "apiGroups", field, room, each),
        Field::KaReqRoleRulesNonResourceURLs => rules(event, "nonResourceURLs", field, room, each),
        Field::KaReqRoleRulesVerbs => rules(event, "verbs", field, room, each),
        Field::KaReqRoleRulesResources => rules(event, "resources", field, room, each),
        Field::KaReqPodVolumesHostpath => volumes(spec("volumes"), field, "/hostPath/path", room, each),
        Field::KaReqPodVolumesFlexvolumeDriver => {
            volumes(spec("volumes"), field, "/flexVolume/driver", room, each)
        }
        Field::KaReqPodVolumesVolumeType => {
            let keys = picked(spec("volumes"), &field.arg)
                .filter_map(Json::as_object)
                .flat_map(|volume| volume.keys());
            let _ = keys.filter(|key| *key != "name").all(|key| each(key.as_str().into()));
        }
        _ => {
            if let Some(value) = event.value(field, room) {
                each(value);
            }
        }
    }
}

/// The items of a list, or the one that an index picks.
fn picked<'j>(list: Option<&'j Json>, arg: &Arg) -> impl Iterator<Item = &'j Json> {
    let items = list.and_then(Json::as_array).map_or(&[][..], Vec::as_slice);
    match arg {
        Arg::Index(index) => {
            let at = *index as usize;
            items.get(at..=at).unwrap_or_default().iter()
        }
        _ => items.iter(),
    }
}

fn one(json: Option<&Json>, room: &mut Room, each: Each<'_>) -> bool {
    json.and_then(|json| text(json, room)).is_none_or(each)
}

fn all(list: Option<&Json>, arg: &Arg, room: &mut Room, each: Each<'_>) {
    let _ = picked(list, arg).all(|item| one(Some(item), room, each));
}

fn rules(event: &AuditEvent<'_>, key: &str, field: &FieldRef, room: &mut Room, each: Each<'_>) {
    let rules = picked(event.at(&["requestObject", "rules"]), &field.arg);
    let items = rules.filter_map(|rule| rule.get(key)?.as_array()).flatten();
    for item in items {
        if !one(Some(item), room, each) {
            return;
        }
    }
}

fn volumes(list: Option<&Json>, field: &FieldRef, pointer: &str, room: &mut Room, each: Each<'_>) {
    let _ = picked(list, &field.arg).all(|volume| one(volume.pointer(pointer), room, each));
}

fn of_container(container: &Json, kind: Field, pod: Option<&Json>, room: &mut Room, each: Each<'_>) -> bool {
    let image = || container.get("image").and_then(Json::as_str);
    let context = container.get("securityContext");
    match kind {
        Field::KaReqPodContainersImage => image().is_none_or(|image| each(image.into())),
        Field::KaReqPodContainersImageRepository => {
            image().is_none_or(|image| each(repository(image).into()))
        }
        Field::KaReqPodContainersHostPort => picked(container.get("ports"), &Arg::None)
            .all(|port| one(port.get("hostPort").or_else(|| port.get("containerPort")), room, each)),
        Field::KaReqPodContainersAddCapabilities => {
            let added = context.and_then(|context| context.pointer("/capabilities/add"));
            picked(added, &Arg::None).all(|capability| one(Some(capability), room, each))
        }
        Field::KaReqPodContainersEffRunAsUser | Field::KaReqPodContainersEffRunAsGroup => {
            let Some(key) = security(kind) else { return true };
            let own = context.and_then(|context| context.get(key)).or_else(|| pod?.get(key));
            match own {
                Some(id) => one(Some(id), room, each),
                None => each("0".into()),
            }
        }
        kind => {
            security(kind).is_none_or(|key| one(context.and_then(|context| context.get(key)), room, each))
        }
    }
}

/// An image's name without tag and digest. A colon before a slash is that of a port.
fn repository(image: &str) -> &str {
    let image = image.split_once('@').map_or(image, |(name, _)| name);
    match image.rsplit_once(':') {
        Some((name, tag)) if !tag.contains('/') => name,
        _ => image,
    }
}
