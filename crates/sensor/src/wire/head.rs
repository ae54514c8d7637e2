//! What every event begins with.

use super::WireError;
use super::cursor::Cursor;

/// Version of the layout.
pub const VERSION: u8 = 1;
/// Length of a head in bytes.
pub const HEAD_LEN: usize = 80;

/// What is to be known of how an event was seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct EventFlags(pub u32);

impl EventFlags {
    /// A 32-bit call.
    pub const COMPAT: u32 = 1;
    /// Done through io_uring.
    pub const IO_URING: u32 = 2;
    /// Other threads could have changed what was read from user memory.
    pub const SHARED: u32 = 4;
    /// An argument was cut.
    pub const TRUNCATED: u32 = 8;
    /// An argument could not be read.
    pub const UNREADABLE: u32 = 16;
    /// Not in the host's process or mount namespace.
    pub const CONTAINER: u32 = 32;
    /// Seen when it began: the result is not known.
    pub const NO_RESULT: u32 = 64;

    const NAMES: &[(u32, &str)] = &[
        (EventFlags::COMPAT, "compat"),
        (EventFlags::IO_URING, "io_uring"),
        (EventFlags::SHARED, "shared"),
        (EventFlags::TRUNCATED, "truncated"),
        (EventFlags::UNREADABLE, "unreadable"),
        (EventFlags::CONTAINER, "container"),
        (EventFlags::NO_RESULT, "no-result"),
    ];

    /// Whether a flag is set.
    pub fn has(self, flag: u32) -> bool {
        self.0 & flag != 0
    }

    /// The names of the flags that are set.
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        EventFlags::NAMES.iter().filter(move |(flag, _)| self.has(*flag)).map(|(_, name)| *name)
    }
}

/// What every event has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Head {
    /// Length of the whole event in bytes.
    pub len: u32,
    /// Number in the catalogue of events.
    pub event: u16,
    /// Number of arguments.
    pub count: u8,
    /// Nanoseconds since boot.
    pub time: u64,
    /// When the process started, in nanoseconds since boot; with the pid it names one process for good.
    pub start: u64,
    /// Id of its cgroup in the unified hierarchy.
    pub cgroup: u64,
    /// Id of its cgroup in a version 1 hierarchy, or 0.
    pub cgroup1: u64,
    /// What the call gave; a negative number is an error.
    pub ret: i64,
    /// Process, in the host's numbers.
    pub pid: u32,
    /// Thread, in the host's numbers.
    pub tid: u32,
    /// Effective user.
    pub uid: u32,
    /// Effective group.
    pub gid: u32,
    /// How it was seen.
    pub flags: EventFlags,
    /// Its mount namespace.
    pub mnt_ns: u32,
    /// The processor.
    pub cpu: u16,
    /// System call number, or the operation of io_uring.
    pub call: u16,
    /// Low bits of the program file's inode number; 0 where unknown.
    pub exe_ino: u32,
}

impl Head {
    /// Reads a head.
    pub(super) fn read(bytes: &[u8]) -> Result<Head, WireError> {
        let mut at = Cursor::new(bytes, "head");
        let (len, event, version, count) = (at.u32()?, at.u16()?, at.byte()?, at.byte()?);
        if version != VERSION {
            return Err(WireError::Version(version));
        }
        if (len as usize) < HEAD_LEN {
            return Err(WireError::Length(len));
        }
        Ok(Head {
            len,
            event,
            count,
            time: at.u64()?,
            start: at.u64()?,
            cgroup: at.u64()?,
            cgroup1: at.u64()?,
            ret: at.i64()?,
            pid: at.u32()?,
            tid: at.u32()?,
            uid: at.u32()?,
            gid: at.u32()?,
            flags: EventFlags(at.u32()?),
            mnt_ns: at.u32()?,
            cpu: at.u16()?,
            call: at.u16()?,
            exe_ino: at.u32()?,
        })
    }

    /// Writes the head into the first [`HEAD_LEN`] bytes.
    pub(super) fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.len.to_ne_bytes());
        out.extend_from_slice(&self.event.to_ne_bytes());
        out.extend_from_slice(&[VERSION, self.count]);
        for word in [self.time, self.start, self.cgroup, self.cgroup1, self.ret.cast_unsigned()] {
            out.extend_from_slice(&word.to_ne_bytes());
        }
        for half in [self.pid, self.tid, self.uid, self.gid, self.flags.0, self.mnt_ns] {
            out.extend_from_slice(&half.to_ne_bytes());
        }
        out.extend_from_slice(&self.cpu.to_ne_bytes());
        out.extend_from_slice(&self.call.to_ne_bytes());
        out.extend_from_slice(&self.exe_ino.to_ne_bytes());
    }
}
