//! Each family of events performed for real, and seen with the right arguments.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "a test that fails to prepare fails"
)]

mod support;

use std::process::Command;
use support::{Watch, of, one, options, python, run, watched};

#[test]
fn files() {
    let Some(_one) = watched() else { return };
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().to_str().unwrap().to_owned();
    let watch = Watch::start(options("file"));
    let pid = python(&format!(
        r#"
import os, ctypes
os.chdir({root:?})
fd = os.open("a", os.O_CREAT | os.O_WRONLY, 0o640)
os.fchmod(fd, 0o4755); os.fchown(fd, 7, 8); os.ftruncate(fd, 5); os.close(fd)
os.symlink("a", "s"); f = os.open("s", os.O_RDONLY); os.close(f)
os.link("a", "b"); os.rename("b", {root:?} + "/c"); os.chmod("c", 0o2600); os.chown("c", 1, -1)
os.mkdir("d", 0o700); d = os.open("d", os.O_DIRECTORY)
os.unlink("c"); os.rmdir("d")
try: os.open("nothing", os.O_RDONLY)
except OSError: pass
n = b"\x01\xff\n\x1b[31m"
os.close(os.open(n, os.O_CREAT | os.O_WRONLY)); os.unlink(n)
r, w = os.pipe(); os.dup2(w, 77)
"#
    ));
    let (all, counters) = watch.end();
    assert_eq!(counters.lost.total(), 0);
    let at = |name: &str| format!("{root}/{name}");
    let created = one(&all, pid, "openat", |saw| saw.arg("name") == "a");
    assert_eq!(created.arg("fd"), format!("<f>{}", at("a")));
    assert!(created.arg("flags").contains("O_CREAT") && created.arg("flags").contains("O_WRONLY"));
    assert_eq!(created.arg("mode"), "0640");
    assert_eq!(created.cwd, root);
    // The name is what was asked for, the descriptor what was opened.
    let linked = one(&all, pid, "openat", |saw| saw.arg("name") == "s");
    assert_eq!(linked.fd.as_deref(), Some(at("a").as_str()));
    let failed = one(&all, pid, "openat", |saw| saw.arg("name") == "nothing");
    assert_eq!((failed.ret, failed.arg("fd")), (-2, "ENOENT"));
    assert!(one(&all, pid, "fchmod", |_| true).arg("mode").contains("S_ISUID"));
    let owned = one(&all, pid, "fchown", |_| true);
    assert_eq!(
        (owned.arg("fd"), owned.arg("uid"), owned.arg("gid")),
        (&*format!("<f>{}", at("a")), "7", "8")
    );
    assert_eq!(one(&all, pid, "ftruncate", |_| true).arg("length"), "5");
    let symlink = one(&all, pid, "symlink", |_| true);
    assert_eq!((symlink.arg("target"), symlink.arg("linkpath")), ("a", "s"));
    let link = one(&all, pid, "link", |_| true);
    assert_eq!((link.arg("oldpath"), link.arg("newpath")), ("a", "b"));
    assert_eq!(one(&all, pid, "rename", |_| true).arg("newpath"), at("c"));
    assert!(one(&all, pid, "chmod", |saw| saw.arg("filename") == "c").arg("mode").contains("S_ISGID"));
    assert_eq!(one(&all, pid, "chown", |_| true).arg("gid"), "-1");
    assert_eq!(one(&all, pid, "mkdir", |saw| saw.arg("path") == "d").arg("mode"), "0700");
    assert_eq!(one(&all, pid, "unlink", |saw| saw.arg("path") == "c").ret, 0);
    assert_eq!(one(&all, pid, "rmdir", |_| true).arg("path"), "d");
    one(&all, pid, "unlink", |saw| saw.arg("path").as_bytes().starts_with(b"\x01"));
    assert!(one(&all, pid, "dup2", |saw| saw.ret == 77).arg("res").starts_with("<p>pipe:["));
    assert_eq!(one(&all, pid, "pipe2", |_| true).ret, 0);
}

