//! The types of events, by the names that `evt.type` compares.

/// The type of an event of the kernel: one of the names of Falco's reference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EventType(u16);

impl EventType {
    /// How many there are.
    pub const COUNT: usize = SYSCALLS.len() + OTHERS.len();

    /// The type of that name.
    pub fn parse(name: &str) -> Option<EventType> {
        let syscall = SYSCALLS.binary_search(&name).ok();
        let at = syscall.or_else(|| Some(SYSCALLS.len() + OTHERS.binary_search(&name).ok()?))?;
        u16::try_from(at).ok().map(EventType)
    }

    /// All types.
    pub fn all() -> impl Iterator<Item = EventType> {
        (0_u16..).take(EventType::COUNT).map(EventType)
    }

    /// The name in rules.
    pub fn name(self) -> &'static str {
        let at = usize::from(self.0);
        SYSCALLS.get(at).or_else(|| OTHERS.get(at.checked_sub(SYSCALLS.len())?)).copied().unwrap_or("")
    }

    /// Whether it is a system call; the others are events of the kernel or of a recording.
    pub fn is_syscall(self) -> bool {
        usize::from(self.0) < SYSCALLS.len()
    }

    /// Its place among all types, below [`EventType::COUNT`].
    pub fn index(self) -> usize {
        usize::from(self.0)
    }
}

/// Words of a set of event types.
const WORDS: usize = EventType::COUNT.div_ceil(64);

/// A set of event types.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct EventTypes([u64; WORDS]);

impl EventTypes {
    /// No type.
    pub const NONE: EventTypes = EventTypes([0; WORDS]);

    /// Every type.
    pub fn all() -> EventTypes {
        EventType::all().collect()
    }

    /// Whether a type is in it.
    pub fn has(&self, event: EventType) -> bool {
        self.0.get(event.index() / 64).is_some_and(|word| word >> (event.index() % 64) & 1 == 1)
    }

    /// Puts a type in.
    pub fn insert(&mut self, event: EventType) {
        if let Some(word) = self.0.get_mut(event.index() / 64) {
            *word |= 1 << (event.index() % 64);
        }
    }

    /// How many types are in it.
    pub fn len(&self) -> usize {
        self.0.iter().map(|word| word.count_ones() as usize).sum()
    }

    /// Whether no type is in it.
    pub fn is_empty(&self) -> bool {
        *self == EventTypes::NONE
    }

    /// What is in both.
    pub fn and(mut self, other: &EventTypes) -> EventTypes {
        self.0.iter_mut().zip(other.0).for_each(|(word, more)| *word &= more);
        self
    }

    /// What is in one of them.
    pub fn or(mut self, other: &EventTypes) -> EventTypes {
        self.0.iter_mut().zip(other.0).for_each(|(word, more)| *word |= more);
        self
    }

    /// What is not in it.
    pub fn not(&self) -> EventTypes {
        EventType::all().filter(|event| !self.has(*event)).collect()
    }

    /// The types in it, in their order.
    pub fn iter(&self) -> impl Iterator<Item = EventType> {
        EventType::all().filter(|event| self.has(*event))
    }
}

impl FromIterator<EventType> for EventTypes {
    fn from_iter<I: IntoIterator<Item = EventType>>(types: I) -> EventTypes {
        let mut set = EventTypes::NONE;
        types.into_iter().for_each(|event| set.insert(event));
        set
    }
}

