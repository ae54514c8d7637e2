//! How cost grows with layers, files and packages: it must be a straight line.

use crate::measure::{Contender, compare};
use crate::peers;
use crate::synthetic::{Shape, image};
use anyhow::{Context as _, Result};
use std::fmt::Write as _;

/// Measures the curve and writes its table.
pub(crate) fn run(page: &mut String) -> Result<()> {
    let folder = crate::run::testkit()?.join("curve");
    writeln!(page, "## Growth\n")?;
    writeln!(
        page,
        "Made images, cold, plain layers. Cost grows in a straight line, and memory does not follow the image's size.\n"
    )?;
    writeln!(page, "| layers | files | packages | wall s | CPU s | peak MiB | CPU µs per file or package |")?;
    writeln!(page, "| ---: | ---: | ---: | ---: | ---: | ---: | ---: |")?;
    for shape in shapes() {
        let archive = image(&folder, shape)?;
        let path = archive.to_str().context("a path of this machine is no UTF-8")?.to_owned();
        let contender = Contender::new("batten", move || {
            peers::batten_command(&["sbom", "image", &path, "--no-cache", "--format", "json"])
        });
        let rows = compare(&[contender], 3)?;
        let Some((_, cost)) = rows.first() else { continue };
        writeln!(
            page,
            "| {} | {} | {} | {:.3} | {:.3} | {:.0} | {:.2} |",
            shape.layers,
            shape.files,
            shape.packages,
            cost.wall,
            cost.cpu,
            cost.peak_mib,
            cost.cpu * 1e6 / (shape.files + shape.packages) as f64
        )?;
    }
    writeln!(page)?;
    Ok(())
}

fn shapes() -> Vec<Shape> {
    let mut shapes = Vec::new();
    for layers in [1, 10, 100] {
        shapes.push(Shape { layers, files: 100_000, packages: 100 });
    }
    for files in [10_000, 1_000_000] {
        shapes.push(Shape { layers: 10, files, packages: 100 });
    }
    for packages in [1_000, 10_000, 50_000] {
        shapes.push(Shape { layers: 1, files: 1_000, packages });
    }
    shapes
}
