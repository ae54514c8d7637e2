//! Every event that the sensor knows: what it is called, where it comes from, and what its arguments mean.
//!
//! Names and parameters are those of Falco's event reference where it has the event. One file for each family; an
//! event is one entry of its file's list.

mod call;
mod file;
mod identity;
mod io_uring;
mod kernel;
mod network;
mod process;
mod user;

pub use call::{Call, Handler, Hook, Register};
pub use io_uring::Operation;

/// The operations of io_uring that are seen.
pub fn operations() -> &'static [Operation] {
    io_uring::OPERATIONS
}

use std::collections::HashMap;
use std::sync::LazyLock;

/// What an event is about; each has a file of programs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Family {
    /// Programs that begin and end.
    Process,
    /// Files, directories, mounts.
    File,
    /// Sockets.
    Network,
    /// Users, groups, capabilities, namespaces.
    Identity,
    /// The kernel itself: modules, BPF, tracing, keys.
    Kernel,
    /// Rings.
    IoUring,
    /// What the sensor itself adds to the stream.
    Sensor,
}

impl Family {
    /// All that may be chosen.
    pub const ALL: [Family; 6] =
        [Family::Process, Family::File, Family::Network, Family::Identity, Family::Kernel, Family::IoUring];

    /// Its name in settings and listings.
    pub fn name(self) -> &'static str {
        match self {
            Family::Process => "process",
            Family::File => "file",
            Family::Network => "network",
            Family::Identity => "identity",
            Family::Kernel => "kernel",
            Family::IoUring => "io_uring",
            Family::Sensor => "sensor",
        }
    }
}

/// Falco's categories (`evt.category`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are Falco's")]
pub enum Category {
    File,
    Net,
    Ipc,
    Memory,
    Process,
    System,
    Signal,
    User,
    Other,
    IoRead,
    IoWrite,
    IoOther,
    Internal,
}

impl Category {
    /// As `evt.category` has it.
    pub fn name(self) -> &'static str {
        match self {
            Category::File => "file",
            Category::Net => "net",
            Category::Ipc => "ipc",
            Category::Memory => "memory",
            Category::Process => "process",
            Category::System => "system",
            Category::Signal => "signal",
            Category::User => "user",
            Category::Other => "other",
            Category::IoRead => "IO_READ",
            Category::IoWrite => "IO_WRITE",
            Category::IoOther => "IO_OTHER",
            Category::Internal => "internal",
        }
    }
}

/// Where a parameter's value comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// What the call gave.
    Result,
    /// The argument with this index.
    Arg(u8),
    /// Part of what the call opened.
    Opened(Part),
    /// Part of the new program, or of the new task.
    Task(Part),
    /// Part of the credentials afterwards.
    Cred(Part),
    /// Both ends of the socket in argument 0, or of the one that the call gave.
    Tuple,
}

/// Part of a larger argument.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is named after what it is")]
pub enum Part {
    Args,
    CapEffective,
    CapInheritable,
    CapPermitted,
    Cgroups,
    Comm,
    Ctime,
    Cwd,
    Dev,
    Env,
    Exe,
    ExePath,
    ExeFlags,
    FdLimit,
    Filename,
    Flags,
    Gid,
    Ino,
    LoginUid,
    MajorFaults,
    MinorFaults,
    Mtime,
    ParentTid,
    Path,
    Pgid,
    Pid,
    PidNsStart,
    Tid,
    Tty,
    Uid,
    Vpgid,
    Vpid,
    VmRss,
    VmSize,
    VmSwap,
    Vtid,
}

/// How a parameter's value is written for people and compared by rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is named after what it shows")]
pub enum Show {
    Address,
    AtFlags,
    BpfCommand,
    Bytes,
    Capabilities,
    ChmodMode,
    CloneFlags,
    Decimal,
    DirFd,
    Domain,
    ExeFlags,
    Errno,
    Fd,
    Gid,
    Hex,
    KeyctlOperation,
    MemfdFlags,
    ModuleFlags,
    MountFlags,
    Octal,
    OpenFlags,
    /// A path relative to the directory in this argument; 255 for the working directory.
    Path(u8),
    Pid,
    PrctlOption,
    PtraceRequest,
    RenameFlags,
    ResolveFlags,
    Shutdown,
    Signal,
    Signed,
    Strings,
    Text,
    Tuple,
    Uid,
    UmountFlags,
    UnlinkFlags,
    UringOperation,
    UringSetup,
}

/// A parameter of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Param {
    /// Its name in `evt.arg.NAME`.
    pub name: &'static str,
    /// Where its value comes from.
    pub source: Source,
    /// How it is shown.
    pub show: Show,
}

/// A parameter in one line.
pub(crate) const fn p(name: &'static str, source: Source, show: Show) -> Param {
    Param { name, source, show }
}

/// One event.
#[derive(Debug, Clone, Copy)]
pub struct EventKind {
    /// `evt.type`.
    pub name: &'static str,
    /// Family.
    pub family: Family,
    /// Falco's category.
    pub category: Category,
    /// What makes it.
    pub hook: Hook,
    /// Its parameters in Falco's order.
    pub params: &'static [Param],
    /// Whether it is recorded unless events are chosen. What is left out is frequent and says little by itself.
    pub by_default: bool,
}

/// Number of an event in [`events`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EventId(pub u16);

impl EventId {
    /// The event.
    pub fn kind(self) -> Option<&'static EventKind> {
        events().get(usize::from(self.0)).copied()
    }

    /// The event with this name.
    pub fn named(name: &str) -> Option<EventId> {
        NUMBERS.get(name).copied()
    }
}

static EVENTS: LazyLock<Vec<&'static EventKind>> = LazyLock::new(|| {
    [
        process::EVENTS,
        file::EVENTS,
        network::EVENTS,
        identity::EVENTS,
        kernel::EVENTS,
        io_uring::EVENTS,
        user::EVENTS,
    ]
    .iter()
    .flat_map(|list| list.iter())
    .collect()
});

static NUMBERS: LazyLock<HashMap<&'static str, EventId>> = LazyLock::new(|| {
    let numbered = EVENTS.iter().enumerate();
    numbered.filter_map(|(at, kind)| Some((kind.name, EventId(u16::try_from(at).ok()?)))).collect()
});

/// All events; an event's number is its place. Numbers are not stable: recordings carry the names.
pub fn events() -> &'static [&'static EventKind] {
    &EVENTS
}

/// Events that user space makes.
pub mod own {
    /// A process that was there before.
    pub const SEED: &str = "seed";
    /// What is known of a container.
    pub const CONTAINER: &str = "container";
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn names_and_numbers_are_there_once() {
        let (mut names, mut numbers, mut compat) = (HashSet::new(), HashSet::new(), HashSet::new());
        for kind in events() {
            assert!(names.insert(kind.name), "{}", kind.name);
            if let Hook::Call(call) = kind.hook {
                assert!(call.number.is_none_or(|number| numbers.insert(number)), "{}", kind.name);
                assert!(call.compat.iter().all(|number| compat.insert(*number)), "{}", kind.name);
            }
            let mut params = HashSet::new();
            assert!(kind.params.iter().all(|param| params.insert(param.name)), "{}", kind.name);
        }
    }

    #[test]
    fn a_parameter_has_a_register_that_is_sent() {
        for kind in events() {
            let Hook::Call(call) = kind.hook else { continue };
            for param in kind.params {
                let Source::Arg(index) = param.source else { continue };
                let sent = call.sends(index);
                assert!(sent, "{}: {} is never sent", kind.name, param.name);
            }
        }
    }
}
