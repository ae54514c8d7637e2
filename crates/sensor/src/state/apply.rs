//! What each event changes.

use super::container::{Container, ContainerRef, identify};
use super::fd::{Fd, FdKind, Role};
use super::process::{Exe, Image, Process};
use super::{Named, State};
use crate::catalogue::{EventId, Hook, own};
use crate::wire::{Argument, Event, Flags, Task, extra};
use std::sync::Arc;

impl State {
    /// Takes an event in. Afterwards the state is what it was when the event ended.
    pub fn apply(&mut self, event: &Event<'_>) {
        let Some(kind) = EventId(event.head.event).kind() else { return };
        match kind.hook {
            Hook::User if kind.name == own::CONTAINER => return self.learn(event),
            Hook::User => return self.seed(event),
            Hook::Fork => return self.fork(event),
            _ => {}
        }
        self.touch(event);
        match kind.hook {
            Hook::Exec(_) if event.task().is_some() => self.exec(event),
            Hook::Exit => self.exit(event),
            _ => self.call(event, kind.name),
        }
    }

    /// Makes sure that the event's process is there, and knows its exact start.
    fn touch(&mut self, event: &Event<'_>) {
        let head = &event.head;
        match self.processes.get_mut(&head.pid).filter(|process| process.is(head.start)) {
            Some(process) => {
                process.task.start = head.start;
                process.cred.euid = head.uid;
                process.cred.egid = head.gid;
                if head.cgroup != 0 {
                    (process.task.cgroup, process.task.cgroup1) = (head.cgroup, head.cgroup1);
                }
            }
            None => {
                let mut task = event.task().unwrap_or_default();
                (task.pid, task.start, task.tid) = (head.pid, head.start, head.tid);
                (task.mnt_ns, task.cgroup, task.cgroup1) = (head.mnt_ns, head.cgroup, head.cgroup1);
                let mut process = Process::new(task);
                (process.cred.euid, process.cred.egid) = (head.uid, head.gid);
                self.insert(process);
            }
        }
    }

    fn fork(&mut self, event: &Event<'_>) {
        let Some(task) = event.task() else { return };
        self.touch(event);
        if task.pid != task.tid {
            return; // a thread
        }
        let parent = self.processes.get(&task.ppid).or_else(|| self.processes.get(&event.head.pid));
        let mut child = parent.cloned().unwrap_or_else(|| Process::new(task));
        child.task = task;
        child.parent = (task.ppid,);
        child.ended = None;
        self.insert(child);
    }

    fn exec(&mut self, event: &Event<'_>) {
        let Some(task) = event.task() else { return };
        let Some(process) = self.processes.get_mut(&event.head.pid) else { return };
        if process.image.time == 0 && process.parent.0 == 0 {
            process.parent = (task.ppid,);
        }
        process.task = Task { tid: task.pid, ..task };
        Self::describe(process, event, &self.named);
        // Descriptors that close on exec are not known one by one; the standard ones come with the event.
        let kept: Vec<(i32, Fd)> = event
            .arguments()
            .filter(|(index, _, _)| (extra::STDIN..extra::STDIN + 3).contains(index))
            .filter_map(|(_, argument, _)| descriptor(&argument))
            .collect();
        let close: Vec<i32> =
            process.fds.iter().filter(|(_, fd)| closes_on_exec(fd)).map(|(n, _)| n).collect();
        let fds = Arc::make_mut(&mut process.fds);
        close.iter().for_each(|number| fds.remove(*number));
        for (number, fd) in kept {
            fds.set(number, fd);
        }
    }

    /// What exec and seed say of a process.
    fn describe(process: &mut Process, event: &Event<'_>, named: &Named) {
        let text = |index| event.text(index).unwrap_or_default();
        process.image = Arc::new(Image {
            argv: text(extra::ARGV).into(),
            env: text(extra::ENV).into(),
            exe: event.file(extra::EXE).map(|file| Exe::of(&file)).unwrap_or_default(),
            filename: text(extra::FILENAME).into(),
            time: event.head.time,
        });
        if let Some(cred) = event.cred() {
            process.cred = cred;
        }
        Self::take_cwd(process, event);
        let cgroups: Vec<Box<[u8]>> = event
            .arguments()
            .filter_map(|(_, argument, _)| match argument {
                // The root of a hierarchy has no components.
                Argument::Cgroup(b"") => Some(b"/"[..].into()),
                Argument::Cgroup(path) => Some(path.into()),
                _ => None,
            })
            .collect();
        if !cgroups.is_empty() {
            process.container = cgroups.iter().find_map(|path| {
                identify(&String::from_utf8_lossy(path)).map(Arc::new).or_else(|| named.get(path).cloned())
            });
            process.cgroups = cgroups.into();
        }
    }

    fn take_cwd(process: &mut Process, event: &Event<'_>) {
        if let Some((Argument::Text(path), flags)) = event.argument(extra::CWD) {
            // The root directory itself has no components.
            process.cwd = if path.is_empty() { Arc::from(&b"/"[..]) } else { path.into() };
            process.cwd_outside = flags.has(Flags::OUTSIDE);
        }
    }

