//! `proc.*` and `thread.*`

use super::{Judged, flag, int, joined, put, uint};
use crate::show::capabilities;
use crate::state::{Fd, Process};
use crate::wire::{Layer, strings};
use batten_rules::catalogue::{Arg, Field, FieldRef};
use batten_rules::value::{Room, Value};

/// Whether a field without index is about each ancestor.
pub(super) fn is_ancestral(field: Field) -> bool {
    of_ancestor(field).is_some() || field == Field::ProcAenv
}

/// The field of a process that an ancestral one asks each ancestor for.
fn of_ancestor(field: Field) -> Option<Field> {
    Some(match field {
        Field::ProcAexe => Field::ProcExe,
        Field::ProcAexepath => Field::ProcExepath,
        Field::ProcAname => Field::ProcName,
        Field::ProcAargs => Field::ProcArgs,
        Field::ProcAcmdline => Field::ProcCmdline,
        Field::ProcApid => Field::ProcPid,
        _ => return None,
    })
}

/// The field that a field of the parent asks it for.
fn of_parent(field: Field) -> Option<Field> {
    Some(match field {
        Field::ProcPexe => Field::ProcExe,
        Field::ProcPexepath => Field::ProcExepath,
        Field::ProcPname => Field::ProcName,
        Field::ProcPcmdline => Field::ProcCmdline,
        Field::ProcPpidDuration => Field::ProcDuration,
        Field::ProcPpidTs => Field::ProcPidTs,
        _ => return None,
    })
}

/// A number that processes of a group or session share.
type Shared = fn(&Process) -> u32;

/// The field that a field of a group's or session's leader asks it for, and the number that leader and process share.
fn of_leader(field: Field, process: &Process) -> Option<(Field, Shared, u32)> {
    let (sid, pgid): (Shared, Shared) = (|p| p.task.sid, |p| p.task.pgid);
    let (field, number) = match field {
        Field::ProcSname => (Field::ProcName, sid),
        Field::ProcSidExe => (Field::ProcExe, sid),
        Field::ProcSidExepath => (Field::ProcExepath, sid),
        Field::ProcPgidName | Field::ProcVpgidName => (Field::ProcName, pgid),
        Field::ProcPgidExe | Field::ProcVpgidExe => (Field::ProcExe, pgid),
        Field::ProcPgidExepath | Field::ProcVpgidExepath => (Field::ProcExepath, pgid),
        _ => return None,
    };
    Some((field, number, number(process)))
}

const SHELLS: [&[u8]; 8] = [b"ash", b"bash", b"csh", b"dash", b"ksh", b"sh", b"tcsh", b"zsh"];

