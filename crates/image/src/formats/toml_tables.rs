//! TOML lock files that are lists of tables: the tables in their order with their lines, and their texts.
//!
//! A lock file is read table by table, not as a whole: the tree of one table is small, that of a large file is some
//! thirty times the file, and one bad table does not lose the others.

use crate::formats::FormatError;
use crate::formats::source_text::Lines;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// The list at the end of older files that holds the hashes of all packages, which nobody reads: Poetry and PDM, and
/// Cargo's version 1.
const HASHES: [&str; 3] = ["[metadata.files]", "[metadata.hashes]", "[metadata]\n\"checksum "];

/// The parts of a document: what stands before the first `[[key]]`, then one part for each, then what belongs to the
/// file as a whole (`[metadata]`); with their places. A list of all packages' hashes is left out.
pub(crate) fn parts<'t>(text: &'t str, key: &str) -> impl Iterator<Item = (usize, &'t str)> {
    let header = format!("[[{key}]]");
    let lines_with = |front: &str| -> Vec<usize> {
        let found = memchr::memmem::find_iter(text.as_bytes(), front.as_bytes());
        found.filter(|&place| place == 0 || text.as_bytes().get(place - 1) == Some(&b'\n')).collect()
    };
    let mut starts = lines_with(&header);
    let first = starts.first().copied().unwrap_or(text.len());
    starts.extend(lines_with("[metadata").into_iter().filter(|place| *place > first));
    starts.sort_unstable();
    let ends: Vec<usize> = starts.iter().copied().chain([text.len()]).collect();
    [0].into_iter()
        .chain(starts)
        .zip(ends)
        .filter_map(move |(start, end)| Some((start, text.get(start..end)?)))
        .filter(|(_, part)| !HASHES.iter().any(|list| part.starts_with(list)))
}

/// Reads a document; `words` names the format in the error.
pub(crate) fn read<'a>(text: &'a str, words: &'static str) -> Result<Spanned<DeTable<'a>>, FormatError> {
    DeTable::parse(text).map_err(|error| FormatError::Malformed {
        format: words,
        reason: error.message().chars().take(200).collect(),
        place: format!("line {}", Lines::new(text).of(error.span().map_or(0, |span| span.start))),
    })
}

/// The tables of the list `key` in the order of the file; none where the key is absent.
pub(crate) fn tables<'t, 'a>(
    document: &'t DeTable<'a>,
    key: &str,
    words: &'static str,
) -> Result<Vec<&'t Spanned<DeValue<'a>>>, FormatError> {
    let mut tables: Vec<&Spanned<DeValue<'a>>> = match document.get(key).map(Spanned::get_ref) {
        Some(DeValue::Array(tables)) => tables.iter().collect(),
        None => Vec::new(),
        Some(_) => {
            let reason = format!("`{key}` is no list of tables");
            return Err(FormatError::Malformed { format: words, reason, place: key.to_owned() });
        }
    };
    tables.sort_by_key(|table| table.span().start);
    Ok(tables)
}

/// The text of a key, where it is one and not empty.
pub(crate) fn text<'t>(table: &'t DeTable<'_>, key: &str) -> Option<&'t str> {
    table.get(key).and_then(|value| value.get_ref().as_str()).filter(|text| !text.is_empty())
}

/// The table of a key.
pub(crate) fn table<'t, 'a>(table: &'t DeTable<'a>, key: &str) -> Option<&'t DeTable<'a>> {
    table.get(key).and_then(|value| value.get_ref().as_table())
}

/// The elements of a key's array; none for anything else.
pub(crate) fn list<'t, 'a>(table: &'t DeTable<'a>, key: &str) -> impl Iterator<Item = &'t DeValue<'a>> {
    let items = match table.get(key).map(Spanned::get_ref) {
        Some(DeValue::Array(items)) => Some(items),
        _ => None,
    };
    items.into_iter().flat_map(|items| items.iter()).map(Spanned::get_ref)
}

/// Whether the key's value is `true`.
pub(crate) fn flag(table: &DeTable<'_>, key: &str) -> bool {
    table.get(key).and_then(|value| value.get_ref().as_bool()).unwrap_or(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_a_document() {
        let text = "a = 1\n[[p]]\nb = \"[[p]]\"\n[p.x]\n[[p]]\r\nc = 3";
        let found: Vec<_> = parts(text, "p").collect();
        assert_eq!(found, [(0, "a = 1\n"), (6, "[[p]]\nb = \"[[p]]\"\n[p.x]\n"), (30, "[[p]]\r\nc = 3")]);
        assert_eq!(parts("[[p]]", "p").collect::<Vec<_>>(), [(0, ""), (0, "[[p]]")]);
        let text = "[metadata]\nx = 1\n[[p]]\n[metadata]\ny = 1\n[metadata.files]\nz = []\n";
        let found: Vec<_> = parts(text, "p").map(|(_, part)| part).collect();
        assert_eq!(found, ["[metadata]\nx = 1\n", "[[p]]\n", "[metadata]\ny = 1\n"]);
    }
}
