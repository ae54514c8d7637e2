//! A streaming tar reader that copies no content.
//!
//! It reads what container images are made of and what archivers in use write: Unix v7, ustar, star's prefix, GNU
//! (long names, base-256 numbers, old sparse format) and pax (extended headers, sparse formats 0.0, 0.1 and 1.0).
//! Where writers' readers differ it does as Go's `archive/tar`, by which container runtimes unpack: links have no
//! content whatever their size field says, and two zero blocks end the archive.

mod error;
mod header;
mod number;
mod pax;
mod sparse;

pub use error::TarError;
pub use sparse::{Segment, SparseContent, SparseMap};

use header::{BLOCK, Header};
use pax::Pax;
use std::io::BufRead;

/// Most bytes of one extended header or long name.
const EXTENSION_BYTES_MAX: u64 = 1 << 20;
/// Most stored parts of one sparse file.
const SEGMENTS_MAX: usize = 1 << 16;
/// Most extension entries (`x`, `L`, `K`, `g`) before one entry.
const EXTENSIONS_MAX: usize = 16;

/// Kind of an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A regular file, also a sparse or contiguous one.
    File,
    /// Another name for an earlier file.
    HardLink,
    /// A symbolic link.
    Symlink,
    /// A folder.
    Directory,
    /// A character or block device, or a FIFO.
    Special,
    /// What this reader has no meaning for: volume labels, access lists, other writers' own.
    Other(u8),
}

/// An entry, but for its texts: see [`Reader::path`], [`Reader::link`] and [`Reader::sparse`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    /// What it is.
    pub kind: Kind,
    /// Permission bits.
    pub mode: u32,
    /// Length of the file in bytes, holes of sparse files included; 0 for all but files.
    pub size: u64,
    /// Bytes that are stored.
    pub stored: u64,
    /// Where the stored bytes begin in the archive.
    pub offset: u64,
}

/// Reads a tar archive from front to back.
pub struct Reader<S> {
    source: S,
    /// Bytes taken from `source`.
    position: u64,
    /// Bytes of the present entry's content that were not taken yet.
    content_left: u64,
    /// Zeros behind the content.
    padding: u64,
    path: Vec<u8>,
    link: Vec<u8>,
    sparse: Option<SparseMap>,
    globals: Option<Pax>,
    ended: bool,
    end_marker: bool,
}

impl<S: BufRead> Reader<S> {
    /// Reads from `source`. Records of global extended headers are ignored, as container runtimes do.
    pub fn new(source: S) -> Reader<S> {
        Reader::starting_at(source, 0)
    }

    /// As [`Reader::new`], for a source that stands at a header `position` bytes behind the archive's front.
    pub fn starting_at(source: S, position: u64) -> Reader<S> {
        Reader {
            source,
            position,
            content_left: 0,
            padding: 0,
            path: Vec::new(),
            link: Vec::new(),
            sparse: None,
            globals: None,
            ended: false,
            end_marker: false,
        }
    }

    /// Applies records of global extended headers to all entries that follow, as POSIX says and archivers do.
    pub fn apply_global_headers(mut self) -> Reader<S> {
        self.globals = Some(Pax::default());
        self
    }

    /// The next entry; what is left of the present one's content is passed over. `None` at the end.
    ///
    /// After an error the reader stands at an unknown place: only [`Reader::drain`] makes sense then.
    pub fn next_entry(&mut self) -> Result<Option<Entry>, TarError> {
        self.pass_content()?;
        let mut pax: Option<Pax> = None;
        let (mut long_name, mut long_link) = (None, None);
        for _ in 0..EXTENSIONS_MAX {
            let start = self.position;
            let Some(block) = self.next_header()? else { return Ok(None) };
            let header = Header::parse(&block).ok_or(match start {
                0 => TarError::NoTar,
                offset => TarError::Checksum { offset },
            })?;
            match header.kind() {
                b'x' | b'X' => {
                    let records = self.extension(start, &header)?;
                    self.merge_pax(pax.get_or_insert_default(), &records, start)?;
                }
                b'g' => {
                    let records = self.extension(start, &header)?;
                    if let Some(mut globals) = self.globals.take() {
                        self.merge_pax(&mut globals, &records, start)?;
                        self.globals = Some(globals);
                    }
                }
                b'L' => long_name = Some(until_nul(self.extension(start, &header)?)),
                b'K' => long_link = Some(until_nul(self.extension(start, &header)?)),
                _ => return self.entry(start, &header, pax, long_name, long_link).map(Some),
            }
        }
        Err(TarError::Limit {
            what: "a chain of extended headers",
            offset: self.position,
            limit: EXTENSIONS_MAX as u64,
            unit: "headers",
        })
    }

