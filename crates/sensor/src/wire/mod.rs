//! The bytes of an event, as the programs in the kernel write them and recordings keep them.
//!
//! Reading is bounded by the event's own length and allocates nothing: an [`Event`] borrows its buffer.

mod argument;
mod build;
mod cursor;
mod head;
mod object;

pub use argument::{Argument, Arguments, Flags, standard, strings};
pub use build::Builder;
pub use head::{EventFlags, HEAD_LEN, Head, VERSION};
pub use object::{Cred, File, Layer, Socket, Task};

/// Longest event that is accepted, in bytes; the kernel side makes none above it.
pub const MAX_EVENT: usize = 32 * 1024;

/// Arguments that are no parameter of a call, by index.
pub mod extra {
    /// The task: itself, or the new one of a fork.
    pub const TASK: u8 = 64;
    /// Credentials afterwards.
    pub const CRED: u8 = 65;
    /// The program file.
    pub const EXE: u8 = 66;
    /// The working directory.
    pub const CWD: u8 = 67;
    /// Arguments of the program, a zero byte after each.
    pub const ARGV: u8 = 68;
    /// Environment of the program, a zero byte after each.
    pub const ENV: u8 = 69;
    /// Path of a cgroup; there may be several.
    pub const CGROUP: u8 = 70;
    /// Descriptor 0; 1 and 2 follow.
    pub const STDIN: u8 = 71;
    /// What is behind the descriptor that a call gave.
    pub const RESULT: u8 = 74;
    /// The name by which a program was started.
    pub const FILENAME: u8 = 75;
    /// Data sent or received.
    pub const DATA: u8 = 76;
    /// Address of the other side.
    pub const PEER: u8 = 77;
    /// A descriptor found open when the sensor began; there may be many.
    pub const OPEN: u8 = 78;
    /// JSON, for what user space adds to the stream.
    pub const JSON: u8 = 79;
}

/// Why bytes are no event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WireError {
    /// Fewer bytes than the part needs.
    #[error("an event ends before its {0}")]
    Short(&'static str),
    /// Longer than [`MAX_EVENT`], or than what holds it.
    #[error("an event says that it is {0} bytes long")]
    Length(u32),
    /// Of another version of the program.
    #[error("an event has version {0}; this program reads version {VERSION}")]
    Version(u8),
    /// An argument of a kind that does not exist.
    #[error("an argument has the unknown kind {0}")]
    Kind(u8),
}

/// One event, borrowed from its bytes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Event<'a> {
    /// What every event has.
    pub head: Head,
    bytes: &'a [u8],
}

impl<'a> Event<'a> {
    /// Reads the event at the start of `bytes`, all of whose arguments are sound.
    ///
    /// # Errors
    /// [`WireError`] where the bytes are not what the programs write.
    pub fn parse(bytes: &'a [u8]) -> Result<Event<'a>, WireError> {
        let head = Head::read(bytes)?;
        let len = head.len as usize;
        let whole = bytes.get(..len).filter(|_| len <= MAX_EVENT).ok_or(WireError::Length(head.len))?;
        let event = Event { head, bytes: whole };
        let mut arguments = event.arguments();
        for _ in 0..head.count {
            arguments.read()?;
        }
        Ok(event)
    }

    /// The bytes that it was read from.
    pub fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// Its arguments in their order.
    pub fn arguments(&self) -> Arguments<'a> {
        Arguments::new(self.bytes.get(HEAD_LEN..).unwrap_or_default(), self.head.count)
    }

    /// The argument with this index.
    pub fn argument(&self, index: u8) -> Option<(Argument<'a>, Flags)> {
        self.arguments().find(|(found, _, _)| *found == index).map(|(_, argument, flags)| (argument, flags))
    }

    /// The number in the argument with this index; a descriptor for files and sockets.
    pub fn value(&self, index: u8) -> Option<u64> {
        match self.argument(index)?.0 {
            Argument::Value(value) => Some(value),
            Argument::File(file) => Some(i64::from(file.fd).cast_unsigned()),
            Argument::Socket(socket) => Some(i64::from(socket.fd).cast_unsigned()),
            _ => None,
        }
    }

    /// The bytes of the argument with this index, where it has bytes.
    pub fn text(&self, index: u8) -> Option<&'a [u8]> {
        match self.argument(index)?.0 {
            Argument::Text(text) | Argument::Bytes(text) | Argument::Address(text) => Some(text),
            Argument::File(file) => Some(file.path),
            _ => None,
        }
    }

    /// The task, where there is one.
    pub fn task(&self) -> Option<Task> {
        match self.argument(extra::TASK)?.0 {
            Argument::Task(task) => Some(task),
            _ => None,
        }
    }

    /// The credentials, where there are some.
    pub fn cred(&self) -> Option<Cred> {
        match self.argument(extra::CRED)?.0 {
            Argument::Cred(cred) => Some(cred),
            _ => None,
        }
    }

    /// The file in the argument with this index.
    pub fn file(&self, index: u8) -> Option<File<'a>> {
        match self.argument(index)?.0 {
            Argument::File(file) => Some(file),
            _ => None,
        }
    }

    /// The socket in the argument with this index.
    pub fn socket(&self, index: u8) -> Option<Socket<'a>> {
        match self.argument(index)?.0 {
            Argument::Socket(socket) => Some(socket),
            _ => None,
        }
    }
}
