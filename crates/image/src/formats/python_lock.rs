//! What the lock files of Poetry, PDM, uv and pylock have in common: tables of packages that name each other by
//! their names.

use crate::content::File;
use crate::facts::Facts;
use crate::formats::lock_graph::LockGraph;
use crate::formats::names::{Name, Names};
use crate::formats::python_metadata::normal_name;
use crate::formats::source_text::{Lines, lock_bytes, utf8};
use crate::formats::{FormatError, toml_tables};
use batten_model::{PackageKind, Scope};
use toml::de::DeTable;

/// Versions of one name that a need by name alone is taken to mean; lock files have one, or few by markers.
const MAX_VERSIONS: usize = 8;

/// What a table is.
pub(super) enum Kind {
    /// A package of an index, an archive or a repository.
    Package,
    /// The project itself, one of its workspace, a folder: it is not listed, and what it needs is asked for.
    Own,
}

/// One table, read.
pub(super) struct Entry {
    /// What it is.
    pub(super) kind: Kind,
    /// Its scope where the file tells.
    pub(super) scope: Scope,
    /// What it needs.
    pub(super) needs: Vec<Need>,
}

/// A need of a package.
pub(super) struct Need {
    /// Normalised name.
    pub(super) name: String,
    /// The version where the file tells which of several is meant.
    pub(super) version: Option<String>,
    /// For what the project needs it; of other packages, optional needs are those of an extra.
    pub(super) scope: Scope,
}

impl Need {
    /// A need of any version at run time.
    pub(super) fn of(name: &str) -> Need {
        Need { name: normal_name(name), version: None, scope: Scope::Runtime }
    }
}

/// What differs between the lock files.
pub(super) struct Dialect {
    /// The format's name.
    pub(super) format: &'static str,
    /// The format's name for people.
    pub(super) words: &'static str,
    /// The key of the list of packages.
    pub(super) key: &'static str,
    /// Whether scopes follow the graph.
    pub(super) scopes_from_graph: bool,
    /// Reads one table.
    pub(super) entry: fn(&DeTable<'_>) -> Entry,
    /// Whether the document is of a version that is read; else why not.
    pub(super) check: fn(&DeTable<'_>) -> Result<(), String>,
}

/// Reads a lock file of `dialect`.
pub(super) fn parse(file: &File<'_>, dialect: &Dialect) -> Result<Facts, FormatError> {
    let bytes = lock_bytes(file)?;
    let text = utf8(&bytes, dialect.words)?;
    let mut reader = Reader {
        dialect,
        graph: LockGraph::new(dialect.format, file.path, PackageKind::Pypi),
        index: Index::default(),
        needs: Vec::new(),
    };
    let mut lines = Lines::new(text);
    for (number, (place, part)) in toml_tables::parts(text, dialect.key).enumerate() {
        let line = lines.of(place);
        match toml_tables::read(part, dialect.words) {
            Ok(document) => reader.document(document.get_ref(), part, line)?,
            // What stands in front tells whether it is such a file at all.
            Err(error) if number == 0 => return Err(error),
            Err(_) => {
                reader.graph.unreadable(Some(line), "the entry is no readable TOML", "该条目不是可读的 TOML")
            }
        }
    }
    let Reader { mut graph, index, needs, .. } = reader;
    for need in &needs {
        connect(need, &index, &mut graph);
    }
    if dialect.scopes_from_graph {
        graph.assign_scopes();
    }
    Ok(graph.finish())
}

/// A lock file while its tables are read.
struct Reader<'a> {
    dialect: &'a Dialect,
    graph: LockGraph<'a>,
    index: Index,
    needs: Vec<KnownNeed>,
}

/// A [`Need`] in few bytes, and whose it is: `None` for the project.
struct KnownNeed {
    from: Option<u32>,
    name: Name,
    version: Option<Name>,
    scope: Scope,
}

impl Reader<'_> {
    /// Takes what one part of the file, which begins on `first_line`, says.
    fn document(&mut self, document: &DeTable<'_>, part: &str, first_line: u32) -> Result<(), FormatError> {
        let words = self.dialect.words;
        (self.dialect.check)(document).map_err(|reason| FormatError::Malformed {
            format: words,
            reason,
            place: "its version".to_owned(),
        })?;
        let mut lines = Lines::new(part);
        for value in toml_tables::tables(document, self.dialect.key, words)? {
            let line = Some(first_line + lines.of(value.span().start) - 1);
            match value.get_ref().as_table() {
                Some(table) => self.table(table, line)?,
                None => self.graph.unreadable(line, "the entry is no table", "该条目不是表"),
            }
        }
        Ok(())
    }

    fn table(&mut self, table: &DeTable<'_>, line: Option<u32>) -> Result<(), FormatError> {
        let entry = (self.dialect.entry)(table);
        let name = toml_tables::text(table, "name");
        let number = match (&entry.kind, name, toml_tables::text(table, "version")) {
            (Kind::Own, ..) => None,
            (_, Some(name), Some(version)) => {
                Some(self.index.add(&normal_name(name), version, line, entry.scope, &mut self.graph)?)
            }
            (_, Some(name), None) => {
                self.graph.unversioned(name);
                return Ok(());
            }
            (_, None, _) => {
                self.graph.unreadable(line, "the package has no name", "该包没有名称");
                return Ok(());
            }
        };
        for Need { name, version, scope } in entry.needs {
            let (name, version) = (self.index.names.of(&name), version.map(|v| self.index.names.of(&v)));
            self.needs.push(KnownNeed { from: number, name, version, scope });
        }
        Ok(())
    }
}

