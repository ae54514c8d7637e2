//! A sensor that runs beside a test, and what it saw.
#![allow(dead_code, reason = "each test file uses its own part")]

use batten_sensor::live::{Counters, Engine, Options, Selection, diagnose};
use batten_sensor::show::{Seen, line, param};
use batten_sensor::state::Bounds;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// One event with what was known when it ended.
#[derive(Debug, Clone)]
pub(crate) struct Saw {
    pub(crate) name: &'static str,
    pub(crate) pid: u32,
    pub(crate) ret: i64,
    pub(crate) flags: Vec<&'static str>,
    pub(crate) args: Vec<(&'static str, String)>,
    pub(crate) line: String,
    pub(crate) container: Option<String>,
    pub(crate) image: Option<String>,
    pub(crate) comm: String,
    pub(crate) cwd: String,
    pub(crate) cwd_outside: bool,
    pub(crate) cred: Option<batten_sensor::wire::Cred>,
    pub(crate) fd: Option<String>,
    pub(crate) cmdline: String,
}

impl Saw {
    pub(crate) fn arg(&self, name: &str) -> &str {
        self.args.iter().find(|(key, _)| *key == name).map_or("", |(_, value)| value)
    }
}

/// Whether this machine can run the sensor. One test at a time watches it, so that floods of one do not drown another.
pub(crate) fn watched() -> Option<MutexGuard<'static, ()>> {
    static ONE: Mutex<()> = Mutex::new(());
    let guard = ONE.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    if let Some(why) = diagnose().refusal() {
        assert!(std::env::var("CI").as_deref() != Ok("true"), "NOT RUN: {}", why.en);
        eprintln!("NOT RUN: {}", why.en);
        return None;
    }
    Some(guard)
}

/// A running sensor.
pub(crate) struct Watch {
    end: Arc<AtomicBool>,
    thread: JoinHandle<(Vec<Saw>, Counters)>,
}

pub(crate) fn options(events: &str) -> Options {
    Options { events: Selection::parse(events).unwrap().with_state(), ..Options::default() }
}

impl Watch {
    pub(crate) fn start(options: Options) -> Watch {
        let end = Arc::new(AtomicBool::new(false));
        let (ready, is_ready) = std::sync::mpsc::channel();
        let stop = end.clone();
        let thread = std::thread::spawn(move || {
            let mut engine = Engine::start(&options, Bounds::default()).unwrap();
            let mut all = Vec::new();
            engine.seed(&mut |_, _| Ok(())).unwrap();
            ready.send(()).unwrap();
            loop {
                let over = stop.load(Ordering::Relaxed);
                let taken = engine
                    .poll(&mut |event, state| {
                        all.extend(Seen::new(event, state).map(|seen| saw(&seen)));
                        Ok(())
                    })
                    .unwrap();
                if over && taken == 0 {
                    return (all, engine.counters());
                }
                std::thread::sleep(Duration::from_millis(5));
            }
        });
        is_ready.recv_timeout(Duration::from_secs(30)).unwrap();
        Watch { end, thread }
    }

    pub(crate) fn end(self) -> (Vec<Saw>, Counters) {
        self.end.store(true, Ordering::Relaxed);
        self.thread.join().unwrap()
    }
}

fn saw(seen: &Seen<'_>) -> Saw {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let container = seen.process.and_then(|process| process.container.as_deref());
    Saw {
        name: seen.kind.name,
        pid: seen.event.head.pid,
        ret: seen.event.head.ret,
        flags: seen.event.head.flags.names().collect(),
        args: seen.kind.params.iter().filter_map(|p| Some((p.name, param(seen, p)?.text))).collect(),
        line: line(seen, 0),
        container: container.map(|container| container.id.clone()),
        image: container.and_then(|c| Some(seen.state.container(&c.id)?.name.clone())),
        comm: seen.process.map_or_else(String::new, |process| text(process.comm())),
        cwd: seen.process.map_or_else(String::new, |process| text(&process.cwd)),
        cwd_outside: seen.process.is_some_and(|process| process.cwd_outside),
        cred: seen.process.map(|process| process.cred),
        fd: batten_sensor::show::subject(seen).map(|(_, fd)| text(&fd.name())),
        cmdline: seen.process.map_or_else(String::new, |process| text(&process.cmdline())),
    }
}

/// Runs a Python program as another process and gives its pid.
pub(crate) fn python(program: &str) -> u32 {
    run(std::process::Command::new("/usr/bin/python3").args(["-I", "-c", program]))
}

pub(crate) fn run(command: &mut std::process::Command) -> u32 {
    let mut child = command.spawn().unwrap();
    let pid = child.id();
    assert!(child.wait().unwrap().success(), "{command:?}");
    pid
}

/// The events of one process with this name.
pub(crate) fn of<'a>(all: &'a [Saw], pid: u32, name: &str) -> Vec<&'a Saw> {
    all.iter().filter(|saw| saw.pid == pid && saw.name == name).collect()
}

/// The one event of this name and process for which `is` holds; fails with all that came.
pub(crate) fn one<'a>(all: &'a [Saw], pid: u32, name: &str, is: impl Fn(&Saw) -> bool) -> &'a Saw {
    let found = all.iter().find(|saw| saw.pid == pid && saw.name == name && is(saw));
    found.unwrap_or_else(|| {
        let near: Vec<&str> = all.iter().filter(|saw| saw.pid == pid).map(|saw| saw.line.as_str()).collect();
        panic!("no such {name} of {pid} among:\n{}", near.join("\n"))
    })
}

pub(crate) fn until(mut done: impl FnMut() -> bool) {
    let limit = Instant::now() + Duration::from_secs(20);
    while !done() {
        assert!(Instant::now() < limit, "waited for too long");
        std::thread::sleep(Duration::from_millis(20));
    }
}
