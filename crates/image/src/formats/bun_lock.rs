//! Bun's text lock file `bun.lock` (Bun documentation, "Lockfile"; lockfileVersion 0 to 2): JSON with comments and
//! trailing commas. The older binary `bun.lockb` is not read, and is said to be unsupported.
//!
//! `packages` maps places in the tree (`parent/child`) to an array: `name@version`, and an object with what it needs.
//! Workspaces and links to folders are not listed; what they need begins the dependency paths.

mod jsonc;

use crate::content::File;
use crate::facts::{Facts, Problem};
use crate::formats::json_lenient::{
    Entries, Fields, OneOrMany, Text, TextOr, each_entry, lenient, read_fields, skip,
};
use crate::formats::lock_graph::LockGraph;
use crate::formats::source_text::{Lines, lock_bytes, utf8};
use crate::formats::{Format, FormatError, Wants};
use batten_model::{PackageKind, Scope};
use serde::de::{IgnoredAny, MapAccess};
use std::borrow::Cow;
use std::collections::HashMap;

pub(crate) const FORMAT: Format = Format {
    name: "bun_lock",
    version: 1,
    wants: &[Wants::Name("bun.lock"), Wants::Name("bun.lockb")],
    database: false,
    parse,
};

const WORDS: &str = "bun.lock";
const MAX_LEVELS: usize = 64;

lenient! {
    struct Needs<'a> {
        "name" => name: Text<'a>,
        "dependencies" => dependencies: Entries<'a, IgnoredAny>,
        "peerDependencies" => peer_dependencies: Entries<'a, IgnoredAny>,
        "optionalDependencies" => optional_dependencies: Entries<'a, IgnoredAny>,
        "devDependencies" => dev_dependencies: Entries<'a, IgnoredAny>,
    }
}

impl<'a> Needs<'a> {
    /// Names with what they are needed for.
    fn by_scope(self) -> impl Iterator<Item = (Cow<'a, str>, Scope)> {
        let kinds = [
            (self.dependencies, Scope::Runtime),
            (self.peer_dependencies, Scope::Runtime),
            (self.optional_dependencies, Scope::Optional),
            (self.dev_dependencies, Scope::Development),
        ];
        kinds.into_iter().flat_map(|(needs, scope)| needs.0.into_iter().map(move |(name, _)| (name, scope)))
    }
}

pub(crate) fn parse(file: &File<'_>) -> Result<Facts, FormatError> {
    if file.name() == "bun.lockb" {
        return Ok(Facts { problems: vec![binary(file.path)], ..Facts::default() });
    }
    let bytes = lock_bytes(file)?;
    utf8(&bytes, WORDS)?;
    let json = jsonc::to_json(bytes.into_owned());
    let text = utf8(&json, WORDS)?;
    let mut lock = Lock {
        graph: LockGraph::new(FORMAT.name, file.path, PackageKind::Npm),
        lines: Lines::new(text),
        places: Vec::new(),
        needs: Vec::new(),
        workspaces: Entries::default(),
        failed: None,
    };
    read_fields(text, WORDS, &mut lock)?;
    match lock.failed.take() {
        Some(error) => Err(error),
        None => Ok(lock.finish()),
    }
}

/// A lock file while it is read. Of each place only what the graph needs is kept.
struct Lock<'a, 'g> {
    graph: LockGraph<'g>,
    lines: Lines<'a>,
    /// Places of the tree, and the package there; none where it is a folder's or cannot be listed.
    places: Vec<(Cow<'a, str>, Option<u32>)>,
    /// The place in `places` of what needs something, its name, and for what it is needed.
    needs: Vec<(u32, Cow<'a, str>, Scope)>,
    workspaces: Entries<'a, TextOr<'a, Needs<'a>>>,
    /// A limit was reached.
    failed: Option<FormatError>,
}

impl<'a> Fields<'a> for Lock<'a, '_> {
    fn field<A: MapAccess<'a>>(&mut self, key: &str, map: &mut A) -> Result<(), A::Error> {
        match key {
            "workspaces" => self.workspaces = map.next_value()?,
            "packages" => {
                return each_entry(map, |place, value: OneOrMany<TextOr<'a, Needs<'a>>>| {
                    if self.failed.is_none() {
                        self.failed = self.place(place, value).err();
                    }
                });
            }
            _ => return skip(map),
        }
        Ok(())
    }
}

impl<'a> Lock<'a, '_> {
    /// Takes an entry of `packages`.
    fn place(
        &mut self,
        place: Cow<'a, str>,
        value: OneOrMany<TextOr<'a, Needs<'a>>>,
    ) -> Result<(), FormatError> {
        let line = self.lines.of_part(&place);
        let resolution = match value.0.first() {
            Some(TextOr::Text(text)) => split(text),
            _ => None,
        };
        let package = match resolution {
            Some((name, version)) if is_version(version) => Some(self.graph.add(name, version, line)?),
            Some((_, source)) if is_folder(source) => None,
            Some((name, _)) => {
                self.graph.unversioned(name);
                None
            }
            None => {
                self.graph.unreadable(line, "the entry has no name and version", "该条目没有名称和版本");
                None
            }
        };
        let number = u32::try_from(self.places.len()).unwrap_or(u32::MAX);
        self.places.push((place, package));
        let needs = value.0.into_iter().find_map(|item| match item {
            TextOr::Object(needs) => Some(needs),
            _ => None,
        });
        if let (Some(needs), Some(_)) = (needs, package) {
            let needs = needs.by_scope().filter(|(_, scope)| *scope != Scope::Development);
            self.needs.extend(needs.map(|(name, scope)| (number, name, scope)));
        }
        Ok(())
    }

