//! PDM's `pdm.lock`, lock_version 4.x (pdm-project/pdm, `project/lockfile`).
//!
//! What the project itself asks for stands in `pyproject.toml` alone: dependency paths begin at the packages that
//! nothing else needs. Where packages carry `groups`, `default` is run time, `dev` is development, others are
//! optional: the file does not tell which of its groups are for development.

use crate::content::File;
use crate::facts::Facts;
use crate::formats::python_lock::{Dialect, Entry, Kind, Need, is_archive, requirement_name};
use crate::formats::toml_tables::{flag, list, table, text};
use crate::formats::{Format, FormatError, Wants, python_lock};
use batten_model::Scope;
use toml::de::{DeTable, DeValue};

pub(crate) const FORMAT: Format =
    Format { name: "pdm_lock", version: 1, wants: &[Wants::Name("pdm.lock")], database: false, parse };

const DIALECT: Dialect = Dialect {
    format: FORMAT.name,
    words: "pdm.lock",
    key: "package",
    scopes_from_graph: false,
    entry,
    check,
};

pub(crate) fn parse(file: &File<'_>) -> Result<Facts, FormatError> {
    python_lock::parse(file, &DIALECT)
}

fn check(document: &DeTable<'_>) -> Result<(), String> {
    let version = table(document, "metadata").and_then(|metadata| text(metadata, "lock_version"));
    let major = version.and_then(|v| v.split('.').next()).and_then(|major| major.parse::<u32>().ok());
    match (version, major) {
        (Some(version), Some(0..=3 | 5..)) => {
            Err(format!("lock_version {version:.20} is not supported (4.x is)"))
        }
        _ => Ok(()),
    }
}

fn entry(package: &DeTable<'_>) -> Entry {
    let folder = text(package, "path").is_some_and(|path| !is_archive(path));
    let needs = list(package, "dependencies").filter_map(DeValue::as_str).filter_map(requirement_name);
    Entry {
        kind: if folder || flag(package, "editable") && text(package, "git").is_none() {
            Kind::Own
        } else {
            Kind::Package
        },
        scope: scope(package),
        needs: needs.map(Need::of).collect(),
    }
}

fn scope(package: &DeTable<'_>) -> Scope {
    let groups: Vec<&str> = list(package, "groups").filter_map(DeValue::as_str).collect();
    match groups.as_slice() {
        [] => Scope::Runtime,
        groups if groups.contains(&"default") => Scope::Runtime,
        groups if groups.iter().all(|group| *group == "dev") => Scope::Development,
        _ => Scope::Optional,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::python_lock::testing::{Case, check_damaged, summary};

    #[test]
    fn a_real_lock() {
        let case = Case::new(parse, "pdm_lock/pdm.lock");
        let all = summary(&case.facts());
        assert_eq!(all.len(), 13);
        for line in [
            "jinja2@2.10 Runtime jinja2@2.10",
            "markupsafe@3.0.4 Runtime jinja2@2.10 markupsafe@3.0.4",
            "sqlparse@0.5.5 Optional django@2.2 sqlparse@0.5.5",
            "pyyaml@5.3 Development pyyaml@5.3",
            "requests@2.19.0 Runtime requests@2.19.0",
            "pysocks@1.7.1 Runtime requests@2.19.0 pysocks@1.7.1",
            "urllib3@1.23 Runtime requests@2.19.0 urllib3@1.23",
        ] {
            assert!(all.iter().any(|found| found == line), "{line} is not in {all:#?}");
        }
        case.assert_lines("name = \"");
        check_damaged(&case);
    }

    #[test]
    fn folders_and_versions() {
        let text = "[[package]]\nname = \"own\"\nversion = \"1\"\npath = \"./lib\"\n\
            [[package]]\nname = \"B\"\nversion = \"2\"\npath = \"./b-2.whl\"\n\
            [[package]]\nname = \"c\"\nversion = \"3\"\ngit = \"https://x.example/c\"\neditable = true\n";
        let facts = Case::facts_of(parse, "pdm.lock", text.as_bytes()).unwrap();
        assert_eq!(summary(&facts), ["b@2 Runtime ", "c@3 Runtime "]);
        assert!(Case::facts_of(parse, "pdm.lock", b"[metadata]\nlock_version = \"5.0\"\n").is_err());
    }
}
