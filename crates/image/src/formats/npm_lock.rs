//! npm's `package-lock.json` and `npm-shrinkwrap.json`, lockfileVersion 1 to 3, and the hidden
//! `node_modules/.package-lock.json` (npm documentation, "package-lock.json").
//!
//! Versions 2 and 3 are read from `packages`, whose keys are places in the tree; version 1 from the nested
//! `dependencies`. What a package needs is found as Node does: in the nearest `node_modules` upwards. The project
//! itself, its workspaces and links to folders come from no registry and are not listed; their needs begin the
//! dependency paths.

use crate::content::File;
use crate::facts::Facts;
use crate::formats::json_lenient::{Entries, Flag, Number, Object, OneOrMany, Text, TextOr, lenient, read};
use crate::formats::lock_graph::LockGraph;
use crate::formats::node_package_json::{LicenceObject, licence_of};
use crate::formats::source_text::{Lines, lock_bytes, utf8};
use crate::formats::{Format, FormatError, Wants};
use batten_model::{PackageKind, Scope};
use std::borrow::Cow;
use std::collections::HashMap;

pub(crate) const FORMAT: Format = Format {
    name: "npm_lock",
    version: 1,
    wants: &[
        Wants::Name("package-lock.json"),
        Wants::Name("npm-shrinkwrap.json"),
        Wants::Name(".package-lock.json"),
    ],
    database: false,
    parse,
};

const WORDS: &str = "npm lock file";
/// Folders upwards in which a need is looked for.
const MAX_LEVELS: usize = 64;

lenient! {
    struct Lock<'a> {
        "lockfileVersion" => version: Number,
        "packages" => packages: Entries<'a, Object<Place<'a>>>,
        "dependencies" => dependencies: Entries<'a, Object<Nested<'a>>>,
    }
}

lenient! {
    /// An entry of `packages`.
    struct Place<'a> {
        "name" => name: Text<'a>,
        "version" => version: Text<'a>,
        "resolved" => resolved: Text<'a>,
        "license" => licence: OneOrMany<TextOr<'a, LicenceObject<'a>>>,
        "link" => link: Flag,
        "dev" => dev: Flag,
        "optional" => optional: Flag,
        "devOptional" => dev_optional: Flag,
        "dependencies" => dependencies: Entries<'a, Text<'a>>,
        "optionalDependencies" => optional_dependencies: Entries<'a, Text<'a>>,
        "peerDependencies" => peer_dependencies: Entries<'a, Text<'a>>,
        "devDependencies" => dev_dependencies: Entries<'a, Text<'a>>,
    }
}

lenient! {
    /// An entry of version 1's `dependencies`.
    struct Nested<'a> {
        "version" => version: Text<'a>,
        "dev" => dev: Flag,
        "optional" => optional: Flag,
        "requires" => requires: Entries<'a, Text<'a>>,
        "dependencies" => dependencies: Entries<'a, Object<Nested<'a>>>,
    }
}

pub(crate) fn parse(file: &File<'_>) -> Result<Facts, FormatError> {
    let bytes = lock_bytes(file)?;
    let text = utf8(&bytes, WORDS)?;
    let lock: Lock<'_> = read(text, WORDS)?;
    let mut graph = LockGraph::new(FORMAT.name, file.path, PackageKind::Npm);
    let mut lines = Lines::new(text);
    match lock.version.0 {
        _ if !lock.packages.0.is_empty() => read_places(&lock.packages.0, &mut lines, &mut graph)?,
        Some(0 | 1) | None => read_nested(&lock.dependencies.0, &mut lines, &mut graph)?,
        Some(2 | 3) => {}
        Some(other) => {
            let reason = format!("lockfileVersion {other} is not supported (1, 2 and 3 are)");
            return Err(FormatError::Malformed {
                format: WORDS,
                reason,
                place: "lockfileVersion".to_owned(),
            });
        }
    }
    Ok(graph.finish())
}

