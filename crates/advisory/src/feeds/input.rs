//! Opening a feed's file with a limit, through gzip where the bytes say so.

use super::FeedError;
use std::fs::File;
use std::io::{BufRead as _, BufReader, Read};
use std::path::Path;

/// Bytes of any one feed file after decompression that are read, unless a reader asks for fewer.
pub(crate) const FEED_LIMIT: u64 = 4 << 30;

/// Opens `path`, decompressing gzip (RFC 1952) and zstd (RFC 8878) by their magic numbers.
/// The reader fails when more than `limit` bytes come out of it.
pub(crate) fn open(path: &Path, limit: u64) -> Result<BufReader<Capped>, FeedError> {
    let fault = |source| FeedError::Read { path: path.to_owned(), source };
    let file = File::open(path).map_err(fault)?;
    let mut file = BufReader::with_capacity(64 << 10, file);
    let front: [u8; 4] = {
        let bytes = file.fill_buf().map_err(fault)?;
        std::array::from_fn(|at| bytes.get(at).copied().unwrap_or_default())
    };
    let inner: Box<dyn Read> = match front {
        [0x1f, 0x8b, ..] => Box::new(flate2::bufread::MultiGzDecoder::new(file)),
        [0x28, 0xb5, 0x2f, 0xfd] => {
            let mut decoder = zstd::stream::read::Decoder::with_buffer(file).map_err(fault)?;
            // 128 MiB of window: the most that `zstd --ultra` makes without `--long`.
            decoder.window_log_max(27).map_err(fault)?;
            Box::new(decoder)
        }
        _ => Box::new(file),
    };
    Ok(BufReader::with_capacity(256 << 10, Capped { inner, left: limit, limit }))
}

/// Reads a whole file of at most `limit` bytes.
pub(super) fn read_all(path: &Path, limit: u64) -> Result<Vec<u8>, FeedError> {
    let mut bytes = Vec::new();
    open(path, limit)?.read_to_end(&mut bytes).map_err(|source| fault_of(path, source))?;
    Ok(bytes)
}

/// Tells a limit that was reached from a fault of the system.
pub(crate) fn fault_of(path: &Path, source: std::io::Error) -> FeedError {
    match source.get_ref().and_then(|e| e.downcast_ref::<LimitReached>()) {
        Some(reached) => FeedError::TooLarge { place: path.display().to_string(), limit: reached.0 },
        None => FeedError::Read { path: path.to_owned(), source },
    }
}

#[derive(Debug, thiserror::Error)]
#[error("more than {0} bytes")]
struct LimitReached(u64);

/// A reader that fails, rather than ends, behind its limit.
pub(crate) struct Capped {
    inner: Box<dyn Read>,
    left: u64,
    limit: u64,
}

impl Read for Capped {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let got = self.inner.read(buffer)?;
        match self.left.checked_sub(got as u64) {
            Some(left) => self.left = left,
            None => return Err(std::io::Error::other(LimitReached(self.limit))),
        }
        Ok(got)
    }
}

/// One line of a text feed, without its end.
pub(super) enum Line {
    /// Its text; bytes that are no UTF-8 are replaced.
    Text(String),
    /// It is longer than the limit, and was skipped.
    TooLong,
}

/// Reads lines of at most `limit` bytes, numbered from 1.
pub(super) struct Lines<R> {
    reader: R,
    number: u64,
    limit: usize,
}

impl<R: std::io::BufRead> Lines<R> {
    pub(super) fn new(reader: R, limit: usize) -> Self {
        Lines { reader, number: 0, limit }
    }

    /// The next line with its number.
    pub(super) fn next(&mut self) -> std::io::Result<Option<(u64, Line)>> {
        let mut line = Vec::new();
        let mut too_long = false;
        loop {
            let buffer = self.reader.fill_buf()?;
            if buffer.is_empty() {
                if line.is_empty() && !too_long {
                    return Ok(None);
                }
                break;
            }
            let end = buffer.iter().position(|b| *b == b'\n');
            let part = buffer.get(..end.unwrap_or(buffer.len())).unwrap_or_default();
            if line.len() + part.len() > self.limit {
                too_long = true;
                line.clear();
            } else if !too_long {
                line.extend_from_slice(part);
            }
            let used = part.len() + usize::from(end.is_some());
            self.reader.consume(used);
            if end.is_some() {
                break;
            }
        }
        self.number += 1;
        if too_long {
            return Ok(Some((self.number, Line::TooLong)));
        }
        if line.last() == Some(&b'\r') {
            line.pop();
        }
        Ok(Some((self.number, Line::Text(String::from_utf8_lossy(&line).into_owned()))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_have_numbers_and_a_limit() {
        let mut lines = Lines::new(&b"one\r\ntwotwotwo\n\nlast"[..], 5);
        let mut seen = Vec::new();
        while let Some((number, line)) = lines.next().unwrap() {
            seen.push((
                number,
                match line {
                    Line::Text(t) => t,
                    Line::TooLong => "!".to_owned(),
                },
            ));
        }
        assert_eq!(seen, [(1, "one".into()), (2, "!".into()), (3, String::new()), (4, "last".into())]);
    }
}
