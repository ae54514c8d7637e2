//! How many events one core judges in a second.
//!
//! `cargo run --release -p batten-rules --example speed -- [RULE FILES]`: rules made here, 10,000 rules to load, and
//! the named files. Events are those of a busy machine, made here: opened files, programs, connections.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a measurement")]

use batten_rules::catalogue::{Arg, EventType, Field, FieldRef, Source};
use batten_rules::value::{Event, Room, Value};
use batten_rules::{LoadOptions, Loaded, RuleFile, load};
use std::net::{IpAddr, Ipv4Addr};
use std::time::Instant;

/// An event as a sensor would have it: fields of a structure, no map.
struct Sample {
    kind: EventType,
    path: String,
    process: &'static str,
    parent: &'static str,
    command_line: String,
    container: &'static str,
    port: u16,
    write: bool,
    result: i64,
}

impl Event for Sample {
    fn event_type(&self) -> Option<EventType> {
        Some(self.kind)
    }

    fn value<'a>(&'a self, field: &FieldRef, _: &'a mut Room) -> Option<Value<'a>> {
        Some(match field.field {
            Field::FdName | Field::FdNameraw | Field::FsPathName => self.path.as_str().into(),
            Field::FdDirectory => self.path.rsplit_once('/').map_or("", |(folder, _)| folder).into(),
            Field::FdFilename => self.path.rsplit_once('/').map_or("", |(_, name)| name).into(),
            Field::FdTypechar => if self.port > 0 { "4" } else { "f" }.into(),
            Field::FdL4proto => "tcp".into(),
            Field::FdNum => Value::Int(self.result),
            Field::FdSport => Value::Uint(self.port.into()),
            Field::FdSip | Field::FdSnet => Value::Address(IpAddr::V4(Ipv4Addr::new(10, 0, 0, 1))),
            Field::EvtIsOpenWrite => Value::Flag(self.write),
            Field::EvtIsOpenRead => Value::Flag(!self.write),
            Field::EvtRawres => Value::Int(self.result),
            Field::EvtRes => "SUCCESS".into(),
            Field::EvtArg if field.arg == Arg::Key("flags".into()) => "O_RDONLY|O_CLOEXEC".into(),
            Field::ProcName => self.process.into(),
            Field::ProcPname => self.parent.into(),
            Field::ProcAname => match field.arg {
                Arg::Index(0) => self.process.into(),
                Arg::Index(1) => self.parent.into(),
                _ => "systemd".into(),
            },
            Field::ProcCmdline | Field::ProcArgs => self.command_line.as_str().into(),
            Field::ProcPcmdline => "sshd: root@pts/0".into(),
            Field::ProcExe | Field::ProcExepath | Field::ProcPexe => "/usr/bin/program".into(),
            Field::ProcCwd => "/root/".into(),
            Field::ProcTty | Field::UserUid => Value::Uint(0),
            Field::ProcDuration => Value::Uint(7_000_000_000),
            Field::ProcIsExeUpperLayer | Field::ProcIsExeFromMemfd => Value::Flag(false),
            Field::ProcVpid => Value::Int(7),
            Field::UserName => "root".into(),
            Field::UserLoginuid => Value::Int(-1),
            Field::ContainerId => self.container.into(),
            Field::ContainerImageRepository => "docker.io/library/nginx".into(),
            Field::ContainerPrivileged => Value::Flag(false),
            Field::K8sNsName => "default".into(),
            Field::ThreadCapEffective => "CAP_CHOWN CAP_NET_BIND_SERVICE".into(),
            _ => return None,
        })
    }
}

fn samples() -> Vec<Sample> {
    const KINDS: &[&str] =
        &["openat", "openat", "openat", "execve", "connect", "close", "unlinkat", "renameat", "dup3"];
    const PATHS: &[&str] =
        &["/usr/lib/x86_64/libc.so.6", "/etc/passwd", "/var/log/app/log", "/proc/self/stat", "/tmp/data"];
    const PROCESSES: &[&str] = &["nginx", "bash", "java", "postgres", "kubelet", "python3"];
    (0..5000_usize)
        .map(|n| {
            let kind = KINDS[n * 7 % KINDS.len()];
            Sample {
                kind: EventType::parse(kind).unwrap(),
                path: format!("{}{}", PATHS[n * 5 % PATHS.len()], n % 97),
                process: PROCESSES[n * 3 % PROCESSES.len()],
                parent: PROCESSES[n * 11 % PROCESSES.len()],
                command_line: format!(
                    "{} --serve --port {} --config /etc/app/{n}.conf",
                    PROCESSES[n * 3 % PROCESSES.len()],
                    n % 9000
                ),
                container: if n % 3 == 0 { "host" } else { "3ad7b26ded6d" },
                port: if kind == "connect" { 443 } else { 0 },
                write: n % 4 == 0,
                result: (n % 50) as i64,
            }
        })
        .collect()
}

