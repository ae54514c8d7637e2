//! Loading and attaching the programs, and draining what they send.

use super::counters::{self, Counters};
use super::options::Options;
use super::probe::{self, Answer, Capability};
use super::settings::{Helpers, Settings, chosen};
use crate::catalogue::{EventId, Handler, Hook, operations};
use crate::wire::{Event, WireError};
use aya::maps::{Array, MapData, PerCpuArray, ProgramArray, RingBuf};
use aya::programs::BtfTracePoint;
use aya::{Btf, Ebpf, EbpfLoader};
use batten_model::{Localized, Text};

/// The programs, compiled.
pub(super) static OBJECT: &[u8] = aya::include_bytes_aligned!(concat!(env!("OUT_DIR"), "/sensor.bpf.o"));

/// Why the sensor cannot watch this kernel.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The kernel lacks what every event needs, or refuses it.
    #[error("{}", .0.en)]
    Missing(Text),
    /// A program or map was refused.
    #[error("the kernel refused {what}; `batten sensor doctor` says what it offers")]
    Refused {
        /// The program or map.
        what: String,
        /// The kernel's answer.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

impl Localized for LoadError {
    fn zh(&self) -> String {
        match self {
            LoadError::Missing(text) => text.zh.clone(),
            LoadError::Refused { what, .. } => {
                format!("内核拒绝了 {what}；`batten sensor doctor` 会说明内核提供哪些能力")
            }
        }
    }
}

fn refused<E: std::error::Error + Send + Sync + 'static>(what: &str) -> impl FnOnce(E) -> LoadError + '_ {
    move |source| LoadError::Refused { what: what.to_owned(), source: Box::new(source) }
}

/// The running sensor. Dropping it takes the programs out of the kernel.
pub struct Sensor {
    ring: RingBuf<MapData>,
    counters: PerCpuArray<MapData, u64>,
    unreadable: u64,
    skipped: Vec<Capability>,
    /// The kernel empties this map when its last descriptor is closed.
    _handlers: ProgramArray<MapData>,
    /// Keeps programs and links.
    programs: Ebpf,
}

impl std::fmt::Debug for Sensor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sensor").field("counters", &self.counters()).finish_non_exhaustive()
    }
}

impl Sensor {
    /// Loads and attaches what the options need.
    ///
    /// What only some events need and this kernel does not offer is left out: [`Sensor::skipped`] names it.
    ///
    /// # Errors
    /// [`LoadError::Missing`] says what to change; [`LoadError::Refused`] carries the kernel's own words.
    pub fn start(options: &Options) -> Result<Sensor, LoadError> {
        let diagnosis = probe::diagnose();
        if let Some(text) = diagnosis.refusal() {
            return Err(LoadError::Missing(text));
        }
        probe::raise_memory_limit();
        let offers = |capability| diagnosis.answer(capability) == Answer::Yes;
        let helpers =
            Helpers { current_btf: offers(Capability::CurrentTaskBtf), loops: offers(Capability::Loop) };
        let settings = Settings::new(options, helpers);
        let btf = Btf::from_sys_fs().map_err(refused("its own type information"))?;
        let mut loader = EbpfLoader::new();
        loader.btf(Some(&btf)).map_max_entries("events", ring_size(options.buffer));
        settings.apply(&mut loader);
        let mut programs = loader.load(OBJECT).map_err(refused("the sensor's maps"))?;
        let ring = RingBuf::try_from(take(&mut programs, "events")?).map_err(refused("the ring"))?;
        let counters =
            PerCpuArray::try_from(take(&mut programs, "counters")?).map_err(refused("counters"))?;
        set_calls(&mut programs, options)?;
        let mut handlers = ProgramArray::try_from(take(&mut programs, "handlers")?)
            .map_err(refused("the map of programs"))?;
        for (handler, name) in Handler::ALL {
            let program = load(&mut programs, name, "sys_exit", &btf)?;
            let fd = program.fd().map_err(refused(name))?;
            handlers.set(handler as u32, fd, 0).map_err(refused(name))?;
        }
        let mut sensor =
            Sensor { ring, counters, unreadable: 0, skipped: Vec::new(), _handlers: handlers, programs };
        sensor.attach(options, &btf, offers)?;
        Ok(sensor)
    }

