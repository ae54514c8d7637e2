//! Flags of `batten sensor`.

use clap::{Args, Subcommand, ValueEnum};
use std::path::PathBuf;

/// What to do with this machine's kernel.
#[derive(Debug, Subcommand)]
pub(crate) enum SensorCommand {
    /// Try what this kernel offers, and say what is missing
    Doctor {
        /// JSON instead of a table
        #[arg(long)]
        json: bool,
    },
    /// Record what this machine's kernel sees, until interrupted
    Record(RecordArgs),
    /// Judge what this machine's kernel sees by Falco rules, and print an alert for each match
    Run(RunArgs),
    /// List the events of a recording, or judge them by Falco rules
    Replay(ReplayArgs),
    /// List the events that can be chosen
    Events,
}

/// `batten sensor record`
#[derive(Debug, Args)]
pub(crate) struct RecordArgs {
    /// The recording to write
    #[arg(long, short, value_name = "FILE")]
    pub(crate) output: PathBuf,
    /// End after so many seconds [default: when interrupted]
    #[arg(long, value_name = "SECONDS")]
    pub(crate) duration: Option<f64>,
    /// End when the recording has reached this size
    #[arg(long, value_name = "MIB")]
    pub(crate) max_mib: Option<u64>,
    #[command(flatten)]
    pub(crate) watch: WatchArgs,
}

/// `batten sensor run`
#[derive(Debug, Args)]
pub(crate) struct RunArgs {
    /// Falco rule files, or folders of them; later ones change what earlier ones define; may be repeated
    #[arg(long, value_name = "PATH", required = true, num_args = 1..)]
    pub(crate) rules: Vec<PathBuf>,
    /// Falco's alert JSON, one object for each alert, instead of a line
    #[arg(long)]
    pub(crate) json: bool,
    /// End after so many seconds [default: when interrupted]
    #[arg(long, value_name = "SECONDS")]
    pub(crate) duration: Option<f64>,
    #[command(flatten)]
    pub(crate) watch: WatchArgs,
}

/// What is watched, and how.
#[derive(Debug, Args)]
pub(crate) struct WatchArgs {
    /// Events and families, as in `process,openat,-dup`; what begins with + or - changes the default
    #[arg(long, value_name = "LIST", allow_hyphen_values = true)]
    pub(crate) events: Option<String>,
    /// Only processes of containers, or of the host
    #[arg(long, value_enum, value_name = "PLACE", default_value_t = PlaceArg::All)]
    pub(crate) place: PlaceArg,
    /// Leave out opens of files whose path begins so; may be repeated up to 8 times
    #[arg(long, value_name = "PATH")]
    pub(crate) ignore_path: Vec<String>,
    /// Only opens of files whose path begins so; may be repeated up to 8 times
    #[arg(long, value_name = "PATH")]
    pub(crate) only_path: Vec<String>,
    /// Only network events with this port; may be repeated up to 8 times
    #[arg(long, value_name = "PORT")]
    pub(crate) port: Vec<u16>,
    /// Leave out opens for reading only
    #[arg(long)]
    pub(crate) writes_only: bool,
    /// Read the environment of programs too
    #[arg(long)]
    pub(crate) environment: bool,
    /// Size of the buffer between kernel and program
    #[arg(long, value_name = "MIB", default_value_t = 8)]
    pub(crate) buffer_mib: u32,
    /// Milliseconds between two looks into the buffer
    #[arg(long, value_name = "MS", default_value_t = 20)]
    pub(crate) interval_ms: u64,
}

/// Where processes are watched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum PlaceArg {
    /// Everywhere
    All,
    /// Only in containers
    Containers,
    /// Only on the host
    Host,
}

/// `batten sensor replay`
#[derive(Debug, Args)]
pub(crate) struct ReplayArgs {
    /// The recording
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// One JSON object for each event instead of a line
    #[arg(long)]
    pub(crate) json: bool,
    /// Alerts of these Falco rule files instead of events; may be repeated
    #[arg(long, value_name = "PATH", conflicts_with_all = ["summary", "events", "pid", "container"])]
    pub(crate) rules: Vec<PathBuf>,
    /// Only these events and families
    #[arg(long, value_name = "LIST", allow_hyphen_values = true)]
    pub(crate) events: Option<String>,
    /// Only this process
    #[arg(long, value_name = "PID")]
    pub(crate) pid: Option<u32>,
    /// Only processes of this container
    #[arg(long, value_name = "ID")]
    pub(crate) container: Option<String>,
    /// Only counts for each event and the counters of the recording
    #[arg(long)]
    pub(crate) summary: bool,
}