/// System calls, sorted.
#[rustfmt::skip]
const SYSCALLS: &[&str] = &[
    "_newselect", "_sysctl", "accept", "accept4", "access", "acct", "add_key", "adjtimex", "alarm",
    "arch_prctl", "bdflush", "bind", "bpf", "brk", "cachestat", "capget", "capset", "chdir", "chmod",
    "chown", "chroot", "clock_adjtime", "clock_getres", "clock_gettime", "clock_nanosleep", "clock_settime",
    "clone", "clone3", "close", "close_range", "connect", "copy_file_range", "creat", "create_module",
    "delete_module", "dup", "dup2", "dup3", "epoll_create", "epoll_create1", "epoll_ctl", "epoll_ctl_old",
    "epoll_pwait", "epoll_pwait2", "epoll_wait", "epoll_wait_old", "eventfd", "eventfd2", "execve",
    "execveat", "exit", "exit_group", "faccessat", "faccessat2", "fadvise64", "fallocate", "fanotify_init",
    "fanotify_mark", "fchdir", "fchmod", "fchmodat", "fchmodat2", "fchown", "fchownat", "fcntl",
    "fdatasync", "fgetxattr", "file_getattr", "file_setattr", "finit_module", "flistxattr", "flock", "fork",
    "fremovexattr", "fsconfig", "fsetxattr", "fsmount", "fsopen", "fspick", "fstat", "fstat64", "fstatat64",
    "fstatfs", "fstatfs64", "fsync", "ftruncate", "futex", "futex_requeue", "futex_wait", "futex_waitv",
    "futex_wake", "futimesat", "get_kernel_syms", "get_mempolicy", "get_robust_list", "get_thread_area",
    "getcpu", "getcwd", "getdents", "getdents64", "getegid", "geteuid", "getgid", "getgroups", "getitimer",
    "getpeername", "getpgid", "getpgrp", "getpid", "getpmsg", "getppid", "getpriority", "getrandom",
    "getresgid", "getresuid", "getrlimit", "getrusage", "getsid", "getsockname", "getsockopt", "gettid",
    "gettimeofday", "getuid", "getxattr", "getxattrat", "idle", "init_module", "inotify_add_watch",
    "inotify_init", "inotify_init1", "inotify_rm_watch", "io_cancel", "io_destroy", "io_getevents",
    "io_pgetevents", "io_setup", "io_submit", "io_uring_enter", "io_uring_register", "io_uring_setup",
    "ioctl", "ioperm", "iopl", "ioprio_get", "ioprio_set", "ipc", "kcmp", "kexec_file_load", "kexec_load",
    "keyctl", "kill", "landlock_add_rule", "landlock_create_ruleset", "landlock_restrict_self", "lchown",
    "lgetxattr", "link", "linkat", "listen", "listmount", "listns", "listxattr", "listxattrat",
    "llistxattr", "llseek", "lookup_dcookie", "lremovexattr", "lseek", "lsetxattr", "lsm_get_self_attr",
    "lsm_list_modules", "lsm_set_self_attr", "lstat", "lstat64", "madvise", "map_shadow_stack", "mbind",
    "membarrier", "memfd_create", "memfd_secret", "migrate_pages", "mincore", "mkdir", "mkdirat", "mknod",
    "mknodat", "mlock", "mlock2", "mlockall", "mmap", "mmap2", "modify_ldt", "mount", "mount_setattr",
    "move_mount", "move_pages", "mprotect", "mq_getsetattr", "mq_notify", "mq_open", "mq_timedreceive",
    "mq_timedsend", "mq_unlink", "mremap", "mseal", "msgctl", "msgget", "msgrcv", "msgsnd", "msync",
    "multiplexer", "munlock", "munlockall", "munmap", "name_to_handle_at", "nanosleep", "newfstatat",
    "nfsservctl", "nice", "oldfstat", "oldlstat", "oldolduname", "oldstat", "olduname", "open",
    "open_by_handle_at", "open_tree", "open_tree_attr", "openat", "openat2", "pause", "pciconfig_iobase",
    "pciconfig_read", "pciconfig_write", "perf_event_open", "personality", "pidfd_getfd", "pidfd_open",
    "pidfd_send_signal", "pipe", "pipe2", "pivot_root", "pkey_alloc", "pkey_free", "pkey_mprotect", "poll",
    "ppoll", "prctl", "pread", "preadv", "preadv2", "prlimit", "process_madvise", "process_mrelease",
    "process_vm_readv", "process_vm_writev", "pselect6", "ptrace", "pwrite", "pwritev", "pwritev2",
    "query_module", "quotactl", "quotactl_fd", "read", "readahead", "readdir", "readlink", "readlinkat",
    "readv", "reboot", "recv", "recvfrom", "recvmmsg", "recvmsg", "remap_file_pages", "removexattr",
    "removexattrat", "rename", "renameat", "renameat2", "request_key", "restart_syscall",
    "riscv_flush_icache", "riscv_hwprobe", "rmdir", "rseq", "rseq_slice_yield", "rt_sigaction",
    "rt_sigpending", "rt_sigprocmask", "rt_sigqueueinfo", "rt_sigreturn", "rt_sigsuspend",
    "rt_sigtimedwait", "rt_tgsigqueueinfo", "rtas", "s390_guarded_storage", "s390_pci_mmio_read",
    "s390_pci_mmio_write", "s390_runtime_instr", "s390_sthyi", "sched_get_priority_max",
    "sched_get_priority_min", "sched_getaffinity", "sched_getattr", "sched_getparam", "sched_getscheduler",
    "sched_rr_get_interval", "sched_setaffinity", "sched_setattr", "sched_setparam", "sched_setscheduler",
    "sched_yield", "seccomp", "select", "semctl", "semget", "semop", "semtimedop", "send", "sendfile",
    "sendmmsg", "sendmsg", "sendto", "set_mempolicy", "set_mempolicy_home_node", "set_robust_list",
    "set_thread_area", "set_tid_address", "setdomainname", "setfsgid", "setfsuid", "setgid", "setgroups",
    "sethostname", "setitimer", "setns", "setpgid", "setpriority", "setregid", "setresgid", "setresuid",
    "setreuid", "setrlimit", "setsid", "setsockopt", "settimeofday", "setuid", "setxattr", "setxattrat",
    "sgetmask", "shmat", "shmctl", "shmdt", "shmget", "shutdown", "sigaction", "sigaltstack", "signal",
    "signalfd", "signalfd4", "sigpending", "sigprocmask", "sigreturn", "sigsuspend", "socket", "socketcall",
    "socketpair", "splice", "spu_create", "spu_run", "ssetmask", "stat", "stat64", "statfs", "statfs64",
    "statmount", "statx", "stime", "subpage_prot", "swapcontext", "swapoff", "swapon", "switch_endian",
    "symlink", "symlinkat", "sync", "sync_file_range", "sync_file_range2", "syncfs", "sys_debug_setcontext",
    "sysfs", "sysinfo", "syslog", "tee", "tgkill", "time", "timer_create", "timer_delete",
    "timer_getoverrun", "timer_gettime", "timer_settime", "timerfd", "timerfd_create", "timerfd_gettime",
    "timerfd_settime", "times", "tkill", "truncate", "umask", "umount", "umount2", "uname", "unlink",
    "unlinkat", "unshare", "uprobe", "uretprobe", "uselib", "userfaultfd", "ustat", "utime", "utimensat",
    "utimes", "vfork", "vhangup", "vm86", "vmsplice", "wait4", "waitid", "waitpid", "write", "writev",
];

