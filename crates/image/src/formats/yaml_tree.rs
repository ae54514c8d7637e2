//! YAML 1.2, entry by entry, each a tree with line numbers: what the lock files of pnpm and Yarn need of it. The
//! tree of a whole file would take some ten times the file.
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

/// What takes the entries of a document as they come, so that no tree of the whole is needed.
pub(crate) trait Entries {
    /// A mapping begins as a document of its own: what earlier documents held does not count.
    fn document(&mut self);

    /// A pair of the outermost mapping, or of the mapping that it has under the key `section`.
    fn entry(&mut self, section: Option<&str>, key: &Node<'_>, value: &Node<'_>) -> Result<(), FormatError>;
}

/// Reads a text and gives the pairs of its outermost mappings to `entries`. The pairs of `sections`, which are keys of
/// the outermost mapping, come one by one, and then the section itself as an empty mapping.
pub(crate) fn read(
    text: &str,
    words: &'static str,
    sections: &[&str],
    entries: &mut dyn Entries,
) -> Result<(), FormatError> {
    let mut open: Vec<Open<'_>> = Vec::new();
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
            Event::MappingStart(..) => {
                if open.is_empty() {
                    entries.document();
                }
                begin(&mut open, line, Value::Map(Vec::new()))?
            }
            Event::SequenceEnd | Event::MappingEnd => open.pop().map(|open| open.node),
            _ => None,
        };
        let Some(done) = done else { continue };
        nodes += 1;
        if nodes > MAX_NODES {
            return Err(FormatError::Limit { limit: MAX_NODES as u64, unit: "entries" });
        }
        take(&mut open, done, sections, entries)?;
    }
    Ok(())
}

/// Puts a complete node where it belongs: in the collection around it, or with its key to `entries`.
fn take<'a>(
    open: &mut [Open<'a>],
    done: Node<'a>,
    sections: &[&str],
    entries: &mut dyn Entries,
) -> Result<(), FormatError> {
    let fields = open.len() == if sections.is_empty() { 2 } else { 3 };
    match open {
        [root] => match root.key.take() {
            Some(key) => return entries.entry(None, &key, &done),
            None if matches!(root.node.value, Value::Map(_)) => root.key = Some(done),
            // An outermost list is of no use to anyone.
            None => {}
        },
        [root, inner] => {
            let section = root.key.as_ref().and_then(Node::text).filter(|key| sections.contains(key));
            match (section, inner.key.take_if(|_| section.is_some())) {
                (Some(section), Some(key)) => return entries.entry(Some(section), &key, &done),
                _ => inner.take(done, fields),
            }
        }
        [.., parent] => parent.take(done, fields),
        [] => {}
    }
    Ok(())
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

    /// What came: section, key, line and value as text.
    #[derive(Default)]
    struct Seen(Vec<String>);

    impl Entries for Seen {
        fn document(&mut self) {
            self.0.clear();
        }

        fn entry(
            &mut self,
            section: Option<&str>,
            key: &Node<'_>,
            value: &Node<'_>,
        ) -> Result<(), FormatError> {
            let section = section.map_or(String::new(), |section| format!("{section}/"));
            let key = key.text().unwrap_or("?").to_owned() + &format!(":{}", key.line);
            self.0.push(format!("{section}{key} {}", shown(value)));
            Ok(())
        }
    }

    fn shown(node: &Node<'_>) -> String {
        match &node.value {
            Value::Text(text) => format!("{text:?}"),
            Value::List(items) => format!("{:?}", items.iter().map(shown).collect::<Vec<_>>()),
            Value::Map(pairs) => {
                let pairs = pairs.iter().map(|(key, value)| format!("{}={}", shown(key), shown(value)));
                format!("({})", pairs.collect::<Vec<_>>().join(" "))
            }
        }
    }

    fn seen(text: &str, sections: &[&str]) -> Vec<String> {
        let mut seen = Seen::default();
        read(text, "x", sections, &mut seen).unwrap();
        seen.0
    }

    #[test]
    fn trees_with_lines() {
        let text = "a: 1.10\n'b c': {x: \"y\\n\"}\n? long\n: - k: v\n[q]: z\n";
        let found =
            ["a:1 \"1.10\"", "b c:2 (\"x\"=\"y\\n\")", "long:3 [\"(\\\"k\\\"=\\\"v\\\")\"]", "?:5 \"z\""];
        assert_eq!(seen(text, &[]), found);
    }

    #[test]
    fn sections_come_pair_by_pair() {
        let text = "v: 9\np:\n  a: {os: x, needs: {os: 1}}\n  b: c\nq: {r: s}\nw: {}\np2: [p]\n";
        let found = [
            "v:1 \"9\"",
            "p/a:3 (\"needs\"=(\"os\"=\"1\"))",
            "p/b:4 \"c\"",
            "p:2 ()",
            "q:5 (\"r\"=\"s\")",
            "w:6 ()",
        ];
        assert_eq!(seen(text, &["p", "w"])[..6], found);
    }

    #[test]
    fn the_last_mapping_counts() {
        assert_eq!(seen("---\na: 1\n---\na: 2\n--- x\n", &[]), ["a:4 \"2\""]);
        assert!(seen("", &[]).is_empty());
        assert!(seen("- 1\n- {a: b}\n", &[]).is_empty());
    }

    #[test]
    fn unused_fields_are_dropped_from_entries_alone() {
        let found = ["a:1 (\"needs\"=(\"os\"=\"1\"))", "os:2 (\"b\"=\"c\")"];
        assert_eq!(seen("a: {os: x, needs: {os: 1}}\nos: {b: c}\n", &[]), found);
    }

    #[test]
    fn bad_and_deep_documents_are_errors() {
        let read = |text: &str| read(text, "x", &[], &mut Seen::default());
        assert!(read("a: b\n  c: [").unwrap_err().to_string().contains("line"));
        assert!(read(&"[".repeat(100_000)).is_err());
        assert!(read("a: &a [1]\nb: [*a, *a]\n").is_ok());
    }
}
