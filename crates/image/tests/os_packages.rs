//! Packages of Debian and Alpine, their files, licences and release files: from real databases to what relations make
//! of them.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use batten_image::content::File;
use batten_image::facts::{Facts, path_hash};
use batten_image::formats::{FORMATS, Format};
use batten_image::relations::{FileFacts, RELATIONS};
use batten_model::{Location, Package, PackageKind};
use std::path::{Path, PathBuf};
use std::process::Command;

fn formats_of(path: &str) -> impl Iterator<Item = &'static Format> {
    FORMATS.iter().copied().filter(move |format| format.wants.iter().any(|wants| wants.takes(path)))
}

fn facts(path: &str, bytes: Vec<u8>) -> Vec<FileFacts> {
    let file = File { path, mode: 0o644, content: &bytes };
    formats_of(path)
        .map(|format| FileFacts {
            path: path.to_owned(),
            layer: 0,
            format: format.name,
            facts: (format.parse)(&file).unwrap(),
        })
        .collect()
}

/// Facts of all files below a folder, as if it were a root file system.
fn tree(root: &Path, folder: &Path, out: &mut Vec<FileFacts>) {
    let mut entries: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() && !path.is_symlink() {
            tree(root, &path, out);
        } else if path.is_file() {
            let name = path.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
            if formats_of(&name).next().is_some() {
                out.extend(facts(&name, std::fs::read(&path).unwrap()));
            }
        }
    }
}

fn relate(files: &mut Vec<FileFacts>) {
    RELATIONS.iter().for_each(|(_, relation)| relation(files));
}

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name)
}

/// `Package Version Architecture source:Package source:Version`, sorted.
fn lines(files: &[FileFacts]) -> Vec<String> {
    let mut lines: Vec<String> = files
        .iter()
        .flat_map(|file| &file.facts.packages)
        .filter(|package| package.kind == PackageKind::Deb)
        .map(|p| {
            let (source, version) = p.source_or_self();
            format!("{} {} {} {source} {version}", p.name, p.version, p.arch.as_deref().unwrap_or_default())
        })
        .collect();
    lines.sort();
    lines
}

/// What dpkg-query printed, without packages that have no files.
fn queried(text: &str) -> Vec<String> {
    let mut lines: Vec<String> = text
        .lines()
        .filter_map(|line| line.split_once(' '))
        .filter(|(state, _)| !matches!(*state, "config-files" | "not-installed"))
        .map(|(_, rest)| rest.to_owned())
        .collect();
    lines.sort();
    lines
}

#[test]
fn dpkg_packages_with_files_and_diversions() {
    let root = fixture("dpkg");
    let mut files = Vec::new();
    tree(&root, &root, &mut files);
    let python = |path: &str| {
        let package = Package::new(PackageKind::Pypi, "x", "2.0", Location::at(path));
        let facts = Facts { packages: vec![package], ..Facts::default() };
        FileFacts { path: path.to_owned(), layer: 1, format: "python", facts }
    };
    let metadata = "usr/lib/python3/dist-packages/x-2.0.dist-info/METADATA";
    for path in [metadata, "usr/bin/x", "usr/bin/x.real", "usr/bin/gone"] {
        files.push(python(path));
    }
    relate(&mut files);
    assert_eq!(lines(&files), queried(&std::fs::read_to_string(root.join("dpkg-query.txt")).unwrap()));
    let owner = |path: &str| {
        let file = files.iter().find(|file| file.path == path).unwrap();
        file.facts.packages[0].owner.clone()
    };
    let x = Some("deb:python3-x@2.0-3?arch=all".to_owned());
    assert_eq!(owner(metadata), x);
    assert_eq!(owner("usr/bin/x.real"), x);
    assert_eq!(owner("usr/bin/x"), None);
    assert_eq!(owner("usr/bin/gone"), None);
}

#[test]
fn this_machine_as_dpkg_says() {
    let format =
        "${db:Status-Status} ${Package} ${Version} ${Architecture} ${source:Package} ${source:Version}\n";
    let Ok(output) = Command::new("dpkg-query").args(["-W", "-f", format]).output() else {
        assert!(std::env::var_os("CI").is_none(), "dpkg-query is missing");
        eprintln!("NOT RUN: this machine has no dpkg-query");
        return;
    };
    let files = facts("var/lib/dpkg/status", std::fs::read("/var/lib/dpkg/status").unwrap());
    assert_eq!(lines(&files), queried(&String::from_utf8(output.stdout).unwrap()));
}

