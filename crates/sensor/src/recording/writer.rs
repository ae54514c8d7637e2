//! Writing a recording.

use super::{Ending, Header, MAGIC};
use crate::live::Counters;
use std::io::{self, Write};

/// Bytes of events in one block.
const BLOCK: usize = 1 << 20;

/// A recording being written. What was flushed survives the end of this program.
pub struct Recorder<W: Write> {
    out: W,
    block: Vec<u8>,
    compressor: zstd::bulk::Compressor<'static>,
    events: u64,
    written: u64,
}

impl<W: Write> std::fmt::Debug for Recorder<W> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Recorder").field("events", &self.events).field("written", &self.written).finish()
    }
}

impl<W: Write> Recorder<W> {
    /// Begins a recording.
    ///
    /// # Errors
    /// What writing gives.
    pub fn new(mut out: W, header: &Header) -> io::Result<Recorder<W>> {
        let json = serde_json::to_vec(header)?;
        let len = u32::try_from(json.len()).map_err(io::Error::other)?;
        out.write_all(&MAGIC)?;
        out.write_all(&len.to_le_bytes())?;
        out.write_all(&json)?;
        let mut compressor = zstd::bulk::Compressor::new(3)?;
        compressor.long_distance_matching(false)?;
        let written = (MAGIC.len() + 4 + json.len()) as u64;
        Ok(Recorder { out, block: Vec::with_capacity(BLOCK + (64 << 10)), compressor, events: 0, written })
    }

    /// Adds an event.
    ///
    /// # Errors
    /// What writing gives, when a block is full.
    pub fn push(&mut self, event: &[u8]) -> io::Result<()> {
        self.block.extend_from_slice(event);
        self.events += 1;
        if self.block.len() >= BLOCK { self.flush() } else { Ok(()) }
    }

    /// Writes what was added so far.
    ///
    /// # Errors
    /// What writing gives.
    pub fn flush(&mut self) -> io::Result<()> {
        if !self.block.is_empty() {
            let block = std::mem::take(&mut self.block);
            self.write(b'E', &block)?;
            self.block = block;
            self.block.clear();
        }
        self.out.flush()
    }

    /// Writes the counters so far.
    ///
    /// # Errors
    /// What writing gives.
    pub fn note(&mut self, counters: Counters, complete: bool) -> io::Result<()> {
        self.flush()?;
        let json = serde_json::to_vec(&Ending { counters, complete, events: self.events })?;
        self.write(b'S', &json)?;
        self.out.flush()
    }

    /// Ends the recording.
    ///
    /// # Errors
    /// What writing gives.
    pub fn finish(mut self, counters: Counters) -> io::Result<W> {
        self.note(counters, true)?;
        Ok(self.out)
    }

    /// Events so far, and bytes written.
    pub fn size(&self) -> (u64, u64) {
        (self.events, self.written)
    }

    fn write(&mut self, kind: u8, raw: &[u8]) -> io::Result<()> {
        let compressed = self.compressor.compress(raw)?;
        let half = |len: usize| u32::try_from(len).map_err(io::Error::other);
        self.out.write_all(&[b'B', b'L', b'K', kind])?;
        self.out.write_all(&half(raw.len())?.to_le_bytes())?;
        self.out.write_all(&half(compressed.len())?.to_le_bytes())?;
        self.out.write_all(&crc32fast::hash(&compressed).to_le_bytes())?;
        self.out.write_all(&compressed)?;
        self.written += (super::BLOCK_HEAD + compressed.len()) as u64;
        Ok(())
    }
}
