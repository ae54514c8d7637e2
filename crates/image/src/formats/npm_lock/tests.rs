use super::*;
use batten_model::{Origin, Package};

const FIXTURES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/npm_lock/");

fn facts(text: &[u8]) -> Result<Facts, FormatError> {
    parse(&File { path: "app/package-lock.json", mode: 0o644, content: &text.to_vec() })
}

fn fixture(path: &str) -> Vec<u8> {
    std::fs::read(format!("{FIXTURES}{path}")).unwrap()
}

fn get<'f>(facts: &'f Facts, name: &str, version: &str) -> &'f Package {
    facts.packages.iter().find(|p| p.name == name && p.version == version).unwrap()
}

#[test]
fn every_version_of_the_format_names_the_same_packages() {
    let names = |path: &str| -> Vec<String> {
        let facts = facts(&fixture(path)).unwrap();
        assert!(facts.problems.is_empty(), "{path}");
        let mut names: Vec<String> =
            facts.packages.iter().map(|p| format!("{}@{} {:?}", p.name, p.version, p.scope)).collect();
        names.sort();
        names
    };
    let v3 = names("v3/package-lock.json");
    assert_eq!(v3.len(), 24);
    assert_eq!(names("v2/package-lock.json"), v3);
    let without_workspace: Vec<String> =
        v3.into_iter().filter(|n| !n.starts_with("minimist@1.2.0")).collect();
    assert_eq!(names("v1/package-lock.json"), without_workspace);
    // What is not installed on this platform is not in the hidden file: `fsevents` is for macOS.
    assert_eq!(names("hidden/.package-lock.json").len(), 23);
}

#[test]
fn aliases_scopes_lines_licences_and_paths() {
    let facts = facts(&fixture("v3/package-lock.json")).unwrap();
    assert!(!facts.packages.iter().any(|p| p.name == "short-time" || p.name.contains("harbour")));
    let ms = get(&facts, "ms", "2.0.0");
    assert_eq!(ms.dependency_path.steps(), ["ms@2.0.0"]);
    assert_eq!((ms.origin, ms.scope), (Origin::Declared, Scope::Runtime));
    assert_eq!(get(&facts, "is-number", "6.0.0").scope, Scope::Development);
    assert_eq!(get(&facts, "fsevents", "2.3.2").scope, Scope::Optional);
    let lodash = get(&facts, "lodash", "4.17.11");
    assert_eq!(lodash.licence.as_deref(), Some("MIT"));
    let line = lodash.locations[0].line.unwrap() as usize;
    let text = String::from_utf8(fixture("v3/package-lock.json")).unwrap();
    assert!(text.lines().nth(line - 1).unwrap().contains("node_modules/lodash"));
    assert_eq!(
        get(&facts, "has-flag", "3.0.0").dependency_path.steps().join(" "),
        "@babel/code-frame@7.0.0 @babel/highlight@7.25.9 chalk@2.4.2 supports-color@5.5.0 has-flag@3.0.0"
    );
}

#[test]
fn needs_are_found_as_node_does() {
    let text = br#"{"lockfileVersion": 3, "packages": {
        "": {"dependencies": {"a": "1", "b": "2"}},
        "node_modules/a": {"version": "1.0.0", "dependencies": {"b": "1"}},
        "node_modules/a/node_modules/b": {"version": "1.0.0", "dependencies": {"c": "1"}},
        "node_modules/b": {"version": "2.0.0"},
        "node_modules/c": {"version": "3.0.0", "devOptional": true, "inBundle": true},
        "packages/k": {"version": "9.0.0", "dependencies": {"d": "1"}},
        "packages/k/node_modules/d": {"version": "4.0.0"},
        "node_modules/k": {"resolved": "packages/k", "link": true}
    }}"#;
    let facts = facts(text).unwrap();
    assert_eq!(get(&facts, "c", "3.0.0").dependency_path.steps(), ["a@1.0.0", "b@1.0.0", "c@3.0.0"]);
    assert_eq!(get(&facts, "c", "3.0.0").scope, Scope::Optional);
    assert_eq!(get(&facts, "d", "4.0.0").dependency_path.steps(), ["d@4.0.0"]);
    assert_eq!(facts.packages.len(), 5);
}

#[test]
fn sources_of_version_1() {
    let registry = NestedVersion::Registry;
    assert_eq!(nested_version("a", "1.0.0"), registry("a", "1.0.0"));
    assert_eq!(nested_version("a", "npm:@b/c@2.0.0"), registry("@b/c", "2.0.0"));
    assert_eq!(nested_version("@b/c", "https://r.example/@b/c/-/c-2.0.0.tgz"), registry("@b/c", "2.0.0"));
    assert_eq!(nested_version("a", "file:../a"), NestedVersion::Own);
    for unknown in
        ["", "git+ssh://git@github.com/u/a.git#0ab1", "github:u/a#0ab1", "file:a-1.tgz", "https://x/a.zip"]
    {
        assert_eq!(nested_version("a", unknown), NestedVersion::Unknown, "{unknown}");
    }
    let text = br#"{"lockfileVersion": 1, "dependencies": {"a": {"version": "github:u/a#0ab1"}, "b": {"version": "1.0.0"}}}"#;
    let facts = facts(text).unwrap();
    assert_eq!(facts.packages.len(), 1);
    assert!(
        facts.problems[0].en.contains("1 packages without a version") && facts.problems[0].en.contains(": a")
    );
}

#[test]
fn one_bad_entry_does_not_lose_the_others() {
    let text = br#"{"lockfileVersion": 3,
        "packages": {"node_modules/a": 7, "node_modules/b": {"version": [1]}, "node_modules/c": {"version": "1.0.0", "dev": "x"}}}"#;
    let facts = facts(text).unwrap();
    assert_eq!(facts.packages.len(), 1);
    assert_eq!(facts.problems[0].target, "app/package-lock.json:2");
}

#[test]
fn damaged_files_never_panic() {
    assert!(facts(b"{\"lockfileVersion\": 9}").unwrap_err().to_string().contains("not supported"));
    assert!(facts(b"[]").is_err() && facts(b"").is_err() && facts(b"\xff").is_err());
    let good = fixture("v3/package-lock.json");
    for length in (0..good.len()).step_by(29) {
        assert!(facts(&good[..length]).is_err());
    }
    let mut bad = fixture("v1/package-lock.json");
    for place in (0..bad.len()).step_by(37) {
        let was = std::mem::replace(&mut bad[place], b'{');
        let _ = facts(&bad);
        bad[place] = was;
    }
    let deep = format!("{}{}", r#"{"dependencies":{"a":"#.repeat(5_000), "}}".repeat(5_000));
    assert!(facts(deep.as_bytes()).is_err());
}
