//! Sparse files: which parts of a file are stored, the rest being zeros.

use crate::content::ReadAt;
use std::io;

/// A stored part of a sparse file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Segment {
    /// Where it lies in the file, in bytes.
    pub offset: u64,
    /// Its length in bytes.
    pub length: u64,
}

/// The stored parts of a file in order, without overlap, inside of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SparseMap {
    segments: Vec<Segment>,
    real_size: u64,
}

impl SparseMap {
    /// A map for a file of `real_size` bytes of which `stored` are in the archive; `None` where the parts overlap,
    /// leave the file, or are not what is stored.
    pub(super) fn new(segments: Vec<Segment>, real_size: u64, stored: u64) -> Option<SparseMap> {
        let mut end = 0u64;
        let mut sum = 0u64;
        for segment in &segments {
            if segment.offset < end {
                return None;
            }
            end = segment.offset.checked_add(segment.length)?;
            sum = sum.checked_add(segment.length)?;
        }
        (end <= real_size && sum == stored).then_some(SparseMap { segments, real_size })
    }

    /// The file's length in bytes, holes included.
    pub fn real_size(&self) -> u64 {
        self.real_size
    }

    /// The stored parts.
    pub fn segments(&self) -> &[Segment] {
        &self.segments
    }
}

/// A sparse file with its holes, over the stored parts in a row.
pub struct SparseContent<C> {
    stored: C,
    /// Each part with the place of its first byte in `stored`.
    parts: Vec<(Segment, u64)>,
    real_size: u64,
}

impl<C: ReadAt> SparseContent<C> {
    /// `stored` holds the parts of `map`, one behind the other.
    pub fn new(stored: C, map: &SparseMap) -> SparseContent<C> {
        let mut place = 0;
        let parts = map
            .segments
            .iter()
            .map(|segment| {
                let part = (*segment, place);
                place += segment.length;
                part
            })
            .collect();
        SparseContent { stored, parts, real_size: map.real_size }
    }
}

impl<C: ReadAt> ReadAt for SparseContent<C> {
    fn len(&self) -> u64 {
        self.real_size
    }

    fn read_exact_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<()> {
        let end = offset.checked_add(buffer.len() as u64).filter(|end| *end <= self.real_size);
        let end = end.ok_or(io::ErrorKind::UnexpectedEof)?;
        buffer.fill(0);
        let first = self.parts.partition_point(|(s, _)| s.offset + s.length <= offset);
        for (segment, place) in self.parts.iter().skip(first).take_while(|(s, _)| s.offset < end) {
            let from = offset.max(segment.offset);
            let to = end.min(segment.offset + segment.length);
            let target = (from - offset) as usize..(to - offset) as usize;
            if let Some(target) = buffer.get_mut(target).filter(|target| !target.is_empty()) {
                self.stored.read_exact_at(place + (from - segment.offset), target)?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn segments(pairs: &[(u64, u64)]) -> Vec<Segment> {
        pairs.iter().map(|(offset, length)| Segment { offset: *offset, length: *length }).collect()
    }

    #[test]
    fn maps_are_checked() {
        assert!(SparseMap::new(segments(&[(0, 2), (4, 1)]), 8, 3).is_some());
        assert!(SparseMap::new(segments(&[(0, 2), (1, 1)]), 8, 3).is_none(), "overlap");
        assert!(SparseMap::new(segments(&[(7, 2)]), 8, 2).is_none(), "leaves the file");
        assert!(SparseMap::new(segments(&[(0, 2)]), 8, 3).is_none(), "more is stored");
        assert!(SparseMap::new(segments(&[(u64::MAX, 2)]), u64::MAX, 2).is_none());
    }

    #[test]
    fn holes_are_zeros() {
        let map = SparseMap::new(segments(&[(1, 2), (5, 1), (8, 0)]), 8, 3).unwrap();
        let content = SparseContent::new(b"abc".to_vec(), &map);
        let whole = b"\0ab\0\0c\0\0";
        for start in 0..=8usize {
            for end in start..=8 {
                let mut buffer = vec![9; end - start];
                content.read_exact_at(start as u64, &mut buffer).unwrap();
                assert_eq!(buffer, whole[start..end]);
            }
        }
        assert!(content.read_exact_at(5, &mut [0; 4]).is_err());
    }
}
