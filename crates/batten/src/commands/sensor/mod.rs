//! `batten sensor …`: this machine's kernel.

mod doctor;
mod events;
mod judge;
mod record;
mod replay;
mod run;
mod watch;

use super::World;
use crate::cli::SensorCommand;
use crate::exit::Exit;
use crate::failure::Failure;

/// Runs the command.
pub(crate) fn run(world: &World, command: SensorCommand) -> Result<Exit, Failure> {
    match command {
        SensorCommand::Doctor { json } => doctor::run(world, json),
        SensorCommand::Record(arguments) => record::run(world, &arguments),
        SensorCommand::Run(arguments) => run::run(world, &arguments),
        SensorCommand::Replay(arguments) => replay::run(world, &arguments),
        SensorCommand::Events => events::run(world),
    }
}
