//! rpm's databases as rpm itself, Berkeley DB's loader and SUSE's layout write them, whole and damaged.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use batten_image::content::File;
use batten_image::facts::{Facts, path_hash};
use batten_image::formats::{FORMATS, Format, FormatError};
use batten_image::relations::{FileFacts, RELATIONS};
use std::io::Read as _;
use std::path::Path;

fn format() -> &'static Format {
    FORMATS.iter().find(|format| format.name == "rpm").unwrap()
}

fn fixture(name: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/rpm").join(name);
    let packed = std::fs::read(&path).unwrap();
    let mut bytes = Vec::new();
    flate2::read::GzDecoder::new(packed.as_slice()).read_to_end(&mut bytes).unwrap();
    bytes
}

fn parse(path: &str, bytes: &[u8]) -> Result<Facts, FormatError> {
    (format().parse)(&File { path, mode: 0o644, content: &bytes.to_vec() })
}

/// `version name arch source-rpm`, as the query of `make.sh` prints them.
fn lines(facts: &Facts) -> Vec<String> {
    let mut lines: Vec<String> = facts
        .packages
        .iter()
        .map(|package| {
            let source = package.source.as_ref().unwrap();
            let version = source.version.split_once(':').map_or(source.version.as_str(), |(_, rest)| rest);
            let arch = package.arch.as_deref().unwrap();
            format!("{} {} {arch} {}-{version}.src.rpm", package.version, package.name, source.name)
        })
        .collect();
    lines.sort_by(|a, b| a.split(' ').nth(1).cmp(&b.split(' ').nth(1)));
    lines
}

fn expected(name: &str) -> Vec<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/rpm").join(name);
    std::fs::read_to_string(path).unwrap().lines().map(str::to_owned).collect()
}

const FORMS: &[(&str, &str)] = &[
    ("var/lib/rpm/rpmdb.sqlite", "rpmdb.sqlite.gz"),
    ("usr/lib/sysimage/rpm/Packages.db", "Packages.db.gz"),
    ("var/lib/rpm/Packages", "Packages-1234.gz"),
    ("var/lib/rpm/Packages", "Packages-4321.gz"),
];

#[test]
fn every_form_gives_what_rpm_lists() {
    for (path, name) in FORMS {
        let facts = parse(path, &fixture(name)).unwrap();
        assert_eq!(lines(&facts), expected("rpm-qa.txt"), "{name}");
        assert!(facts.problems.is_empty(), "{name}: {:?}", facts.problems);
        let node = facts.packages.iter().find(|package| package.name == "nodejs").unwrap();
        assert_eq!(node.module.as_deref(), Some("nodejs:16:9010020221220153525:rhel9"));
        assert_eq!(node.licence.as_deref(), Some("MIT AND Apache-2.0"));
        assert_eq!(node.vendor.as_deref(), Some("Example Project"));
        let many = facts.owned.iter().find(|owned| owned.package.starts_with("rpm:many@1-1")).unwrap();
        assert_eq!(many.files.len(), 1200);
        assert!(many.files.contains(&path_hash("usr/share/many/00777")));
        let bash =
            facts.owned.iter().find(|owned| owned.package == "rpm:bash@5.1.8-6.el9?arch=x86_64").unwrap();
        assert!(bash.files.contains(&path_hash("bin/bash")));
    }
}

fn related(files: &[(&str, Vec<u8>)]) -> Vec<FileFacts> {
    let mut all: Vec<FileFacts> = files
        .iter()
        .map(|(path, bytes)| FileFacts {
            path: (*path).to_owned(),
            layer: 0,
            format: "rpm",
            facts: parse(path, bytes).unwrap(),
        })
        .collect();
    RELATIONS.iter().for_each(|(_, relation)| relation(&mut all));
    all
}

