//! A process as `/proc` shows it, written as an event.

use super::read;
use crate::catalogue::{EventId, own};
use crate::wire::{Argument, Builder, Cred, File, Flags, Head, Task, extra};
use std::collections::HashMap;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

/// Bytes of arguments and of environment, as events from the kernel have them.
const TEXT: u64 = 4096;
/// Descriptors of one process.
const DESCRIPTORS: usize = 128;
/// Ticks of `/proc/PID/stat`: 100 for each second on every architecture.
const TICK: u64 = 10_000_000;

/// The pids that are there, in ascending order.
pub fn all_pids() -> Vec<u32> {
    let entries = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    let mut pids: Vec<u32> = entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok()).collect();
    pids.sort_unstable();
    pids
}

/// The process with this pid, as an event at `time` (nanoseconds since boot); `None` for what is gone and for the
/// kernel's own threads.
pub fn seed(pid: u32, time: u64, environment: bool) -> Option<Vec<u8>> {
    let folder = PathBuf::from(format!("/proc/{pid}"));
    let task = task(&folder, pid)?;
    let exe = folder.join("exe");
    let target = std::fs::read_link(&exe).ok()?;
    let cred = cred(&folder)?;
    let cwd = std::fs::read_link(folder.join("cwd")).unwrap_or_default();
    let argv = read(&folder.join("cmdline"), TEXT).unwrap_or_default();
    let head = Head {
        event: EventId::named(own::SEED)?.0,
        time,
        start: task.start,
        pid,
        tid: pid,
        uid: cred.euid,
        gid: cred.egid,
        mnt_ns: task.mnt_ns,
        ..Head::default()
    };
    let plain = Flags::default();
    let mut builder = Builder::new(head)
        .with(extra::TASK, &Argument::Task(task), plain)
        .with(extra::CRED, &Argument::Cred(cred), plain)
        .with(extra::EXE, &Argument::File(program(&exe, &target)), plain)
        .with(extra::CWD, &Argument::Text(cwd.as_os_str().as_bytes()), plain)
        .with(extra::ARGV, &Argument::Bytes(&argv), plain);
    if environment {
        let env = read(&folder.join("environ"), TEXT).unwrap_or_default();
        builder = builder.with(extra::ENV, &Argument::Bytes(&env), plain);
    }
    for path in cgroups(&folder) {
        builder = builder.with(extra::CGROUP, &Argument::Cgroup(path.as_bytes()), plain);
    }
    Some(descriptors(builder, &folder).finish())
}

fn task(folder: &Path, pid: u32) -> Option<Task> {
    let stat = String::from_utf8_lossy(&read(&folder.join("stat"), 4096)?).into_owned();
    // The name is in brackets and may hold anything, brackets too.
    let (front, rest) = stat.rsplit_once(')')?;
    let name = front.split_once('(').map_or("", |(_, name)| name);
    let fields: Vec<&str> = rest.split_whitespace().collect();
    let number = |at: usize| fields.get(at).and_then(|field| field.parse::<u64>().ok()).unwrap_or(0);
    let half = |at: usize| u32::try_from(number(at)).unwrap_or(0);
    let status = status(folder);
    let inner = |key: &str| status.get(key).and_then(|list| list.split_whitespace().last()?.parse().ok());
    let kib = |key: &str| status.get(key).and_then(|text| text.split_whitespace().next()?.parse().ok());
    let mut comm = [0; 16];
    comm.iter_mut().zip(name.bytes().take(15)).for_each(|(to, from)| *to = from);
    let ns = |name: &str| namespace(&folder.join("ns").join(name));
    Some(Task {
        start: number(19) * TICK,
        pid,
        tid: pid,
        ppid: half(1),
        pgid: half(2),
        sid: half(3),
        tty: half(4),
        minor_faults: number(7),
        major_faults: number(9),
        threads: half(17),
        vpid: inner("NSpid").unwrap_or(pid),
        vtid: inner("NSpid").unwrap_or(pid),
        vpgid: inner("NSpgid").unwrap_or_else(|| half(2)),
        vsid: inner("NSsid").unwrap_or_else(|| half(3)),
        pid_level: status
            .get("NSpid")
            .map_or(0, |l| u32::try_from(l.split_whitespace().count()).unwrap_or(1) - 1),
        vm_size: kib("VmSize").unwrap_or(0),
        vm_rss: kib("VmRSS").unwrap_or(0),
        vm_swap: kib("VmSwap").unwrap_or(0),
        fd_limit: fd_limit(folder),
        mnt_ns: ns("mnt"),
        pid_ns: ns("pid"),
        net_ns: ns("net"),
        user_ns: ns("user"),
        uts_ns: ns("uts"),
        ipc_ns: ns("ipc"),
        cgroup_ns: ns("cgroup"),
        comm,
        ..Task::default()
    })
}

