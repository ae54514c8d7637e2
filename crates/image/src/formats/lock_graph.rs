//! The packages of one lock file with what each needs, and what a graph tells: scopes, the shortest dependency
//! paths, one entry for each name and version. Everything here takes time linear in packages and edges.

use crate::facts::{Facts, Problem};
use crate::formats::{FormatError, dependency_path};
use batten_model::{Location, Origin, Package, PackageKind, Scope};
use std::collections::HashMap;

/// Most packages of one file.
const MAX_PACKAGES: usize = 200_000;
/// Names that a message tells before it only counts.
const NAMES_TOLD: usize = 10;

/// A lock file on its way to [`Facts`].
pub(crate) struct LockGraph<'a> {
    format: &'static str,
    path: &'a str,
    kind: PackageKind,
    packages: Vec<Package>,
    /// What each package needs.
    edges: Vec<Vec<usize>>,
    /// What each package can do without.
    optional_edges: Vec<Vec<usize>>,
    /// What the project itself asks for.
    wants: Vec<(Scope, usize)>,
    unversioned: Vec<String>,
    unversioned_count: usize,
    problems: Vec<Problem>,
}

impl<'a> LockGraph<'a> {
    /// An empty graph for the file at `path`; `format` is the format's name, for the codes of problems.
    pub(crate) fn new(format: &'static str, path: &'a str, kind: PackageKind) -> LockGraph<'a> {
        LockGraph {
            format,
            path,
            kind,
            packages: Vec::new(),
            edges: Vec::new(),
            optional_edges: Vec::new(),
            wants: Vec::new(),
            unversioned: Vec::new(),
            unversioned_count: 0,
            problems: Vec::new(),
        }
    }

    /// Adds a package and gives its number. The same name and version may come several times.
    pub(crate) fn add(
        &mut self,
        name: impl Into<String>,
        version: impl Into<String>,
        line: Option<u32>,
    ) -> Result<usize, FormatError> {
        if self.packages.len() >= MAX_PACKAGES {
            return Err(FormatError::Limit { limit: MAX_PACKAGES as u64, unit: "entries" });
        }
        let place = Location { line, ..Location::at(self.path) };
        let mut package = Package::new(self.kind, name, version, place);
        package.origin = Origin::Declared;
        self.packages.push(package);
        self.edges.push(Vec::new());
        self.optional_edges.push(Vec::new());
        Ok(self.packages.len() - 1)
    }

    /// A package that was added.
    pub(crate) fn package_mut(&mut self, number: usize) -> Option<&mut Package> {
        self.packages.get_mut(number)
    }

    /// `from` needs `to`; where `optional`, it can do without.
    pub(crate) fn edge(&mut self, from: usize, to: usize, optional: bool) {
        let edges = if optional { &mut self.optional_edges } else { &mut self.edges };
        if let Some(targets) = edges.get_mut(from) {
            targets.push(to);
        }
    }

    /// The project itself asks for a package.
    pub(crate) fn want(&mut self, scope: Scope, number: usize) {
        self.wants.push((scope, number));
    }

    /// A package that the file names without a version: it cannot be listed, which [`LockGraph::finish`] says.
    pub(crate) fn unversioned(&mut self, name: &str) {
        self.unversioned_count += 1;
        if self.unversioned.len() < NAMES_TOLD {
            self.unversioned.push(name.chars().take(100).collect());
        }
    }

    /// An entry of which nothing can be used.
    pub(crate) fn unreadable(&mut self, line: Option<u32>, en: &str, zh: &str) {
        let target = line.map_or(self.path.to_owned(), |line| format!("{}:{line}", self.path));
        // A file of nothing but such entries needs no problem for each.
        if self.problems.len() < 100 {
            self.problems.push(Problem {
                code: format!("unreadable-{}", self.format),
                en: format!("{target}: {en}; it was left out"),
                zh: format!("{target}：{zh}，已略过"),
                target,
                fatal: false,
            });
        }
    }

    /// Sets every package's scope from what the project asks for: what is needed at run time, what only optional
    /// packages need, what only development needs. Unreached packages keep theirs.
    pub(crate) fn assign_scopes(&mut self) {
        let mut scopes: Vec<Option<Scope>> = vec![None; self.packages.len()];
        let mut optional: Vec<usize> = Vec::new();
        for scope in [Scope::Runtime, Scope::Optional, Scope::Development] {
            let mut queue: Vec<usize> =
                self.wants.iter().filter(|(wanted, _)| *wanted == scope).map(|(_, to)| *to).collect();
            if scope == Scope::Optional {
                queue.append(&mut optional);
            }
            while let Some(at) = queue.pop() {
                match scopes.get_mut(at) {
                    Some(slot @ None) => *slot = Some(scope),
                    _ => continue,
                }
                queue.extend(self.edges.get(at).into_iter().flatten());
                let late = if scope == Scope::Runtime { &mut optional } else { &mut queue };
                late.extend(self.optional_edges.get(at).into_iter().flatten());
            }
        }
        for (package, scope) in self.packages.iter_mut().zip(scopes) {
            package.scope = scope.unwrap_or(package.scope);
        }
    }

    /// The facts: dependency paths assigned, equal packages merged.
    pub(crate) fn finish(mut self) -> Facts {
        for (edges, optional) in self.edges.iter_mut().zip(&mut self.optional_edges) {
            edges.append(optional);
        }
        if self.edges.iter().any(|edges| !edges.is_empty()) || !self.wants.is_empty() {
            let project = self.edges.len();
            let starts = self.direct();
            self.edges.push(starts);
            dependency_path::assign(&mut self.packages, &self.edges, &[project]);
        }
        let mut problems = self.problems;
        if self.unversioned_count > 0 {
            problems.push(unversioned_problem(self.path, &self.unversioned, self.unversioned_count));
        }
        Facts { packages: merged(self.packages), problems, ..Facts::default() }
    }

    /// What the project asks for; where the file does not tell, what nothing else needs.
    fn direct(&mut self) -> Vec<usize> {
        if !self.wants.is_empty() {
            return self.wants.iter().map(|(_, to)| *to).collect();
        }
        let mut needed = vec![false; self.packages.len()];
        for to in self.edges.iter().flatten() {
            if let Some(slot) = needed.get_mut(*to) {
                *slot = true;
            }
        }
        needed.iter().enumerate().filter(|(_, needed)| !**needed).map(|(index, _)| index).collect()
    }
}