#[test]
fn mounts_and_roots() {
    let Some(_one) = watched() else { return };
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().to_str().unwrap().to_owned();
    let watch = Watch::start(options("file,identity"));
    let pid = python(&format!(
        r#"
import os, ctypes
c = ctypes.CDLL(None, use_errno=True)
assert c.unshare(0x20000) == 0
assert c.mount(b"none", {root:?}.encode(), b"tmpfs", 2, None) == 0
os.mkdir({root:?} + "/in"); os.close(os.open({root:?} + "/in/f", os.O_CREAT | os.O_WRONLY))
assert c.umount2({root:?}.encode(), 2) == 0
os.chroot({root:?}); os.chdir("/")
os.close(os.open("/g", os.O_CREAT | os.O_WRONLY))
"#
    ));
    let (all, _) = watch.end();
    assert_eq!(one(&all, pid, "unshare", |_| true).arg("flags"), "CLONE_NEWNS");
    let mount = one(&all, pid, "mount", |_| true);
    assert_eq!((mount.arg("dir"), mount.arg("type"), mount.arg("flags")), (&*root, "tmpfs", "NOSUID"));
    // A path that crosses a mount, and one below a root of its own.
    one(&all, pid, "openat", |saw| saw.fd.as_deref() == Some(&format!("{root}/in/f")));
    assert_eq!(one(&all, pid, "umount2", |_| true).arg("flags"), "DETACH");
    assert_eq!(one(&all, pid, "chroot", |_| true).arg("path"), root);
    one(&all, pid, "openat", |saw| saw.fd.as_deref() == Some("/g"));
}

#[test]
fn processes() {
    let Some(_one) = watched() else { return };
    let watch = Watch::start(batten_sensor::live::Options { environment: true, ..options("process,kernel") });
    let long = "x".repeat(100_000);
    let pid = run(Command::new("/bin/sh")
        .args(["-c", "exec /bin/true one 'two three' \"$0\"", &long])
        .env("BATTEN_TEST", "here")
        .current_dir("/usr/lib"));
    let missing = python("import os\ntry: os.execv('/nothing/here', ['a', 'b'])\nexcept OSError: pass");
    let memfd = python(
        "import os\nfd = os.memfd_create('hidden')\nos.write(fd, open('/bin/true','rb').read())\nos.execve(fd, ['quiet'], {})",
    );
    let signal = python(
        "import os, signal\nsignal.signal(10, lambda *a: None)\nos.kill(os.getpid(), 10)\nos.setsid() if os.getpid() != os.getpgrp() else 0\nos._exit(3) if os.fork() == 0 else os.wait()",
    );
    let (all, counters) = watch.end();
    assert_eq!(counters.lost.total(), 0);
    let exec = one(&all, pid, "execve", |saw| saw.arg("trusted_exepath").ends_with("/true"));
    assert!(exec.arg("args").starts_with("one two three xxxx"), "{}", exec.line);
    assert!(exec.flags.contains(&"truncated") && !exec.flags.contains(&"shared"), "{:?}", exec.flags);
    assert_eq!((exec.arg("cwd"), exec.comm.as_str(), exec.arg("exe")), ("/usr/lib", "true", "/bin/true"));
    assert!(exec.arg("env").contains("BATTEN_TEST=here"), "{}", exec.arg("env"));
    assert_eq!(exec.arg("pid"), pid.to_string());
    assert!(exec.arg("vm_rss").parse::<u64>().unwrap() < 1 << 20, "{}", exec.arg("vm_rss"));
    assert!(exec.arg("exe_ino_ctime").parse::<i64>().unwrap() > 1_500_000_000_000_000_000);
    assert_eq!(one(&all, pid, "procexit", |_| true).ret, 0);
    let failed = one(&all, missing, "execve", |saw| saw.ret < 0);
    assert_eq!((failed.arg("res"), failed.arg("exe"), failed.arg("args")), ("ENOENT", "/nothing/here", "b"));
    assert_eq!(one(&all, memfd, "memfd_create", |_| true).arg("name"), "hidden");
    let hidden = one(&all, memfd, "execveat", |saw| saw.arg("exe") == "quiet");
    assert!(hidden.arg("flags").contains("EXE_FROM_MEMFD"), "{}", hidden.line);
    assert_eq!(one(&all, signal, "kill", |_| true).arg("sig"), "SIGUSR1");
    let child = one(&all, signal, "clone", |_| true).ret;
    let child = u32::try_from(child).unwrap();
    assert_eq!(one(&all, child, "procexit", |_| true).ret, 3 << 8);
}

