//! Chores of this repository: `cargo run -p xtask -- <chore>`. The Makefile calls them.
#![expect(clippy::print_stdout, reason = "chores talk to the person who runs them")]

mod accept;
mod bench;
mod bench_image;
mod comparison;
mod curve;
mod inventories;
mod measure;
mod peers;
mod run;
mod synthetic;

use anyhow::{Context as _, Result, bail};

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.first().map(String::as_str) {
        Some("accept-scan") => accept::scan(arguments.iter().any(|a| a == "--full")),
        Some("bench") => bench::run(arguments.get(1..).unwrap_or_default()),
        Some("bench-image") => {
            let image = bench_image::make()?;
            println!("{}", image.plain.display());
            Ok(())
        }
        Some("comparison") => comparison::run(),
        Some("gunzip-floor") => {
            let archive = arguments.get(1).context("usage: xtask gunzip-floor ARCHIVE")?;
            bench::gunzip_floor(archive.as_ref())
        }
        Some("measured") => {
            let program = arguments.get(1).context("usage: xtask measured PROGRAM [ARGUMENT…]")?;
            measure::measured(program, arguments.get(2..).unwrap_or_default())
        }
        other => bail!("unknown chore {other:?}: accept-scan, bench, bench-image, comparison, gunzip-floor"),
    }
}