fn unversioned_problem(path: &str, names: &[String], count: usize) -> Problem {
    let more = count - names.len();
    let (and_en, and_zh) = match more {
        0 => (String::new(), String::new()),
        more => (format!(" and {more} more"), format!(" 等另外 {more} 个")),
    };
    let names = names.join(", ");
    Problem {
        code: "no-version".to_owned(),
        target: path.to_owned(),
        en: format!(
            "{path} names {count} packages without a version, which are not listed and not judged: {names}{and_en}; \
             pin them, or scan where they are installed"
        ),
        zh: format!(
            "{path} 中有 {count} 个包没有版本，未列出也未判定：{names}{and_zh}；请固定其版本，或扫描其安装位置"
        ),
        fatal: false,
    }
}

/// One package for each name and version: the first place, the widest scope, the shortest path.
fn merged(packages: Vec<Package>) -> Vec<Package> {
    let mut places: HashMap<(String, String), usize> = HashMap::with_capacity(packages.len());
    let mut out: Vec<Package> = Vec::with_capacity(packages.len());
    for package in packages {
        let key = (package.name.clone(), package.version.clone());
        let Some(first) = places.get(&key).and_then(|index| out.get_mut(*index)) else {
            places.insert(key, out.len());
            out.push(package);
            continue;
        };
        first.scope = wider(first.scope, package.scope);
        if first.licence.is_none() {
            first.licence = package.licence;
        }
        let shorter = package.dependency_path.len() < first.dependency_path.len();
        if !package.dependency_path.is_empty() && (shorter || first.dependency_path.is_empty()) {
            first.dependency_path = package.dependency_path;
        }
    }
    out
}

/// Of two scopes the one that puts the package nearer to a running program.
fn wider(a: Scope, b: Scope) -> Scope {
    let rank = |scope| match scope {
        Scope::Runtime => 0,
        Scope::Optional => 1,
        Scope::Development => 2,
    };
    if rank(a) <= rank(b) { a } else { b }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scopes_and_paths_follow_the_graph() {
        let mut graph = LockGraph::new("x", "a.lock", PackageKind::Npm);
        for name in ["a", "b", "c", "d", "e"] {
            graph.add(name, "1", None).unwrap();
        }
        graph.want(Scope::Runtime, 0);
        graph.want(Scope::Development, 3);
        graph.edge(0, 1, false);
        graph.edge(0, 2, true);
        graph.edge(3, 1, false);
        graph.edge(3, 4, true);
        graph.assign_scopes();
        let facts = graph.finish();
        let scopes: Vec<Scope> = facts.packages.iter().map(|p| p.scope).collect();
        use Scope::{Development, Optional, Runtime};
        assert_eq!(scopes, [Runtime, Runtime, Optional, Development, Development]);
        assert_eq!(facts.packages[4].dependency_path, ["d@1", "e@1"]);
    }

    #[test]
    fn equal_packages_are_one() {
        let mut graph = LockGraph::new("x", "a.lock", PackageKind::Npm);
        graph.add("a", "1", Some(3)).unwrap();
        graph.add("a", "1", Some(9)).unwrap();
        graph.package_mut(0).unwrap().scope = Scope::Development;
        graph.want(Scope::Runtime, 1);
        graph.unversioned("git");
        graph.unreadable(Some(4), "no name", "没有名称");
        let facts = graph.finish();
        assert_eq!(facts.packages.len(), 1);
        assert_eq!(facts.packages[0].scope, Scope::Runtime);
        assert_eq!(facts.packages[0].locations[0].line, Some(3));
        assert_eq!(facts.packages[0].dependency_path, ["a@1"]);
        assert_eq!(facts.problems[0].target, "a.lock:4");
        assert_eq!(facts.problems[1].code, "no-version");
    }
}
