//! Version 1: entries without indentation, their fields with two spaces, their needs with four.

use super::{Answers, WORDS, descriptor_name};
use crate::formats::FormatError;
use crate::formats::lock_graph::LockGraph;
use crate::formats::names::Name;
use crate::formats::npm_lock::version_in_url;
use std::borrow::Cow;

/// One entry while its lines are read.
#[derive(Default)]
struct Entry<'t> {
    line: u32,
    /// What it answers: `name@range`, unquoted.
    descriptors: Vec<Cow<'t, str>>,
    version: Option<Cow<'t, str>>,
    resolved: Option<Cow<'t, str>>,
    /// Name, range and whether it is optional.
    needs: Vec<(Cow<'t, str>, Cow<'t, str>, bool)>,
}

/// The block of needs that a line with four spaces belongs to.
#[derive(Clone, Copy, PartialEq)]
enum Block {
    None,
    Needs { optional: bool },
}

/// Reads a whole lock file into `graph`.
pub(super) fn read_lock<'a>(text: &str, graph: LockGraph<'a>) -> Result<LockGraph<'a>, FormatError> {
    let mut reader =
        Reader { graph, answers: Answers::default(), needs: Vec::new(), descriptor: String::new() };
    entries(text, &mut reader)?;
    let Reader { mut graph, answers, needs, .. } = reader;
    for (from, descriptor, optional) in needs {
        if let Some(to) = answers.package(descriptor) {
            graph.edge(from, to, optional);
        }
    }
    Ok(graph)
}

/// A lock file while its entries come.
struct Reader<'a> {
    graph: LockGraph<'a>,
    answers: Answers,
    /// A package, what it needs, and whether that is optional; resolved when all entries are known.
    needs: Vec<(u32, Name, bool)>,
    descriptor: String,
}

impl Reader<'_> {
    /// Takes a complete entry.
    fn entry(&mut self, entry: &Entry<'_>) -> Result<(), FormatError> {
        let number = add(entry, &mut self.graph)?;
        for descriptor in &entry.descriptors {
            self.answers.last(descriptor, number);
        }
        let Some(from) = number else { return Ok(()) };
        for (name, range, optional) in &entry.needs {
            let descriptor = self.answers.descriptor(name, range, &mut self.descriptor);
            self.needs.push((from, descriptor, *optional));
        }
        Ok(())
    }
}

fn entries<'t>(text: &'t str, reader: &mut Reader<'_>) -> Result<(), FormatError> {
    let mut current: Option<Entry<'t>> = None;
    let mut block = Block::None;
    for (number, raw) in (1u32..).zip(text.lines()) {
        let line = raw.trim_end();
        let content = line.trim_start_matches(' ');
        if content.is_empty() || content.starts_with('#') {
            continue;
        }
        if ["<<<<<<<", "=======", ">>>>>>>", "|||||||"].iter().any(|mark| line.starts_with(mark)) {
            return Err(malformed("an unresolved merge conflict", number));
        }
        let indent = line.len() - content.len();
        if indent == 0 {
            let Some(key) = content.strip_suffix(':') else {
                if current.is_none() {
                    return Err(malformed("a line that is no entry of a lock file", number));
                }
                reader.graph.unreadable(Some(number), "a line that is no entry", "该行不是条目");
                continue;
            };
            let next = Entry { line: number, descriptors: words(key, true), ..Entry::default() };
            if let Some(done) = current.replace(next) {
                reader.entry(&done)?;
            }
            block = Block::None;
            continue;
        }
        let Some(entry) = &mut current else {
            return Err(malformed("a field before the first entry", number));
        };
        if indent <= 2 {
            block = field(content, entry);
        } else if let Block::Needs { optional } = block {
            let mut pair = words(content, false).into_iter();
            if let (Some(name), Some(range)) = (pair.next(), pair.next()) {
                entry.needs.push((name, range, optional));
            }
        }
    }
    current.map_or(Ok(()), |last| reader.entry(&last))
}

fn field<'t>(content: &'t str, entry: &mut Entry<'t>) -> Block {
    match content {
        "dependencies:" => return Block::Needs { optional: false },
        "optionalDependencies:" => return Block::Needs { optional: true },
        _ => {}
    }
    let mut pair = words(content, false).into_iter();
    let (key, value) = (pair.next(), pair.next());
    match key.as_deref() {
        Some("version") => entry.version = value,
        Some("resolved") => entry.resolved = value,
        _ => {}
    }
    Block::None
}

/// The words of a line, quoted (with JSON's escapes) or plain; split at commas for keys, else at spaces.
fn words(line: &str, commas: bool) -> Vec<Cow<'_, str>> {
    let mut out = Vec::new();
    let mut rest = line.trim_start_matches([' ', ',']);
    while !rest.is_empty() {
        let (word, after) = if rest.starts_with('"') { quoted(rest) } else { plain(rest, commas) };
        out.push(word);
        rest = after.trim_start_matches([' ', ',', ':']);
    }
    out
}

fn plain(text: &str, commas: bool) -> (Cow<'_, str>, &str) {
    let end = if commas { text.find(", ") } else { text.find(' ') }.unwrap_or(text.len());
    let (word, after) = text.split_at_checked(end).unwrap_or((text, ""));
    (Cow::Borrowed(word.trim_end_matches(',')), after)
}

fn quoted(text: &str) -> (Cow<'_, str>, &str) {
    let mut escaped = false;
    let end = text.bytes().enumerate().skip(1).find(|(_, byte)| {
        let closes = *byte == b'"' && !escaped;
        escaped = *byte == b'\\' && !escaped;
        closes
    });
    let Some((end, _)) = end else { return (Cow::Borrowed(text.trim_matches('"')), "") };
    let (inside, after) = (text.get(1..end).unwrap_or_default(), text.get(end + 1..).unwrap_or_default());
    if !inside.contains('\\') {
        return (Cow::Borrowed(inside), after);
    }
    let whole = text.get(..=end).unwrap_or_default();
    let unescaped = serde_json::from_str::<String>(whole).unwrap_or_else(|_| inside.to_owned());
    (Cow::Owned(unescaped), after)
}

/// Adds the entry's package, where a registry or an archive gave it.
fn add(entry: &Entry<'_>, graph: &mut LockGraph<'_>) -> Result<Option<u32>, FormatError> {
    let line = Some(entry.line);
    let Some((alias, range)) = entry.descriptors.first().and_then(|first| descriptor_name(first)) else {
        graph.unreadable(line, "the entry has no name", "该条目没有名称");
        return Ok(None);
    };
    if range.starts_with("link:") || range.starts_with("portal:") {
        return Ok(None);
    }
    let name =
        range.strip_prefix("npm:").map_or(alias, |real| descriptor_name(real).map_or(real, |(name, _)| name));
    let from_url = || entry.resolved.as_deref().and_then(|url| version_in_url(name, url));
    match entry.version.as_deref().filter(|version| !version.is_empty()).or_else(from_url) {
        Some(version) => graph.add(name, version, line).map(Some),
        None => {
            graph.unversioned(name);
            Ok(None)
        }
    }
}

fn malformed(reason: &str, line: u32) -> FormatError {
    FormatError::Malformed { format: WORDS, reason: reason.to_owned(), place: format!("line {line}") }
}
