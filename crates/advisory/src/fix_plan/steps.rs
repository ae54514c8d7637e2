//! Goals as steps: the packages of one source, or of one file, are upgraded together.

use super::target::Goal;
use super::{PackageUpgrade, Removed, Step};
use crate::judge::remedy::{Upgrade, command};
use batten_model::{Finding, Inventory, Origin, Package, PackageKind, Severity, Text};
use std::collections::{BTreeMap, BTreeSet};

/// Steps, those first that remove the most urgent findings.
pub(super) fn of(goals: &[Goal<'_>], inventory: &Inventory) -> Vec<Step> {
    let mut places: BTreeMap<(PackageKind, String, String), Vec<&Goal<'_>>> = BTreeMap::new();
    for goal in goals {
        let Some(package) = goal.packages.first() else { continue };
        // The distribution's packages are one step for each source, because each source is fixed on its own.
        let source = if package.kind.is_os() { package.source_or_self().0.to_owned() } else { tool(package) };
        places.entry((package.kind, place(package), source)).or_default().push(goal);
    }
    let mut steps: Vec<(_, Step)> = places
        .into_iter()
        .map(|((_, place, _), goals)| (weight(&goals), step(place, &goals, inventory)))
        .collect();
    steps.sort_by(|(a, _), (b, _)| b.cmp(a));
    steps.into_iter().map(|(_, step)| step).collect()
}

/// One command for all of the distribution's packages.
pub(super) fn system_command(goals: &[Goal<'_>], inventory: &Inventory) -> Option<String> {
    let system: Vec<&Goal<'_>> =
        goals.iter().filter(|goal| goal.packages.iter().any(|package| package.kind.is_os())).collect();
    let first = system.first()?.packages.first()?;
    command(first, &upgrades_of(&system), inventory.os.present())
}

/// What exploited, how severe, how many: more is more urgent.
fn weight(goals: &[&Goal<'_>]) -> (usize, Severity, usize) {
    let findings = || goals.iter().flat_map(|goal| goal.removes.iter().copied());
    let exploited = findings().filter(|finding: &&Finding| finding.kev.is_some()).count();
    let worst = findings().map(|finding| finding.severity).max().unwrap_or(Severity::Unknown);
    (exploited, worst, findings().count())
}

fn step(place: String, goals: &[&Goal<'_>], inventory: &Inventory) -> Step {
    let upgrades: Vec<PackageUpgrade> = goals
        .iter()
        .flat_map(|goal| {
            goal.packages.iter().map(|package| PackageUpgrade {
                reference: package.reference(),
                name: package.name.clone(),
                from: package.version.clone(),
                to: goal.version.clone(),
            })
        })
        .collect();
    let first = goals.first().and_then(|goal| goal.packages.first().copied());
    let removes = goals
        .iter()
        .flat_map(|goal| &goal.removes)
        .map(|finding| Removed {
            id: finding.id.clone(),
            fingerprint: finding.fingerprint.clone(),
            reference: finding.package.as_ref().map(|package| package.reference.clone()).unwrap_or_default(),
        })
        .collect();
    let introduces: BTreeSet<&String> = goals.iter().flat_map(|goal| &goal.introduces).collect();
    Step {
        title: first.map(|package| title(package, &place, &upgrades)).unwrap_or_default(),
        command: first.and_then(|package| command(package, &upgrades_of(goals), inventory.os.present())),
        place,
        upgrades,
        removes,
        introduces: introduces.into_iter().cloned().collect(),
    }
}

/// Each name once: a lock file may hold a package in several versions, all of which go to the highest.
fn upgrades_of(goals: &[&Goal<'_>]) -> Vec<Upgrade> {
    let mut upgrades: Vec<Upgrade> = Vec::new();
    for goal in goals {
        for package in &goal.packages {
            let upgrade = Upgrade { name: package.name.clone(), version: goal.version.clone() };
            if package.kind.is_os() && upgrades.iter().any(|known| known.name == upgrade.name) {
                continue;
            }
            if !upgrades.contains(&upgrade) {
                upgrades.push(upgrade);
            }
        }
    }
    upgrades.sort_by(|a, b| a.name.cmp(&b.name));
    upgrades
}

/// Go's standard library is upgraded by another command than modules are.
fn tool(package: &Package) -> String {
    match package.name.as_str() {
        name @ ("stdlib" | "toolchain") if package.kind == PackageKind::Golang => name.to_owned(),
        _ => String::new(),
    }
}

/// The file that changes: a lock file, a program, an archive; for installed modules the folder that holds them all.
fn place(package: &Package) -> String {
    if package.kind.is_os() {
        return String::new();
    }
    let path = package.locations.first().map_or("", |location| location.path.as_str());
    let path = path.split('!').next().unwrap_or(path);
    if package.origin == Origin::Declared {
        return path.to_owned();
    }
    let holder = match package.kind {
        PackageKind::Npm => path.find("node_modules/").map(|at| at + "node_modules".len()),
        PackageKind::Pypi => ["site-packages/", "dist-packages/"]
            .iter()
            .find_map(|folder| path.find(folder).map(|at| at + folder.len() - 1)),
        _ => None,
    };
    holder.and_then(|end| path.get(..end)).unwrap_or(path).to_owned()
}

fn title(package: &Package, place: &str, upgrades: &[PackageUpgrade]) -> Text {
    let what = match upgrades {
        [one] => format!("{} {} → {}", one.name, one.from, one.to),
        several => {
            let names: BTreeSet<&str> = several.iter().map(|upgrade| upgrade.name.as_str()).collect();
            let shown: Vec<&str> = names.iter().copied().take(4).collect();
            let more = if names.len() > 4 { ", …" } else { "" };
            format!("{}{more}", shown.join(", "))
        }
    };
    let rebuilt = package.origin == Origin::Installed
        && matches!(package.kind, PackageKind::Golang | PackageKind::Cargo | PackageKind::Maven);
    match (package.kind.is_os(), rebuilt) {
        (true, _) => {
            let source = package.source_or_self().0;
            let to = upgrades.first().map_or("", |upgrade| upgrade.to.as_str());
            Text::new(
                format!("upgrade {what} (source {source}) to {to} or later"),
                format!("升级 {what}（源码包 {source}）到 {to} 或更高版本"),
            )
        }
        (false, true) => Text::new(
            format!("build {place} again with {what}, or install a newer release of it"),
            format!("用 {what} 重新构建 {place}，或安装其新版本"),
        ),
        (false, false) => {
            Text::new(format!("in {place}: upgrade {what}"), format!("在 {place} 中升级 {what}"))
        }
    }
}
