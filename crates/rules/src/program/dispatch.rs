//! From the value of a field to the conditions that it can make true.

use super::keys::Relation;
use super::text_set::TextMap;
use crate::catalogue::FieldRef;
use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};
use std::collections::BTreeMap;

/// Conditions filed under texts of one field.
#[derive(Debug)]
pub(crate) struct Dispatch {
    pub(crate) field: FieldRef,
    finder: Finder,
    /// For each text where its conditions begin in `conditions`; one more at the end.
    starts: Vec<u32>,
    conditions: Vec<u32>,
}

#[derive(Debug)]
enum Finder {
    Equal(TextMap),
    Prefix(Prefixes),
    /// Of texts read from their end.
    Suffix(Prefixes),
    Inside(Box<AhoCorasick>),
}

impl Dispatch {
    /// Files conditions under their texts; `None` where no finder can be made of them.
    pub(crate) fn new(
        field: FieldRef,
        relation: Relation,
        filed: &BTreeMap<&[u8], Vec<u32>>,
    ) -> Option<Dispatch> {
        let texts: Vec<&[u8]> = filed.keys().copied().collect();
        let finder = match relation {
            Relation::Equal => {
                Finder::Equal(TextMap::new(texts.iter().copied().zip(0..).collect::<Vec<_>>().into_iter()))
            }
            Relation::Prefix => Finder::Prefix(Prefixes::new(texts.iter().map(|text| text.iter()))),
            Relation::Suffix => Finder::Suffix(Prefixes::new(texts.iter().map(|text| text.iter().rev()))),
            Relation::Inside => {
                let bytes: usize = texts.iter().map(|text| text.len()).sum();
                // The faster kind takes a kilobyte for each byte of a text.
                let kind = (bytes < 4096).then_some(AhoCorasickKind::DFA);
                let automaton =
                    AhoCorasick::builder().match_kind(MatchKind::Standard).kind(kind).build(&texts);
                Finder::Inside(Box::new(automaton.ok()?))
            }
        };
        let (mut starts, mut conditions) = (vec![0], Vec::new());
        for all in filed.values() {
            conditions.extend_from_slice(all);
            starts.push(u32::try_from(conditions.len()).ok()?);
        }
        Some(Dispatch { field, finder, starts, conditions })
    }

    /// Appends the conditions that a value can make true; some perhaps twice.
    pub(crate) fn find(&self, value: &[u8], out: &mut Vec<u32>) {
        match &self.finder {
            Finder::Equal(map) => self.append(map.get(value), out),
            Finder::Prefix(prefixes) => prefixes.each(value.iter(), |text| self.append(Some(text), out)),
            Finder::Suffix(suffixes) => {
                suffixes.each(value.iter().rev(), |text| self.append(Some(text), out))
            }
            Finder::Inside(automaton) => {
                for found in automaton.find_overlapping_iter(value) {
                    self.append(Some(found.pattern().as_u32()), out);
                }
            }
        }
    }

    fn append(&self, text: Option<u32>, out: &mut Vec<u32>) {
        let bounds = text.and_then(|text| self.starts.get(text as usize..text as usize + 2));
        if let Some([start, end]) = bounds {
            out.extend_from_slice(self.conditions.get(*start as usize..*end as usize).unwrap_or_default());
        }
    }
}

/// Texts in a tree of bytes: all that a value begins with are found in one walk.
#[derive(Debug, Default)]
struct Prefixes {
    nodes: Vec<Branch>,
}

#[derive(Debug, Default, Clone)]
struct Branch {
    /// The text that ends here.
    text: Option<u32>,
    /// Bytes that follow, sorted, each with its branch.
    next: Vec<(u8, u32)>,
}

impl Prefixes {
    fn new<'t>(texts: impl Iterator<Item = impl Iterator<Item = &'t u8>>) -> Prefixes {
        let mut nodes = vec![Branch::default()];
        for (text, number) in texts.zip(0..) {
            let mut at = 0_usize;
            for byte in text {
                let new = u32::try_from(nodes.len()).unwrap_or(u32::MAX);
                let Some(branch) = nodes.get_mut(at) else { break };
                at = match branch.next.binary_search_by_key(byte, |(byte, _)| *byte) {
                    Ok(found) => branch.next.get(found).map_or(0, |(_, next)| *next as usize),
                    Err(place) => {
                        branch.next.insert(place, (*byte, new));
                        nodes.push(Branch::default());
                        new as usize
                    }
                };
            }
            if let Some(branch) = nodes.get_mut(at) {
                branch.text = Some(number);
            }
        }
        Prefixes { nodes }
    }

    fn each<'v>(&self, value: impl Iterator<Item = &'v u8>, mut found: impl FnMut(u32)) {
        let mut at = 0_usize;
        for byte in value {
            let Some(branch) = self.nodes.get(at) else { return };
            if let Some(text) = branch.text {
                found(text);
            }
            match branch.next.as_slice() {
                [(only, next)] if only == byte => at = *next as usize,
                next => match next.binary_search_by_key(byte, |(byte, _)| *byte) {
                    Ok(place) => at = next.get(place).map_or(usize::MAX, |(_, next)| *next as usize),
                    Err(_) => return,
                },
            }
        }
        if let Some(text) = self.nodes.get(at).and_then(|branch| branch.text) {
            found(text);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::Field;

    fn found(relation: Relation, value: &str) -> Vec<u32> {
        let filed: BTreeMap<&[u8], Vec<u32>> =
            [(&b"/etc/"[..], vec![1, 2]), (b"/etc/ssh", vec![3]), (b"/var", vec![4])].into();
        let mut out = Vec::new();
        Dispatch::new(FieldRef::plain(Field::FdName), relation, &filed)
            .unwrap()
            .find(value.as_bytes(), &mut out);
        out.sort_unstable();
        out
    }

    #[test]
    fn values_find_their_conditions() {
        assert_eq!(found(Relation::Equal, "/var"), [4]);
        assert!(found(Relation::Equal, "/var/").is_empty());
        assert_eq!(found(Relation::Prefix, "/etc/ssh/x"), [1, 2, 3]);
        assert_eq!(found(Relation::Prefix, "/etc/ssh"), [1, 2, 3]);
        assert_eq!(found(Relation::Prefix, "/etc/s"), [1, 2]);
        assert!(found(Relation::Prefix, "/et").is_empty() && found(Relation::Prefix, "").is_empty());
        assert_eq!(found(Relation::Suffix, "/x/etc/ssh"), [3]);
        assert_eq!(found(Relation::Suffix, "/var/etc/"), [1, 2]);
        assert!(found(Relation::Suffix, "/var/x").is_empty());
        assert_eq!(found(Relation::Inside, "x/etc/ssh/var"), [1, 2, 3, 4]);
    }
}
