//! `container.*` and `k8s.*`

use super::{Judged, put, uint};
use crate::state::{Container, ContainerRef, Mount};
use batten_rules::catalogue::{Arg, Field, FieldRef};
use batten_rules::value::{Room, Value};

impl Judged<'_> {
    fn container_ref(&self) -> Option<&ContainerRef> {
        self.seen.process?.container.as_deref()
    }

    fn container(&self) -> Option<&Container> {
        self.seen.state.container(&self.container_ref()?.id)
    }

    /// `host` outside of containers. A process in a process namespace of its own whose container has no name yet is
    /// `unknown`, so that a rule about containers sees it.
    pub(super) fn container_id(&self) -> &str {
        match self.container_ref() {
            Some(container) => container.short(),
            None if self.seen.process.is_some_and(|process| process.task.pid_level > 0) => "unknown",
            None => "host",
        }
    }

    pub(super) fn container_value<'v>(&'v self, field: &FieldRef, room: &'v mut Room) -> Option<Value<'v>> {
        let id = self.container_id();
        match field.field {
            Field::ContainerId => Some(id.into()),
            Field::ContainerFullId if id == "host" => Some("host".into()),
            Field::ContainerFullId => self.container_ref().map(|container| container.id.as_str().into()),
            Field::ContainerName | Field::ContainerType if id == "host" => Some("host".into()),
            Field::ContainerType => self.container_ref().map(|reference| {
                let known = self.container().map_or(reference.runtime, |container| container.runtime);
                known.name().into()
            }),
            Field::ContainerStartTs => self.container_start().map(Value::Uint),
            Field::ContainerDuration => {
                let now = self.seen.event.head.time.saturating_add(self.around.boot_offset);
                uint(now.saturating_sub(self.container_start()?))
            }
            Field::K8sPodUid | Field::K8sPodId => {
                let known =
                    self.container().and_then(|container| container.pod.as_ref()).map(|pod| pod.uid.as_str());
                known.or_else(|| self.container_ref()?.pod_uid.as_deref()).map(Value::from)
            }
            _ => of(self.container()?, field, room),
        }
    }

    /// When the first process of its namespace started.
    fn container_start(&self) -> Option<u64> {
        self.container_ref()?;
        let start = self.seen.process?.task.pidns_start;
        (start > 0).then(|| start.saturating_add(self.around.boot_offset))
    }
}

fn of<'v>(container: &'v Container, field: &FieldRef, room: &'v mut Room) -> Option<Value<'v>> {
    let known = |text: &'v str| (!text.is_empty()).then(|| Value::from(text));
    let flag = |is: Option<bool>| is.map(Value::Flag);
    let pod = container.pod.as_ref();
    match field.field {
        Field::ContainerName => known(&container.name),
        Field::ContainerImage => known(&container.image),
        Field::ContainerImageId => known(&container.image_id),
        Field::ContainerImageRepository => known(container.image_repository()),
        Field::ContainerImageTag => known(container.image_tag()),
        Field::ContainerImageDigest => known(&container.image_digest),
        Field::ContainerPrivileged => flag(container.privileged),
        Field::ContainerHostPid => flag(container.host_pid),
        Field::ContainerHostNetwork => flag(container.host_network),
        Field::ContainerHostIpc => flag(container.host_ipc),
        Field::ContainerMounts => {
            let all: Vec<String> = container.mounts.iter().map(shown).collect();
            put(room, all.join(" ").as_bytes())
        }
        Field::ContainerMount => put(room, shown(mount(container, &field.arg, false)?).as_bytes()),
        // A source is asked for by its destination.
        Field::ContainerMountSource => known(&mount(container, &field.arg, true)?.source),
        Field::ContainerMountDest => known(&mount(container, &field.arg, false)?.dest),
        Field::ContainerMountMode => known(&mount(container, &field.arg, false)?.mode),
        Field::ContainerMountRdwr => {
            Some(if mount(container, &field.arg, false)?.rw { "true" } else { "false" }.into())
        }
        Field::ContainerMountPropagation => known(&mount(container, &field.arg, false)?.propagation),
        Field::ContainerLabel => label(container, &field.arg),
        Field::ContainerLabels => put(room, labels(container).as_bytes()),
        Field::K8sPodLabel => label(container, &field.arg).filter(|_| pod.is_some()),
        Field::K8sPodLabels => pod.and_then(|_| put(room, labels(container).as_bytes())),
        Field::K8sPodName => known(&pod?.name),
        Field::K8sNsName => known(&pod?.namespace),
        Field::K8sPodSandboxId => known(pod?.sandbox_id.get(..12)?),
        Field::K8sPodFullSandboxId => known(&pod?.sandbox_id),
        _ => None,
    }
}

fn label<'v>(container: &'v Container, arg: &Arg) -> Option<Value<'v>> {
    let Arg::Key(key) = arg else { return None };
    container.labels.iter().find(|(name, _)| **name == **key).map(|(_, value)| value.as_str().into())
}

fn labels(container: &Container) -> String {
    container.labels.iter().map(|(key, value)| format!("{key}:{value}")).collect::<Vec<_>>().join(",")
}

fn shown(mount: &Mount) -> String {
    format!("{}:{}:{}:{}:{}", mount.source, mount.dest, mount.mode, mount.rw, mount.propagation)
}

/// The mount with this number, or the first whose source (or destination) matches.
fn mount<'v>(container: &'v Container, arg: &Arg, by_dest: bool) -> Option<&'v Mount> {
    match arg {
        Arg::Index(number) => container.mounts.get(usize::try_from(*number).ok()?),
        Arg::Key(glob) => container.mounts.iter().find(|mount| {
            matches(glob.as_bytes(), if by_dest { mount.dest.as_bytes() } else { mount.source.as_bytes() })
        }),
        _ => None,
    }
}

/// `*` and `?` as a shell has them, in time linear in both but for one step back for each star.
fn matches(glob: &[u8], text: &[u8]) -> bool {
    let (mut g, mut t, mut star) = (0, 0, None);
    while t < text.len() {
        match glob.get(g) {
            Some(b'*') => {
                star = Some((g + 1, t));
                g += 1;
            }
            Some(byte) if *byte == b'?' || Some(byte) == text.get(t) => (g, t) = (g + 1, t + 1),
            _ => match star {
                Some((after, from)) => {
                    star = Some((after, from + 1));
                    (g, t) = (after, from + 1);
                }
                None => return false,
            },
        }
    }
    glob.get(g..).unwrap_or_default().iter().all(|byte| *byte == b'*')
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn globs() {
        for (glob, text, wanted) in [
            ("/etc", "/etc", true),
            ("/proc*", "/proc/sys", true),
            ("/a*/c", "/a/b/c", true),
            ("/a?c", "/abc", true),
            ("/a", "/ab", false),
            ("*b", "/abc", false),
            ("", "", true),
        ] {
            assert_eq!(matches(glob.as_bytes(), text.as_bytes()), wanted, "{glob} {text}");
        }
    }
}
