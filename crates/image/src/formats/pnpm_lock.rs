//! pnpm's `pnpm-lock.yaml`, lockfileVersion 5, 6 and 9 (pnpm/spec, "lockfile").
//!
//! The key of a package holds its name and version, and behind them the peers it is combined with: `/a/1.0.0_b@2.0.0`
//! in version 5, `/a@1.0.0(b@2.0.0)` in 6, `a@1.0.0(b@2.0.0)` in 9, where needs stand apart under `snapshots`. Links
//! to folders are not listed. Version 9 has no marks for development: scopes follow the graph from `importers`.

mod dependency_key;

use crate::content::File;
use crate::facts::Facts;
use crate::formats::lock_graph::LockGraph;
use crate::formats::names::{Name, Names};
use crate::formats::source_text::{lock_bytes, utf8};
use crate::formats::yaml_tree::{self, Entries, Node};
use crate::formats::{Format, FormatError, Wants};
use batten_model::{PackageKind, Scope};
use dependency_key::{Version, name_and_version, reference_keys, without_peers};
use std::collections::HashMap;

pub(crate) const FORMAT: Format =
    Format { name: "pnpm_lock", version: 1, wants: &[Wants::Name("pnpm-lock.yaml")], database: false, parse };

const WORDS: &str = "pnpm-lock.yaml";
/// The mappings whose pairs are entries.
const SECTIONS: [&str; 3] = ["packages", "snapshots", "importers"];
/// What importers ask for, by the scope that it gives.
const ASKED: [(&str, Scope); 3] = [
    ("dependencies", Scope::Runtime),
    ("optionalDependencies", Scope::Optional),
    ("devDependencies", Scope::Development),
];

pub(crate) fn parse(file: &File<'_>) -> Result<Facts, FormatError> {
    let bytes = lock_bytes(file)?;
    let text = utf8(&bytes, WORDS)?;
    let mut lock = Lock::default();
    yaml_tree::read(text, WORDS, &SECTIONS, &mut lock)?;
    let mut graph = LockGraph::new(FORMAT.name, file.path, PackageKind::Npm);
    if !lock.is_there {
        return Ok(graph.finish());
    }
    let version = version(lock.version.as_deref())?;
    let numbers = add_packages(&lock, version, &mut graph)?;
    connect(&lock, version, &numbers, &mut graph);
    graph.assign_scopes();
    Ok(graph.finish())
}

/// What a lock file says, in few bytes for each entry: its version, by which keys are understood, may come last.
#[derive(Default)]
struct Lock {
    /// Whether there is a mapping at all.
    is_there: bool,
    version: Option<String>,
    names: Names,
    packages: Vec<Package>,
    /// Keys of `snapshots`.
    snapshots: Vec<(Name, Marks)>,
    /// What packages need: the keys are of `packages`, and of `snapshots`.
    needs: [Vec<Need>; 2],
    /// Whether there are importers, of which a project without workspaces has none before version 6.
    has_importers: bool,
    /// What importers ask for, and what the outermost mapping does.
    asked: [Vec<(Scope, Reference)>; 2],
}

/// An entry of `packages`; the key is `None` where it is no text.
struct Package {
    key: Option<Name>,
    line: u32,
    name: Option<Name>,
    version: Option<Name>,
    is_folder: bool,
    marks: Marks,
}

/// The marks that pnpm gives itself, for packages that the graph does not reach.
#[derive(Clone, Copy)]
struct Marks {
    dev: bool,
    optional: bool,
}

/// What a need says: the name, and the version or key behind it.
#[derive(Clone, Copy)]
struct Reference {
    name: Name,
    value: Name,
}

struct Need {
    from: Name,
    to: Reference,
    optional: bool,
}

impl Entries for Lock {
    fn document(&mut self) {
        *self = Lock { is_there: true, ..Lock::default() };
    }

    fn entry(&mut self, section: Option<&str>, key: &Node<'_>, value: &Node<'_>) -> Result<(), FormatError> {
        match (section, key.text()) {
            (Some("packages"), _) => self.package(key, value),
            (Some("snapshots"), Some(text)) => {
                let from = self.names.of(text);
                self.snapshots.push((from, Marks::of(value)));
                self.needs_of(from, value, 1);
            }
            (Some("importers"), _) => ASKED.iter().for_each(|(block, scope)| {
                self.ask(*scope, value.get(block), 0);
            }),
            (None, Some("importers")) => self.has_importers = true,
            (None, Some("lockfileVersion")) => self.version = value.text().map(str::to_owned),
            (None, Some(text)) => {
                if let Some((_, scope)) = ASKED.iter().find(|(block, _)| *block == text) {
                    self.ask(*scope, Some(value), 1);
                }
            }
            _ => {}
        }
        Ok(())
    }
}

