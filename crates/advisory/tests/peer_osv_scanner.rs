//! Batten's judgement against osv-scanner's on the same archives: every record that one of them reports, the other does
//! too. Packages and versions are taken from the advisories themselves, so that the bounds of ranges are hit.
#![expect(clippy::unwrap_used, clippy::print_stderr, reason = "a test that cannot go on stops, and says so")]

use batten_advisory::feeds::{EpssScore, Problem, Sink, ecosystem, osv};
use batten_advisory::judge::judge;
use batten_advisory::judge::source::Memory;
use batten_advisory::record::{Advisory, Event};
use batten_model::{
    Date, Inventory, Judged, Kev, Location, Package, PackageKind, Severity, Subject, SubjectKind, Text,
};
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::PathBuf;
use std::process::Command;

/// OSV's name, the folder of the shared data, and the kind of its packages.
const ECOSYSTEMS: &[(&str, &str, PackageKind)] = &[
    ("Go", "Go", PackageKind::Golang),
    ("Maven", "Maven", PackageKind::Maven),
    ("PyPI", "PyPI", PackageKind::Pypi),
    ("crates.io", "crates-io", PackageKind::Cargo),
    ("npm", "npm", PackageKind::Npm),
];

/// Packages of each ecosystem.
const PACKAGES: usize = 120;

type Versions = BTreeMap<(String, String), BTreeSet<String>>;

/// Differences in which Batten is right.
const EXPLAINED: &[(&str, &str, &str)] = &[
    // npm's packages have three numbers; osv-scanner drops the fourth of the fixed version 0.9.7.1.
    ("RETIREJS-ember-13", "ember", "0.9.7"),
    // The record has a Git range and no list of versions; osv-scanner then skips its range of versions too.
    ("PYSEC-2019-227", "tensorflow-cpu", "1.0.0"),
    ("PYSEC-2020-269", "tensorflow-cpu", "1.0.0"),
];

#[derive(Default)]
struct Collected {
    /// The ecosystem whose archive is read. osv-scanner does not look for records in others' archives.
    reading: &'static str,
    database: Memory,
    /// Advisories by ecosystem, package and id.
    advisories: BTreeMap<(String, String, String), Advisory>,
    versions: Versions,
}

impl Sink for Collected {
    fn advisory(&mut self, ecosystem: &str, package: &str, mut advisory: Advisory) -> io::Result<()> {
        if ecosystem != self.reading {
            return Ok(());
        }
        let package = ecosystem::package_name(ecosystem, package).into_owned();
        advisory.feed = "osv".to_owned();
        // Both know no platform here.
        advisory.conditions.clear();
        let versions = self.versions.entry((ecosystem.to_owned(), package.clone())).or_default();
        for event in advisory.ranges.iter().flat_map(|range| &range.events) {
            let (Event::Introduced(v) | Event::Fixed(v) | Event::LastAffected(v) | Event::Limit(v)) = event;
            if v != "0" && v.starts_with(|c: char| c.is_ascii_digit()) {
                versions.insert(v.clone());
            }
        }
        let key = (ecosystem.to_owned(), package.clone(), advisory.id.clone());
        self.advisories.insert(key, advisory.clone());
        self.database.add(ecosystem, &package, advisory);
        Ok(())
    }

    fn kev(&mut self, _: &str, _: Kev) -> io::Result<()> {
        Ok(())
    }

    fn epss(&mut self, _: &str, _: EpssScore) -> io::Result<()> {
        Ok(())
    }

    fn score(&mut self, _: &str, _: &[String], _: &str, _: Option<&(Severity, String)>) -> io::Result<()> {
        Ok(())
    }

    fn record(&mut self, _: &str, _: &str, _: Option<Date>) {}

    fn touched(&mut self, _: &str, _: Option<Date>) {}

    fn covers(&mut self, base: &str) {
        self.database.add_ecosystem(base, Judged::Full, None, Text::default());
    }

    fn dated(&mut self, _: &str, _: Date) {}

    fn problem(&mut self, problem: Problem) {
        panic!("{problem:?}");
    }
}

fn not_run(what: &str) {
    let message = format!("NOT RUN: {what}");
    assert!(std::env::var("CI").as_deref() != Ok("true"), "{message}");
    eprintln!("{message}");
}

/// Every so many packages with two of their versions each: one from the front and one from the middle.
fn packages(collected: &Collected) -> Vec<Package> {
    let mut packages = Vec::new();
    for (name, _, kind) in ECOSYSTEMS {
        let all: Vec<_> =
            collected.versions.iter().filter(|((e, _), v)| e == name && !v.is_empty()).collect();
        for ((_, package), versions) in all.iter().step_by((all.len() / PACKAGES).max(1)) {
            let versions: Vec<&String> = versions.iter().collect();
            for at in BTreeSet::from([0, versions.len() / 2]) {
                packages.push(Package::new(
                    *kind,
                    package.clone(),
                    versions[at].clone(),
                    Location::at("bom.json"),
                ));
            }
        }
    }
    packages
}

