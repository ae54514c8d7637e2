//! Advisories in sorted runs: in memory, and in unnamed temporary files when there are many.

use crate::database::wire::{Put, Take};
use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;
use std::fs::File;
use std::io::{BufReader, BufWriter, Read, Seek, Write};
use std::path::{Path, PathBuf};

/// One item: the number of its ecosystem, its package, and its advisory as bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Item {
    pub(super) ecosystem: u32,
    pub(super) package: String,
    pub(super) payload: Vec<u8>,
}

/// Takes items in any order and gives them back sorted by ecosystem's rank and package.
pub(super) struct Runs {
    folder: PathBuf,
    bound: usize,
    arena: Vec<u8>,
    items: Vec<(u32, usize)>,
    files: Vec<File>,
}

impl Runs {
    /// Holds `bound` bytes in memory; more goes to files in `folder`.
    pub(super) fn new(folder: &Path, bound: usize) -> Runs {
        Runs { folder: folder.to_owned(), bound, arena: Vec::new(), items: Vec::new(), files: Vec::new() }
    }

    /// Takes an item. `ranks` gives each ecosystem's name by number.
    pub(super) fn push(
        &mut self,
        ecosystem: u32,
        package: &str,
        payload: &[u8],
        names: &[String],
    ) -> std::io::Result<()> {
        let need = package.len() + payload.len() + 20;
        if self.arena.len() + need + self.items.len() * 16 > self.bound && !self.items.is_empty() {
            self.spill(names)?;
        }
        self.items.push((ecosystem, self.arena.len()));
        self.arena.text(package);
        self.arena.number(payload.len() as u64);
        self.arena.extend_from_slice(payload);
        Ok(())
    }

    fn sort(&mut self, names: &[String]) {
        let arena = &self.arena;
        let name = |number: u32| names.get(number as usize).map_or("", String::as_str);
        let package = |at: usize| Take(arena.get(at..).unwrap_or_default()).text().unwrap_or_default();
        self.items.sort_unstable_by(|a, b| {
            let ecosystems = if a.0 == b.0 { Ordering::Equal } else { name(a.0).cmp(name(b.0)) };
            ecosystems.then_with(|| package(a.1).cmp(package(b.1)))
        });
    }

    fn spill(&mut self, names: &[String]) -> std::io::Result<()> {
        self.sort(names);
        let mut out = BufWriter::with_capacity(1 << 20, tempfile::tempfile_in(&self.folder)?);
        for (ecosystem, at) in &self.items {
            let mut from = Take(self.arena.get(*at..).unwrap_or_default());
            let whole = from.0;
            let length = from
                .text()
                .and_then(|_| from.number())
                .and_then(|length| from.bytes(usize::try_from(length).ok()?))
                .map_or(0, |_| whole.len() - from.0.len());
            out.write_all(&ecosystem.to_le_bytes())?;
            out.write_all(&(length as u32).to_le_bytes())?;
            out.write_all(whole.get(..length).unwrap_or_default())?;
        }
        let mut file = out.into_inner().map_err(std::io::IntoInnerError::into_error)?;
        file.rewind()?;
        self.files.push(file);
        self.arena.clear();
        self.items.clear();
        Ok(())
    }

    /// All items in order. `names` gives each ecosystem's name by number.
    pub(super) fn merge(mut self, names: &[String]) -> std::io::Result<Merged> {
        self.sort(names);
        let mut order: Vec<usize> = (0..names.len()).collect();
        order.sort_by_key(|number| names.get(*number));
        let mut ranks = vec![0; names.len()];
        for (rank, number) in order.into_iter().enumerate() {
            if let Some(place) = ranks.get_mut(number) {
                *place = rank as u32;
            }
        }
        let mut runs: Vec<Run> =
            self.files.into_iter().map(|file| Run::File(BufReader::with_capacity(256 << 10, file))).collect();
        runs.push(Run::Memory { arena: self.arena, items: self.items.into_iter() });
        let mut merged = Merged { runs, ranks, heap: BinaryHeap::new() };
        for run in 0..merged.runs.len() {
            merged.refill(run)?;
        }
        Ok(merged)
    }
}

enum Run {
    File(BufReader<File>),
    Memory { arena: Vec<u8>, items: std::vec::IntoIter<(u32, usize)> },
}

type Head = Reverse<(u32, String, usize, u32, Vec<u8>)>;

/// Items from all runs in order.
pub(super) struct Merged {
    runs: Vec<Run>,
    ranks: Vec<u32>,
    heap: BinaryHeap<Head>,
}

impl Merged {
    fn refill(&mut self, run: usize) -> std::io::Result<()> {
        let Some(item) = self.runs.get_mut(run).map(Run::next).transpose()?.flatten() else { return Ok(()) };
        let rank = self.ranks.get(item.ecosystem as usize).copied().unwrap_or(u32::MAX);
        self.heap.push(Reverse((rank, item.package, run, item.ecosystem, item.payload)));
        Ok(())
    }

    /// The next item.
    pub(super) fn next(&mut self) -> std::io::Result<Option<Item>> {
        let Some(Reverse((_, package, run, ecosystem, payload))) = self.heap.pop() else { return Ok(None) };
        self.refill(run)?;
        Ok(Some(Item { ecosystem, package, payload }))
    }
}

impl Run {
    fn next(&mut self) -> std::io::Result<Option<Item>> {
        match self {
            Run::Memory { arena, items } => {
                Ok(items.next().and_then(|(ecosystem, at)| item(ecosystem, arena.get(at..)?)))
            }
            Run::File(file) => {
                let mut head = [0; 8];
                match file.read_exact(&mut head) {
                    Ok(()) => {}
                    Err(e) if e.kind() == std::io::ErrorKind::UnexpectedEof => return Ok(None),
                    Err(e) => return Err(e),
                }
                let mut from = Take(&head);
                let (ecosystem, length) = (from.u32().unwrap_or_default(), from.u32().unwrap_or_default());
                let mut bytes = vec![0; length as usize];
                file.read_exact(&mut bytes)?;
                Ok(item(ecosystem, &bytes))
            }
        }
    }
}

fn item(ecosystem: u32, bytes: &[u8]) -> Option<Item> {
    let mut from = Take(bytes);
    let package = from.text()?.to_owned();
    let length = usize::try_from(from.number()?).ok()?;
    Some(Item { ecosystem, package, payload: from.bytes(length)?.to_vec() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_come_back_sorted_however_small_the_memory() {
        let folder = tempfile::tempdir().unwrap();
        let names = ["npm".to_owned(), "Go".to_owned(), "PyPI".to_owned()];
        let of = |bound: usize| {
            let mut runs = Runs::new(folder.path(), bound);
            for at in 0..500u32 {
                let package = format!("p{}", (at * 7919) % 101);
                runs.push(at % 3, &package, &at.to_le_bytes(), &names).unwrap();
            }
            let mut merged = runs.merge(&names).unwrap();
            let mut all = Vec::new();
            while let Some(item) = merged.next().unwrap() {
                all.push((names[item.ecosystem as usize].clone(), item.package, item.payload));
            }
            assert!(all.is_sorted_by(|a, b| (&a.0, &a.1) <= (&b.0, &b.1)));
            all.sort();
            all
        };
        let all = of(usize::MAX);
        assert_eq!(all.len(), 500);
        assert_eq!(of(100), all);
        assert_eq!(of(2000), all);
    }
}
