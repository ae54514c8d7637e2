//! POMs that build on others in the same tree: parents and imported dependency management.
//!
//! A parent is looked for where Maven looks: at its relative path, then among all projects of the tree by its
//! coordinates. Repositories are not asked.

use super::FileFacts;
use crate::formats::pom_xml::{self, Chain, NOTE_MODEL, Parent, Pom};
use std::collections::HashMap;

/// Longest line of parents, and deepest imports.
const MAX_PARENTS: usize = 32;
const MAX_IMPORTS: usize = 8;
/// Most POMs that one file's imports reach.
const MAX_REACHED: usize = 1000;

/// Resolves anew each POM that has a parent or an import in the tree.
#[expect(clippy::ptr_arg, reason = "the signature of every relation")]
pub(super) fn relate(files: &mut Vec<FileFacts>) {
    let tree = Tree::of(files);
    if tree.by_path.is_empty() {
        return;
    }
    for file in files.iter_mut().filter(|file| file.format == pom_xml::FORMAT.name) {
        file.facts.notes.clear();
        let Some(pom) = tree.by_path.get(&file.path) else { continue };
        let chain = tree.chain(&file.path, pom, 0, &mut 0);
        if chain.poms.len() > 1 || !chain.imported.is_empty() {
            let (packages, problems) = pom_xml::packages(&chain, &file.path);
            file.facts.packages = packages;
            file.facts.problems = problems;
        }
    }
}

/// All POMs of the subject.
struct Tree {
    by_path: HashMap<String, Pom>,
    /// `group:artifact` to paths, sorted.
    by_name: HashMap<String, Vec<String>>,
}

impl Tree {
    fn of(files: &[FileFacts]) -> Tree {
        let (mut by_path, mut by_name) = (HashMap::new(), HashMap::<String, Vec<String>>::new());
        for file in files.iter().filter(|file| file.format == pom_xml::FORMAT.name) {
            let note = file.facts.notes.iter().find(|(key, _)| key == NOTE_MODEL);
            let Some(pom) = note.and_then(|(_, json)| serde_json::from_str::<Pom>(json).ok()) else {
                continue;
            };
            if let Some(group) = pom.group() {
                by_name.entry(format!("{group}:{}", pom.artifact)).or_default().push(file.path.clone());
            }
            by_path.insert(file.path.clone(), pom);
        }
        Tree { by_path, by_name }
    }

    fn chain<'a>(&'a self, path: &str, pom: &'a Pom, depth: usize, reached: &mut usize) -> Chain<'a> {
        let mut chain = Chain { poms: vec![pom], imported: Vec::new() };
        let (mut at, mut path) = (pom, path.to_owned());
        while let Some((parent_path, parent)) =
            at.parent.as_ref().and_then(|parent| self.parent(&path, parent))
        {
            if chain.poms.len() > MAX_PARENTS {
                break;
            }
            chain.poms.push(parent);
            (at, path) = (parent, parent_path);
        }
        if depth < MAX_IMPORTS {
            chain.imported = self.imports(&chain, depth, reached);
        }
        chain
    }

    fn imports<'a>(&'a self, chain: &Chain<'a>, depth: usize, reached: &mut usize) -> Vec<Chain<'a>> {
        let variables = pom_xml::Variables::of(chain);
        let mut imported = Vec::new();
        for dependency in chain.poms.iter().flat_map(|pom| &pom.managed) {
            if dependency.scope.as_deref() != Some("import") || *reached >= MAX_REACHED {
                continue;
            }
            let (group, artifact) =
                (variables.expand(&dependency.group), variables.expand(&dependency.artifact));
            let version =
                dependency.version.as_deref().map(|version| variables.expand(version)).unwrap_or_default();
            if let Some((path, pom)) = self.named(&group, &artifact, &version) {
                *reached += 1;
                imported.push(self.chain(path, pom, depth + 1, reached));
            }
        }
        imported
    }

