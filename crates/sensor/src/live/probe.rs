//! What this kernel offers: every answer comes from a trial, not from a version number.

use super::trial;
use batten_model::Text;
use std::collections::BTreeMap;
use std::path::Path;

/// Something that a kernel may offer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Capability {
    /// BTF of the running kernel.
    Btf,
    /// Rights to load and attach programs.
    Privilege,
    /// `BPF_MAP_TYPE_RINGBUF`
    RingBuffer,
    /// `tp_btf/sys_exit`: system calls.
    Calls,
    /// `tp_btf/sched_process_exec`
    Exec,
    /// `tp_btf/sched_process_fork`
    Fork,
    /// `tp_btf/sched_process_exit`
    Exit,
    /// `tp_btf/cap_capable`
    CapabilityChecks,
    /// `tp_btf/io_uring_submit_req`
    UringSubmit,
    /// `tp_btf/io_uring_complete`
    UringComplete,
    /// `bpf_get_current_task_btf`
    CurrentTaskBtf,
    /// `bpf_loop`
    Loop,
    /// `bpf_send_signal`
    SendSignal,
    /// BPF programs as Linux security module.
    Lsm,
    /// Programs at the entry of kernel functions.
    Fentry,
    /// Probes by breakpoint.
    Kprobe,
    /// Programs for connections of a cgroup.
    CgroupConnect,
    /// The limit of locked memory can be raised.
    MemoryLimit,
    /// The unified hierarchy of cgroups.
    CgroupV2,
    /// The hierarchies of version 1.
    CgroupV1,
    /// 32-bit programs.
    Compat,
}

/// Whether it is offered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Answer {
    /// Tried, and it works.
    Yes,
    /// Not in this kernel.
    Absent,
    /// There, and refused.
    Refused,
    /// Not tried, because something that it needs is missing.
    Untried,
}

/// A hook: what it needs, the program, the tracepoint.
pub(super) type HookOf = (Capability, &'static str, &'static str);
pub(super) const CALLS: HookOf = (Capability::Calls, "call_end", "sys_exit");
pub(super) const EXEC: HookOf = (Capability::Exec, "process_exec", "sched_process_exec");
pub(super) const FORK: HookOf = (Capability::Fork, "process_fork", "sched_process_fork");
pub(super) const EXIT: HookOf = (Capability::Exit, "process_exit", "sched_process_exit");
pub(super) const CAPABLE: HookOf = (Capability::CapabilityChecks, "capable", "cap_capable");
pub(super) const URING_SUBMIT: HookOf = (Capability::UringSubmit, "uring_submit", "io_uring_submit_req");
pub(super) const URING_COMPLETE: HookOf = (Capability::UringComplete, "uring_complete", "io_uring_complete");
pub(super) const HOOKS: [HookOf; 7] = [CALLS, EXEC, FORK, EXIT, CAPABLE, URING_SUBMIT, URING_COMPLETE];

/// What was found out about this kernel.
#[derive(Debug, Clone)]
pub struct Diagnosis {
    /// Its release, as `uname -r` says.
    pub release: String,
    /// Its architecture.
    pub architecture: &'static str,
    answers: BTreeMap<Capability, (Answer, String)>,
}

impl Capability {
    /// All, in the order in which they are shown.
    pub const ALL: [Capability; 21] = [
        Capability::Btf,
        Capability::Privilege,
        Capability::RingBuffer,
        Capability::Calls,
        Capability::Exec,
        Capability::Fork,
        Capability::Exit,
        Capability::CapabilityChecks,
        Capability::UringSubmit,
        Capability::UringComplete,
        Capability::CurrentTaskBtf,
        Capability::Loop,
        Capability::SendSignal,
        Capability::Lsm,
        Capability::Fentry,
        Capability::Kprobe,
        Capability::CgroupConnect,
        Capability::MemoryLimit,
        Capability::CgroupV2,
        Capability::CgroupV1,
        Capability::Compat,
    ];

    /// Whether the sensor cannot work at all without it.
    pub fn is_needed(self) -> bool {
        use Capability as C;
        matches!(self, C::Btf | C::Privilege | C::RingBuffer | C::Calls | C::Exec | C::Fork | C::Exit)
    }
}

impl Diagnosis {
    /// The answer for one capability.
    pub fn answer(&self, capability: Capability) -> Answer {
        self.answers.get(&capability).map_or(Answer::Untried, |(answer, _)| *answer)
    }

    /// The kernel's own words, where it refused; empty otherwise.
    pub fn detail(&self, capability: Capability) -> &str {
        self.answers.get(&capability).map_or("", |(_, detail)| detail)
    }

    /// Whether the sensor can watch this kernel.
    pub fn can_watch(&self) -> bool {
        self.refusal().is_none()
    }

