//! `pylock.toml` and `pylock.<name>.toml` (packaging.python.org, "pylock.toml Specification", version 1.0).
//!
//! Packages without a version (folders, repositories) are not listed. Markers that choose extras and groups are not
//! evaluated: all packages are run time ones.

use crate::content::File;
use crate::facts::Facts;
use crate::formats::python_lock::{Dialect, Entry, Kind, Need};
use crate::formats::toml_tables::{list, text};
use crate::formats::{Format, FormatError, Wants, python_lock};
use batten_model::Scope;
use toml::de::{DeTable, DeValue};

pub(crate) const FORMAT: Format = Format {
    name: "pylock_toml",
    version: 1,
    wants: &[Wants::Name("pylock.toml"), Wants::Containing("pylock.", ".toml")],
    database: false,
    parse,
};

const DIALECT: Dialect = Dialect {
    format: FORMAT.name,
    words: "pylock.toml",
    key: "packages",
    scopes_from_graph: false,
    entry,
    check,
};

pub(crate) fn parse(file: &File<'_>) -> Result<Facts, FormatError> {
    if !file.name().starts_with("pylock.") {
        return Ok(Facts::default());
    }
    python_lock::parse(file, &DIALECT)
}

fn check(document: &DeTable<'_>) -> Result<(), String> {
    match text(document, "lock-version") {
        Some(version) if version.split('.').next() == Some("1") => Ok(()),
        Some(version) => Err(format!("lock-version {version:.20} is not supported (1.x is)")),
        // The parts behind the first one have packages instead.
        None if document.contains_key(DIALECT.key) => Ok(()),
        None => Err("it has no lock-version".to_owned()),
    }
}

fn entry(package: &DeTable<'_>) -> Entry {
    let needs = list(package, "dependencies").filter_map(DeValue::as_table).filter_map(|need| {
        let version = text(need, "version").map(str::to_owned);
        Some(Need { version, ..Need::of(text(need, "name")?) })
    });
    let kind = if package.contains_key("directory") { Kind::Own } else { Kind::Package };
    Entry { kind, scope: Scope::Runtime, needs: needs.collect() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::python_lock::testing::{Case, check_damaged, summary};

    #[test]
    fn a_real_lock() {
        let case = Case::new(parse, "pylock_toml/pylock.toml");
        let all = summary(&case.facts());
        assert_eq!(all.len(), 14);
        assert!(all.iter().any(|line| line == "jinja2@2.10 Runtime "), "{all:#?}");
        case.assert_lines("name = \"");
        check_damaged(&case);
    }

    #[test]
    fn needs_and_sources() {
        let text = "lock-version = \"1.0\"\n[[packages]]\nname = \"A\"\nversion = \"1\"\n\
            dependencies = [{ name = \"b\" }]\n[[packages]]\nname = \"b\"\nversion = \"2\"\n\
            [[packages]]\nname = \"c\"\nvcs = { type = \"git\", url = \"https://x.example\", commit-id = \"0a\" }\n";
        let facts = Case::facts_of(parse, "pylock.dev.toml", text.as_bytes()).unwrap();
        assert_eq!(summary(&facts), ["a@1 Runtime a@1", "b@2 Runtime a@1 b@2"]);
        assert_eq!(facts.problems[0].code, "no-version");
        assert!(Case::facts_of(parse, "pylock.toml", b"").is_err());
        assert!(Case::facts_of(parse, "my-pylock.x.toml", b"").unwrap().packages.is_empty());
    }
}
