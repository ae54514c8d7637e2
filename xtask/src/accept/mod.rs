//! The acceptance story of `batten scan`: real packages, a real registry, other tools as the measure.
//!
//! It prints what it does as a person would want to read it; its last line is one JSON object. Every expected value
//! comes from a program or file that is not Batten, and each zero has its control: the same comparison with a defect
//! planted, which must be caught.

pub(crate) mod differences;
pub(crate) mod image;
mod lock_files;
mod registry;
pub(crate) mod report;

use crate::inventories::{self, Inventory};
use crate::measure::{Contender, Cost, compare};
use crate::{bench_image, peers};
use anyhow::{Result, bail};
use serde_json::{Value, json};
use std::path::Path;

/// Defects that were planted to see whether the story notices, and how many it noticed.
#[derive(Debug, Default)]
pub(crate) struct Controls {
    planted: usize,
    caught: usize,
}

impl Controls {
    /// Counts one planted defect.
    pub(crate) fn planted(&mut self, what: &str, caught: bool) {
        self.planted += 1;
        self.caught += usize::from(caught);
        println!("  control: {what}: {}", if caught { "caught" } else { "NOT CAUGHT" });
    }
}

/// Runs the story; `full` takes the large image for the comparison of cost.
pub(crate) fn scan(full: bool) -> Result<()> {
    let mut controls = Controls::default();
    println!("1. An image from real packages, with the runc of CVE-2024-21626 in it");
    let made = image::make()?;
    println!("2. Batten scans the archive, the layout and the registry's copy");
    let scanned = report::of_archive(&made.archive)?;
    same_answer(&scanned, &made)?;
    println!("3. CVE-2024-21626 is found in the binary and in the image's working directory");
    report::tells_the_runc_story(&scanned)?;
    println!("4. The packages are those that Syft and Trivy see, or the difference is explained");
    let packages = differences::of_packages(&made.archive, &scanned, &mut controls)?;
    println!("5. The findings on lock files are those of osv-scanner on the same advisories, or explained");
    let findings = lock_files::compare(&mut controls)?;
    println!("6. Damage is said, never taken for clean");
    report::damage_is_said(&made.archive, &mut controls)?;
    println!("7. The cost beside Syft and Trivy");
    let archive = if full { bench_image::make()?.plain } else { made.archive.clone() };
    let costs = costs(&archive)?;
    let (batten, trivy, syft) = (costs.first(), costs.get(1), costs.get(2));
    let ratio = |other: Option<&(String, Cost)>| match (batten, other) {
        (Some((_, ours)), Some((_, theirs))) => (ours.cpu / theirs.cpu * 1000.0).round() / 1000.0,
        _ => f64::NAN,
    };
    let missed = packages.missed + findings.missed;
    let unexplained = packages.unexplained + findings.unexplained;
    let line = json!({
        "packages": inventories::list(&scanned, "packages").len(),
        "findings": inventories::list(&scanned, "findings").len(),
        "missed": missed,
        "unexplained_differences": unexplained,
        "controls": {"planted": controls.planted, "caught": controls.caught},
        "cpu_s": batten.map(|(_, cost)| (cost.cpu * 1000.0).round() / 1000.0),
        "cpu_ratio_syft": ratio(syft),
        "cpu_ratio_trivy": ratio(trivy),
        "peak_mib": batten.map(|(_, cost)| cost.peak_mib.round()),
    });
    println!("{line}");
    if missed + unexplained > 0 || controls.caught != controls.planted {
        bail!("a promise is broken");
    }
    Ok(())
}

/// The archive, the OCI layout and the copy in a registry must give the same packages and findings.
fn same_answer(scanned: &Value, made: &image::Made) -> Result<()> {
    let essence = |report: &Value| -> (Inventory, Vec<String>) {
        let mut findings: Vec<String> = inventories::list(report, "findings")
            .iter()
            .map(|f| format!("{} {}", inventories::text(f, "id"), inventories::text(&f["package"], "purl")))
            .collect();
        findings.sort();
        (inventories::of_batten(report), findings)
    };
    let layout = report::of_archive(&made.layout)?;
    if essence(scanned) != essence(&layout) {
        bail!("the OCI layout gives another answer than the docker archive");
    }
    let registry = registry::Registry::start()?;
    let reference = registry.push(&made.layout, "story/app:1")?;
    let pulled = report::of_reference(&reference)?;
    if essence(scanned) != essence(&pulled) {
        bail!("the registry's copy gives another answer than the docker archive");
    }
    println!("  the same {} packages from all three", inventories::list(scanned, "packages").len());
    Ok(())
}

fn costs(archive: &Path) -> Result<Vec<(String, Cost)>> {
    let text = archive.display().to_string();
    let (for_trivy, for_syft) = (archive.to_path_buf(), archive.to_path_buf());
    let rows = compare(
        &[
            Contender::new("batten scan", move || {
                peers::batten_command(&["scan", "image", &text, "--no-cache", "--format", "json"])
            }),
            Contender::new("trivy (SBOM)", move || peers::trivy_sbom(&for_trivy)),
            Contender::new("syft (SBOM)", move || peers::syft_json(&for_syft)),
        ],
        3,
    )?;
    for (name, cost) in &rows {
        println!("  {name:<14} {:6.2} s wall {:6.2} s CPU {:5.0} MiB", cost.wall, cost.cpu, cost.peak_mib);
    }
    Ok(rows)
}