    /// Path of the present entry as it is written in the archive.
    pub fn path(&self) -> &[u8] {
        &self.path
    }

    /// Target of the present entry, where it is a link.
    pub fn link(&self) -> &[u8] {
        &self.link
    }

    /// Which parts of the present entry are stored, where it is a sparse file.
    pub fn sparse(&self) -> Option<&SparseMap> {
        self.sparse.as_ref()
    }

    /// Bytes read so far.
    pub fn position(&self) -> u64 {
        self.position
    }

    /// Bytes of the present entry's content that have not been taken.
    pub fn content_left(&self) -> u64 {
        self.content_left
    }

    /// True once the two zero blocks that end an archive were read; false where it just stopped between entries,
    /// which readers accept.
    pub fn has_end_marker(&self) -> bool {
        self.end_marker
    }

    /// The next stored bytes of the present entry: never empty before all of them were taken by
    /// [`Reader::consume`].
    pub fn content(&mut self) -> Result<&[u8], TarError> {
        if self.content_left == 0 {
            return Ok(&[]);
        }
        let offset = self.position;
        let buffer = self.source.fill_buf()?;
        if buffer.is_empty() {
            return Err(TarError::Truncated { offset, within: "a file's content" });
        }
        let length = usize::try_from(self.content_left).map_or(buffer.len(), |left| left.min(buffer.len()));
        Ok(buffer.get(..length).unwrap_or_default())
    }

    /// Takes `amount` bytes that [`Reader::content`] showed.
    pub fn consume(&mut self, amount: usize) {
        self.source.consume(amount);
        self.position += amount as u64;
        self.content_left = self.content_left.saturating_sub(amount as u64);
    }

    /// Reads all that is left, without a meaning, so that digests see every byte. True where it was zeros only.
    pub fn drain(&mut self) -> Result<bool, TarError> {
        let mut zeros = true;
        loop {
            let buffer = self.source.fill_buf()?;
            if buffer.is_empty() {
                return Ok(zeros);
            }
            zeros = zeros && buffer.iter().all(|b| *b == 0);
            let length = buffer.len();
            self.source.consume(length);
            self.position += length as u64;
        }
    }

    /// The source, wherever it stands.
    pub fn into_source(self) -> S {
        self.source
    }

    fn entry(
        &mut self,
        start: u64,
        header: &Header<'_>,
        pax: Option<Pax>,
        long_name: Option<Vec<u8>>,
        long_link: Option<Vec<u8>>,
    ) -> Result<Entry, TarError> {
        let mut pax = self.with_globals(pax);
        header.name(&mut self.path);
        self.link.clear();
        self.link.extend_from_slice(header.link());
        let mut size = header.size().ok_or(TarError::Field { offset: start, field: "size" })?;
        if let Some(pax) = &mut pax {
            take_text(&mut self.path, pax.path.take());
            take_text(&mut self.link, pax.linkpath.take());
            size = pax.size.unwrap_or(size);
        }
        take_text(&mut self.path, long_name);
        take_text(&mut self.link, long_link);
        let kind = self.kind(header.kind());
        let has_content = matches!(kind, Kind::File | Kind::Other(_)) || header.kind() == b'D';
        self.set_content(start, if has_content { size } else { 0 })?;
        self.sparse = None;
        let mut real_size = self.content_left;
        if kind == Kind::File {
            let map = match pax {
                _ if header.kind() == b'S' => Some(self.old_sparse(start, header)?),
                Some(pax) => self.pax_sparse(start, pax.sparse)?,
                None => None,
            };
            real_size = map.as_ref().map_or(self.content_left, SparseMap::real_size);
            self.sparse = map;
        }
        Ok(Entry {
            kind,
            mode: header.mode(),
            size: if kind == Kind::File { real_size } else { 0 },
            stored: self.content_left,
            offset: self.position,
        })
    }

    /// Records of the entry's own header over those of global ones.
    fn with_globals(&self, pax: Option<Pax>) -> Option<Pax> {
        let Some(globals) = &self.globals else { return pax };
        let mut merged = globals.clone();
        if let Some(own) = pax {
            merged.path = own.path.or(merged.path);
            merged.linkpath = own.linkpath.or(merged.linkpath);
            merged.size = own.size.or(merged.size);
            merged.sparse = own.sparse;
        }
        Some(merged)
    }