impl Lock {
    fn package(&mut self, key: &Node<'_>, value: &Node<'_>) {
        let folder = value.get("resolution").and_then(|resolution| resolution.get_text("type"));
        let mut name = |text: Option<&str>| text.map(|text| self.names.of(text));
        let package = Package {
            key: name(key.text()),
            line: key.line,
            name: name(value.get_text("name")),
            version: name(value.get_text("version")),
            is_folder: folder == Some("directory"),
            marks: Marks::of(value),
        };
        if let Some(key) = package.key {
            self.needs_of(key, value, 0);
        }
        self.packages.push(package);
    }

    fn needs_of(&mut self, from: Name, value: &Node<'_>, section: usize) {
        for (block, optional) in [("dependencies", false), ("optionalDependencies", true)] {
            for (name, reference) in value.get(block).map_or(&[][..], Node::pairs) {
                if let Some(to) = self.reference(name, reference)
                    && let Some(needs) = self.needs.get_mut(section)
                {
                    needs.push(Need { from, to, optional });
                }
            }
        }
    }

    fn ask(&mut self, scope: Scope, block: Option<&Node<'_>>, level: usize) {
        for (name, value) in block.map_or(&[][..], Node::pairs) {
            // Version 6 and later write `specifier` and `version`, version 5 the version alone.
            let reference = value.get("version").unwrap_or(value);
            if let Some(to) = self.reference(name, reference)
                && let Some(asked) = self.asked.get_mut(level)
            {
                asked.push((scope, to));
            }
        }
    }

    fn reference(&mut self, name: &Node<'_>, value: &Node<'_>) -> Option<Reference> {
        let (name, value) = (name.text()?, value.text()?);
        Some(Reference { name: self.names.of(name), value: self.names.of(value) })
    }
}

impl Marks {
    fn of(value: &Node<'_>) -> Marks {
        Marks { dev: value.flag("dev"), optional: value.flag("optional") }
    }

    fn apply(self, number: u32, graph: &mut LockGraph<'_>) {
        let Some(package) = graph.package_mut(number) else { return };
        if self.dev {
            package.scope = Scope::Development;
        } else if self.optional {
            package.scope = Scope::Optional;
        }
    }
}

fn version(said: Option<&str>) -> Result<Version, FormatError> {
    let said = said.filter(|said| !said.is_empty());
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

/// Numbers of packages by their keys.
type Numbers = HashMap<Name, u32>;

/// Adds all packages. In version 9 the keys that needs mean are those of `snapshots`, which are the combinations with
/// peers; `packages` tells what they share.
fn add_packages(lock: &Lock, version: Version, graph: &mut LockGraph<'_>) -> Result<Numbers, FormatError> {
    let mut numbers = Numbers::with_capacity(lock.packages.len());
    for package in &lock.packages {
        let Some(key) = package.key else {
            graph.unreadable(Some(package.line), "the key is no text", "键不是文本");
            continue;
        };
        if let Some(number) = add(lock, lock.names.text(key), package, version, graph)? {
            numbers.insert(key, number);
        }
    }
    for (key, marks) in lock.snapshots.iter().filter(|_| version == Version::V9) {
        let shared = lock.names.known(without_peers(lock.names.text(*key), version));
        if let Some(number) = shared.and_then(|shared| numbers.get(&shared)).copied() {
            marks.apply(number, graph);
            numbers.insert(*key, number);
        }
    }
    Ok(numbers)
}

fn add(
    lock: &Lock,
    key: &str,
    package: &Package,
    version: Version,
    graph: &mut LockGraph<'_>,
) -> Result<Option<u32>, FormatError> {
    let line = Some(package.line);
    let said = name_and_version(key, version);
    let name = package.name.map(|name| lock.names.text(name)).or(said.map(|(name, _)| name));
    // Where a package comes from an archive or git, its version is no part of the key.
    let number = package.version.map(|v| lock.names.text(v)).or(said.and_then(|(_, version)| version));
    match (name, number) {
        _ if package.is_folder => Ok(None),
        (Some(name), Some(number)) => {
            let number = graph.add(name, number, line)?;
            package.marks.apply(number, graph);
            Ok(Some(number))
        }
        (Some(name), None) => {
            graph.unversioned(name);
            Ok(None)
        }
        (None, _) => {
            graph.unreadable(line, "the key has no package name", "键中没有包名");
            Ok(None)
        }
    }
}

fn connect(lock: &Lock, version: Version, numbers: &Numbers, graph: &mut LockGraph<'_>) {
    let look_up = |to: &Reference| {
        let keys = reference_keys(lock.names.text(to.name), lock.names.text(to.value), version);
        keys.iter().find_map(|key| numbers.get(&lock.names.known(key)?)).copied()
    };
    let [of_packages, of_snapshots] = &lock.needs;
    for need in if version == Version::V9 { of_snapshots } else { of_packages } {
        if let (Some(from), Some(to)) = (numbers.get(&need.from), look_up(&need.to)) {
            graph.edge(*from, to, need.optional);
        }
    }
    let [of_importers, of_root] = &lock.asked;
    for (scope, to) in if lock.has_importers { of_importers } else { of_root } {
        if let Some(to) = look_up(to) {
            graph.want(*scope, to);
        }
    }
}

#[cfg(test)]
mod tests;
