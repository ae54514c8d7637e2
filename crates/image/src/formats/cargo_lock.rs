//! `Cargo.lock`, versions 1 to 4 (Cargo's `core::resolver::encode`): one table for each package, whose
//! `dependencies` name others as `name`, `name version` or `name version (source)`.
//!
//! Packages without a source are the project's own; they are listed like the others, and begin the dependency ways.

use crate::content::File;
use crate::facts::{Facts, Problem};
use crate::formats::{Format, FormatError, Wants, dependency_path};
use batten_model::{Location, Origin, Package, PackageKind};
use std::collections::HashMap;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

pub(crate) const FORMAT: Format =
    Format { name: "cargo_lock", version: 1, wants: &[Wants::Name("Cargo.lock")], database: false, parse };

const MAX_BYTES: u64 = 32 << 20;
const MAX_PACKAGES: usize = 200_000;
const WORDS: &str = "Cargo.lock";

/// What one table says, still in the file's own words.
struct Entry<'a> {
    source: &'a str,
    dependencies: Vec<&'a str>,
}

fn parse(file: &File<'_>) -> Result<Facts, FormatError> {
    let bytes = file.bytes(MAX_BYTES)?;
    let text = std::str::from_utf8(&bytes).map_err(|error| FormatError::Malformed {
        format: WORDS,
        reason: "not UTF-8".to_owned(),
        place: format!("byte {}", error.valid_up_to()),
    })?;
    let document = DeTable::parse(text).map_err(|error| malformed(text, &error))?;
    let mut lines = Lines { text, at: 0, line: 1 };
    let mut facts = Facts::default();
    let mut entries = Vec::new();
    for table in tables(document.get_ref())? {
        let line = lines.of(table.span().start);
        match read(table.get_ref(), file.path, line) {
            Some((package, entry)) => {
                facts.packages.push(package);
                entries.push(entry);
            }
            None => facts.problems.push(nameless(file.path, line)),
        }
    }
    let edges = edges(&facts.packages, &entries);
    dependency_path::assign(&mut facts.packages, &edges, &starts(&entries, &edges));
    Ok(facts)
}

fn malformed(text: &str, error: &toml::de::Error) -> FormatError {
    let start = error.span().map_or(0, |span| span.start);
    let line = Lines { text, at: 0, line: 1 }.of(start);
    let reason = error.message().chars().take(200).collect();
    FormatError::Malformed { format: WORDS, reason, place: format!("line {line}") }
}

/// The `[[package]]` tables, and version 1's `[root]`.
fn tables<'t, 'a>(document: &'t DeTable<'a>) -> Result<Vec<&'t Spanned<DeValue<'a>>>, FormatError> {
    let mut tables: Vec<&Spanned<DeValue<'_>>> = document.get("root").into_iter().collect();
    match document.get("package").map(Spanned::get_ref) {
        Some(DeValue::Array(packages)) => tables.extend(packages.iter()),
        Some(_) => {
            let reason = "`package` is no list of tables".to_owned();
            return Err(FormatError::Malformed { format: WORDS, reason, place: "line 1".to_owned() });
        }
        None => {}
    }
    if tables.len() > MAX_PACKAGES {
        return Err(FormatError::Limit { limit: MAX_PACKAGES as u64, unit: "entries" });
    }
    tables.sort_by_key(|table| table.span().start);
    Ok(tables)
}

fn read<'t>(value: &'t DeValue<'_>, path: &str, line: u32) -> Option<(Package, Entry<'t>)> {
    let table = value.as_table()?;
    let text = |key: &str| table.get(key).and_then(|value| value.get_ref().as_str());
    let (name, version) = (text("name")?, text("version")?);
    let mut package = Package::new(PackageKind::Cargo, name, version, Location::at(path));
    package.origin = Origin::Declared;
    if let Some(place) = package.locations.first_mut() {
        place.line = Some(line);
    }
    let dependencies = match table.get("dependencies").map(Spanned::get_ref) {
        Some(DeValue::Array(items)) => items.iter().filter_map(|item| item.get_ref().as_str()).collect(),
        _ => Vec::new(),
    };
    Some((package, Entry { source: text("source").unwrap_or_default(), dependencies }))
}

