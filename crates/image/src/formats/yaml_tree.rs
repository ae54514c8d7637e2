//! YAML 1.2 as a tree with line numbers: what the lock files of pnpm and Yarn need of it.
//!
//! Scalars stay text: `version: 1.10` is `1.10`, never a number. Of several documents the last mapping counts (pnpm
//! writes its own tools' lock in front). Anchors, which no lock file has, read as absent where they are used.

use crate::formats::FormatError;
use saphyr_parser::{Event, Parser};
use std::borrow::Cow;

/// Deepest nesting that is read; lock files have fewer than ten levels.
const MAX_DEPTH: usize = 64;
/// Most nodes that are kept.
const MAX_NODES: usize = 8_000_000;

/// Fields that no reader uses, and that make up most of a lock file; they are not kept.
const UNUSED: &[&str] = &[
    "bin",
    "checksum",
    "conditions",
    "cpu",
    "deprecated",
    "engines",
    "hasBin",
    "integrity",
    "languageName",
    "libc",
    "os",
    "peerDependencies",
    "peerDependenciesMeta",
    "requiresBuild",
    "specifier",
    "specifiers",
    "tarball",
];

/// A value with the line on which it begins.
#[derive(Debug, Clone)]
pub(crate) struct Node<'a> {
    /// From 1.
    pub(crate) line: u32,
    /// The value.
    pub(crate) value: Value<'a>,
}

/// What a node is.
#[derive(Debug, Clone)]
pub(crate) enum Value<'a> {
    /// A scalar, with quotes and escapes resolved.
    Text(Cow<'a, str>),
    /// A sequence.
    List(Vec<Node<'a>>),
    /// A mapping in its order, duplicate keys too.
    Map(Vec<(Node<'a>, Node<'a>)>),
}

impl<'a> Node<'a> {
    /// The scalar.
    pub(crate) fn text(&self) -> Option<&str> {
        match &self.value {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The mapping's pairs; none for other values.
    pub(crate) fn pairs(&self) -> &[(Node<'a>, Node<'a>)] {
        match &self.value {
            Value::Map(pairs) => pairs,
            _ => &[],
        }
    }

    /// The value of a key, by a search: for small mappings.
    pub(crate) fn get(&self, key: &str) -> Option<&Node<'a>> {
        self.pairs().iter().find(|(k, _)| k.text() == Some(key)).map(|(_, value)| value)
    }

    /// The scalar of a key, where it is not empty.
    pub(crate) fn get_text(&self, key: &str) -> Option<&str> {
        self.get(key).and_then(Node::text).filter(|text| !text.is_empty())
    }

    /// Whether the key's value is `true`.
    pub(crate) fn flag(&self, key: &str) -> bool {
        self.get_text(key) == Some("true")
    }
}

/// A sequence or mapping that is not complete yet.
struct Open<'a> {
    node: Node<'a>,
    /// A mapping's key that waits for its value.
    key: Option<Node<'a>>,
}

impl<'a> Open<'a> {
    fn close(mut self) -> Node<'a> {
        match &mut self.node.value {
            Value::List(items) => items.shrink_to_fit(),
            Value::Map(pairs) => pairs.shrink_to_fit(),
            Value::Text(_) => {}
        }
        self.node
    }

    /// Takes a child; `fields` where the children are the fields of an entry.
    fn take(&mut self, child: Node<'a>, fields: bool) {
        match &mut self.node.value {
            Value::List(items) => items.push(child),
            Value::Map(pairs) => match self.key.take() {
                Some(key) if fields && key.text().is_some_and(|key| UNUSED.contains(&key)) => {}
                Some(key) => pairs.push((key, child)),
                None => self.key = Some(child),
            },
            Value::Text(_) => {}
        }
    }
}

/// Reads the last document that is a mapping; `None` where there is none. `entry_level` is the level of the mappings
/// whose unused fields are dropped; the outermost mapping has level 1.
pub(crate) fn read<'a>(
    text: &'a str,
    words: &'static str,
    entry_level: usize,
) -> Result<Option<Node<'a>>, FormatError> {
    let mut found = None;
    let mut open: Vec<Open<'a>> = Vec::new();
    let mut nodes = 0_usize;
    for event in Parser::new_from_str(text) {
        let (event, span) = event.map_err(|error| FormatError::Malformed {
            format: words,
            reason: error.info().chars().take(200).collect(),
            place: format!("line {} column {}", error.marker().line(), error.marker().col() + 1),
        })?;
        let line = u32::try_from(span.start.line()).unwrap_or(u32::MAX);
        let done = match event {
            Event::Scalar(text, ..) => Some(Node { line, value: Value::Text(text) }),
            Event::Alias(_) => Some(Node { line, value: Value::Text(Cow::Borrowed("")) }),
            Event::SequenceStart(..) => begin(&mut open, line, Value::List(Vec::new()))?,
            Event::MappingStart(..) => begin(&mut open, line, Value::Map(Vec::new()))?,
            Event::SequenceEnd | Event::MappingEnd => open.pop().map(Open::close),
            _ => None,
        };
        let Some(done) = done else { continue };
        nodes += 1;
        if nodes > MAX_NODES {
            return Err(FormatError::Limit { limit: MAX_NODES as u64, unit: "entries" });
        }
        let fields = open.len() == entry_level;
        match open.last_mut() {
            Some(parent) => parent.take(done, fields),
            None if matches!(done.value, Value::Map(_)) => found = Some(done),
            None => {}
        }
    }
    Ok(found)
}

fn begin<'a>(open: &mut Vec<Open<'a>>, line: u32, value: Value<'a>) -> Result<Option<Node<'a>>, FormatError> {
    if open.len() >= MAX_DEPTH {
        return Err(FormatError::Limit { limit: MAX_DEPTH as u64, unit: "levels" });
    }
    open.push(Open { node: Node { line, value }, key: None });
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trees_with_lines() {
        let text = "a: 1.10\n'b c': {x: \"y\\n\", z: [p, q]}\n? long\n: - k: v\n";
        let root = read(text, "x", 2).unwrap().unwrap();
        assert_eq!(root.get_text("a"), Some("1.10"));
        assert_eq!(root.get("b c").unwrap().get_text("x"), Some("y\n"));
        assert_eq!(root.pairs()[1].0.line, 2);
        assert!(
            matches!(&root.get("long").unwrap().value, Value::List(items) if items[0].get_text("k") == Some("v"))
        );
    }

    #[test]
    fn the_last_document_counts() {
        let root = read("---\na: 1\n---\na: 2\n", "x", 2).unwrap().unwrap();
        assert_eq!(root.get_text("a"), Some("2"));
        assert!(read("", "x", 2).unwrap().is_none());
        assert!(read("- 1", "x", 2).unwrap().is_none());
    }

    #[test]
    fn unused_fields_are_dropped_from_entries_alone() {
        let root = read("a: {os: x, needs: {os: 1}}\nos: {b: c}\n", "x", 2).unwrap().unwrap();
        assert!(root.get("a").unwrap().get("os").is_none() && root.get("os").is_some());
        assert_eq!(root.get("a").unwrap().get("needs").unwrap().get_text("os"), Some("1"));
    }

    #[test]
    fn bad_and_deep_documents_are_errors() {
        assert!(read("a: b\n  c: [", "x", 2).unwrap_err().to_string().contains("line"));
        let deep = "[".repeat(100_000);
        assert!(read(&deep, "x", 2).is_err());
        let bomb = "a: &a [1]\nb: [*a, *a]\n";
        assert!(read(bomb, "x", 2).is_ok());
    }
}