    fn kind(&self, flag: u8) -> Kind {
        match flag {
            0 if self.path.last() == Some(&b'/') => Kind::Directory,
            0 | b'0' | b'7' | b'S' => Kind::File,
            b'1' => Kind::HardLink,
            b'2' => Kind::Symlink,
            b'3' | b'4' | b'6' => Kind::Special,
            b'5' | b'D' => Kind::Directory,
            other => Kind::Other(other),
        }
    }

    fn set_content(&mut self, start: u64, size: u64) -> Result<(), TarError> {
        // Beyond this, arithmetic on places in the archive could overflow.
        if size > i64::MAX as u64 / 2 {
            return Err(TarError::Field { offset: start, field: "size" });
        }
        self.content_left = size;
        self.padding = size.next_multiple_of(BLOCK as u64) - size;
        Ok(())
    }

    /// GNU's old sparse format: the map is in the header and in blocks behind it.
    fn old_sparse(&mut self, start: u64, header: &Header<'_>) -> Result<SparseMap, TarError> {
        let bad = || TarError::Field { offset: start, field: "sparse map" };
        let mut segments = Vec::new();
        let (fields, mut more) = header.sparse_fields();
        push_segments(&mut segments, fields).ok_or_else(bad)?;
        while more {
            let mut block = [0; BLOCK];
            self.read_block(&mut block, "a header")?;
            let (fields, again) = header::sparse_extension(&block);
            push_segments(&mut segments, fields).ok_or_else(bad)?;
            more = again;
            self.check_segments(start, segments.len())?;
        }
        let real_size = header.sparse_real_size().ok_or_else(bad)?;
        SparseMap::new(segments, real_size, self.content_left).ok_or_else(bad)
    }

    /// The pax sparse formats: 0.0 and 0.1 have the map in the extended header, 1.0 in front of the content.
    fn pax_sparse(&mut self, start: u64, sparse: pax::PaxSparse) -> Result<Option<SparseMap>, TarError> {
        let bad = || TarError::Field { offset: start, field: "sparse map" };
        let map = match (sparse.major, sparse.minor) {
            (Some(1), Some(0)) => self.sparse_map_in_content(start)?,
            (None | Some(0), _) => match sparse.map {
                Some(map) => map,
                None => return Ok(None),
            },
            _ => return Err(bad()),
        };
        take_text(&mut self.path, sparse.name);
        let real_size = sparse.real_size.ok_or_else(bad)?;
        SparseMap::new(map, real_size, self.content_left).map(Some).ok_or_else(bad)
    }

    /// Format 1.0: decimal numbers, each on a line: how many parts, then offset and length of each; padded to blocks.
    fn sparse_map_in_content(&mut self, start: u64) -> Result<Vec<Segment>, TarError> {
        let bad = || TarError::Field { offset: start, field: "sparse map" };
        let mut text = MapText { block: [0; BLOCK], place: BLOCK };
        let count = text.number(self)?.ok_or_else(bad)?;
        self.check_segments(start, usize::try_from(count).unwrap_or(usize::MAX))?;
        let mut segments = Vec::with_capacity(usize::try_from(count.min(64)).unwrap_or_default());
        for _ in 0..count {
            let offset = text.number(self)?.ok_or_else(bad)?;
            let length = text.number(self)?.ok_or_else(bad)?;
            segments.push(Segment { offset, length });
        }
        Ok(segments)
    }

    fn check_segments(&self, start: u64, count: usize) -> Result<(), TarError> {
        if count <= SEGMENTS_MAX {
            return Ok(());
        }
        Err(TarError::Limit {
            what: "a sparse map",
            offset: start,
            limit: SEGMENTS_MAX as u64,
            unit: "parts",
        })
    }

    fn merge_pax(&self, pax: &mut Pax, records: &[u8], start: u64) -> Result<(), TarError> {
        pax.merge(records, SEGMENTS_MAX).map_err(|bad| TarError::Field { offset: start, field: bad.0 })
    }

