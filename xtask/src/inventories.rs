//! Inventories of different tools as comparable sets of (type, name, version).

use anyhow::{Context as _, Result, bail};
use serde_json::Value;
use std::collections::BTreeSet;
use std::process::Command;

/// One package as every tool can say it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Entry {
    /// Batten's word for the type: `deb`, `npm` …
    pub(crate) kind: String,
    /// Name, normalised as far as the ecosystem itself does.
    pub(crate) name: String,
    /// Version.
    pub(crate) version: String,
}

/// A tool's packages.
pub(crate) type Inventory = BTreeSet<Entry>;

/// Runs a command and reads its JSON. A scan that found something exits 1; that is no failure.
pub(crate) fn json(command: &mut Command) -> Result<Value> {
    let output = command.output().with_context(|| format!("{command:?} cannot be started"))?;
    if output.stdout.is_empty() {
        bail!("{command:?} printed nothing: {}", String::from_utf8_lossy(&output.stderr).trim());
    }
    serde_json::from_slice(&output.stdout).with_context(|| format!("{command:?} printed no JSON"))
}

/// Batten's report.
pub(crate) fn of_batten(report: &Value) -> Inventory {
    list(report, "packages")
        .iter()
        .filter_map(|p| {
            let places = list(p, "locations").iter().map(|l| text(l, "path"));
            entry(of_application(text(p, "type"), places), text(p, "name"), text(p, "version"))
        })
        .collect()
}

/// Syft's own JSON. Its types are mapped to Batten's; what Batten has no word for keeps Syft's.
pub(crate) fn of_syft(report: &Value) -> Inventory {
    list(report, "artifacts")
        .iter()
        .filter_map(|p| {
            let kind = match text(p, "type") {
                "python" => "pypi",
                "go-module" => "golang",
                "java-archive" | "jenkins-plugin" => "maven",
                "rust-crate" => "cargo",
                "binary" => "generic",
                other => other,
            };
            let name = match kind {
                "maven" => maven_name(p).unwrap_or_else(|| text(p, "name").to_owned()),
                _ => text(p, "name").to_owned(),
            };
            let places = list(p, "locations").iter().map(|l| text(l, "path"));
            // Syft's word for a package that states no version.
            let version =
                Some(text(p, "version")).filter(|version| *version != "UNKNOWN").unwrap_or_default();
            entry(of_application(kind, places), &name, version)
        })
        .collect()
}

/// Trivy's JSON with `--list-all-pkgs`.
pub(crate) fn of_trivy(report: &Value) -> Inventory {
    let mut out = Inventory::new();
    for result in list(report, "Results") {
        let kind = match text(result, "Type") {
            "debian" | "ubuntu" => "deb",
            "alpine" | "wolfi" | "chainguard" => "apk",
            "python-pkg" | "pip" | "poetry" | "pipenv" | "uv" | "pdm" => "pypi",
            "node-pkg" | "npm" | "yarn" | "pnpm" | "bun" => "npm",
            "gobinary" | "gomod" => "golang",
            "rustbinary" | "cargo" => "cargo",
            "jar" | "pom" | "gradle" => "maven",
            "redhat" | "centos" | "rocky" | "alma" | "fedora" | "amazon" | "oracle" => "rpm",
            other => other,
        };
        for package in list(result, "Packages") {
            let version = match kind {
                "deb" | "rpm" => full_version(package),
                _ => text(package, "Version").to_owned(),
            };
            let place = std::iter::once(text(package, "FilePath")).filter(|path| !path.is_empty());
            out.extend(entry(of_application(kind, place), text(package, "Name"), &version));
        }
    }
    out
}

/// A `package.json` outside of every `node_modules` names the application itself.
fn of_application<'a>(kind: &'a str, mut places: impl Iterator<Item = &'a str>) -> &'a str {
    let is_manifest = |path: &str| path.ends_with("package.json") && !path.contains("node_modules/");
    if kind == "npm" && places.next().is_some_and(is_manifest) { "npm-application" } else { kind }
}

/// `[epoch:]version[-release]` from Trivy's parts.
fn full_version(package: &Value) -> String {
    let epoch = package.get("Epoch").and_then(Value::as_u64).unwrap_or(0);
    let epoch = if epoch > 0 { format!("{epoch}:") } else { String::new() };
    let release = match text(package, "Release") {
        "" => String::new(),
        release => format!("-{release}"),
    };
    format!("{epoch}{}{release}", text(package, "Version"))
}

/// Syft keeps a Java archive's group in its package URL.
fn maven_name(package: &Value) -> Option<String> {
    let purl = text(package, "purl").strip_prefix("pkg:maven/")?;
    let front = purl.split(['@', '?']).next()?;
    Some(front.replacen('/', ":", 1))
}

fn entry(kind: &str, name: &str, version: &str) -> Option<Entry> {
    let name = match kind {
        "pypi" => name.to_ascii_lowercase().replace(['_', '.'], "-"),
        _ => name.to_owned(),
    };
    let version = match kind {
        "golang" => version.trim_start_matches('v').trim_start_matches("go").to_owned(),
        _ => version.to_owned(),
    };
    (!name.is_empty()).then(|| Entry { kind: kind.to_owned(), name, version })
}

/// The list under a key; empty where there is none.
pub(crate) fn list<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value.get(key).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// The text under a key; empty where there is none.
pub(crate) fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}
