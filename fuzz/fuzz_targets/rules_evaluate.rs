//! Evaluation of whatever condition on whatever event: twice the same answer, and never yes where the kernel's side would
//! leave the event out.
#![no_main]

use batten_rules::case::ScriptedEvent;
use batten_rules::catalogue::Source;
use batten_rules::{LoadOptions, RuleFile, load};
use libfuzzer_sys::fuzz_target;
use std::sync::LazyLock;

static EVENTS: LazyLock<Vec<ScriptedEvent>> = LazyLock::new(|| {
    [
        r#"{"evt.type": "open", "fd.name": "/etc/shadow", "proc.name": "bash", "container.id": "host", "fd.num": 3}"#,
        r#"{"evt.type": "execve", "proc.name": "sh", "proc.args": ["-c", "x"], "proc.aname": ["a", "b"], "evt.rawres": -2}"#,
        r#"{"evt.type": "connect", "fd.cip": "10.0.0.1", "fd.sip": "::1", "fd.sport": 443, "evt.buffer": {"hex": "00ff"}}"#,
    ]
    .iter()
    .filter_map(|line| ScriptedEvent::parse(serde_json::from_str::<serde_json::Value>(line).ok()?.as_object()?, 1).ok())
    .collect()
});

fuzz_target!(|condition: &str| {
    let condition = serde_json::to_string(condition).unwrap_or_default();
    let rules = format!("- rule: r\n  desc: d\n  output: o %proc.name\n  priority: INFO\n  condition: {condition}\n");
    let loaded = load(&[RuleFile { name: "x", content: rules.as_bytes() }], &LoadOptions::default());
    if !loaded.is_accepted() {
        return;
    }
    let needs = loaded.rules.needs(Source::Syscall);
    let mut scratch = loaded.rules.scratch();
    assert_eq!(EVENTS.len(), 3);
    for event in EVENTS.iter() {
        let mut matches = || {
            let mut found = false;
            loaded.rules.evaluate(Source::Syscall, event, &mut scratch, |_| {
                found = true;
                true
            });
            found
        };
        let first = matches();
        assert_eq!(first, matches());
        assert!(!first || needs.admits(event), "{condition}");
    }
});