fn edges(packages: &[Package], entries: &[Entry<'_>]) -> Vec<Vec<usize>> {
    let mut by_name: HashMap<&str, Vec<usize>> = HashMap::new();
    for (index, package) in packages.iter().enumerate() {
        by_name.entry(&package.name).or_default().push(index);
    }
    let resolve = |dependency: &&str| {
        let mut words = dependency.splitn(3, ' ');
        let candidates = by_name.get(words.next()?)?;
        let version = words.next();
        let source = words.next().map(|source| source.trim_matches(['(', ')']));
        let matches = |index: &&usize| {
            let same_version = |wanted| packages.get(**index).is_some_and(|p| p.version == wanted);
            let same_source = |wanted| entries.get(**index).is_some_and(|e| e.source == wanted);
            version.is_none_or(same_version) && source.is_none_or(same_source)
        };
        candidates.iter().find(matches).copied()
    };
    entries.iter().map(|entry| entry.dependencies.iter().filter_map(resolve).collect()).collect()
}

/// The project's own packages; where a file has none, those that nothing else needs.
fn starts(entries: &[Entry<'_>], edges: &[Vec<usize>]) -> Vec<usize> {
    let own: Vec<usize> =
        (0..entries.len()).filter(|&i| entries.get(i).is_some_and(|e| e.source.is_empty())).collect();
    if !own.is_empty() {
        return own;
    }
    let needed: std::collections::HashSet<usize> = edges.iter().flatten().copied().collect();
    (0..entries.len()).filter(|index| !needed.contains(index)).collect()
}

fn nameless(path: &str, line: u32) -> Problem {
    Problem {
        code: "unreadable-cargo_lock".to_owned(),
        target: format!("{path}:{line}"),
        en: format!("{path}:{line} is a package without a name or version; it was left out"),
        zh: format!("{path}:{line} 处的包缺少名称或版本，已略过"),
        fatal: false,
    }
}

/// Line numbers for growing places in a text, counted once.
struct Lines<'a> {
    text: &'a str,
    at: usize,
    line: u32,
}

impl Lines<'_> {
    fn of(&mut self, place: usize) -> u32 {
        let passed = self.text.as_bytes().get(self.at..place).unwrap_or_default();
        self.line += u32::try_from(memchr::memchr_iter(b'\n', passed).count()).unwrap_or(0);
        self.at = self.at.max(place);
        self.line
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
        assert_eq!(v4.packages.len(), 15);
        assert!(v4.problems.is_empty());
    }

    #[test]
    fn lines_and_ways() {
        let facts = facts(&fixture("v4")).unwrap();
        let get = |name: &str| facts.packages.iter().find(|p| p.name == name).unwrap();
        assert_eq!(get("acme-cli").locations[0].line, Some(5));
        assert_eq!(get("acme-core").dependency_path, ["acme-core@0.3.0"]);
        assert_eq!(get("regex").dependency_path, ["regex@1.5.4"]);
        let way = &get("winapi-x86_64-pc-windows-gnu").dependency_path;
        assert_eq!(way.join(" "), "time@0.1.43 winapi@0.3.9 winapi-x86_64-pc-windows-gnu@0.4.0");
        assert_eq!(get("regex").origin, Origin::Declared);
        assert_eq!(facts.packages.iter().filter(|p| p.name == "bitflags").count(), 2);
    }

    #[test]
    fn one_bad_package_does_not_lose_the_others() {
        let text = "version = 4\n[[package]]\nname = 3\nversion = \"1\"\n[[package]]\nname = \"b\"\nversion = \"2.0.0\"\n";
        let facts = facts(text.as_bytes()).unwrap();
        assert_eq!(facts.packages.len(), 1);
        assert_eq!(facts.problems[0].target, "app/Cargo.lock:2");
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
