//! Settings as the programs in the kernel read them: constants that are set before they are loaded.

use super::options::{Options, Place};
use crate::catalogue::{EventId, Hook, Operation, events, operations};
use aya::EbpfLoader;
use std::os::unix::fs::MetadataExt as _;

const CALLS: usize = 512;
const PREFIXES: usize = 8;
const PORTS: usize = 8;
/// `struct prefix`: 8 words and 8 masks.
const PREFIX_LEN: usize = 128;

/// All constants; the loader borrows them.
#[derive(Debug)]
pub(super) struct Settings {
    own_pid: u32,
    host_mnt_ns: u32,
    host_pid_ns: u32,
    only_containers: u8,
    only_host: u8,
    with_env: u8,
    have_current_btf: u8,
    have_loop: u8,
    ignore_count: u8,
    only_count: u8,
    port_count: u8,
    ports: [u16; PORTS],
    open_flags: u32,
    payload: u32,
    ignore: Vec<u8>,
    only: Vec<u8>,
    wanted: Vec<u8>,
    compat: Vec<u16>,
    socketcall: [u16; 32],
    exec: u16,
    execat: u16,
    fork: u16,
    exit: u16,
    capable: u16,
    uring: Vec<u16>,
}

/// What this kernel's helpers are, as far as programs have two ways.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Helpers {
    /// `bpf_get_current_task_btf` (5.11).
    pub(super) current_btf: bool,
    /// `bpf_loop` (5.17).
    pub(super) loops: bool,
}

impl Settings {
    pub(super) fn new(options: &Options, helpers: Helpers) -> Settings {
        let wanted = |name: &str| EventId::named(name).filter(|id| options.events.has(*id));
        let number = |name: &str| wanted(name).map_or(0, |id| id.0);
        let filter = &options.filter;
        let mut settings = Settings {
            own_pid: std::process::id(),
            host_mnt_ns: host_namespace("mnt"),
            host_pid_ns: host_namespace("pid"),
            only_containers: u8::from(filter.place == Place::Containers),
            only_host: u8::from(filter.place == Place::Host),
            with_env: u8::from(options.environment),
            have_current_btf: u8::from(helpers.current_btf),
            have_loop: u8::from(helpers.loops),
            ignore_count: count(filter.ignore_paths.len(), PREFIXES),
            only_count: count(filter.only_paths.len(), PREFIXES),
            port_count: count(filter.ports.len(), PORTS),
            ports: [0; PORTS],
            open_flags: filter.open_flags,
            payload: options.payload.min(512),
            ignore: prefixes(&filter.ignore_paths),
            only: prefixes(&filter.only_paths),
            wanted: vec![0; CALLS],
            compat: vec![0; CALLS],
            socketcall: [0; 32],
            exec: number("execve"),
            execat: number("execveat"),
            fork: number("clone"),
            exit: number("procexit"),
            capable: number("capable"),
            uring: vec![0; 64],
        };
        for (slot, port) in settings.ports.iter_mut().zip(&filter.ports) {
            *slot = *port;
        }
        settings.take_calls(options);
        for Operation { opcode, event } in operations() {
            if let (Some(slot), Some(id)) = (settings.uring.get_mut(usize::from(*opcode)), wanted(event)) {
                *slot = id.0;
            }
        }
        settings
    }

    fn take_calls(&mut self, options: &Options) {
        for (_, hook) in chosen(options) {
            let Some(call) = hook.call() else { continue };
            let Some(native) = call.number.filter(|number| usize::from(*number) < CALLS) else { continue };
            if let Some(slot) = self.wanted.get_mut(usize::from(native)) {
                *slot = 1;
            }
            if cfg!(target_arch = "x86_64") {
                for compat in call.compat {
                    if let Some(slot) = self.compat.get_mut(usize::from(*compat)) {
                        *slot = native + 1;
                    }
                }
            }
        }
        let multiplexed = SOCKETCALL.iter().filter(|_| cfg!(target_arch = "x86_64"));
        for (place, name) in multiplexed {
            let wanted = EventId::named(name).filter(|id| options.events.has(*id));
            let call = wanted.and_then(EventId::kind).and_then(|kind| kind.hook.call());
            if let (Some(slot), Some(number)) = (self.socketcall.get_mut(*place), call.and_then(|c| c.number))
            {
                *slot = number + 1;
            }
        }
    }