    /// Tells the graph what each place and each workspace needs.
    fn finish(mut self) -> Facts {
        let packages: Packages<'_> =
            self.places.iter().map(|(place, package)| (place.as_ref(), *package)).collect();
        for (number, name, scope) in &self.needs {
            let Some((place, Some(from))) = self.places.get(*number as usize) else { continue };
            if let Some(to) = look_up(place, name, &packages) {
                self.graph.edge(*from, to, *scope == Scope::Optional);
            }
        }
        for (_, workspace) in self.workspaces.0 {
            let TextOr::Object(workspace) = workspace else { continue };
            let folder = workspace.name.get().unwrap_or_default().to_owned();
            for (name, scope) in workspace.by_scope() {
                if let Some(to) = look_up(&folder, &name, &packages) {
                    self.graph.want(scope, to);
                }
            }
        }
        self.graph.assign_scopes();
        self.graph.finish()
    }
}

/// What stands at each place.
type Packages<'t> = HashMap<&'t str, Option<u32>>;

/// `name@version`; the name may begin with `@`.
fn split(resolution: &str) -> Option<(&str, &str)> {
    let scope = usize::from(resolution.starts_with('@'));
    let place = resolution.get(scope..)?.find('@')? + scope;
    let (name, version) = (resolution.get(..place)?, resolution.get(place + 1..)?);
    (name.len() > scope).then_some((name, version))
}

fn is_version(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_digit()) && !text.contains([':', '/'])
}

/// What lies in the project or on its machine: workspaces, links and folders; an archive is none.
fn is_folder(source: &str) -> bool {
    let local = ["workspace:", "link:", "root:", "file:"].iter().any(|kind| source.starts_with(kind));
    local || source.is_empty() || source.starts_with("./") || source.starts_with("../")
}

/// The package that a need means: at the nearest place upwards, `a/b/need`, `a/need`, `need`.
fn look_up(place: &str, name: &str, packages: &Packages<'_>) -> Option<u32> {
    let mut folder = place;
    let mut key = String::with_capacity(place.len() + name.len() + 1);
    for _ in 0..MAX_LEVELS {
        key.clear();
        if !folder.is_empty() {
            key.push_str(folder);
            key.push('/');
        }
        key.push_str(name);
        if let Some(found) = packages.get(key.as_str()) {
            return *found;
        }
        if folder.is_empty() {
            return None;
        }
        folder = parent(folder);
    }
    None
}

/// A place without its last name, which has two parts where it has a scope.
fn parent(place: &str) -> &str {
    let front = place.rsplit_once('/').map_or("", |(front, _)| front);
    let before = front.rsplit_once('/').map_or("", |(before, _)| before);
    let last = front.rsplit_once('/').map_or(front, |(_, last)| last);
    if last.starts_with('@') { before } else { front }
}

fn binary(path: &str) -> Problem {
    Problem {
        code: "unsupported-bun_lock".to_owned(),
        target: path.to_owned(),
        en: format!(
            "{path} is Bun's binary lock file, which is not supported; write the text form with \
             `bun install --save-text-lockfile`"
        ),
        zh: format!(
            "{path} 是 Bun 的二进制锁文件，暂不支持；请用 `bun install --save-text-lockfile` 生成文本格式"
        ),
        fatal: false,
    }
}

#[cfg(test)]
mod tests;
