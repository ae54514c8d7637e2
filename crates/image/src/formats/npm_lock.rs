//! npm's `package-lock.json` and `npm-shrinkwrap.json`, lockfileVersion 1 to 3, and the hidden
//! `node_modules/.package-lock.json` (npm documentation, "package-lock.json").
//!
//! Versions 2 and 3 are read from `packages`, whose keys are places in the tree; version 1 from the nested
//! `dependencies`. What a package needs is found as Node does: in the nearest `node_modules` upwards. The project
//! itself, its workspaces and links to folders come from no registry and are not listed; their needs begin the
//! dependency paths.

use crate::content::File;
use crate::facts::Facts;
use crate::formats::json_lenient::{
    Entries, Fields, Flag, Number, Object, OneOrMany, Text, TextOr, each_entry, lenient, read_fields, skip,
};
use crate::formats::lock_graph::LockGraph;
use crate::formats::node_package_json::{LicenceObject, licence_of};
use crate::formats::source_text::{Lines, lock_bytes, utf8};
use crate::formats::{Format, FormatError, Wants};
use batten_model::{PackageKind, Scope};
use serde::de::{IgnoredAny, MapAccess};
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
        "dependencies" => dependencies: Entries<'a, IgnoredAny>,
        "optionalDependencies" => optional_dependencies: Entries<'a, IgnoredAny>,
        "peerDependencies" => peer_dependencies: Entries<'a, IgnoredAny>,
        "devDependencies" => dev_dependencies: Entries<'a, IgnoredAny>,
    }
}

lenient! {
    /// An entry of version 1's `dependencies`.
    struct Nested<'a> {
        "version" => version: Text<'a>,
        "dev" => dev: Flag,
        "optional" => optional: Flag,
        "requires" => requires: Entries<'a, IgnoredAny>,
        "dependencies" => dependencies: Entries<'a, Object<Nested<'a>>>,
    }
}

pub(crate) fn parse(file: &File<'_>) -> Result<Facts, FormatError> {
    let bytes = lock_bytes(file)?;
    let text = utf8(&bytes, WORDS)?;
    let mut lock = Lock {
        graph: LockGraph::new(FORMAT.name, file.path, PackageKind::Npm),
        lines: Lines::new(text),
        version: Number::default(),
        places: Vec::new(),
        needs: Vec::new(),
        nested: Entries::default(),
        failed: None,
    };
    read_fields(text, WORDS, &mut lock)?;
    if let Some(error) = lock.failed.take() {
        return Err(error);
    }
    match lock.version.0 {
        _ if !lock.places.is_empty() => lock.connect_places(),
        Some(0 | 1) | None => read_nested(&lock.nested.0, &mut Lines::new(text), &mut lock.graph)?,
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
    Ok(lock.graph.finish())
}

/// A lock file while it is read. Of each place only what the graph needs is kept.
struct Lock<'a, 'g> {
    graph: LockGraph<'g>,
    lines: Lines<'a>,
    version: Number,
    /// Paths of `packages`, and what stands there.
    places: Vec<(Cow<'a, str>, Option<Target>)>,
    /// The place in `places` of what needs something, its name, and for what it is needed.
    needs: Vec<(u32, Cow<'a, str>, Scope)>,
    /// Version 1's tree.
    nested: Entries<'a, Object<Nested<'a>>>,
    /// A limit was reached.
    failed: Option<FormatError>,
}

impl<'a> Fields<'a> for Lock<'a, '_> {
    fn field<A: MapAccess<'a>>(&mut self, key: &str, map: &mut A) -> Result<(), A::Error> {
        match key {
            "lockfileVersion" => self.version = map.next_value()?,
            "packages" => {
                return each_entry(map, |path, place: Object<Place<'a>>| {
                    if self.failed.is_none() {
                        self.failed = self.place(path, place).err();
                    }
                });
            }
            // Version 2 has both; what stands in `packages` says more.
            "dependencies" if self.places.is_empty() => self.nested = map.next_value()?,
            _ => return skip(map),
        }
        Ok(())
    }
}

/// Versions 2 and 3.
impl<'a> Lock<'a, '_> {
    /// Takes an entry of `packages`.
    fn place(&mut self, path: Cow<'a, str>, place: Object<Place<'a>>) -> Result<(), FormatError> {
        let line = self.lines.of_part(&path);
        let target = match &place.0 {
            Some(place) => self.target(&path, place, line)?,
            None => {
                self.graph.unreadable(line, "the entry is no object", "该条目不是对象");
                None
            }
        };
        let number = u32::try_from(self.places.len()).unwrap_or(u32::MAX);
        if let (Some(place), Some(target)) = (place.0, target) {
            let kinds = [
                (place.dependencies, Scope::Runtime),
                (place.optional_dependencies, Scope::Optional),
                (place.peer_dependencies, Scope::Runtime),
                (place.dev_dependencies, Scope::Development),
            ];
            let is_asked = |scope| matches!(target, Target::Own) || scope != Scope::Development;
            for (needs, scope) in kinds.into_iter().filter(|(_, scope)| is_asked(*scope)) {
                self.needs.extend(needs.0.into_iter().map(|(name, _)| (number, name, scope)));
            }
        }
        self.places.push((path, target));
        Ok(())
    }

    /// Adds the package that stands at `path`, where there is one.
    fn target(
        &mut self,
        path: &str,
        place: &Place<'_>,
        line: Option<u32>,
    ) -> Result<Option<Target>, FormatError> {
        let Some(name) = installed_name(path, place).filter(|_| !place.link.0) else {
            return Ok(Some(Target::Own));
        };
        match place.version.get() {
            Some(version) => {
                let number = self.graph.add(name, version, line)?;
                if let Some(package) = self.graph.package_mut(number) {
                    package.scope = scope(place.dev.0, place.optional.0 || place.dev_optional.0);
                    package.licence = licence_of(&place.licence);
                }
                return Ok(Some(Target::Package(number)));
            }
            // A folder of the tree without a package in it, as npm writes for optional packages of other platforms.
            None if place.resolved.get().is_none() => {}
            None => self.graph.unversioned(name),
        }
        Ok(None)
    }

    /// Tells the graph what each place needs.
    fn connect_places(&mut self) {
        let mut at: HashMap<&str, Target> = HashMap::with_capacity(self.places.len());
        at.extend(self.places.iter().filter_map(|(path, target)| Some((path.as_ref(), (*target)?))));
        for (place, name, scope) in &self.needs {
            let Some((path, Some(from))) = self.places.get(*place as usize) else { continue };
            match (from, look_up(path, name, &at)) {
                (Target::Own, Some(Target::Package(to))) => self.graph.want(*scope, to),
                (Target::Package(from), Some(Target::Package(to))) => {
                    self.graph.edge(*from, to, *scope == Scope::Optional);
                }
                _ => {}
            }
        }
    }
}

/// What stands at a place of the tree.
#[derive(Clone, Copy)]
enum Target {
    /// The project, a workspace or a link to one.
    Own,
    Package(u32),
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
    names: HashMap<&'t str, Option<u32>>,
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
    let mut needs: Vec<(u32, usize, &'t Nested<'t>)> = Vec::new();
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
    needs: &mut Vec<(u32, usize, &'t Nested<'t>)>,
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

fn find_nested(name: &str, level: usize, levels: &[Level<'_>]) -> Option<u32> {
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
