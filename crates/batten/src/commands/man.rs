//! `batten man` and `batten completions`: made from the command line's own definition.

use super::{World, unwritable};
use crate::cli::Cli;
use crate::exit::Exit;
use crate::failure::Failure;
use clap::CommandFactory as _;
use std::path::Path;

/// Prints a completion script.
pub(crate) fn completions(world: &World, shell: clap_complete::Shell) -> Result<Exit, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "batten", &mut script);
    print(world, &script)
}

/// Prints the manual page, or writes one for each command.
pub(crate) fn pages(world: &World, dir: Option<&Path>) -> Result<Exit, Failure> {
    match dir {
        Some(dir) => {
            std::fs::create_dir_all(dir).map_err(|error| unwritable(world, error))?;
            clap_mangen::generate_to(Cli::command(), dir).map_err(|error| unwritable(world, error))?;
            Ok(Exit::Done)
        }
        None => {
            let mut page = Vec::new();
            let rendered = clap_mangen::Man::new(Cli::command()).render(&mut page);
            rendered.map_err(|error| unwritable(world, error))?;
            print(world, &page)
        }
    }
}

fn print(world: &World, text: &[u8]) -> Result<Exit, Failure> {
    crate::output::write(None, |out| out.write_all(text)).map_err(|error| world.failed(error))?;
    Ok(Exit::Done)
}
