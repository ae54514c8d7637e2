//! System calls as the programs in the kernel are told of them.

/// What makes an event.
#[derive(Debug, Clone, Copy)]
pub enum Hook {
    /// The end of a system call.
    Call(Call),
    /// `sched_process_exec`, and a call that failed.
    Exec(Call),
    /// `sched_process_fork`.
    Fork,
    /// `sched_process_exit`.
    Exit,
    /// `cap_capable`.
    Capable,
    /// The sensor itself.
    User,
}

impl Hook {
    /// The call, where there is one.
    pub fn call(&self) -> Option<&Call> {
        match self {
            Hook::Call(call) | Hook::Exec(call) => Some(call),
            _ => None,
        }
    }
}

/// The program that handles a call; numbers are places in its map.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Handler {
    /// `call_any`
    Any = 0,
    /// `call_task`
    Task = 1,
    /// `call_socket`
    Socket = 2,
    /// `call_flow`
    Flow = 3,
}

impl Handler {
    /// All, with their programs.
    pub const ALL: [(Handler, &'static str); 4] = [
        (Handler::Any, "call_any"),
        (Handler::Task, "call_task"),
        (Handler::Socket, "call_socket"),
        (Handler::Flow, "call_flow"),
    ];
}

/// What a register holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Register {
    /// Nothing that is wanted.
    None = 0,
    /// A number.
    Value = 1,
    /// A string.
    Text = 2,
    /// A descriptor.
    Fd = 3,
    /// A directory's descriptor.
    DirFd = 4,
    /// Bytes, their number in the next register.
    Bytes = 5,
    /// A socket's address, its length in the next register.
    Address = 6,
    /// Two descriptors.
    FdPair = 7,
    /// `struct open_how`; its three members follow each other as arguments.
    OpenHow = 8,
    /// Pointers to strings.
    Strings = 9,
    /// A pointer to 32 bits.
    Word = 10,
    /// A socket's address that the kernel fills in.
    AddressOut = 11,
    /// `struct msghdr`.
    Message = 12,
}

/// What the call gives is a descriptor.
pub(crate) const RESULT_FD: u8 = 1;
/// Show credentials afterwards.
pub(crate) const CRED: u8 = 2;
/// Only the first of a flow.
pub(crate) const FLOW: u8 = 4;
/// Show the task afterwards.
pub(crate) const TASK: u8 = 8;
/// Filters of open flags and paths apply.
pub(crate) const OPEN: u8 = 16;
/// It sends.
pub(crate) const SEND: u8 = 32;
/// Show the working directory afterwards.
pub(crate) const CWD: u8 = 64;
/// Only when it failed.
pub(crate) const FAILED: u8 = 128;

/// A system call.
#[derive(Debug, Clone, Copy)]
pub struct Call {
    /// Its number on this architecture.
    pub number: Option<u16>,
    /// Its numbers among the 32-bit calls of x86.
    pub compat: &'static [u16],
    /// The program.
    pub(crate) handler: Handler,
    /// Flags for the program.
    pub(crate) flags: u8,
    /// What each register holds.
    pub(crate) registers: [Register; 6],
}

impl Call {
    /// A call whose registers are handled as they are described.
    pub(crate) const fn new(
        number: Option<u16>,
        compat: &'static [u16],
        handler: Handler,
        flags: u8,
        registers: [Register; 6],
    ) -> Call {
        Call { number, compat, handler, flags, registers }
    }

    /// The bytes of `struct call` in `bpf/wire.h`.
    pub(crate) fn encode(&self, event: u16) -> [u8; 16] {
        let [low, high] = event.to_ne_bytes();
        let [a, b, c, d, e, f] = self.registers.map(|register| register as u8);
        [low, high, self.handler as u8, self.flags, a, b, c, d, e, f, 0, 0, 0, 0, 0, 0]
    }

    /// Whether an argument with this index can come.
    #[cfg(test)]
    pub(crate) fn sends(&self, index: u8) -> bool {
        if self.handler == Handler::Flow {
            return matches!(index, 0 | 2) || index >= 64;
        }
        let at = usize::from(index);
        let held = |at: usize| self.registers.get(at).copied().unwrap_or(Register::None);
        let wide = (1..=2).any(|back| at >= back && held(at - back) == Register::OpenHow)
            || (at >= 1 && held(at - 1) == Register::FdPair);
        held(at) != Register::None || wide || index >= 64
    }
}

/// The number of a call that every architecture has.
macro_rules! native {
    ($name:ident) => {
        Some(libc::$name as u16)
    };
}

/// The number of a call that newer architectures lack.
macro_rules! legacy {
    ($name:ident) => {{
        #[cfg(target_arch = "x86_64")]
        {
            Some(libc::$name as u16)
        }
        #[cfg(not(target_arch = "x86_64"))]
        {
            None
        }
    }};
}

pub(crate) use {legacy, native};
