//! What Batten's own reports must say.

use super::Controls;
use crate::inventories::{json, list, text};
use crate::peers;
use anyhow::{Context as _, Result, bail};
use serde_json::Value;
use std::os::unix::fs::FileExt as _;
use std::path::Path;

/// The report on an archive or layout.
pub(crate) fn of_archive(path: &Path) -> Result<Value> {
    let path = path.display().to_string();
    json(&mut peers::batten_command(&["scan", "image", &path, "--no-cache", "--format", "json"])?)
}

/// The report on an image in a registry.
pub(crate) fn of_reference(reference: &str) -> Result<Value> {
    json(&mut peers::batten_command(&["scan", "image", reference, "--no-cache", "--format", "json"])?)
}

/// The vulnerable runc is found by its build information, and the working directory as a misconfiguration.
pub(crate) fn tells_the_runc_story(report: &Value) -> Result<()> {
    let runc = list(report, "findings")
        .iter()
        .find(|f| text(f, "id") == "CVE-2024-21626" && text(f, "kind") == "vulnerability")
        .context("CVE-2024-21626 is not found in the runc binary")?;
    let place = list(runc, "locations").first().map(|l| text(l, "path")).unwrap_or_default();
    if place != "usr/local/sbin/runc" {
        bail!("CVE-2024-21626 is found at {place:?}, not at usr/local/sbin/runc");
    }
    if !list(&runc["package"], "fixed")
        .iter()
        .any(|v| v.as_str().is_some_and(|v| v.trim_start_matches('v') == "1.1.12"))
    {
        bail!("the fixed version 1.1.12 is not named");
    }
    let shape = list(report, "findings").iter().find(|f| {
        text(f, "kind") == "misconfiguration"
            && (text(f, "id") == "CVE-2024-21626"
                || list(f, "aliases")
                    .iter()
                    .chain(list(f, "references"))
                    .any(|a| a.as_str().is_some_and(|a| a.contains("CVE-2024-21626"))))
    });
    let shape = shape.context("the working directory /proc/self/fd/7 is not reported")?;
    println!("  {}", text(runc, "title"));
    println!("  {}", text(shape, "title"));
    Ok(())
}

/// A flipped byte in a layer must be an error and exit status 2, a cut archive too.
pub(crate) fn damage_is_said(archive: &Path, controls: &mut Controls) -> Result<()> {
    let damaged = archive.with_extension("damaged");
    std::fs::copy(archive, &damaged)?;
    let file = std::fs::OpenOptions::new().read(true).write(true).open(&damaged)?;
    let middle = file.metadata()?.len() / 2;
    let mut byte = [0];
    file.read_exact_at(&mut byte, middle)?;
    file.write_all_at(&[byte[0] ^ 0x55], middle)?;
    controls.planted("a flipped byte in a layer", fails(&damaged)?);
    file.set_len(middle)?;
    controls.planted("an archive cut in the middle", fails(&damaged)?);
    std::fs::remove_file(&damaged)?;
    Ok(())
}

fn fails(archive: &Path) -> Result<bool> {
    let path = archive.display().to_string();
    let output =
        peers::batten_command(&["scan", "image", &path, "--no-cache", "--format", "json"])?.output()?;
    Ok(output.status.code() == Some(2))
}
