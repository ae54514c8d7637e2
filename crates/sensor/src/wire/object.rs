//! Kernel objects as arguments: files, sockets, credentials, tasks.

use super::WireError;
use super::argument::Flags;
use super::cursor::Cursor;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Which layer of an overlay holds a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Layer {
    /// It is on no overlay.
    #[default]
    None,
    /// The writable one.
    Upper,
    /// One of the image's.
    Lower,
}

/// A file behind a descriptor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct File<'a> {
    /// The descriptor; -1 without one.
    pub fd: i32,
    /// Flags that it was opened with.
    pub flags: u32,
    /// Type and permissions.
    pub mode: u32,
    /// Device, in the kernel's own encoding (12 bits major, 20 bits minor).
    pub dev: u32,
    /// Inode number.
    pub ino: u64,
    /// Owner.
    pub uid: u32,
    /// Group.
    pub gid: u32,
    /// Number of links.
    pub links: u32,
    /// Layer of an overlay.
    pub layer: Layer,
    /// Magic number of its file system.
    pub magic: u64,
    /// Last change of the inode, in nanoseconds since 1970.
    pub ctime: i64,
    /// Last change of the content, in nanoseconds since 1970.
    pub mtime: i64,
    /// The device that a device file stands for.
    pub rdev: u32,
    /// Path as the process itself would name it.
    pub path: &'a [u8],
    /// Whether the path lies outside of the process' root directory, or has no name at all.
    pub outside: bool,
    /// Whether the path's beginning is missing.
    pub truncated: bool,
}

impl<'a> File<'a> {
    pub(super) const LEN: usize = 72;

    pub(super) fn read(bytes: &'a [u8], flags: Flags) -> Result<File<'a>, WireError> {
        let mut at = Cursor::new(bytes, "file");
        let mut file = File {
            fd: at.i32()?,
            flags: at.u32()?,
            mode: at.u32()?,
            dev: at.u32()?,
            ino: at.u64()?,
            uid: at.u32()?,
            gid: at.u32()?,
            links: at.u32()?,
            ..File::default()
        };
        file.layer = match at.u32()? {
            1 => Layer::Upper,
            2 => Layer::Lower,
            _ => Layer::None,
        };
        file.magic = at.u64()?;
        file.ctime = at.i64()?;
        file.mtime = at.i64()?;
        file.rdev = at.u32()?;
        at.u32()?;
        file.path = at.rest();
        file.outside = flags.has(Flags::OUTSIDE);
        file.truncated = flags.has(Flags::TRUNCATED);
        Ok(file)
    }

    pub(super) fn write(&self, out: &mut Vec<u8>) {
        for half in [self.fd.cast_unsigned(), self.flags, self.mode, self.dev] {
            out.extend_from_slice(&half.to_ne_bytes());
        }
        out.extend_from_slice(&self.ino.to_ne_bytes());
        let layer = match self.layer {
            Layer::None => 0u32,
            Layer::Upper => 1,
            Layer::Lower => 2,
        };
        for half in [self.uid, self.gid, self.links, layer] {
            out.extend_from_slice(&half.to_ne_bytes());
        }
        out.extend_from_slice(&self.magic.to_ne_bytes());
        out.extend_from_slice(&self.ctime.to_ne_bytes());
        out.extend_from_slice(&self.mtime.to_ne_bytes());
        out.extend_from_slice(&self.rdev.to_ne_bytes());
        out.extend_from_slice(&[0; 4]);
        out.extend_from_slice(self.path);
    }

    /// The type of file, as in `S_IFMT`.
    pub fn kind(&self) -> u32 {
        self.mode & libc::S_IFMT
    }

    /// Whether it exists in memory only, made by `memfd_create`.
    pub fn is_memfd(&self) -> bool {
        self.path.starts_with(b"/memfd:") && self.outside
    }

    /// Major and minor number of its device.
    pub fn device(&self) -> (u32, u32) {
        (self.dev >> 20, self.dev & 0xf_ffff)
    }
}

/// A socket behind a descriptor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Socket<'a> {
    /// The descriptor; -1 without one.
    pub fd: i32,
    /// `AF_…`
    pub family: u16,
    /// `SOCK_…`
    pub kind: u16,
    /// Protocol within the family.
    pub protocol: u16,
    /// State of the connection, as TCP numbers them: 1 is established, 10 is listening.
    pub state: u16,
    /// Local port.
    pub local_port: u16,
    /// Remote port.
    pub remote_port: u16,
    /// Inode number.
    pub ino: u64,
    /// Local address, or the kernel's address of a Unix socket.
    pub local: [u8; 16],
    /// Remote address, or the kernel's address of a Unix socket's other end.
    pub remote: [u8; 16],
    /// Path of a Unix socket; an abstract name begins with a zero byte.
    pub path: &'a [u8],
}

impl<'a> Socket<'a> {
    pub(super) const LEN: usize = 56;

