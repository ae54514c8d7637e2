//! `--format json` against its checked-in schema.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

#[path = "../examples/sample/report.rs"]
mod sample;

use batten_model::*;
use batten_report::json;
use serde_json::Value;

fn schema() -> Value {
    serde_json::from_str(include_str!("../../../docs/schema/report-1.json")).unwrap()
}

fn validate(reports: &[Report]) -> Value {
    let mut bytes = Vec::new();
    json::write(reports, &mut bytes).unwrap();
    let value: Value = serde_json::from_slice(&bytes).unwrap();
    let schema = schema();
    let validator = jsonschema::options().should_validate_formats(true).build(&schema).unwrap();
    let errors: Vec<String> =
        validator.iter_errors(&value).map(|e| format!("{}: {e}", e.instance_path())).collect();
    assert!(errors.is_empty(), "{errors:#?}");
    value
}

#[test]
fn every_shape_of_report_is_in_the_schema() {
    let value = validate(&[sample::image()]);
    assert_eq!(value["schema"], "batten.report/1");
    assert_eq!(value["summary"]["findings"], value["findings"].as_array().unwrap().len());
    assert_eq!(value["os"]["id"], "debian");
    let finding = value["findings"].as_array().unwrap().iter().find(|f| f["id"] == "CVE-2024-21626").unwrap();
    let reference = &finding["package"]["ref"];
    assert!(value["packages"].as_array().unwrap().iter().any(|p| &p["ref"] == reference));
    let several = validate(&[sample::image(), sample::report_with(3)]);
    assert_eq!(several["reports"].as_array().unwrap().len(), 2);
    validate(&[]);
    validate(&[host()]);
}

/// A host: kernel facts of all three states, nothing judged.
fn host() -> Report {
    let mut report = sample::report_with(1);
    report.inventory = Inventory::empty(Subject::named(SubjectKind::Host, "node-1"));
    report.inventory.os = Observed::Unknown(Text::new("not readable", "无法读取"));
    report.inventory.kernel = Some(KernelFacts {
        release: "6.1.0-18-amd64".to_owned(),
        version: "#1 SMP".to_owned(),
        live_patches: Observed::Unknown(Text::new("not root", "非 root 用户")),
        package: Observed::Present("deb:linux-image-6.1.0-18-amd64@6.1.76-1".to_owned()),
    });
    let mut package = Package::new(PackageKind::Rpm, "kernel", "5.14.0-1.el9", Location::at("a"));
    package.running = Some(true);
    package.module = Some("a:1:2:3:x86_64".to_owned());
    package.scope = Scope::Development;
    package.locations[0].line = Some(3);
    report.inventory.packages.push(package);
    report.database = None;
    report.errors.push(ScanError::fatal("locked", "var/lib/rpm", Text::new("locked", "被锁定")));
    report
}

#[test]
fn strangers_texts_are_kept_and_obeyed_by_nobody() {
    let hostile = sample::hostile();
    let mut bytes = Vec::new();
    json::write(std::slice::from_ref(&hostile), &mut bytes).unwrap();
    let text = String::from_utf8(bytes).unwrap();
    assert!(text.chars().all(|c| c == '\n' || !batten_report::plain::is_hidden(c)));
    let value: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(value["subject"]["name"], hostile.inventory.subject.name);
    assert_eq!(value["packages"][0]["name"], hostile.inventory.packages[0].name);
}

#[test]
fn the_schema_describes_all_and_lets_nothing_else_in() {
    fn walk(value: &Value, path: &str) {
        if let Some(properties) = value.get("properties").and_then(Value::as_object) {
            assert_eq!(value["additionalProperties"], false, "{path}");
            for (name, property) in properties {
                let described = property.get("description").is_some() || property.get("$ref").is_some();
                assert!(described, "{path}/{name} lacks its description");
            }
        }
        match value {
            Value::Object(object) => object.iter().for_each(|(k, v)| walk(v, &format!("{path}/{k}"))),
            Value::Array(array) => {
                array.iter().enumerate().for_each(|(k, v)| walk(v, &format!("{path}/{k}")))
            }
            _ => {}
        }
    }
    walk(&schema(), "");
    let mut stray = serde_json::to_value(sample::image().tool).unwrap();
    stray["x"] = Value::Null;
    assert!(!jsonschema::is_valid(&schema(), &stray));
}

#[test]
fn fifty_thousand_packages_are_written_as_they_come() {
    let mut report = sample::report_with(1);
    let template = report.inventory.packages[40].clone();
    report.inventory.packages =
        (0..50_000).map(|n| Package { name: format!("package-{n}"), ..template.clone() }).collect();
    let mut largest_write = 0;
    struct Sink<'a>(&'a mut usize, usize);
    impl std::io::Write for Sink<'_> {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            *self.0 = (*self.0).max(bytes.len());
            self.1 += bytes.len();
            Ok(bytes.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let mut sink = Sink(&mut largest_write, 0);
    json::write(std::slice::from_ref(&report), &mut sink).unwrap();
    assert!(sink.1 > 10_000_000);
    assert!(largest_write < 4096, "a write of {largest_write} bytes");
}