    /// Sets every constant.
    pub(super) fn apply<'a>(&'a self, loader: &mut EbpfLoader<'a>) {
        loader
            .override_global("own_pid", &self.own_pid, true)
            .override_global("host_mnt_ns", &self.host_mnt_ns, true)
            .override_global("host_pid_ns", &self.host_pid_ns, true)
            .override_global("only_containers", &self.only_containers, true)
            .override_global("only_host", &self.only_host, true)
            .override_global("with_env", &self.with_env, true)
            .override_global("have_current_btf", &self.have_current_btf, true)
            .override_global("have_loop", &self.have_loop, true)
            .override_global("ignore_count", &self.ignore_count, true)
            .override_global("only_count", &self.only_count, true)
            .override_global("port_count", &self.port_count, true)
            .override_global("ports", self.ports.as_slice(), true)
            .override_global("open_flags_any", &self.open_flags, true)
            .override_global("payload_max", &self.payload, true)
            .override_global("ignore_prefixes", self.ignore.as_slice(), true)
            .override_global("only_prefixes", self.only.as_slice(), true)
            .override_global("wanted", self.wanted.as_slice(), true)
            .override_global("compat_numbers", self.compat.as_slice(), true)
            .override_global("socketcall_numbers", self.socketcall.as_slice(), true)
            .override_global("event_exec", &self.exec, true)
            .override_global("event_execat", &self.execat, true)
            .override_global("event_fork", &self.fork, true)
            .override_global("event_exit", &self.exit, true)
            .override_global("event_capable", &self.capable, true)
            .override_global("uring_events", self.uring.as_slice(), true);
    }
}

/// What i386's socketcall multiplexes, by its number; `send` and `recv` are those with an address, without one.
const SOCKETCALL: &[(usize, &str)] = &[
    (1, "socket"),
    (2, "bind"),
    (3, "connect"),
    (4, "listen"),
    (5, "accept"),
    (8, "socketpair"),
    (11, "sendto"),
    (12, "recvfrom"),
    (13, "shutdown"),
    (16, "sendmsg"),
    (17, "recvmsg"),
    (18, "accept4"),
    (19, "recvmmsg"),
    (20, "sendmmsg"),
];

/// The chosen events and what makes them.
pub(super) fn chosen(options: &Options) -> impl Iterator<Item = (u16, &'static Hook)> + '_ {
    let numbered =
        events().iter().enumerate().filter_map(|(at, kind)| Some((u16::try_from(at).ok()?, &kind.hook)));
    numbered.filter(|(at, _)| options.events.has(EventId(*at)))
}

fn count(len: usize, most: usize) -> u8 {
    u8::try_from(len.min(most)).unwrap_or(u8::MAX)
}

/// `struct prefix` for each path.
fn prefixes(paths: &[String]) -> Vec<u8> {
    let mut out = Vec::with_capacity(PREFIXES * PREFIX_LEN);
    for path in paths.iter().take(PREFIXES) {
        let bytes = path.as_bytes().get(..path.len().min(64)).unwrap_or_default();
        let (mut word, mut mask) = ([0u8; 64], [0u8; 64]);
        for ((word, mask), byte) in word.iter_mut().zip(mask.iter_mut()).zip(bytes) {
            *word = *byte;
            *mask = 0xff;
        }
        out.extend_from_slice(&word);
        out.extend_from_slice(&mask);
    }
    out.resize(PREFIXES * PREFIX_LEN, 0);
    out
}

/// The host's namespace: the first process', else (it may be out of reach) the kernel's own thread's, else this one's.
fn host_namespace(kind: &str) -> u32 {
    ["1", "2", "self"]
        .iter()
        .find_map(|process| {
            let meta = std::fs::metadata(format!("/proc/{process}/ns/{kind}")).ok()?;
            u32::try_from(meta.ino()).ok()
        })
        .unwrap_or(0)
}
