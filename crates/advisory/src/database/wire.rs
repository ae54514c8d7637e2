//! Numbers and texts as the database keeps them: LEB128 variable-length integers, and texts behind their length.

/// Texts longer than this are damage.
const TEXT_LIMIT: u64 = 1 << 20;

/// Appends.
pub(crate) trait Put {
    /// A number in LEB128: seven bits a byte, the least first.
    fn number(&mut self, value: u64);
    /// A number that may be negative, as zigzag.
    fn signed(&mut self, value: i64);
    /// A text behind its length in bytes.
    fn text(&mut self, text: &str);
}

impl Put for Vec<u8> {
    fn number(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.push(value as u8 | 0x80);
            value >>= 7;
        }
        self.push(value as u8);
    }

    fn signed(&mut self, value: i64) {
        self.number(((value << 1) ^ (value >> 63)) as u64);
    }

    fn text(&mut self, text: &str) {
        self.number(text.len() as u64);
        self.extend_from_slice(text.as_bytes());
    }
}

/// Takes from the front. `None` is damage.
#[derive(Clone, Copy)]
pub(crate) struct Take<'a>(pub(crate) &'a [u8]);

impl<'a> Take<'a> {
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn number(&mut self) -> Option<u64> {
        let mut value = 0u64;
        for (at, byte) in self.0.iter().enumerate().take(10) {
            value |= u64::from(byte & 0x7f).checked_shl(7 * at as u32)?;
            if byte & 0x80 == 0 {
                self.0 = self.0.get(at + 1..)?;
                return Some(value);
            }
        }
        None
    }

    pub(crate) fn signed(&mut self) -> Option<i64> {
        let value = self.number()?;
        Some((value >> 1) as i64 ^ -((value & 1) as i64))
    }

    /// A count of items that take at least one byte each.
    pub(crate) fn count(&mut self) -> Option<usize> {
        let count = usize::try_from(self.number()?).ok()?;
        (count <= self.0.len()).then_some(count)
    }

    pub(crate) fn bytes(&mut self, length: usize) -> Option<&'a [u8]> {
        let (front, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(front)
    }

    pub(crate) fn text(&mut self) -> Option<&'a str> {
        let length = self.number().filter(|length| *length <= TEXT_LIMIT)?;
        std::str::from_utf8(self.bytes(usize::try_from(length).ok()?)?).ok()
    }

    pub(crate) fn u32(&mut self) -> Option<u32> {
        self.bytes(4)?.first_chunk().map(|b| u32::from_le_bytes(*b))
    }

    pub(crate) fn u64(&mut self) -> Option<u64> {
        self.bytes(8)?.first_chunk().map(|b| u64::from_le_bytes(*b))
    }
}

/// The little-endian number at the front of `bytes` from `at`.
pub(crate) fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..)?.first_chunk().map(|b| u32::from_le_bytes(*b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_round_trip() {
        let mut bytes = Vec::new();
        for value in [0, 1, 127, 128, 300, u64::from(u32::MAX), u64::MAX] {
            bytes.number(value);
        }
        for value in [0, -1, 1, i64::MIN, i64::MAX] {
            bytes.signed(value);
        }
        bytes.text("é");
        let mut take = Take(&bytes);
        for value in [0, 1, 127, 128, 300, u64::from(u32::MAX), u64::MAX] {
            assert_eq!(take.number(), Some(value));
        }
        for value in [0, -1, 1, i64::MIN, i64::MAX] {
            assert_eq!(take.signed(), Some(value));
        }
        assert_eq!(take.text(), Some("é"));
        assert!(take.is_empty());
        assert_eq!(take.number(), None);
        assert_eq!(Take(&[0xff; 12]).number(), None);
    }
}
