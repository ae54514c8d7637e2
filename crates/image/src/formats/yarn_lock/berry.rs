//! Yarn 2 and later: a YAML mapping from descriptors to what they resolve to.

use super::{Answers, WORDS, descriptor_name};
use crate::formats::FormatError;
use crate::formats::lock_graph::LockGraph;
use crate::formats::yaml_tree::{self, Node};
use batten_model::Scope;
use std::collections::HashMap;

/// The descriptor, its fields.
const ENTRY_LEVEL: usize = 2;

/// What one entry is.
enum Entry {
    /// A workspace of the project: its needs are what the project asks for.
    Workspace,
    Package(usize),
    /// A link, a portal, or an entry that cannot be used.
    Other,
}

/// Reads a whole lock file into `graph`.
pub(super) fn read_lock(text: &str, graph: &mut LockGraph<'_>) -> Result<(), FormatError> {
    let Some(root) = yaml_tree::read(text, WORDS, ENTRY_LEVEL)? else { return Ok(()) };
    let mut entries: Vec<(&Node<'_>, Entry)> = Vec::with_capacity(root.pairs().len());
    let mut answers: Answers<'_> = HashMap::with_capacity(root.pairs().len());
    for (key, value) in root.pairs() {
        let Some(descriptors) = key.text().filter(|key| *key != "__metadata") else { continue };
        let entry = add(key.line, value, graph)?;
        let number = match entry {
            Entry::Package(number) => Some(number),
            _ => None,
        };
        for descriptor in descriptors.split(", ") {
            // A patched package answers beside the original; the first one serves for the graph.
            let slot = answers.entry(descriptor).or_insert(number);
            *slot = slot.or(number);
        }
        entries.push((value, entry));
    }
    for (value, entry) in &entries {
        connect(value, entry, &answers, graph);
    }
    Ok(())
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

fn connect(value: &Node<'_>, entry: &Entry, answers: &Answers<'_>, graph: &mut LockGraph<'_>) {
    let meta = value.get("dependenciesMeta");
    let Some(needs) = value.get("dependencies") else { return };
    for (name, range) in needs.pairs() {
        let (Some(name), Some(range)) = (name.text(), range.text()) else { continue };
        let Some(to) = answer(name, range, answers) else { continue };
        let optional = meta.and_then(|meta| meta.get(name)).is_some_and(|meta| meta.flag("optional"));
        match entry {
            Entry::Workspace => graph.want(if optional { Scope::Optional } else { Scope::Runtime }, to),
            Entry::Package(from) => graph.edge(*from, to, optional),
            Entry::Other => {}
        }
    }
}

/// The package that answers a need. Files of Yarn 2 and 3 leave the `npm:` out where it is meant.
fn answer(name: &str, range: &str, answers: &Answers<'_>) -> Option<usize> {
    let found = answers.get(format!("{name}@{range}").as_str());
    found.or_else(|| answers.get(format!("{name}@npm:{range}").as_str())).copied().flatten()
}
