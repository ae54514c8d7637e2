//! What is known of a field: its type, its argument, whether it has several values, and whether Batten fills it.

use crate::catalogue::Source;
use batten_model::Text;

/// The type of a field's values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Type {
    /// Text; bytes that need not be UTF-8.
    Text,
    /// A buffer of bytes.
    Bytes,
    /// A signed number.
    Int,
    /// An unsigned number.
    Uint,
    /// A fraction.
    Double,
    /// True or false.
    Flag,
    /// Nanoseconds between two moments.
    Duration,
    /// Nanoseconds since 1970.
    Time,
    /// An IP address.
    Address,
    /// An IP address that is compared with networks.
    Network,
    /// A port number; conditions may name the service.
    Port,
    /// The type of an event's argument, known only when the event is there.
    Dynamic,
}

impl Type {
    /// The name of the type in listings.
    pub fn name(self) -> &'static str {
        match self {
            Type::Text => "text",
            Type::Bytes => "bytes",
            Type::Int => "int",
            Type::Uint => "uint",
            Type::Double => "double",
            Type::Flag => "bool",
            Type::Duration => "duration",
            Type::Time => "time",
            Type::Address => "address",
            Type::Network => "network",
            Type::Port => "port",
            Type::Dynamic => "dynamic",
        }
    }
}

/// Which values a field has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Values {
    /// At most one.
    One,
    /// A list: only `exists`, `in` (all of them) and `intersects` (one of them) judge it.
    List,
    /// Both ends of a connection: one that fits is enough, but for `!=` none may be equal.
    Either,
    /// Without index one value for each ancestor of the process, of which one that fits is enough.
    Ancestors,
}

/// Which arguments a field takes in brackets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Argument {
    /// It must have one.
    pub required: bool,
    /// A number from 0.
    pub index: bool,
    /// A name; also after a dot.
    pub key: bool,
}

/// Why a field of Falco's reference has no value in Batten.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// Needs the process's memory and scheduling counters at each event.
    Accounting,
    /// Concerns events that other programs inject.
    AsyncEvents,
    /// Falco replaces it by nothing.
    ContainerInfo,
    /// Needs the beginning of each system call, which is not recorded.
    EnterEvents,
    /// Health probes are no longer told apart from other processes.
    HealthProbes,
    /// Of use only when a person looks through a capture.
    Interactive,
    /// Falco itself leaves it empty without its plugin for Kubernetes metadata.
    K8sMeta,
    /// No names are looked up while events are judged.
    NameLookup,
    /// Falco's plugins are not loaded.
    Plugins,
    /// The sets of descriptors of poll and select are not recorded.
    PollSets,
    /// Needs every switch of the scheduler.
    Scheduler,
}

impl Why {
    /// The reason as a half-sentence.
    pub fn text(self) -> Text {
        let (en, zh) = match self {
            Why::Accounting => (
                "memory and descriptor counters are not read at each event",
                "不在每个事件上读取内存与描述符计数",
            ),
            Why::AsyncEvents => ("no program injects events", "没有程序注入事件"),
            Why::ContainerInfo => {
                ("Falco replaces it by nothing; name the fields", "Falco 将其替换为空；请写明字段")
            }
            Why::EnterEvents => {
                ("the beginning of a system call is not recorded", "不记录系统调用的进入时刻")
            }
            Why::HealthProbes => {
                ("deprecated; health probes are not told apart", "已弃用；不区分健康检查进程")
            }
            Why::Interactive => ("of use only when a capture is looked through", "仅在浏览抓包时有用"),
            Why::K8sMeta => ("deprecated; Falco leaves it empty, too", "已弃用；Falco 也不填充"),
            Why::NameLookup => ("no names are looked up while events are judged", "判断事件时不进行域名解析"),
            Why::Plugins => ("there are no plugins", "没有插件"),
            Why::PollSets => ("sets of descriptors of poll are not recorded", "不记录 poll 的描述符集合"),
            Why::Scheduler => ("scheduler events are not recorded", "不记录调度事件"),
        };
        Text::new(en, zh)
    }
}

/// All that is known of a field but its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Description {
    /// Type of each value.
    pub kind: Type,
    /// One value or several.
    pub values: Values,
    /// What may stand in brackets.
    pub argument: Argument,
    /// Which events have it.
    pub source: Source,
    /// Falco warns of its use.
    pub deprecated: bool,
    /// Why it has no value; `None` where it is supported.
    pub unsupported: Option<Why>,
}

impl Description {
    pub(super) const fn required(mut self) -> Description {
        self.argument.required = true;
        self
    }

    pub(super) const fn index(mut self) -> Description {
        self.argument.index = true;
        self
    }

    pub(super) const fn key(mut self) -> Description {
        self.argument.key = true;
        self
    }

    pub(super) const fn list(mut self) -> Description {
        self.values = Values::List;
        self
    }

    pub(super) const fn either(mut self) -> Description {
        self.values = Values::Either;
        self
    }

    pub(super) const fn ancestors(mut self) -> Description {
        self.values = Values::Ancestors;
        self.index()
    }

    pub(super) const fn audit(mut self) -> Description {
        self.source = Source::K8sAudit;
        self
    }

    pub(super) const fn old(mut self) -> Description {
        self.deprecated = true;
        self
    }

    pub(super) const fn not(mut self, why: Why) -> Description {
        self.unsupported = Some(why);
        self
    }
}

const fn of(kind: Type) -> Description {
    Description {
        kind,
        values: Values::One,
        argument: Argument { required: false, index: false, key: false },
        source: Source::Syscall,
        deprecated: false,
        unsupported: None,
    }
}

macro_rules! kinds {
    ($($name:ident $kind:ident),+) => {
        $(pub(super) const fn $name() -> Description {
            of(Type::$kind)
        })+
    };
}

kinds!(text Text, bytes Bytes, int Int, uint Uint, double Double, flag Flag, duration Duration, time Time,
    address Address, network Network, port Port, dynamic Dynamic);