    /// Attaches what the chosen events need; the end of calls comes last, when all that it leads to is there.
    fn attach(
        &mut self,
        options: &Options,
        btf: &Btf,
        offers: impl Fn(Capability) -> bool,
    ) -> Result<(), LoadError> {
        for (capability, name, tracepoint) in wanted_hooks(options) {
            if !offers(capability) {
                self.skipped.push(capability);
                continue;
            }
            let program = load(&mut self.programs, name, tracepoint, btf)?;
            program.attach().map_err(refused(name))?;
        }
        Ok(())
    }

    /// What some of the chosen events need and this kernel does not offer; those events will not come.
    pub fn skipped(&self) -> &[Capability] {
        &self.skipped
    }

    /// Gives every event that waits to `each`, until there is none or `each` says `false`.
    ///
    /// Bytes that are no event are counted as lost.
    pub fn drain(&mut self, mut each: impl FnMut(&Event<'_>) -> bool) -> usize {
        let mut taken = 0;
        while let Some(item) = self.ring.next() {
            taken += 1;
            match Event::parse(&item) {
                Ok(event) => {
                    if !each(&event) {
                        break;
                    }
                }
                Err(
                    WireError::Short(_) | WireError::Length(_) | WireError::Version(_) | WireError::Kind(_),
                ) => {
                    self.unreadable += 1;
                }
            }
        }
        taken
    }

    /// What was counted so far.
    pub fn counters(&self) -> Counters {
        let mut counters = counters::read(&self.counters);
        counters.lost.unreadable = self.unreadable;
        counters
    }
}

/// The hooks that the chosen events need.
fn wanted_hooks(options: &Options) -> Vec<(Capability, &'static str, &'static str)> {
    let any = |wanted: fn(&Hook) -> bool| chosen(options).any(|(_, hook)| wanted(hook));
    let mut hooks = Vec::new();
    for (wanted, hook) in [
        (any(|hook| matches!(hook, Hook::Exec(_))), probe::EXEC),
        (any(|hook| matches!(hook, Hook::Fork)), probe::FORK),
        (any(|hook| matches!(hook, Hook::Exit)), probe::EXIT),
        (any(|hook| matches!(hook, Hook::Capable)), probe::CAPABLE),
        (any_operation(options), probe::URING_SUBMIT),
        (any_operation(options), probe::URING_COMPLETE),
        (any(|hook| hook.call().is_some()), probe::CALLS),
    ] {
        if wanted {
            hooks.push(hook);
        }
    }
    hooks
}

fn any_operation(options: &Options) -> bool {
    let mut names = operations().iter().filter_map(|operation| EventId::named(operation.event));
    names.any(|id| options.events.has(id))
}

/// A ring is a power of two of pages.
fn ring_size(bytes: u32) -> u32 {
    bytes.clamp(64 << 10, 1 << 30).next_power_of_two()
}

fn take(programs: &mut Ebpf, name: &str) -> Result<aya::maps::Map, LoadError> {
    programs.take_map(name).ok_or_else(|| missing_part(name))
}

fn missing_part(name: &str) -> LoadError {
    LoadError::Missing(Text::new(
        format!("the compiled programs lack {name}: Batten was built wrongly"),
        format!("编译好的程序中缺少 {name}：Batten 构建有误"),
    ))
}

fn set_calls(programs: &mut Ebpf, options: &Options) -> Result<(), LoadError> {
    let map = programs.map_mut("calls").ok_or_else(|| missing_part("calls"))?;
    let mut calls: Array<_, [u8; 16]> = Array::try_from(map).map_err(refused("the table of calls"))?;
    for (event, hook) in chosen(options) {
        let Some(call) = hook.call() else { continue };
        let Some(number) = call.number.map(u32::from).filter(|number| *number < calls.len()) else {
            continue;
        };
        calls.set(number, call.encode(event), 0).map_err(refused("the table of calls"))?;
    }
    Ok(())
}

pub(super) fn load<'a>(
    programs: &'a mut Ebpf,
    name: &str,
    tracepoint: &str,
    btf: &Btf,
) -> Result<&'a mut BtfTracePoint, LoadError> {
    let program = programs.program_mut(name).ok_or_else(|| missing_part(name))?;
    let program: &mut BtfTracePoint = program.try_into().map_err(refused(name))?;
    program.load(tracepoint, btf).map_err(refused(name))?;
    Ok(program)
}
