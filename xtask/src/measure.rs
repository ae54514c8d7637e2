//! One run of a program as the kernel counted it, and medians of several.

use anyhow::{Context as _, Result, bail};
use std::process::{Command, Stdio};
use std::time::Instant;
use wait4::Wait4 as _;

/// What one run cost.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Cost {
    /// Wall-clock seconds.
    pub(crate) wall: f64,
    /// User and system CPU seconds, children included.
    pub(crate) cpu: f64,
    /// Peak resident memory of the largest process, MiB.
    pub(crate) peak_mib: f64,
}

/// Runs a command with its output thrown away. Any of `accepted` is a good exit status.
pub(crate) fn once(command: &mut Command, accepted: &[i32]) -> Result<Cost> {
    let shown = format!("{command:?}");
    let start = Instant::now();
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .with_context(|| format!("{shown} cannot be started"))?;
    let done = child.wait4().with_context(|| shown.clone())?;
    let wall = start.elapsed().as_secs_f64();
    if !done.status.code().is_some_and(|code| accepted.contains(&code)) {
        bail!("{shown} ended with {}", done.status);
    }
    Ok(Cost {
        wall,
        cpu: done.rusage.utime.as_secs_f64() + done.rusage.stime.as_secs_f64(),
        peak_mib: done.rusage.maxrss as f64 / 1024.0 / 1024.0,
    })
}

/// A command to be measured beside others.
pub(crate) struct Contender {
    /// Its name in the table.
    pub(crate) name: String,
    /// Makes the command for one run; what it must prepare (an empty cache) is done here and not measured.
    pub(crate) command: Box<dyn Fn() -> Result<Command>>,
}

impl Contender {
    /// A contender from a name and how its command is made.
    pub(crate) fn new(name: impl Into<String>, command: impl Fn() -> Result<Command> + 'static) -> Contender {
        Contender { name: name.into(), command: Box::new(command) }
    }
}

/// Runs the contenders in turn, one warm-up and `runs` counted rounds, and gives each one's medians.
pub(crate) fn compare(contenders: &[Contender], runs: usize) -> Result<Vec<(String, Cost)>> {
    let mut costs: Vec<Vec<Cost>> = vec![Vec::new(); contenders.len()];
    for round in 0..=runs {
        for (contender, all) in contenders.iter().zip(&mut costs) {
            let cost = once(&mut (contender.command)()?, &[0, 1])?;
            if round > 0 {
                all.push(cost);
            }
        }
    }
    let medians = contenders.iter().zip(costs).map(|(contender, all)| {
        let median_of = |figure: fn(&Cost) -> f64| median(all.iter().map(figure).collect());
        let cost = Cost {
            wall: median_of(|c| c.wall),
            cpu: median_of(|c| c.cpu),
            peak_mib: median_of(|c| c.peak_mib),
        };
        (contender.name.clone(), cost)
    });
    Ok(medians.collect())
}

/// The middle value.
pub(crate) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}
