//! `batten rules …`: Falco rule files.

mod cases;
mod check;
mod diagnostic;
pub(in crate::commands) mod files;
mod list;

use super::World;
use crate::cli::RulesCommand;
use crate::exit::Exit;
use crate::failure::Failure;

/// Runs one of the commands.
pub(crate) fn run(world: &World, command: RulesCommand) -> Result<Exit, Failure> {
    match command {
        RulesCommand::Check(arguments) => check::run(world, &arguments),
        RulesCommand::List(arguments) => list::run(world, &arguments),
        RulesCommand::Test(arguments) => cases::run(world, &arguments),
    }
}
