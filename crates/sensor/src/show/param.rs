//! One parameter of an event.

use super::Seen;
use super::flags::{capabilities, capability, errno_name, names};
use crate::catalogue::{Param, Part, Show, Source};
use crate::state::{Fd, Process};
use crate::wire::{Argument, Cred, Layer, extra, strings};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// A parameter's value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// The number, where it is one.
    pub number: Option<i64>,
    /// What it means, as `evt.arg` has it.
    pub text: String,
}

impl Shown {
    fn text(bytes: &[u8]) -> Shown {
        Shown { number: None, text: String::from_utf8_lossy(bytes).into_owned() }
    }

    fn number(number: i64, text: String) -> Shown {
        Shown { number: Some(number), text }
    }

    /// As `evt.args` writes it: the number with its meaning behind it.
    pub fn long(&self) -> String {
        match self.number {
            Some(number) if number.to_string() != self.text && !self.text.is_empty() => {
                format!("{number}({})", self.text)
            }
            Some(number) if self.text.is_empty() => number.to_string(),
            _ => self.text.clone(),
        }
    }
}

/// The descriptor that a call gave, or that its first argument names: what most of `fd.*` is about.
pub fn subject(seen: &Seen<'_>) -> Option<(i64, Fd)> {
    let event = seen.event;
    let first = event.argument(extra::RESULT).or_else(|| {
        event.arguments().find_map(|(index, argument, flags)| {
            let shown = seen.kind.params.iter().any(|p| p.source == Source::Arg(index) && p.show == Show::Fd);
            (index < 64 && (shown || index == 0)).then_some((argument, flags))
        })
    });
    let (number, mut fd) = match first?.0 {
        Argument::File(file) => (i64::from(file.fd), Fd::file(&file)),
        Argument::Socket(socket) => (i64::from(socket.fd), Fd::socket(&socket)),
        _ => return None,
    };
    // Which end of a connection the process is comes from what it did before.
    if let (crate::state::FdKind::Socket(ends), Some(process)) = (&mut fd.kind, seen.process)
        && let Some(known) = i32::try_from(number).ok().and_then(|n| process.fds.get(n)).and_then(Fd::ends)
    {
        ends.role = known.role;
    }
    if let crate::state::FdKind::Socket(ends) = &mut fd.kind
        && ends.remote.is_none()
    {
        ends.remote = peer(seen);
    }
    Some((number, fd))
}

/// The file that a call opened.
pub fn opened<'a>(seen: &Seen<'a>) -> Option<crate::wire::File<'a>> {
    seen.event.file(extra::RESULT)
}

/// Address of the other side, from a socket's address in the event.
fn peer(seen: &Seen<'_>) -> Option<(IpAddr, u16)> {
    let bytes = seen.event.arguments().find_map(|(_, argument, _)| match argument {
        Argument::Address(bytes) => Some(bytes),
        _ => None,
    })?;
    address(bytes)
}

fn address(bytes: &[u8]) -> Option<(IpAddr, u16)> {
    let family = u16::from_ne_bytes(*bytes.first_chunk()?);
    let port = u16::from_be_bytes(bytes.get(2..4)?.try_into().ok()?);
    let ip = match i32::from(family) {
        libc::AF_INET => IpAddr::V4(Ipv4Addr::from(<[u8; 4]>::try_from(bytes.get(4..8)?).ok()?)),
        libc::AF_INET6 => IpAddr::V6(Ipv6Addr::from(<[u8; 16]>::try_from(bytes.get(8..24)?).ok()?)),
        _ => return None,
    };
    Some((ip, port))
}

/// A parameter; `None` where the event does not have it.
pub fn param(seen: &Seen<'_>, param: &Param) -> Option<Shown> {
    let event = seen.event;
    match param.source {
        Source::Result if seen.event.head.flags.has(crate::wire::EventFlags::NO_RESULT) => None,
        Source::Result => Some(result(seen, param.show)),
        Source::Arg(index) => argument(seen, index, param.show),
        Source::Opened(part) => {
            let file = opened(seen)?;
            Some(match part {
                Part::Dev => Shown::number(i64::from(file.dev), format!("{:#x}", file.dev)),
                Part::Ino => decimal(file.ino),
                _ => Shown::text(file.path),
            })
        }
        Source::Task(part) => task(seen, part),
        Source::Cred(part) => {
            let cred = event.cred().or_else(|| seen.process.map(|process| process.cred))?;
            Some(of_cred(&cred, part, param.show))
        }
        Source::Tuple => subject(seen).map(|(_, fd)| Shown::text(&fd.name())),
    }
}