/// Other events, sorted.
#[rustfmt::skip]
const OTHERS: &[&str] = &[
    "asyncevent", "container", "cpu_hotplug", "drop", "groupadded", "groupdeleted", "infra", "notification",
    "page_fault", "pluginevent", "procexit", "procinfo", "scapevent", "signaldeliver", "switch",
    "useradded", "userdeleted",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_name_is_found() {
        assert!(SYSCALLS.is_sorted() && OTHERS.is_sorted());
        for event in EventType::all() {
            assert_eq!(EventType::parse(event.name()), Some(event));
        }
        assert_eq!(EventType::parse("no_such_call"), None);
        assert!(EventType::parse("execve").unwrap().is_syscall());
        assert!(!EventType::parse("procexit").unwrap().is_syscall());
    }

    #[test]
    fn sets_have_their_algebra() {
        let open: EventTypes = ["open", "openat"].iter().filter_map(|name| EventType::parse(name)).collect();
        assert_eq!((open.len(), open.not().len()), (2, EventType::COUNT - 2));
        assert_eq!(open.or(&open.not()), EventTypes::all());
        assert!(open.and(&open.not()).is_empty());
        assert_eq!(open.iter().map(EventType::name).collect::<Vec<_>>(), ["open", "openat"]);
    }
}
