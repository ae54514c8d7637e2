//! `batten sensor …`: this machine's kernel.

mod doctor;

use super::World;
use crate::cli::SensorCommand;
use crate::exit::Exit;
use crate::failure::Failure;

/// Runs the command.
pub(crate) fn run(world: &World, command: SensorCommand) -> Result<Exit, Failure> {
    match command {
        SensorCommand::Doctor { json } => doctor::run(world, json),
    }
}
