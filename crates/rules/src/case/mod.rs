//! Cases that test rules: files of rules, a script of events, and the alerts that must come of it.
//!
//! A script has one JSON object on each line: an event of the audit log as the API server writes it, or fields of a
//! system call with their values. Lines that are empty or begin with `#` are left out. Expected alerts are lines, too:
//! `event` (the number of the event's line among the events, from 1), `rule`, and whatever else of the alert matters.

mod event;

pub use event::ScriptedEvent;

use crate::alert::Alert;
use crate::audit::AuditEvent;
use crate::catalogue::Source;
use crate::load::{LoadOptions, Loaded, RuleFile, load};
use crate::program::Scratch;
use crate::rule_set::RuleSet;
use batten_model::Text;
use serde_json::{Map, Value as Json};

/// Longest line of a script.
const MAX_LINE: usize = 8 << 20;

/// What a case is made of.
#[derive(Debug, Clone, Copy)]
pub struct Case<'c> {
    /// The rules, in the order in which they are loaded.
    pub rules: &'c [RuleFile<'c>],
    /// The script.
    pub events: &'c [u8],
    /// The expected alerts.
    pub expected: &'c [u8],
}

/// A line that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadLine {
    /// From 1.
    pub line: usize,
    /// It is one of the expected alerts, not of the events.
    pub is_expected: bool,
    /// What is wrong.
    pub text: Text,
}

/// An alert with the number of its event.
#[derive(Debug, Clone, PartialEq)]
pub struct Raised {
    /// From 1.
    pub event: u64,
    /// The alert.
    pub alert: Alert,
}

/// A difference between what came and what was expected.
#[derive(Debug, Clone, PartialEq)]
pub enum Difference {
    /// An expected alert did not come.
    Missing {
        /// Line of the expectation.
        line: usize,
        /// Number of the event.
        event: u64,
        /// Name of the rule.
        rule: String,
    },
    /// An alert came that nobody expected.
    Unexpected(Box<Raised>),
    /// A part of an alert is another than expected.
    Other {
        /// Line of the expectation.
        line: usize,
        /// Number of the event.
        event: u64,
        /// Name of the rule.
        rule: String,
        /// Which part, as `output_fields.proc.name`.
        key: String,
        /// What was expected.
        wanted: Json,
        /// What came.
        got: Json,
    },
}

/// What came of a case.
#[derive(Debug)]
pub struct Outcome {
    /// The rules with their problems.
    pub loaded: Loaded,
    /// Lines that cannot be used.
    pub bad_lines: Vec<BadLine>,
    /// Events judged.
    pub events: u64,
    /// All alerts.
    pub raised: Vec<Raised>,
    /// Where they are not as expected.
    pub differences: Vec<Difference>,
}

impl Outcome {
    /// Whether all is as expected.
    pub fn is_passed(&self) -> bool {
        self.loaded.is_accepted() && self.bad_lines.is_empty() && self.differences.is_empty()
    }
}

/// Runs a case.
pub fn run(case: &Case<'_>, options: &LoadOptions) -> Outcome {
    let loaded = load(case.rules, options);
    let mut outcome =
        Outcome { loaded, bad_lines: Vec::new(), events: 0, raised: Vec::new(), differences: Vec::new() };
    let mut scratch = outcome.loaded.rules.scratch();
    for (line, object) in objects(case.events, false, &mut outcome.bad_lines) {
        outcome.events += 1;
        match judge(&outcome.loaded.rules, object, outcome.events, &mut scratch) {
            Ok(alerts) => {
                let event = outcome.events;
                outcome.raised.extend(alerts.into_iter().map(|alert| Raised { event, alert }));
            }
            Err(text) => outcome.bad_lines.push(BadLine { line, is_expected: false, text }),
        }
    }
    outcome.differences = compare(case.expected, &outcome.raised, &mut outcome.bad_lines);
    outcome
}

/// The alerts of all rules that an event of a script matches.
pub fn judge(
    rules: &RuleSet,
    object: Map<String, Json>,
    number: u64,
    scratch: &mut Scratch,
) -> Result<Vec<Alert>, Text> {
    let mut matched = Vec::new();
    let json = Json::Object(object);
    if AuditEvent::is_one(&json) {
        let event = AuditEvent::new(&json, number);
        collect(rules, Source::K8sAudit, &event, scratch, &mut matched);
    } else if let Json::Object(object) = &json {
        let event = ScriptedEvent::parse(object, number)?;
        collect(rules, Source::Syscall, &event, scratch, &mut matched);
    }
    Ok(matched)
}

