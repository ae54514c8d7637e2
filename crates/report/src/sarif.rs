//! SARIF 2.1.0 (OASIS), for code-scanning pages: one run for each subject.
//!
//! Each id is a rule, each finding a result. What could not be read or judged is a notification of the run's
//! invocation, so that an empty list of results is not taken for a clean subject.

use crate::plain::plain;
use crate::{json_text, links};
use batten_model::{Finding, Judged, Location, Report, Severity};
use serde::ser::SerializeStruct as _;
use serde::{Serialize, Serializer};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::{self, Write};

/// What paths are relative to.
const BASE: &str = "SUBJECT";

/// Writes one log with a run for each report.
pub fn write(reports: &[Report], out: impl Write) -> io::Result<()> {
    json_text::write_pretty(&Log(reports), out)
}

struct Log<'a>(&'a [Report]);

impl Serialize for Log<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut log = serializer.serialize_struct("Log", 3)?;
        log.serialize_field("$schema", "https://json.schemastore.org/sarif-2.1.0.json")?;
        log.serialize_field("version", "2.1.0")?;
        log.serialize_field("runs", &Runs(self.0))?;
        log.end()
    }
}

struct Runs<'a>(&'a [Report]);

impl Serialize for Runs<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(Run))
    }
}

struct Run<'a>(&'a Report);

impl Serialize for Run<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let report = self.0;
        let subject = &report.inventory.subject;
        let mut rules: BTreeMap<&str, Vec<&Finding>> = BTreeMap::new();
        for finding in &report.findings {
            rules.entry(&finding.id).or_default().push(finding);
        }
        let indices: BTreeMap<&str, usize> = rules.keys().enumerate().map(|(n, id)| (*id, n)).collect();
        let mut run = serializer.serialize_struct("Run", 6)?;
        let driver = Driver {
            name: &report.tool.name,
            version: &report.tool.version,
            information_uri: "https://github.com/batten-security/batten",
            rules: Rules(&rules),
        };
        run.serialize_field("tool", &Tool { driver })?;
        run.serialize_field("columnKind", "utf16CodeUnits")?;
        run.serialize_field(
            "automationDetails",
            &json!({ "id": format!("batten/{}/", links::path_uri(subject.stable_name())) }),
        )?;
        run.serialize_field("originalUriBaseIds", &json!({ BASE: { "description": text(&subject.name) } }))?;
        run.serialize_field("invocations", &[invocation(report)])?;
        run.serialize_field("results", &Results { report, indices })?;
        run.end()
    }
}

#[derive(Serialize)]
struct Tool<'a> {
    driver: Driver<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Driver<'a> {
    name: &'a str,
    version: &'a str,
    information_uri: &'static str,
    rules: Rules<'a>,
}

/// One rule for each id, each made when its turn comes.
struct Rules<'a>(&'a BTreeMap<&'a str, Vec<&'a Finding>>);

impl Serialize for Rules<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.values().map(|findings| rule(findings)))
    }
}

struct Results<'a> {
    report: &'a Report,
    indices: BTreeMap<&'a str, usize>,
}

impl Serialize for Results<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.report.findings.iter().map(|finding| {
            let index = self.indices.get(finding.id.as_str()).copied().unwrap_or_default();
            result(finding, index)
        }))
    }
}

/// A message. Square brackets that would make a link of a stranger's text (section 3.11.6) are escaped.
fn text(words: &str) -> Value {
    let words = plain(words);
    let words =
        if words.contains("](") { words.replace('[', "\\[").replace(']', "\\]") } else { words.into_owned() };
    json!({ "text": if words.is_empty() { "-".to_owned() } else { words } })
}

/// The rule of all findings with one id, judged by the worst of them.
fn rule(findings: &[&Finding]) -> Value {
    let Some(worst) = findings.iter().max_by_key(|f| (f.severity, score(f).map(|s| (s * 10.0) as u32)))
    else {
        return Value::Null;
    };
    let mut tags = vec!["security", worst.kind.as_str(), worst.severity.as_str()];
    if worst.kev.is_some() {
        tags.push("exploited");
    }
    let title = if worst.title.is_empty() { &worst.id } else { &worst.title.en };
    let mut help: Vec<&str> =
        findings.iter().map(|f| f.remediation.en.as_str()).filter(|t| !t.is_empty()).collect();
    help.sort_unstable();
    help.dedup();
    let help = if help.is_empty() { "No fixed version is known.".to_owned() } else { help.join(" ") };
    let mut rule = json!({
        "id": worst.id,
        "name": worst.kind.as_str(),
        "shortDescription": text(title),
        "fullDescription": text(title),
        "help": text(&help),
        "defaultConfiguration": { "level": level(worst.severity) },
        "properties": { "tags": tags, "precision": "very-high", "aliases": worst.aliases },
    });
    let page = links::catalogue_page(&worst.id);
    let page = page.as_deref().or_else(|| worst.references.iter().find_map(|url| links::web_address(url)));
    if let Some(page) = page {
        rule["helpUri"] = page.into();
    }
    if let Some(score) = score(worst) {
        rule["properties"]["security-severity"] = format!("{score:.1}").into();
    }
    rule
}

