//! The parts of a POM that name dependencies, as they stand in one file.

use super::licence;
use crate::formats::FormatError;
use crate::formats::xml::{self, Step};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Most dependencies, managed dependencies and properties of one file.
const MAX_ENTRIES: usize = 50_000;
/// Longest text of one element that is kept.
const MAX_TEXT: usize = 4 << 10;

/// One file.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Pom {
    pub(crate) group: Option<String>,
    pub(crate) artifact: String,
    pub(crate) version: Option<String>,
    pub(crate) parent: Option<Parent>,
    pub(crate) properties: BTreeMap<String, String>,
    pub(crate) dependencies: Vec<Dependency>,
    /// `dependencyManagement`
    pub(crate) managed: Vec<Dependency>,
    pub(crate) licences: Vec<String>,
}

/// The POM that one inherits from.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Parent {
    pub(crate) group: String,
    pub(crate) artifact: String,
    pub(crate) version: String,
    /// Where it lies beside this one; `None` for the default, empty for "only in a repository".
    pub(crate) relative_path: Option<String>,
}

/// One dependency, with variables as they stand.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Dependency {
    pub(crate) group: String,
    pub(crate) artifact: String,
    pub(crate) version: Option<String>,
    pub(crate) scope: Option<String>,
    /// `type`
    pub(crate) kind: Option<String>,
    pub(crate) classifier: Option<String>,
    pub(crate) optional: bool,
    pub(crate) line: u32,
}

impl Pom {
    /// Reads one file. Text in other encodings than UTF-8 is read lossily: coordinates are ASCII.
    pub(crate) fn parse(bytes: &[u8]) -> Result<Pom, FormatError> {
        let text = String::from_utf8_lossy(bytes);
        let text = text.trim_start_matches('\u{feff}');
        let mut reader = PomReader::default();
        xml::walk(text, "POM", &mut |step, line| reader.step(step, line))?;
        Ok(reader.pom)
    }

    /// The group, which may be the parent's.
    pub(crate) fn group(&self) -> Option<&str> {
        self.group.as_deref().or(self.parent.as_ref().map(|parent| parent.group.as_str()))
    }

    /// The version, which may be the parent's.
    pub(crate) fn version(&self) -> Option<&str> {
        self.version.as_deref().or(self.parent.as_ref().map(|parent| parent.version.as_str()))
    }

    /// The licences as one SPDX expression.
    pub(crate) fn licence(&self) -> Option<String> {
        licence::expression(self.licences.iter().map(String::as_str))
    }
}

#[derive(Default)]
struct PomReader {
    pom: Pom,
    path: Vec<String>,
    text: String,
    dependency: Dependency,
    licence: (String, String),
}

impl PomReader {
    fn step(&mut self, step: Step<'_>, line: u32) -> Result<(), FormatError> {
        match step {
            Step::Open(name, _) => {
                self.path.push(name.to_owned());
                self.text.clear();
                match name {
                    "dependency" => self.dependency = Dependency { line, ..Dependency::default() },
                    "license" => self.licence = Default::default(),
                    _ => {}
                }
            }
            Step::Text(piece) if self.text.len() + piece.len() <= MAX_TEXT => self.text.push_str(piece),
            Step::Text(_) => {}
            Step::Close => {
                self.close();
                self.path.pop();
                self.text.clear();
            }
        }
        let pom = &self.pom;
        if pom.dependencies.len() + pom.managed.len() + pom.properties.len() > MAX_ENTRIES {
            return Err(FormatError::Limit { limit: MAX_ENTRIES as u64, unit: "entries" });
        }
        Ok(())
    }

    fn close(&mut self) {
        let text = self.text.trim().to_owned();
        let path: Vec<&str> = self.path.iter().map(String::as_str).collect();
        let Some(("project", rest)) = path.split_first().map(|(first, rest)| (*first, rest)) else { return };
        match rest {
            ["groupId"] => self.pom.group = Some(text),
            ["artifactId"] => self.pom.artifact = text,
            ["version"] => self.pom.version = Some(text),
            ["parent"] => {
                self.pom.parent.get_or_insert_default();
            }
            ["parent", field] => self.pom.parent.get_or_insert_default().set(field, text),
            ["properties", name] => {
                self.pom.properties.insert((*name).to_owned(), text);
            }
            ["dependencies", "dependency"] => {
                self.pom.dependencies.push(std::mem::take(&mut self.dependency))
            }
            ["dependencyManagement", "dependencies", "dependency"] => {
                self.pom.managed.push(std::mem::take(&mut self.dependency));
            }
            ["dependencies", "dependency", field]
            | ["dependencyManagement", "dependencies", "dependency", field] => {
                self.dependency.set(field, text);
            }
            ["licenses", "license", "name"] => self.licence.0 = text,
            ["licenses", "license", "url"] => self.licence.1 = text,
            ["licenses", "license"] => {
                let (name, url) = std::mem::take(&mut self.licence);
                self.pom
                    .licences
                    .extend(Some(if name.is_empty() { url } else { name }).filter(|name| !name.is_empty()));
            }
            _ => {}
        }
    }
}

impl Parent {
    fn set(&mut self, field: &str, text: String) {
        match field {
            "groupId" => self.group = text,
            "artifactId" => self.artifact = text,
            "version" => self.version = text,
            "relativePath" => self.relative_path = Some(text),
            _ => {}
        }
    }
}

impl Dependency {
    fn set(&mut self, field: &str, text: String) {
        let value = Some(text).filter(|text| !text.is_empty());
        match field {
            "groupId" => self.group = value.unwrap_or_default(),
            "artifactId" => self.artifact = value.unwrap_or_default(),
            "version" => self.version = value,
            "scope" => self.scope = value,
            "type" => self.kind = value,
            "classifier" => self.classifier = value,
            "optional" => self.optional = value.as_deref() == Some("true"),
            _ => {}
        }
    }
}
