//! uv's `uv.lock`, version 1 (astral-sh/uv, `uv-resolver`, `lock`).
//!
//! The project and its workspace are in the file as `virtual` and `editable` packages: what they need, and for what,
//! gives scopes and dependency paths. They and other folders are not listed.

use crate::content::File;
use crate::facts::Facts;
use crate::formats::python_lock::{Dialect, Entry, Kind, Need};
use crate::formats::toml_tables::{list, table, text};
use crate::formats::{Format, FormatError, Wants, python_lock};
use batten_model::Scope;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

pub(crate) const FORMAT: Format =
    Format { name: "uv_lock", version: 1, wants: &[Wants::Name("uv.lock")], database: false, parse };

const DIALECT: Dialect =
    Dialect { format: FORMAT.name, words: "uv.lock", key: "package", scopes_from_graph: true, entry, check };

pub(crate) fn parse(file: &File<'_>) -> Result<Facts, FormatError> {
    python_lock::parse(file, &DIALECT)
}

fn check(document: &DeTable<'_>) -> Result<(), String> {
    let version = match document.get("version").map(Spanned::get_ref) {
        Some(DeValue::Integer(version)) => version.as_str(),
        _ => return Ok(()),
    };
    if version == "1" { Ok(()) } else { Err(format!("version {version:.20} is not supported (1 is)")) }
}

fn entry(package: &DeTable<'_>) -> Entry {
    let own = table(package, "source").is_some_and(|source| {
        ["virtual", "editable", "directory"].iter().any(|kind| source.contains_key(*kind))
    });
    let mut needs: Vec<Need> =
        list(package, "dependencies").filter_map(|value| need(value, Scope::Runtime)).collect();
    for (key, scope) in [("optional-dependencies", Scope::Optional), ("dev-dependencies", Scope::Development)]
    {
        // Of another package, only the extras that somebody asked for are in the file, and development needs never.
        let scope = if own { scope } else { Scope::Runtime };
        for (group, _) in table(package, key).into_iter().flat_map(|groups| groups.iter()) {
            let groups = table(package, key).map(|groups| list(groups, group.get_ref()));
            needs.extend(groups.into_iter().flatten().filter_map(|value| need(value, scope)));
        }
    }
    Entry { kind: if own { Kind::Own } else { Kind::Package }, scope: Scope::Runtime, needs }
}

fn need(value: &DeValue<'_>, scope: Scope) -> Option<Need> {
    let table = value.as_table()?;
    let version = text(table, "version").map(str::to_owned);
    Some(Need { version, scope, ..Need::of(text(table, "name")?) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::python_lock::testing::{Case, check_damaged, summary};

    #[test]
    fn a_real_lock() {
        let case = Case::new(parse, "uv_lock/uv.lock");
        let all = summary(&case.facts());
        assert_eq!(all.len(), 14);
        for line in [
            "idna@2.7 Runtime idna@2.7",
            "markupsafe@3.0.4 Runtime jinja2@2.10 markupsafe@3.0.4",
            "pysocks@1.7.1 Runtime requests@2.19.0 pysocks@1.7.1",
            "sqlparse@0.5.5 Optional django@2.2 sqlparse@0.5.5",
            "sqlparse@0.6.1 Optional django@2.2 sqlparse@0.6.1",
            "pyyaml@5.3 Development pyyaml@5.3",
        ] {
            assert!(all.iter().any(|found| found == line), "{line} is not in {all:#?}");
        }
        assert!(!all.iter().any(|line| line.starts_with("harbour")));
        case.assert_lines("name = \"");
        check_damaged(&case);
    }

    #[test]
    fn newer_versions_are_refused() {
        let error = Case::facts_of(parse, "uv.lock", b"version = 2\n").unwrap_err();
        assert!(error.to_string().contains("version 2 is not supported"), "{error}");
        assert!(Case::facts_of(parse, "uv.lock", b"version = 1\npackage = 3\n").is_err());
    }
}
