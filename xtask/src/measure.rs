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
///
/// The kernel counts what a process held before it became another program, and a new process begins with what its
/// parent holds. So the command is started by a process that holds nothing: this program's `measured` chore.
pub(crate) fn once(command: &Command, accepted: &[i32]) -> Result<Cost> {
    let shown = format!("{command:?}");
    let mut helper = Command::new(std::env::current_exe()?);
    helper.arg("measured").arg(command.get_program()).args(command.get_args());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => helper.env(name, value),
            None => helper.env_remove(name),
        };
    }
    if let Some(folder) = command.get_current_dir() {
        helper.current_dir(folder);
    }
    let output = helper.stderr(Stdio::inherit()).output().with_context(|| shown.clone())?;
    let text = String::from_utf8_lossy(&output.stdout);
    let figures: Vec<f64> = text.split_whitespace().filter_map(|word| word.parse().ok()).collect();
    let [status, wall, cpu, peak_mib] = figures[..] else { bail!("{shown} could not be measured: {text}") };
    if !accepted.iter().any(|code| f64::from(*code) == status) {
        bail!("{shown} ended with {status}");
    }
    Ok(Cost { wall, cpu, peak_mib })
}

/// The `measured` chore: runs a program and prints its exit status, wall-clock and CPU seconds, and peak MiB.
pub(crate) fn measured(program: &str, arguments: &[String]) -> Result<()> {
    let start = Instant::now();
    let mut child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .with_context(|| format!("{program} cannot be started"))?;
    let done = child.wait4()?;
    let wall = start.elapsed().as_secs_f64();
    let cpu = done.rusage.utime.as_secs_f64() + done.rusage.stime.as_secs_f64();
    let peak_mib = done.rusage.maxrss as f64 / 1024.0 / 1024.0;
    println!("{} {wall} {cpu} {peak_mib}", done.status.code().unwrap_or(-1));
    Ok(())
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
            let cost = once(&(contender.command)()?, &[0, 1])?;
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
