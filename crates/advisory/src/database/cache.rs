//! Blocks that were unpacked last, within a bound of memory.

use std::collections::HashMap;
use std::sync::Arc;

/// Unpacked blocks by the place of their packed bytes in the file. When the bound is reached the whole generation before
/// the current one is dropped: cheaper than an exact order of use, and no worse for packages asked for by name.
pub(super) struct Cache<T> {
    bound: usize,
    held: usize,
    young: HashMap<u64, Arc<T>>,
    old: HashMap<u64, Arc<T>>,
}

impl<T> Cache<T> {
    /// Keeps about `bound` bytes.
    pub(super) fn new(bound: usize) -> Cache<T> {
        Cache { bound, held: 0, young: HashMap::new(), old: HashMap::new() }
    }

    /// The block at `place`.
    pub(super) fn get(&mut self, place: u64) -> Option<Arc<T>> {
        if let Some(block) = self.young.get(&place) {
            return Some(Arc::clone(block));
        }
        let block = self.old.remove(&place)?;
        self.young.insert(place, Arc::clone(&block));
        Some(block)
    }

    /// Keeps a block of `size` bytes.
    pub(super) fn put(&mut self, place: u64, size: usize, block: Arc<T>) {
        if self.held + size > self.bound / 2 {
            self.old = std::mem::take(&mut self.young);
            self.held = 0;
        }
        self.held += size;
        self.young.insert(place, block);
    }
}
