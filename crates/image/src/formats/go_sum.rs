//! `go.sum` (Go Modules Reference, "go.sum files"): the modules whose content was fetched, one line each.
//!
//! Lines whose version ends in `/go.mod` stand for modules of which only the requirements were read; they are not
//! part of the build. Relation `go_sum` decides which of the others are listed.

use crate::content::File;
use crate::facts::{Facts, Problem};
use crate::formats::{Format, FormatError, Wants};
use batten_model::{Location, Origin, Package, PackageKind};
use std::collections::HashMap;

pub(crate) const FORMAT: Format =
    Format { name: "go_sum", version: 1, wants: &[Wants::Name("go.sum")], database: false, parse };

const MAX_BYTES: u64 = 64 << 20;
/// Unreadable lines that are reported one by one.
const MAX_PROBLEMS: usize = 20;

fn parse(file: &File<'_>) -> Result<Facts, FormatError> {
    let bytes = file.bytes(MAX_BYTES)?;
    let text = String::from_utf8_lossy(&bytes);
    let mut facts = Facts::default();
    let mut known: HashMap<&str, usize> = HashMap::new();
    for (number, line) in (1u32..).zip(text.lines()) {
        let mut words = line.split_ascii_whitespace();
        let (path, version) = match (words.next(), words.next(), words.next(), words.next()) {
            (None, ..) => continue,
            (Some(path), Some(version), Some(_), None) => (path, version),
            _ => {
                if facts.problems.len() < MAX_PROBLEMS {
                    facts.problems.push(unreadable(file.path, number));
                }
                continue;
            }
        };
        if version.ends_with("/go.mod") {
            continue;
        }
        let mut place = Location::at(file.path);
        place.line = Some(number);
        let mut package = Package::new(PackageKind::Golang, path, version, place);
        package.origin = Origin::Declared;
        // Go sorts versions upwards; of several the highest is the one that is built.
        match known.get(path).and_then(|index| facts.packages.get_mut(*index)) {
            Some(lower) => *lower = package,
            None => {
                known.insert(path, facts.packages.len());
                facts.packages.push(package);
            }
        }
    }
    Ok(facts)
}

fn unreadable(path: &str, line: u32) -> Problem {
    Problem {
        code: "unreadable-go_sum".to_owned(),
        target: format!("{path}:{line}"),
        en: format!("{path}:{line} is no line of module, version and checksum; it was left out"),
        zh: format!("{path}:{line} 不是“模块 版本 校验和”格式，已略过"),
        fatal: false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts(text: &[u8]) -> Facts {
        parse(&File { path: "go.sum", mode: 0o644, content: &text.to_vec() }).unwrap()
    }

    #[test]
    fn modules_with_content() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/go_sum/go.sum");
        let facts = facts(&std::fs::read(path).unwrap());
        let listed: Vec<_> = facts.packages.iter().map(|p| format!("{}@{}", p.name, p.version)).collect();
        let expected = [
            "github.com/davecgh/go-spew@v1.1.1",
            "github.com/inconshreveable/mousetrap@v1.0.0",
            "github.com/konsorten/go-windows-terminal-sequences@v1.0.3",
            "github.com/pkg/errors@v0.9.1",
            "github.com/pmezard/go-difflib@v1.0.0",
            "github.com/sirupsen/logrus@v1.6.0",
            "github.com/spf13/cobra@v1.0.0",
            "github.com/spf13/pflag@v1.0.3",
            "github.com/stretchr/testify@v1.2.2",
            "golang.org/x/sys@v0.0.0-20190422165155-953cdadca894",
        ];
        assert_eq!(listed, expected);
    }

    #[test]
    fn the_highest_version_and_bad_lines() {
        let facts = facts(
            b"a.com/b v1.0.0 h1:x=\na.com/b v1.2.0 h1:y=\n\n<<<<<<< HEAD\nc.com/d v1.0.0/go.mod h1:z=\n",
        );
        assert_eq!(facts.packages.len(), 1);
        assert_eq!(facts.packages[0].version, "v1.2.0");
        assert_eq!(facts.problems[0].target, "go.sum:4");
    }
}
