//! What must hold of the state whatever comes: bounds, and which process an event belongs to.

use super::{Bounds, State};
use crate::catalogue::EventId;
use crate::wire::{Argument, Builder, Event, Flags, Head, Task, extra};

const PLAIN: Flags = Flags(0);

fn apply(state: &mut State, bytes: &[u8]) {
    state.apply(&Event::parse(bytes).unwrap());
}

fn head(name: &str, pid: u32, start: u64) -> Head {
    Head { event: EventId::named(name).unwrap().0, pid, tid: pid, start, time: start + 1, ..Head::default() }
}

fn task(pid: u32, ppid: u32, start: u64) -> Task {
    Task { pid, tid: pid, ppid, start, comm: *b"worker\0\0\0\0\0\0\0\0\0\0", ..Task::default() }
}

fn fork(state: &mut State, parent: (u32, u64), child: (u32, u64)) {
    let task = Argument::Task(task(child.0, parent.0, child.1));
    apply(state, &Builder::new(head("clone", parent.0, parent.1)).with(extra::TASK, &task, PLAIN).finish());
}

fn exec(state: &mut State, pid: u32, start: u64, ppid: u32, name: &str) {
    let argv = format!("{name}\0-x\0");
    let builder = Builder::new(head("execve", pid, start))
        .with(extra::TASK, &Argument::Task(task(pid, ppid, start)), PLAIN)
        .with(extra::ARGV, &Argument::Bytes(argv.as_bytes()), PLAIN)
        .with(extra::CWD, &Argument::Text(b"/srv"), PLAIN);
    apply(state, &builder.finish());
}

fn exit(state: &mut State, pid: u32, start: u64) {
    apply(state, &Builder::new(head("procexit", pid, start)).finish());
}

#[test]
fn a_fork_bomb_stays_within_bounds() {
    let mut state = State::new(Bounds { living: 100, ended: 10, containers: 1 });
    exec(&mut state, 1, 5, 0, "/bin/bomb");
    for n in 2..5000u32 {
        fork(&mut state, (n - 1, u64::from(n) + 3), (n, u64::from(n) + 4));
    }
    assert_eq!(state.len(), (100, 0));
    assert!(state.forgotten().living > 4000);
    let last = state.by_pid(4999).unwrap();
    assert_eq!(last.exe(), b"/bin/bomb", "a fork shares the program of its parent");
    for n in 4900..5000u32 {
        exit(&mut state, n, u64::from(n) + 4);
    }
    assert_eq!(state.len(), (0, 10));
}

#[test]
fn a_pid_that_is_used_again_is_another_process() {
    let mut state = State::new(Bounds::default());
    exec(&mut state, 7, 100, 1, "/bin/old");
    exit(&mut state, 7, 100);
    exec(&mut state, 7, 900, 1, "/bin/new");
    assert_eq!(state.process(&head("openat", 7, 900)).unwrap().exe(), b"/bin/new");
    assert!(state.process(&head("openat", 7, 100)).is_none());
    // A child of the old one does not get the new one as its parent.
    fork(&mut state, (7, 900), (8, 950));
    assert_eq!(state.parent(state.by_pid(8).unwrap()).unwrap().exe(), b"/bin/new");
    let orphan = super::Process::new(task(9, 7, 500));
    assert!(state.parent(&orphan).is_none());
}

#[test]
fn ancestors_are_remembered_after_their_end() {
    let mut state = State::new(Bounds::default());
    exec(&mut state, 10, 100, 1, "/bin/grandparent");
    fork(&mut state, (10, 100), (11, 200));
    exec(&mut state, 11, 200, 10, "/bin/parent");
    fork(&mut state, (11, 200), (12, 300));
    exit(&mut state, 11, 200);
    let child = state.by_pid(12).unwrap();
    let names: Vec<_> = state.ancestors(child).map(|process| process.exe().to_vec()).collect();
    assert_eq!(names, [b"/bin/parent".to_vec(), b"/bin/grandparent".to_vec()]);
    assert_eq!(&*child.cwd, b"/srv");
}

#[test]
fn a_start_that_is_known_in_ticks_becomes_exact() {
    let mut state = State::new(Bounds::default());
    let seed = task(20, 1, 120_000_000);
    apply(
        &mut state,
        &Builder::new(head("seed", 20, 120_000_000)).with(extra::TASK, &Argument::Task(seed), PLAIN).finish(),
    );
    apply(&mut state, &Builder::new(head("setsid", 20, 123_456_789)).finish());
    assert_eq!(state.by_pid(20).unwrap().task.start, 123_456_789);
    assert_eq!(state.len(), (1, 0));
}