#[test]
fn networks() {
    let Some(_one) = watched() else { return };
    let watch = Watch::start(options("network,+write"));
    let pid = python(
        r#"
import socket, os
s = socket.socket(); s.bind(("127.0.0.1", 0)); s.listen(7); port = s.getsockname()[1]
c = socket.socket(); c.connect(("127.0.0.1", port)); a, _ = s.accept()
for _ in range(50): c.send(b"again"); a.recv(10)
u = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
q = b"\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x07example\x03com\x00\x00\x01\x00\x01"
for _ in range(3): u.sendto(q, ("127.0.0.1", 53))
v = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); v.connect(("127.0.0.1", 53))
try: os.write(v.fileno(), q)
except OSError: pass
x = socket.socket(socket.AF_UNIX); x.bind("\0batten"); x.listen(1)
y = socket.socket(socket.AF_UNIX); y.connect("\0batten")
six = socket.socket(socket.AF_INET6); six.bind(("::1", 0))
r = socket.socket()
try: r.connect(("127.0.0.1", 1))
except OSError: pass
"#,
    );
    let (all, _) = watch.end();
    let listen = one(&all, pid, "listen", |saw| saw.arg("backlog") == "7");
    let end = listen.fd.clone().unwrap();
    assert!(end.starts_with("127.0.0.1:"), "{end}");
    assert_eq!(one(&all, pid, "socket", |_| true).arg("domain"), "AF_INET");
    let connect = one(&all, pid, "connect", |saw| saw.arg("addr") == end);
    assert!(connect.arg("tuple").ends_with(&format!("->{end}")), "{}", connect.line);
    let accept = one(&all, pid, "accept4", |saw| saw.ret >= 0);
    assert_eq!(accept.arg("tuple"), connect.arg("tuple"), "both ends name the connection alike");
    // Fifty times the same flow is one send and one receive.
    assert_eq!(of(&all, pid, "sendto").iter().filter(|s| s.arg("tuple") == connect.arg("tuple")).count(), 1);
    assert_eq!(
        of(&all, pid, "recvfrom").iter().filter(|s| s.arg("tuple") == connect.arg("tuple")).count(),
        1
    );
    let questions: Vec<_> =
        of(&all, pid, "sendto").into_iter().filter(|saw| saw.arg("tuple").ends_with(":53")).collect();
    assert_eq!(questions.len(), 3, "every question to a name server comes");
    assert!(questions[0].arg("data").contains("example"));
    assert!(one(&all, pid, "write", |saw| saw.arg("data").contains("example")).arg("fd").contains(":53"));
    assert!(one(&all, pid, "connect", |saw| saw.line.contains("@batten")).ret == 0);
    assert!(one(&all, pid, "bind", |saw| saw.arg("addr").starts_with("::1")).ret == 0);
    assert_eq!(one(&all, pid, "connect", |saw| saw.ret == -111).arg("addr"), "127.0.0.1:1");
}

#[test]
fn identities() {
    let Some(_one) = watched() else { return };
    let watch = Watch::start(options("identity,process"));
    let pid = python(
        r#"
import os, ctypes, struct
c = ctypes.CDLL(None)
c.prctl(15, b"renamed", 0, 0, 0)
fd = os.open("/proc/self/ns/uts", os.O_RDONLY); c.setns(fd, 0)
os.setgroups([]); os.setresgid(1, 2, 3); os.setreuid(4, 0)
head = struct.pack("Ii", 0x20080522, 0)
c.syscall(126, head, struct.pack("6I", 1 << 5, 1 << 5 | 2, 0, 0, 0, 0))
try: os.setuid(1000)
except PermissionError: pass
"#,
    );
    let (all, _) = watch.end();
    assert_eq!(one(&all, pid, "prctl", |saw| saw.arg("option") == "PR_SET_NAME").comm, "renamed");
    let setns = one(&all, pid, "setns", |_| true);
    assert!(setns.arg("fd").contains("ns:["), "{}", setns.line);
    let groups = one(&all, pid, "setresgid", |_| true);
    assert_eq!((groups.arg("rgid"), groups.arg("egid"), groups.arg("sgid")), ("1", "2", "3"));
    let cred = groups.cred.unwrap();
    assert_eq!((cred.gid, cred.egid, cred.sgid), (1, 2, 3));
    let capset = one(&all, pid, "capset", |_| true);
    assert_eq!((capset.ret, capset.arg("cap_effective")), (0, "CAP_KILL"));
    assert_eq!(capset.arg("cap_permitted"), "CAP_DAC_OVERRIDE CAP_KILL");
    let user = one(&all, pid, "setuid", |_| true);
    assert_eq!((user.arg("uid"), user.arg("res")), ("1000", "EPERM"));
}