impl Judged<'_> {
    pub(super) fn process_value<'v>(&'v self, field: &FieldRef, room: &'v mut Room) -> Option<Value<'v>> {
        let process = self.seen.process?;
        if let Some(own) = of_parent(field.field) {
            return self.of(self.seen.state.parent(process)?, own, room);
        }
        if let Some(own) = of_ancestor(field.field) {
            let level = match field.arg {
                Arg::Index(level) => usize::try_from(level).ok()?,
                _ => 1,
            };
            return self.of(self.ancestor(process, level)?, own, room);
        }
        if let Some((own, number, wanted)) = of_leader(field.field, process) {
            return self.of(self.leader(process, number, wanted), own, room);
        }
        match (field.field, &field.arg) {
            (Field::ProcArgs, Arg::Index(index)) => {
                Some(Value::Text(process.args().nth(usize::try_from(*index).ok()?)?))
            }
            (Field::ProcEnv, Arg::Key(name)) => variable(process, name).map(Value::Text),
            (Field::ProcAenv, Arg::Index(level)) => {
                let ancestor = self.ancestor(process, usize::try_from(*level).ok()?)?;
                put(room, &joined(strings(&ancestor.image.env)))
            }
            (Field::ProcAenv, Arg::Key(name)) => {
                let mut ancestors = self.seen.state.ancestors(process);
                ancestors.find_map(|ancestor| variable(ancestor, name)).map(Value::Text)
            }
            (Field::ThreadCgroup, Arg::Key(_)) => Some(Value::Text(process.cgroups.last()?)),
            (Field::ThreadTid, _) => int(i64::from(self.seen.event.head.tid)),
            (Field::ThreadIsmain, _) => flag(self.seen.event.head.tid == self.seen.event.head.pid),
            (Field::ProcLoginshellid, _) => self.login_shell(process),
            (other, _) => self.of(process, other, room),
        }
    }

    /// Level 0 is the process itself.
    fn ancestor<'v>(&'v self, process: &'v Process, level: usize) -> Option<&'v Process> {
        match level.checked_sub(1) {
            None => Some(process),
            Some(above) => self.seen.state.ancestors(process).nth(above),
        }
    }

    /// The process with that number, else the eldest ancestor that shares it.
    fn leader<'v>(&'v self, process: &'v Process, number: Shared, wanted: u32) -> &'v Process {
        let by_pid = self.seen.state.by_pid(wanted).filter(|leader| number(leader) == wanted);
        by_pid.unwrap_or_else(|| {
            let elders = self.seen.state.ancestors(process).take_while(|elder| number(elder) == wanted);
            elders.last().unwrap_or(process)
        })
    }

    fn login_shell<'v>(&self, process: &Process) -> Option<Value<'v>> {
        let shells = std::iter::once(process).chain(self.seen.state.ancestors(process));
        let eldest = shells.filter(|elder| SHELLS.contains(&elder.comm())).last()?;
        int(i64::from(eldest.task.pid))
    }

    pub(super) fn ancestors(&self, field: Field, room: &mut Room, each: &mut dyn FnMut(Value<'_>) -> bool) {
        let Some(process) = self.seen.process else { return };
        for ancestor in self.seen.state.ancestors(process) {
            let value = match of_ancestor(field) {
                Some(own) => self.of(ancestor, own, room),
                None => put(room, &joined(strings(&ancestor.image.env))),
            };
            if value.is_some_and(|value| !each(value)) {
                return;
            }
        }
    }

    /// A field of one process.
    fn of<'v>(&self, process: &'v Process, field: Field, room: &'v mut Room) -> Option<Value<'v>> {
        let (task, image, exe) = (&process.task, &process.image, &process.image.exe);
        let time = |nanoseconds: i64| uint(u64::try_from(nanoseconds).unwrap_or(0));
        let epoch = |boot: u64| boot.saturating_add(self.around.boot_offset);
        let started = epoch(task.start);
        match field {
            Field::ProcExe => Some(Value::Text(process.exe())),
            Field::ProcExepath => known(&exe.path),
            Field::ProcName => Some(Value::Text(process.comm())),
            Field::ProcArgs => put(room, &joined(process.args())),
            Field::ProcCmdline => put(room, &process.cmdline()),
            Field::ProcExeline => put(room, &joined(std::iter::once(process.exe()).chain(process.args()))),
            Field::ProcCmdnargs => uint(process.args().count() as u64),
            Field::ProcCmdlenargs => uint(process.args().map(<[u8]>::len).sum::<usize>() as u64),
            Field::ProcEnv => put(room, &joined(strings(&image.env))),
            Field::ProcCwd => cwd(process, room),
            Field::ProcTty => uint(task.tty),
            Field::ProcPid => int(i64::from(task.pid)),
            Field::ProcPpid => int(i64::from(task.ppid)),
            Field::ProcVpid => int(i64::from(task.vpid)),
            Field::ThreadVtid => int(i64::from(task.vtid)),
            Field::ProcPvpid => int(i64::from(task.vppid)),
            Field::ProcSid => int(i64::from(task.sid)),
            Field::ProcVpgid => int(i64::from(task.vpgid)),
            Field::ProcPgid => int(i64::from(task.pgid)),
            Field::ProcDuration => uint(self.seen.event.head.time.saturating_sub(task.start)),
            Field::ProcPidTs => uint(started),
            Field::ProcIsExeWritable => flag(exe.is_writable(&process.cred)),
            Field::ProcIsExeUpperLayer => flag(exe.layer == Layer::Upper),
            Field::ProcIsExeLowerLayer => flag(exe.layer == Layer::Lower),
            Field::ProcIsExeFromMemfd => flag(exe.memfd),
            Field::ProcIsSidLeader => flag(task.sid == task.pid),
            Field::ProcIsVpgidLeader => flag(task.vpgid == task.vpid),
            Field::ProcIsPgidLeader => flag(task.pgid == task.pid),
            Field::ProcExeIno => int(i64::try_from(exe.ino).unwrap_or(i64::MAX)),
            Field::ProcExeInoCtime => time(exe.ctime),
            Field::ProcExeInoMtime => time(exe.mtime),
            Field::ProcExeInoCtimeDurationProcStart => {
                // From the change of the file to the start of the program, not of the process that became it.
                let program = if image.time == 0 { started } else { epoch(image.time) };
                uint(program.saturating_sub(u64::try_from(exe.ctime).unwrap_or(0)))
            }
            Field::ProcExeInoCtimeDurationPidnsStart => {
                let changed = u64::try_from(exe.ctime).unwrap_or(0);
                changed.checked_sub(epoch(task.pidns_start)).and_then(uint)
            }
            Field::ProcPidnsInitStartTs => {
                (task.pidns_start > 0).then(|| Value::Uint(epoch(task.pidns_start)))
            }
            Field::ThreadCapPermitted => put(room, capabilities(process.cred.permitted).as_bytes()),
            Field::ThreadCapInheritable => put(room, capabilities(process.cred.inheritable).as_bytes()),
            Field::ThreadCapEffective => put(room, capabilities(process.cred.effective).as_bytes()),
            Field::ThreadCgroups => put(room, &joined(process.cgroups.iter().map(|path| &**path))),
            Field::ProcNthreads => uint(task.threads),
            Field::ProcNchilds => uint(task.threads.saturating_sub(1)),
            Field::ProcStdinType => standard(process, 0).map(|fd| fd.kind_name().1.into()),
            Field::ProcStdoutType => standard(process, 1).map(|fd| fd.kind_name().1.into()),
            Field::ProcStderrType => standard(process, 2).map(|fd| fd.kind_name().1.into()),
            Field::ProcStdinName => standard(process, 0).and_then(|fd| put(room, &fd.name())),
            Field::ProcStdoutName => standard(process, 1).and_then(|fd| put(room, &fd.name())),
            Field::ProcStderrName => standard(process, 2).and_then(|fd| put(room, &fd.name())),
            _ => None,
        }
    }
}

fn known(bytes: &[u8]) -> Option<Value<'_>> {
    (!bytes.is_empty()).then_some(Value::Text(bytes))
}

fn standard(process: &Process, number: i32) -> Option<&Fd> {
    process.fds.get(number)
}

fn variable<'p>(process: &'p Process, name: &str) -> Option<&'p [u8]> {
    strings(&process.image.env).find_map(|pair| pair.strip_prefix(name.as_bytes())?.strip_prefix(b"="))
}

/// With a slash at its end, as Falco writes directories.
fn cwd<'v>(process: &'v Process, room: &'v mut Room) -> Option<Value<'v>> {
    if process.cwd.is_empty() {
        return None;
    }
    room.clear();
    room.extend_from_slice(&process.cwd);
    if !process.cwd.ends_with(b"/") {
        room.push(b'/');
    }
    Some(Value::Text(room))
}
