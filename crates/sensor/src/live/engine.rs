//! The sensor together with what is known: events in order, each with the state as it was when the event ended.

use super::counters::Counters;
use super::load::{LoadError, Sensor};
use super::options::Options;
use crate::catalogue::{EventId, Hook};
use crate::enrich::{self, Containers};
use crate::state::{Bounds, State};
use crate::wire::{Event, EventFlags};
use rustix::time::{ClockId, clock_gettime};
use std::io;

/// Events taken before control goes back to the caller.
const MOST: usize = 65_536;

/// Where events go.
pub type Sink<'s> = dyn FnMut(&Event<'_>, &State) -> io::Result<()> + 's;

/// The running engine.
#[derive(Debug)]
pub struct Engine {
    sensor: Sensor,
    state: State,
    containers: Option<Containers>,
    environment: bool,
}

/// Nanoseconds since boot.
fn now() -> u64 {
    nanoseconds(ClockId::Boottime)
}

fn nanoseconds(clock: ClockId) -> u64 {
    let time = clock_gettime(clock);
    let (seconds, rest) = (u64::try_from(time.tv_sec), u64::try_from(time.tv_nsec));
    seconds.unwrap_or(0) * 1_000_000_000 + rest.unwrap_or(0)
}

/// What to add to an event's time for nanoseconds since 1970.
pub fn boot_offset() -> u64 {
    nanoseconds(ClockId::Realtime).saturating_sub(now())
}

impl Engine {
    /// Starts the sensor, then takes in what is there already, so that nothing falls between the two.
    ///
    /// # Errors
    /// What [`Sensor::start`] gives.
    pub fn start(options: &Options, bounds: Bounds) -> Result<Engine, LoadError> {
        let sensor = Sensor::start(options)?;
        Ok(Engine {
            sensor,
            state: State::new(bounds),
            containers: Containers::start(),
            environment: options.environment,
        })
    }

    /// Takes in the processes that are there.
    ///
    /// # Errors
    /// What the sink gives.
    pub fn seed(&mut self, sink: &mut Sink<'_>) -> io::Result<()> {
        let own = std::process::id();
        for pid in enrich::all_pids().into_iter().filter(|pid| *pid != own) {
            if let Some(bytes) = enrich::seed(pid, now(), self.environment) {
                take(&mut self.state, &bytes, sink)?;
                ask(&mut self.containers, &self.state, pid);
            }
        }
        Ok(())
    }

    /// Takes in what the kernel has sent since the last time; gives the number of events.
    ///
    /// # Errors
    /// What the sink gives.
    pub fn poll(&mut self, sink: &mut Sink<'_>) -> io::Result<usize> {
        let Engine { sensor, state, containers, environment } = self;
        let mut result = Ok(());
        let mut left = MOST;
        let taken = sensor.drain(|event| {
            left -= 1;
            result = one(state, containers, *environment, event, sink);
            result.is_ok() && left > 0
        });
        result?;
        for bytes in containers.iter().flat_map(|containers| containers.answers(now())) {
            take(state, &bytes, sink)?;
        }
        Ok(taken)
    }

    /// What is known.
    pub fn state(&self) -> &State {
        &self.state
    }

    /// What was counted.
    pub fn counters(&self) -> Counters {
        self.sensor.counters()
    }

    /// The sensor.
    pub fn sensor(&self) -> &Sensor {
        &self.sensor
    }
}

/// One event of the kernel, after what must be known before it.
fn one(
    state: &mut State,
    containers: &mut Option<Containers>,
    environment: bool,
    event: &Event<'_>,
    sink: &mut Sink<'_>,
) -> io::Result<()> {
    let head = &event.head;
    let hook = EventId(head.event).kind().map(|kind| &kind.hook);
    let execs = matches!(hook, Some(Hook::Exec(_))) && head.ret >= 0;
    if !execs && !matches!(hook, Some(Hook::Exit)) && is_stale(state, event) {
        // An event was lost, or the process moved: what /proc says now is the best that can be known.
        if let Some(bytes) = enrich::seed(head.pid, head.time, environment) {
            take(state, &bytes, sink)?;
        }
    }
    state.apply(event);
    sink(event, state)?;
    let unnamed = || state.process(head).is_some_and(|process| process.container.is_none());
    if execs || (head.flags.has(EventFlags::CONTAINER) && unnamed()) {
        ask(containers, state, head.pid);
    }
    Ok(())
}

/// Whether the event's process is not known, runs another program than is known, or is in another cgroup.
fn is_stale(state: &State, event: &Event<'_>) -> bool {
    let head = &event.head;
    let Some(process) = state.process(head) else { return true };
    #[expect(clippy::cast_possible_truncation, reason = "the event carries the low half")]
    let known = process.image.exe.ino as u32;
    let task = &process.task;
    let moved = task.cgroup != 0 && (task.cgroup, task.cgroup1) != (head.cgroup, head.cgroup1);
    moved || (head.exe_ino != 0 && known != 0 && known != head.exe_ino)
}

fn ask(containers: &mut Option<Containers>, state: &State, pid: u32) {
    if let (Some(containers), Some(process)) = (containers, state.by_pid(pid))
        && (process.container.is_some() || process.cgroups.iter().any(|path| path.len() > 1))
    {
        containers.ask(pid, process.container.as_deref(), &process.cgroups);
    }
}

fn take(state: &mut State, bytes: &[u8], sink: &mut Sink<'_>) -> io::Result<()> {
    let event = Event::parse(bytes).map_err(io::Error::other)?;
    state.apply(&event);
    sink(&event, state)
}
