//! Flags of `batten rules`.

use clap::{Args, Subcommand, ValueEnum};
use std::path::PathBuf;

/// What to do with rule files.
#[derive(Debug, Subcommand)]
pub(crate) enum RulesCommand {
    /// Say what is wrong in rule files; exit status 1 where one is refused
    Check(CheckArgs),
    /// List the rules of files, or every field that rules can name
    List(ListArgs),
    /// Run test cases: scripted events through rules, and the alerts that must come of it
    Test(TestArgs),
}

/// Forms of the answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum RulesFormat {
    /// For people
    Table,
    /// For programs
    Json,
}

/// `batten rules check`
#[derive(Debug, Args)]
pub(crate) struct CheckArgs {
    /// Rule files in the order of loading; of a folder its *.yaml and *.yml files, sorted
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    /// table, or json: Falco's own validation JSON
    #[arg(long, value_enum, default_value = "table")]
    pub(crate) format: RulesFormat,
    /// Write the answer to a file
    #[arg(long, short, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// Leave the warnings out
    #[arg(long)]
    pub(crate) no_warnings: bool,
}

/// `batten rules list`
#[derive(Debug, Args)]
pub(crate) struct ListArgs {
    /// Rule files in the order of loading; of a folder its *.yaml and *.yml files, sorted
    #[arg(required_unless_present = "fields", value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    /// Every field that rules can name, and why some have no value
    #[arg(long)]
    pub(crate) fields: bool,
    /// Form of the answer
    #[arg(long, value_enum, default_value = "table")]
    pub(crate) format: RulesFormat,
    /// Write the answer to a file
    #[arg(long, short, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
}

/// `batten rules test`
#[derive(Debug, Args)]
pub(crate) struct TestArgs {
    /// A case (a folder with events.jsonl), or a folder of cases
    #[arg(value_name = "DIR")]
    pub(crate) dir: PathBuf,
    /// Rule files that are loaded before those of each case; may be repeated
    #[arg(long, value_name = "FILE")]
    pub(crate) rules: Vec<PathBuf>,
    /// Print all alerts as lines that alerts.jsonl can be made of
    #[arg(long)]
    pub(crate) print_alerts: bool,
}