    fn parent(&self, path: &str, parent: &Parent) -> Option<(String, &Pom)> {
        let relative = parent.relative_path.as_deref().unwrap_or("../pom.xml");
        let beside = (!relative.is_empty()).then(|| join(path, relative)).flatten().and_then(|path| {
            let file = self.by_path.get_key_value(&path);
            file.or_else(|| self.by_path.get_key_value(format!("{path}/pom.xml").trim_start_matches('/')))
        });
        let is_it = |pom: &Pom| pom.artifact == parent.artifact && pom.group() == Some(&parent.group);
        match beside.filter(|(_, pom)| is_it(pom)) {
            Some((path, pom)) => Some((path.clone(), pom)),
            None => {
                let (path, pom) = self.named(&parent.group, &parent.artifact, &parent.version)?;
                Some((path.to_owned(), pom))
            }
        }
    }

    fn named(&self, group: &str, artifact: &str, version: &str) -> Option<(&str, &Pom)> {
        let paths = self.by_name.get(&format!("{group}:{artifact}"))?;
        paths.iter().find_map(|path| {
            let pom = self.by_path.get(path).filter(|pom| pom.version() == Some(version))?;
            Some((path.as_str(), pom))
        })
    }
}

/// The path that `relative` names from the folder of `path`; `None` above the root.
fn join(path: &str, relative: &str) -> Option<String> {
    let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in relative.split(['/', '\\']) {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::content::File;

    fn read(path: &str, text: &str) -> FileFacts {
        let file = File { path, mode: 0o644, content: &text.as_bytes().to_vec() };
        let facts = (pom_xml::FORMAT.parse)(&file).unwrap();
        FileFacts { path: path.to_owned(), layer: 0, format: "pom_xml", facts }
    }

    fn listed(files: &[FileFacts], path: &str) -> Vec<String> {
        let file = files.iter().find(|file| file.path == path).unwrap();
        file.facts.packages.iter().map(|p| format!("{}@{}", p.name, p.version)).collect()
    }

    #[test]
    fn parents_and_imports_of_a_real_tree() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/pom_xml/tree/");
        let text = |path: &str| std::fs::read_to_string(format!("{folder}{path}")).unwrap();
        let paths = ["app/pom.xml", "bom/pom.xml", "pom.xml"];
        let mut files: Vec<FileFacts> = paths.iter().map(|path| read(path, &text(path))).collect();
        relate(&mut files);
        // What `mvn dependency:list -DexcludeTransitive` says about `app`.
        let expected = [
            "com.fasterxml.jackson.core:jackson-databind@2.9.8",
            "commons-io:commons-io@2.6",
            "junit:junit@4.12",
            "org.apache.commons:commons-text@1.9",
            "org.slf4j:slf4j-api@1.7.30",
        ];
        assert_eq!(listed(&files, "app/pom.xml"), expected);
        assert!(files.iter().all(|file| file.facts.notes.is_empty()));
    }

    #[test]
    fn a_line_of_parents_in_a_circle_ends() {
        let pom = |name: &str, parent: &str| {
            format!(
                "<project><groupId>g</groupId><artifactId>{name}</artifactId><version>1</version>\
                 <parent><groupId>g</groupId><artifactId>{parent}</artifactId><version>1</version></parent>\
                 <dependencies><dependency><groupId>a</groupId><artifactId>${{x}}</artifactId></dependency>\
                 <dependency><groupId>a</groupId><artifactId>b</artifactId><version>${{v}}</version></dependency>\
                 </dependencies><properties><v>1${{w}}</v><w>${{v}}</w></properties></project>"
            )
        };
        let mut files = vec![read("a/pom.xml", &pom("a", "b")), read("b/pom.xml", &pom("b", "a"))];
        relate(&mut files);
        assert_eq!(listed(&files, "a/pom.xml"), ["a:b@"]);
        assert_eq!(files[0].facts.problems.len(), 1);
    }

    #[test]
    fn paths() {
        assert_eq!(join("a/b/pom.xml", "../pom.xml").as_deref(), Some("a/pom.xml"));
        assert_eq!(join("a/pom.xml", "..").as_deref(), Some(""));
        assert_eq!(join("pom.xml", "../pom.xml"), None);
    }
}
