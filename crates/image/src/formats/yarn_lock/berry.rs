//! Yarn 2 and later: a YAML mapping from descriptors to what they resolve to.

use super::{Answers, WORDS, descriptor_name};
use crate::formats::FormatError;
use crate::formats::lock_graph::LockGraph;
use crate::formats::names::Name;
use crate::formats::yaml_tree::{self, Entries, Node};
use batten_model::Scope;

/// What one entry is.
#[derive(Clone, Copy)]
enum Entry {
    /// A workspace of the project: its needs are what the project asks for.
    Workspace,
    Package(u32),
    /// A link, a portal, or an entry that cannot be used.
    Other,
}

/// A need of an entry, resolved when all are known.
struct Need {
    from: Entry,
    descriptor: Name,
    optional: bool,
}

/// Reads a whole lock file.
pub(super) fn read_lock<'a>(
    text: &str,
    new_graph: impl Fn() -> LockGraph<'a>,
) -> Result<LockGraph<'a>, FormatError> {
    let mut reader = Reader { graph: new_graph(), new_graph, answers: Answers::default(), needs: Vec::new() };
    yaml_tree::read(text, WORDS, &[], &mut reader)?;
    let Reader { mut graph, answers, needs, .. } = reader;
    for need in &needs {
        let Some(to) = answers.package(need.descriptor).or_else(|| with_protocol(need, &answers)) else {
            continue;
        };
        match need.from {
            Entry::Workspace => {
                graph.want(if need.optional { Scope::Optional } else { Scope::Runtime }, to);
            }
            Entry::Package(from) => graph.edge(from, to, need.optional),
            Entry::Other => {}
        }
    }
    Ok(graph)
}

/// Files of Yarn 2 and 3 leave the `npm:` out where it is meant.
fn with_protocol(need: &Need, answers: &Answers) -> Option<u32> {
    if answers.is_known(need.descriptor) {
        return None;
    }
    let (name, range) = descriptor_name(answers.names.text(need.descriptor))?;
    answers.package(answers.names.known(&format!("{name}@npm:{range}"))?)
}

/// A lock file while its entries come.
struct Reader<'a, G> {
    graph: LockGraph<'a>,
    new_graph: G,
    answers: Answers,
    needs: Vec<Need>,
}

impl<'a, G: Fn() -> LockGraph<'a>> Entries for Reader<'a, G> {
    fn document(&mut self) {
        self.graph = (self.new_graph)();
        self.answers = Answers::default();
        self.needs.clear();
    }

    fn entry(&mut self, _: Option<&str>, key: &Node<'_>, value: &Node<'_>) -> Result<(), FormatError> {
        let Some(descriptors) = key.text().filter(|key| *key != "__metadata") else { return Ok(()) };
        let entry = add(key.line, value, &mut self.graph)?;
        let number = match entry {
            Entry::Package(number) => Some(number),
            _ => None,
        };
        for descriptor in descriptors.split(", ") {
            // A patched package answers beside the original; the first one serves for the graph.
            self.answers.first(descriptor, number);
        }
        self.take_needs(entry, value);
        Ok(())
    }
}

impl<G> Reader<'_, G> {
    fn take_needs(&mut self, from: Entry, value: &Node<'_>) {
        let meta = value.get("dependenciesMeta");
        let Some(needs) = value.get("dependencies").filter(|_| !matches!(from, Entry::Other)) else { return };
        let mut descriptor = String::new();
        for (name, range) in needs.pairs() {
            let (Some(name), Some(range)) = (name.text(), range.text()) else { continue };
            let optional = meta.and_then(|meta| meta.get(name)).is_some_and(|meta| meta.flag("optional"));
            let descriptor = self.answers.descriptor(name, range, &mut descriptor);
            self.needs.push(Need { from, descriptor, optional });
        }
    }
}

fn add(line: u32, value: &Node<'_>, graph: &mut LockGraph<'_>) -> Result<Entry, FormatError> {
    let resolution = value.get_text("resolution").and_then(descriptor_name);
    let Some((name, source)) = resolution else {
        graph.unreadable(Some(line), "the entry has no resolution", "该条目没有 resolution 字段");
        return Ok(Entry::Other);
    };
    if source.starts_with("workspace:") {
        return Ok(Entry::Workspace);
    }
    if value.get_text("linkType") == Some("soft")
        || source.starts_with("link:")
        || source.starts_with("portal:")
    {
        return Ok(Entry::Other);
    }
    match value.get_text("version") {
        Some(version) if version != "0.0.0-use.local" => {
            graph.add(name, version, Some(line)).map(Entry::Package)
        }
        _ => {
            graph.unversioned(name);
            Ok(Entry::Other)
        }
    }
}