/// Versions 2 and 3.
fn read_places(
    places: &[(Cow<'_, str>, Object<Place<'_>>)],
    lines: &mut Lines<'_>,
    graph: &mut LockGraph<'_>,
) -> Result<(), FormatError> {
    let mut at: HashMap<&str, Target> = HashMap::with_capacity(places.len());
    for (path, place) in places {
        let line = lines.of_part(path);
        let Some(place) = &place.0 else {
            graph.unreadable(line, "the entry is no object", "该条目不是对象");
            continue;
        };
        let Some(name) = installed_name(path, place) else {
            at.insert(path, Target::Own);
            continue;
        };
        match place.version.get() {
            _ if place.link.0 => {
                at.insert(path, Target::Own);
            }
            Some(version) => {
                let number = graph.add(name, version, line)?;
                if let Some(package) = graph.package_mut(number) {
                    package.scope = scope(place.dev.0, place.optional.0 || place.dev_optional.0);
                    package.licence = licence_of(&place.licence);
                }
                at.insert(path, Target::Package(number));
            }
            // A folder of the tree without a package in it, as npm writes for optional packages of other platforms.
            None if place.resolved.get().is_none() => {}
            None => graph.unversioned(name),
        }
    }
    for (path, place) in places {
        if let Some(place) = &place.0 {
            connect_place(path, place, &at, graph);
        }
    }
    Ok(())
}

/// What stands at a place of the tree.
#[derive(Clone, Copy)]
enum Target {
    /// The project, a workspace or a link to one.
    Own,
    Package(usize),
}

/// The name of the package in a `node_modules` folder; `None` for the project and its workspaces. Where the folder
/// is an alias, npm writes the package's own name beside it.
fn installed_name<'p>(path: &'p str, place: &'p Place<'_>) -> Option<&'p str> {
    let folder = match path.rsplit_once("node_modules/") {
        Some((front, folder)) if front.is_empty() || front.ends_with('/') => folder,
        _ => return None,
    };
    Some(place.name.get().unwrap_or(folder)).filter(|name| !name.is_empty())
}

fn scope(dev: bool, optional: bool) -> Scope {
    match (dev, optional) {
        (true, _) => Scope::Development,
        (_, true) => Scope::Optional,
        _ => Scope::Runtime,
    }
}

fn connect_place(path: &str, place: &Place<'_>, at: &HashMap<&str, Target>, graph: &mut LockGraph<'_>) {
    let from = at.get(path).copied();
    let kinds = [
        (&place.dependencies, Scope::Runtime),
        (&place.optional_dependencies, Scope::Optional),
        (&place.peer_dependencies, Scope::Runtime),
        (&place.dev_dependencies, Scope::Development),
    ];
    for (needs, scope) in kinds {
        for (name, _) in &needs.0 {
            let Some(Target::Package(to)) = look_up(path, name, at) else { continue };
            match from {
                Some(Target::Own) => graph.want(scope, to),
                Some(Target::Package(from)) if scope != Scope::Development => {
                    graph.edge(from, to, scope == Scope::Optional);
                }
                _ => {}
            }
        }
    }
}

/// The nearest `node_modules/<name>` from the folder `path` upwards (Node's "Loading from node_modules folders").
fn look_up(path: &str, name: &str, at: &HashMap<&str, Target>) -> Option<Target> {
    let mut folder = path;
    let mut key = String::with_capacity(path.len() + name.len() + 14);
    for _ in 0..MAX_LEVELS {
        if !folder.ends_with("node_modules") {
            key.clear();
            key.push_str(folder);
            if !folder.is_empty() {
                key.push('/');
            }
            key.push_str("node_modules/");
            key.push_str(name);
            if let Some(found) = at.get(key.as_str()) {
                return Some(*found);
            }
        }
        if folder.is_empty() {
            return None;
        }
        folder = folder.rsplit_once('/').map_or("", |(front, _)| front);
    }
    None
}

/// One level of version 1's tree while it is walked.
struct Level<'t> {
    /// Names on this level.
    names: HashMap<&'t str, Option<usize>>,
    /// The level above.
    parent: Option<usize>,
}

/// Version 1.
fn read_nested<'t>(
    root: &'t [(Cow<'t, str>, Object<Nested<'t>>)],
    lines: &mut Lines<'_>,
    graph: &mut LockGraph<'_>,
) -> Result<(), FormatError> {
    let mut levels: Vec<Level<'t>> = Vec::new();
    let mut needs: Vec<(usize, usize, &'t Nested<'t>)> = Vec::new();
    walk_nested(root, None, &mut levels, &mut needs, lines, graph)?;
    for (from, level, nested) in needs {
        for (name, _) in &nested.requires.0 {
            if let Some(to) = find_nested(name, level, &levels) {
                graph.edge(from, to, false);
            }
        }
    }
    Ok(())
}

