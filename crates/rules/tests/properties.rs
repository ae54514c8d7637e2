//! What must hold for whatever rules and events: a rule is true exactly where its parts make it so, and an event that
//! the kernel's side would leave out matches no rule.
#![allow(missing_docs, clippy::unwrap_used, reason = "tests")]

use batten_rules::case::ScriptedEvent;
use batten_rules::catalogue::Source;
use batten_rules::{LoadOptions, Loaded, RuleFile, load};
use proptest::prelude::*;
use serde_json::{Map, Value as Json, json};

/// Comparisons of a few fields with a few values, so that they often meet.
const CHECKS: &[&str] = &[
    "evt.type = open",
    "evt.type in (openat, execve)",
    "evt.type != connect",
    "container.id != host",
    "container.id = host",
    "fd.name startswith /etc",
    "fd.name startswith /etc/ssh",
    "fd.name = /etc/shadow",
    "fd.name in (/etc/shadow, /tmp/x)",
    "fd.name pmatch (/etc/ssh, /tmp)",
    "fd.name contains ssh",
    "fd.name contains tmp",
    "fd.name exists",
    "fd.name != /tmp/x",
    "proc.name = bash",
    "proc.name = sh",
    "proc.name in (sh, zsh)",
    "proc.name in (a, b, c, bash)",
    "proc.name endswith sh",
    "proc.name endswith ash",
    "fd.name endswith x",
    "evt.is_open_write = true",
    "evt.is_open_write != true",
    "fd.sport >= 1024",
    "fd.sport = 80",
    "fd.sport in (80, 443)",
    "evt.rawres < 0",
    "fd.sip = 10.0.0.1",
    "fd.snet = 10.0.0.0/8",
    "proc.aname = sshd",
    "proc.aname in (sshd, cron)",
    "evt.num = 0",
    "evt.num > 0",
    "tolower(proc.name) = bash",
    "fd.name startswith anyof (/usr, /tmp)",
];

#[derive(Debug, Clone)]
enum Tree {
    Check(usize),
    Not(Box<Tree>),
    And(Vec<Tree>),
    Or(Vec<Tree>),
}

impl Tree {
    fn text(&self) -> String {
        let join = |parts: &[Tree], word: &str| {
            let parts: Vec<String> = parts.iter().map(Tree::text).collect();
            format!("({})", parts.join(word))
        };
        match self {
            Tree::Check(at) => CHECKS[*at].to_owned(),
            Tree::Not(inner) => format!("not ({})", inner.text()),
            Tree::And(parts) => join(parts, " and "),
            Tree::Or(parts) => join(parts, " or "),
        }
    }

    fn truth(&self, checks: &[bool]) -> bool {
        match self {
            Tree::Check(at) => checks[*at],
            Tree::Not(inner) => !inner.truth(checks),
            Tree::And(parts) => parts.iter().all(|part| part.truth(checks)),
            Tree::Or(parts) => parts.iter().any(|part| part.truth(checks)),
        }
    }
}

fn tree() -> impl Strategy<Value = Tree> {
    (0..CHECKS.len()).prop_map(Tree::Check).prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            inner.clone().prop_map(|tree| Tree::Not(Box::new(tree))),
            prop::collection::vec(inner.clone(), 2..4).prop_map(Tree::And),
            prop::collection::vec(inner, 2..4).prop_map(Tree::Or),
        ]
    })
}

fn event() -> impl Strategy<Value = Map<String, Json>> {
    let text = |values: &'static [&'static str]| prop::option::of(prop::sample::select(values));
    (
        prop::sample::select(&["open", "openat", "execve", "connect", "close"][..]),
        (
            text(&["host", "3ad7b26ded6d"]),
            text(&["/etc/shadow", "/etc/ssh/key", "/tmp/x", "/tmp", "/usr/x"]),
            text(&["bash", "sh", "zsh", "BASH", "a"]),
            text(&["10.0.0.1", "10.9.9.9", "8.8.8.8"]),
        ),
        prop::option::of(any::<bool>()),
        prop::option::of(prop::sample::select(&[80_u64, 443, 2000][..])),
        prop::option::of(-3_i64..3),
        prop::collection::vec(prop::sample::select(&["sshd", "cron", "x"][..]), 0..3),
    )
        .prop_map(|(kind, (container, name, process, address), write, port, result, ancestors)| {
            let mut all = Map::new();
            all.insert("evt.type".into(), kind.into());
            let mut put =
                |key: &str, value: Option<Json>| drop(value.map(|value| all.insert(key.into(), value)));
            put("container.id", container.map(Json::from));
            put("fd.name", name.map(Json::from));
            put("proc.name", process.map(Json::from));
            put("fd.sip", address.map(Json::from));
            put("evt.is_open_write", write.map(Json::from));
            put("fd.sport", port.map(Json::from));
            put("evt.rawres", result.map(Json::from));
            put("proc.aname", (!ancestors.is_empty()).then(|| json!(ancestors)));
            all
        })
}

fn rules(conditions: &[String]) -> Loaded {
    let mut text = String::new();
    for (at, condition) in conditions.iter().enumerate() {
        let condition = serde_json::to_string(condition).unwrap();
        text.push_str(&format!(
            "- rule: '{at}'\n  desc: d\n  output: o\n  priority: INFO\n  warn_evttypes: false\n  condition: {condition}\n"
        ));
    }
    let loaded = load(&[RuleFile { name: "x", content: text.as_bytes() }], &LoadOptions::default());
    assert!(loaded.is_accepted(), "{:?}", loaded.files[0].errors);
    loaded
}

/// Numbers of the rules that match, in the order in which they come.
fn matching(loaded: &Loaded, event: &ScriptedEvent) -> Vec<usize> {
    let mut found = Vec::new();
    loaded.rules.evaluate(Source::Syscall, event, &mut loaded.rules.scratch(), |rule| {
        found.push(rule.name.parse().unwrap());
        true
    });
    found
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn rules_are_true_where_their_parts_make_them_so(
        trees in prop::collection::vec(tree(), 1..40),
        events in prop::collection::vec(event(), 1..10),
    ) {
        let conditions: Vec<String> = trees.iter().map(Tree::text).collect();
        let (loaded, single) = (rules(&conditions), rules(&CHECKS.map_to_strings()));
        let needs = loaded.rules.needs(Source::Syscall);
        for object in &events {
            let event = ScriptedEvent::parse(object, 1).unwrap();
            let true_checks = matching(&single, &event);
            let checks: Vec<bool> = (0..CHECKS.len()).map(|at| true_checks.contains(&at)).collect();
            let wanted: Vec<usize> =
                trees.iter().enumerate().filter(|(_, tree)| tree.truth(&checks)).map(|(at, _)| at).collect();
            let found = matching(&loaded, &event);
            prop_assert_eq!(&found, &wanted, "{:?}", object);
            prop_assert!(found.is_empty() || needs.admits(&event), "{:?} {:?}", object, needs.alternatives);
        }
    }
}

trait MapToStrings {
    fn map_to_strings(&self) -> Vec<String>;
}

impl MapToStrings for [&str] {
    fn map_to_strings(&self) -> Vec<String> {
        self.iter().map(|text| (*text).to_owned()).collect()
    }
}
