//! Batten's packages beside Syft's and Trivy's: what only one of them sees, and why.

use super::Controls;
use crate::inventories::{self, Entry, Inventory};
use crate::peers;
use anyhow::Result;
use serde_json::Value;
use std::path::Path;

/// What a comparison came to.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Outcome {
    /// What both others see and Batten does not.
    pub(crate) missed: usize,
    /// Differences that no known reason explains.
    pub(crate) unexplained: usize,
}

/// Compares an image's packages.
pub(crate) fn of_packages(archive: &Path, report: &Value, controls: &mut Controls) -> Result<Outcome> {
    let ours = inventories::of_batten(report);
    let syft = inventories::of_syft(&inventories::json(&mut peers::syft_json(archive)?)?);
    let trivy = inventories::of_trivy(&inventories::json(&mut peers::trivy_packages(archive)?)?);
    println!("  packages: batten {}, syft {}, trivy {}", ours.len(), syft.len(), trivy.len());
    let outcome = judge(&ours, &syft, &trivy, true);
    if let Some(first) = ours.iter().find(|e| syft.contains(*e) && trivy.contains(*e)).cloned() {
        let mut without = ours.clone();
        without.remove(&first);
        controls.planted(
            "a package that Batten does not list",
            judge(&without, &syft, &trivy, false).missed == outcome.missed + 1,
        );
    }
    let mut with = ours.clone();
    with.insert(Entry { kind: "deb".into(), name: "not-there".into(), version: "1".into() });
    controls.planted(
        "a package that nobody else lists",
        judge(&with, &syft, &trivy, false).unexplained == outcome.unexplained + 1,
    );
    Ok(outcome)
}

/// Differences of one kind.
#[derive(Debug, Clone)]
pub(crate) struct Reason {
    /// How many.
    pub(crate) count: usize,
    /// Who lists it: `Syft`, `Trivy`, `Syft and Trivy`, `Batten`.
    pub(crate) only_in: &'static str,
    /// One of them.
    pub(crate) example: Entry,
    /// Why.
    pub(crate) why: &'static str,
}

/// What differs without a known reason.
pub(crate) const UNEXPLAINED: &str = "**not explained**";

/// All differences, grouped by who lists them and why.
pub(crate) fn reasons(ours: &Inventory, syft: &Inventory, trivy: &Inventory) -> Vec<Reason> {
    let mut out: Vec<Reason> = Vec::new();
    let others: Inventory = syft.union(trivy).filter(|entry| !ours.contains(*entry)).cloned().collect();
    for entry in ours.iter().chain(&others) {
        let listed = (ours.contains(entry), syft.contains(entry), trivy.contains(entry));
        let (side, only_in) = match listed {
            (true, false, false) => (Side::OnlyBatten, "Batten"),
            (false, true, false) => (Side::OnlyOthers, "Syft"),
            (false, false, true) => (Side::OnlyOthers, "Trivy"),
            (false, true, true) => (Side::OnlyOthers, "Syft and Trivy"),
            _ => continue,
        };
        let why = explain(entry, side, ours, syft, trivy).unwrap_or(UNEXPLAINED);
        match out.iter_mut().find(|reason| reason.only_in == only_in && reason.why == why) {
            Some(reason) => reason.count += 1,
            None => out.push(Reason { count: 1, only_in, example: entry.clone(), why }),
        }
    }
    out
}

/// Counts what is missed and what is not explained.
pub(crate) fn judge(ours: &Inventory, syft: &Inventory, trivy: &Inventory, say: bool) -> Outcome {
    let mut outcome = Outcome::default();
    for reason in reasons(ours, syft, trivy) {
        if say {
            println!(
                "  {:>4} only in {}: {} ({:?})",
                reason.count, reason.only_in, reason.why, reason.example
            );
        }
        if reason.why == UNEXPLAINED {
            match reason.only_in {
                "Syft and Trivy" => outcome.missed += reason.count,
                _ => outcome.unexplained += reason.count,
            }
        }
    }
    outcome
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    OnlyOthers,
    OnlyBatten,
}

/// The known reasons for which tools differ.
fn explain(
    entry: &Entry,
    side: Side,
    ours: &Inventory,
    syft: &Inventory,
    trivy: &Inventory,
) -> Option<&'static str> {
    let versions = |inventory: &Inventory| {
        inventory
            .iter()
            .filter(|e| e.kind == entry.kind && e.name == entry.name)
            .map(|e| e.version.clone())
            .collect::<Vec<_>>()
    };
    let same_artifact = |inventory: &Inventory| {
        let artifact = entry.name.rsplit(':').next().unwrap_or(&entry.name);
        inventory.iter().any(|e| {
            e.kind == "maven" && e.version == entry.version && e.name.rsplit(':').next() == Some(artifact)
        })
    };
    match (side, entry.kind.as_str()) {
        (Side::OnlyOthers, "generic") => {
            Some("Syft names programs by strings in them; Batten lists the package that owns them")
        }
        (Side::OnlyOthers, "github-action" | "github-action-workflow") => {
            Some("workflow files inside of an image are no packages of it")
        }
        (_, "maven") if same_artifact(ours) && (same_artifact(syft) || same_artifact(trivy)) => {
            Some("the group of a jar without pom.properties is guessed differently")
        }
        (Side::OnlyOthers, "npm-application") => {
            Some("the application's own package.json names the application, not a package in it")
        }
        (Side::OnlyOthers, "npm") if entry.version.is_empty() => {
            Some("a package.json without a version is no installed package")
        }
        (_, "golang") if entry.version.is_empty() || entry.version.contains("devel") => {
            Some("the main module of a Go program has no version")
        }
        (Side::OnlyBatten, "golang") if entry.name == "stdlib" => Some("Go's standard library"),
        (Side::OnlyOthers, _) if !versions(ours).is_empty() && entry.kind == "golang" => {
            Some("the version of a Go main module is taken from another place")
        }
        _ => None,
    }
}
