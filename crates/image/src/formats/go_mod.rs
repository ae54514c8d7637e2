//! `go.mod` (Go Modules Reference, "go.mod files"): what a module requires, with its replacements applied.
//!
//! Since Go 1.17 the file names every module that is needed to build; before, the others stand in `go.sum` only
//! (relation `go_sum`, which takes the Go version and the replacements from this format's notes). The `go` and
//! `toolchain` lines name the least toolchain, not the one that builds: the standard library is not listed from
//! them, but from programs.

use crate::content::File;
use crate::facts::{Facts, Problem};
use crate::formats::{Format, FormatError, Wants};
use batten_model::{DependencyPath, Location, Origin, Package, PackageKind};
use std::collections::HashSet;

pub(crate) const FORMAT: Format =
    Format { name: "go_mod", version: 1, wants: &[Wants::Name("go.mod")], database: false, parse };

/// Note with the value of the `go` line; without such a line Go assumes 1.16.
pub(crate) const NOTE_GO: &str = "go";
/// Note with the path of a module that something else replaces.
pub(crate) const NOTE_REPLACED: &str = "replaced";

const MAX_BYTES: u64 = 16 << 20;
const MAX_ENTRIES: usize = 100_000;
/// What stands for the version of a folder on the developer's disk.
const LOCAL_VERSION: &str = "(devel)";

fn parse(file: &File<'_>) -> Result<Facts, FormatError> {
    let bytes = file.bytes(MAX_BYTES)?;
    let text = String::from_utf8_lossy(&bytes);
    let mut module = Module::default();
    let mut block: Option<String> = None;
    let mut problems = Vec::new();
    for (number, line) in (1u32..).zip(text.lines()) {
        let (words, comment) = words(line);
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let read = match (block.as_deref(), words.as_slice()) {
            (_, []) => true,
            (Some(_), [")"]) => {
                block = None;
                true
            }
            (None, [verb, "("]) => {
                block = Some((*verb).to_owned());
                true
            }
            (Some(verb), rest) => module.take(verb, rest, comment, number),
            (None, [verb, rest @ ..]) => module.take(verb, rest, comment, number),
        };
        if !read {
            problems.push(unreadable(file.path, number));
        }
        if module.required.len() + module.replaced.len() + problems.len() > MAX_ENTRIES {
            return Err(FormatError::Limit { limit: MAX_ENTRIES as u64, unit: "entries" });
        }
    }
    let mut facts = module.facts(file.path);
    facts.problems = problems;
    Ok(facts)
}

#[derive(Default)]
struct Module {
    go: Option<String>,
    required: Vec<Required>,
    replaced: Vec<Replaced>,
}

struct Required {
    path: String,
    version: String,
    indirect: bool,
    line: u32,
}

struct Replaced {
    path: String,
    /// Only this version is replaced; every version where it is `None`.
    version: Option<String>,
    with_path: String,
    /// `None` for a folder.
    with_version: Option<String>,
}

impl Module {
    /// Takes one directive; false where it is not as the reference describes it.
    fn take(&mut self, verb: &str, words: &[&str], comment: &str, line: u32) -> bool {
        match (verb, words) {
            ("go", [version]) => self.go = Some((*version).to_owned()),
            ("require", [path, version]) => self.required.push(Required {
                path: (*path).to_owned(),
                version: (*version).to_owned(),
                indirect: is_indirect(comment),
                line,
            }),
            ("replace", [path, rest @ ..]) => {
                let (version, with) = match rest {
                    ["=>", with @ ..] => (None, with),
                    [version, "=>", with @ ..] => (Some((*version).to_owned()), with),
                    _ => return false,
                };
                let (with_path, with_version) = match with {
                    [path] => (*path, None),
                    [path, version] => (*path, Some((*version).to_owned())),
                    _ => return false,
                };
                let (path, with_path) = ((*path).to_owned(), with_path.to_owned());
                self.replaced.push(Replaced { path, version, with_path, with_version });
            }
            ("require" | "replace" | "go", _) => return false,
            // module, toolchain, exclude, retract, godebug, tool, ignore, and what later versions add.
            _ => {}
        }
        true
    }

    fn facts(self, path: &str) -> Facts {
        let mut facts = Facts::default();
        let mut known = HashSet::new();
        for required in &self.required {
            let package = self.package(required, path);
            if known.insert((package.name.clone(), package.version.clone())) {
                facts.packages.push(package);
            }
        }
        facts.notes.extend(self.go.map(|go| (NOTE_GO.to_owned(), go)));
        facts.notes.extend(self.replaced.into_iter().map(|r| (NOTE_REPLACED.to_owned(), r.path)));
        facts
    }

    fn package(&self, required: &Required, path: &str) -> Package {
        // A replacement of one version goes before one of every version (Go Modules Reference, "replace directive").
        let of = |exact: bool| {
            self.replaced.iter().find(|replaced| {
                replaced.path == required.path
                    && match &replaced.version {
                        Some(version) => exact && *version == required.version,
                        None => !exact,
                    }
            })
        };
        let (name, version) = match of(true).or_else(|| of(false)) {
            Some(Replaced { with_path, with_version: Some(version), .. }) => (with_path, version.as_str()),
            Some(Replaced { with_version: None, .. }) => (&required.path, LOCAL_VERSION),
            None => (&required.path, required.version.as_str()),
        };
        let mut place = Location::at(path);
        place.line = Some(required.line);
        let mut package = Package::new(PackageKind::Golang, name, version, place);
        package.origin = Origin::Declared;
        if !required.indirect {
            package.dependency_path = DependencyPath::new().then(format!("{name}@{version}"));
        }
        package
    }
}

