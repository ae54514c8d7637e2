//! Batten's findings on lock files beside osv-scanner's, on the same advisories, offline.

use super::Controls;
use super::differences::Outcome;
use crate::inventories::{json, list, text};
use crate::peers;
use crate::run::testkit;
use anyhow::Result;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Findings by package: name and version, and all ids that mean one vulnerability.
type Findings = BTreeMap<(String, String), Vec<BTreeSet<String>>>;

/// Compares every lock file of the formats' fixtures.
pub(crate) fn compare(controls: &mut Controls) -> Result<Outcome> {
    let shared = PathBuf::from(std::env::var("BATTEN_SHARED").unwrap_or_else(|_| "../shared".into()));
    let osv = shared.join("data/osv");
    let mut total = Outcome::default();
    if !osv.exists() {
        println!("  NOT RUN: {} is missing (BATTEN_SHARED names the test data)", osv.display());
        if std::env::var_os("CI").is_some() {
            anyhow::bail!("the test data is missing");
        }
        return Ok(total);
    }
    let database = database(&osv)?;
    let cache = osv_scanner_cache(&osv)?;
    for lock in lock_files() {
        let theirs = osv_scanner(&lock, &cache)?;
        let ours = batten(&lock, &database)?;
        let missed = missing(&theirs, &ours);
        let more = missing(&ours, &theirs);
        let shown: Vec<_> = lock.iter().rev().take(2).map(|part| part.to_string_lossy()).collect();
        let name = shown.iter().rev().map(AsRef::as_ref).collect::<Vec<&str>>().join("/");
        let count = |f: &Findings| f.values().map(Vec::len).sum::<usize>();
        println!("  {name:<24} batten {:>4}, osv-scanner {:>4}", count(&ours), count(&theirs));
        for (package, ids) in &missed {
            println!("    missed: {}@{} {ids:?}", package.0, package.1);
        }
        for (package, ids) in &more {
            println!("    more:   {}@{} {ids:?}", package.0, package.1);
        }
        total.missed += missed.len();
        total.unexplained += more.len();
        if let Some(package) = theirs.keys().next() {
            let mut without = ours.clone();
            without.remove(package);
            controls
                .planted("a package's findings taken away", missing(&theirs, &without).len() > missed.len());
        }
    }
    Ok(total)
}

/// What of `wanted` has no counterpart with a common id in `have`.
fn missing(wanted: &Findings, have: &Findings) -> Vec<((String, String), BTreeSet<String>)> {
    let mut out = Vec::new();
    for (package, groups) in wanted {
        let there = have.get(package).map(Vec::as_slice).unwrap_or_default();
        for ids in groups {
            if !there.iter().any(|other| !other.is_disjoint(ids)) {
                out.push((package.clone(), ids.clone()));
            }
        }
    }
    out
}

/// Lock files that the real tools made, below the fixtures of the formats.
const LOCK_FILES: &[&str] = &[
    "cargo_lock/v1/Cargo.lock",
    "cargo_lock/v3/Cargo.lock",
    "cargo_lock/v4/Cargo.lock",
    "bun_lock/bun.lock",
    "go_mod/go.mod",
    "gradle_lock/gradle.lockfile",
    "npm_lock/v1/package-lock.json",
    "npm_lock/v2/package-lock.json",
    "npm_lock/v3/package-lock.json",
    "pdm_lock/pdm.lock",
    "pipfile_lock/Pipfile.lock",
    "pnpm_lock/v5/pnpm-lock.yaml",
    "pnpm_lock/v6/pnpm-lock.yaml",
    "pnpm_lock/v9/pnpm-lock.yaml",
    "poetry_lock/v1/poetry.lock",
    "poetry_lock/v2/poetry.lock",
    "uv_lock/uv.lock",
    "yarn_lock/berry/yarn.lock",
    "yarn_lock/classic/yarn.lock",
];

fn lock_files() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates/image/tests/fixtures");
    LOCK_FILES.iter().map(|name| folder.join(name)).filter(|path| path.exists()).collect()
}

fn database(osv: &Path) -> Result<PathBuf> {
    let target = testkit()?.join("accept.db");
    let mut command = Command::new(peers::batten()?);
    command.args(["db", "build", "--quiet", "--output"]).arg(&target).arg(osv);
    let status = command.status()?;
    anyhow::ensure!(status.success(), "batten db build ended with {status}");
    Ok(target)
}

/// osv-scanner looks for `$XDG_CACHE_HOME/osv-scalibr/<Ecosystem>/all.zip`.
fn osv_scanner_cache(osv: &Path) -> Result<PathBuf> {
    let cache = testkit()?.join("osv-cache");
    let folder = cache.join("osv-scalibr");
    std::fs::create_dir_all(&folder)?;
    for entry in std::fs::read_dir(osv)? {
        let entry = entry?;
        let name = entry.file_name();
        let spelled = if name == "crates-io" { "crates.io".into() } else { name };
        let target = folder.join(spelled);
        if !target.exists() {
            std::os::unix::fs::symlink(entry.path(), target)?;
        }
    }
    Ok(cache)
}

fn osv_scanner(lock: &Path, cache: &Path) -> Result<Findings> {
    let mut command = Command::new(peers::osv_scanner()?);
    command
        .env("XDG_CACHE_HOME", cache)
        .args(["scan", "source", "--offline", "--format", "json", "--lockfile"])
        .arg(lock);
    let report = json(&mut command)?;
    let mut out = Findings::new();
    for package in list(&report, "results").iter().flat_map(|r| list(r, "packages")) {
        let key = key(
            text(&package["package"], "ecosystem"),
            text(&package["package"], "name"),
            text(&package["package"], "version"),
        );
        for group in list(package, "groups") {
            out.entry(key.clone()).or_default().push(ids(group, &["ids", "aliases"]));
        }
    }
    Ok(out)
}

fn batten(lock: &Path, database: &Path) -> Result<Findings> {
    let (lock, database) = (lock.display().to_string(), database.display().to_string());
    let report =
        json(&mut peers::batten_command(&["scan", "fs", &lock, "--db", &database, "--format", "json"])?)?;
    let mut out = Findings::new();
    for finding in list(&report, "findings").iter().filter(|f| text(f, "kind") == "vulnerability") {
        let package = &finding["package"];
        let mut all = ids(finding, &["aliases"]);
        all.insert(text(finding, "id").to_owned());
        out.entry(key("", text(package, "name"), text(package, "version"))).or_default().push(all);
    }
    Ok(out)
}

fn key(ecosystem: &str, name: &str, version: &str) -> (String, String) {
    let name = if ecosystem == "PyPI" {
        name.to_ascii_lowercase().replace(['_', '.'], "-")
    } else {
        name.to_owned()
    };
    (name, version.trim_start_matches('v').to_owned())
}

fn ids(value: &Value, keys: &[&str]) -> BTreeSet<String> {
    keys.iter().flat_map(|k| list(value, k)).filter_map(|id| id.as_str().map(str::to_owned)).collect()
}
