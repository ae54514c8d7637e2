//! pip's requirements files (pip documentation, "Requirements File Format"; requirements by PEP 508, versions by
//! PEP 440).
//!
//! A requirement counts as a package where it names one version: `==` or `===` without a wildcard, or an address of
//! a wheel. Others are named in one problem, because what they ask for cannot be judged. Markers are not evaluated:
//! a requirement counts for each platform. Included files are files of their own; where their name is not that of a
//! requirements file, a problem says that they were not read.

mod requirement;

use crate::content::File;
use crate::facts::{Facts, Problem};
use crate::formats::lock_graph::LockGraph;
use crate::formats::python_metadata::normal_name;
use crate::formats::source_text::lock_bytes;
use crate::formats::{Format, FormatError, Wants};
use batten_model::{PackageKind, Scope};
use requirement::Requirement;
use std::borrow::Cow;

/// Where projects keep several requirements files in a folder of that name.
const FOLDER: &str = "requirements";

pub(crate) const FORMAT: Format = Format {
    name: "requirements_txt",
    version: 1,
    wants: &[
        Wants::Containing("requirements", ".txt"),
        Wants::FolderSuffix(FOLDER, "base.txt"),
        Wants::FolderSuffix(FOLDER, "ci.txt"),
        Wants::FolderSuffix(FOLDER, "common.txt"),
        Wants::FolderSuffix(FOLDER, "dev.txt"),
        Wants::FolderSuffix(FOLDER, "development.txt"),
        Wants::FolderSuffix(FOLDER, "docs.txt"),
        Wants::FolderSuffix(FOLDER, "local.txt"),
        Wants::FolderSuffix(FOLDER, "main.txt"),
        Wants::FolderSuffix(FOLDER, "prod.txt"),
        Wants::FolderSuffix(FOLDER, "production.txt"),
        Wants::FolderSuffix(FOLDER, "test.txt"),
        Wants::FolderSuffix(FOLDER, "tests.txt"),
    ],
    database: false,
    parse,
};

const WORDS: &str = "requirements file";
/// Words in a file's name that say that it is for development.
const DEVELOPMENT: [&str; 6] = ["dev", "test", "doc", "lint", "ci", "build"];

pub(crate) fn parse(file: &File<'_>) -> Result<Facts, FormatError> {
    let bytes = lock_bytes(file)?;
    let text = decode(&bytes);
    let mut graph = LockGraph::new(FORMAT.name, file.path, PackageKind::Pypi);
    let scope = scope(file);
    let (mut good, mut first_bad) = (0_usize, None);
    let mut includes: Vec<String> = Vec::new();
    for (line, text) in logical_lines(&text) {
        match requirement::read(&text) {
            Requirement::Pinned(name, version) => {
                let number = graph.add(normal_name(name), version, Some(line))?;
                if let Some(package) = graph.package_mut(number) {
                    package.scope = scope;
                }
                good += 1;
            }
            Requirement::Unpinned(name) => {
                graph.unversioned(name);
                good += 1;
            }
            Requirement::Include(path) => includes.push(path.to_owned()),
            Requirement::Nothing => {}
            Requirement::Unreadable => {
                first_bad = first_bad.or(Some(line));
                graph.unreadable(Some(line), "the line is no requirement", "该行不是依赖声明");
            }
        }
    }
    if let (0, Some(line)) = (good, first_bad) {
        let reason = "it has no requirement".to_owned();
        return Err(FormatError::Malformed { format: WORDS, reason, place: format!("line {line}") });
    }
    let mut facts = graph.finish();
    facts
        .problems
        .extend(includes.iter().filter(|path| !is_read(path)).take(20).map(|p| not_read(file.path, p)));
    Ok(facts)
}

/// The text in one of the encodings that pip knows: a byte order mark tells UTF-16, which PowerShell's `>` writes.
fn decode(bytes: &[u8]) -> Cow<'_, str> {
    let utf16 = |units: &[u8], unit: fn([u8; 2]) -> u16| {
        let units: Vec<u16> = units.as_chunks::<2>().0.iter().map(|pair| unit(*pair)).collect();
        Cow::Owned(String::from_utf16_lossy(&units))
    };
    match bytes {
        [0xff, 0xfe, rest @ ..] => utf16(rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => utf16(rest, u16::from_be_bytes),
        [0xef, 0xbb, 0xbf, rest @ ..] => String::from_utf8_lossy(rest),
        _ => String::from_utf8_lossy(bytes),
    }
}

/// Lines joined where a backslash ends them, without comments, as pip's `req_file.py` does; with the number of
/// their first line.
fn logical_lines(text: &str) -> impl Iterator<Item = (u32, Cow<'_, str>)> {
    let mut lines = (1u32..).zip(text.lines());
    std::iter::from_fn(move || {
        let (number, first) = lines.next()?;
        let mut joined = Cow::Borrowed(first);
        let mut last = first;
        while let Some(front) = last.strip_suffix('\\').filter(|_| !last.trim_start().starts_with('#')) {
            let kept = joined.len() - (last.len() - front.len());
            let owned = joined.to_mut();
            owned.truncate(kept);
            let Some((_, more)) = lines.next() else { break };
            // A comment between continued lines ends them.
            owned.push_str(if more.trim_start().starts_with('#') { " " } else { "" });
            owned.push_str(more);
            last = more;
        }
        Some((number, joined))
    })
    .map(|(number, line)| (number, without_comment(line)))
}

/// Without what stands behind a `#` at the begin or behind a blank.
fn without_comment(line: Cow<'_, str>) -> Cow<'_, str> {
    let bytes = line.as_bytes();
    let comment = memchr::memchr_iter(b'#', bytes)
        .find(|&place| place == 0 || bytes.get(place - 1).is_some_and(u8::is_ascii_whitespace));
    match (comment, line) {
        (None, line) => line,
        (Some(place), Cow::Borrowed(line)) => Cow::Borrowed(line.get(..place).unwrap_or_default()),
        (Some(place), Cow::Owned(mut line)) => {
            line.truncate(place);
            Cow::Owned(line)
        }
    }
}

/// `requirements-dev.txt`, `test-requirements.txt`, `requirements/docs.txt` are for development.
fn scope(file: &File<'_>) -> Scope {
    let words = file.name().split(|c: char| !c.is_ascii_alphabetic()).map(str::to_ascii_lowercase);
    let is_development = |word: String| {
        DEVELOPMENT.iter().any(|wanted| word == *wanted || word.strip_suffix('s') == Some(wanted))
            || word == "development"
            || word == "testing"
    };
    if words.into_iter().any(is_development) { Scope::Development } else { Scope::Runtime }
}

/// Whether an included file is one that this format reads by its name.
fn is_read(path: &str) -> bool {
    let path = path.trim_start_matches("./");
    let in_folder = format!("{FOLDER}/{path}");
    // A file beside one in a requirements folder may be read by its folder's name; then nothing is missed.
    FORMAT.wants.iter().any(|wants| wants.takes(path) || wants.takes(&in_folder))
}

fn not_read(path: &str, included: &str) -> Problem {
    let included: String = included.chars().take(200).collect();
    Problem {
        code: "include-not-read".to_owned(),
        target: path.to_owned(),
        en: format!(
            "{path} includes {included}, whose requirements are not listed: its name is not that of a requirements file"
        ),
        zh: format!("{path} 引用了 {included}，其中的依赖未列出：该文件名不是依赖文件的名称"),
        fatal: false,
    }
}

#[cfg(test)]
mod tests;
