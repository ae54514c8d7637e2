//! A YAML file as a tree whose nodes know their place.
//!
//! Scalars stay text. An alias shares the node that it names and counts in full against the limit of nodes, so that
//! aliases of aliases end like any other file that is too large.

use crate::limits::Limits;
use batten_model::Text;
use saphyr_parser::{Event, Parser, ScalarStyle, Span};
use std::collections::HashMap;
use std::rc::Rc;

/// A place in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Mark {
    /// From 1.
    pub(crate) line: usize,
    /// From 0, in characters.
    pub(crate) column: usize,
    /// From 0, in characters of the file.
    pub(crate) offset: usize,
}

/// How a scalar is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Style {
    /// Without quotes.
    Plain,
    /// In quotes.
    Quoted,
    /// Below a `|` or `>`.
    Block,
}

/// A value with its place.
#[derive(Debug)]
pub(crate) struct Node {
    pub(crate) at: Mark,
    pub(crate) value: Value,
    /// Nodes in it, itself included.
    weight: usize,
}

/// What a node is.
#[derive(Debug)]
pub(crate) enum Value {
    Scalar(String, Style),
    List(Vec<Rc<Node>>),
    /// In its order, repeated keys too.
    Map(Vec<(Rc<Node>, Rc<Node>)>),
}

impl Node {
    pub(crate) fn scalar(&self) -> Option<&str> {
        match &self.value {
            Value::Scalar(text, _) => Some(text),
            _ => None,
        }
    }

    pub(crate) fn is_null(&self) -> bool {
        matches!(&self.value, Value::Scalar(text, Style::Plain) if matches!(text.as_str(), "" | "~" | "null" | "Null" | "NULL"))
    }

    pub(crate) fn list(&self) -> Option<&[Rc<Node>]> {
        match &self.value {
            Value::List(items) => Some(items),
            _ => None,
        }
    }

    pub(crate) fn pairs(&self) -> Option<&[(Rc<Node>, Rc<Node>)]> {
        match &self.value {
            Value::Map(pairs) => Some(pairs),
            _ => None,
        }
    }

    /// The first value of a key.
    pub(crate) fn get(&self, key: &str) -> Option<&Rc<Node>> {
        self.pairs()?.iter().find(|(name, _)| name.scalar() == Some(key)).map(|(_, value)| value)
    }
}

/// Why a file is no YAML.
#[derive(Debug)]
pub(crate) struct YamlError {
    pub(crate) at: Mark,
    pub(crate) text: Text,
}

/// A sequence or mapping that is not complete yet.
struct Open {
    at: Mark,
    anchor: usize,
    weight: usize,
    items: Vec<Rc<Node>>,
    is_map: bool,
}

impl Open {
    fn close(self) -> Node {
        let value = if self.is_map {
            let mut pairs = Vec::with_capacity(self.items.len() / 2);
            let mut items = self.items.into_iter();
            while let (Some(key), Some(value)) = (items.next(), items.next()) {
                pairs.push((key, value));
            }
            Value::Map(pairs)
        } else {
            Value::List(self.items)
        };
        Node { at: self.at, value, weight: self.weight }
    }
}

/// Reads all documents of a file.
pub(crate) fn read(text: &str, limits: &Limits) -> Result<Vec<Rc<Node>>, YamlError> {
    let mut tree =
        Tree { limits, documents: Vec::new(), open: Vec::new(), anchors: HashMap::new(), nodes: 0 };
    for event in Parser::new_from_str(text) {
        let (event, span) = event.map_err(|error| {
            let place = error.marker();
            let reason: String = error.info().chars().take(200).collect();
            YamlError {
                at: Mark { line: place.line(), column: place.col(), offset: place.index() },
                text: Text::new(format!("not valid YAML: {reason}"), format!("不是有效的 YAML：{reason}")),
            }
        })?;
        tree.take(event, span)?;
    }
    Ok(tree.documents)
}

struct Tree<'l> {
    limits: &'l Limits,
    documents: Vec<Rc<Node>>,
    open: Vec<Open>,
    anchors: HashMap<usize, Rc<Node>>,
    nodes: usize,
}