fn collect<E: crate::value::Event>(
    rules: &RuleSet,
    source: Source,
    event: &E,
    scratch: &mut Scratch,
    out: &mut Vec<Alert>,
) {
    let mut found = Vec::new();
    rules.evaluate(source, event, scratch, |rule| {
        found.push(rule);
        true
    });
    out.extend(found.into_iter().map(|rule| Alert::new(rule, event, "", scratch)));
}

/// The objects of a file of lines, each with its line.
fn objects(text: &[u8], is_expected: bool, bad: &mut Vec<BadLine>) -> Vec<(usize, Map<String, Json>)> {
    let mut out = Vec::new();
    for (line, content) in text.split(|byte| *byte == b'\n').zip(1..).map(|(content, line)| (line, content)) {
        let content = content.trim_ascii();
        if content.is_empty() || content.starts_with(b"#") {
            continue;
        }
        if content.len() > MAX_LINE {
            let text = Text::new(format!("longer than {MAX_LINE} bytes"), format!("超过 {MAX_LINE} 字节"));
            bad.push(BadLine { line, is_expected, text });
            continue;
        }
        match serde_json::from_slice(content) {
            Ok(Json::Object(object)) => out.push((line, object)),
            Ok(_) => {
                let text = Text::new("each line must be a JSON object", "每一行必须是一个 JSON 对象");
                bad.push(BadLine { line, is_expected, text });
            }
            Err(error) => {
                let text = Text::new(format!("not JSON: {error}"), format!("不是 JSON：{error}"));
                bad.push(BadLine { line, is_expected, text });
            }
        }
    }
    out
}

/// Parts of an alert that an expectation may name.
const PARTS: &[&str] = &["event", "output", "output_fields", "priority", "rule", "source", "tags", "time"];

fn compare(expected: &[u8], raised: &[Raised], bad: &mut Vec<BadLine>) -> Vec<Difference> {
    let mut differences = Vec::new();
    let mut left: Vec<&Raised> = raised.iter().collect();
    for (line, object) in objects(expected, true, bad) {
        let number = object.get("event").and_then(Json::as_u64);
        let rule = object.get("rule").and_then(Json::as_str);
        let strange = object.keys().find(|key| !PARTS.contains(&key.as_str()));
        let (Some(event), Some(rule), None) = (number, rule, strange) else {
            let parts = PARTS.join(", ");
            let text = Text::new(
                format!(
                    "an expected alert has 'event' (a number), 'rule', and of the others what matters: {parts}"
                ),
                format!("预期告警须有 event（数字）与 rule，其余按需：{parts}"),
            );
            bad.push(BadLine { line, is_expected: true, text });
            continue;
        };
        let found = left.iter().position(|raised| raised.event == event && raised.alert.rule == rule);
        match found {
            None => differences.push(Difference::Missing { line, event, rule: rule.to_owned() }),
            Some(at) => {
                let raised = left.remove(at);
                let got = serde_json::to_value(&raised.alert).unwrap_or(Json::Null);
                for (key, wanted, got) in unlike(&object, &got) {
                    differences.push(Difference::Other {
                        line,
                        event,
                        rule: rule.to_owned(),
                        key,
                        wanted,
                        got,
                    });
                }
            }
        }
    }
    differences.extend(left.into_iter().map(|raised| Difference::Unexpected(Box::new(raised.clone()))));
    differences
}

/// Parts that are not as expected; of `output_fields` only those that are named.
fn unlike(wanted: &Map<String, Json>, got: &Json) -> Vec<(String, Json, Json)> {
    let mut out = Vec::new();
    for (key, wanted) in wanted.iter().filter(|(key, _)| *key != "event") {
        let part = got.get(key).cloned().unwrap_or(Json::Null);
        match wanted {
            Json::Object(fields) if key == "output_fields" => {
                for (field, wanted) in fields {
                    let value = part.get(field).cloned().unwrap_or(Json::Null);
                    if value != *wanted {
                        out.push((format!("{key}.{field}"), wanted.clone(), value));
                    }
                }
            }
            wanted if *wanted != part => out.push((key.clone(), wanted.clone(), part)),
            _ => {}
        }
    }
    out
}
