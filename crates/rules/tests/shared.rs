//! Falco's own rules and reference, from the shared test data (`BATTEN_SHARED`, default `../shared` beside the
//! repository).
#![allow(missing_docs, clippy::unwrap_used, clippy::print_stderr, reason = "tests")]

use batten_rules::catalogue::{EventType, Field, FieldRef, Source};
use batten_rules::{LoadOptions, RuleFile, load};
use std::path::{Path, PathBuf};

fn data() -> Option<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let shared = std::env::var_os("BATTEN_SHARED").map_or_else(|| root.join("../shared"), PathBuf::from);
    let data = shared.join("data/falco");
    if data.is_dir() {
        return Some(data);
    }
    eprintln!("NOT RUN: no {}; set BATTEN_SHARED", data.display());
    assert_ne!(std::env::var("CI").as_deref(), Ok("true"), "the shared test data must be there in CI");
    None
}

#[test]
fn real_rule_files_load_without_an_error() {
    let Some(data) = data() else { return };
    let mut count = 0;
    for entry in std::fs::read_dir(&data).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "yaml") {
            continue;
        }
        count += 1;
        let content = std::fs::read(&path).unwrap();
        let name = path.display().to_string();
        let loaded = load(&[RuleFile { name: &name, content: &content }], &LoadOptions::default());
        let file = &loaded.files[0];
        for problem in file.errors.iter().chain(&file.warnings) {
            eprintln!(
                "{} {:?} {}: {}",
                problem.code.name(),
                problem.item,
                problem.excerpt.line,
                problem.message.en
            );
        }
        assert!(loaded.is_accepted(), "{name}");
        assert!(loaded.rules.rules().len() >= 25, "{name}: {}", loaded.rules.rules().len());
        for rule in loaded.rules.rules() {
            assert!(rule.source != Source::Syscall || !rule.event_types.is_empty(), "{}", rule.name);
        }
    }
    assert!(count > 0);
}

/// Words between backticks at the beginnings of table rows.
fn reference_fields(text: &str) -> impl Iterator<Item = (&str, &str)> {
    text.lines().filter_map(|line| {
        let (name, rest) = line.strip_prefix('`')?.split_once("` | ")?;
        Some((name, rest.split_once(" | ")?.0))
    })
}

#[test]
fn every_field_of_the_reference_is_known_with_its_type() {
    let Some(data) = data() else { return };
    let text = std::fs::read_to_string(data.join("ALL_FIELDS.md")).unwrap();
    let mut count = 0;
    for (name, kind) in reference_fields(&text) {
        let field = Field::parse(name).unwrap_or_else(|| panic!("{name} is not in the catalogue"));
        let wanted = match kind {
            "CHARBUF" | "LIST(CHARBUF)" => "text",
            "BYTEBUF" => "bytes",
            "INT16" | "INT32" | "INT64" => "int",
            "UINT32" | "UINT64" => "uint",
            "PORT" => "port",
            "BOOL" => "bool",
            "RELTIME" => "duration",
            "ABSTIME" => "time",
            "DOUBLE" => "double",
            "IPADDR" => "address",
            "IPNET" => "network",
            "DYNAMIC" => "dynamic",
            other => panic!("{other}"),
        };
        assert_eq!(field.describe().kind.name(), wanted, "{name}");
        count += 1;
    }
    assert!(count >= 268, "{count}");
}

#[test]
fn every_event_of_the_reference_is_known() {
    let Some(data) = data() else { return };
    let text = std::fs::read_to_string(data.join("ALL_EVENTS.txt")).unwrap();
    let names = text.lines().filter_map(|line| line.strip_prefix(['<', '>'])?.trim_start().split_once('('));
    for (name, _) in names {
        assert!(EventType::parse(name).is_some(), "{name}");
    }
}

#[test]
fn every_field_that_the_published_rules_use_is_known() {
    let Some(data) = data() else { return };
    let text = std::fs::read_to_string(data.join("FIELDS.md")).unwrap();
    let part = |from: &str, to: &str| text.split_once(from).unwrap().1.split_once(to).unwrap().0.to_owned();
    let uses =
        part("## Condition fields", "## Event types") + &part("## Output fields", "Output-only fields");
    let mut count = 0;
    for name in uses.split('`').skip(1).step_by(2) {
        assert!(FieldRef::parse(name).is_ok(), "{name}");
        count += 1;
    }
    assert!(count >= 190, "{count}");
}