#[test]
fn alpine_packages() {
    let mut files = facts("lib/apk/db/installed", std::fs::read(fixture("apk/installed")).unwrap());
    relate(&mut files);
    let packages = &files[0].facts.packages;
    assert_eq!(packages.len(), 6);
    let get = |name: &str| packages.iter().find(|package| package.name == name).unwrap();
    let libs = get("harbour-libs");
    assert_eq!((libs.version.as_str(), libs.arch.as_deref()), ("2.4.1-r0", Some("x86_64")));
    assert_eq!(libs.source_or_self(), ("harbour", "2.4.1-r0"));
    assert_eq!(libs.licence.as_deref(), Some("Apache-2.0"));
    let doc = get("harbour-doc");
    assert_eq!(doc.licence.as_deref(), Some("GPL-2.0-or-later AND BSD-2-Clause AND MIT"));
    let group = get(".harbour-rundeps");
    assert_eq!(group.source_or_self(), (".harbour-rundeps", "20231114.221320"));
    assert_eq!(group.licence, None);
    assert!(get("lantern").licence.as_deref().is_some_and(|licence| licence.starts_with("LicenseRef-")));
    let owned = |package: &str| files[0].facts.owned.iter().find(|owned| owned.package == package).unwrap();
    assert_eq!(owned("harbour").files, [path_hash("usr/bin/berth"), path_hash("usr/bin/harbour")]);
    let files = [path_hash("lib/libberth.so.2"), path_hash("usr/lib/harbour/tides.txt")];
    assert_eq!(owned("harbour-libs").files, files);
}

#[test]
fn copyright_files() {
    for (package, expected) in [
        ("apt", "GPL-2.0-or-later"),
        ("bash", "GPL-3.0-or-later"),
        ("tar", "GPL-3.0-or-later"),
        ("zlib1g", "Zlib"),
    ] {
        let path = format!("usr/share/doc/{package}/copyright");
        let bytes = std::fs::read(fixture(&format!("dpkg_copyright/{package}/copyright"))).unwrap();
        let files = facts(&path, bytes);
        let licences = &files[0].facts.licences;
        assert_eq!(licences[0].0, package);
        assert!(licences[0].1.split(" AND ").any(|part| part == expected), "{package}: {}", licences[0].1);
    }
}

#[test]
fn release_files() {
    let mut files = Vec::new();
    for (path, name) in [("etc/debian_version", "debian_version"), ("usr/lib/os-release", "os-release")] {
        files.extend(facts(path, std::fs::read(fixture(&format!("os_release/{name}"))).unwrap()));
    }
    relate(&mut files);
    assert_eq!(files[0].facts.os, None);
    let os = files[1].facts.os.clone().unwrap();
    assert_eq!((os.id.as_str(), os.version_id.as_str(), os.codename.as_str()), ("debian", "12", "bookworm"));
}

#[test]
fn damaged_files_give_what_is_left() {
    for (path, name) in [
        ("var/lib/dpkg/status", "dpkg/var/lib/dpkg/status"),
        ("lib/apk/db/installed", "apk/installed"),
        ("usr/share/doc/bash/copyright", "dpkg_copyright/bash/copyright"),
        ("var/lib/dpkg/info/x.list", "dpkg/var/lib/dpkg/info/python3-x.list"),
        ("etc/os-release", "os_release/os-release"),
    ] {
        let whole = std::fs::read(fixture(name)).unwrap();
        for length in 0..whole.len() {
            let cut = whole[..length].to_vec();
            for format in formats_of(path) {
                let _ = (format.parse)(&File { path, mode: 0, content: &cut });
            }
        }
        for at in (0..whole.len()).step_by(7) {
            let mut damaged = whole.clone();
            damaged[at] ^= 0x80;
            for format in formats_of(path) {
                let _ = (format.parse)(&File { path, mode: 0, content: &damaged });
            }
        }
    }
}
