//! Extended headers (POSIX.1-2017 pax, "pax Extended Header"; GNU tar manual, "Storing Sparse Files").

use super::number::decimal;
use super::sparse::Segment;

/// The records that matter for reading an archive.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Pax {
    pub(super) path: Option<Vec<u8>>,
    pub(super) linkpath: Option<Vec<u8>>,
    pub(super) size: Option<u64>,
    pub(super) sparse: PaxSparse,
}

/// GNU's records for sparse files.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct PaxSparse {
    pub(super) major: Option<u64>,
    pub(super) minor: Option<u64>,
    pub(super) name: Option<Vec<u8>>,
    /// `GNU.sparse.realsize` or `GNU.sparse.size`.
    pub(super) real_size: Option<u64>,
    /// From `GNU.sparse.map` (0.1), or pairs of `offset` and `numbytes` (0.0).
    pub(super) map: Option<Vec<Segment>>,
    pending_offset: Option<u64>,
}

/// What is wrong with an extended header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct BadPax(pub(super) &'static str);

impl Pax {
    /// Takes the records `<length> <key>=<value>\n` of one extended header into account. Later records go before
    /// earlier ones, and an empty value takes a record away. At most `segments` pieces of a sparse map are accepted.
    pub(super) fn merge(&mut self, mut records: &[u8], segments: usize) -> Result<(), BadPax> {
        while !records.is_empty() {
            // Some writers fill the rest with NUL.
            if records.iter().all(|b| *b == 0) {
                break;
            }
            let (record, rest) = split_record(records).ok_or(BadPax("an extended record"))?;
            records = rest;
            let equals = record.iter().position(|b| *b == b'=').ok_or(BadPax("an extended record"))?;
            let (key, value) = record.split_at(equals);
            self.set(key, value.get(1..).unwrap_or_default(), segments)?;
        }
        Ok(())
    }

    fn set(&mut self, key: &[u8], value: &[u8], segments: usize) -> Result<(), BadPax> {
        let text = || (!value.is_empty()).then(|| value.to_vec());
        let number = |what| match value {
            [] => Ok(None),
            digits => decimal(digits).map(Some).ok_or(BadPax(what)),
        };
        match key {
            b"path" => self.path = text(),
            b"linkpath" => self.linkpath = text(),
            b"size" => self.size = number("size")?,
            b"GNU.sparse.major" => self.sparse.major = number("GNU.sparse.major")?,
            b"GNU.sparse.minor" => self.sparse.minor = number("GNU.sparse.minor")?,
            b"GNU.sparse.name" => self.sparse.name = text(),
            b"GNU.sparse.realsize" | b"GNU.sparse.size" => {
                self.sparse.real_size = number("GNU.sparse.size")?;
            }
            b"GNU.sparse.offset" => self.sparse.pending_offset = number("GNU.sparse.offset")?,
            b"GNU.sparse.numbytes" => {
                let offset = self.sparse.pending_offset.take().ok_or(BadPax("GNU.sparse.numbytes"))?;
                let length = number("GNU.sparse.numbytes")?.ok_or(BadPax("GNU.sparse.numbytes"))?;
                self.sparse.push(Segment { offset, length }, segments)?;
            }
            b"GNU.sparse.map" => self.sparse.set_map(value, segments)?,
            _ => {}
        }
        Ok(())
    }
}

impl PaxSparse {
    fn push(&mut self, segment: Segment, segments: usize) -> Result<(), BadPax> {
        let map = self.map.get_or_insert_default();
        if map.len() >= segments {
            return Err(BadPax("GNU.sparse.map"));
        }
        map.push(segment);
        Ok(())
    }

    /// `offset,length,offset,length…`
    fn set_map(&mut self, value: &[u8], segments: usize) -> Result<(), BadPax> {
        self.map = Some(Vec::new());
        let mut numbers = value.split(|b| *b == b',').filter(|_| !value.is_empty()).map(decimal);
        while let Some(offset) = numbers.next() {
            match (offset, numbers.next().flatten()) {
                (Some(offset), Some(length)) => self.push(Segment { offset, length }, segments)?,
                _ => return Err(BadPax("GNU.sparse.map")),
            }
        }
        Ok(())
    }
}

/// One record without its length and line feed, and what follows it.
fn split_record(records: &[u8]) -> Option<(&[u8], &[u8])> {
    let blank = records.iter().take(21).position(|b| *b == b' ')?;
    let length = usize::try_from(decimal(records.get(..blank)?)?).ok()?;
    let (whole, rest) = records.split_at_checked(length)?;
    let record = whole.get(blank + 1..)?.strip_suffix(b"\n")?;
    Some((record, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn merged(records: &[u8]) -> Result<Pax, BadPax> {
        let mut pax = Pax::default();
        pax.merge(records, 4).map(|()| pax)
    }

    #[test]
    fn records() {
        let pax = merged(b"12 path=a=b\n13 size=1024\n11 mtime=1\n").unwrap();
        assert_eq!((pax.path.as_deref(), pax.size), (Some(b"a=b".as_slice()), Some(1024)));
        let pax = merged(b"12 path=abc\n8 path=\n").unwrap();
        assert_eq!(pax.path, None);
        let pax = merged(b"12 path=a\nb\n").unwrap();
        assert_eq!(pax.path.as_deref(), Some(b"a\nb".as_slice()));
    }

    #[test]
    fn damaged_records_are_refused() {
        for records in [
            b"99 path=a\n".as_slice(),
            b"x path=a\n",
            b"5 a=b",
            b"0 \n",
            b"3 \n",
            b"18446744073709551615 a=b\n",
            b"10 size=1x\n",
            b"10 nopairs\n",
        ] {
            assert!(merged(records).is_err(), "{}", String::from_utf8_lossy(records));
        }
    }

    #[test]
    fn sparse_maps() {
        let map = |records: &[u8]| merged(records).map(|pax| pax.sparse.map);
        let two = vec![Segment { offset: 0, length: 5 }, Segment { offset: 9, length: 1 }];
        assert_eq!(map(b"26 GNU.sparse.map=0,5,9,1\n"), Ok(Some(two)));
        assert!(map(b"24 GNU.sparse.map=0,5,9\n").is_err());
        assert!(map(b"38 GNU.sparse.map=0,1,2,1,4,1,6,1,8,1\n").is_err(), "more than four pieces");
        assert_eq!(map(b"19 GNU.sparse.map=\n"), Ok(Some(Vec::new())));
    }
}
