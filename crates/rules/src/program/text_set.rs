//! A fixed set of texts: one hash, one place to look at, one comparison.
//!
//! The table is made so that nearly every text lies at its first place; the whole hash is kept beside each place, so
//! that a text that is not in the set is compared with nothing.

/// A map from texts to numbers that is never changed after it is made.
#[derive(Debug, Clone, Default)]
pub(crate) struct TextMap {
    /// Bit n: a text of n bytes is in it; the last bit stands for all longer ones.
    lengths: u64,
    slots: Box<[Slot]>,
    /// All texts one after another.
    bytes: Box<[u8]>,
}

#[derive(Debug, Clone, Copy, Default)]
struct Slot {
    hash: u64,
    start: u32,
    length: u32,
    /// The value plus 1; 0 for an empty slot.
    value: u32,
}

impl TextMap {
    /// A map of these texts; of equal texts the first counts.
    pub(crate) fn new<'t>(texts: impl ExactSizeIterator<Item = (&'t [u8], u32)>) -> TextMap {
        let size = (texts.len() * 2).next_power_of_two().max(2);
        let mut map =
            TextMap { lengths: 0, slots: vec![Slot::default(); size].into(), bytes: Box::default() };
        let mut bytes = Vec::new();
        for (text, value) in texts {
            let hash = hash(text);
            let mut at = hash as usize & (size - 1);
            while let Some(slot) = map.slots.get_mut(at) {
                if slot.value == 0 {
                    let (Ok(start), Ok(length)) = (u32::try_from(bytes.len()), u32::try_from(text.len()))
                    else {
                        break;
                    };
                    *slot = Slot { hash, start, length, value: value.saturating_add(1) };
                    bytes.extend_from_slice(text);
                    map.lengths |= 1 << text.len().min(63);
                    break;
                }
                if slot.hash == hash && slice(&bytes, *slot) == text {
                    break;
                }
                at = (at + 1) & (size - 1);
            }
        }
        map.bytes = bytes.into();
        map
    }

    /// The value of a text.
    #[inline]
    pub(crate) fn get(&self, text: &[u8]) -> Option<u32> {
        if self.lengths >> text.len().min(63) & 1 == 0 {
            return None;
        }
        let hash = hash(text);
        let mask = self.slots.len().wrapping_sub(1);
        let mut at = hash as usize & mask;
        // At least half of the slots are empty: the loop ends at one of them.
        loop {
            let slot = self.slots.get(at)?;
            if slot.value == 0 {
                return None;
            }
            if slot.hash == hash && slice(&self.bytes, *slot) == text {
                return Some(slot.value - 1);
            }
            at = (at + 1) & mask;
        }
    }

    #[inline]
    pub(crate) fn has(&self, text: &[u8]) -> bool {
        self.get(text).is_some()
    }
}

#[inline]
fn slice(bytes: &[u8], slot: Slot) -> &[u8] {
    let start = slot.start as usize;
    bytes.get(start..start + slot.length as usize).unwrap_or_default()
}

/// A quick hash of eight bytes at a time. Only the sets' own texts decide how long a search takes, and those come from
/// the rules, so that no event can make one slow.
#[inline]
fn hash(text: &[u8]) -> u64 {
    const PRIME: u64 = 0x9E37_79B9_7F4A_7C15;
    let mix = |hash: u64, word: u64| (hash ^ word).wrapping_mul(PRIME).rotate_left(29);
    let mut hash = text.len() as u64;
    let mut chunks = text.chunks_exact(8);
    for chunk in &mut chunks {
        hash = mix(hash, chunk.try_into().map_or(0, u64::from_le_bytes));
    }
    let mut last = [0_u8; 8];
    for (to, from) in last.iter_mut().zip(chunks.remainder()) {
        *to = *from;
    }
    hash = mix(hash, u64::from_le_bytes(last));
    hash ^ hash >> 32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_map_has_what_was_put_in_and_nothing_else() {
        let texts: Vec<String> =
            (0..5000).map(|n| format!("/usr/bin/tool-{n}-{}", "x".repeat(n % 90))).collect();
        let map = TextMap::new(
            texts.iter().zip(0..).map(|(text, n)| (text.as_bytes(), n)).collect::<Vec<_>>().into_iter(),
        );
        for (text, n) in texts.iter().zip(0..) {
            assert_eq!(map.get(text.as_bytes()), Some(n));
            assert_eq!(map.get(format!("{text}!").as_bytes()), None);
        }
        assert!(!map.has(b""));
        assert!(!TextMap::new([].into_iter()).has(b"") && !TextMap::default().has(b"x"));
        assert_eq!(TextMap::new([(&b"a"[..], 1), (b"a", 2), (b"", 3)].into_iter()).get(b"a"), Some(1));
    }
}
