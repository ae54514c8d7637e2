//! `Cargo.lock`, versions 1 to 4 (Cargo's `core::resolver::encode`): one table for each package, whose
//! `dependencies` name others as `name`, `name version` or `name version (source)`.
//!
//! Packages without a source lie in folders: the project's own, its workspace's and path dependencies. As in the lock
//! files of Node and Python they are not listed, because no registry gave them; what they need begins the dependency
//! paths.

use crate::content::File;
use crate::facts::Facts;
use crate::formats::lock_graph::LockGraph;
use crate::formats::names::{Name, Names};
use crate::formats::source_text::{Lines, lock_bytes, utf8};
use crate::formats::{Format, FormatError, Wants, toml_tables};
use batten_model::{PackageKind, Scope};
use toml::de::{DeTable, DeValue};

pub(crate) const FORMAT: Format =
    Format { name: "cargo_lock", version: 2, wants: &[Wants::Name("Cargo.lock")], database: false, parse };

const WORDS: &str = "Cargo.lock";
/// The list of packages.
const KEY: &str = "package";

fn parse(file: &File<'_>) -> Result<Facts, FormatError> {
    let bytes = lock_bytes(file)?;
    let text = utf8(&bytes, WORDS)?;
    let mut reader = Reader {
        graph: LockGraph::new(FORMAT.name, file.path, PackageKind::Cargo),
        names: Names::default(),
        packages: Vec::new(),
        by_name: Vec::new(),
        needs: Vec::new(),
    };
    let mut lines = Lines::new(text);
    for (number, (place, part)) in toml_tables::parts(text, KEY).enumerate() {
        let line = lines.of(place);
        match toml_tables::read(part, WORDS) {
            Ok(document) => reader.document(document.get_ref(), part, line)?,
            // What stands in front tells whether it is such a file at all.
            Err(error) if number == 0 => return Err(error),
            Err(_) => {
                reader.graph.unreadable(Some(line), "the entry is no readable TOML", "该条目不是可读的 TOML");
            }
        }
    }
    Ok(reader.finish())
}

/// A package of the file, by which needs find it.
struct Known {
    /// `None` for the project's own.
    number: Option<u32>,
    version: Name,
    source: Name,
}

/// A need of a package; `from` is `None` for the project's own.
struct Need {
    from: Option<u32>,
    name: Name,
    version: Option<Name>,
    source: Option<Name>,
}

/// A lock file while its tables are read.
struct Reader<'a> {
    graph: LockGraph<'a>,
    names: Names,
    packages: Vec<Known>,
    /// By the index of a name: places in `packages`.
    by_name: Vec<Vec<u32>>,
    needs: Vec<Need>,
}