fn decimal(value: u64) -> Shown {
    Shown { number: i64::try_from(value).ok(), text: value.to_string() }
}

fn result(seen: &Seen<'_>, show: Show) -> Shown {
    let ret = seen.event.head.ret;
    if ret < 0 && show != Show::Decimal {
        let name = errno_name(-ret).map_or_else(|| ret.to_string(), str::to_owned);
        return Shown::number(ret, name);
    }
    match show {
        Show::Fd => Shown::number(ret, opened_name(seen)),
        Show::Errno => Shown::number(ret, if ret == 0 { "SUCCESS".to_owned() } else { ret.to_string() }),
        _ => Shown::number(ret, ret.to_string()),
    }
}

fn opened_name(seen: &Seen<'_>) -> String {
    match seen.event.argument(extra::RESULT) {
        Some((Argument::File(file), _)) => named(&Fd::file(&file)),
        Some((Argument::Socket(socket), _)) => named(&Fd::socket(&socket)),
        _ => String::new(),
    }
}

/// `<f>/etc/passwd`
fn named(fd: &Fd) -> String {
    format!("<{}>{}", fd.kind_name().0, String::from_utf8_lossy(&fd.name()))
}

fn argument(seen: &Seen<'_>, index: u8, show: Show) -> Option<Shown> {
    let (argument, _) = seen.event.argument(index)?;
    Some(match argument {
        Argument::File(file) => Shown::number(i64::from(file.fd), named(&Fd::file(&file))),
        Argument::Socket(socket) => {
            let fd = subject(seen).filter(|(number, _)| *number == i64::from(socket.fd));
            let text = fd.map_or_else(|| named(&Fd::socket(&socket)), |(_, fd)| named(&fd));
            Shown::number(i64::from(socket.fd), text)
        }
        Argument::Value(value) => number(value, show),
        Argument::Address(bytes) => {
            let text = match address(bytes) {
                Some((ip, port)) => format!("{ip}:{port}"),
                None => String::from_utf8_lossy(bytes.get(2..).unwrap_or_default())
                    .trim_end_matches('\0')
                    .to_owned(),
            };
            Shown { number: None, text }
        }
        Argument::Text(text) | Argument::Bytes(text) | Argument::Cgroup(text) => Shown::text(text),
        Argument::Cred(_) | Argument::Task(_) => return None,
    })
}

fn number(value: u64, show: Show) -> Shown {
    let signed = value.cast_signed();
    // A register holds 64 bits; what is 32 bits wide has its sign in the lower half.
    #[expect(clippy::cast_possible_truncation, reason = "the upper half is not part of the argument")]
    let half = i64::from(value as i32);
    let text = match show {
        Show::Hex => format!("{value:#x}"),
        Show::Octal if value == 0 => "0".to_owned(),
        Show::Octal => format!("0{:o}", value & 0o7777),
        Show::DirFd if half == i64::from(libc::AT_FDCWD) => {
            return Shown::number(half, "AT_FDCWD".to_owned());
        }
        Show::Fd | Show::DirFd | Show::Pid | Show::Signed => return Shown::number(half, half.to_string()),
        Show::Uid | Show::Gid => {
            let id = value & 0xffff_ffff;
            let id = if id == 0xffff_ffff { -1 } else { id.cast_signed() };
            return Shown::number(id, id.to_string());
        }
        Show::Capabilities => capability(value).unwrap_or("CAP_UNKNOWN").to_owned(),
        Show::CloneFlags if value == 0 => "0".to_owned(),
        show => names(show, value).unwrap_or_else(|| value.to_string()),
    };
    Shown::number(signed, text)
}

fn of_cred(cred: &Cred, part: Part, show: Show) -> Shown {
    match part {
        Part::CapEffective => Shown { number: None, text: capabilities(cred.effective) },
        Part::CapPermitted => Shown { number: None, text: capabilities(cred.permitted) },
        Part::CapInheritable => Shown { number: None, text: capabilities(cred.inheritable) },
        Part::LoginUid => number(u64::from(cred.loginuid), show),
        Part::Gid => number(u64::from(cred.egid), show),
        _ => number(u64::from(cred.euid), show),
    }
}

