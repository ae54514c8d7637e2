//! What all commands share that watch this machine: options out of flags, and the end by a signal.

use crate::cli::{PlaceArg, WatchArgs};
use crate::commands::World;
use crate::failure::Failure;
use batten_model::Text;
use batten_sensor::live::{Engine, Filter, Options, Place, Selection};
use batten_sensor::state::Bounds;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// Most prefixes of paths, and most ports.
const MOST: usize = 8;

/// The options that the flags name.
pub(crate) fn options(world: &World, flags: &WatchArgs) -> Result<Options, Failure> {
    let events = match &flags.events {
        Some(list) => selection(world, list)?,
        None => Selection::default(),
    };
    for (name, len) in [
        ("--ignore-path", flags.ignore_path.len()),
        ("--only-path", flags.only_path.len()),
        ("--port", flags.port.len()),
    ] {
        if len > MOST {
            return Err(world.mistake(
                format!("{name} is there {len} times: the kernel side takes at most {MOST}"),
                format!("{name} 出现了 {len} 次：内核侧最多支持 {MOST} 个"),
            ));
        }
    }
    if let Some(path) =
        flags.ignore_path.iter().chain(&flags.only_path).find(|p| p.len() > 64 || !p.starts_with('/'))
    {
        return Err(world.mistake(
            format!("{path}: must begin with / and have at most 64 bytes"),
            format!("{path}：必须以 / 开头且不超过 64 字节"),
        ));
    }
    if flags.buffer_mib == 0 || flags.buffer_mib > 1024 {
        return Err(world.mistake(
            format!("--buffer-mib {}: must be from 1 to 1024", flags.buffer_mib),
            format!("--buffer-mib {}：必须在 1 到 1024 之间", flags.buffer_mib),
        ));
    }
    let place = match flags.place {
        PlaceArg::All => Place::Everywhere,
        PlaceArg::Containers => Place::Containers,
        PlaceArg::Host => Place::Host,
    };
    // O_WRONLY, O_RDWR, O_CREAT, O_TRUNC and O_APPEND.
    let open_flags = if flags.writes_only { 0o3 | 0o100 | 0o1000 | 0o2000 } else { 0 };
    Ok(Options {
        events,
        filter: Filter {
            place,
            ignore_paths: flags.ignore_path.clone(),
            only_paths: flags.only_path.clone(),
            ports: flags.port.clone(),
            open_flags,
        },
        buffer: flags.buffer_mib << 20,
        environment: flags.environment,
        ..Options::default()
    })
}

/// A list of events to watch, with those that the state of processes needs.
fn selection(world: &World, list: &str) -> Result<Selection, Failure> {
    selection_as_given(world, list).map(Selection::with_state)
}

/// A list of events as it stands.
pub(crate) fn selection_as_given(world: &World, list: &str) -> Result<Selection, Failure> {
    Selection::parse(list).map_err(|error| {
        world.mistake(
            format!("--events: {error}; `batten sensor events` lists them"),
            format!("--events：{:?} 不是事件也不是事件类别；`batten sensor events` 可列出全部", error.0),
        )
    })
}

/// Starts the engine, and says which of the events will not come.
pub(crate) fn start(world: &World, options: &Options) -> Result<Engine, Failure> {
    let engine =
        Engine::start(options, Bounds::default()).map_err(|error| Failure::of(world.lang, &error))?;
    for capability in engine.sensor().skipped() {
        let name = super::doctor::name(*capability);
        world.warn(&Text::new(
            format!("this kernel has no {name}: its events will not come"),
            format!("此内核没有 {name}：相应事件不会出现"),
        ));
    }
    Ok(engine)
}

/// When the command ends by itself.
pub(crate) fn until(world: &World, seconds: Option<f64>) -> Result<Option<Instant>, Failure> {
    let duration = seconds
        .map(Duration::try_from_secs_f64)
        .transpose()
        .map_err(|error| world.mistake(format!("--duration: {error}"), format!("--duration：{error}")))?;
    Ok(duration.map(|duration| Instant::now() + duration))
}

/// Becomes true when the program is asked to end.
pub(crate) fn end(world: &World) -> Result<Arc<AtomicBool>, Failure> {
    let flag = Arc::new(AtomicBool::new(false));
    for signal in [signal_hook::consts::SIGINT, signal_hook::consts::SIGTERM] {
        // A second one ends at once.
        let second = signal_hook::flag::register_conditional_shutdown(signal, 130, flag.clone());
        let first = signal_hook::flag::register(signal, flag.clone());
        second.and(first).map_err(|error| world.failed(error.into()))?;
    }
    Ok(flag)
}

/// Whether the program was asked to end.
pub(crate) fn ended(flag: &AtomicBool) -> bool {
    flag.load(Ordering::Relaxed)
}

/// One line about what was lost; `None` where nothing was.
pub(crate) fn losses(counters: &batten_sensor::live::Counters) -> Option<Text> {
    let lost = counters.lost;
    (lost.total() > 0).then(|| {
        let causes: Vec<String> =
            lost.causes().iter().filter(|(_, n)| *n > 0).map(|(name, n)| format!("{name} {n}")).collect();
        let (total, sent, causes) = (lost.total(), counters.sent, causes.join(", "));
        Text::new(
            format!("{total} events were lost ({causes}); {sent} were not. A larger --buffer-mib or fewer --events help"),
            format!("丢失了 {total} 个事件（{causes}）；未丢失 {sent} 个。可增大 --buffer-mib 或减少 --events"),
        )
    })
}
