//! Deflated content: whole in memory where it is small, by repeated passes where it is not.

use super::{Stored, ZipError};
use crate::content::ReadAt;
use flate2::{Decompress, FlushDecompress, Status};
use std::io;
use std::sync::{Mutex, PoisonError};

const CHUNK: usize = 64 << 10;
/// How much of the end is kept from the first pass: an archive's directory lies there.
const TAIL: usize = 8 << 20;

/// Inflates up to `wanted` bytes of a raw deflate stream; fewer where the stream ends before.
pub(super) fn inflate(
    content: &dyn ReadAt,
    start: u64,
    compressed: u64,
    wanted: u64,
) -> Result<Vec<u8>, ZipError> {
    // Deflate cannot expand more than 1,032 times: a stated size beyond that is no reason to allocate.
    let possible = wanted.min(compressed.saturating_mul(1032).saturating_add(CHUNK as u64));
    let size = usize::try_from(possible).map_err(|_| ZipError::Limit(wanted))?;
    let mut out = Vec::with_capacity(size);
    let mut stream = Stream::new();
    let part = Stored { content, offset: start, length: compressed };
    while out.len() < size {
        let before = out.len();
        let room = (size - before).min(CHUNK);
        out.resize(before + room, 0);
        let filled = stream.fill(&part, out.get_mut(before..).unwrap_or_default())?;
        out.truncate(before + filled);
        if filled < room {
            break;
        }
    }
    Ok(out)
}

/// One pass over a raw deflate stream.
struct Stream {
    inflater: Decompress,
    input: Vec<u8>,
    /// Part of `input` that was not used yet.
    pending: std::ops::Range<usize>,
    /// Compressed bytes read so far.
    read: u64,
    done: bool,
}

impl Stream {
    fn new() -> Stream {
        Stream { inflater: Decompress::new(false), input: Vec::new(), pending: 0..0, read: 0, done: false }
    }

    /// Fills the buffer, as far as the stream goes; says how far.
    fn fill(&mut self, from: &dyn ReadAt, buffer: &mut [u8]) -> Result<usize, ZipError> {
        let mut filled = 0;
        while filled < buffer.len() && !self.done {
            if self.pending.is_empty() {
                let left = usize::try_from(from.len() - self.read).unwrap_or(usize::MAX).min(CHUNK);
                if left == 0 {
                    return Err(ZipError::Damaged("its compressed data is cut off"));
                }
                self.input.resize(left, 0);
                from.read_exact_at(self.read, &mut self.input)?;
                self.read += left as u64;
                self.pending = 0..left;
            }
            let input = self.input.get(self.pending.clone()).unwrap_or_default();
            let (in_before, out_before) = (self.inflater.total_in(), self.inflater.total_out());
            let status = self
                .inflater
                .decompress(input, buffer.get_mut(filled..).unwrap_or_default(), FlushDecompress::None)
                .map_err(|_| ZipError::Damaged("its compressed data is invalid"))?;
            let used = usize::try_from(self.inflater.total_in() - in_before).unwrap_or(0);
            let made = usize::try_from(self.inflater.total_out() - out_before).unwrap_or(0);
            self.pending.start += used;
            filled += made;
            self.done = status == Status::StreamEnd;
            if used == 0 && made == 0 && !self.done && !self.pending.is_empty() {
                return Err(ZipError::Damaged("its compressed data is invalid"));
            }
        }
        Ok(filled)
    }
}

/// Random access to deflated content that is too large to be held: memory stays at a few megabytes, and reading
/// backwards costs another pass. Readers that go to the end first and then forwards need two.
///
/// A budget bounds all passes together; beyond it reads fail with `FileTooLarge`.
pub struct Deflated<'a> {
    from: Stored<'a>,
    size: u64,
    budget: u64,
    state: Mutex<State>,
}

struct State {
    stream: Stream,
    at: u64,
    /// The last bytes of the content, once a pass came to its end.
    tail: Option<Vec<u8>>,
    budget: u64,
}

impl<'a> Deflated<'a> {
    pub(super) fn new(from: Stored<'a>, size: u64, budget: u64) -> Deflated<'a> {
        let state = State { stream: Stream::new(), at: 0, tail: None, budget };
        Deflated { from, size, budget, state: Mutex::new(state) }
    }

    /// Bytes that all passes together have inflated so far.
    pub fn inflated(&self) -> u64 {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        self.budget - state.budget
    }

    /// The first pass, to the end: keeps the tail.
    fn read_tail(&self, state: &mut State) -> io::Result<()> {
        let length = usize::try_from(self.size).unwrap_or(usize::MAX).min(TAIL);
        self.seek(state, self.size - length as u64)?;
        let mut tail = vec![0; length];
        self.next(state, &mut tail)?;
        state.tail = Some(tail);
        Ok(())
    }

    fn seek(&self, state: &mut State, offset: u64) -> io::Result<()> {
        if offset < state.at {
            state.stream = Stream::new();
            state.at = 0;
        }
        let mut scratch = vec![0; CHUNK];
        while state.at < offset {
            let step = usize::try_from(offset - state.at).unwrap_or(usize::MAX).min(CHUNK);
            self.next(state, scratch.get_mut(..step).unwrap_or_default())?;
        }
        Ok(())
    }

    fn next(&self, state: &mut State, buffer: &mut [u8]) -> io::Result<()> {
        let length = buffer.len() as u64;
        state.budget = state.budget.checked_sub(length).ok_or(io::ErrorKind::FileTooLarge)?;
        let filled = state.stream.fill(&self.from, buffer).map_err(|error| match error {
            ZipError::Io(error) => error,
            other => io::Error::new(io::ErrorKind::InvalidData, other.to_string()),
        })?;
        state.at += filled as u64;
        if filled == buffer.len() { Ok(()) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
    }
}

impl ReadAt for Deflated<'_> {
    fn len(&self) -> u64 {
        self.size
    }

    fn read_exact_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<()> {
        let end = offset.checked_add(buffer.len() as u64).filter(|end| *end <= self.size);
        end.ok_or(io::ErrorKind::UnexpectedEof)?;
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.tail.is_none() && self.size - offset <= TAIL as u64 {
            self.read_tail(&mut state)?;
        }
        let tail_start = self.size - state.tail.as_ref().map_or(0, |tail| tail.len() as u64);
        let inside = offset.checked_sub(tail_start).and_then(|at| usize::try_from(at).ok());
        if let (Some(tail), Some(at)) = (&state.tail, inside)
            && let Some(part) = tail.get(at..at + buffer.len())
        {
            buffer.copy_from_slice(part);
            return Ok(());
        }
        self.seek(&mut state, offset)?;
        self.next(&mut state, buffer)
    }
}
