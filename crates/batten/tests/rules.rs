//! `batten rules` as a person or a pipeline runs it: exit status, stdout, stderr, language.
#![expect(clippy::unwrap_used, reason = "a test that fails to prepare fails")]

use std::fs;
use std::process::{Command, Output};

fn batten(folder: &std::path::Path, arguments: &[&str]) -> (i32, String, String) {
    let output: Output = Command::new(env!("CARGO_BIN_EXE_batten"))
        .args(arguments)
        .current_dir(folder)
        .env_clear()
        .env("HOME", folder)
        .env("LANG", "C.UTF-8")
        .output()
        .unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

const GOOD: &str = "- rule: shell\n  desc: d\n  condition: evt.type = execve and proc.name = bash\n  output: shell %proc.name\n  priority: NOTICE\n";

#[test]
fn files_are_accepted_or_refused() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("good.yaml"), GOOD).unwrap();
    fs::write(
        folder.path().join("bad.yaml"),
        GOOD.replace("proc.name = bash", "proc.nmae = bash").replace("rule: shell", "rule: other"),
    )
    .unwrap();
    let (status, out, _) = batten(folder.path(), &["rules", "check", "good.yaml"]);
    assert_eq!((status, out.as_str()), (0, "good.yaml: accepted, warnings: 0\nrules: 1, enabled: 1\n"));
    let (status, out, _) = batten(folder.path(), &["rules", "check", "bad.yaml"]);
    assert_eq!(status, 1);
    assert!(out.contains("  --> bad.yaml:3:36, rule 'other'\n"), "{out}");
    assert!(out.contains("did you mean 'proc.name'?"), "{out}");
    let (_, out, _) = batten(folder.path(), &["rules", "check", "bad.yaml", "--lang", "zh-CN"]);
    assert!(out.contains("错误[LOAD_ERR_COMPILE_CONDITION]") && out.contains("被拒绝"), "{out}");
    let (status, out, _) = batten(folder.path(), &["rules", "check", ".", "--format", "json"]);
    let json: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!(status, 1);
    assert_eq!(json["falco_load_results"][0]["errors"][0]["code"], "LOAD_ERR_COMPILE_CONDITION");
    assert_eq!(json["falco_load_results"].as_array().unwrap().len(), 2);
    let (status, _, err) = batten(folder.path(), &["rules", "check", "none.yaml"]);
    assert!(status == 2 && err.contains("none.yaml cannot be read"), "{err}");
}

#[test]
fn rules_and_fields_are_listed() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("good.yaml"), GOOD).unwrap();
    let (status, out, _) = batten(folder.path(), &["rules", "list", "good.yaml"]);
    assert!(status == 0 && out.starts_with("shell\n") && out.contains("execve"), "{out}");
    let (_, out, _) = batten(folder.path(), &["rules", "list", "good.yaml", "--format", "json"]);
    let json: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!(json[0]["fields"], serde_json::json!(["proc.name"]));
    let (status, out, _) = batten(folder.path(), &["rules", "list", "--fields"]);
    assert!(status == 0 && out.contains("proc.aname") && out.contains("no: "), "{out}");
}

#[test]
fn cases_pass_or_fail() {
    let folder = tempfile::tempdir().unwrap();
    let case = folder.path().join("cases/one");
    fs::create_dir_all(&case).unwrap();
    fs::write(case.join("rules.yaml"), GOOD).unwrap();
    fs::write(case.join("events.jsonl"), "{\"evt.type\": \"execve\", \"proc.name\": \"bash\"}\n").unwrap();
    fs::write(case.join("alerts.jsonl"), "{\"event\": 1, \"rule\": \"shell\"}\n").unwrap();
    let (status, out, _) = batten(folder.path(), &["rules", "test", "cases"]);
    assert_eq!((status, out.lines().last()), (0, Some("cases: 1, passed: 1")), "{out}");
    fs::write(case.join("alerts.jsonl"), "").unwrap();
    let (status, out, _) = batten(folder.path(), &["rules", "test", "cases/one"]);
    assert!(status == 1 && out.contains("which is not expected"), "{out}");
    fs::write(case.join("events.jsonl"), "nonsense\n").unwrap();
    let (status, out, _) = batten(folder.path(), &["rules", "test", "cases"]);
    assert!(status == 2 && out.contains("events.jsonl:1: not JSON"), "{out}");
}
