//! The `batten` program: parse, resolve, call, print, return a meaning. Wiring only; the work is in the rooms.
#![forbid(unsafe_code)]

mod cli;
mod commands;
mod exit;
mod failure;
mod output;
mod progress;
mod sandbox;
mod settings;
mod terminal;

use clap::Parser as _;
use std::process::ExitCode;

fn main() -> ExitCode {
    let cli = cli::Cli::parse();
    match commands::run(cli) {
        Ok(exit) => exit.into(),
        Err(failure) => {
            failure.print();
            exit::Exit::NotDone.into()
        }
    }
}