fn connect(need: &KnownNeed, index: &Index, graph: &mut LockGraph<'_>) {
    for to in index.of(need) {
        match need.from {
            None => graph.want(need.scope, to),
            Some(from) if from != to => graph.edge(from, to, need.scope == Scope::Optional),
            Some(_) => {}
        }
    }
}

/// Numbers of packages by name; one name has several versions where markers choose between them.
#[derive(Default)]
struct Index {
    /// Names and versions.
    names: Names,
    /// By the index of a name: versions and their numbers.
    versions: Vec<Vec<(Name, u32)>>,
}

impl Index {
    /// Adds a package; the same version once more (with extras, as PDM writes it) is the same package.
    fn add(
        &mut self,
        name: &str,
        version: &str,
        line: Option<u32>,
        scope: Scope,
        graph: &mut LockGraph<'_>,
    ) -> Result<u32, FormatError> {
        let (known_name, known_version) = (self.names.of(name), self.names.of(version));
        let known = self.versions_of(known_name).iter().take(MAX_VERSIONS).find(|(v, _)| *v == known_version);
        if let Some((_, number)) = known {
            if let Some(package) = graph.package_mut(*number)
                && scope == Scope::Runtime
            {
                package.scope = scope;
            }
            return Ok(*number);
        }
        let number = graph.add(name, version, line)?;
        if let Some(package) = graph.package_mut(number) {
            package.scope = scope;
        }
        if self.versions.len() <= known_name.index() {
            self.versions.resize_with(known_name.index() + 1, Vec::new);
        }
        if let Some(versions) = self.versions.get_mut(known_name.index()) {
            versions.push((known_version, number));
        }
        Ok(number)
    }

    fn versions_of(&self, name: Name) -> &[(Name, u32)] {
        self.versions.get(name.index()).map_or(&[], Vec::as_slice)
    }

    fn of<'i>(&'i self, need: &'i KnownNeed) -> impl Iterator<Item = u32> + 'i {
        self.versions_of(need.name)
            .iter()
            .filter(|(version, _)| need.version.is_none_or(|wanted| wanted == *version))
            .map(|(_, number)| *number)
            .take(MAX_VERSIONS)
    }
}

/// The name at the front of a requirement (PEP 508): letters, digits, `.`, `_` and `-`.
pub(super) fn requirement_name(requirement: &str) -> Option<&str> {
    let text = requirement.trim_start();
    let end = text.find(|c: char| !(c.is_ascii_alphanumeric() || "._-".contains(c))).unwrap_or(text.len());
    text.get(..end).filter(|name| name.starts_with(|c: char| c.is_ascii_alphanumeric()))
}

/// Whether a place is an archive and no folder.
pub(super) fn is_archive(path: &str) -> bool {
    let path = path.split(['#', '?']).next().unwrap_or(path).to_ascii_lowercase();
    [".whl", ".zip", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz", ".tar"].iter().any(|end| path.ends_with(end))
}

/// What the tests of all these formats do.
#[cfg(test)]
pub(super) mod testing {
    use super::*;

    type Parse = fn(&File<'_>) -> Result<Facts, FormatError>;

    /// A format and one of its fixtures.
    pub(in crate::formats) struct Case {
        parse: Parse,
        path: String,
        content: Vec<u8>,
    }

    impl Case {
        pub(in crate::formats) fn new(parse: Parse, fixture: &str) -> Case {
            let root = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/");
            let content = std::fs::read(format!("{root}{fixture}")).unwrap();
            let path = fixture.rsplit('/').next().unwrap().to_owned();
            Case { parse, path, content }
        }

        pub(in crate::formats) fn facts_of(
            parse: Parse,
            path: &str,
            content: &[u8],
        ) -> Result<Facts, FormatError> {
            parse(&File { path, mode: 0o644, content: &content.to_vec() })
        }

        /// The facts of the whole fixture, which has no problems.
        pub(in crate::formats) fn facts(&self) -> Facts {
            let facts = Case::facts_of(self.parse, &self.path, &self.content).unwrap();
            assert!(facts.problems.is_empty(), "{:?}", facts.problems);
            facts
        }

        /// Every package's line is, or is followed by, one that has `before` and the name.
        pub(in crate::formats) fn assert_lines(&self, before: &str) {
            let text = String::from_utf8(self.content.clone()).unwrap();
            for package in &self.facts().packages {
                let line = package.locations[0].line.unwrap() as usize;
                let near = text.lines().skip(line - 1).take(2).collect::<Vec<_>>().join("\n").to_lowercase();
                let name = normal_name(&near);
                assert!(near.contains(before) && name.contains(&package.name), "{}: {near}", package.name);
            }
        }
    }

    /// `name@version scope path` of each package.
    pub(in crate::formats) fn summary(facts: &Facts) -> Vec<String> {
        let line = |p: &batten_model::Package| {
            format!("{}@{} {:?} {}", p.name, p.version, p.scope, p.dependency_path.steps().join(" "))
        };
        facts.packages.iter().map(line).collect()
    }

    /// Cut and flipped content gives facts or an error, never a panic.
    pub(in crate::formats) fn check_damaged(case: &Case) {
        let mut content = case.content.clone();
        for length in (0..content.len()).step_by(content.len() / 60 + 1) {
            let _ = Case::facts_of(case.parse, &case.path, &content[..length]);
        }
        for (place, with) in
            (0..content.len()).step_by(content.len() / 60 + 1).zip(b"\"[]{}=\n\xff".iter().cycle())
        {
            let was = std::mem::replace(&mut content[place], *with);
            let _ = Case::facts_of(case.parse, &case.path, &content);
            content[place] = was;
        }
        assert!(Case::facts_of(case.parse, &case.path, b"\xff").is_err());
        assert!(Case::facts_of(case.parse, &case.path, b"<<<<<<< HEAD\n").is_err());
    }
}
