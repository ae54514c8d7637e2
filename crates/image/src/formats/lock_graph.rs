//! The packages of one lock file with what each needs, and what a graph tells: scopes, the shortest dependency
//! paths, one entry for each name and version. Everything here takes time linear in packages and edges.

use crate::facts::{Facts, Problem};
use crate::formats::FormatError;
use crate::formats::dependency_path::{self, Edges};
use batten_model::{Location, Origin, Package, PackageKind, Scope};
use std::collections::HashMap;

/// Most packages of one file.
const MAX_PACKAGES: u32 = 200_000;
/// Names that a message tells before it only counts.
const NAMES_TOLD: usize = 10;

/// A lock file on its way to [`Facts`].
pub(crate) struct LockGraph<'a> {
    format: &'static str,
    path: &'a str,
    kind: PackageKind,
    packages: Vec<Package>,
    /// A package and what it needs.
    edges: Vec<(u32, u32)>,
    /// A package and what it can do without.
    optional_edges: Vec<(u32, u32)>,
    /// What the project itself asks for.
    wants: Vec<(Scope, u32)>,
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
    ) -> Result<u32, FormatError> {
        let number = u32::try_from(self.packages.len()).ok().filter(|number| *number < MAX_PACKAGES);
        let number = number.ok_or(FormatError::Limit { limit: MAX_PACKAGES.into(), unit: "entries" })?;
        let place = Location { line, ..Location::at(self.path) };
        let mut package = Package::new(self.kind, name, version, place);
        package.origin = Origin::Declared;
        self.packages.push(package);
        Ok(number)
    }

    /// A package that was added.
    pub(crate) fn package_mut(&mut self, number: u32) -> Option<&mut Package> {
        self.packages.get_mut(number as usize)
    }

    /// `from` needs `to`; where `optional`, it can do without.
    pub(crate) fn edge(&mut self, from: u32, to: u32, optional: bool) {
        let edges = if optional { &mut self.optional_edges } else { &mut self.edges };
        edges.push((from, to));
    }

    /// The project itself asks for a package.
    pub(crate) fn want(&mut self, scope: Scope, number: u32) {
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
        let edges = Edges::of(self.packages.len(), &self.edges);
        let optional_edges = Edges::of(self.packages.len(), &self.optional_edges);
        let mut scopes: Vec<Option<Scope>> = vec![None; self.packages.len()];
        let mut optional: Vec<u32> = Vec::new();
        for scope in [Scope::Runtime, Scope::Optional, Scope::Development] {
            let mut queue: Vec<u32> =
                self.wants.iter().filter(|(wanted, _)| *wanted == scope).map(|(_, to)| *to).collect();
            if scope == Scope::Optional {
                queue.append(&mut optional);
            }
            while let Some(at) = queue.pop() {
                match scopes.get_mut(at as usize) {
                    Some(slot @ None) => *slot = Some(scope),
                    _ => continue,
                }
                queue.extend(edges.from(at));
                let late = if scope == Scope::Runtime { &mut optional } else { &mut queue };
                late.extend(optional_edges.from(at));
            }
        }
        for (package, scope) in self.packages.iter_mut().zip(scopes) {
            package.scope = scope.unwrap_or(package.scope);
        }
    }

    /// The facts: dependency paths assigned, equal packages merged.
    pub(crate) fn finish(mut self) -> Facts {
        let mut pairs = std::mem::take(&mut self.edges);
        pairs.append(&mut self.optional_edges);
        if !pairs.is_empty() || !self.wants.is_empty() {
            let edges = Edges::of(self.packages.len(), &pairs);
            drop(pairs);
            let asked = self.asked(&edges);
            dependency_path::assign(&mut self.packages, &edges, &asked);
        }
        let mut problems = self.problems;
        if self.unversioned_count > 0 {
            problems.push(unversioned_problem(self.path, &self.unversioned, self.unversioned_count));
        }
        merge(&mut self.packages);
        Facts { packages: self.packages, problems, ..Facts::default() }
    }

    /// What the project asks for; where the file does not tell, what nothing else needs.
    fn asked(&self, edges: &Edges) -> Vec<u32> {
        if !self.wants.is_empty() {
            return self.wants.iter().map(|(_, to)| *to).collect();
        }
        let mut needed = vec![false; self.packages.len()];
        for to in edges.targets() {
            if let Some(slot) = needed.get_mut(*to as usize) {
                *slot = true;
            }
        }
        (0..).zip(&needed).filter(|(_, needed)| !**needed).map(|(number, _)| number).collect()
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
fn merge(packages: &mut Vec<Package>) {
    let firsts = firsts(packages);
    if firsts.iter().enumerate().all(|(index, first)| *first == index) {
        return;
    }
    for (index, first) in firsts.iter().enumerate() {
        if let Some((front, back)) = packages.split_at_mut_checked(index)
            && let (Some(known), Some(other)) = (front.get_mut(*first), back.first_mut())
        {
            absorb(known, other);
        }
    }
    let mut index = 0;
    packages.retain(|_| {
        index += 1;
        firsts.get(index - 1) == Some(&(index - 1))
    });
}

/// For each package, where its name and version come first.
fn firsts(packages: &[Package]) -> Vec<usize> {
    let mut places: HashMap<(&str, &str), usize> = HashMap::with_capacity(packages.len());
    let mut out = Vec::with_capacity(packages.len());
    for (index, package) in packages.iter().enumerate() {
        out.push(*places.entry((&package.name, &package.version)).or_insert(index));
    }
    out
}

/// Adds to `known` what another entry of the same package tells.
fn absorb(known: &mut Package, other: &mut Package) {
    known.scope = wider(known.scope, other.scope);
    if known.licence.is_none() {
        known.licence = other.licence.take();
    }
    let shorter = other.dependency_path.len() < known.dependency_path.len();
    if !other.dependency_path.is_empty() && (shorter || known.dependency_path.is_empty()) {
        known.dependency_path = std::mem::take(&mut other.dependency_path);
    }
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
        assert_eq!(facts.packages[4].dependency_path.steps(), ["d@1", "e@1"]);
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
        assert_eq!(facts.packages[0].dependency_path.steps(), ["a@1"]);
        assert_eq!(facts.problems[0].target, "a.lock:4");
        assert_eq!(facts.problems[1].code, "no-version");
    }
}
