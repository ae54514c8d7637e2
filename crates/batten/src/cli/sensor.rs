//! Flags of `batten sensor`.

use clap::Subcommand;

/// What to do with this machine's kernel.
#[derive(Debug, Subcommand)]
pub(crate) enum SensorCommand {
    /// Try what this kernel offers, and say what is missing
    Doctor {
        /// JSON instead of a table
        #[arg(long)]
        json: bool,
    },
}