fn is_indirect(comment: &str) -> bool {
    let comment = comment.trim();
    comment == "indirect" || comment.starts_with("indirect;")
}

/// The words of a line, quotes removed, and the text of its comment. Parentheses and commas are words of their own
/// only at a line's end or start, where the grammar has them.
fn words(line: &str) -> (Vec<String>, &str) {
    let mut words = Vec::new();
    let mut rest = line.trim_start();
    while let Some(first) = rest.chars().next() {
        if let Some(comment) = rest.strip_prefix("//") {
            return (words, comment);
        }
        let (word, behind) = match first {
            '"' | '`' => {
                let inner = rest.strip_prefix(first).unwrap_or_default();
                let (word, behind) = inner.split_once(first).unwrap_or((inner, ""));
                (word.to_owned(), behind)
            }
            _ => {
                let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
                let end = rest
                    .find("//")
                    .filter(|at| *at > 0 && !inside_word(rest, *at))
                    .map_or(end, |at| end.min(at));
                let (word, behind) = rest.split_at_checked(end).unwrap_or((rest, ""));
                (word.to_owned(), behind)
            }
        };
        match word.strip_suffix('(').filter(|verb| !verb.is_empty() && !verb.contains(['/', '.'])) {
            Some(verb) => words.extend([verb.to_owned(), "(".to_owned()]),
            None => words.push(word),
        }
        rest = behind.trim_start();
    }
    (words, "")
}

/// `//` inside a path such as a URL's belongs to the word; behind white space it begins a comment.
fn inside_word(text: &str, at: usize) -> bool {
    text.get(..at).is_some_and(|front| front.ends_with(':'))
}

fn unreadable(path: &str, line: u32) -> Problem {
    Problem {
        code: "unreadable-go_mod".to_owned(),
        target: format!("{path}:{line}"),
        en: format!("{path}:{line} is no directive that go.mod files can have; it was left out"),
        zh: format!("{path}:{line} 不是 go.mod 允许的指令，已略过"),
        fatal: false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts(text: &[u8]) -> Facts {
        parse(&File { path: "app/go.mod", mode: 0o644, content: &text.to_vec() }).unwrap()
    }

    fn fixture(name: &str) -> Vec<u8> {
        std::fs::read(format!("{}/tests/fixtures/go_mod/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap()
    }

    fn listed(facts: &Facts) -> Vec<String> {
        facts.packages.iter().map(|p| format!("{}@{}", p.name, p.version)).collect()
    }

    #[test]
    fn replacements_are_applied() {
        let facts = facts(&fixture("go.mod"));
        let expected = [
            "github.com/pkg/errors@v0.9.1",
            "golang.org/x/sync@(devel)",
            "golang.org/x/text@v0.3.7",
            "gopkg.in/yaml.v3@v3.0.1",
        ];
        assert_eq!(listed(&facts), expected);
        assert_eq!(facts.packages[2].locations[0].line, Some(8));
        assert_eq!(facts.notes[0], ("go".to_owned(), "1.21".to_owned()));
        assert!(facts.problems.is_empty());
    }

    #[test]
    fn direct_and_indirect() {
        let facts = facts(&fixture("indirect.mod"));
        let cobra = facts.packages.iter().find(|p| p.name == "github.com/spf13/cobra").unwrap();
        assert_eq!(cobra.dependency_path.steps(), ["github.com/spf13/cobra@v1.0.0"]);
        let pflag = facts.packages.iter().find(|p| p.name == "github.com/spf13/pflag").unwrap();
        assert!(pflag.dependency_path.is_empty());
        assert!(facts.problems.is_empty());
    }

    #[test]
    fn every_spelling_of_the_reference() {
        let facts = facts(
            b"module \"example.com/a\" // x\ngo 1.16\nrequire a.com/b v1.0.0 // indirect; why\nrequire(\n\
              `c.com/d` v1.1.0//indirect\n\t\"e.com/f\" v2.0.0+incompatible\n)\n\
              replace (\n c.com/d v1.1.0 => g.com/h v3.0.0\n c.com/d => ../d\n e.com/f v9.0.0 => ../f\n)\n\
              retract [v1.0.0, v1.1.0]\nretract (\n v1.0.0\n)\ntool x.com/y/cmd\nrequire only-a-path\n",
        );
        assert_eq!(listed(&facts), ["a.com/b@v1.0.0", "g.com/h@v3.0.0", "e.com/f@v2.0.0+incompatible"]);
        assert!(facts.packages[0].dependency_path.is_empty() && facts.packages[1].dependency_path.is_empty());
        assert_eq!(facts.problems.len(), 1);
        assert_eq!(facts.problems[0].target, "app/go.mod:18");
    }

    #[test]
    fn damaged_files_never_panic() {
        let good = fixture("go.mod");
        for length in 0..good.len() {
            facts(&good[..length]);
        }
        facts(b"\xff\xfe require \" ` ( ) =>\nrequire (((\n)\n)");
    }
}
