//! Threads that parse strangers' bytes work in a confinement of the kernel: no new program, no socket, no writing
//! outside of the layer cache and the temporary folder, no way to more privileges.
//!
//! Landlock (file system) and seccomp (system calls) both hold for one thread and its children. A kernel that lacks
//! one of them gives the other; `Confinement` says what holds.

use landlock::{
    ABI, Access as _, AccessFs, CompatLevel, Compatible as _, PathBeneath, PathFd, Ruleset, RulesetAttr as _,
    RulesetCreatedAttr as _, RulesetStatus,
};
use seccompiler::{SeccompAction, SeccompFilter, apply_filter};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// What a thread may still do.
#[derive(Debug, Clone, Default)]
pub(crate) struct Profile {
    /// Folders below which files may be made and written.
    pub(crate) writable: Vec<PathBuf>,
    /// Whether files anywhere may be read: folders and hosts are scanned in place. Archives are open already.
    pub(crate) read_everywhere: bool,
    /// Whether connections may be made: a registry's layers are fetched by the threads that read them.
    pub(crate) connect: bool,
}

/// What holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Confinement {
    /// The file system is restricted.
    pub(crate) files: bool,
    /// System calls are restricted.
    pub(crate) calls: bool,
}

/// Confines the calling thread for good.
pub(crate) fn confine_thread(profile: &Profile) -> Confinement {
    Confinement { files: restrict_files(profile).unwrap_or(false), calls: restrict_calls(profile) }
}

fn restrict_files(profile: &Profile) -> Result<bool, landlock::RulesetError> {
    let abi = ABI::V3;
    let handled = if profile.read_everywhere { AccessFs::from_write(abi) } else { AccessFs::from_all(abi) };
    let mut ruleset =
        Ruleset::default().set_compatibility(CompatLevel::BestEffort).handle_access(handled)?.create()?;
    for folder in &profile.writable {
        // A folder that is not there cannot be written to anyway.
        if let Ok(fd) = PathFd::new(folder) {
            ruleset = ruleset.add_rule(PathBeneath::new(fd, AccessFs::from_all(abi)))?;
        }
    }
    Ok(ruleset.restrict_self()?.ruleset != RulesetStatus::NotEnforced)
}

/// Calls that no parser needs. Refusing them gives EPERM rather than a killed process, so that a library which
/// merely tries one goes on.
const REFUSED: &[i64] = &[
    libc::SYS_accept,
    libc::SYS_accept4,
    libc::SYS_add_key,
    libc::SYS_bind,
    libc::SYS_bpf,
    libc::SYS_chroot,
    libc::SYS_delete_module,
    libc::SYS_execve,
    libc::SYS_execveat,
    libc::SYS_finit_module,
    libc::SYS_init_module,
    libc::SYS_io_uring_enter,
    libc::SYS_io_uring_register,
    libc::SYS_io_uring_setup,
    libc::SYS_kexec_file_load,
    libc::SYS_kexec_load,
    libc::SYS_keyctl,
    libc::SYS_kill,
    libc::SYS_listen,
    libc::SYS_mount,
    libc::SYS_move_mount,
    libc::SYS_open_by_handle_at,
    libc::SYS_open_tree,
    libc::SYS_perf_event_open,
    libc::SYS_pidfd_getfd,
    libc::SYS_pidfd_open,
    libc::SYS_pivot_root,
    libc::SYS_process_vm_readv,
    libc::SYS_process_vm_writev,
    libc::SYS_ptrace,
    libc::SYS_reboot,
    libc::SYS_request_key,
    libc::SYS_setns,
    libc::SYS_setuid,
    libc::SYS_setgid,
    libc::SYS_setresgid,
    libc::SYS_setresuid,
    libc::SYS_swapon,
    libc::SYS_umount2,
    libc::SYS_unshare,
    libc::SYS_userfaultfd,
];

/// What a connection to a registry needs, and nothing else does.
const CONNECTING: &[i64] = &[libc::SYS_connect, libc::SYS_socket, libc::SYS_socketpair];

fn refused(profile: &Profile) -> impl Iterator<Item = i64> {
    let connecting = if profile.connect { &[] } else { CONNECTING };
    REFUSED.iter().chain(connecting).copied()
}

fn restrict_calls(profile: &Profile) -> bool {
    let Ok(architecture) = std::env::consts::ARCH.try_into() else { return false };
    let rules: BTreeMap<i64, Vec<seccompiler::SeccompRule>> =
        refused(profile).map(|call| (call, Vec::new())).collect();
    let refused = SeccompAction::Errno(libc::EPERM as u32);
    let filter = SeccompFilter::new(rules, SeccompAction::Allow, refused, architecture);
    let program = filter.and_then(seccompiler::BpfProgram::try_from);
    program.is_ok_and(|program| apply_filter(&program).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    /// Runs in a thread of its own, because confinement is for good.
    fn confined<T: Send>(profile: &Profile, work: impl FnOnce() -> T + Send) -> (Confinement, T) {
        std::thread::scope(|scope| {
            scope
                .spawn(|| {
                    let holds = confine_thread(profile);
                    (holds, work())
                })
                .join()
                .unwrap()
        })
    }

    #[test]
    fn a_confined_thread_starts_nothing_and_connects_nowhere() {
        let (holds, (socket, program)) = confined(&Profile::default(), || {
            let socket = std::net::TcpListener::bind("127.0.0.1:0").map(|_| ());
            let program = std::process::Command::new("/bin/true").status().map(|_| ());
            (socket, program)
        });
        assert!(holds.calls, "this kernel has no seccomp filters");
        assert_eq!(socket.unwrap_err().kind(), std::io::ErrorKind::PermissionDenied);
        assert!(program.is_err());
        assert!(std::net::TcpListener::bind("127.0.0.1:0").is_ok(), "other threads are free");
    }

    #[test]
    fn a_confined_thread_writes_only_where_it_may() {
        let (allowed, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let profile =
            Profile { writable: vec![allowed.path().to_owned()], read_everywhere: false, connect: false };
        let (holds, (inside, outside, read)) = confined(&profile, || {
            (
                fs::write(allowed.path().join("a"), b"x"),
                fs::write(other.path().join("a"), b"x"),
                fs::read("/etc/passwd"),
            )
        });
        if !holds.files {
            eprintln!("NOT RUN: this kernel has no Landlock");
            return;
        }
        assert!(inside.is_ok());
        assert!(outside.is_err());
        assert!(read.is_err());
    }
}
