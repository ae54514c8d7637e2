//! CycloneDX 1.6 in JSON (ECMA-424): the inventory as components and, where findings are there, vulnerabilities.
//!
//! Nothing in it is random: the serial number follows from the content, so that the same scan gives the same bytes.

mod component;
mod dependency;
mod vulnerability;

use crate::json_text;
use batten_model::{Report, Subject, SubjectKind};
use component::{Components, Property, Subjects, Tools};
use dependency::Dependencies;
use serde::ser::SerializeStruct as _;
use serde::{Serialize, Serializer};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;
use std::io::{self, Write};
use vulnerability::Vulnerabilities;

/// Writes one bill of materials.
///
/// The subject of a single report is the document's `metadata.component`. Several reports become components of one
/// document, each with its packages inside, and references begin with the report's number.
pub fn write(reports: &[Report], out: impl Write) -> io::Result<()> {
    let parts: Vec<Part<'_>> = match reports {
        [report] => vec![Part::of(report, String::new())],
        several => several.iter().enumerate().map(|(n, r)| Part::of(r, format!("{}/", n + 1))).collect(),
    };
    json_text::write_pretty(&Bom { parts: &parts }, out)
}

/// One report with the references of its packages, each used once.
struct Part<'a> {
    report: &'a Report,
    prefix: String,
    /// In the order of the inventory's packages.
    references: Vec<String>,
}

impl<'a> Part<'a> {
    fn of(report: &'a Report, prefix: String) -> Part<'a> {
        let mut seen: BTreeMap<String, usize> = BTreeMap::new();
        let references = report
            .inventory
            .packages
            .iter()
            .map(|package| {
                let reference = format!("{prefix}{}", package.reference());
                let times = seen.entry(reference.clone()).and_modify(|n| *n += 1).or_insert(1);
                if *times == 1 { reference } else { format!("{reference}~{times}") }
            })
            .collect();
        Part { report, prefix, references }
    }

    fn subject(&self) -> &'a Subject {
        &self.report.inventory.subject
    }

    fn subject_reference(&self) -> String {
        format!("{}subject", self.prefix)
    }

    fn os_reference(&self) -> String {
        format!("{}os", self.prefix)
    }
}

struct Bom<'a> {
    parts: &'a [Part<'a>],
}

impl Serialize for Bom<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let single = match self.parts {
            [part] => Some(part),
            _ => None,
        };
        let mut bom = serializer.serialize_struct("Bom", 9)?;
        bom.serialize_field("$schema", "http://cyclonedx.org/schema/bom-1.6.schema.json")?;
        bom.serialize_field("bomFormat", "CycloneDX")?;
        bom.serialize_field("specVersion", "1.6")?;
        bom.serialize_field("serialNumber", &serial_number(self.parts))?;
        bom.serialize_field("version", &1)?;
        bom.serialize_field("metadata", &Metadata::of(self.parts, single))?;
        match single {
            Some(part) => bom.serialize_field("components", &Components(part))?,
            None => bom.serialize_field("components", &Subjects(self.parts))?,
        }
        bom.serialize_field("dependencies", &Dependencies(self.parts))?;
        if self.parts.iter().any(|part| part.report.database.is_some() || !part.report.findings.is_empty()) {
            bom.serialize_field("vulnerabilities", &Vulnerabilities(self.parts))?;
        }
        bom.end()
    }
}

#[derive(Serialize)]
struct Metadata<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    timestamp: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tools: Option<Tools<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    component: Option<component::SubjectComponent<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    properties: Vec<Property>,
}

impl<'a> Metadata<'a> {
    fn of(parts: &'a [Part<'a>], single: Option<&'a Part<'a>>) -> Metadata<'a> {
        let first = parts.first();
        let mut properties = Vec::new();
        for part in parts {
            if let Some(date) = part.report.database.as_ref().and_then(|d| d.built) {
                properties.push(Property::new("batten:database", date.to_string()));
            }
            for line in &part.report.coverage {
                let judged = serde_json::to_value(line.judged).unwrap_or_default();
                let judged = judged.as_str().unwrap_or_default();
                properties.push(Property::new(
                    "batten:coverage",
                    format!("{} {} {}", line.ecosystem, line.packages, judged),
                ));
            }
            for error in &part.report.errors {
                properties.push(Property::new("batten:error", format!("{} {}", error.code, error.target)));
            }
        }
        Metadata {
            timestamp: first.map(|p| p.report.created.as_str()),
            tools: first.map(|p| Tools::of(&p.report.tool)),
            component: single.map(component::SubjectComponent::of),
            properties,
        }
    }
}

/// The first half of a SHA-256 over what the document says, as a UUID of version 8 (RFC 9562, section 5.8).
fn serial_number(parts: &[Part<'_>]) -> String {
    let mut hash = Sha256::new();
    let mut add = |text: &str| {
        hash.update((text.len() as u64).to_le_bytes());
        hash.update(text.as_bytes());
    };
    for part in parts {
        let subject = part.subject();
        for text in [&part.report.tool.version, &part.report.created, &subject.name] {
            add(text);
        }
        add(subject.digest.as_ref().map_or("", |d| d.as_str()));
        part.references.iter().for_each(|reference| add(reference));
        part.report.findings.iter().for_each(|finding| add(finding.fingerprint.as_str()));
    }
    let mut bytes = [0; 16];
    bytes.iter_mut().zip(hash.finalize()).for_each(|(to, from)| *to = from);
    let number = u128::from_be_bytes(bytes);
    let number = (number & !(0xf << 76) & !(0x3 << 62)) | (0x8 << 76) | (0x2 << 62);
    let hex = format!("{number:032x}");
    let mut out = String::from("urn:uuid:");
    for (at, digit) in hex.chars().enumerate() {
        if matches!(at, 8 | 12 | 16 | 20) {
            out.push('-');
        }
        out.push(digit);
    }
    out
}

/// CycloneDX's word for what was looked at.
fn subject_type(kind: SubjectKind) -> &'static str {
    match kind {
        SubjectKind::Image => "container",
        SubjectKind::Fs => "application",
        SubjectKind::Host => "device",
    }
}