/// Adds the packages of one level and those below; serde_json's limit of 128 levels bounds the recursion.
fn walk_nested<'t>(
    entries: &'t [(Cow<'t, str>, Object<Nested<'t>>)],
    parent: Option<usize>,
    levels: &mut Vec<Level<'t>>,
    needs: &mut Vec<(usize, usize, &'t Nested<'t>)>,
    lines: &mut Lines<'_>,
    graph: &mut LockGraph<'_>,
) -> Result<(), FormatError> {
    let level = levels.len();
    levels.push(Level { names: HashMap::with_capacity(entries.len()), parent });
    for (name, nested) in entries {
        let line = lines.of_part(name);
        let Some(nested) = &nested.0 else {
            graph.unreadable(line, "the entry is no object", "该条目不是对象");
            continue;
        };
        let number = match nested_version(name, nested.version.get().unwrap_or_default()) {
            NestedVersion::Registry(name, version) => Some(graph.add(name, version, line)?),
            NestedVersion::Own => None,
            NestedVersion::Unknown => {
                graph.unversioned(name);
                None
            }
        };
        if let Some(package) = number.and_then(|number| graph.package_mut(number)) {
            package.scope = scope(nested.dev.0, nested.optional.0);
        }
        if let Some(level) = levels.get_mut(level) {
            level.names.insert(name, number);
        }
        let inner = if nested.dependencies.0.is_empty() {
            level
        } else {
            let inner = levels.len();
            walk_nested(&nested.dependencies.0, Some(level), levels, needs, lines, graph)?;
            inner
        };
        needs.extend(number.map(|number| (number, inner, nested)));
    }
    Ok(())
}

fn find_nested(name: &str, level: usize, levels: &[Level<'_>]) -> Option<usize> {
    let mut at = levels.get(level);
    while let Some(level) = at {
        if let Some(found) = level.names.get(name) {
            return *found;
        }
        at = level.parent.and_then(|parent| levels.get(parent));
    }
    None
}

/// What version 1's `version` says: a version, an alias, or where the package was taken from.
#[derive(Debug, PartialEq)]
enum NestedVersion<'v> {
    Registry(&'v str, &'v str),
    /// A folder of the project.
    Own,
    Unknown,
}

fn nested_version<'v>(name: &'v str, version: &'v str) -> NestedVersion<'v> {
    if let Some(alias) = version.strip_prefix("npm:") {
        return match split_name_version(alias) {
            Some((name, version)) => NestedVersion::Registry(name, version),
            None => NestedVersion::Unknown,
        };
    }
    if version.starts_with("file:") || version.starts_with("link:") {
        let archive = [".tgz", ".tar.gz", ".tar"].iter().any(|end| version.ends_with(end));
        return if archive { NestedVersion::Unknown } else { NestedVersion::Own };
    }
    if let Some(version) = version_in_url(name, version) {
        return NestedVersion::Registry(name, version);
    }
    if version.is_empty() || version.contains([':', '/', '#']) {
        return NestedVersion::Unknown;
    }
    NestedVersion::Registry(name, version)
}

/// The version in the address of a registry's archive: `…/-/name-1.2.3.tgz`, with the name's part behind the scope.
pub(crate) fn version_in_url<'v>(name: &str, url: &'v str) -> Option<&'v str> {
    if !url.starts_with("http") {
        return None;
    }
    let bare = name.rsplit_once('/').map_or(name, |(_, bare)| bare);
    let url = url.split(['?', '#']).next().unwrap_or(url);
    let (_, archive) = url.rsplit_once("/-/")?;
    let archive = archive.rsplit_once('/').map_or(archive, |(_, archive)| archive);
    let version = archive.strip_prefix(bare)?.strip_prefix('-')?.strip_suffix(".tgz")?;
    version.starts_with(|c: char| c.is_ascii_digit()).then_some(version)
}

/// `name@version` with or without a scope.
pub(crate) fn split_name_version(text: &str) -> Option<(&str, &str)> {
    let (name, version) = text.rsplit_once('@')?;
    (!name.is_empty() && !version.is_empty()).then_some((name, version))
}

#[cfg(test)]
mod tests;
