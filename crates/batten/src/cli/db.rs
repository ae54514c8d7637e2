//! Flags of `batten db`.

use clap::{Args, Subcommand};
use std::path::PathBuf;

/// `batten db …`
#[derive(Debug, Args)]
pub(crate) struct DbArgs {
    /// The database, where it is not the usual one
    #[arg(long, value_name = "FILE", global = true)]
    pub(crate) db: Option<PathBuf>,
    #[command(subcommand)]
    pub(crate) command: DbCommand,
}

/// What to do with the database.
#[derive(Debug, Subcommand)]
pub(crate) enum DbCommand {
    /// Say what is in the database, and how old each feed is
    Info {
        /// JSON instead of a table
        #[arg(long)]
        json: bool,
    },
    /// Compile feeds (files and folders) into a database
    Build(BuildArgs),
    /// Download the feeds, or a compiled database, and put the new database in place
    Update(UpdateArgs),
    /// Take a database over: Batten's own file, or a Trivy database (trivy.db or db.tar.gz)
    Import(ImportArgs),
}

/// `batten db build`
#[derive(Debug, Args)]
pub(crate) struct BuildArgs {
    /// Feeds: files, or folders that are searched for all that is known
    #[arg(required = true, value_name = "PATH")]
    pub(crate) inputs: Vec<PathBuf>,
    /// The database file to write
    #[arg(long, short, value_name = "FILE")]
    pub(crate) output: PathBuf,
    /// Leave an ecosystem out, by its name without release (Ubuntu); may be repeated
    #[arg(long, value_name = "ECOSYSTEM")]
    pub(crate) without: Vec<String>,
    /// Say of an ecosystem, by its name without release (npm), that its feed is only a selection; may be repeated
    #[arg(long, value_name = "ECOSYSTEM")]
    pub(crate) partial: Vec<String>,
    /// Day of a feed that does not tell its own: debian-tracker=2026-11-23; may be repeated
    #[arg(long, value_name = "FEED=DATE")]
    pub(crate) feed_date: Vec<String>,
    /// Build although a feed as a whole cannot be read
    #[arg(long)]
    pub(crate) allow_partial: bool,
    /// Mark the database as one that comes with the program
    #[arg(long, hide = true)]
    pub(crate) starter: bool,
    /// Day of building as YYYY-MM-DD [default: SOURCE_DATE_EPOCH, else the newest feed's day]
    #[arg(long, value_name = "DATE")]
    pub(crate) date: Option<String>,
}

/// `batten db update`
#[derive(Debug, Args)]
pub(crate) struct UpdateArgs {
    /// Where from: nothing for the feeds themselves; an OCI artifact (oci://registry/name:tag), an https address of a
    /// compiled database, or a file
    #[arg(value_name = "SOURCE")]
    pub(crate) source: Option<String>,
    /// One address in place of every feed's own host
    #[arg(long, value_name = "URL")]
    pub(crate) mirror: Option<String>,
    /// Only these feeds, by name or prefix; may be repeated
    #[arg(long, value_name = "FEED")]
    pub(crate) feed: Vec<String>,
    /// Public key (minisign) that a compiled database must be signed with
    #[arg(long, value_name = "KEY")]
    pub(crate) public_key: Option<String>,
    /// Accept a database that is older than the one in place
    #[arg(long)]
    pub(crate) force: bool,
    #[command(flatten)]
    pub(crate) registry: super::RegistryArgs,
}

/// `batten db import`
#[derive(Debug, Args)]
pub(crate) struct ImportArgs {
    /// The file
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// SHA-256 that the file must have
    #[arg(long, value_name = "HEX")]
    pub(crate) sha256: Option<String>,
    /// Public key (minisign) that the file must be signed with; the signature lies beside it as FILE.minisig
    #[arg(long, value_name = "KEY")]
    pub(crate) public_key: Option<String>,
    /// Accept a database that is older than the one in place
    #[arg(long)]
    pub(crate) force: bool,
}