fn status(folder: &Path) -> HashMap<String, String> {
    let text = read(&folder.join("status"), 16 << 10).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let pairs = text.lines().filter_map(|line| line.split_once(':'));
    pairs.map(|(key, value)| (key.to_owned(), value.trim().to_owned())).collect()
}

fn namespace(path: &Path) -> u32 {
    std::fs::metadata(path).map_or(0, |meta| u32::try_from(meta.ino()).unwrap_or(0))
}

fn fd_limit(folder: &Path) -> u64 {
    let text = read(&folder.join("limits"), 4096).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let line = text.lines().find_map(|line| line.strip_prefix("Max open files"));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or(0)
}

fn cred(folder: &Path) -> Option<Cred> {
    let status = status(folder);
    let four = |key: &str| -> Option<[u32; 4]> {
        let numbers: Vec<u32> = status.get(key)?.split_whitespace().filter_map(|n| n.parse().ok()).collect();
        numbers.try_into().ok()
    };
    let mask = |key: &str| status.get(key).and_then(|hex| u64::from_str_radix(hex, 16).ok()).unwrap_or(0);
    let id = |name: &str| {
        let text = read(&folder.join(name), 32).unwrap_or_default();
        String::from_utf8_lossy(&text).trim().parse().unwrap_or(u32::MAX)
    };
    let ([uid, euid, suid, fsuid], [gid, egid, sgid, fsgid]) = (four("Uid")?, four("Gid")?);
    Some(Cred {
        uid,
        gid,
        suid,
        sgid,
        euid,
        egid,
        fsuid,
        fsgid,
        inheritable: mask("CapInh"),
        permitted: mask("CapPrm"),
        effective: mask("CapEff"),
        bounding: mask("CapBnd"),
        ambient: mask("CapAmb"),
        loginuid: id("loginuid"),
        session: id("sessionid"),
        user_ns: namespace(&folder.join("ns/user")),
    })
}

/// The program file. Its path has ` (deleted)` behind it where it is gone, and is the process' own otherwise.
fn program<'a>(link: &Path, target: &'a Path) -> File<'a> {
    let bytes = target.as_os_str().as_bytes();
    let path = bytes.strip_suffix(b" (deleted)").unwrap_or(bytes);
    let memfd = path.starts_with(b"/memfd:");
    file(-1, link, path)
        .map_or(File { fd: -1, path, ..File::default() }, |file| File { outside: memfd, ..file })
}

fn file<'a>(fd: i32, link: &Path, path: &'a [u8]) -> Option<File<'a>> {
    let meta = std::fs::metadata(link).ok()?;
    let nanoseconds = |seconds: i64, rest: i64| seconds.saturating_mul(1_000_000_000).saturating_add(rest);
    let dev = rustix::fs::major(meta.dev()) << 20 | (rustix::fs::minor(meta.dev()) & 0xf_ffff);
    Some(File {
        fd,
        mode: meta.mode(),
        dev,
        ino: meta.ino(),
        uid: meta.uid(),
        gid: meta.gid(),
        links: u32::try_from(meta.nlink()).unwrap_or(u32::MAX),
        ctime: nanoseconds(meta.ctime(), meta.ctime_nsec()),
        mtime: nanoseconds(meta.mtime(), meta.mtime_nsec()),
        path,
        ..File::default()
    })
}

/// The unified hierarchy's path first, then those of version 1 without repetition.
pub(super) fn cgroups(folder: &Path) -> Vec<String> {
    let text = read(&folder.join("cgroup"), 64 << 10).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let mut paths: Vec<(bool, String)> = Vec::new();
    for line in text.lines() {
        let mut parts = line.splitn(3, ':');
        let (Some(_), Some(controllers), Some(path)) = (parts.next(), parts.next(), parts.next()) else {
            continue;
        };
        if !paths.iter().any(|(_, known)| known == path) {
            paths.push((!controllers.is_empty(), path.to_owned()));
        }
    }
    paths.sort_by_key(|(old, _)| *old);
    paths.into_iter().map(|(_, path)| path).take(16).collect()
}

fn descriptors(mut builder: Builder, folder: &Path) -> Builder {
    let entries = std::fs::read_dir(folder.join("fd")).into_iter().flatten().flatten().take(DESCRIPTORS);
    for entry in entries {
        let Some(number) = entry.file_name().to_str().and_then(|name| name.parse::<i32>().ok()) else {
            continue;
        };
        let Ok(target) = std::fs::read_link(entry.path()) else { continue };
        let path = target.as_os_str().as_bytes();
        // Sockets are known by their inode alone here; events name their ends when they are used.
        if let Some(file) =
            file(number, &entry.path(), path).filter(|file| builder.fits(80 + file.path.len()))
        {
            builder = builder.with(extra::OPEN, &Argument::File(file), Flags::default());
        }
    }
    builder
}
