//! A format of the tests' own, so that what is tested is the way to a format and not the format.

#![allow(dead_code, reason = "each test file uses a part")]

use batten_image::content::File;
use batten_image::facts::{Facts, Problem};
use batten_image::formats::{Format, FormatError, Wants};
use batten_image::limits::Limits;
use batten_image::scan::{ScanOptions, scan_archive};
use batten_model::{Inventory, Location, Origin, Package, PackageKind};
use std::path::{Path, PathBuf};

/// Each line of a file `*.list` is `name version`; a line `!` is a part that cannot be read.
pub(crate) static LIST: Format = Format {
    name: "list",
    version: 1,
    wants: &[Wants::Suffix(".list"), Wants::Path("exact/list")],
    database: false,
    parse: parse_list,
};

/// The same for `db/packages`, as a package database.
pub(crate) static DATABASE: Format = Format {
    name: "database",
    version: 1,
    wants: &[Wants::Path("db/packages"), Wants::Path("usr/db/packages")],
    database: true,
    parse: parse_list,
};

/// Lock files: packages that are only declared.
pub(crate) static LOCK: Format =
    Format { name: "lock", version: 1, wants: &[Wants::Name("lock")], database: false, parse: parse_lock };

/// ELF files: their length is the version.
pub(crate) static PROGRAM: Format =
    Format { name: "program", version: 1, wants: &[Wants::Elf], database: false, parse: parse_program };

/// Files that make their reader fail.
pub(crate) static FAULTY: Format = Format {
    name: "zfaulty",
    version: 1,
    wants: &[Wants::Name("panic")],
    database: false,
    parse: parse_faulty,
};

pub(crate) static FORMATS: &[&Format] = &[&DATABASE, &LIST, &LOCK, &PROGRAM, &FAULTY];

fn parse_list(file: &File<'_>) -> Result<Facts, FormatError> {
    let bytes = file.bytes(1 << 30)?;
    let mut facts = Facts::default();
    for line in String::from_utf8_lossy(&bytes).lines() {
        match line.split_once(' ') {
            Some((name, version)) => {
                facts.packages.push(Package::new(PackageKind::Npm, name, version, Location::at(file.path)));
            }
            None => facts.problems.push(Problem {
                code: "unreadable-list".to_owned(),
                target: file.path.to_owned(),
                en: format!("{} has a line {line:?}", file.path),
                zh: format!("{} 有一行 {line:?}", file.path),
                fatal: false,
            }),
        }
    }
    Ok(facts)
}

fn parse_lock(file: &File<'_>) -> Result<Facts, FormatError> {
    let mut facts = parse_list(file)?;
    for package in &mut facts.packages {
        package.origin = Origin::Declared;
        let own = format!("{}@{}", package.name, package.version);
        package.dependency_path = ["top@1".to_owned(), own].into_iter().collect();
    }
    Ok(facts)
}

fn parse_program(file: &File<'_>) -> Result<Facts, FormatError> {
    let length = file.content.len();
    let mut last = [0];
    file.content.read_exact_at(length - 1, &mut last)?;
    let version = format!("{length}-{}", last[0]);
    let package = Package::new(PackageKind::Golang, "program", version, Location::at(file.path));
    Ok(Facts { packages: vec![package], ..Facts::default() })
}

fn parse_faulty(_: &File<'_>) -> Result<Facts, FormatError> {
    panic!("a fault in a format")
}

/// Options with the tests' formats.
pub(crate) fn options() -> ScanOptions<'static> {
    ScanOptions { formats: FORMATS, threads: 2, ..ScanOptions::default() }
}

/// Options with limits.
pub(crate) fn limited(set: impl FnOnce(&mut Limits)) -> ScanOptions<'static> {
    let mut options = options();
    set(&mut options.limits);
    options
}

/// Writes `bytes` to a file that lives as long as the folder.
pub(crate) fn put(folder: &Path, name: &str, bytes: &[u8]) -> PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, bytes).unwrap();
    path
}

/// Scans the archive `bytes` with the tests' formats.
pub(crate) fn scan_bytes(bytes: &[u8]) -> Inventory {
    scan_bytes_with(bytes, &options())
}

/// Scans the archive `bytes`.
pub(crate) fn scan_bytes_with(bytes: &[u8], options: &ScanOptions<'_>) -> Inventory {
    let folder = tempfile::tempdir().unwrap();
    let path = put(folder.path(), "image.tar", bytes);
    scan_archive(&path, Default::default(), options).unwrap()
}

/// `name version places` of each package.
pub(crate) fn packages(inventory: &Inventory) -> Vec<String> {
    inventory
        .packages
        .iter()
        .map(|package| {
            let places: Vec<&str> = package.locations.iter().map(|place| place.path.as_str()).collect();
            format!("{} {} {}", package.name, package.version, places.join(","))
        })
        .collect()
}

/// The codes of the errors.
pub(crate) fn codes(inventory: &Inventory) -> Vec<&str> {
    inventory.errors.iter().map(|error| error.code.as_str()).collect()
}

/// An ELF executable in name only: header and `length` bytes in all, the last of them `last`.
pub(crate) fn elf(length: usize, last: u8) -> Vec<u8> {
    let mut bytes = vec![0; length];
    bytes[..6].copy_from_slice(b"\x7fELF\x02\x01");
    bytes[16] = 2;
    bytes[length - 1] = last;
    bytes
}
