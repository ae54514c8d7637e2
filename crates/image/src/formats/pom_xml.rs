//! `pom.xml` (Maven POM Reference, model 4.0.0): the dependencies that a project declares.
//!
//! Versions are resolved from the file's own properties and dependency management; relation `maven_parent` adds those
//! of parents and imported POMs in the same tree. What only a repository could tell (parents elsewhere, imported
//! BOMs, version ranges) stays without a version. Profiles, plugins and transitive dependencies are not read.

mod licence;
mod model;
mod resolve;

use crate::content::File;
use crate::facts::Facts;
use crate::formats::{Format, FormatError, Wants};

pub(crate) use licence::bundle as bundle_licence;
pub(crate) use model::{Parent, Pom};
pub(crate) use resolve::{Chain, Variables, packages};

pub(crate) const FORMAT: Format =
    Format { name: "pom_xml", version: 1, wants: &[Wants::Name("pom.xml")], database: false, parse };

/// Note with the whole model as JSON, for other files of the tree that build on it.
pub(crate) const NOTE_MODEL: &str = "model";

const MAX_BYTES: u64 = 16 << 20;

fn parse(file: &File<'_>) -> Result<Facts, FormatError> {
    let pom = Pom::parse(&file.bytes(MAX_BYTES)?)?;
    let mut facts = Facts::default();
    if pom.artifact.is_empty() {
        // Not every file of this name is Maven's.
        return Ok(facts);
    }
    let alone = Chain { poms: vec![&pom], imported: Vec::new() };
    let (packages, problems) = packages(&alone, file.path);
    facts.packages = packages;
    facts.problems = problems;
    facts.notes.extend(serde_json::to_string(&pom).ok().map(|json| (NOTE_MODEL.to_owned(), json)));
    Ok(facts)
}

#[cfg(test)]
mod tests;
