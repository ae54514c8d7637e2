//! Poetry's `poetry.lock`, lock-version 1.0 to 2.1 (python-poetry/poetry, `packages/locker.py`).
//!
//! What the project itself asks for stands in `pyproject.toml` alone: dependency paths begin at the packages that
//! nothing else needs. `category` (Poetry up to 1.4) and `groups` (from 2.0) tell what is for development.

use crate::content::File;
use crate::facts::Facts;
use crate::formats::python_lock::{Dialect, Entry, Kind, Need, is_archive};
use crate::formats::toml_tables::{flag, list, table, text};
use crate::formats::{Format, FormatError, Wants, python_lock};
use batten_model::Scope;
use toml::de::{DeTable, DeValue};

pub(crate) const FORMAT: Format =
    Format { name: "poetry_lock", version: 1, wants: &[Wants::Name("poetry.lock")], database: false, parse };

const DIALECT: Dialect = Dialect {
    format: FORMAT.name,
    words: "poetry.lock",
    key: "package",
    scopes_from_graph: false,
    entry,
    check,
};

pub(crate) fn parse(file: &File<'_>) -> Result<Facts, FormatError> {
    python_lock::parse(file, &DIALECT)
}

fn check(document: &DeTable<'_>) -> Result<(), String> {
    match table(document, "metadata").and_then(|metadata| text(metadata, "lock-version")) {
        Some(version) if !version.starts_with("1.") && !version.starts_with("2.") => {
            Err(format!("lock-version {version:.20} is not supported (1.x and 2.x are)"))
        }
        _ => Ok(()),
    }
}

fn entry(package: &DeTable<'_>) -> Entry {
    let own = table(package, "source").is_some_and(|source| match text(source, "type") {
        Some("directory") => true,
        Some("file") => !is_archive(text(source, "url").unwrap_or_default()),
        _ => false,
    });
    let needs =
        table(package, "dependencies").into_iter().flat_map(|needs| needs.iter()).map(|(name, value)| {
            let optional = match value.get_ref() {
                DeValue::Table(detail) => flag(detail, "optional"),
                DeValue::Array(details) => details
                    .iter()
                    .all(|detail| detail.get_ref().as_table().is_some_and(|t| flag(t, "optional"))),
                _ => false,
            };
            let scope = if optional { Scope::Optional } else { Scope::Runtime };
            Need { scope, ..Need::of(name.get_ref()) }
        });
    Entry { kind: if own { Kind::Own } else { Kind::Package }, scope: scope(package), needs: needs.collect() }
}

fn scope(package: &DeTable<'_>) -> Scope {
    let groups: Vec<&str> = list(package, "groups").filter_map(DeValue::as_str).collect();
    let development = match text(package, "category") {
        Some(category) => category == "dev",
        None => !groups.is_empty() && !groups.contains(&"main"),
    };
    match (development, flag(package, "optional")) {
        (true, _) => Scope::Development,
        (_, true) => Scope::Optional,
        _ => Scope::Runtime,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::python_lock::testing::{Case, check_damaged, summary};

    #[test]
    fn real_locks() {
        for version in ["v1", "v2"] {
            let case = Case::new(parse, &format!("poetry_lock/{version}/poetry.lock"));
            let all = summary(&case.facts());
            assert_eq!(all.len(), 13, "{version}");
            for line in [
                "jinja2@2.10 Runtime jinja2@2.10",
                "markupsafe@3.0.4 Runtime jinja2@2.10 markupsafe@3.0.4",
                "django@2.2 Optional django@2.2",
                "sqlparse@0.5.5 Optional django@2.2 sqlparse@0.5.5",
                "pyyaml@5.3 Development pyyaml@5.3",
                "urllib3@1.23 Runtime requests@2.19.0 urllib3@1.23",
            ] {
                assert!(all.iter().any(|found| found == line), "{version}: {line} is not in {all:#?}");
            }
            case.assert_lines("name = \"");
            check_damaged(&case);
        }
    }

    #[test]
    fn folders_and_versions() {
        let text = "[[package]]\nname = \"Own.Lib\"\nversion = \"1\"\n[package.dependencies]\nB = \"*\"\n\
            [package.source]\ntype = \"directory\"\nurl = \"lib\"\n\
            [[package]]\nname = \"b\"\nversion = \"2\"\n[package.source]\ntype = \"git\"\nurl = \"https://x.example/b\"\n\
            [[package]]\nname = 3\nversion = \"2\"\n[[package]]\nname = \"c\"\n";
        let facts = Case::facts_of(parse, "poetry.lock", text.as_bytes()).unwrap();
        assert_eq!(summary(&facts), ["b@2 Runtime b@2"]);
        assert_eq!(facts.problems[0].target, "poetry.lock:15");
        assert_eq!(facts.problems[1].code, "no-version");
        let newer = b"[metadata]\nlock-version = \"3.0\"\n";
        assert!(
            Case::facts_of(parse, "poetry.lock", newer)
                .unwrap_err()
                .to_string()
                .contains("3.0 is not supported")
        );
    }
}