    /// Why the sensor cannot watch this kernel, and what to do.
    pub fn refusal(&self) -> Option<Text> {
        let missing =
            Capability::ALL.into_iter().find(|c| c.is_needed() && self.answer(*c) != Answer::Yes)?;
        let release = &self.release;
        Some(match missing {
            Capability::Privilege => Text::new(
                "loading eBPF programs needs root, or CAP_BPF, CAP_PERFMON and CAP_SYS_PTRACE: run it as root",
                "加载 eBPF 程序需要 root，或 CAP_BPF、CAP_PERFMON 与 CAP_SYS_PTRACE 权能：请以 root 运行",
            ),
            Capability::Btf => Text::new(
                format!(
                    "kernel {release} has no type information (/sys/kernel/btf/vmlinux): the sensor needs \
                     a kernel of 5.8 or newer with CONFIG_DEBUG_INFO_BTF"
                ),
                format!(
                    "内核 {release} 没有类型信息（/sys/kernel/btf/vmlinux）：传感器需要 5.8 或更新且启用 \
                     CONFIG_DEBUG_INFO_BTF 的内核"
                ),
            ),
            Capability::RingBuffer => Text::new(
                format!("kernel {release} has no BPF ring buffer: the sensor needs 5.8 or newer"),
                format!("内核 {release} 没有 BPF 环形缓冲区：传感器需要 5.8 或更新的内核"),
            ),
            other => {
                let hook = HOOKS.iter().find(|(capability, _, _)| *capability == other).map_or("", |h| h.2);
                let detail = self.detail(other);
                Text::new(
                    format!("kernel {release} refuses a program at {hook}: {detail}"),
                    format!("内核 {release} 拒绝在 {hook} 处加载程序：{detail}"),
                )
            }
        })
    }
}

/// Tries everything. Programs that are attached for it are taken away again.
pub fn diagnose() -> Diagnosis {
    let release = std::fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default().trim().to_owned();
    let mut diagnosis = Diagnosis { release, architecture: std::env::consts::ARCH, answers: BTreeMap::new() };
    let mut say = |capability, (answer, detail): (Answer, String)| {
        diagnosis.answers.insert(capability, (answer, detail));
    };
    say(Capability::Btf, present("/sys/kernel/btf/vmlinux"));
    let privileged = privilege();
    let may = privileged.0 == Answer::Yes;
    say(Capability::Privilege, privileged);
    let (v2, v1) = cgroups();
    say(Capability::CgroupV2, v2);
    say(Capability::CgroupV1, v1);
    say(Capability::Compat, present("/proc/sys/abi/vsyscall32"));
    say(Capability::MemoryLimit, memory_limit());
    if may && Path::new("/sys/kernel/btf/vmlinux").exists() {
        for (capability, answer) in trial::trials() {
            say(capability, answer);
        }
    }
    diagnosis
}

fn present(path: &str) -> (Answer, String) {
    if Path::new(path).exists() { (Answer::Yes, String::new()) } else { (Answer::Absent, path.to_owned()) }
}

/// CAP_SYS_PTRACE, CAP_SYS_ADMIN, CAP_PERFMON, CAP_BPF.
const CAPABILITIES: [(u32, &str); 4] = [(19, "SYS_PTRACE"), (21, "SYS_ADMIN"), (38, "PERFMON"), (39, "BPF")];

fn privilege() -> (Answer, String) {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("CapEff:")).unwrap_or_default();
    let effective = u64::from_str_radix(line.trim(), 16).unwrap_or(0);
    let has = |name: &str| CAPABILITIES.iter().any(|(bit, n)| *n == name && effective >> bit & 1 == 1);
    if has("SYS_ADMIN") || (has("BPF") && has("PERFMON") && has("SYS_PTRACE")) {
        return (Answer::Yes, String::new());
    }
    let missing: Vec<&str> =
        CAPABILITIES.iter().map(|(_, name)| *name).filter(|n| *n != "SYS_ADMIN" && !has(n)).collect();
    (Answer::Refused, format!("CAP_{}", missing.join(", CAP_")))
}

fn cgroups() -> ((Answer, String), (Answer, String)) {
    let mounts = std::fs::read_to_string("/proc/self/mounts").unwrap_or_default();
    let of = |kind: &str| {
        let mut fields = mounts.lines().map(|line| line.split(' ').collect::<Vec<_>>());
        let found = fields.find(|fields| fields.get(2) == Some(&kind));
        match found.and_then(|fields| fields.get(1).map(|place| (*place).to_owned())) {
            Some(place) => (Answer::Yes, place),
            None => (Answer::Absent, String::new()),
        }
    };
    (of("cgroup2"), of("cgroup"))
}

/// Kernels before 5.11 count maps against this limit. One that cannot be raised is no error by itself.
pub(super) fn raise_memory_limit() -> bool {
    use rustix::process::{Resource, Rlimit, setrlimit};
    setrlimit(Resource::Memlock, Rlimit { current: None, maximum: None }).is_ok()
}

fn memory_limit() -> (Answer, String) {
    use rustix::process::{Resource, getrlimit, setrlimit};
    let before = getrlimit(Resource::Memlock);
    if raise_memory_limit() {
        return (Answer::Yes, String::new());
    }
    // Nothing was changed; written back so that this is plain.
    let kept = setrlimit(Resource::Memlock, before).is_ok();
    let limit = before.current.map_or_else(String::new, |bytes| format!("{} KiB", bytes >> 10));
    (if kept { Answer::Refused } else { Answer::Absent }, limit)
}
