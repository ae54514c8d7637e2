//! The program as a person or a pipeline runs it: exit status, stdout, stderr, language.
#![expect(clippy::unwrap_used, reason = "a test that fails to prepare fails")]

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

struct Run {
    folder: tempfile::TempDir,
}

impl Run {
    fn new() -> Run {
        Run { folder: tempfile::tempdir().unwrap() }
    }

    /// Runs batten in a folder of its own, without this machine's settings.
    fn batten(&self, arguments: &[&str]) -> Output {
        self.batten_in(arguments, &[])
    }

    fn batten_in(&self, arguments: &[&str], variables: &[(&str, &str)]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_batten"));
        command.args(arguments).current_dir(self.folder.path()).env_clear();
        command.env("PATH", "/usr/bin:/bin").env("HOME", self.folder.path()).env("LANG", "C.UTF-8");
        command.envs(variables.iter().copied()).output().unwrap()
    }

    fn write(&self, name: &str, content: &str) {
        let path = self.folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

const VULNERABLE: &str = "jinja2==2.10\n";

#[test]
fn findings_exit_0_without_a_gate_and_1_with_one() {
    let run = Run::new();
    run.write("requirements.txt", VULNERABLE);
    let plain = run.batten(&["scan", "fs", "."]);
    assert_eq!(plain.status.code(), Some(0), "{}", stderr(&plain));
    assert!(stdout(&plain).contains("CVE-2024-34064"), "{}", stdout(&plain));
    let gated = run.batten(&["scan", "fs", ".", "--fail-on", "low"]);
    assert_eq!(gated.status.code(), Some(1));
    let filtered = run.batten(&["scan", "fs", ".", "--fail-on", "low", "--only", "misconfiguration"]);
    assert_eq!(filtered.status.code(), Some(0), "{}", stdout(&filtered));
}

#[test]
fn what_no_source_covers_is_not_clean() {
    let run = Run::new();
    run.write("etc/os-release", "ID=nosuch\nVERSION_ID=1\n");
    run.write(
        "var/lib/dpkg/status",
        "Package: a\nStatus: install ok installed\nArchitecture: amd64\nVersion: 1\n\n",
    );
    let root = run.path().to_str().unwrap();
    let plain = run.batten(&["scan", "fs", root]);
    assert_eq!(plain.status.code(), Some(0));
    assert!(stdout(&plain).to_lowercase().contains("not judged"), "{}", stdout(&plain));
    let gated = run.batten(&["scan", "fs", root, "--fail-on", "critical"]);
    assert_eq!(gated.status.code(), Some(2));
    let accepted = run.batten(&["scan", "fs", root, "--fail-on", "critical", "--allow-unjudged"]);
    assert_eq!(accepted.status.code(), Some(0));
}

#[test]
fn an_unreadable_target_is_one_error_and_status_2() {
    let run = Run::new();
    for arguments in [
        &["scan", "image", "./missing.tar"][..],
        &["scan", "fs", "missing"],
        &["scan", "image"],
        &["scan", "fs", ".", "--fail-on", "bad"],
        &["scan", "fs", ".", "--db", "missing.battendb"],
        &["scan", "fs", ".", "--limit", "nosuch=1"],
        &["scan", "fs", ".", "--also", "nosuch=x"],
        &["--lang", "fr", "scan", "fs", "."],
        &["scan", "image", "registry.invalid/a:1", "--offline"],
    ] {
        let output = run.batten(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {}", stdout(&output));
        assert!(stderr(&output).to_lowercase().contains("error"), "{arguments:?}: {}", stderr(&output));
        assert!(!stderr(&output).contains("panicked"), "{arguments:?}: {}", stderr(&output));
    }
}

#[test]
fn errors_and_tables_speak_the_person_s_language() {
    let run = Run::new();
    run.write("requirements.txt", VULNERABLE);
    let error = run.batten(&["--lang", "zh-CN", "scan", "fs", "missing"]);
    assert!(stderr(&error).starts_with("错误"), "{}", stderr(&error));
    let by_locale = run.batten_in(&["scan", "fs", "."], &[("LANG", "zh_CN.UTF-8")]);
    assert!(stdout(&by_locale).contains("软件包"), "{}", stdout(&by_locale));
    let json = run.batten_in(&["scan", "fs", ".", "--format", "json"], &[("LANG", "zh_CN.UTF-8")]);
    assert!(stdout(&json).is_ascii(), "machine formats are English");
}

#[test]
fn settings_come_from_file_environment_and_flags() {
    let run = Run::new();
    run.write("requirements.txt", VULNERABLE);
    run.write("batten.yaml", "scan:\n  fail-on: low\n");
    assert_eq!(run.batten(&["scan", "fs", "."]).status.code(), Some(1));
    let by_variable = run.batten_in(&["scan", "fs", "."], &[("BATTEN_SCAN_ONLY", "misconfiguration")]);
    assert_eq!(by_variable.status.code(), Some(0), "{}", stderr(&by_variable));
    run.write("batten.yaml", "scna:\n  fail-on: low\n");
    let mistake = run.batten(&["scan", "fs", "."]);
    assert_eq!(mistake.status.code(), Some(2));
    assert!(stderr(&mistake).contains("batten.yaml:1:1"), "{}", stderr(&mistake));
}

#[test]
fn an_answer_goes_to_several_formats_at_once() {
    let run = Run::new();
    run.write("app/requirements.txt", VULNERABLE);
    let output = run.batten(&[
        "scan",
        "fs",
        "app",
        "--format",
        "json",
        "-o",
        "a.json",
        "--also",
        "html=a.html",
        "--also",
        "sarif=a.sarif",
        "--also",
        "cyclonedx=a.cdx.json",
    ]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert!(output.stdout.is_empty());
    let read = |name: &str| fs::read_to_string(run.path().join(name)).unwrap();
    assert!(read("a.json").contains("batten.report/1"));
    assert!(read("a.html").contains("<!doctype html>") || read("a.html").contains("<!DOCTYPE html>"));
    assert!(read("a.sarif").contains("2.1.0"));
    assert!(
        read("a.cdx.json").contains("\"specVersion\": \"1.6\"")
            || read("a.cdx.json").contains("\"specVersion\":\"1.6\"")
    );
}

#[test]
fn several_targets_are_one_answer() {
    let run = Run::new();
    run.write("a/requirements.txt", VULNERABLE);
    run.write("b/requirements.txt", "flask==0.12\n");
    let output = run.batten(&["scan", "fs", "a", "b", "--format", "json"]);
    let value: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(value["reports"].as_array().unwrap().len(), 2);
    let one_missing = run.batten(&["scan", "fs", "a", "missing", "--format", "json"]);
    assert_eq!(one_missing.status.code(), Some(2));
    assert!(stdout(&one_missing).contains("CVE-2024-34064"), "the readable target is still reported");
}

#[test]
fn an_sbom_has_no_findings_and_needs_no_database() {
    let run = Run::new();
    run.write("requirements.txt", VULNERABLE);
    let output = run.batten(&["sbom", "fs", "."]);
    assert_eq!(output.status.code(), Some(0));
    assert!(stdout(&output).contains("pkg:pypi/jinja2@2.10"));
    assert!(!stdout(&output).contains("CVE-"));
}

#[test]
fn completions_and_manual_pages_are_made() {
    let run = Run::new();
    for shell in ["bash", "zsh", "fish"] {
        assert!(stdout(&run.batten(&["completions", shell])).contains("batten"));
    }
    assert!(
        stdout(&run.batten(&["man"])).starts_with(".ie") || stdout(&run.batten(&["man"])).contains(".TH")
    );
    assert_eq!(run.batten(&["man", "--dir", "pages"]).status.code(), Some(0));
    assert!(run.path().join("pages/batten-scan-image.1").exists());
    assert!(stdout(&run.batten(&["config"])).contains("BATTEN_SCAN_FAIL_ON"));
}

#[test]
fn the_sensors_doctor_answers_for_every_capability() {
    let run = Run::new();
    let output = run.batten(&["sensor", "doctor", "--json"]);
    let answer: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(answer["schema"], "batten.sensor-doctor/1");
    let can_watch = answer["can_watch"].as_bool().unwrap();
    assert_eq!(output.status.code(), Some(if can_watch { 0 } else { 2 }));
    assert_eq!(can_watch, answer["refusal"].is_null());
    assert!(answer["capabilities"].as_array().unwrap().len() > 15);
}

#[test]
fn a_recording_is_made_and_replayed() {
    let run = Run::new();
    if run.batten(&["sensor", "doctor"]).status.code() != Some(0) {
        assert!(std::env::var("CI").as_deref() != Ok("true"), "NOT RUN: this kernel cannot be watched");
        eprintln!("NOT RUN: this kernel cannot be watched; `batten sensor doctor` says why");
        return;
    }
    let recorded =
        run.batten(&["sensor", "record", "-o", "a.rec", "--duration", "0.5", "--events", "process"]);
    assert_eq!(recorded.status.code(), Some(0), "{}", stderr(&recorded));
    let summary = run.batten(&["sensor", "replay", "a.rec", "--summary", "--json"]);
    let summary: serde_json::Value = serde_json::from_slice(&summary.stdout).unwrap();
    assert_eq!((&summary["ending"]["complete"], &summary["unsound"]), (&true.into(), &0.into()));
    assert!(summary["events"]["seed"].as_u64().unwrap() > 0, "{summary}");
    let listed = run.batten(&["sensor", "replay", "a.rec", "--events", "procexit,execve", "--json"]);
    assert!(stdout(&listed).lines().all(|line| line.contains("\"family\":\"process\"")));
    // What is cut gives what is whole, and says where it ends.
    let whole = fs::read(run.path().join("a.rec")).unwrap();
    fs::write(run.path().join("cut.rec"), &whole[..whole.len() - 3]).unwrap();
    let cut = run.batten(&["sensor", "replay", "cut.rec", "--summary"]);
    assert_eq!(cut.status.code(), Some(2));
    assert!(stderr(&cut).contains("cut.rec: the recording ends within block"), "{}", stderr(&cut));
    assert!(stdout(&cut).contains("seed"));
    let wrong = run.batten(&["sensor", "record", "-o", "b.rec", "--events", "opne"]);
    assert!(stderr(&wrong).contains("\"opne\" is no event"), "{}", stderr(&wrong));
}

const READS: &str = "- rule: host name read\n  desc: d\n  condition: evt.type in (open, openat) and fd.name=/etc/hostname and proc.name=cat\n  output: read by %user.name in %container.id (%proc.cmdline %evt.arg.flags)\n  priority: NOTICE\n";

#[test]
fn rules_judge_what_the_kernel_sees_live_and_replayed() {
    let run = Run::new();
    if run.batten(&["sensor", "doctor"]).status.code() != Some(0) {
        assert!(std::env::var("CI").as_deref() != Ok("true"), "NOT RUN: this kernel cannot be watched");
        eprintln!("NOT RUN: this kernel cannot be watched; `batten sensor doctor` says why");
        return;
    }
    run.write("r.yaml", READS);
    let start = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_batten"));
        command.args(arguments).current_dir(run.path()).stdout(std::process::Stdio::piped());
        command.spawn().unwrap()
    };
    let mut live = start(&["sensor", "run", "--rules", "r.yaml", "--json", "--duration", "3"]);
    let mut recorder = start(&["sensor", "record", "-o", "a.rec", "--duration", "3", "--events", "openat"]);
    while live.try_wait().unwrap().is_none() || recorder.try_wait().unwrap().is_none() {
        Command::new("/bin/cat").arg("/etc/hostname").output().unwrap();
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    let alerts = stdout(&live.wait_with_output().unwrap());
    let alert: serde_json::Value = serde_json::from_str(alerts.lines().next().unwrap()).unwrap();
    assert_eq!((&alert["rule"], &alert["priority"]), (&"host name read".into(), &"Notice".into()));
    let output = alert["output"].as_str().unwrap();
    assert!(output.contains("read by root in host (cat /etc/hostname O_RDONLY"), "{output}");
    let replayed = stdout(&run.batten(&["sensor", "replay", "a.rec", "--rules", "r.yaml"]));
    assert!(
        replayed.lines().count() > 0
            && replayed.lines().all(|line| line.contains("Notice read by root in host"))
    );
    run.write("bad.yaml", "- rule: x\n");
    let refused = run.batten(&["sensor", "run", "--rules", "bad.yaml"]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(stderr(&refused).contains("bad.yaml: refused"), "{}", stderr(&refused));
}
