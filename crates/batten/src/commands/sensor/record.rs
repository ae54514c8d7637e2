//! `batten sensor record`: this machine's events into a file.

use super::watch;
use crate::cli::RecordArgs;
use crate::commands::World;
use crate::exit::Exit;
use crate::failure::Failure;
use anyhow::Context as _;
use batten_model::Text;
use batten_sensor::catalogue::events;
use batten_sensor::live::{Engine, Options, boot_offset};
use batten_sensor::recording::{Header, Recorder};
use std::fs::File;
use std::io::BufWriter;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

/// What is not full goes to the file after this time, so that a killed recorder loses little.
const FLUSH: Duration = Duration::from_secs(1);

/// Records until the end is asked for.
pub(crate) fn run(world: &World, arguments: &RecordArgs) -> Result<Exit, Failure> {
    let options = watch::options(world, &arguments.watch)?;
    let until = watch::until(world, arguments.duration)?;
    let mut engine = watch::start(world, &options)?;
    let end = watch::end(world)?;
    let limits = Limits {
        until,
        bytes: arguments.max_mib.map_or(u64::MAX, |mib| mib << 20),
        interval: Duration::from_millis(arguments.watch.interval_ms.clamp(1, 1000)),
    };
    let written = record(&mut engine, &options, arguments, &limits, &end);
    let (events, bytes) = written
        .with_context(|| arguments.output.display().to_string())
        .map_err(|error| world.failed(error))?;
    let counters = engine.counters();
    if let Some(text) = watch::losses(&counters) {
        world.warn(&text);
    }
    let path = arguments.output.display();
    world.remark(&Text::new(
        format!("{path}: {events} events in {bytes} bytes"),
        format!("{path}：{events} 个事件，{bytes} 字节"),
    ));
    Ok(Exit::Done)
}

struct Limits {
    until: Option<Instant>,
    bytes: u64,
    interval: Duration,
}

fn record(
    engine: &mut Engine,
    options: &Options,
    arguments: &RecordArgs,
    limits: &Limits,
    end: &AtomicBool,
) -> anyhow::Result<(u64, u64)> {
    let file = BufWriter::with_capacity(1 << 20, File::create(&arguments.output)?);
    let mut recorder = Recorder::new(file, &header(options))?;
    engine.seed(&mut |event, _| recorder.push(event.bytes()))?;
    recorder.flush()?;
    let mut flushed = Instant::now();
    loop {
        let over = watch::ended(end) || limits.until.is_some_and(|until| Instant::now() >= until);
        let taken = engine.poll(&mut |event, _| recorder.push(event.bytes()))?;
        if flushed.elapsed() >= FLUSH {
            recorder.note(engine.counters(), false)?;
            flushed = Instant::now();
        }
        if over || recorder.size().1 >= limits.bytes {
            break;
        }
        // A buffer that filled quickly is looked at again at once.
        if taken < 4096 {
            std::thread::sleep(limits.interval);
        }
    }
    let (events, _) = recorder.size();
    let file =
        recorder.finish(engine.counters())?.into_inner().map_err(std::io::IntoInnerError::into_error)?;
    file.sync_all()?;
    Ok((events, file.metadata()?.len()))
}

/// Names of users and groups; a machine with very many is recorded without them.
fn capped(path: &str) -> String {
    std::fs::read_to_string(path).ok().filter(|text| text.len() <= 128 << 10).unwrap_or_default()
}

fn header(options: &Options) -> Header {
    let line = |path: &str| std::fs::read_to_string(path).unwrap_or_default().trim().to_owned();
    Header {
        tool: format!("batten {}", env!("CARGO_PKG_VERSION")),
        host: line("/proc/sys/kernel/hostname"),
        kernel: line("/proc/sys/kernel/osrelease"),
        architecture: std::env::consts::ARCH.to_owned(),
        boot_offset: boot_offset(),
        events: events().iter().map(|kind| kind.name.to_owned()).collect(),
        chosen: options.events.names().map(str::to_owned).collect(),
        passwd: capped("/etc/passwd"),
        group: capped("/etc/group"),
        filtered: options.filter != batten_sensor::live::Filter::default(),
    }
}
