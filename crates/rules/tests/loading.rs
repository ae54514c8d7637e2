//! Files of rules: what is accepted, what is refused and where, and what hostile files cost.
#![allow(missing_docs, clippy::unwrap_used, reason = "tests")]

use batten_rules::catalogue::Source;
use batten_rules::load::{Code, FileResult};
use batten_rules::{ExtraField, ExtraOutput, LoadOptions, Loaded, RuleFile, load};
use std::fmt::Write as _;

fn file(text: &str) -> Loaded {
    load(&[RuleFile { name: "a.yaml", content: text.as_bytes() }], &LoadOptions::default())
}

fn rule(name: &str, condition: &str) -> String {
    format!("- rule: {name}\n  desc: d\n  condition: {condition}\n  output: o\n  priority: INFO\n")
}

/// The only error with its place: code, line, column and message.
fn error(text: &str) -> (Code, usize, usize, String) {
    let loaded = file(text);
    let errors = &loaded.files[0].errors;
    assert_eq!(errors.len(), 1, "{text}: {errors:#?}");
    let excerpt = &errors[0].excerpt;
    assert!(errors[0].message.zh.chars().any(|c| c > '\u{2e80}'), "{:?}", errors[0].message);
    (errors[0].code, excerpt.line, excerpt.column, errors[0].message.en.clone())
}

fn warnings(result: &FileResult) -> Vec<Code> {
    result.warnings.iter().map(|warning| warning.code).collect()
}

#[test]
fn errors_name_their_place() {
    let at = |text: &str, code: Code, line: usize, column: usize| {
        let found = error(text);
        assert_eq!((found.0, found.1, found.2), (code, line, column), "{text}\n{found:?}");
    };
    at("a: [", Code::YamlParse, 2, 1);
    at("a: b", Code::YamlValidate, 1, 1);
    at("- x", Code::YamlValidate, 1, 3);
    at("- rule: r\n  condition: x\n", Code::YamlValidate, 1, 3);
    at(&rule("r", "evt.type = open and foo"), Code::Validate, 3, 34);
    at(&rule("r", "evt.type = open and proc.foo = x"), Code::CompileCondition, 3, 34);
    at(&rule("r", ">\n    evt.type = open\n    and\n    proc.foo = x"), Code::CompileCondition, 6, 5);
    at(&rule("r", "|\n    evt.type = open\n    and proc.foo = x"), Code::CompileCondition, 5, 9);
    at(&rule("r", "\"evt.type = open and proc.foo = x\""), Code::CompileCondition, 3, 35);
    at(&rule("r", "evt.type = open").replace("output: o", "output: a %proc.foo"), Code::CompileOutput, 4, 14);
    at(&rule("r", "evt.type = open").replace("INFO", "URGENT"), Code::YamlValidate, 5, 13);
    at("- list: l\r  items: x\r", Code::YamlValidate, 2, 10);
    at("- list: l\r\n  items: x\r\n", Code::YamlValidate, 2, 10);
    at("- list: l\n  items: x\n", Code::YamlValidate, 2, 10);
    at("- list: l\n  items: [a, [b]]\n", Code::YamlValidate, 2, 14);
    at("- macro: m\n  condition: evt.type =\n", Code::CompileCondition, 2, 14 + 10);
    at("- required_engine_version: 0.99.0\n", Code::Validate, 1, 3);
    at("- required_engine_version: abc\n", Code::YamlValidate, 1, 3);
    at("- rule: r\n  enabled: false\n", Code::Validate, 1, 3);
    at("- list: l\n  items: [a]\n  override: {items: append}\n", Code::Validate, 1, 3);
    at("- required_plugin_versions:\n  - name: x\n    version: y\n", Code::Validate, 2, 5);
}

#[test]
fn macros_see_what_is_before_them() {
    let text =
        format!("- macro: a\n  condition: b\n- macro: b\n  condition: evt.type = open\n{}", rule("r", "a"));
    assert!(error(&text).3.contains("defined only behind"));
    let circle = format!(
        "- macro: a\n  condition: evt.type = open\n- macro: b\n  condition: a\n- macro: a\n  condition: b\n{}",
        rule("r", "a")
    );
    assert!(error(&circle).3.contains("in itself"));
    let again = format!(
        "- macro: a\n  condition: evt.type = close\n- macro: a\n  condition: evt.type = open\n{}",
        rule("r", "a")
    );
    let loaded = file(&again);
    assert!(loaded.is_accepted());
    assert_eq!(loaded.rules.rules()[0].event_types.len(), 1);
}

