//! What a POM's dependencies are once properties, dependency management and inheritance are applied.

use super::model::{Dependency, Pom};
use crate::facts::Problem;
use batten_model::{DependencyPath, Location, Origin, Package, PackageKind, Scope};
use std::collections::BTreeMap;

/// Deepest nesting of properties in properties, most of them in one value, and the longest value.
const MAX_NESTING: usize = 16;
const MAX_REPLACED: u32 = 1000;
const MAX_VALUE: usize = 1024;

/// A POM with what it builds on.
pub(crate) struct Chain<'a> {
    /// The POM itself first, then its parents upwards. Never empty.
    pub(crate) poms: Vec<&'a Pom>,
    /// POMs whose dependency management is imported, each with its own parents.
    pub(crate) imported: Vec<Chain<'a>>,
}

/// Version and scope that dependency management gives.
type Managed = BTreeMap<String, (Option<String>, Option<String>)>;

/// The packages that a POM asks for directly, and what could not be resolved at all.
pub(crate) fn packages(chain: &Chain<'_>, path: &str) -> (Vec<Package>, Vec<Problem>) {
    let variables = Variables::of(chain);
    let managed = managed(chain, 0);
    let (mut found, mut problems) = (BTreeMap::new(), Vec::new());
    for (level, pom) in chain.poms.iter().enumerate() {
        for dependency in &pom.dependencies {
            let key = variables.key(dependency);
            if key.contains("${") || key.starts_with(':') || key.contains("::") {
                problems.extend(nameless(path, dependency, level));
            } else {
                found.entry(key).or_insert((level, dependency));
            }
        }
    }
    let mut packages = Vec::with_capacity(found.len());
    for (key, (level, dependency)) in found {
        let (managed_version, managed_scope) = managed.get(&key).cloned().unwrap_or_default();
        let version =
            dependency.version.as_deref().map(|version| variables.expand(version)).or(managed_version);
        let scope = dependency.scope.as_deref().map(|scope| variables.expand(scope)).or(managed_scope);
        let name =
            format!("{}:{}", variables.expand(&dependency.group), variables.expand(&dependency.artifact));
        let version = version.as_deref().map(fixed).unwrap_or_default();
        let mut place = Location::at(path);
        // A line of a parent is no line of this file.
        place.line = (level == 0).then_some(dependency.line);
        let mut package = Package::new(PackageKind::Maven, &name, version, place);
        package.origin = Origin::Declared;
        package.scope = match scope.as_deref() {
            Some("test") => Scope::Development,
            Some("provided") => Scope::Optional,
            _ if dependency.optional => Scope::Optional,
            _ => Scope::Runtime,
        };
        package.dependency_path = DependencyPath::new().then(format!("{name}@{version}"));
        packages.push(package);
    }
    (packages, problems)
}

/// Dependency management: nearer files go before farther ones, and both before imports (POM Reference,
/// "Dependency Management" and "Importing Dependencies").
fn managed(chain: &Chain<'_>, depth: usize) -> Managed {
    let variables = Variables::of(chain);
    let mut out = Managed::new();
    for dependency in chain.poms.iter().flat_map(|pom| &pom.managed) {
        let scope = dependency.scope.as_deref().map(|scope| variables.expand(scope));
        if scope.as_deref() == Some("import") {
            continue;
        }
        let version = dependency.version.as_deref().map(|version| variables.expand(version));
        out.entry(variables.key(dependency)).or_insert((version, scope));
    }
    for imported in chain.imported.iter().filter(|_| depth < MAX_NESTING) {
        for (key, value) in managed(imported, depth + 1) {
            out.entry(key).or_insert(value);
        }
    }
    out
}

/// A version that Maven takes as it is. Ranges and what still holds a variable are none.
fn fixed(version: &str) -> &str {
    let exact = version.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    let version = exact.unwrap_or(version).trim();
    if version.contains("${") || version.contains([',', '[', '(', ']', ')']) { "" } else { version }
}

/// Names for values in one chain.
pub(crate) struct Variables<'a> {
    poms: &'a [&'a Pom],
}

impl<'a> Variables<'a> {
    pub(crate) fn of(chain: &'a Chain<'a>) -> Variables<'a> {
        Variables { poms: &chain.poms }
    }

    /// The text with every `${name}` that is known replaced; others stay as they stand. A text whose properties
    /// nest or grow without end becomes one that holds a variable, and so has no value.
    pub(crate) fn expand(&self, text: &str) -> String {
        self.nested(text, 0, &mut { MAX_REPLACED }).unwrap_or_else(|| "${}".to_owned())
    }

    fn nested(&self, text: &str, depth: usize, left: &mut u32) -> Option<String> {
        let mut out = String::new();
        let mut rest = text;
        while let Some((front, behind)) = rest.split_once("${") {
            let Some((name, behind)) = behind.split_once('}') else { break };
            out.push_str(front);
            *left = left.checked_sub(1)?;
            match self.value(name) {
                Some(_) if depth >= MAX_NESTING => return None,
                Some(value) => out.push_str(&self.nested(value, depth + 1, left)?),
                None => out.push_str(&format!("${{{name}}}")),
            }
            rest = behind;
            if out.len() > MAX_VALUE {
                return None;
            }
        }
        out.push_str(rest);
        Some(out)
    }

    fn value(&self, name: &str) -> Option<&'a str> {
        let pom = self.poms.first()?;
        let parent = || pom.parent.as_ref();
        match name {
            "project.version" | "pom.version" | "version" => pom.version(),
            "project.groupId" | "pom.groupId" | "groupId" => pom.group(),
            "project.artifactId" | "pom.artifactId" | "artifactId" => Some(&pom.artifact),
            "project.parent.version" | "parent.version" => parent().map(|parent| parent.version.as_str()),
            "project.parent.groupId" | "parent.groupId" => parent().map(|parent| parent.group.as_str()),
            _ => self.poms.iter().find_map(|pom| pom.properties.get(name)).map(String::as_str),
        }
    }

    /// What dependency management knows a dependency by: group, artifact, type and classifier.
    fn key(&self, dependency: &Dependency) -> String {
        let mut key = format!("{}:{}", self.expand(&dependency.group), self.expand(&dependency.artifact));
        let kind = dependency.kind.as_deref().unwrap_or("jar");
        let classifier = dependency.classifier.as_deref().unwrap_or_default();
        if kind != "jar" || !classifier.is_empty() {
            key.push_str(&format!(" {} {}", self.expand(kind), self.expand(classifier)));
        }
        key
    }
}

fn nameless(path: &str, dependency: &Dependency, level: usize) -> Option<Problem> {
    // A parent reports its own.
    (level == 0).then(|| {
        let (line, group, artifact) = (dependency.line, &dependency.group, &dependency.artifact);
        Problem {
            code: "unresolved-pom_xml".to_owned(),
            target: format!("{path}:{line}"),
            en: format!("{path}:{line} dependency {group}:{artifact} has no name that this file tells; it was left out"),
            zh: format!("{path}:{line} 依赖 {group}:{artifact} 的名称无法由本文件确定，已略过"),
            fatal: false,
        }
    })
}