    fn seed(&mut self, event: &Event<'_>) {
        let Some(task) = event.task() else { return };
        let known = self.processes.get(&task.pid).filter(|process| process.is(task.start));
        let mut process = known.cloned().unwrap_or_else(|| Process::new(task));
        let (start, parent) = (process.task.start, process.parent);
        process.task = Task { start, ..task };
        process.parent = if parent.0 == 0 { (task.ppid,) } else { parent };
        Self::describe(&mut process, event, &self.named);
        let fds = Arc::make_mut(&mut process.fds);
        for (index, argument, _) in event.arguments() {
            if index != extra::EXE
                && let Some((number, fd)) = descriptor(&argument)
                && !fds.set(number, fd)
            {
                self.forgotten.descriptors += 1;
            }
        }
        self.insert(process);
    }

    fn exit(&mut self, event: &Event<'_>) {
        let head = &event.head;
        if let Some(process) = self.processes.get_mut(&head.pid)
            && process.ended.is_none()
        {
            process.ended = Some(head.time);
            // An ancestor is remembered by its names; its descriptors are gone.
            process.fds = Arc::default();
            self.ended.push_back((head.pid, process.task.start));
        }
        self.bound();
    }

    fn call(&mut self, event: &Event<'_>, name: &str) {
        let head = &event.head;
        let Some(process) = self.processes.get_mut(&head.pid) else { return };
        if let Some(cred) = event.cred() {
            process.cred = cred;
        }
        if let Some(task) = event.task() {
            let main = head.tid == head.pid;
            let comm = if name == "prctl" && main { task.comm } else { process.task.comm };
            process.task = Task { tid: task.pid, comm, ..task };
        }
        if head.ret >= 0 {
            Self::take_cwd(process, event);
        }
        let mut found: Vec<(i32, Fd)> =
            event.arguments().filter_map(|(_, argument, _)| descriptor(&argument)).collect();
        let role = match name {
            "accept" | "accept4" | "listen" => Role::Server,
            "connect" => Role::Client,
            _ => Role::Unknown,
        };
        let mut full = 0;
        for (number, mut fd) in found.drain(..) {
            if let FdKind::Socket(ends) = &mut fd.kind {
                ends.role = match (role, process.fds.get(number).and_then(Fd::ends)) {
                    (Role::Unknown, Some(before)) if before.unix == ends.unix => before.role,
                    (role, _) => role,
                };
            }
            if process.fds.get(number) != Some(&fd) && !Arc::make_mut(&mut process.fds).set(number, fd) {
                full += 1;
            }
        }
        if name == "close"
            && head.ret == 0
            && let Some(number) = event.value(0).and_then(|number| i32::try_from(number).ok())
        {
            Arc::make_mut(&mut process.fds).remove(number);
        }
        self.forgotten.descriptors += full;
    }

    fn learn(&mut self, event: &Event<'_>) {
        let json = event.text(extra::JSON).unwrap_or_default();
        let Ok(container) = serde_json::from_slice::<Container>(json) else { return };
        let limit = self.bounds.containers;
        if self.containers.len() >= limit && !self.containers.contains_key(container.id.as_str()) {
            // Those that no process belongs to any more go first.
            let used: std::collections::HashSet<&str> = self
                .processes
                .values()
                .filter_map(|process| Some(process.container.as_ref()?.id.as_str()))
                .collect();
            self.containers.retain(|id, _| used.contains(&**id));
            self.named.retain(|_, named| self.containers.contains_key(named.id.as_str()));
            if self.containers.len() >= limit {
                self.forgotten.containers += 1;
                return;
            }
        }
        // A container that its path does not name is told to all that have the path.
        let path: Box<[u8]> = container.cgroup.as_bytes().into();
        if !path.is_empty() && identify(&container.cgroup).is_none() {
            let reference = Arc::new(ContainerRef {
                id: container.id.clone(),
                runtime: container.runtime,
                pod_uid: None,
            });
            let unnamed = self.processes.values_mut().filter(|process| process.container.is_none());
            unnamed
                .filter(|process| process.cgroups.contains(&path))
                .for_each(|process| process.container = Some(reference.clone()));
            self.named.insert(path, reference);
        }
        self.containers.insert(Arc::from(container.id.as_str()), container);
    }
}

fn descriptor(argument: &Argument<'_>) -> Option<(i32, Fd)> {
    match argument {
        Argument::File(file) if file.fd >= 0 => Some((file.fd, Fd::file(file))),
        Argument::Socket(socket) if socket.fd >= 0 => Some((socket.fd, Fd::socket(socket))),
        _ => None,
    }
}

fn closes_on_exec(fd: &Fd) -> bool {
    matches!(&fd.kind, FdKind::File { flags, .. } if flags & libc::O_CLOEXEC.cast_unsigned() != 0)
}
