//! Flags of `batten scan` and `batten sbom`.

use clap::{Args, Subcommand, ValueEnum};
use std::path::PathBuf;

/// Subjects of `batten scan`.
#[derive(Debug, Subcommand)]
pub(crate) enum ScanCommand {
    /// Container images: archives, OCI layouts, or references in a registry
    Image(ScanArgs),
    /// Folders: root file systems or source trees; also single files such as lock files
    Fs(ScanArgs),
    /// This machine
    Host(ScanArgs),
}

/// `batten scan …`
#[derive(Debug, Clone, Args)]
pub(crate) struct ScanArgs {
    #[command(flatten)]
    pub(crate) subject: SubjectArgs,
    #[command(flatten)]
    pub(crate) options: ScanOptions,
    /// Output format
    #[arg(long, short, value_enum, default_value = "table", help_heading = "Output")]
    pub(crate) format: FormatArg,
}

/// `batten sbom …`
#[derive(Debug, Clone, Args)]
pub(crate) struct SbomArgs {
    #[command(flatten)]
    pub(crate) subject: SubjectArgs,
    /// Output format: cyclonedx, json or table
    #[arg(long, short, value_enum, default_value = "cyclonedx", help_heading = "Output")]
    pub(crate) format: FormatArg,
}

/// Output formats.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum FormatArg {
    /// For people, in the terminal
    Table,
    /// Batten's report; docs/schema/report-1.json describes it
    Json,
    /// CycloneDX 1.6 JSON
    Cyclonedx,
    /// SARIF 2.1.0
    Sarif,
    /// One page with charts, filter and search
    Html,
}

/// What to look at, and where answers go.
#[derive(Debug, Clone, Args)]
pub(crate) struct SubjectArgs {
    /// Images: FILE, FOLDER or REFERENCE, or with a transport in front (docker-archive:, oci:, oci-archive:,
    /// registry:), archives and layouts also with `:NAME`; folders: PATH; host: the root folder [default for host: /]
    #[arg(value_name = "TARGET")]
    pub(crate) targets: Vec<String>,
    /// Write the answer to a file instead of stdout
    #[arg(long, short, value_name = "FILE", help_heading = "Output")]
    pub(crate) output: Option<PathBuf>,
    /// Write the answer in one more format: html=report.html; may be repeated
    #[arg(long, value_name = "FORMAT=FILE", help_heading = "Output")]
    pub(crate) also: Vec<String>,
    /// Choose from an index of images: os/architecture[/variant]
    #[arg(long, value_name = "PLATFORM", help_heading = "Images")]
    pub(crate) platform: Option<String>,
    #[command(flatten)]
    pub(crate) registry: RegistryArgs,
    /// List what lock files of an image or a host only declare, too
    #[arg(long, help_heading = "Images")]
    pub(crate) declared: bool,
    /// Folder of the layer cache
    #[arg(long, value_name = "FOLDER", help_heading = "Images")]
    pub(crate) cache_dir: Option<PathBuf>,
    /// Neither read nor write the layer cache
    #[arg(long, help_heading = "Images")]
    pub(crate) no_cache: bool,
    /// A partial result is no failure
    #[arg(long, help_heading = "Exit status")]
    pub(crate) allow_partial: bool,
    /// Any unreadable item is a failure
    #[arg(long, help_heading = "Exit status")]
    pub(crate) strict: bool,
    /// Threads [default: processors]
    #[arg(long, short, value_name = "N")]
    pub(crate) jobs: Option<usize>,
    /// Raise or lower a limit (docs/limits.md): layer-bytes=…, entries=…; may be repeated
    #[arg(long, value_name = "NAME=N")]
    pub(crate) limit: Vec<String>,
}

/// How a registry is spoken to.
#[derive(Debug, Clone, Args)]
pub(crate) struct RegistryArgs {
    /// Name for the registry; without it Docker's and Podman's own settings and credential helpers are asked
    #[arg(long, value_name = "NAME", help_heading = "Images")]
    pub(crate) username: Option<String>,
    /// Read the registry's password from stdin
    #[arg(long, requires = "username", help_heading = "Images")]
    pub(crate) password_stdin: bool,
    /// Certificates of authorities to trust besides the system's
    #[arg(long, value_name = "FILE", help_heading = "Images")]
    pub(crate) ca_file: Option<PathBuf>,
    /// Allow plain HTTP and certificates that nobody checked
    #[arg(long, help_heading = "Images")]
    pub(crate) insecure: bool,
}

/// What to judge and what to say of it.
#[derive(Debug, Clone, Args)]
pub(crate) struct ScanOptions {
    /// The database to judge by [default: the one `batten db update` made, else the one that came with Batten]
    #[arg(long, value_name = "FILE", help_heading = "Judgement")]
    pub(crate) db: Option<PathBuf>,
    /// Exit 1 when a finding is at least this severe: critical, high, medium, low, none
    #[arg(long, value_name = "SEVERITY", help_heading = "Exit status")]
    pub(crate) fail_on: Option<String>,
    /// What an unknown severity counts as for --fail-on [default: high]
    #[arg(long, value_name = "SEVERITY", help_heading = "Exit status")]
    pub(crate) unknown_as: Option<String>,
    /// With --fail-on: accept packages that no advisory source covers
    #[arg(long, help_heading = "Exit status")]
    pub(crate) allow_unjudged: bool,
    /// Report these severities only: critical,high,…
    #[arg(long, value_name = "LIST", help_heading = "Judgement")]
    pub(crate) severity: Option<String>,
    /// Report these kinds only: vulnerability,misconfiguration
    #[arg(long, value_name = "LIST", help_heading = "Judgement")]
    pub(crate) only: Option<String>,
    /// Leave out what has no fixed version
    #[arg(long, help_heading = "Judgement")]
    pub(crate) ignore_unfixed: bool,
    /// Print the smallest set of upgrades, with the findings that each removes
    #[arg(long, help_heading = "Output")]
    pub(crate) fix_plan: bool,
    /// Table: one line for each finding instead of one for each package
    #[arg(long, help_heading = "Output")]
    pub(crate) detail: bool,
}