impl Tree<'_> {
    fn take(&mut self, event: Event<'_>, span: Span) -> Result<(), YamlError> {
        let at = Mark { line: span.start.line(), column: span.start.col(), offset: span.start.index() };
        match event {
            Event::Scalar(text, style, anchor, _) => {
                let style = match style {
                    ScalarStyle::Plain => Style::Plain,
                    ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted => Style::Quoted,
                    ScalarStyle::Literal | ScalarStyle::Folded => Style::Block,
                };
                self.done(Node { at, value: Value::Scalar(text.into_owned(), style), weight: 1 }, anchor)
            }
            Event::Alias(anchor) => {
                let node = self.anchors.get(&anchor).cloned().ok_or_else(|| YamlError {
                    at,
                    text: Text::new("an alias stands inside of what it names", "别名位于其所指内容之中"),
                })?;
                self.push(node, at)
            }
            Event::SequenceStart(anchor, _) => self.begin(at, anchor, false),
            Event::MappingStart(anchor, _) => self.begin(at, anchor, true),
            Event::SequenceEnd | Event::MappingEnd => match self.open.pop() {
                Some(open) => {
                    let anchor = open.anchor;
                    self.done(open.close(), anchor)
                }
                None => Ok(()),
            },
            _ => Ok(()),
        }
    }

    fn begin(&mut self, at: Mark, anchor: usize, is_map: bool) -> Result<(), YamlError> {
        if self.open.len() >= self.limits.yaml_depth {
            let n = self.limits.yaml_depth;
            let text = Text::new(format!("nested deeper than {n} levels"), format!("嵌套超过 {n} 层"));
            return Err(YamlError { at, text });
        }
        self.open.push(Open { at, anchor, weight: 1, items: Vec::new(), is_map });
        Ok(())
    }

    fn done(&mut self, node: Node, anchor: usize) -> Result<(), YamlError> {
        let (at, node) = (node.at, Rc::new(node));
        if anchor > 0 {
            self.anchors.insert(anchor, Rc::clone(&node));
        }
        self.push(node, at)
    }

    fn push(&mut self, node: Rc<Node>, at: Mark) -> Result<(), YamlError> {
        // What an alias repeats counts each time; what is written once was counted when its parts were.
        let aliased = Rc::strong_count(&node) > 2 || self.nodes_written_elsewhere(&node, at);
        self.nodes = self.nodes.saturating_add(if aliased { node.weight } else { 1 });
        if self.nodes > self.limits.yaml_nodes {
            let n = self.limits.yaml_nodes;
            let text = Text::new(
                format!("more than {n} YAML values, aliases counted each time"),
                format!("超过 {n} 个 YAML 值（别名每次都计算）"),
            );
            return Err(YamlError { at, text });
        }
        match self.open.last_mut() {
            Some(parent) => {
                parent.weight = parent.weight.saturating_add(node.weight);
                parent.items.push(node);
            }
            None => self.documents.push(node),
        }
        Ok(())
    }

    fn nodes_written_elsewhere(&self, node: &Node, at: Mark) -> bool {
        node.at != at
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trees_have_places() {
        let documents = read("- a: 1\n  b: [x, 'y']\n---\n- c\n", &Limits::default()).unwrap();
        assert_eq!(documents.len(), 2);
        let first = &documents[0].list().unwrap()[0];
        assert_eq!(first.get("a").unwrap().scalar(), Some("1"));
        let list = first.get("b").unwrap();
        assert_eq!((list.at.line, list.at.column), (2, 5));
        assert_eq!(list.list().unwrap()[1].scalar(), Some("y"));
    }

    #[test]
    fn aliases_share_and_count() {
        let documents = read("- &a [1, 2]\n- *a\n", &Limits::default()).unwrap();
        assert_eq!(documents[0].list().unwrap()[1].list().unwrap().len(), 2);
        let mut bomb = String::from("- &a0 [x, x, x, x, x, x, x, x, x, x]\n");
        for level in 1..20 {
            let before = format!("*a{}, ", level - 1).repeat(10);
            bomb.push_str(&format!("- &a{level} [{before}]\n"));
        }
        assert!(read(&bomb, &Limits::default()).unwrap_err().text.en.contains("more than"));
        assert!(read("- &a [*a]\n", &Limits::default()).is_err());
        assert!(read(&"[".repeat(100_000), &Limits::default()).is_err());
        assert!(read("a: b\n  c: [", &Limits::default()).is_err());
    }

    #[test]
    fn nothing_is_nothing() {
        let documents = read("- tags:\n  x: ~\n  y: ''\n", &Limits::default()).unwrap();
        let item = &documents[0].list().unwrap()[0];
        assert!(item.get("tags").unwrap().is_null() && item.get("x").unwrap().is_null());
        assert!(!item.get("y").unwrap().is_null());
    }
}
