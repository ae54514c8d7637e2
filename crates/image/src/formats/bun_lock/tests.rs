use super::*;
use batten_model::Package;

const FIXTURE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/bun_lock/bun.lock");

fn facts(text: &[u8]) -> Result<Facts, FormatError> {
    parse(&File { path: "app/bun.lock", mode: 0o644, content: &text.to_vec() })
}

fn get<'f>(facts: &'f Facts, name: &str, version: &str) -> &'f Package {
    facts.packages.iter().find(|p| p.name == name && p.version == version).unwrap()
}

#[test]
fn a_real_lock() {
    let facts = facts(&std::fs::read(FIXTURE).unwrap()).unwrap();
    assert_eq!(facts.packages.len(), 24);
    assert!(facts.problems.is_empty());
    assert!(!facts.packages.iter().any(|p| p.name == "short-time" || p.name.contains("harbour")));
    assert_eq!(get(&facts, "fsevents", "2.3.2").scope, Scope::Optional);
    assert_eq!(get(&facts, "is-number", "6.0.0").scope, Scope::Development);
    assert_eq!(get(&facts, "minimist", "1.2.0").scope, Scope::Development);
    assert_eq!(get(&facts, "lodash", "4.17.11").locations[0].line, Some(65));
    assert_eq!(
        get(&facts, "loose-envify", "1.4.0").dependency_path.steps(),
        ["react@18.2.0", "loose-envify@1.4.0"]
    );
}

#[test]
fn places_and_sources() {
    let text = br#"{"lockfileVersion": 1, "workspaces": {"": {"dependencies": {"@s/a": "1"}}}, "packages": {
        "@s/a": ["@s/a@1.0.0", "", {"dependencies": {"b": "1"}}, "x"],
        "@s/a/b": ["b@1.0.0", "", {"dependencies": {"c": "1"}}, "x"],
        "b": ["b@2.0.0", "", {}, "x"],
        "c": ["c@3.0.0", "", {}, "x"],
        "d": ["d@git+ssh://git@github.com/u/d.git#0ab1", {}, "0ab1"],
        "e": ["e@file:../e", {}],
        "f": 3,
    }}"#;
    let facts = facts(text).unwrap();
    assert_eq!(get(&facts, "c", "3.0.0").dependency_path.steps(), ["@s/a@1.0.0", "b@1.0.0", "c@3.0.0"]);
    assert_eq!(facts.packages.len(), 4);
    assert_eq!(facts.problems[0].target, "app/bun.lock:8");
    assert!(facts.problems[1].en.contains(": d;"));
}

#[test]
fn the_binary_form_is_said_to_be_unsupported() {
    let file = File { path: "app/bun.lockb", mode: 0o644, content: &b"#!/usr/bin/env bun\n".to_vec() };
    let facts = parse(&file).unwrap();
    assert!(facts.packages.is_empty());
    assert_eq!(facts.problems[0].code, "unsupported-bun_lock");
}

#[test]
fn damaged_files_never_panic() {
    assert!(facts(b"[]").is_err() && facts(b"").is_err());
    let mut good = std::fs::read(FIXTURE).unwrap();
    for length in (0..good.len() - 2).step_by(7) {
        assert!(facts(&good[..length]).is_err());
    }
    for (place, with) in (0..good.len()).step_by(11).zip(b"\":{[]@\\,\n/".iter().cycle()) {
        let was = std::mem::replace(&mut good[place], *with);
        let _ = facts(&good);
        good[place] = was;
    }
}