#[test]
fn the_log_has_the_last_word() {
    let (database, log) = (fixture("logged-rpmdb.sqlite.gz"), fixture("logged-rpmdb.sqlite-wal.gz"));
    let path = "var/lib/rpm/rpmdb.sqlite";
    let alone = related(&[(path, database.clone())]);
    assert_ne!(lines(&alone[0].facts), expected("logged-rpm-qa.txt"));
    let both = related(&[(path, database.clone()), ("var/lib/rpm/rpmdb.sqlite-wal", log.clone())]);
    assert_eq!(lines(&both[0].facts), expected("logged-rpm-qa.txt"));
    assert!(both[0].facts.problems.is_empty(), "{:?}", both[0].facts.problems);
    assert!(both[0].facts.notes.is_empty());
    assert!(both[1].facts.packages.is_empty() && both[1].facts.notes.is_empty());
    assert!(!both[0].facts.owned.iter().any(|owned| owned.package.starts_with("rpm:bash@")));
    // A log that is cut ends at its last whole commit, as it does for SQLite.
    let cut = related(&[(path, database), ("var/lib/rpm/rpmdb.sqlite-wal", log[..log.len() / 2].to_vec())]);
    assert!(!cut[0].facts.packages.is_empty());
}

#[test]
fn an_older_form_beside_a_newer_one_does_not_count_twice() {
    let files = related(&[
        ("var/lib/rpm/Packages", fixture("Packages-1234.gz")),
        ("var/lib/rpm/rpmdb.sqlite", fixture("rpmdb.sqlite.gz")),
    ]);
    assert!(files[0].facts.packages.is_empty());
    assert_eq!(files[1].facts.packages.len(), 5);
}

#[test]
fn damage_is_told_and_never_fatal_to_the_reader() {
    for (path, name) in FORMS {
        let whole = fixture(name);
        let step = (whole.len() / 150).max(1);
        for length in (1..whole.len()).step_by(step) {
            if let Ok(facts) = parse(path, &whole[..length]) {
                let lost = facts.packages.len() < 5;
                assert!(!lost || !facts.problems.is_empty(), "{name} cut to {length} says nothing");
            }
        }
        let mut state = 0x2545_f491_4f6c_dd1d_u64;
        for _ in 0..150 {
            let mut damaged = whole.clone();
            for _ in 0..8 {
                state ^= state << 13;
                state ^= state >> 7;
                state ^= state << 17;
                let at = state as usize % damaged.len().min(64 << 10);
                damaged[at] ^= 1 << (state >> 60 & 7);
            }
            let _ = parse(path, &damaged);
        }
    }
}

#[test]
fn what_is_no_database_is_refused() {
    for (path, _) in FORMS {
        assert!(matches!(parse(path, &[b'x'; 8192]), Err(FormatError::Malformed { .. })), "{path}");
        assert!(matches!(parse(path, b"short"), Err(FormatError::Malformed { .. })), "{path}");
        assert_eq!(parse(path, b"").unwrap(), Facts::default());
    }
}

#[test]
fn lists_of_images_without_rpm() {
    let full = "bash\t5.1.8-1.cm2\t1653816591\t1653753130\tMicrosoft Corporation\t(none)\t580\tx86_64\t0\tbash-5.1.8-1.cm2.src.rpm\n\
                bind\t9.16.29-1.cm2\t1\t2\tMicrosoft Corporation\t32\t580\tx86_64\t32\tbind-9.16.29-1.cm2.src.rpm\n";
    let short = "bash-5.1.8-1.cm2.x86_64\nbind-9.16.29-1.cm2.x86_64\nbad line\n";
    let files = related(&[
        ("var/lib/rpmmanifest/container-manifest-1", short.as_bytes().to_vec()),
        ("var/lib/rpmmanifest/container-manifest-2", full.as_bytes().to_vec()),
    ]);
    assert!(files[0].facts.packages.is_empty());
    assert_eq!(files[0].facts.problems.len(), 1);
    let bind = &files[1].facts.packages[1];
    assert_eq!((bind.name.as_str(), bind.version.as_str()), ("bind", "32:9.16.29-1.cm2"));
    assert_eq!(bind.source.as_ref().unwrap().version, "32:9.16.29-1.cm2");
    let alone = related(&[("var/lib/rpmmanifest/container-manifest-1", short.as_bytes().to_vec())]);
    assert_eq!(alone[0].facts.packages[0].name, "bash");
}
