//! What must hold when things go wrong: floods, a killed sensor, filters, 32-bit calls.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "a test that fails to prepare fails"
)]

mod support;

use batten_sensor::live::{Engine, Filter, Options, Sensor};
use batten_sensor::state::Bounds;
use std::collections::HashSet;
use std::process::Command;
use support::{Watch, of, one, options, python, until, watched};

#[test]
fn every_event_of_a_flood_is_seen_or_counted_as_lost() {
    let Some(_one) = watched() else { return };
    let small = Options { buffer: 64 << 10, ..options("openat") };
    let mut sensor = Sensor::start(&small).unwrap();
    let pid = python(
        "import os\nfor i in range(5000):\n  try: os.open('/nothing/%d' % i, 0)\n  except OSError: pass",
    );
    let mut seen = 0;
    sensor.drain(|event| {
        seen += u64::from(event.head.pid == pid);
        true
    });
    let counters = sensor.counters();
    assert!(counters.lost.buffer_full > 0, "{counters:?}");
    assert!(seen > 0 && seen < 5000);
    assert!(seen + counters.lost.total() >= 5000, "{seen} seen, {counters:?}");
}

#[test]
fn filters_hold_within_the_kernel() {
    let Some(_one) = watched() else { return };
    let program = "import os\nfor name in ['/etc/hosts', '/etc/hostname', '/usr/bin/env']: os.close(os.open(name, 0))\nos.close(os.open('/tmp/batten-filter', os.O_CREAT | os.O_WRONLY))\nos.unlink('/tmp/batten-filter')";
    let names = |filter: Filter| {
        let watch = Watch::start(Options { filter, ..options("openat") });
        let pid = python(program);
        let (all, _) = watch.end();
        of(&all, pid, "openat").iter().filter_map(|saw| saw.fd.clone()).collect::<Vec<_>>()
    };
    let all = names(Filter::default());
    assert!(all.contains(&"/etc/hosts".to_owned()) && all.contains(&"/usr/bin/env".to_owned()));
    let ignored = names(Filter { ignore_paths: vec!["/usr/".to_owned()], ..Filter::default() });
    assert!(
        ignored.contains(&"/etc/hosts".to_owned()) && !ignored.iter().any(|name| name.starts_with("/usr/"))
    );
    let only = names(Filter { only_paths: vec!["/etc/host".to_owned()], ..Filter::default() });
    assert_eq!(only, ["/etc/hosts", "/etc/hostname"]);
    let writes = names(Filter { open_flags: 0o3, ..Filter::default() });
    assert_eq!(writes, ["/tmp/batten-filter"]);
}

#[test]
fn ports_are_filtered_within_the_kernel() {
    let Some(_one) = watched() else { return };
    let filter = Filter { ports: vec![7], ..Filter::default() };
    let watch = Watch::start(Options { filter, ..options("connect,sendto") });
    let pid = python(
        "import socket\nfor p in [7, 8]:\n  u = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\n  u.sendto(b'x', ('127.0.0.1', p))\n  u.connect(('127.0.0.1', p))",
    );
    let (all, _) = watch.end();
    assert_eq!(of(&all, pid, "sendto").len(), 1);
    assert_eq!(one(&all, pid, "connect", |_| true).arg("addr"), "127.0.0.1:7");
    assert_eq!(of(&all, pid, "connect").len(), 1);
}

/// Numbers of the programs named `call_end` that this machine has loaded.
fn programs() -> Option<HashSet<String>> {
    let output = Command::new("/usr/sbin/bpftool").args(["prog", "list"]).output().ok()?;
    let text = String::from_utf8_lossy(&output.stdout);
    let ours = text.lines().filter(|line| line.contains("name call_end "));
    Some(ours.filter_map(|line| Some(line.split_once(':')?.0.to_owned())).collect())
}

#[test]
fn a_killed_sensor_leaves_nothing_behind() {
    let Some(_one) = watched() else { return };
    let Some(before) = programs() else {
        assert!(std::env::var("CI").as_deref() != Ok("true"), "NOT RUN: bpftool is missing");
        eprintln!("NOT RUN: bpftool is missing; scripts/test-tools.sh installs it");
        return;
    };
    // This test program again, in the role of a sensor that runs until it is killed.
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "--ignored", "a_sensor_that_runs_on"])
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .spawn()
        .unwrap();
    let mut loaded = HashSet::new();
    until(|| {
        loaded = programs().unwrap().difference(&before).cloned().collect();
        !loaded.is_empty()
    });
    child.kill().unwrap();
    child.wait().unwrap();
    until(|| programs().unwrap().is_disjoint(&loaded));
}

#[test]
#[ignore = "a part of another test"]
fn a_sensor_that_runs_on() {
    let _engine = Engine::start(&options("default"), Bounds::default()).unwrap();
    std::thread::sleep(std::time::Duration::from_secs(60));
}

#[test]
fn calls_of_32_bits_are_seen() {
    let Some(_one) = watched() else { return };
    let folder = tempfile::tempdir().unwrap();
    let (source, program) = (folder.path().join("a.s"), folder.path().join("a"));
    // int 0x80 from a 64-bit program: creat (8), socketcall (102) with socket(AF_INET, SOCK_STREAM, 0), exit (1).
    std::fs::write(
        &source,
        ".globl _start\n_start:\nmov $8,%eax\nmov $name,%ebx\nmov $0600,%ecx\nint $0x80\nmov $102,%eax\nmov $1,%ebx\nmov $args,%ecx\nint $0x80\n\
         mov $1,%eax\nxor %ebx,%ebx\nint $0x80\n.data\nname: .asciz \"/dev/null\"\n.align 4\nargs: .long 2,1,0\n",
    )
    .unwrap();
    let built =
        Command::new("cc").args(["-nostdlib", "-static", "-no-pie", "-o"]).args([&program, &source]).status();
    assert!(built.unwrap().success());
    let watch = Watch::start(options("file,network"));
    let pid = support::run(&mut Command::new(&program));
    let (all, _) = watch.end();
    let creat = one(&all, pid, "creat", |_| true);
    assert!(creat.flags.contains(&"compat"), "{}", creat.line);
    assert_eq!(
        (creat.arg("name"), creat.arg("fd"), creat.arg("mode")),
        ("/dev/null", "<f>/dev/null", "0600")
    );
    assert_eq!(one(&all, pid, "socket", |_| true).arg("domain"), "AF_INET");
}
