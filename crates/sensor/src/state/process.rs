//! One process.

use super::container::ContainerRef;
use super::fd::FdTable;
use crate::wire::{Cred, File, Layer, Task, strings};
use std::sync::Arc;

/// /proc gives start times in hundredths of a second; the kernel's own are exact.
const TICK: u64 = 10_000_000;

/// The program file of a process.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[expect(missing_docs, reason = "named after what they are; times in nanoseconds since 1970")]
pub struct Exe {
    pub path: Box<[u8]>,
    pub ino: u64,
    pub dev: u32,
    pub mode: u32,
    pub uid: u32,
    pub gid: u32,
    pub ctime: i64,
    pub mtime: i64,
    pub layer: Layer,
    pub memfd: bool,
    /// Not below the process' root directory.
    pub outside: bool,
}

impl Exe {
    /// From a file.
    pub fn of(file: &File<'_>) -> Exe {
        Exe {
            path: file.path.into(),
            ino: file.ino,
            dev: file.dev,
            mode: file.mode,
            uid: file.uid,
            gid: file.gid,
            ctime: file.ctime,
            mtime: file.mtime,
            layer: file.layer,
            memfd: file.is_memfd(),
            outside: file.outside && !file.is_memfd(),
        }
    }

    /// Whether these credentials may write the file, by its mode or because they override it.
    pub fn is_writable(&self, cred: &Cred) -> bool {
        const DAC_OVERRIDE: u64 = 1 << 1;
        if cred.effective & DAC_OVERRIDE != 0 {
            return true;
        }
        let shift = if self.uid == cred.fsuid {
            6
        } else if self.gid == cred.fsgid {
            3
        } else {
            0
        };
        self.mode >> shift & 0o2 != 0
    }
}

/// The program that a process runs; a fork shares it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Image {
    /// Arguments, the program's name first, a zero byte after each.
    pub argv: Box<[u8]>,
    /// Environment, a zero byte after each variable; empty where it is not read.
    pub env: Box<[u8]>,
    /// The program file.
    pub exe: Exe,
    /// The name by which it was started.
    pub filename: Box<[u8]>,
    /// When it was started, in nanoseconds since boot; 0 where it was there before the sensor.
    pub time: u64,
}

/// One process.
#[derive(Debug, Clone)]
pub struct Process {
    /// Its numbers and name.
    pub task: Task,
    /// Its parent when it began, or when it was first seen: pid.
    pub parent: (u32,),
    /// Its credentials.
    pub cred: Cred,
    /// Its program.
    pub image: Arc<Image>,
    /// Its working directory, as it would name it.
    pub cwd: Arc<[u8]>,
    /// Whether the working directory lies outside of its root directory.
    pub cwd_outside: bool,
    /// Its container.
    pub container: Option<Arc<ContainerRef>>,
    /// Paths of its cgroups.
    pub cgroups: Arc<[Box<[u8]>]>,
    /// Its descriptors.
    pub fds: Arc<FdTable>,
    /// When it ended, in nanoseconds since boot.
    pub ended: Option<u64>,
}

impl Process {
    /// A process of which only its numbers are known.
    pub fn new(task: Task) -> Process {
        Process {
            task,
            parent: (task.ppid,),
            cred: Cred::default(),
            image: Arc::default(),
            cwd: Arc::from(&b""[..]),
            cwd_outside: false,
            container: None,
            cgroups: Arc::from(Vec::new()),
            fds: Arc::default(),
            ended: None,
        }
    }

    /// Whether this is the process that started at `start`.
    pub fn is(&self, start: u64) -> bool {
        self.task.start == start || (self.is_seeded() && self.task.start / TICK == start / TICK)
    }

    /// Whether its start is known to a hundredth of a second only.
    fn is_seeded(&self) -> bool {
        self.task.start.is_multiple_of(TICK)
    }

    /// Its name, as the kernel has it: at most 15 bytes.
    pub fn comm(&self) -> &[u8] {
        self.task.comm.split(|byte| *byte == 0).next().unwrap_or_default()
    }

    /// Its first argument, else its name.
    pub fn exe(&self) -> &[u8] {
        strings(&self.image.argv).next().unwrap_or(self.comm())
    }

    /// Its arguments without the first.
    pub fn args(&self) -> impl Iterator<Item = &[u8]> {
        strings(&self.image.argv).skip(1)
    }

    /// Name and arguments on one line.
    pub fn cmdline(&self) -> Vec<u8> {
        let mut line = self.comm().to_vec();
        for arg in self.args() {
            line.push(b' ');
            line.extend_from_slice(arg);
        }
        line
    }
}