fn task(seen: &Seen<'_>, part: Part) -> Option<Shown> {
    // Of a fork the numbers are the child's; the program is the same.
    let process = seen.process?;
    let task = seen.event.task().unwrap_or(process.task);
    let image = &process.image;
    Some(match part {
        Part::Exe => match failed_exec(seen) {
            Some((name, _)) => Shown::text(name),
            None => Shown::text(process.exe()),
        },
        Part::Args => match failed_exec(seen) {
            Some((_, argv)) => Shown::text(&joined(strings(argv).skip(1))),
            None => Shown::text(&joined(process.args())),
        },
        Part::Env => Shown::text(&joined(strings(&image.env))),
        Part::ExePath => Shown::text(&image.exe.path),
        Part::ExeFlags => exe_flags(process),
        Part::Filename => match failed_exec(seen) {
            Some((name, _)) => Shown::text(name),
            None => Shown::text(&image.filename),
        },
        Part::Cwd => Shown::text(&process.cwd),
        Part::Cgroups => Shown::text(&joined(process.cgroups.iter().map(|path| &**path))),
        Part::Comm => Shown::text(task.comm.split(|byte| *byte == 0).next().unwrap_or_default()),
        Part::Ino => decimal(image.exe.ino),
        Part::Ctime => Shown::number(image.exe.ctime, image.exe.ctime.to_string()),
        Part::Mtime => Shown::number(image.exe.mtime, image.exe.mtime.to_string()),
        Part::Flags => return None,
        Part::FdLimit => decimal(task.fd_limit),
        Part::MajorFaults => decimal(task.major_faults),
        Part::MinorFaults => decimal(task.minor_faults),
        Part::PidNsStart => decimal(task.pidns_start),
        Part::Pid => decimal(task.pid.into()),
        Part::Tid => decimal(task.tid.into()),
        Part::ParentTid => decimal(task.ppid.into()),
        Part::Vpid => decimal(task.vpid.into()),
        Part::Vtid => decimal(task.vtid.into()),
        Part::Pgid => decimal(task.pgid.into()),
        Part::Vpgid => decimal(task.vpgid.into()),
        Part::Tty => decimal(task.tty.into()),
        Part::VmSize => decimal(task.vm_size.into()),
        Part::VmRss => decimal(task.vm_rss.into()),
        Part::VmSwap => decimal(task.vm_swap.into()),
        _ => return None,
    })
}

/// Name and arguments of an exec that failed.
fn failed_exec<'a>(seen: &Seen<'a>) -> Option<(&'a [u8], &'a [u8])> {
    let at = u8::from(seen.kind.name == "execveat");
    let name = seen.event.text(at).filter(|_| seen.event.head.ret < 0)?;
    Some((name, seen.event.text(at + 1).unwrap_or_default()))
}

fn exe_flags(process: &Process) -> Shown {
    let exe = &process.image.exe;
    let bits = i64::from(exe.is_writable(&process.cred))
        | i64::from(exe.layer == Layer::Upper) << 1
        | i64::from(exe.memfd) << 2
        | i64::from(exe.layer == Layer::Lower) << 3;
    let text = names(Show::ExeFlags, bits.cast_unsigned()).unwrap_or_default();
    Shown::number(bits, text)
}

fn joined<'a>(parts: impl Iterator<Item = &'a [u8]>) -> Vec<u8> {
    parts.collect::<Vec<_>>().join(&b' ')
}

/// The path that a parameter names, from the root on: relative ones are taken from the directory that goes with them.
pub fn path_below(seen: &Seen<'_>, param: &Param) -> Option<Vec<u8>> {
    let (Source::Arg(index), Show::Path(directory)) = (param.source, param.show) else { return None };
    let path = seen.event.text(index)?;
    if path.starts_with(b"/") {
        return Some(clean(path));
    }
    let base = match seen.event.argument(directory) {
        Some((Argument::File(file), _)) => file.path.to_vec(),
        _ => seen.process?.cwd.to_vec(),
    };
    Some(clean(&[&base, &b"/"[..], path].concat()))
}

/// Without `.`, `..` and repeated slashes.
fn clean(path: &[u8]) -> Vec<u8> {
    let mut parts: Vec<&[u8]> = Vec::new();
    for part in path.split(|byte| *byte == b'/') {
        match part {
            b"" | b"." => {}
            b".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    [&b"/"[..], &parts.join(&b'/')].concat()
}
