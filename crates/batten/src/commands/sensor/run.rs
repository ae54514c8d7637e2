//! `batten sensor run`: alerts about this machine.

use super::judge::Judge;
use super::watch;
use crate::cli::RunArgs;
use crate::commands::{World, unwritable};
use crate::exit::Exit;
use crate::failure::Failure;
use batten_model::Text;
use batten_sensor::fields::Users;
use batten_sensor::live::boot_offset;
use std::io::{self, BufWriter, Write as _};
use std::time::{Duration, Instant};

/// Watches until the end is asked for. Alerts go to stdout as they come.
pub(crate) fn run(world: &World, arguments: &RunArgs) -> Result<Exit, Failure> {
    let mut judge = Judge::load(world, &arguments.rules, arguments.json)?;
    let mut options = watch::options(world, &arguments.watch)?;
    if arguments.watch.events.is_none() {
        options.events = judge.events().with_state();
    }
    options.environment |= judge.needs_environment();
    let text = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
    let users = Users::parse(&text("/etc/passwd"), &text("/etc/group"));
    judge.place(text("/proc/sys/kernel/hostname").trim(), boot_offset(), users);
    let until = watch::until(world, arguments.duration)?;
    let mut engine = watch::start(world, &options)?;
    let end = watch::end(world)?;
    let interval = Duration::from_millis(arguments.watch.interval_ms.clamp(1, 1000));
    let mut out = BufWriter::new(io::stdout().lock());
    let mut watched = || -> io::Result<()> {
        // What was there before is known, and judged by no rule.
        engine.seed(&mut |_, _| Ok(()))?;
        world.remark(&Text::new("watching", "正在监视"));
        loop {
            let over = watch::ended(&end) || until.is_some_and(|until| Instant::now() >= until);
            let taken = engine.poll(&mut |event, state| judge.event(event, state, &mut out))?;
            out.flush()?;
            if over {
                return Ok(());
            }
            if taken < 4096 {
                std::thread::sleep(interval);
            }
        }
    };
    match watched() {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => return Err(unwritable(world, error)),
        _ => {}
    }
    if let Some(text) = watch::losses(&engine.counters()) {
        world.warn(&text);
    }
    let (alerts, events) = (judge.alerts, engine.counters().sent);
    world.remark(&Text::new(
        format!("{alerts} alerts of {events} events"),
        format!("{events} 个事件，{alerts} 条告警"),
    ));
    Ok(Exit::Done)
}