impl Reader<'_> {
    /// Takes what one part of the file, which begins on `first_line`, says: version 1's `[root]`, and packages.
    fn document(&mut self, document: &DeTable<'_>, part: &str, first_line: u32) -> Result<(), FormatError> {
        let mut lines = Lines::new(part);
        let packages = toml_tables::tables(document, KEY, WORDS)?;
        for value in document.get("root").into_iter().chain(packages) {
            let line = Some(first_line + lines.of(value.span().start) - 1);
            self.package(value.get_ref(), line)?;
        }
        Ok(())
    }

    fn package(&mut self, value: &DeValue<'_>, line: Option<u32>) -> Result<(), FormatError> {
        let table = value.as_table();
        let text = |key| table.and_then(|table| toml_tables::text(table, key));
        let (Some(table), Some(name), Some(version)) = (table, text("name"), text("version")) else {
            self.graph.unreadable(line, "the package has no name or no version", "该包没有名称或版本");
            return Ok(());
        };
        let source = text("source");
        let number = source.map(|_| self.graph.add(name, version, line)).transpose()?;
        let known = Known {
            number,
            version: self.names.of(version),
            source: self.names.of(source.unwrap_or_default()),
        };
        let name = self.names.of(name);
        if self.by_name.len() <= name.index() {
            self.by_name.resize_with(name.index() + 1, Vec::new);
        }
        if let (Some(places), Ok(place)) =
            (self.by_name.get_mut(name.index()), u32::try_from(self.packages.len()))
        {
            places.push(place);
            self.packages.push(known);
        }
        for need in toml_tables::list(table, "dependencies").filter_map(DeValue::as_str) {
            let mut words = need.splitn(3, ' ');
            let Some(name) = words.next().map(|name| self.names.of(name)) else { continue };
            let version = words.next().map(|version| self.names.of(version));
            let source = words.next().map(|source| self.names.of(source.trim_matches(['(', ')'])));
            self.needs.push(Need { from: number, name, version, source });
        }
        Ok(())
    }

    fn finish(mut self) -> Facts {
        for need in &self.needs {
            match (need.from, self.resolve(need)) {
                (None, Some(to)) => self.graph.want(Scope::Runtime, to),
                (Some(from), Some(to)) => self.graph.edge(from, to, false),
                (_, None) => {}
            }
        }
        self.graph.finish()
    }

    /// The package that a need means; `None` too where it is the project's own.
    fn resolve(&self, need: &Need) -> Option<u32> {
        let places = self.by_name.get(need.name.index())?;
        let mut known = places.iter().filter_map(|place| self.packages.get(*place as usize));
        let found = known.find(|known| {
            need.version.is_none_or(|version| version == known.version)
                && need.source.is_none_or(|source| source == known.source)
        });
        found?.number
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIXTURES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/cargo_lock/");

    fn facts(text: &[u8]) -> Result<Facts, FormatError> {
        parse(&File { path: "app/Cargo.lock", mode: 0o644, content: &text.to_vec() })
    }

    fn fixture(version: &str) -> Vec<u8> {
        std::fs::read(format!("{FIXTURES}{version}/Cargo.lock")).unwrap()
    }

    #[test]
    fn every_version_of_the_format_says_the_same() {
        let v4 = facts(&fixture("v4")).unwrap();
        for version in ["v1", "v3"] {
            let other = facts(&fixture(version)).unwrap();
            let short = |facts: &Facts| -> Vec<_> {
                facts
                    .packages
                    .iter()
                    .map(|p| (p.name.clone(), p.version.clone(), p.dependency_path.clone()))
                    .collect()
            };
            assert_eq!(short(&v4), short(&other), "{version}");
        }
        assert_eq!(v4.packages.len(), 13);
        assert!(v4.problems.is_empty());
    }

    #[test]
    fn lines_and_ways() {
        let facts = facts(&fixture("v4")).unwrap();
        let get = |name: &str| facts.packages.iter().find(|p| p.name == name).unwrap();
        assert!(!facts.packages.iter().any(|p| p.name.starts_with("acme-")), "the project's own");
        assert_eq!(get("bitflags").locations[0].line, Some(32));
        assert_eq!(get("regex").dependency_path.steps(), ["regex@1.5.4"]);
        let way = &get("winapi-x86_64-pc-windows-gnu").dependency_path;
        assert_eq!(way.steps().join(" "), "time@0.1.43 winapi@0.3.9 winapi-x86_64-pc-windows-gnu@0.4.0");
        assert_eq!(get("regex").origin, batten_model::Origin::Declared);
        assert_eq!(facts.packages.iter().filter(|p| p.name == "bitflags").count(), 2);
    }

    #[test]
    fn one_bad_package_does_not_lose_the_others() {
        let text = "version = 4\n[[package]]\nname = 3\nversion = \"1\"\n[[package]]\nname = \"b\"\nversion = \"2.0.0\"\n\
            source = \"registry+https://x.example\"\n[[package]]\nname = {\n";
        let facts = facts(text.as_bytes()).unwrap();
        assert_eq!(facts.packages.len(), 1);
        let places: Vec<&str> = facts.problems.iter().map(|problem| problem.target.as_str()).collect();
        assert_eq!(places, ["app/Cargo.lock:2", "app/Cargo.lock:9"]);
    }

    #[test]
    fn what_is_no_lock_file_is_an_error_with_its_line() {
        let error = facts(b"version = 4\n<<<<<<< HEAD\n").unwrap_err();
        assert!(error.to_string().contains("line 2"), "{error}");
        assert!(facts(b"\xff").is_err());
        assert!(facts(b"package = 3").is_err());
        assert!(facts(b"").unwrap().packages.is_empty());
        let good = fixture("v4");
        for length in (0..good.len()).step_by(3) {
            let _ = facts(&good[..length]);
        }
    }
}
