//! Commands of the tools that Batten is compared with, each set up for a fair and offline run.

use crate::run::{shell, testkit};
use anyhow::{Context as _, Result};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Batten's release binary.
pub(crate) fn batten() -> Result<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/release/batten");
    path.canonicalize().context("target/release/batten is missing; `make build` makes it")
}

/// A command of Batten that reads no layer cache and no settings of this machine.
pub(crate) fn batten_command(arguments: &[&str]) -> Result<Command> {
    let mut command = Command::new(batten()?);
    command.args(arguments).arg("--quiet");
    Ok(command)
}

/// Trivy's program, where it is installed.
pub(crate) fn trivy() -> Result<PathBuf> {
    installed(testkit()?.join("bin/trivy"))
}

/// Syft's program.
pub(crate) fn syft() -> Result<PathBuf> {
    installed(testkit()?.join("venv/bin/syft"))
}

/// osv-scanner's program.
pub(crate) fn osv_scanner() -> Result<PathBuf> {
    installed(testkit()?.join("bin/osv-scanner"))
}

fn installed(path: PathBuf) -> Result<PathBuf> {
    path.canonicalize()
        .with_context(|| format!("{} is missing; `make test-tools` installs it", path.display()))
}

/// Trivy's SBOM of a docker archive, with an empty layer cache and an empty Java database.
pub(crate) fn trivy_sbom(archive: &Path) -> Result<Command> {
    let mut command = trivy_image(archive)?;
    command.args(["--format", "cyclonedx"]);
    Ok(command)
}

/// Trivy's list of a docker archive's packages.
pub(crate) fn trivy_packages(archive: &Path) -> Result<Command> {
    let mut command = trivy_image(archive)?;
    command.args(["--format", "json", "--list-all-pkgs", "--scanners", "license"]);
    Ok(command)
}

fn trivy_image(archive: &Path) -> Result<Command> {
    let cache = testkit()?.join("trivy-cache");
    let _ = fs::remove_dir_all(&cache);
    let java = cache.join("java-db");
    fs::create_dir_all(&java)?;
    let seed = java_database()?;
    fs::copy(seed.join("trivy-java.db"), java.join("trivy-java.db"))?;
    fs::copy(seed.join("metadata.json"), java.join("metadata.json"))?;
    let mut command = Command::new(trivy()?);
    command
        .args(["image", "--quiet", "--offline-scan", "--skip-db-update", "--skip-java-db-update"])
        .args(["--skip-version-check", "--disable-telemetry", "--cache-dir"])
        .arg(&cache)
        .arg("--input")
        .arg(archive);
    Ok(command)
}

/// Trivy wants a Java database when it meets a jar; an empty one with a fresh date serves.
fn java_database() -> Result<PathBuf> {
    let folder = testkit()?.join("trivy-java-seed");
    if folder.join("metadata.json").exists() {
        return Ok(folder);
    }
    shell(
        &folder,
        r#"python3 - <<'PY'
import sqlite3
db = sqlite3.connect("trivy-java.db")
db.execute("CREATE TABLE artifacts(id INTEGER PRIMARY KEY, group_id TEXT, artifact_id TEXT)")
db.execute("CREATE TABLE indices(artifact_id INTEGER, version TEXT, sha1 BLOB, archive_type TEXT, license TEXT)")
db.commit()
PY
printf '{"Version":1,"NextUpdate":"2099-01-01T00:00:00Z","UpdatedAt":"2026-01-01T00:00:00Z","DownloadedAt":"2026-01-01T00:00:00Z"}' > metadata.json"#,
    )?;
    Ok(folder)
}

/// Syft's own JSON of a docker archive.
pub(crate) fn syft_json(archive: &Path) -> Result<Command> {
    let mut command = Command::new(syft()?);
    command
        .env("SYFT_CHECK_FOR_APP_UPDATE", "false")
        .args(["scan", "--quiet", "--output", "json"])
        .arg(format!("docker-archive:{}", archive.display()));
    Ok(command)
}
