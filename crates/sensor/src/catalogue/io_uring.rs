//! Rings. What is submitted through one comes as the file or network event that it is.

use super::call::{Call, Handler, Register, native};
use super::{Category, EventKind, Family, Hook, Show, Source, call, p};

const FAMILY: Family = Family::IoUring;

/// The events of this family.
pub(super) static EVENTS: &[EventKind] = &[
    EventKind {
        name: "io_uring_setup",
        family: FAMILY,
        category: Category::Other,
        hook: Hook::Call(Call::new(
            native!(SYS_io_uring_setup),
            &[425],
            Handler::Any,
            call::RESULT_FD,
            [Register::Value, Register::None, Register::None, Register::None, Register::None, Register::None],
        )),
        params: &[p("res", Source::Result, Show::Errno), p("entries", Source::Arg(0), Show::Decimal)],
        by_default: true,
    },
    EventKind {
        name: "io_uring_register",
        family: FAMILY,
        category: Category::Other,
        hook: Hook::Call(Call::new(
            native!(SYS_io_uring_register),
            &[427],
            Handler::Any,
            0,
            [Register::Fd, Register::Value, Register::None, Register::Value, Register::None, Register::None],
        )),
        params: &[
            p("res", Source::Result, Show::Errno),
            p("fd", Source::Arg(0), Show::Fd),
            p("opcode", Source::Arg(1), Show::Decimal),
            p("nr_args", Source::Arg(3), Show::Decimal),
        ],
        by_default: true,
    },
    EventKind {
        name: "io_uring_enter",
        family: FAMILY,
        category: Category::Other,
        hook: Hook::Call(Call::new(
            native!(SYS_io_uring_enter),
            &[426],
            Handler::Any,
            0,
            [Register::Fd, Register::Value, Register::Value, Register::Value, Register::None, Register::None],
        )),
        params: &[
            p("res", Source::Result, Show::Errno),
            p("fd", Source::Arg(0), Show::Fd),
            p("to_submit", Source::Arg(1), Show::Decimal),
            p("min_complete", Source::Arg(2), Show::Decimal),
            p("flags", Source::Arg(3), Show::Hex),
        ],
        by_default: false,
    },
];

/// An operation of io_uring, and the event that it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Operation {
    /// Its number; the same on every kernel.
    pub opcode: u8,
    /// The event.
    pub event: &'static str,
}

/// The operations that are seen. Reads, writes and what touches no name or address are not.
pub(crate) static OPERATIONS: &[Operation] = &[
    Operation { opcode: 9, event: "sendmsg" },
    Operation { opcode: 10, event: "recvmsg" },
    Operation { opcode: 13, event: "accept4" },
    Operation { opcode: 16, event: "connect" },
    Operation { opcode: 18, event: "openat" },
    Operation { opcode: 26, event: "sendto" },
    Operation { opcode: 27, event: "recvfrom" },
    Operation { opcode: 28, event: "openat2" },
    Operation { opcode: 35, event: "renameat2" },
    Operation { opcode: 36, event: "unlinkat" },
    Operation { opcode: 37, event: "mkdirat" },
    Operation { opcode: 38, event: "symlinkat" },
    Operation { opcode: 39, event: "linkat" },
    Operation { opcode: 45, event: "socket" },
];
