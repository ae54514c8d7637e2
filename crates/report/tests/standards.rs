//! CycloneDX and SARIF against their official schemas, which `make test-tools` puts under `$BATTEN_TESTKIT/schemas`.
#![expect(clippy::unwrap_used, clippy::print_stderr, reason = "a test that cannot go on stops, and says so")]

#[path = "../examples/sample/report.rs"]
mod sample;

use batten_model::*;
use batten_report::{cyclonedx, sarif};
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::PathBuf;

/// The schema, or `None` with a loud word; with `CI=true` its absence is a failure.
fn schema(name: &str) -> Option<Value> {
    let testkit = std::env::var_os("BATTEN_TESTKIT").map(PathBuf::from).unwrap_or_else(|| {
        PathBuf::from(std::env::var_os("HOME").unwrap_or_default()).join(".cache/batten-testkit")
    });
    let path = testkit.join("schemas").join(name);
    match std::fs::read(&path) {
        Ok(bytes) => Some(serde_json::from_slice(&bytes).unwrap()),
        Err(error) => {
            let told = format!("NOT RUN: {}: {error}; `make test-tools` brings it", path.display());
            assert!(std::env::var("CI").as_deref() != Ok("true"), "{told}");
            eprintln!("{told}");
            None
        }
    }
}

fn check(schema: &Value, others: &[(&str, Value)], value: &Value) {
    let mut registry = jsonschema::Registry::new();
    for (uri, resource) in others {
        registry = registry.add(*uri, jsonschema::Resource::from_contents(resource.clone())).unwrap();
    }
    let registry = registry.prepare().unwrap();
    let validator =
        jsonschema::options().should_validate_formats(true).with_registry(&registry).build(schema).unwrap();
    let errors: Vec<String> =
        validator.iter_errors(value).take(10).map(|e| format!("{}: {e:.300}", e.instance_path())).collect();
    assert!(errors.is_empty(), "{errors:#?}");
}

fn cyclonedx(reports: &[Report]) -> Value {
    let mut out = Vec::new();
    cyclonedx::write(reports, &mut out).unwrap();
    serde_json::from_slice(&out).unwrap()
}

fn sarif(reports: &[Report]) -> Value {
    let mut out = Vec::new();
    sarif::write(reports, &mut out).unwrap();
    serde_json::from_slice(&out).unwrap()
}

fn packages_only() -> Report {
    let mut report = sample::image();
    report.database = None;
    report.coverage.clear();
    report.findings.clear();
    report
}

fn shapes() -> Vec<Vec<Report>> {
    let mut host = sample::report_with(3);
    host.inventory.subject = Subject::named(SubjectKind::Host, "node-1");
    host.inventory.os = Observed::Absent;
    host.inventory.packages[0].scope = Scope::Development;
    let twin = host.inventory.packages[0].clone();
    host.inventory.packages.insert(0, twin);
    vec![
        vec![sample::image()],
        vec![packages_only()],
        vec![sample::hostile()],
        vec![sample::image(), host],
        Vec::new(),
    ]
}

#[test]
fn cyclonedx_is_what_its_schema_says() {
    let Some(bom) = schema("bom-1.6.json") else { return };
    let others = [
        ("http://cyclonedx.org/schema/spdx.SNAPSHOT.schema.json", schema("spdx.json").unwrap()),
        ("http://cyclonedx.org/schema/jsf-0.82.SNAPSHOT.schema.json", schema("jsf-0.82.json").unwrap()),
    ];
    for reports in shapes() {
        check(&bom, &others, &cyclonedx(&reports));
    }
    let mut wrong = cyclonedx(&[sample::image()]);
    wrong["components"][0]["type"] = "thing".into();
    assert!(
        std::panic::catch_unwind(|| check(&bom, &others, &wrong)).is_err(),
        "the schema is not looked at"
    );
}

#[test]
fn sarif_is_what_its_schema_says() {
    let Some(mut log) = schema("sarif-2.1.0.json") else { return };
    // The one pattern that ECMA 262 does not accept; Batten writes no `language`.
    for holder in ["run", "toolComponent"] {
        log["definitions"][holder]["properties"]["language"]
            .as_object_mut()
            .unwrap()
            .remove("pattern")
            .unwrap();
    }
    for reports in shapes() {
        check(&log, &[], &sarif(&reports));
    }
    let mut wrong = sarif(&[sample::image()]);
    wrong["runs"][0]["results"][0]["level"] = "bad".into();
    assert!(std::panic::catch_unwind(|| check(&log, &[], &wrong)).is_err(), "the schema is not looked at");
}

