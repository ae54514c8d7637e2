//! What is known of processes, their descriptors and their containers, kept up to date by events alone.
//!
//! The same events give the same state, live or replayed: what user space learns besides (processes that were there
//! before, containers) comes as events too. Memory is bounded: a fork shares everything with its parent until it
//! changes, and both living and remembered processes have a limit.

mod apply;
mod container;
mod fd;
mod process;
#[cfg(test)]
mod tests;

pub use container::{Container, ContainerRef, Mount, Pod, Runtime, identify};
pub use fd::{Fd, FdKind, FdTable, Role, SocketEnds};
pub use process::{Exe, Image, Process};

use crate::wire::Head;
use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

/// How much is remembered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// Living processes; the oldest is forgotten beyond it.
    pub living: usize,
    /// Processes that ended, kept as ancestors.
    pub ended: usize,
    /// Containers.
    pub containers: usize,
}

impl Default for Bounds {
    fn default() -> Bounds {
        Bounds { living: 65_536, ended: 8_192, containers: 4_096 }
    }
}

/// What had to be forgotten.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Forgotten {
    /// Living processes.
    pub living: u64,
    /// Containers.
    pub containers: u64,
    /// Descriptors beyond a process' limit.
    pub descriptors: u64,
}

/// Containers by the path of a cgroup that does not name them by itself.
type Named = HashMap<Box<[u8]>, Arc<ContainerRef>>;

/// Processes and containers.
#[derive(Debug, Default)]
pub struct State {
    processes: HashMap<u32, Process>,
    born: VecDeque<(u32, u64)>,
    ended: VecDeque<(u32, u64)>,
    containers: HashMap<Arc<str>, Container>,
    named: Named,
    bounds: Bounds,
    forgotten: Forgotten,
}

impl State {
    /// An empty state with these bounds.
    pub fn new(bounds: Bounds) -> State {
        State { bounds, ..State::default() }
    }

    /// The process of an event, if it is known; another one that had the same pid is not given.
    pub fn process(&self, head: &Head) -> Option<&Process> {
        self.processes.get(&head.pid).filter(|process| process.is(head.start))
    }

    /// The process with this pid now, or the last one that had it.
    pub fn by_pid(&self, pid: u32) -> Option<&Process> {
        self.processes.get(&pid)
    }

    /// The parent of a process, also one that has ended, as long as it is remembered.
    pub fn parent(&self, process: &Process) -> Option<&Process> {
        let parent = self.processes.get(&process.parent.0)?;
        // A pid that was given to a younger process is not the parent's.
        (process.parent.0 != process.task.pid && parent.task.start <= process.task.start).then_some(parent)
    }

    /// The ancestors, the parent first; at most 64.
    pub fn ancestors<'a>(&'a self, process: &'a Process) -> impl Iterator<Item = &'a Process> {
        std::iter::successors(self.parent(process), |process| self.parent(process)).take(64)
    }

    /// The container with this id, if more is known than the id.
    pub fn container(&self, id: &str) -> Option<&Container> {
        self.containers.get(id)
    }

    /// All processes that are known.
    pub fn processes(&self) -> impl Iterator<Item = &Process> {
        self.processes.values()
    }

    /// Number of processes that are known: living, and ended ones that are remembered.
    pub fn len(&self) -> (usize, usize) {
        let ended = self.ended.len().min(self.processes.len());
        (self.processes.len() - ended, ended)
    }

    /// What had to be forgotten.
    pub fn forgotten(&self) -> Forgotten {
        self.forgotten
    }

    /// Puts a process in place of what had its pid.
    fn insert(&mut self, process: Process) {
        let key = (process.task.pid, process.task.start);
        if self.processes.insert(key.0, process).is_none_or(|old| !old.is(key.1) || old.ended.is_some()) {
            self.born.push_back(key);
        }
        self.ended.retain(|(pid, _)| *pid != key.0);
        self.bound();
    }

    fn bound(&mut self) {
        while self.ended.len() > self.bounds.ended {
            if let Some((pid, start)) = self.ended.pop_front() {
                self.forget(pid, start);
            }
        }
        while self.processes.len() > self.bounds.living + self.ended.len() {
            let Some((pid, start)) = self.born.pop_front() else { break };
            if self.forget(pid, start) {
                self.forgotten.living += 1;
            }
        }
        // Keys of processes that are gone are dropped when they are more than half.
        if self.born.len() > 2 * self.processes.len() + 1024 {
            let processes = &self.processes;
            self.born.retain(|(pid, start)| processes.get(pid).is_some_and(|p| p.task.start == *start));
        }
    }

    fn forget(&mut self, pid: u32, start: u64) -> bool {
        let same = self.processes.get(&pid).is_some_and(|process| process.task.start == start);
        if same {
            self.processes.remove(&pid);
        }
        same
    }
}