/// Rules as people write them: a macro that all share, and something of each rule's own.
fn made(count: usize) -> String {
    let mut text = String::from(
        "- macro: in_container\n  condition: (container.id != host)\n\
         - macro: opened\n  condition: (evt.type in (open, openat, openat2) and fd.typechar = 'f' and fd.num >= 0)\n\
         - list: trusted\n  items: [systemd, dockerd, containerd, kubelet, runc]\n",
    );
    for n in 0..count {
        let condition = match n % 5 {
            0 => format!(
                "opened and in_container and fd.name startswith /srv/app{n}/ and not proc.name in (trusted)"
            ),
            1 => format!("evt.type in (execve, execveat) and in_container and proc.name = tool{n}"),
            2 => format!(
                "evt.type = connect and in_container and fd.sport = {} and proc.name in (a{n}, b{n})",
                1000 + n
            ),
            3 => format!("opened and evt.is_open_write = true and fd.name in (/etc/file{n}, /opt/file{n})"),
            _ => format!(
                "evt.type in (execve, execveat) and proc.cmdline contains \"--flag{n} \" and not proc.pname in (trusted)"
            ),
        };
        text.push_str(&format!(
            "- rule: rule {n}\n  desc: made\n  condition: {condition}\n  output: made %proc.name %fd.name\n  priority: NOTICE\n"
        ));
    }
    text
}

/// Rules that cannot be filed under anything: every event of their types is judged by each of them.
fn alike(count: usize) -> String {
    let mut text = made(0);
    for n in 0..count {
        let condition = match n % 3 {
            0 => format!("opened and in_container and fd.name glob *.{n}"),
            1 => format!(
                "evt.type in (execve, execveat) and not proc.name in (trusted) and proc.cmdline icontains {n}.cfg"
            ),
            _ => format!("evt.type = connect and in_container and fd.sport > {}", 1000 + n),
        };
        text.push_str(&format!(
            "- rule: alike {n}\n  desc: made\n  condition: {condition}\n  output: made %proc.name\n  priority: NOTICE\n"
        ));
    }
    text
}

fn measure(name: &str, loaded: &Loaded, events: &[Sample]) {
    let mut scratch = loaded.rules.scratch();
    let mut rates = Vec::new();
    let mut matches = 0_u64;
    for round in 0..9 {
        let start = Instant::now();
        matches = 0;
        let rounds = 20;
        for _ in 0..rounds {
            for event in events {
                loaded.rules.evaluate(Source::Syscall, event, &mut scratch, |_| {
                    matches += 1;
                    true
                });
            }
        }
        if round > 1 {
            rates.push((rounds * events.len()) as f64 / start.elapsed().as_secs_f64());
        }
    }
    rates.sort_by(f64::total_cmp);
    let rules = loaded.rules.rules().len();
    let median = rates[rates.len() / 2];
    println!(
        "{name:<34} {rules:>6} rules {:>12.0} events/s {:>8.0} ns/event ({matches} matches)",
        median,
        1e9 / median
    );
}

fn loaded(files: &[(String, Vec<u8>)]) -> Loaded {
    let files: Vec<RuleFile<'_>> = files.iter().map(|(name, content)| RuleFile { name, content }).collect();
    load(&files, &LoadOptions::default())
}

fn main() {
    let events = samples();
    for path in std::env::args().skip(1) {
        let content = std::fs::read(&path).unwrap();
        measure(&path, &loaded(&[(path.clone(), content)]), &events);
    }
    for count in [25, 100, 1000, 10_000] {
        let text = made(count);
        let start = Instant::now();
        let loaded = loaded(&[("made".to_owned(), text.clone().into_bytes())]);
        let milliseconds = start.elapsed().as_secs_f64() * 1e3;
        assert!(loaded.is_accepted());
        println!("load {count:>6} rules: {milliseconds:.0} ms, {} KiB", text.len() / 1024);
        measure("made", &loaded, &events);
    }
    let text = alike(1000);
    measure("made, nothing to file them under", &loaded(&[("alike".to_owned(), text.into_bytes())]), &events);
}
