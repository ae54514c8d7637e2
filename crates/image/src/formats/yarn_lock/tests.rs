use super::*;
use batten_model::Package;

const FIXTURES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/yarn_lock/");

fn facts(text: &[u8]) -> Result<Facts, FormatError> {
    parse(&File { path: "app/yarn.lock", mode: 0o644, content: &text.to_vec() })
}

fn fixture(version: &str) -> Vec<u8> {
    std::fs::read(format!("{FIXTURES}{version}/yarn.lock")).unwrap()
}

fn get<'f>(facts: &'f Facts, name: &str, version: &str) -> &'f Package {
    facts.packages.iter().find(|p| p.name == name && p.version == version).unwrap()
}

#[test]
fn classic() {
    let facts = facts(&fixture("classic")).unwrap();
    assert_eq!(facts.packages.len(), 24);
    assert!(facts.problems.is_empty());
    assert!(!facts.packages.iter().any(|p| p.name == "short-time"));
    assert_eq!(get(&facts, "lodash", "4.17.11").locations[0].line, Some(94));
    assert_eq!(get(&facts, "minimist", "0.0.8").dependency_path.steps(), ["mkdirp@0.5.1", "minimist@0.0.8"]);
    assert_eq!(
        get(&facts, "loose-envify", "1.4.0").dependency_path.steps(),
        ["react@18.2.0", "loose-envify@1.4.0"]
    );
}

#[test]
fn classic_spellings() {
    let text = r#"# yarn lockfile v1

"@a/b@^1.0.0", "@a/b@^1.1.0":
  version "1.2.0"
  dependencies:
    c ">= 1, < 2"
    "d" "npm:e@^1"
"c@>= 1, < 2", c@^1.0.0:
  version "1.5.0"
"d@npm:e@^1":
  version "1.0.1"
f@link:../f:
  version "0.0.0"
  uid ""
"g@git+ssh://git@github.com/u/g.git":
  version "3.0.0"
  resolved "git+ssh://git@github.com/u/g.git#0ab1"
h@^1:
  resolved "https://registry.yarnpkg.com/h/-/h-1.4.0.tgz#0ab1"
i@^1:
  integrity sha512-x
"#;
    let facts = facts(text.as_bytes()).unwrap();
    let names: Vec<String> = facts.packages.iter().map(|p| format!("{}@{}", p.name, p.version)).collect();
    assert_eq!(names, ["@a/b@1.2.0", "c@1.5.0", "e@1.0.1", "g@3.0.0", "h@1.4.0"]);
    assert_eq!(get(&facts, "c", "1.5.0").dependency_path.steps(), ["@a/b@1.2.0", "c@1.5.0"]);
    assert_eq!(get(&facts, "e", "1.0.1").dependency_path.steps(), ["@a/b@1.2.0", "e@1.0.1"]);
    assert!(facts.problems[0].en.ends_with(": i; pin them, or scan where they are installed"));
}

#[test]
fn berry() {
    let facts = facts(&fixture("berry")).unwrap();
    assert_eq!(facts.packages.len(), 44);
    assert!(facts.problems.is_empty());
    assert!(!facts.packages.iter().any(|p| p.name == "short-time" || p.name.contains("harbour")));
    assert_eq!(get(&facts, "ms", "2.0.0").dependency_path.steps(), ["ms@2.0.0"]);
    assert_eq!(get(&facts, "minimist", "1.2.0").dependency_path.steps(), ["minimist@1.2.0"]);
    assert_eq!(facts.packages.iter().filter(|p| p.name == "fsevents").count(), 1);
    assert_eq!(get(&facts, "@babel/highlight", "7.25.9").locations[0].line, Some(24));
}

#[test]
fn berry_spellings_of_older_versions() {
    let text = r#"__metadata:
  version: 6
"a@npm:^1.0.0":
  version: 1.10
  resolution: "a@npm:1.10"
  dependencies:
    b: ^2.0.0
  dependenciesMeta:
    b:
      optional: true
"b@npm:^2.0.0, b@npm:^2.1.0":
  version: 2.1.0
  resolution: "b@npm:2.1.0"
"c@portal:../c::locator=x":
  version: 0.0.0-use.local
  resolution: "c@portal:../c::locator=x"
  linkType: soft
"d@patch:d@1.0.0#./d.patch::locator=x":
  version: 1.0.0
  resolution: "d@patch:d@npm%3A1.0.0#./d.patch::version=1.0.0"
"x@workspace:.":
  version: 0.0.0-use.local
  resolution: "x@workspace:."
  dependencies:
    a: ^1.0.0
  linkType: soft
e: 3
"#;
    let facts = facts(text.as_bytes()).unwrap();
    let names: Vec<String> = facts.packages.iter().map(|p| format!("{}@{}", p.name, p.version)).collect();
    assert_eq!(names, ["a@1.10", "b@2.1.0", "d@1.0.0"]);
    assert_eq!(get(&facts, "b", "2.1.0").dependency_path.steps(), ["a@1.10", "b@2.1.0"]);
    assert_eq!(facts.problems[0].target, "app/yarn.lock:27");
}

#[test]
fn damaged_files_never_panic() {
    assert!(facts(b"<html>").is_err() && facts(b"\xff").is_err() && facts(b"  a b").is_err());
    assert!(facts(b"").unwrap().packages.is_empty());
    let conflict = facts(b"a@1:\n  version \"1\"\n<<<<<<< HEAD\n").unwrap_err().to_string();
    assert!(conflict.contains("merge conflict") && conflict.contains("line 3"), "{conflict}");
    for version in ["classic", "berry"] {
        let mut good = fixture(version);
        for length in (0..good.len()).step_by(53) {
            let _ = facts(&good[..length]);
        }
        for (place, with) in (0..good.len()).step_by(59).zip(b"\":{ @\\,\n".iter().cycle()) {
            let was = std::mem::replace(&mut good[place], *with);
            let _ = facts(&good);
            good[place] = was;
        }
    }
}