#[test]
fn warnings_are_told() {
    let text = "- list: l\n  items: []\n- macro: m\n  condition: evt.type = open\n- thing: x\n- rule: r\n  desc: d\n  \
                condition: proc.name = x\n  output: o\n  priority: INFO\n  tagz: []\n- rule: r\n  append: true\n  \
                condition: or evt.dir = <\n- rule: s\n  desc: d\n  condition: a.b = c\n  output: o\n  priority: INFO\n  \
                source: okta\n- rule: t\n  desc: d\n  condition: foo.bar = 1 and evt.type = open\n  output: o\n  priority: INFO\n  \
                skip-if-unknown-filter: true\n- rule: r\n  enabled: false\n";
    let loaded = file(text);
    assert!(loaded.is_accepted(), "{:#?}", loaded.files);
    let found = warnings(&loaded.files[0]);
    for code in [
        Code::UnusedList,
        Code::UnusedMacro,
        Code::UnknownItem,
        Code::UnknownKey,
        Code::DeprecatedItem,
        Code::UnknownSource,
        Code::UnknownFilter,
        Code::NoEventType,
    ] {
        assert!(found.contains(&code), "{code:?} {found:?}");
    }
    assert_eq!(loaded.rules.rules().len(), 1);
    assert!(!loaded.rules.rules()[0].enabled);
}

#[test]
fn unfilled_fields_warn_and_the_other_rules_work() {
    let text = rule("a", "evt.type = open and fd.sip.name = x") + &rule("b", "evt.type = open");
    let loaded = file(&text);
    assert!(loaded.is_accepted());
    assert_eq!(warnings(&loaded.files[0]), [Code::ConditionWarning]);
    assert_eq!(loaded.rules.rules().len(), 2);
}

#[test]
fn overrides_are_checked() {
    let base = rule("r", "evt.type = open");
    let with = |more: &str| error(&format!("{base}{more}")).3;
    assert!(
        with("- rule: r\n  append: true\n  override: {condition: append}\n  condition: and evt.num > 0\n")
            .contains("either")
    );
    assert!(
        with("- rule: r\n  priority: INFO\n  override: {priority: append}\n")
            .contains("cannot take 'append'")
    );
    assert!(with("- rule: r\n  override: {condition: append}\n").contains("no such key"));
    assert!(
        with("- rule: r\n  condition: x\n  output: y\n  override: {output: replace}\n")
            .contains("does not stand under")
    );
    assert!(
        with("- rule: q\n  condition: x\n  override: {condition: replace}\n")
            .contains("nothing of that name")
    );
    assert!(
        with("- rule: r\n  condition: x\n  override: {condition: frobnicate}\n")
            .contains("'append' or 'replace'")
    );
    let replaced = file(&format!(
        "{base}- rule: r\n  condition: evt.type = close\n  enabled: false\n  override: {{condition: replace, enabled: replace}}\n"
    ));
    assert!(replaced.is_accepted(), "{:?}", replaced.files[0].errors);
    assert!(!replaced.rules.rules()[0].enabled);
}

#[test]
fn exceptions_are_checked() {
    let with = |exception: &str| {
        error(&format!("{}  exceptions:\n    - name: e\n{exception}", rule("r", "evt.type = open"))).3
    };
    assert!(with("      fields: [proc.name, fd.name]\n      comps: [=]\n").contains("2 fields and 1 comps"));
    assert!(with("      fields: proc.name\n      comps: contains\n").contains("in, pmatch or intersects"));
    assert!(with("      fields: proc.foo\n").contains("no field"));
    assert!(with("      fields: [proc.name]\n      values: [[a, b]]\n").contains("as many as"));
    assert!(with("      comps: in\n").contains("must say its fields"));
    assert!(with("      fields: [proc.name]\n      comps: [like]\n").contains("no operator"));
}

#[test]
fn extra_output_is_added() {
    let text = rule("r", "evt.type = open");
    let extra = ExtraOutput {
        source: Some("syscall".to_owned()),
        format: Some("user=%user.name".to_owned()),
        fields: vec![
            ExtraField { key: "pid".to_owned(), format: "proc.pid".to_owned(), raw: true },
            ExtraField { key: "who".to_owned(), format: "%proc.name!".to_owned(), raw: false },
        ],
        ..ExtraOutput::default()
    };
    let options = LoadOptions { extra_output: vec![extra], ..LoadOptions::default() };
    let loaded = load(&[RuleFile { name: "a", content: text.as_bytes() }], &options);
    assert!(loaded.is_accepted());
    let event = serde_json::json!({"evt.type": "open", "proc.pid": 7, "proc.name": "x", "user.name": "u"});
    let alerts = batten_rules::case::judge(
        &loaded.rules,
        event.as_object().unwrap().clone(),
        1,
        &mut loaded.rules.scratch(),
    );
    let alert = &alerts.unwrap()[0];
    assert_eq!(alert.output, "00:00:00.000000000: Informational o user=u");
    assert_eq!(alert.output_fields["pid"], 7);
    assert_eq!(alert.output_fields["who"], "x!");
}

