//! All formats' rules in one table, so that an entry that nobody wants costs a few lookups.

use crate::formats::{Format, Wants};
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use xxhash_rust::xxh3::xxh3_64_with_seed;

/// Keys are the program's own, so that nobody can choose them to collide.
type Table<V> = HashMap<&'static [u8], V, BuildHasherDefault<ShortHasher>>;

/// A hash for short texts.
#[derive(Default)]
struct ShortHasher(u64);

impl Hasher for ShortHasher {
    fn write(&mut self, bytes: &[u8]) {
        self.0 = xxh3_64_with_seed(bytes, self.0);
    }

    fn write_usize(&mut self, number: usize) {
        self.0 ^= number as u64;
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

/// What every ELF file begins with.
pub(crate) const ELF_MAGIC: &[u8] = b"\x7fELF";

/// A rule on a file whose name is known to fit.
#[derive(Debug, Clone, Copy)]
enum NameRule {
    Any,
    Path(&'static str),
    FolderSuffix(&'static str),
    OneBelow(&'static str),
}

/// The rules of some formats; formats are numbers in the order given.
pub(crate) struct Matcher {
    formats: Vec<&'static Format>,
    names: Table<Vec<(NameRule, u16)>>,
    /// Which lengths (up to 63) names in `names` have.
    name_lengths: u64,
    folders: Table<Vec<(&'static str, u16)>>,
    folder_lengths: u64,
    /// By last byte in lower case.
    suffixes: Vec<Vec<(&'static str, u16)>>,
    /// Part and suffix, by the suffix's last byte.
    containing: Vec<Vec<(&'static str, &'static str, u16)>>,
    elf: Vec<u16>,
}

impl Matcher {
    /// Compiles the rules of `formats`.
    pub(crate) fn new(formats: &[&'static Format]) -> Matcher {
        let mut matcher = Matcher {
            formats: formats.to_vec(),
            names: Table::default(),
            name_lengths: 0,
            folders: Table::default(),
            folder_lengths: 0,
            suffixes: vec![Vec::new(); 256],
            containing: vec![Vec::new(); 256],
            elf: Vec::new(),
        };
        for (number, format) in (0u16..).zip(formats) {
            for wants in format.wants {
                matcher.add(wants, number);
            }
        }
        matcher
    }

    fn add(&mut self, wants: &Wants, format: u16) {
        match *wants {
            Wants::Name(name) => self.add_name(name, NameRule::Any, format),
            Wants::Path(path) => {
                let name = path.rsplit_once('/').map_or(path, |(_, name)| name);
                self.add_name(name, NameRule::Path(path), format);
            }
            Wants::FolderSuffix(suffix, name) => {
                self.add_name(name, NameRule::FolderSuffix(suffix), format);
            }
            Wants::OneBelow(prefix, name) => self.add_name(name, NameRule::OneBelow(prefix), format),
            Wants::In(folder, suffix) => {
                self.folder_lengths |= length_bit(folder.len());
                self.folders.entry(folder.as_bytes()).or_default().push((suffix, format));
            }
            Wants::Suffix(suffix) => {
                let last = suffix.as_bytes().last().map_or(0, u8::to_ascii_lowercase);
                if let Some(rules) = self.suffixes.get_mut(usize::from(last)) {
                    rules.push((suffix, format));
                }
            }
            // Without a suffix any last byte will do.
            Wants::Containing(part, "") => {
                for rules in &mut self.containing {
                    rules.push((part, "", format));
                }
            }
            Wants::Containing(part, suffix) => {
                let last = suffix.as_bytes().last().copied().unwrap_or_default();
                if let Some(rules) = self.containing.get_mut(usize::from(last)) {
                    rules.push((part, suffix, format));
                }
            }
            Wants::Elf => self.elf.push(format),
        }
    }

    fn add_name(&mut self, name: &'static str, rule: NameRule, format: u16) {
        self.name_lengths |= length_bit(name.len());
        self.names.entry(name.as_bytes()).or_default().push((rule, format));
    }

    /// The format with a number.
    pub(crate) fn format(&self, number: u16) -> Option<&'static Format> {
        self.formats.get(usize::from(number)).copied()
    }

    /// Puts the formats that want `path`, whatever its content, into `wanted`, sorted and each once.
    pub(crate) fn find(&self, path: &str, wanted: &mut Vec<u16>) {
        wanted.clear();
        let bytes = path.as_bytes();
        let slash = memchr::memrchr(b'/', bytes);
        let (folder, name) = match slash {
            Some(slash) => {
                (bytes.get(..slash).unwrap_or_default(), bytes.get(slash + 1..).unwrap_or_default())
            }
            None => (&[][..], bytes),
        };
        let Some(last) = name.last() else { return };
        if self.name_lengths & length_bit(name.len()) != 0
            && let Some(rules) = self.names.get(name)
        {
            wanted.extend(rules.iter().filter(|(rule, _)| rule.takes(path, folder)).map(|(_, f)| *f));
        }
        if self.folder_lengths & length_bit(folder.len()) != 0
            && let Some(rules) = self.folders.get(folder)
        {
            wanted.extend(rules.iter().filter(|(s, _)| name.ends_with(s.as_bytes())).map(|(_, f)| *f));
        }
        if let Some(rules) = self.suffixes.get(usize::from(last.to_ascii_lowercase())) {
            wanted.extend(rules.iter().filter(|(s, _)| ends_with_any_case(name, s)).map(|(_, f)| *f));
        }
        if let Some(rules) = self.containing.get(usize::from(*last)) {
            let takes = |part: &str, suffix: &str| {
                name.ends_with(suffix.as_bytes()) && memchr::memmem::find(name, part.as_bytes()).is_some()
            };
            wanted.extend(rules.iter().filter(|(p, s, _)| takes(p, s)).map(|(_, _, f)| *f));
        }
        if wanted.len() > 1 {
            wanted.sort_unstable();
            wanted.dedup();
        }
    }

    /// Adds the formats that want every ELF file where `prefix`, the first bytes of a file, is one that can hold a
    /// program: relocatable files (`.o`, kernel modules) and core dumps hold none.
    pub(crate) fn find_by_content(&self, prefix: &[u8], wanted: &mut Vec<u16>) {
        if !self.elf.is_empty() && is_elf_program(prefix) {
            wanted.extend_from_slice(&self.elf);
            wanted.sort_unstable();
            wanted.dedup();
        }
    }

    /// Whether `format` wants files by their content, whatever their name.
    pub(crate) fn goes_by_content(&self, format: u16) -> bool {
        self.elf.contains(&format)
    }

    /// Whether a package database at a fixed path lies in `folder` or below.
    pub(crate) fn database_below(&self, folder: &str) -> bool {
        let below = |path: &str| {
            path.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        self.formats.iter().filter(|format| format.database).flat_map(|format| format.wants).any(|wants| {
            match wants {
                Wants::Path(path) | Wants::In(path, _) | Wants::OneBelow(path, _) => below(path),
                _ => false,
            }
        })
    }

    /// Whether a rule for the exact path `path` is among those of `format`: then a symbolic link of that name is
    /// followed.
    pub(crate) fn wants_exactly(&self, path: &str, format: u16) -> bool {
        self.format(format).is_some_and(|format| format.wants.contains_path(path))
    }
}

trait ContainsPath {
    fn contains_path(&self, path: &str) -> bool;
}

impl ContainsPath for &'static [Wants] {
    fn contains_path(&self, path: &str) -> bool {
        self.iter().any(|wants| matches!(wants, Wants::Path(wanted) if *wanted == path))
    }
}

impl NameRule {
    fn takes(&self, path: &str, folder: &[u8]) -> bool {
        match *self {
            NameRule::Any => true,
            NameRule::Path(wanted) => path == wanted,
            NameRule::FolderSuffix(suffix) => folder.ends_with(suffix.as_bytes()),
            NameRule::OneBelow(prefix) => memchr::memrchr(b'/', folder)
                .is_some_and(|slash| folder.get(..slash) == Some(prefix.as_bytes())),
        }
    }
}

/// ELF header, `e_type` (System V ABI, "ELF Header"): executables are 2, shared objects and PIE programs 3.
fn is_elf_program(prefix: &[u8]) -> bool {
    if !prefix.starts_with(ELF_MAGIC) {
        return false;
    }
    match (prefix.get(5), prefix.get(16), prefix.get(17)) {
        (Some(1), Some(2 | 3), Some(0)) | (Some(2), Some(0), Some(2 | 3)) => true,
        // Too short to tell: the format decides.
        (_, _, None) => true,
        _ => false,
    }
}

fn ends_with_any_case(name: &[u8], suffix: &str) -> bool {
    name.len()
        .checked_sub(suffix.len())
        .and_then(|start| name.get(start..))
        .is_some_and(|end| end.eq_ignore_ascii_case(suffix.as_bytes()))
}

/// One bit for each length; long ones share the last.
fn length_bit(length: usize) -> u64 {
    1 << length.min(63)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::content::File;
    use crate::facts::Facts;
    use crate::formats::FormatError;

    fn nothing(_: &File<'_>) -> Result<Facts, FormatError> {
        Ok(Facts::default())
    }

    static A: Format = Format {
        name: "a",
        version: 1,
        wants: &[
            Wants::Name("go.mod"),
            Wants::Suffix(".jar"),
            Wants::Path("etc/os-release"),
            Wants::Path("top"),
            Wants::In("var/lib/dpkg/info", ".list"),
            Wants::Containing("requirements", ".txt"),
        ],
        database: false,
        parse: nothing,
    };
    static B: Format = Format {
        name: "b",
        version: 1,
        wants: &[
            Wants::In("var/lib/dpkg/info", ""),
            Wants::In("", "x"),
            Wants::FolderSuffix(".dist-info", "METADATA"),
            Wants::OneBelow("usr/share/doc", "copyright"),
            Wants::Name("go.mod"),
            Wants::Elf,
        ],
        database: false,
        parse: nothing,
    };

    #[test]
    fn the_table_takes_what_the_rules_take() {
        let matcher = Matcher::new(&[&A, &B]);
        let mut wanted = Vec::new();
        for path in [
            "go.mod",
            "a/go.mod",
            "a/go.mods",
            "A.JAR",
            "x/a.jar",
            ".jar",
            "jar",
            "etc/os-release",
            "a/etc/os-release",
            "os-release",
            "top",
            "a/top",
            "var/lib/dpkg/info/a.list",
            "var/lib/dpkg/info/a",
            "var/lib/dpkg/info/a/b.list",
            "var/lib/dpkg/info/",
            "x",
            "a/dev-requirements-2.txt",
            "requirements/a.txt",
            "a/x",
            "p/a.dist-info/METADATA",
            ".dist-info/METADATA",
            "METADATA",
            "usr/share/doc/bash/copyright",
            "usr/share/doc/a/b/copyright",
            "usr/share/doc/copyright",
            "",
            "/",
        ] {
            matcher.find(path, &mut wanted);
            let expected: Vec<u16> = (0u16..)
                .zip([&A, &B])
                .filter(|(_, format)| format.wants.iter().any(|wants| wants.takes(path)))
                .map(|(number, _)| number)
                .collect();
            assert_eq!(wanted, expected, "{path}");
        }
    }

    #[test]
    fn programs_are_known_by_content() {
        let matcher = Matcher::new(&[&A, &B]);
        let found = |class: u8, kind: u8| {
            let mut header = [0u8; 20];
            header[..4].copy_from_slice(ELF_MAGIC);
            header[4] = class;
            header[5] = 1;
            header[16] = kind;
            let mut wanted = Vec::new();
            matcher.find_by_content(&header, &mut wanted);
            wanted
        };
        assert_eq!(found(2, 2), [1]);
        assert_eq!(found(1, 3), [1]);
        assert!(found(2, 1).is_empty(), "relocatable");
        let mut wanted = Vec::new();
        matcher.find_by_content(b"#!/bin/sh", &mut wanted);
        assert!(wanted.is_empty());
        assert!(matcher.wants_exactly("top", 0) && !matcher.wants_exactly("top", 1));
    }
}