    /// The content of an extension entry, and its padding.
    fn extension(&mut self, start: u64, header: &Header<'_>) -> Result<Vec<u8>, TarError> {
        let size = header.size().ok_or(TarError::Field { offset: start, field: "size" })?;
        if size > EXTENSION_BYTES_MAX {
            return Err(TarError::Limit {
                what: "an extended header",
                offset: start,
                limit: EXTENSION_BYTES_MAX,
                unit: "bytes",
            });
        }
        self.set_content(start, size)?;
        let mut bytes = Vec::new();
        while self.content_left > 0 {
            let chunk = self.content()?;
            let length = chunk.len();
            bytes.extend_from_slice(chunk);
            self.consume(length);
        }
        self.pass_content()?;
        Ok(bytes)
    }

    /// Passes over what is left of the content, and its padding.
    fn pass_content(&mut self) -> Result<(), TarError> {
        while self.content_left > 0 {
            let length = self.content()?.len();
            self.consume(length);
        }
        // Padding may be missing at the archive's very end.
        self.content_left = std::mem::take(&mut self.padding);
        while self.content_left > 0 {
            if self.source.fill_buf()?.is_empty() {
                self.content_left = 0;
                break;
            }
            let length = self.content()?.len();
            self.consume(length);
        }
        Ok(())
    }

    /// The next block that is no end marker; `None` at the end.
    fn next_header(&mut self) -> Result<Option<[u8; BLOCK]>, TarError> {
        let mut block = [0; BLOCK];
        if self.ended || !self.read_block_or_end(&mut block)? {
            self.ended = true;
            return Ok(None);
        }
        if block.iter().any(|b| *b != 0) {
            return Ok(Some(block));
        }
        let offset = self.position - BLOCK as u64;
        self.ended = true;
        if self.read_block_or_end(&mut block)? && block.iter().any(|b| *b != 0) {
            return Err(TarError::LoneZeroBlock { offset });
        }
        self.end_marker = true;
        Ok(None)
    }

    fn read_block(&mut self, block: &mut [u8; BLOCK], within: &'static str) -> Result<(), TarError> {
        if self.read_block_or_end(block)? {
            return Ok(());
        }
        Err(TarError::Truncated { offset: self.position, within })
    }

    /// Fills `block`; false where the source is at its end already.
    fn read_block_or_end(&mut self, block: &mut [u8; BLOCK]) -> Result<bool, TarError> {
        let mut filled = 0;
        while let Some(target) = block.get_mut(filled..).filter(|target| !target.is_empty()) {
            let buffer = self.source.fill_buf()?;
            let length = buffer.len().min(target.len());
            if length == 0 {
                return match filled {
                    0 => Ok(false),
                    _ if self.position == filled as u64 => Err(TarError::NoTar),
                    _ => Err(TarError::Truncated { offset: self.position, within: "a header" }),
                };
            }
            if let (Some(target), Some(source)) = (target.get_mut(..length), buffer.get(..length)) {
                target.copy_from_slice(source);
            }
            self.source.consume(length);
            self.position += length as u64;
            filled += length;
        }
        Ok(true)
    }
}

/// The text of a sparse map in front of a file's content.
struct MapText {
    block: [u8; BLOCK],
    place: usize,
}

impl MapText {
    /// The number on the next line; `None` for what is none.
    fn number<S: BufRead>(&mut self, reader: &mut Reader<S>) -> Result<Option<u64>, TarError> {
        let mut digits = Vec::with_capacity(20);
        loop {
            if self.place == BLOCK {
                if reader.content_left < BLOCK as u64 {
                    return Ok(None);
                }
                reader.read_block(&mut self.block, "a file's content")?;
                reader.content_left -= BLOCK as u64;
                self.place = 0;
            }
            let byte = self.block.get(self.place).copied().unwrap_or_default();
            self.place += 1;
            match byte {
                b'\n' => return Ok(number::decimal(&digits)),
                b'0'..=b'9' if digits.len() < 20 => digits.push(byte),
                _ => return Ok(None),
            }
        }
    }
}

/// Pairs of 12-byte numbers up to the first empty one.
fn push_segments(segments: &mut Vec<Segment>, fields: &[u8]) -> Option<()> {
    for pair in fields.chunks_exact(24) {
        if pair.first() == Some(&0) {
            break;
        }
        let (offset, length) = pair.split_at(12);
        segments.push(Segment { offset: number::parse(offset)?, length: number::parse(length)? });
    }
    Some(())
}

fn take_text(target: &mut Vec<u8>, text: Option<Vec<u8>>) {
    if let Some(text) = text {
        *target = text;
    }
}

fn until_nul(mut text: Vec<u8>) -> Vec<u8> {
    if let Some(end) = memchr::memchr(0, &text) {
        text.truncate(end);
    }
    text
}
