//! Running other programs, with errors that say which one failed and how.

use anyhow::{Context as _, Result, bail};
use std::path::{Path, PathBuf};
use std::process::Command;

/// The folder that holds all that tests and benchmarks fetch or build once.
pub(crate) fn testkit() -> Result<PathBuf> {
    if let Some(path) = std::env::var_os("BATTEN_TESTKIT") {
        return Ok(path.into());
    }
    let home = std::env::var_os("HOME").context("neither BATTEN_TESTKIT nor HOME is set")?;
    Ok(PathBuf::from(home).join(".cache/batten-testkit"))
}

/// Runs a shell line with `set -e` in a folder; its output goes to a log that is shown when it fails.
pub(crate) fn shell(folder: &Path, script: &str) -> Result<()> {
    std::fs::create_dir_all(folder)?;
    let output = Command::new("bash")
        .args(["-euo", "pipefail", "-c", script])
        .current_dir(folder)
        .output()
        .context("bash cannot be started")?;
    if !output.status.success() {
        let text = String::from_utf8_lossy(&output.stderr);
        let tail: Vec<&str> = text.lines().rev().take(20).collect();
        let tail: Vec<&str> = tail.into_iter().rev().collect();
        bail!("in {}: {script}\n{}\n{}", folder.display(), output.status, tail.join("\n"));
    }
    Ok(())
}
