//! The folders of `cases/`: rules, events, and the alerts that must come of them.
#![allow(missing_docs, clippy::unwrap_used, reason = "tests")]

use batten_rules::case::{Case, run};
use batten_rules::{LoadOptions, RuleFile};
use std::path::Path;

#[test]
fn every_case_passes() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    let mut count = 0;
    for entry in std::fs::read_dir(root).unwrap() {
        let folder = entry.unwrap().path();
        let read = |name: &str| std::fs::read(folder.join(name)).unwrap();
        let (rules, events, expected) = (read("rules.yaml"), read("events.jsonl"), read("alerts.jsonl"));
        let rules = [RuleFile { name: "rules.yaml", content: &rules }];
        let outcome =
            run(&Case { rules: &rules, events: &events, expected: &expected }, &LoadOptions::default());
        let name = folder.display();
        assert!(outcome.loaded.is_accepted(), "{name}: {:#?}", outcome.loaded.files);
        assert!(outcome.is_passed(), "{name}: {:#?} {:#?}", outcome.bad_lines, outcome.differences);
        assert!(!outcome.raised.is_empty(), "{name}");
        count += 1;
    }
    assert!(count >= 3);
}

#[test]
fn differences_are_found() {
    let rules =
        b"- rule: r\n  desc: d\n  condition: evt.type = open\n  output: o %proc.name\n  priority: INFO\n";
    let rules = [RuleFile { name: "r", content: rules }];
    let events =
        b"{\"evt.type\": \"open\", \"proc.name\": \"x\\u001b[31m\\u009b\"}\n{\"evt.type\": \"open\"}\n";
    let outcome = |expected: &[u8]| run(&Case { rules: &rules, events, expected }, &LoadOptions::default());
    assert_eq!(outcome(b"").differences.len(), 2);
    assert!(outcome(b"{\"event\": 1, \"rule\": \"r\"}\n{\"event\": 2, \"rule\": \"r\"}").is_passed());
    let wrong = b"{\"event\": 1, \"rule\": \"r\", \"output_fields\": {\"proc.name\": \"y\"}}\n{\"event\": 3, \"rule\": \"r\"}\n";
    assert_eq!(outcome(wrong).differences.len(), 3);
    assert_eq!(outcome(b"{\"event\": 1}\nnonsense\n[]\n").bad_lines.len(), 3);
    let alert = &outcome(b"").raised[0].alert;
    assert!(!alert.output.chars().any(char::is_control), "{}", alert.output);
    let bad = run(
        &Case {
            rules: &rules,
            events: b"{\"evt.type\": \"nope\"}\n{\"evt.type\": \"open\", \"no.field\": 1}\n",
            expected: b"",
        },
        &LoadOptions::default(),
    );
    assert_eq!(bad.bad_lines.len(), 2);
}
