//! Bun's text lock file `bun.lock` (Bun documentation, "Lockfile"; lockfileVersion 0 to 2): JSON with comments and
//! trailing commas. The older binary `bun.lockb` is not read, and is said to be unsupported.
//!
//! `packages` maps places in the tree (`parent/child`) to an array: `name@version`, and an object with what it needs.
//! Workspaces and links to folders are not listed; what they need begins the dependency paths.

mod jsonc;

use crate::content::File;
use crate::facts::{Facts, Problem};
use crate::formats::json_lenient::{Entries, OneOrMany, Text, TextOr, lenient, read};
use crate::formats::lock_graph::LockGraph;
use crate::formats::source_text::{Lines, lock_bytes, utf8};
use crate::formats::{Format, FormatError, Wants};
use batten_model::{PackageKind, Scope};
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
    struct Lock<'a> {
        "workspaces" => workspaces: Entries<'a, TextOr<'a, Needs<'a>>>,
        "packages" => packages: Entries<'a, OneOrMany<TextOr<'a, Needs<'a>>>>,
    }
}

lenient! {
    struct Needs<'a> {
        "name" => name: Text<'a>,
        "dependencies" => dependencies: Entries<'a, Text<'a>>,
        "peerDependencies" => peer_dependencies: Entries<'a, Text<'a>>,
        "optionalDependencies" => optional_dependencies: Entries<'a, Text<'a>>,
        "devDependencies" => dev_dependencies: Entries<'a, Text<'a>>,
    }
}

impl<'a> Needs<'a> {
    fn by_scope(&self) -> [(&Entries<'a, Text<'a>>, Scope); 4] {
        [
            (&self.dependencies, Scope::Runtime),
            (&self.peer_dependencies, Scope::Runtime),
            (&self.optional_dependencies, Scope::Optional),
            (&self.dev_dependencies, Scope::Development),
        ]
    }
}

pub(crate) fn parse(file: &File<'_>) -> Result<Facts, FormatError> {
    if file.name() == "bun.lockb" {
        return Ok(Facts { problems: vec![binary(file.path)], ..Facts::default() });
    }
    let bytes = lock_bytes(file)?;
    let text = jsonc::to_json(utf8(&bytes, WORDS)?);
    let lock: Lock<'_> = read(&text, WORDS)?;
    let mut graph = LockGraph::new(FORMAT.name, file.path, PackageKind::Npm);
    let numbers = add_packages(&lock, &mut Lines::new(&text), &mut graph)?;
    for (key, value) in &lock.packages.0 {
        let Some(from) = numbers.get(&**key).copied().flatten() else { continue };
        for (needs, scope) in needs_of(value).map(Needs::by_scope).into_iter().flatten() {
            for (name, _) in &needs.0 {
                if let Some(to) = look_up(key, name, &numbers).filter(|_| scope != Scope::Development) {
                    graph.edge(from, to, scope == Scope::Optional);
                }
            }
        }
    }
    for (_, workspace) in &lock.workspaces.0 {
        let TextOr::Object(workspace) = workspace else { continue };
        let folder = workspace.name.get().unwrap_or_default();
        for (needs, scope) in workspace.by_scope() {
            for (name, _) in &needs.0 {
                if let Some(to) = look_up(folder, name, &numbers) {
                    graph.want(scope, to);
                }
            }
        }
    }
    graph.assign_scopes();
    Ok(graph.finish())
}

type Packages<'t> = HashMap<&'t str, Option<usize>>;

fn add_packages<'t>(
    lock: &'t Lock<'_>,
    lines: &mut Lines<'_>,
    graph: &mut LockGraph<'_>,
) -> Result<Packages<'t>, FormatError> {
    let mut numbers = HashMap::with_capacity(lock.packages.0.len());
    for (key, value) in &lock.packages.0 {
        let line = lines.of_part(key);
        let resolution = match value.0.first() {
            Some(TextOr::Text(text)) => split(text),
            _ => None,
        };
        let number = match resolution {
            Some((name, version)) if is_version(version) => Some(graph.add(name, version, line)?),
            Some((_, source)) if is_folder(source) => None,
            Some((name, _)) => {
                graph.unversioned(name);
                None
            }
            None => {
                graph.unreadable(line, "the entry has no name and version", "该条目没有名称和版本");
                None
            }
        };
        numbers.insert(&**key, number);
    }
    Ok(numbers)
}

fn needs_of<'t, 'a>(value: &'t OneOrMany<TextOr<'a, Needs<'a>>>) -> Option<&'t Needs<'a>> {
    value.0.iter().find_map(|item| match item {
        TextOr::Object(needs) => Some(needs),
        _ => None,
    })
}

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
fn look_up(place: &str, name: &str, numbers: &Packages<'_>) -> Option<usize> {
    let mut folder = place;
    let mut key = String::with_capacity(place.len() + name.len() + 1);
    for _ in 0..MAX_LEVELS {
        key.clear();
        if !folder.is_empty() {
            key.push_str(folder);
            key.push('/');
        }
        key.push_str(name);
        if let Some(found) = numbers.get(key.as_str()) {
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