#[test]
fn the_validation_json_is_falcos() {
    let loaded = file(&rule("r", "evt.type = open and proc.foo = x"));
    let json = serde_json::to_value(loaded.to_json()).unwrap();
    let result = &json["falco_load_results"][0];
    assert_eq!((&result["name"], &result["successful"]), (&"a.yaml".into(), &false.into()));
    let error = &result["errors"][0];
    assert_eq!(error["code"], "LOAD_ERR_COMPILE_CONDITION");
    let locations = error["context"]["locations"].as_array().unwrap();
    let kinds: Vec<&str> = locations.iter().map(|l| l["item_type"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["rules content", "rule", "rule condition", "condition expression"]);
    assert_eq!(locations[1]["item_name"], "r");
    assert_eq!(
        locations[1]["position"],
        serde_json::json!({"name": "a.yaml", "line": 0, "column": 2, "offset": 2})
    );
    assert_eq!(locations[3]["position"]["name"], "\"evt.type = open a...\"");
    assert!(error["context"]["snippet"].as_str().unwrap().ends_with("^\n"));
}

#[test]
fn ten_thousand_rules_load() {
    let mut text = String::from("- macro: m\n  condition: evt.type in (open, openat)\n");
    for n in 0..10_000 {
        let _ = write!(
            text,
            "{}",
            rule(
                &format!("r{n}"),
                &format!("m and fd.name startswith /srv/{n}/ and proc.name = p{}", n % 100)
            )
        );
    }
    let loaded = file(&text);
    assert!(loaded.is_accepted());
    assert_eq!(loaded.rules.rules().len(), 10_000);
    let event = serde_json::json!({"evt.type": "open", "fd.name": "/srv/777/x", "proc.name": "p77"});
    let alerts = batten_rules::case::judge(
        &loaded.rules,
        event.as_object().unwrap().clone(),
        1,
        &mut loaded.rules.scratch(),
    );
    assert_eq!(alerts.unwrap().iter().map(|alert| alert.rule.as_str()).collect::<Vec<_>>(), ["r777"]);
    assert_eq!(loaded.rules.needs(Source::Syscall).event_types.len(), 2);
}

#[test]
fn hostile_files_end() {
    // Macros that double at each level.
    let mut text = String::from("- macro: m0\n  condition: proc.name = a\n");
    for n in 1..90 {
        let _ = writeln!(
            text,
            "- macro: m{n}\n  condition: (m{p} and fd.num = {n}) or (not m{p} and fd.num != {n})",
            p = n - 1
        );
    }
    text.push_str(&rule("r", "evt.type = open and m89"));
    let loaded = file(&text);
    assert!(loaded.is_accepted(), "{:?}", loaded.files[0].errors);
    let event = serde_json::json!({"evt.type": "open", "fd.num": 3, "proc.name": "b"});
    batten_rules::case::judge(
        &loaded.rules,
        event.as_object().unwrap().clone(),
        1,
        &mut loaded.rules.scratch(),
    )
    .unwrap();
    // Lists that grow tenfold at each level.
    let mut text = String::from("- list: l0\n  items: [a, b, c, d, e, f, g, h, i, j]\n");
    for n in 1..12 {
        let _ = writeln!(text, "- list: l{n}\n  items: [{}]", format!("l{},", n - 1).repeat(10));
    }
    text.push_str(&rule("r", "evt.type = open and proc.name in (l11)"));
    assert!(file(&text).files[0].errors.iter().any(|error| error.message.en.contains("more than")));
    // Macros nested too deep, a chain of thousands, control characters, a long line.
    let mut text = String::from("- macro: m0\n  condition: proc.name = a\n");
    for n in 1..2000 {
        let _ = writeln!(text, "- macro: m{n}\n  condition: not (m{} and fd.num = {n})", n - 1);
    }
    text.push_str(&rule("r", "evt.type = open and m1999"));
    assert!(!file(&text).is_accepted());
    let long = vec!["proc.name = a"; 20_000].join(" or ");
    assert!(file(&rule("r", &format!("evt.type = open and ({long})"))).is_accepted());
    assert!(!file(&rule("r", &"x ".repeat(1 << 20))).is_accepted());
    for bytes in
        [&b"\xff\xfe"[..], b"\0", b"- \x1b[31m", b"- rule: \"\\x1b[31m\"\n", b"", b"---\n---\n", b"- &a [*a]"]
    {
        load(&[RuleFile { name: "x", content: bytes }], &LoadOptions::default());
    }
    let many = rule("r", "evt.type = open and foo") + &"- thing: x\n".repeat(5000);
    let loaded = file(&many);
    assert!(loaded.files[0].errors.len() == 1 && loaded.files[0].more > 3000);
}
