//! pnpm's `pnpm-lock.yaml`, lockfileVersion 5, 6 and 9 (pnpm/spec, "lockfile").
//!
//! The key of a package holds its name and version, and behind them the peers it is combined with: `/a/1.0.0_b@2.0.0`
//! in version 5, `/a@1.0.0(b@2.0.0)` in 6, `a@1.0.0(b@2.0.0)` in 9, where needs stand apart under `snapshots`. Links
//! to folders are not listed. Version 9 has no marks for development: scopes follow the graph from `importers`.

mod dependency_key;

use crate::content::File;
use crate::facts::Facts;
use crate::formats::lock_graph::LockGraph;
use crate::formats::source_text::{lock_bytes, utf8};
use crate::formats::yaml_tree::{self, Node};
use crate::formats::{Format, FormatError, Wants};
use batten_model::{PackageKind, Scope};
use dependency_key::{Version, name_and_version, reference_keys, without_peers};
use std::collections::HashMap;

pub(crate) const FORMAT: Format =
    Format { name: "pnpm_lock", version: 1, wants: &[Wants::Name("pnpm-lock.yaml")], database: false, parse };

const WORDS: &str = "pnpm-lock.yaml";
/// `packages`, the key, its fields.
const ENTRY_LEVEL: usize = 3;
/// What importers ask for, by the scope that it gives.
const ASKED: [(&str, Scope); 3] = [
    ("dependencies", Scope::Runtime),
    ("optionalDependencies", Scope::Optional),
    ("devDependencies", Scope::Development),
];

pub(crate) fn parse(file: &File<'_>) -> Result<Facts, FormatError> {
    let bytes = lock_bytes(file)?;
    let text = utf8(&bytes, WORDS)?;
    let mut graph = LockGraph::new(FORMAT.name, file.path, PackageKind::Npm);
    let Some(root) = yaml_tree::read(text, WORDS, ENTRY_LEVEL)? else { return Ok(graph.finish()) };
    let version = version(&root)?;
    let numbers = add_packages(&root, version, &mut graph)?;
    for (key, needs) in
        root.get(if version == Version::V9 { "snapshots" } else { "packages" }).map_or(&[][..], Node::pairs)
    {
        let Some(from) = key.text().and_then(|key| numbers.get(key)) else { continue };
        connect(*from, needs, version, &numbers, &mut graph);
    }
    match root.get("importers") {
        Some(importers) => {
            for (_, importer) in importers.pairs() {
                ask(importer, version, &numbers, &mut graph);
            }
        }
        None => ask(&root, version, &numbers, &mut graph),
    }
    graph.assign_scopes();
    Ok(graph.finish())
}

fn version(root: &Node<'_>) -> Result<Version, FormatError> {
    let said = root.get_text("lockfileVersion");
    let major = said.and_then(|v| v.split(['.', '-']).next()).and_then(|major| major.parse::<u32>().ok());
    match major {
        Some(5) => Ok(Version::V5),
        Some(6) => Ok(Version::V6),
        Some(7..) => Ok(Version::V9),
        _ => Err(FormatError::Malformed {
            format: WORDS,
            reason: match said {
                Some(said) => format!("lockfileVersion {said:.40} is not supported (5, 6 and 9 are)"),
                None => "it has no lockfileVersion".to_owned(),
            },
            place: "lockfileVersion".to_owned(),
        }),
    }
}

/// Adds all packages and gives their numbers by key. In version 9 the keys are those of `snapshots`, which are the
/// combinations with peers; `packages` tells what they share.
fn add_packages<'t>(
    root: &'t Node<'_>,
    version: Version,
    graph: &mut LockGraph<'_>,
) -> Result<HashMap<&'t str, usize>, FormatError> {
    let packages = root.get("packages").map_or(&[][..], Node::pairs);
    let mut numbers = HashMap::with_capacity(packages.len());
    for (key, value) in packages {
        let Some(text) = key.text() else {
            graph.unreadable(Some(key.line), "the key is no text", "键不是文本");
            continue;
        };
        if let Some(number) = add(text, key.line, value, version, graph)? {
            numbers.insert(text, number);
        }
    }
    if version == Version::V9 {
        for (key, snapshot) in root.get("snapshots").map_or(&[][..], Node::pairs) {
            let Some(text) = key.text() else { continue };
            if let Some(number) = numbers.get(without_peers(text, version)).copied() {
                mark(number, snapshot, graph);
                numbers.insert(text, number);
            }
        }
    }
    Ok(numbers)
}

fn add(
    key: &str,
    line: u32,
    value: &Node<'_>,
    version: Version,
    graph: &mut LockGraph<'_>,
) -> Result<Option<usize>, FormatError> {
    let said = name_and_version(key, version);
    let name = value.get_text("name").or(said.map(|(name, _)| name));
    // Where a package comes from an archive or git, its version is no part of the key.
    let number = value.get_text("version").or(said.and_then(|(_, version)| version));
    let folder =
        value.get("resolution").is_some_and(|resolution| resolution.get_text("type") == Some("directory"));
    match (name, number) {
        _ if folder => Ok(None),
        (Some(name), Some(number)) => {
            let number = graph.add(name, number, Some(line))?;
            mark(number, value, graph);
            Ok(Some(number))
        }
        (Some(name), None) => {
            graph.unversioned(name);
            Ok(None)
        }
        (None, _) => {
            graph.unreadable(Some(line), "the key has no package name", "键中没有包名");
            Ok(None)
        }
    }
}

/// The marks that pnpm gives itself, for packages that the graph does not reach.
fn mark(number: usize, value: &Node<'_>, graph: &mut LockGraph<'_>) {
    let Some(package) = graph.package_mut(number) else { return };
    if value.flag("dev") {
        package.scope = Scope::Development;
    } else if value.flag("optional") {
        package.scope = Scope::Optional;
    }
}

fn connect(
    from: usize,
    value: &Node<'_>,
    version: Version,
    numbers: &HashMap<&str, usize>,
    graph: &mut LockGraph<'_>,
) {
    for (block, optional) in [("dependencies", false), ("optionalDependencies", true)] {
        for (name, reference) in value.get(block).map_or(&[][..], Node::pairs) {
            if let Some(to) = look_up(name, reference, version, numbers) {
                graph.edge(from, to, optional);
            }
        }
    }
}

fn ask(importer: &Node<'_>, version: Version, numbers: &HashMap<&str, usize>, graph: &mut LockGraph<'_>) {
    for (block, scope) in ASKED {
        for (name, value) in importer.get(block).map_or(&[][..], Node::pairs) {
            // Version 6 and later write `specifier` and `version`, version 5 the version alone.
            let reference = value.get("version").unwrap_or(value);
            if let Some(to) = look_up(name, reference, version, numbers) {
                graph.want(scope, to);
            }
        }
    }
}

fn look_up(
    name: &Node<'_>,
    reference: &Node<'_>,
    version: Version,
    numbers: &HashMap<&str, usize>,
) -> Option<usize> {
    let (name, reference) = (name.text()?, reference.text()?);
    reference_keys(name, reference, version).iter().find_map(|key| numbers.get(key.as_str())).copied()
}

#[cfg(test)]
mod tests;
