//! Events made in user space: what was there before the sensor began, what was learned of containers, and tests.

use super::argument::kind;
use super::object::{Cred, File, Socket, Task};
use super::{Argument, Flags, HEAD_LEN, Head, MAX_EVENT};

/// An event being written.
#[derive(Debug, Clone)]
pub struct Builder {
    head: Head,
    body: Vec<u8>,
}

impl Builder {
    /// An event with this head; length and count are filled in.
    pub fn new(head: Head) -> Builder {
        Builder { head: Head { count: 0, ..head }, body: Vec::with_capacity(256) }
    }

    /// Adds an argument. One that would make the event too long is left out, and the event is marked as cut.
    #[must_use]
    pub fn with(mut self, index: u8, argument: &Argument<'_>, flags: Flags) -> Builder {
        let mut content = Vec::new();
        let kind = encode(argument, &mut content);
        let padded = content.len().next_multiple_of(8);
        if HEAD_LEN + self.body.len() + 8 + padded > MAX_EVENT || self.head.count == u8::MAX {
            self.head.flags.0 |= super::EventFlags::TRUNCATED;
            return self;
        }
        self.body.extend_from_slice(&[index, kind]);
        self.body.extend_from_slice(&flags.0.to_ne_bytes());
        self.body.extend_from_slice(&u32::try_from(content.len()).unwrap_or(0).to_ne_bytes());
        content.resize(padded, 0);
        self.body.extend_from_slice(&content);
        self.head.count += 1;
        self
    }

    /// Whether another argument of `len` bytes fits.
    pub fn fits(&self, len: usize) -> bool {
        HEAD_LEN + self.body.len() + 16 + len <= MAX_EVENT && self.head.count < u8::MAX
    }

    /// The bytes.
    pub fn finish(mut self) -> Vec<u8> {
        self.head.len = u32::try_from(HEAD_LEN + self.body.len()).unwrap_or(u32::MAX);
        let mut out = Vec::with_capacity(HEAD_LEN + self.body.len());
        self.head.write(&mut out);
        out.append(&mut self.body);
        out
    }
}

fn encode(argument: &Argument<'_>, out: &mut Vec<u8>) -> u8 {
    match argument {
        Argument::Value(value) => {
            out.extend_from_slice(&value.to_ne_bytes());
            kind::VALUE
        }
        Argument::Text(text) => bytes(text, kind::TEXT, out),
        Argument::Bytes(text) => bytes(text, kind::BYTES, out),
        Argument::Cgroup(text) => bytes(text, kind::CGROUP, out),
        Argument::Address(text) => bytes(text, kind::ADDRESS, out),
        Argument::File(file) => {
            out.reserve(File::LEN + file.path.len());
            file.write(out);
            kind::FILE
        }
        Argument::Socket(socket) => {
            out.reserve(Socket::LEN + socket.path.len());
            socket.write(out);
            kind::SOCKET
        }
        Argument::Cred(cred) => {
            out.reserve(Cred::LEN);
            cred.write(out);
            kind::CRED
        }
        Argument::Task(task) => {
            out.reserve(Task::LEN);
            task.write(out);
            kind::TASK
        }
    }
}

fn bytes(text: &[u8], kind: u8, out: &mut Vec<u8>) -> u8 {
    out.extend_from_slice(text);
    kind
}

#[cfg(test)]
mod tests {
    use super::super::{Event, Layer, extra};
    use super::*;

    #[test]
    fn what_is_built_is_read_again() {
        let task = Task { pid: 7, comm: *b"0123456789abcdef", ..Task::default() };
        let cred = Cred { euid: 1, ambient: u64::MAX, user_ns: 9, ..Cred::default() };
        let file = File { fd: 3, path: b"/etc/a", layer: Layer::Upper, ..File::default() };
        let socket = Socket { fd: 4, family: 2, remote: [9; 16], path: b"/run/x", ..Socket::default() };
        let bytes = Builder::new(Head { event: 5, ret: -2, cpu: 1, ..Head::default() })
            .with(0, &Argument::Text(b"name"), Flags(Flags::TRUNCATED))
            .with(extra::TASK, &Argument::Task(task), Flags::default())
            .with(extra::CRED, &Argument::Cred(cred), Flags::default())
            .with(1, &Argument::File(file), Flags::default())
            .with(2, &Argument::Socket(socket), Flags::default())
            .with(3, &Argument::Value(u64::MAX), Flags::default())
            .finish();
        let event = Event::parse(&bytes).unwrap();
        assert_eq!((event.head.ret, event.head.count, event.head.cpu), (-2, 6, 1));
        assert_eq!(event.argument(0).unwrap(), (Argument::Text(b"name"), Flags(1)));
        assert_eq!(event.task().unwrap(), task);
        assert_eq!(event.cred().unwrap(), cred);
        assert_eq!(event.file(1).unwrap(), file);
        assert_eq!(event.socket(2).unwrap(), socket);
        assert_eq!((event.value(3), event.value(1)), (Some(u64::MAX), Some(3)));
        for cut in 0..bytes.len() - 8 {
            assert!(Event::parse(&bytes[..cut]).is_err(), "{cut}");
        }
    }

    #[test]
    fn an_event_does_not_grow_beyond_its_limit() {
        let mut builder = Builder::new(Head::default());
        for _ in 0..40 {
            builder = builder.with(0, &Argument::Bytes(&[1; 4000]), Flags::default());
        }
        let bytes = builder.finish();
        assert!(bytes.len() <= MAX_EVENT);
        assert!(Event::parse(&bytes).unwrap().head.flags.has(super::super::EventFlags::TRUNCATED));
    }
}
