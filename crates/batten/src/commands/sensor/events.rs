//! `batten sensor events`: what can be chosen.

use crate::commands::{World, unwritable};
use crate::exit::Exit;
use crate::failure::Failure;
use batten_model::Text;
use batten_sensor::catalogue::{Hook, events};
use std::io::{self, Write as _};

/// Lists each event with its family and parameters.
pub(crate) fn run(world: &World) -> Result<Exit, Failure> {
    let mut out = io::stdout().lock();
    let optional = Text::new("(not by default)", "（默认不含）");
    for kind in events().iter().filter(|kind| !matches!(kind.hook, Hook::User)) {
        let names: Vec<&str> = kind.params.iter().map(|param| param.name).collect();
        let note = if kind.by_default { String::new() } else { format!(" {}", optional.get(world.lang)) };
        let line = writeln!(out, "{:<18} {:<9} {}{note}", kind.name, kind.family.name(), names.join(" "));
        match line {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => break,
            other => other.map_err(|error| unwritable(world, error))?,
        }
    }
    Ok(Exit::Done)
}