#[test]
fn the_kernel_itself() {
    let Some(_one) = watched() else { return };
    let watch = Watch::start(options("kernel,io_uring,identity,+capable"));
    let pid = python(
        r#"
import ctypes, os, signal
c = ctypes.CDLL(None)
c.syscall.restype = ctypes.c_long
c.syscall(321, 5, 0, 0)                    # bpf(BPF_PROG_LOAD)
c.syscall(313, os.open("/etc/hosts", 0), b"x=1", 2)   # finit_module
c.syscall(175, 0, 10, b"y=2")              # init_module
c.syscall(176, b"nosuchmodule", 0o4000)    # delete_module
child = os.fork()
if child == 0: signal.pause()
c.ptrace(16, child, 0, 0); os.waitpid(child, 0); c.ptrace(17, child, 0, 0)
c.syscall(310, child, 0, 0, 0, 0, 0)       # process_vm_readv
os.kill(child, 9); os.wait()
c.syscall(323, 1)                          # userfaultfd
c.syscall(250, 0, -3, 0)                   # keyctl(GET_KEYRING_ID)
c.syscall(298, b"\x01\x00\x00\x00" + b"\x70\x00\x00\x00" + b"\0" * 120, 0, -1, -1, 0)
c.syscall(425, 8, ctypes.create_string_buffer(120))  # io_uring_setup
c.syscall(434, os.getpid(), 0)             # pidfd_open
"#,
    );
    let (all, _) = watch.end();
    assert_eq!(one(&all, pid, "bpf", |_| true).arg("cmd"), "BPF_PROG_LOAD");
    let module = one(&all, pid, "finit_module", |_| true);
    assert_eq!((module.arg("fd"), module.arg("uargs")), ("<f>/etc/hosts", "x=1"));
    assert_eq!(module.arg("flags"), "MODULE_INIT_IGNORE_VERMAGIC");
    assert_eq!(one(&all, pid, "init_module", |_| true).arg("uargs"), "y=2");
    assert_eq!(one(&all, pid, "delete_module", |_| true).arg("name"), "nosuchmodule");
    let traced = one(&all, pid, "ptrace", |saw| saw.arg("request") == "PTRACE_ATTACH");
    assert!(traced.arg("pid").parse::<u32>().unwrap() > pid);
    assert_eq!(one(&all, pid, "process_vm_readv", |_| true).arg("pid"), traced.arg("pid"));
    one(&all, pid, "userfaultfd", |_| true);
    assert_eq!(one(&all, pid, "keyctl", |_| true).arg("operation"), "KEYCTL_GET_KEYRING_ID");
    assert_eq!(one(&all, pid, "perf_event_open", |_| true).arg("type"), "1");
    assert!(one(&all, pid, "io_uring_setup", |saw| saw.ret >= 0).fd.as_deref().unwrap().contains("io_uring"));
    assert_eq!(one(&all, pid, "pidfd_open", |_| true).arg("pid"), pid.to_string());
    // A check of a capability comes once for a process.
    let checks = of(&all, pid, "capable");
    let distinct: std::collections::HashSet<_> =
        checks.iter().map(|saw| (saw.arg("capability"), saw.ret)).collect();
    assert!(!checks.is_empty() && distinct.len() == checks.len(), "{checks:?}");
}

#[test]
fn io_uring_opens_are_opens() {
    let Some(_one) = watched() else { return };
    let watch = Watch::start(options("file,network"));
    let pid = python(include_str!("support/ring.py"));
    let (all, _) = watch.end();
    let open = one(&all, pid, "openat", |saw| saw.flags.contains(&"io_uring") && saw.ret >= 0);
    assert_eq!((open.arg("name"), open.fd.as_deref()), ("/etc/hostname", Some("/etc/hostname")));
    assert!(open.arg("flags").starts_with("O_RDONLY"), "{}", open.line);
    let failed = one(&all, pid, "openat", |saw| saw.flags.contains(&"io_uring") && saw.ret < 0);
    assert_eq!((failed.arg("name"), failed.arg("fd")), ("/nothing/at/all", "ENOENT"));
}

#[test]
fn memory_that_cannot_be_read_is_said_to_be() {
    let Some(_one) = watched() else { return };
    let watch = Watch::start(options("file"));
    let pid = python(
        r#"
import ctypes
c = ctypes.CDLL(None)
c.syscall(257, -100, 8, 0, 0)          # openat(…, (char *)8)
c.syscall(257, -100, 0, 0, 0)          # openat(…, NULL)
c.syscall(257, -100, b"/tmp/" + b"n" * 5000, 0, 0)
"#,
    );
    let (all, _) = watch.end();
    one(&all, pid, "openat", |saw| saw.ret == -14 && saw.flags.contains(&"unreadable"));
    one(&all, pid, "openat", |saw| {
        saw.ret == -14 && saw.arg("name").is_empty() && !saw.flags.contains(&"unreadable")
    });
    let long = one(&all, pid, "openat", |saw| saw.ret == -36);
    assert!(long.flags.contains(&"truncated") && long.arg("name").len() == 4095, "{:?}", long.flags);
}
