//! The command line, and nothing but the command line: what each flag is called and means.

mod db;
mod rules;
mod scan;
mod sensor;

pub(crate) use db::{BuildArgs, DbArgs, DbCommand, ImportArgs, UpdateArgs};
pub(crate) use rules::{CheckArgs, ListArgs, RulesCommand, RulesFormat, TestArgs};
pub(crate) use scan::{FormatArg, RegistryArgs, SbomArgs, ScanArgs, ScanCommand, ScanOptions, SubjectArgs};
pub(crate) use sensor::{PlaceArg, RecordArgs, ReplayArgs, RunArgs, SensorCommand, WatchArgs};

use clap::{Parser, Subcommand};
use std::path::PathBuf;

/// Batten: know what each workload may do and what it really does, and take away the difference.
#[derive(Debug, Parser)]
#[command(name = "batten", version, propagate_version = true, max_term_width = 110)]
#[command(
    after_help = "Exit status: 0 done; 1 done, and --fail-on found something; 2 not done, or not judged in full."
)]
pub(crate) struct Cli {
    /// What every command takes.
    #[command(flatten)]
    pub(crate) global: GlobalArgs,
    /// The command.
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What every command takes.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct GlobalArgs {
    /// Language of what people read: en or zh-CN [default: the locale's]
    #[arg(long, global = true, value_name = "LANG")]
    pub(crate) lang: Option<String>,
    /// Settings file [default: batten.yaml of this folder, where there is one]
    #[arg(long, global = true, value_name = "FILE", env = "BATTEN_CONFIG")]
    pub(crate) config: Option<PathBuf>,
    /// Refuse every connection
    #[arg(long, global = true)]
    pub(crate) offline: bool,
    /// No progress bars and no remarks on stderr; errors are still printed
    #[arg(long, short, global = true)]
    pub(crate) quiet: bool,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// What is known to be wrong with an image, a folder or this machine
    #[command(subcommand)]
    Scan(ScanCommand),
    /// Only the inventory: packages as CycloneDX, JSON or a table
    #[command(subcommand)]
    Sbom(SbomCommand),
    /// The advisory database
    Db(DbArgs),
    /// Falco rule files: check, list, test
    #[command(subcommand)]
    Rules(RulesCommand),
    /// What this machine's kernel sees
    #[command(subcommand)]
    Sensor(SensorCommand),
    /// List all settings with their environment variables and meaning
    Config,
    /// Print a completion script for a shell
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Print the manual page, or write one page for each command into a folder
    Man {
        /// Folder for the pages
        #[arg(long, value_name = "FOLDER")]
        dir: Option<PathBuf>,
    },
}

/// Subjects of `batten sbom`.
#[derive(Debug, Subcommand)]
pub(crate) enum SbomCommand {
    /// Container images: archives, OCI layouts, or references in a registry
    Image(SbomArgs),
    /// Folders: root file systems or source trees
    Fs(SbomArgs),
    /// This machine
    Host(SbomArgs),
}