/// All `bom-ref`s, each once, and all that is named by others.
#[test]
fn cyclonedx_references_name_something() {
    fn references<'a>(value: &'a Value, out: &mut Vec<&'a str>) {
        match value {
            Value::Object(object) => {
                out.extend(object.get("bom-ref").and_then(Value::as_str));
                object.values().for_each(|v| references(v, out));
            }
            Value::Array(array) => array.iter().for_each(|v| references(v, out)),
            _ => {}
        }
    }
    for reports in shapes() {
        let bom = cyclonedx(&reports);
        let mut all = Vec::new();
        references(&bom, &mut all);
        let defined: BTreeSet<&str> = all.iter().copied().collect();
        if reports.len() < 2 {
            assert_eq!(defined.len(), all.len(), "a bom-ref is there twice");
        }
        for dependency in bom["dependencies"].as_array().unwrap() {
            assert!(defined.contains(dependency["ref"].as_str().unwrap()));
            for on in dependency["dependsOn"].as_array().unwrap() {
                assert!(defined.contains(on.as_str().unwrap()));
            }
        }
        for vulnerability in bom.get("vulnerabilities").and_then(Value::as_array).unwrap_or(&Vec::new()) {
            for affected in vulnerability["affects"].as_array().unwrap() {
                assert!(defined.contains(affected["ref"].as_str().unwrap()), "{affected}");
            }
        }
    }
}

#[test]
fn cyclonedx_says_what_the_report_says() {
    let bom = cyclonedx(&[sample::image()]);
    assert_eq!(bom, cyclonedx(&[sample::image()]), "the same report, the same bytes");
    assert_ne!(bom["serialNumber"], cyclonedx(&[sample::report_with(3)])["serialNumber"]);
    let serial = bom["serialNumber"].as_str().unwrap();
    assert!(
        serial.starts_with("urn:uuid:") && serial.as_bytes()[23] == b'8' && serial.len() == 45,
        "{serial}"
    );
    assert_eq!(bom["metadata"]["timestamp"], "2024-08-20T09:30:00Z");
    assert_eq!(bom["metadata"]["component"]["type"], "container");
    let components = bom["components"].as_array().unwrap();
    assert_eq!(components.len(), 61);
    assert_eq!(components[0]["type"], "operating-system");
    let traverse = components.iter().find(|c| c["name"] == "traverse").unwrap();
    assert_eq!(traverse["group"], "@babel");
    assert_eq!(traverse["purl"], "pkg:npm/%40babel/traverse@7.21.0");
    assert_eq!(traverse["licenses"][0]["expression"], "MIT");
    let edge =
        bom["dependencies"].as_array().unwrap().iter().find(|d| d["ref"] == traverse["bom-ref"]).unwrap();
    assert!(edge["dependsOn"][0].as_str().unwrap().contains("semver"));
    let all = bom["vulnerabilities"].as_array().unwrap();
    let reset = all.iter().find(|v| v["id"] == "CVE-2023-44487").unwrap();
    assert_eq!(reset["affects"].as_array().unwrap().len(), 3, "one entry, three packages");
    assert_eq!(reset["analysis"]["response"][0], "update");
    assert_eq!(reset["ratings"][0]["method"], "CVSSv31");
    assert!(cyclonedx(&[packages_only()]).get("vulnerabilities").is_none());
}

#[test]
fn sarif_says_what_the_report_says() {
    let report = sample::image();
    let log = sarif(std::slice::from_ref(&report));
    let run = &log["runs"][0];
    let results = run["results"].as_array().unwrap();
    assert_eq!(results.len(), report.findings.len());
    let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
    for result in results {
        let rule = &rules[usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap()];
        assert_eq!(rule["id"], result["ruleId"]);
    }
    let runc = results.iter().find(|r| r["ruleId"] == "CVE-2024-21626").unwrap();
    assert_eq!(runc["level"], "error");
    assert_eq!(runc["locations"][0]["physicalLocation"]["artifactLocation"]["uri"], "usr/sbin/runc");
    assert!(runc["message"]["text"].as_str().unwrap().ends_with("to v1.1.12."));
    assert_eq!(run["invocations"][0]["executionSuccessful"], true);
    let notes = run["invocations"][0]["toolExecutionNotifications"].as_array().unwrap();
    assert_eq!(notes.len(), 4, "two errors, one not judged, one judged in part");
}

#[test]
fn strangers_make_no_links_of_messages() {
    for value in [sarif(&[sample::hostile()]), cyclonedx(&[sample::hostile()])] {
        let text = value.to_string();
        assert!(!text.contains("\"javascript:"), "a javascript: address became a link");
    }
    let text = sarif(&[sample::hostile()])["runs"][0]["results"][0]["message"]["text"].to_string();
    assert!(text.contains("\\\\[a\\\\](javascript"), "{text}");
}
