use super::*;
use batten_model::Package;

const FIXTURES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/pnpm_lock/");

fn facts(text: &[u8]) -> Result<Facts, FormatError> {
    parse(&File { path: "app/pnpm-lock.yaml", mode: 0o644, content: &text.to_vec() })
}

fn fixture(version: &str) -> Vec<u8> {
    std::fs::read(format!("{FIXTURES}{version}/pnpm-lock.yaml")).unwrap()
}

fn get<'f>(facts: &'f Facts, name: &str, version: &str) -> &'f Package {
    facts.packages.iter().find(|p| p.name == name && p.version == version).unwrap()
}

#[test]
fn every_version_of_the_format_says_the_same() {
    let all = |version: &str| -> Vec<String> {
        let facts = facts(&fixture(version)).unwrap();
        assert!(facts.problems.is_empty());
        facts
            .packages
            .iter()
            .map(|p| {
                format!("{}@{} {:?} {}", p.name, p.version, p.scope, p.dependency_path.steps().join(" "))
            })
            .collect()
    };
    let v9 = all("v9");
    assert_eq!(v9.len(), 24);
    assert_eq!(all("v6"), v9);
    assert_eq!(all("v5"), v9);
}

#[test]
fn aliases_peers_scopes_lines() {
    let facts = facts(&fixture("v9")).unwrap();
    assert_eq!(get(&facts, "ms", "2.0.0").dependency_path.steps(), ["ms@2.0.0"]);
    assert_eq!(get(&facts, "use-sync-external-store", "1.2.0").scope, Scope::Runtime);
    assert_eq!(get(&facts, "fsevents", "2.3.2").scope, Scope::Optional);
    assert_eq!(get(&facts, "is-number", "6.0.0").scope, Scope::Development);
    assert_eq!(get(&facts, "minimist", "1.2.0").scope, Scope::Development);
    assert_eq!(get(&facts, "lodash", "4.17.11").locations[0].line, Some(113));
}

#[test]
fn what_comes_from_elsewhere() {
    let text = b"lockfileVersion: '9.0'
importers:
  .:
    dependencies:
      a: {specifier: github:u/a, version: https://codeload.github.com/u/a/tar.gz/0ab1}
      b: {specifier: 'file:../b', version: file:../b}
packages:
  a@https://codeload.github.com/u/a/tar.gz/0ab1:
    resolution: {tarball: https://codeload.github.com/u/a/tar.gz/0ab1}
    version: 1.2.3
  b@file:../b:
    resolution: {directory: ../b, type: directory}
  c@https://x.example/c.tgz:
    resolution: {tarball: https://x.example/c.tgz}
snapshots:
  a@https://codeload.github.com/u/a/tar.gz/0ab1: {}
";
    let facts = facts(text).unwrap();
    assert_eq!(facts.packages.len(), 1);
    assert_eq!(get(&facts, "a", "1.2.3").dependency_path.steps(), ["a@1.2.3"]);
    assert_eq!(facts.problems[0].code, "no-version");
}

#[test]
fn a_lock_of_one_project_has_no_importers() {
    let text = b"lockfileVersion: 5.3
dependencies:
  a: 1.0.0
devDependencies:
  b: 1.0.0
packages:
  /a/1.0.0:
    optionalDependencies: {c: 1.0.0}
  /b/1.0.0: {dev: true}
  /c/1.0.0: {optional: true}
  /d/1.0.0: {dev: true}
";
    let facts = facts(text).unwrap();
    let scopes: Vec<Scope> = facts.packages.iter().map(|p| p.scope).collect();
    assert_eq!(scopes, [Scope::Runtime, Scope::Development, Scope::Optional, Scope::Development]);
}

#[test]
fn damaged_files_never_panic() {
    assert!(facts(b"lockfileVersion: 4.0\n").unwrap_err().to_string().contains("4.0 is not supported"));
    assert!(facts(b"a: 1\n").unwrap_err().to_string().contains("no lockfileVersion"));
    assert!(facts(b"").unwrap().packages.is_empty());
    let mut good = fixture("v9");
    for length in (0..good.len()).step_by(61) {
        let _ = facts(&good[..length]);
    }
    for (place, with) in (0..good.len()).step_by(67).zip(b"'\":{ @\\,\n-&*".iter().cycle()) {
        let was = std::mem::replace(&mut good[place], *with);
        let _ = facts(&good);
        good[place] = was;
    }
}
