//! apk's database of installed packages: `lib/apk/db/installed`, `usr/lib/apk/db/installed` of newer releases.
//!
//! Follows apk-installed(5) (apk-tools): one letter, a colon and a value a line; blank lines part packages. `F` names
//! a folder, the `R` lines behind it its files.

use crate::content::File;
use crate::facts::{Facts, OwnedFiles, Problem, path_hash};
use crate::formats::{Format, FormatError, Wants};
use crate::licence;
use batten_model::{Location, Package, PackageKind, SourcePackage};

pub(crate) const FORMAT: Format = Format {
    name: "apk",
    version: 1,
    wants: &[Wants::Path("lib/apk/db/installed"), Wants::Path("usr/lib/apk/db/installed")],
    database: true,
    parse,
};

const MAX_BYTES: u64 = 512 << 20;
const MAX_PACKAGES: usize = 1_000_000;
/// Linux' own limit for paths.
const MAX_FOLDER_BYTES: usize = 4096;

fn parse(file: &File<'_>) -> Result<Facts, FormatError> {
    let bytes = file.bytes(MAX_BYTES)?;
    let text = String::from_utf8_lossy(&bytes);
    let mut facts = Facts::default();
    let mut entry = Entry::default();
    for (number, line) in text.lines().map(str::trim_end).enumerate() {
        if line.is_empty() {
            std::mem::take(&mut entry).finish(file.path, &mut facts);
        } else {
            entry.line = if entry.is_empty() { number + 1 } else { entry.line };
            entry.read(line);
        }
        if facts.packages.len() > MAX_PACKAGES {
            return Err(FormatError::Limit { limit: MAX_PACKAGES as u64, unit: "entries" });
        }
    }
    entry.finish(file.path, &mut facts);
    if facts.packages.is_empty() && facts.problems.is_empty() && !text.trim().is_empty() {
        return Err(FormatError::Malformed {
            format: "apk database",
            reason: "no entry has a name (P:)".to_owned(),
            place: "line 1".to_owned(),
        });
    }
    Ok(facts)
}

/// What one package's lines said.
#[derive(Default)]
struct Entry<'a> {
    line: usize,
    name: &'a str,
    version: &'a str,
    arch: &'a str,
    licence: &'a str,
    origin: &'a str,
    folder: &'a str,
    files: Vec<u64>,
}

impl<'a> Entry<'a> {
    fn is_empty(&self) -> bool {
        self.line == 0
    }

    fn read(&mut self, line: &'a str) {
        let Some((letter, value)) = line.split_once(':') else { return };
        match letter {
            "P" => self.name = value.trim(),
            "V" => self.version = value.trim(),
            "A" => self.arch = value.trim(),
            "L" => self.licence = value,
            "o" => self.origin = value.trim(),
            "F" => self.folder = value.trim_matches('/'),
            "R" if self.folder.is_empty() => self.files.push(path_hash(value)),
            "R" if self.folder.len() <= MAX_FOLDER_BYTES => {
                self.files.push(path_hash(&format!("{}/{value}", self.folder)));
            }
            _ => {}
        }
    }

    fn finish(self, path: &str, facts: &mut Facts) {
        if self.name.is_empty() {
            return;
        }
        if self.version.is_empty() {
            facts.problems.push(versionless(self.name, path, self.line));
            return;
        }
        let mut package = Package::new(PackageKind::Apk, self.name, self.version, Location::at(path));
        package.arch = Some(self.arch).filter(|arch| !arch.is_empty()).map(str::to_owned);
        let origin = if self.origin.is_empty() { self.name } else { self.origin };
        package.source = Some(SourcePackage { name: origin.to_owned(), version: self.version.to_owned() });
        package.licence = licence::spdx_expression(self.licence);
        facts.packages.push(package);
        if !self.files.is_empty() {
            facts.owned.push(OwnedFiles { package: self.name.to_owned(), files: self.files });
        }
    }
}

fn versionless(name: &str, path: &str, line: usize) -> Problem {
    Problem {
        code: "incomplete-apk".to_owned(),
        target: format!("{path}:{line}"),
        en: format!("{path} line {line} has package {name:?} without a version; it cannot be judged"),
        zh: format!("{path} 第 {line} 行的包 {name:?} 没有版本，无法评判"),
        fatal: false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Facts, FormatError> {
        parse(&File { path: "lib/apk/db/installed", mode: 0o644, content: &text.as_bytes().to_vec() })
    }

    #[test]
    fn entries_become_packages_with_files() {
        let facts = read(
            "C:Q1abc=\nP:ssl_client\nV:1.36.1-r5\nA:x86_64\nS:4721\nI:28672\nT:EXternal ssl_client\nL:GPL-2.0-only\n\
             o:busybox\nm:A <a@b>\nt:1\nc:00\nD:so:libc.musl-x86_64.so.1\nF:usr\nF:usr/bin\nR:ssl_client\na:0:0:755\n\
             Z:Q1x=\n\nP:broken\n\nP:musl\nV:1.2.4-r2\nL:MIT\nF:lib\nR:ld-musl-x86_64.so.1\n",
        )
        .unwrap();
        let [ssl, musl] = facts.packages.as_slice() else { panic!("{facts:?}") };
        assert_eq!(ssl.source, Some(SourcePackage { name: "busybox".into(), version: "1.36.1-r5".into() }));
        assert_eq!((ssl.licence.as_deref(), ssl.arch.as_deref()), (Some("GPL-2.0-only"), Some("x86_64")));
        assert_eq!(musl.source_or_self(), ("musl", "1.2.4-r2"));
        assert_eq!(facts.owned[0].files, [path_hash("usr/bin/ssl_client")]);
        assert_eq!(facts.owned[1].files, [path_hash("lib/ld-musl-x86_64.so.1")]);
        assert_eq!(facts.problems[0].target, "lib/apk/db/installed:20");
    }

    #[test]
    fn damage_is_told() {
        assert!(read("\x7fELF").is_err());
        assert_eq!(read("").unwrap(), Facts::default());
    }
}
