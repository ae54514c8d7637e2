//! Pipenv's `Pipfile.lock`, pipfile-spec 6 (pypa/pipfile): pinned packages by category.
//!
//! `default` is run time, `develop` development; categories of the project's own are optional. The file holds no
//! graph, so there are no dependency paths.

use crate::content::File;
use crate::facts::Facts;
use crate::formats::json_lenient::{Entries, Flag, Object, Text, lenient, read};
use crate::formats::lock_graph::LockGraph;
use crate::formats::python_metadata::normal_name;
use crate::formats::source_text::{Lines, lock_bytes, utf8};
use crate::formats::{Format, FormatError, Wants, python_lock};
use batten_model::{PackageKind, Scope};

pub(crate) const FORMAT: Format = Format {
    name: "pipfile_lock",
    version: 1,
    wants: &[Wants::Name("Pipfile.lock")],
    database: false,
    parse,
};

const WORDS: &str = "Pipfile.lock";

lenient! {
    struct Pinned<'a> {
        "version" => version: Text<'a>,
        "path" => path: Text<'a>,
        "file" => file: Text<'a>,
        "editable" => editable: Flag,
        "git" => git: Text<'a>,
    }
}

pub(crate) fn parse(file: &File<'_>) -> Result<Facts, FormatError> {
    let bytes = lock_bytes(file)?;
    let text = utf8(&bytes, WORDS)?;
    // An array or a number at the top is no lock; an object of anything is read as far as it goes.
    if !text.trim_start().starts_with('{') {
        let reason = "it is no JSON object".to_owned();
        return Err(FormatError::Malformed { format: WORDS, reason, place: "line 1".to_owned() });
    }
    let categories: Entries<'_, Entries<'_, Object<Pinned<'_>>>> = read(text, WORDS)?;
    let mut graph = LockGraph::new(FORMAT.name, file.path, PackageKind::Pypi);
    let mut lines = Lines::new(text);
    for (category, packages) in categories.0.iter().filter(|(category, _)| category != "_meta") {
        let scope = match category.as_ref() {
            "default" => Scope::Runtime,
            "develop" => Scope::Development,
            _ => Scope::Optional,
        };
        for (name, pinned) in &packages.0 {
            add(name, pinned.0.as_ref(), scope, lines.of_part(name), &mut graph)?;
        }
    }
    Ok(graph.finish())
}

fn add(
    name: &str,
    pinned: Option<&Pinned<'_>>,
    scope: Scope,
    line: Option<u32>,
    graph: &mut LockGraph<'_>,
) -> Result<(), FormatError> {
    let Some(pinned) = pinned else {
        graph.unreadable(line, "the entry is no object", "该条目不是对象");
        return Ok(());
    };
    let place = pinned.path.get().or(pinned.file.get());
    let folder = place.is_some_and(|place| !python_lock::is_archive(place)) || pinned.editable.0;
    match pinned.version.get().map(|version| version.trim_start_matches('=').trim()).filter(|v| !v.is_empty())
    {
        _ if folder && pinned.git.get().is_none() => {}
        Some(version) if version != "*" => {
            let number = graph.add(normal_name(name), version, line)?;
            if let Some(package) = graph.package_mut(number) {
                package.scope = scope;
            }
        }
        _ => graph.unversioned(name),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::python_lock::testing::{Case, check_damaged, summary};

    #[test]
    fn a_real_lock() {
        let case = Case::new(parse, "pipfile_lock/Pipfile.lock");
        let all = summary(&case.facts());
        assert_eq!(all.len(), 10);
        for line in ["jinja2@2.10 Runtime ", "requests@2.19.0 Runtime ", "pyyaml@5.3 Development "] {
            assert!(all.iter().any(|found| found == line), "{line} is not in {all:#?}");
        }
        case.assert_lines("\"");
        check_damaged(&case);
    }

    #[test]
    fn categories_and_sources() {
        let text = br#"{"_meta": {"a": {}}, "develop": {"B_b": {"version": "==1.0"}, "x": 3}, "default": {
            "B.b": {"version": "==1.0"}, "own": {"editable": true, "path": "."}, "g": {"git": "https://x.example", "ref": "0a"}},
            "docs": {"d": {"version": "===2.0"}}}"#;
        let facts = Case::facts_of(parse, "Pipfile.lock", text).unwrap();
        assert_eq!(summary(&facts), ["b-b@1.0 Runtime ", "d@2.0 Optional "]);
        assert_eq!(facts.problems[0].target, "Pipfile.lock:1");
        assert!(facts.problems[1].en.contains(": g;"));
    }
}