    pub(super) fn read(bytes: &'a [u8]) -> Result<Socket<'a>, WireError> {
        let mut at = Cursor::new(bytes, "socket");
        let mut socket = Socket {
            fd: at.i32()?,
            family: at.u16()?,
            kind: at.u16()?,
            protocol: at.u16()?,
            state: at.u16()?,
            local_port: at.u16()?,
            remote_port: at.u16()?,
            ino: at.u64()?,
            local: at.array()?,
            remote: at.array()?,
            path: &[],
        };
        let rest = at.rest();
        let named = rest.first().is_some_and(|first| *first != 0);
        // A path ends at its first zero; an abstract name has its whole length.
        socket.path = if named { rest.split(|byte| *byte == 0).next().unwrap_or_default() } else { rest };
        Ok(socket)
    }

    pub(super) fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.fd.to_ne_bytes());
        for half in [self.family, self.kind, self.protocol, self.state, self.local_port, self.remote_port] {
            out.extend_from_slice(&half.to_ne_bytes());
        }
        out.extend_from_slice(&self.ino.to_ne_bytes());
        out.extend_from_slice(&self.local);
        out.extend_from_slice(&self.remote);
        out.extend_from_slice(self.path);
    }

    fn address(&self, bytes: [u8; 16]) -> Option<IpAddr> {
        match i32::from(self.family) {
            libc::AF_INET => {
                let four = bytes.first_chunk::<4>()?;
                Some(IpAddr::V4(Ipv4Addr::from(*four)))
            }
            libc::AF_INET6 => Some(IpAddr::V6(Ipv6Addr::from(bytes))),
            _ => None,
        }
    }

    /// Local address of an IP socket.
    pub fn local_ip(&self) -> Option<IpAddr> {
        self.address(self.local)
    }

    /// Remote address of an IP socket; unspecified without a connection.
    pub fn remote_ip(&self) -> Option<IpAddr> {
        self.address(self.remote)
    }

    /// The kernel's addresses of both ends of a Unix socket.
    pub fn unix_ends(&self) -> (u64, u64) {
        let word = |bytes: [u8; 16]| bytes.first_chunk::<8>().map_or(0, |eight| u64::from_ne_bytes(*eight));
        (word(self.local), word(self.remote))
    }
}

/// Credentials.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[expect(missing_docs, reason = "the names are the kernel's")]
pub struct Cred {
    pub uid: u32,
    pub gid: u32,
    pub suid: u32,
    pub sgid: u32,
    pub euid: u32,
    pub egid: u32,
    pub fsuid: u32,
    pub fsgid: u32,
    pub inheritable: u64,
    pub permitted: u64,
    pub effective: u64,
    pub bounding: u64,
    pub ambient: u64,
    pub loginuid: u32,
    pub session: u32,
    pub user_ns: u32,
}

/// A task.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[expect(missing_docs, reason = "the names are the kernel's; `v` means within its own namespace")]
pub struct Task {
    pub start: u64,
    pub pidns_start: u64,
    pub cgroup: u64,
    pub cgroup1: u64,
    pub fd_limit: u64,
    pub major_faults: u64,
    pub minor_faults: u64,
    pub pid: u32,
    pub tid: u32,
    pub ppid: u32,
    pub vpid: u32,
    pub vtid: u32,
    pub vppid: u32,
    pub pgid: u32,
    pub vpgid: u32,
    pub sid: u32,
    pub vsid: u32,
    pub tty: u32,
    pub threads: u32,
    pub mnt_ns: u32,
    pub pid_ns: u32,
    pub net_ns: u32,
    pub user_ns: u32,
    pub uts_ns: u32,
    pub ipc_ns: u32,
    pub cgroup_ns: u32,
    pub pid_level: u32,
    /// KiB.
    pub vm_size: u32,
    /// KiB.
    pub vm_rss: u32,
    /// KiB.
    pub vm_swap: u32,
    pub flags: u32,
    pub comm: [u8; 16],
}

macro_rules! plain {
    ($type:ident, $part:literal, $len:literal, [$($field:ident $how:ident),*], $pad:literal) => {
        impl $type {
            pub(super) const LEN: usize = $len;

            pub(super) fn read(bytes: &[u8]) -> Result<$type, WireError> {
                let mut at = Cursor::new(bytes, $part);
                Ok($type { $($field: at.$how()?),* })
            }

            pub(super) fn write(&self, out: &mut Vec<u8>) {
                $(plain!(@write out, self.$field, $how);)*
                out.extend_from_slice(&[0; $pad]);
            }
        }
    };
    (@write $out:ident, $value:expr, array) => { $out.extend_from_slice(&$value) };
    (@write $out:ident, $value:expr, $how:ident) => { $out.extend_from_slice(&$value.to_ne_bytes()) };
}

plain!(Cred, "credentials", 88, [
    uid u32, gid u32, suid u32, sgid u32, euid u32, egid u32, fsuid u32, fsgid u32, inheritable u64,
    permitted u64, effective u64, bounding u64, ambient u64, loginuid u32, session u32, user_ns u32
], 4);

plain!(Task, "task", 168, [
    start u64, pidns_start u64, cgroup u64, cgroup1 u64, fd_limit u64, major_faults u64, minor_faults u64,
    pid u32, tid u32, ppid u32, vpid u32, vtid u32, vppid u32, pgid u32, vpgid u32, sid u32, vsid u32, tty u32,
    threads u32, mnt_ns u32, pid_ns u32, net_ns u32, user_ns u32, uts_ns u32, ipc_ns u32, cgroup_ns u32,
    pid_level u32, vm_size u32, vm_rss u32, vm_swap u32, flags u32, comm array
], 0);
