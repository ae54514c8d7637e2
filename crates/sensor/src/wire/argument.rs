//! Arguments of an event.

use super::cursor::Cursor;
use super::object::{Cred, File, Socket, Task};
use super::{WireError, extra};

/// What is to be known of how an argument was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Flags(pub u16);

impl Flags {
    /// It was longer.
    pub const TRUNCATED: u16 = 1;
    /// Its memory could not be read.
    pub const UNREADABLE: u16 = 2;
    /// The pointer was null.
    pub const NULL: u16 = 4;
    /// The path is not below the process' root directory.
    pub const OUTSIDE: u16 = 8;

    /// Whether a flag is set.
    pub fn has(self, flag: u16) -> bool {
        self.0 & flag != 0
    }
}

/// One argument.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Argument<'a> {
    /// A number, as it was in the register.
    Value(u64),
    /// A string without its end.
    Text(&'a [u8]),
    /// Bytes.
    Bytes(&'a [u8]),
    /// A file behind a descriptor.
    File(File<'a>),
    /// A socket behind a descriptor.
    Socket(Socket<'a>),
    /// Credentials.
    Cred(Cred),
    /// A task.
    Task(Task),
    /// The path of a cgroup.
    Cgroup(&'a [u8]),
    /// A `struct sockaddr`.
    Address(&'a [u8]),
}

/// Kinds of arguments, as bytes.
pub(super) mod kind {
    pub(crate) const VALUE: u8 = 1;
    pub(crate) const TEXT: u8 = 2;
    pub(crate) const BYTES: u8 = 3;
    pub(crate) const FILE: u8 = 4;
    pub(crate) const SOCKET: u8 = 5;
    pub(crate) const CRED: u8 = 6;
    pub(crate) const TASK: u8 = 7;
    pub(crate) const CGROUP: u8 = 8;
    pub(crate) const ADDRESS: u8 = 9;
}

/// The arguments that are left.
#[derive(Debug, Clone)]
pub struct Arguments<'a> {
    bytes: &'a [u8],
    left: u8,
}

impl<'a> Arguments<'a> {
    pub(super) fn new(bytes: &'a [u8], left: u8) -> Arguments<'a> {
        Arguments { bytes, left }
    }

    /// The next argument, or why there is none.
    pub(super) fn read(&mut self) -> Result<(u8, Argument<'a>, Flags), WireError> {
        let mut at = Cursor::new(self.bytes, "argument");
        let (index, kind, flags, len) = (at.byte()?, at.byte()?, Flags(at.u16()?), at.u32()? as usize);
        let rest = at.rest();
        let content = rest.get(..len).ok_or(WireError::Short("argument"))?;
        // The padding of the last argument may be missing.
        self.bytes = rest.get(len.next_multiple_of(8)..).unwrap_or_default();
        self.left = self.left.saturating_sub(1);
        let argument = match kind {
            kind::VALUE => Argument::Value(Cursor::new(content, "number").u64()?),
            kind::TEXT => Argument::Text(content),
            kind::BYTES => Argument::Bytes(content),
            kind::FILE => Argument::File(File::read(content, flags)?),
            kind::SOCKET => Argument::Socket(Socket::read(content)?),
            kind::CRED => Argument::Cred(Cred::read(content)?),
            kind::TASK => Argument::Task(Task::read(content)?),
            kind::CGROUP => Argument::Cgroup(content),
            kind::ADDRESS => Argument::Address(content),
            other => return Err(WireError::Kind(other)),
        };
        Ok((index, argument, flags))
    }
}

impl<'a> Iterator for Arguments<'a> {
    type Item = (u8, Argument<'a>, Flags);

    fn next(&mut self) -> Option<Self::Item> {
        if self.left == 0 {
            return None;
        }
        let read = self.read();
        if read.is_err() {
            self.left = 0;
        }
        read.ok()
    }
}

/// Strings that each end with a zero byte.
pub fn strings(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    let bytes = bytes.strip_suffix(&[0]).unwrap_or(bytes);
    let empty = bytes.is_empty();
    bytes.split(|byte| *byte == 0).filter(move |_| !empty)
}

/// Index of the standard descriptor `number` (0 to 2).
pub fn standard(number: u8) -> u8 {
    extra::STDIN + number.min(2)
}