/// What osv-scanner reports of a CycloneDX document: record ids by ecosystem, name and version.
fn theirs(
    packages: &[Package],
    scanner: &PathBuf,
    data: &std::path::Path,
) -> BTreeMap<(String, String, String), BTreeSet<String>> {
    let folder = tempfile::tempdir().unwrap();
    for (name, source, _) in ECOSYSTEMS {
        let cache = folder.path().join("osv-scalibr").join(name);
        std::fs::create_dir_all(&cache).unwrap();
        std::fs::copy(data.join(source).join("all.zip"), cache.join("all.zip")).unwrap();
    }
    let components: Vec<_> = packages
        .iter()
        .map(|p| {
            serde_json::json!({
                "type": "library", "name": p.name, "version": p.version, "purl": p.purl(None).as_str(),
            })
        })
        .collect();
    let bom = serde_json::json!({
        "bomFormat": "CycloneDX", "specVersion": "1.5", "version": 1, "components": components,
    });
    let path = folder.path().join("bom.cdx.json");
    std::fs::write(&path, bom.to_string()).unwrap();
    let output = Command::new(scanner)
        .args(["scan", "source", "--offline", "--format", "json", "-L"])
        .arg(&path)
        .env("XDG_CACHE_HOME", folder.path())
        .output()
        .unwrap();
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let mut found: BTreeMap<_, BTreeSet<String>> = BTreeMap::new();
    for package in
        report["results"].as_array().unwrap().iter().flat_map(|r| r["packages"].as_array().unwrap())
    {
        let text = |key: &str| package["package"][key].as_str().unwrap().to_owned();
        let ecosystem = text("ecosystem");
        let name = ecosystem::package_name(&ecosystem, &text("name")).into_owned();
        let version = text("version").trim_start_matches('v').to_owned();
        let ids = package["vulnerabilities"].as_array().into_iter().flatten();
        found
            .entry((ecosystem, name, version))
            .or_default()
            .extend(ids.map(|v| v["id"].as_str().unwrap().to_owned()));
    }
    found
}

#[test]
fn the_same_records_are_reported() {
    let root = std::env::var_os("BATTEN_SHARED")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared"), PathBuf::from);
    let data = root.join("data/osv");
    let home = || PathBuf::from(std::env::var_os("HOME").unwrap_or_default()).join(".cache/batten-testkit");
    let scanner = std::env::var_os("BATTEN_TESTKIT").map_or_else(home, PathBuf::from).join("bin/osv-scanner");
    if !data.exists() {
        return not_run("there is no shared data (BATTEN_SHARED)");
    }
    if !scanner.exists() {
        return not_run("there is no osv-scanner (run `make test-tools`)");
    }
    let mut collected = Collected::default();
    for (name, folder, _) in ECOSYSTEMS {
        collected.reading = name;
        osv::read_zip(&data.join(folder).join("all.zip"), &mut collected).unwrap();
    }
    let mut inventory = Inventory::empty(Subject::named(SubjectKind::Fs, "tree"));
    inventory.packages = packages(&collected);
    let judgement = judge(&inventory, &collected.database, Date::new(2026, 11, 24).unwrap());

    let ecosystem_of =
        |package: &Package| ECOSYSTEMS.iter().find(|(_, _, kind)| *kind == package.kind).unwrap().0;
    let mut ours: BTreeMap<(String, String, String), BTreeSet<String>> = BTreeMap::new();
    let by_reference: BTreeMap<String, &Package> =
        inventory.packages.iter().map(|p| (p.reference(), p)).collect();
    for finding in &judgement.findings {
        let package = by_reference[&finding.package.as_ref().unwrap().reference];
        let version = package.version.trim_start_matches('v').to_owned();
        let key = (ecosystem_of(package).to_owned(), package.name.clone(), version);
        let ids = finding.evidence.iter().map(|e| e.source.trim_start_matches("osv:").to_owned());
        ours.entry(key).or_default().extend(ids);
    }
    let theirs = theirs(&inventory.packages, &scanner, &data);
    let none = BTreeSet::new();
    let mut unexplained = Vec::new();
    let mut same = 0;
    for key in ours.keys().chain(theirs.keys()).collect::<BTreeSet<_>>() {
        let (mine, other) = (ours.get(key).unwrap_or(&none), theirs.get(key).unwrap_or(&none));
        same += mine.intersection(other).count();
        unexplained.extend(other.difference(mine).map(|id| format!("missed {id} on {key:?}")));
        for id in mine.difference(other) {
            if EXPLAINED.contains(&(id.as_str(), key.1.as_str(), key.2.as_str())) {
                continue;
            }
            let advisory = &collected.advisories[&(key.0.clone(), key.1.clone(), id.clone())];
            // osv-scanner asks only the list of versions where there is one. The schema says list or range, and
            // a version from a bound of the range need not be in the list.
            if advisory.versions.is_empty() || advisory.versions.contains(&key.2) {
                unexplained.push(format!("only Batten has {id} on {key:?}"));
            }
        }
    }
    eprintln!("{} packages: {same} records reported by both", inventory.packages.len());
    for error in &judgement.errors {
        eprintln!("{}: {}", error.target, error.message.en);
    }
    assert!(same > 1000, "only {same}");
    assert!(unexplained.is_empty(), "{} differ:\n{}", unexplained.len(), unexplained.join("\n"));
}