/// The score that code-scanning pages sort by: the best CVSS vector's, else one of the severity's range.
fn score(finding: &Finding) -> Option<f32> {
    let by_severity = match finding.severity {
        Severity::Critical => Some(9.5),
        Severity::High => Some(8.0),
        Severity::Medium => Some(5.5),
        Severity::Low => Some(2.0),
        Severity::None => Some(0.0),
        Severity::Unknown => None,
    };
    let vector = finding.cvss.iter().find(|cvss| Severity::from_score(cvss.score) == finding.severity);
    vector.map(|cvss| cvss.score).or(by_severity)
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical | Severity::High => "error",
        Severity::Medium | Severity::Unknown => "warning",
        Severity::Low | Severity::None => "note",
    }
}

fn result(finding: &Finding, index: usize) -> Value {
    let mut locations: Vec<Value> = finding.locations.iter().map(|place| location(finding, place)).collect();
    if locations.is_empty() {
        locations.push(json!({ "logicalLocations": [logical(finding)] }));
    }
    json!({
        "ruleId": finding.id,
        "ruleIndex": index,
        "level": level(finding.severity),
        "message": text(&message(finding)),
        "locations": locations,
        "fingerprints": { "batten/v1": finding.fingerprint },
        "partialFingerprints": { "batten/v1": finding.fingerprint },
        "properties": {
            "severity": finding.severity,
            "severitySource": finding.severity_source,
            "status": finding.status,
            "purl": finding.package.as_ref().map(|p| &p.purl),
            "fixedVersions": finding.package.as_ref().map(|p| &p.fixed),
            "kev": finding.kev,
            "epss": finding.epss,
            "cvss": finding.cvss,
            "evidence": finding.evidence,
            "controls": finding.controls,
        },
    })
}

/// `runc 1.1.11: title. Upgrade runc to 1.1.12.`
fn message(finding: &Finding) -> String {
    let mut out = match &finding.package {
        Some(package) => format!("{} {}: {}", package.name, package.version, finding.id),
        None => finding.id.clone(),
    };
    for part in [&finding.title.en, &finding.remediation.en] {
        if !part.is_empty() {
            out.push_str(if out.ends_with(['.', '!', '?']) { " " } else { ". " });
            out.push_str(part);
        }
    }
    out
}

fn location(finding: &Finding, place: &Location) -> Value {
    json!({
        "physicalLocation": {
            "artifactLocation": { "uri": links::path_uri(&place.path), "uriBaseId": BASE },
            "region": { "startLine": place.line.unwrap_or(1).max(1) },
        },
        "logicalLocations": [logical(finding)],
        "properties": { "layer": place.layer },
    })
}

fn logical(finding: &Finding) -> Value {
    match &finding.package {
        Some(package) => {
            json!({ "name": package.name, "fullyQualifiedName": package.purl, "kind": "package" })
        }
        None => json!({ "name": finding.id, "kind": "resource" }),
    }
}

fn invocation(report: &Report) -> Value {
    let errors = report.errors.iter().map(|error| {
        json!({
            "level": if error.fatal { "error" } else { "warning" },
            "descriptor": { "id": error.code },
            "message": text(&format!("{}: {}", error.target, error.message.en)),
        })
    });
    let coverage = report.coverage.iter().filter(|line| line.judged != Judged::Full).map(|line| {
        let words = crate::messages::judged(line.judged).en;
        json!({
            "level": "warning",
            "descriptor": { "id": "coverage" },
            "message": text(&format!("{}: {} packages, {words}. {}", line.ecosystem, line.packages, line.reason.en)),
        })
    });
    let mut invocation = json!({
        "executionSuccessful": !report.errors.iter().any(|e| e.fatal),
        "toolExecutionNotifications": errors.chain(coverage).collect::<Vec<_>>(),
    });
    if !report.created.is_empty() {
        invocation["endTimeUtc"] = report.created.as_str().into();
    }
    invocation
}
