//! Descriptors of a process.

use crate::wire::{File, Layer, Socket};
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;

/// Descriptors that are kept for one process.
const MOST: usize = 1024;

/// Magic number of the file system of namespaces.
const NSFS: u64 = 0x6e73_6673;

/// Which end of a connection a process is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Role {
    /// Not known.
    #[default]
    Unknown,
    /// It connected.
    Client,
    /// It accepted, or listens.
    Server,
}

/// Both ends of a socket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SocketEnds {
    /// `AF_…`
    pub family: u16,
    /// `SOCK_…`
    pub kind: u16,
    /// Protocol.
    pub protocol: u16,
    /// State, as TCP numbers them.
    pub state: u16,
    /// Local address and port.
    pub local: Option<(IpAddr, u16)>,
    /// Remote address and port.
    pub remote: Option<(IpAddr, u16)>,
    /// The kernel's addresses of the ends of a Unix socket.
    pub unix: (u64, u64),
    /// Which end the process is.
    pub role: Role,
}

impl SocketEnds {
    /// From a socket.
    pub fn of(socket: &Socket<'_>) -> SocketEnds {
        let unix = if i32::from(socket.family) == libc::AF_UNIX { socket.unix_ends() } else { (0, 0) };
        SocketEnds {
            family: socket.family,
            kind: socket.kind,
            protocol: socket.protocol,
            state: socket.state,
            local: socket.local_ip().map(|ip| (ip, socket.local_port)),
            remote: socket
                .remote_ip()
                .filter(|ip| !ip.is_unspecified() || socket.remote_port != 0)
                .map(|ip| (ip, socket.remote_port)),
            unix,
            role: Role::Unknown,
        }
    }

    /// Transport protocol, as `fd.l4proto` has it.
    pub fn l4proto(&self) -> Option<&'static str> {
        if self.local.is_none() && self.remote.is_none() {
            return None;
        }
        match (i32::from(self.protocol), i32::from(self.kind)) {
            (libc::IPPROTO_TCP, _) | (0, libc::SOCK_STREAM) => Some("tcp"),
            (libc::IPPROTO_UDP, _) | (0, libc::SOCK_DGRAM) => Some("udp"),
            (libc::IPPROTO_ICMP | libc::IPPROTO_ICMPV6, _) => Some("icmp"),
            (_, libc::SOCK_RAW) => Some("raw"),
            _ => None,
        }
    }

    /// The client's end.
    pub fn client(&self) -> Option<(IpAddr, u16)> {
        if self.role == Role::Server { self.remote } else { self.local }
    }

    /// The server's end.
    pub fn server(&self) -> Option<(IpAddr, u16)> {
        if self.role == Role::Server { self.local } else { self.remote }
    }
}

/// What a descriptor is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FdKind {
    /// A file, directory, device, pipe, or what the kernel makes without a name.
    File {
        /// Type and permissions.
        mode: u32,
        /// Device, in the kernel's encoding.
        dev: u32,
        /// Inode number.
        ino: u64,
        /// Flags that it was opened with.
        flags: u32,
        /// Layer of an overlay.
        layer: Layer,
        /// Not below the process' root directory.
        outside: bool,
    },
    /// A socket.
    Socket(SocketEnds),
}

/// One descriptor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fd {
    /// What it is.
    pub kind: FdKind,
    /// Path of a file or of a Unix socket; empty for others.
    pub path: Box<[u8]>,
}

impl Fd {
    /// From a file.
    pub fn file(file: &File<'_>) -> Fd {
        let kind = FdKind::File {
            mode: file.mode,
            dev: file.dev,
            ino: file.ino,
            flags: file.flags,
            layer: file.layer,
            outside: file.outside,
        };
        // Pipes and namespaces have no name of their own; they are told apart by their inode, as in /proc.
        let nameless = file.outside && file.path.iter().all(|byte| *byte == b'/');
        let path = match file.kind() {
            libc::S_IFIFO if nameless => format!("pipe:[{}]", file.ino).into_bytes().into(),
            libc::S_IFREG if nameless && file.magic == NSFS => {
                format!("ns:[{}]", file.ino).into_bytes().into()
            }
            _ => file.path.into(),
        };
        Fd { kind, path }
    }

