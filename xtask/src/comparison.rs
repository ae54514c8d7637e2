//! `docs/comparison.md`: package counts of Batten, Syft, Grype and Trivy on the same images, each difference explained.

use crate::accept::{differences, image};
use crate::inventories::{self, Inventory};
use crate::{bench_image, peers};
use anyhow::Result;
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// Scans the images with every tool and writes the page.
pub(crate) fn run() -> Result<()> {
    let images: Vec<(&str, PathBuf)> = vec![
        ("Debian's minimal base", bench_image::small()?),
        ("the acceptance story's image", image::make()?.archive),
        ("the benchmark's image", bench_image::make()?.plain),
    ];
    let mut page = String::from(
        "# Packages beside Syft, Grype and Trivy\n\n\
         Made by `cargo run -p xtask -- comparison`: the same docker archives, each tool with its own defaults for\n\
         images. Counted are distinct (type, name, version). Grype takes its inventory from Syft's library, so its\n\
         column is Syft's.\n",
    );
    for (name, archive) in images {
        of_image(&mut page, name, &archive)?;
    }
    std::fs::write(Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/comparison.md"), &page)?;
    println!("{page}");
    Ok(())
}

fn of_image(page: &mut String, name: &str, archive: &Path) -> Result<()> {
    let ours = inventories::of_batten(&crate::accept::report::of_archive(archive)?);
    let syft = inventories::of_syft(&inventories::json(&mut peers::syft_json(archive)?)?);
    let trivy = inventories::of_trivy(&inventories::json(&mut peers::trivy_packages(archive)?)?);
    writeln!(page, "\n## {}\n", capital(name))?;
    writeln!(page, "| type | Batten | Syft | Grype | Trivy |\n| --- | ---: | ---: | ---: | ---: |")?;
    let kinds: BTreeSet<&str> =
        ours.iter().chain(&syft).chain(&trivy).map(|entry| entry.kind.as_str()).collect();
    let count = |inventory: &Inventory, kind: &str| inventory.iter().filter(|e| e.kind == kind).count();
    for kind in kinds {
        let syft_count = count(&syft, kind);
        writeln!(
            page,
            "| {kind} | {} | {syft_count} | {syft_count} | {} |",
            count(&ours, kind),
            count(&trivy, kind)
        )?;
    }
    writeln!(page, "| **all** | {} | {} | {} | {} |\n", ours.len(), syft.len(), syft.len(), trivy.len())?;
    let reasons = differences::reasons(&ours, &syft, &trivy);
    if reasons.is_empty() {
        writeln!(page, "No difference.")?;
        return Ok(());
    }
    writeln!(page, "| differ | only in | example | why |\n| ---: | --- | --- | --- |")?;
    for reason in reasons {
        let example = format!("{} {} {}", reason.example.kind, reason.example.name, reason.example.version);
        writeln!(page, "| {} | {} | `{}` | {} |", reason.count, reason.only_in, example.trim(), reason.why)?;
    }
    Ok(())
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}
