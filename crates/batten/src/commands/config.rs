//! `batten config`: all settings, with their variables and meaning.

use super::{World, unwritable};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::settings::KEYS;
use std::io::Write as _;

/// Lists them as a table; `docs/settings.md` is made of it.
pub(crate) fn list(world: &World) -> Result<Exit, Failure> {
    let widest = |text: fn(&crate::settings::Key) -> usize| KEYS.iter().map(text).max().unwrap_or(0);
    let path = widest(|key| key.path.len());
    let variable = widest(|key| key.variable().len());
    let mut out = std::io::stdout().lock();
    for key in KEYS {
        let line =
            writeln!(out, "{:path$}  {:variable$}  {}", key.path, key.variable(), key.help.get(world.lang));
        match line {
            Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => return Ok(Exit::Done),
            other => other.map_err(|error| unwritable(world, error))?,
        }
    }
    Ok(Exit::Done)
}