    /// From a socket.
    pub fn socket(socket: &Socket<'_>) -> Fd {
        Fd { kind: FdKind::Socket(SocketEnds::of(socket)), path: socket.path.into() }
    }

    /// The ends, where it is a socket.
    pub fn ends(&self) -> Option<&SocketEnds> {
        match &self.kind {
            FdKind::Socket(ends) => Some(ends),
            FdKind::File { .. } => None,
        }
    }

    /// `fd.typechar` and `fd.type`.
    pub fn kind_name(&self) -> (char, &'static str) {
        match &self.kind {
            FdKind::Socket(ends) => match i32::from(ends.family) {
                libc::AF_INET => ('4', "ipv4"),
                libc::AF_INET6 => ('6', "ipv6"),
                libc::AF_UNIX => ('u', "unix"),
                _ => ('o', "unknown"),
            },
            FdKind::File { mode, .. } => match mode & libc::S_IFMT {
                libc::S_IFDIR => ('d', "directory"),
                libc::S_IFIFO => ('p', "pipe"),
                libc::S_IFREG if self.path.starts_with(b"/memfd:") => ('m', "memfd"),
                libc::S_IFREG | libc::S_IFCHR | libc::S_IFBLK | libc::S_IFLNK => ('f', "file"),
                _ => self.anonymous(),
            },
        }
    }

    /// What the kernel makes without a name carries its kind in brackets.
    fn anonymous(&self) -> (char, &'static str) {
        let name = self.path.strip_prefix(b"/").unwrap_or(&self.path);
        let name = name.strip_prefix(b"anon_inode:").unwrap_or(name);
        match name {
            b"[eventfd]" => ('e', "event"),
            b"[signalfd]" => ('s', "signalfd"),
            b"[eventpoll]" => ('l', "eventpoll"),
            b"[timerfd]" => ('t', "timerfd"),
            b"inotify" | b"[inotify]" => ('i', "inotify"),
            b"[userfaultfd]" => ('u', "userfaultfd"),
            b"[io_uring]" => ('r', "io_uring"),
            b"[pidfd]" => ('P', "pidfd"),
            name if name.starts_with(b"bpf") => ('b', "bpf"),
            _ => ('o', "unknown"),
        }
    }

    /// `fd.name`: the path, or both ends of a socket.
    pub fn name(&self) -> Vec<u8> {
        let Some(ends) = self.ends() else {
            // `[eventfd]` stands in no folder.
            let alone = self.path.starts_with(b"/[").then(|| self.path.get(1..)).flatten();
            return alone.unwrap_or(&self.path).to_vec();
        };
        if i32::from(ends.family) == libc::AF_UNIX {
            let path = String::from_utf8_lossy(&self.path).replace('\0', "@");
            return format!("{:x}->{:x} {path}", ends.unix.0, ends.unix.1).trim_end().as_bytes().to_vec();
        }
        let shown = |end: Option<(IpAddr, u16)>| end.map(|(ip, port)| format!("{ip}:{port}"));
        match (shown(ends.client()), shown(ends.server())) {
            (Some(client), Some(server)) => format!("{client}->{server}").into_bytes(),
            (one, other) => one.or(other).unwrap_or_default().into_bytes(),
        }
    }
}

/// The descriptors of a process.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FdTable(BTreeMap<i32, Arc<Fd>>);

impl FdTable {
    /// A descriptor.
    pub fn get(&self, number: i32) -> Option<&Fd> {
        self.0.get(&number).map(|fd| &**fd)
    }

    /// All, by number.
    pub fn iter(&self) -> impl Iterator<Item = (i32, &Fd)> {
        self.0.iter().map(|(number, fd)| (*number, &**fd))
    }

    /// Number of descriptors that are known.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether none is known.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Sets one; false where there are too many.
    pub(super) fn set(&mut self, number: i32, fd: Fd) -> bool {
        if self.0.len() >= MOST && !self.0.contains_key(&number) {
            return false;
        }
        self.0.insert(number, Arc::new(fd));
        true
    }

    pub(super) fn remove(&mut self, number: i32) {
        self.0.remove(&number);
    }
}
