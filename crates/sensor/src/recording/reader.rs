//! Reading a recording that a stranger may have written.

use super::{BLOCK_HEAD, Ending, Header, MAGIC, MAX_BLOCK, MAX_HEADER};
use crate::catalogue::EventId;
use crate::wire::Event;
use batten_model::Localized;
use std::io::{self, Read};

/// Why a recording cannot be read, or not to its end.
#[derive(Debug, thiserror::Error)]
pub enum RecordingError {
    /// The bytes could not be read.
    #[error("the recording cannot be read")]
    Read(#[from] io::Error),
    /// Not a recording.
    #[error("this is no recording of `batten sensor record`")]
    NotARecording,
    /// Of another version.
    #[error("the recording has version {0}; this program reads version 1")]
    Version(u8),
    /// Its header is not sound.
    #[error("the recording's header is not sound: {0}")]
    Header(String),
    /// A block is not sound; what comes before it was read.
    #[error("block {number} at byte {offset} is not sound: {why}")]
    Block {
        /// Its number from 1.
        number: u64,
        /// Where it begins.
        offset: u64,
        /// What is wrong.
        why: &'static str,
    },
    /// The recording ends within a block, as that of a recorder that was killed does.
    #[error(
        "the recording ends within block {number} at byte {offset}: it was cut, or its recorder was killed"
    )]
    Torn {
        /// Its number from 1.
        number: u64,
        /// Where it begins.
        offset: u64,
    },
}

impl Localized for RecordingError {
    fn zh(&self) -> String {
        match self {
            RecordingError::Read(_) => "无法读取录制文件".to_owned(),
            RecordingError::NotARecording => "这不是 `batten sensor record` 的录制文件".to_owned(),
            RecordingError::Version(found) => format!("录制文件的版本为 {found}；本程序读取版本 1"),
            RecordingError::Header(why) => format!("录制文件的头部有误：{why}"),
            RecordingError::Block { number, offset, why } => {
                format!("位于字节 {offset} 的第 {number} 块有误：{why}")
            }
            RecordingError::Torn { number, offset } => {
                format!("录制文件在位于字节 {offset} 的第 {number} 块中途结束：文件被截断，或录制程序被终止")
            }
        }
    }
}

/// A recording being read, block by block; one block is in memory at a time.
pub struct Reader<R: Read> {
    input: R,
    header: Header,
    numbers: Vec<Option<EventId>>,
    decompressor: zstd::bulk::Decompressor<'static>,
    offset: u64,
    number: u64,
    ending: Option<Ending>,
    unknown: u64,
    unsound: u64,
}

impl<R: Read> std::fmt::Debug for Reader<R> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reader")
            .field("header", &self.header)
            .field("offset", &self.offset)
            .finish_non_exhaustive()
    }
}

impl<R: Read> Reader<R> {
    /// Reads the header.
    ///
    /// # Errors
    /// [`RecordingError`] where this is no recording that can be read.
    pub fn new(mut input: R) -> Result<Reader<R>, RecordingError> {
        let mut magic = [0; 8];
        if fill(&mut input, &mut magic)? < magic.len() || magic.first_chunk::<7>() != MAGIC.first_chunk::<7>()
        {
            return Err(RecordingError::NotARecording);
        }
        let [.., version] = magic;
        if version != 1 {
            return Err(RecordingError::Version(version));
        }
        let mut len = [0; 4];
        fill(&mut input, &mut len)?;
        let len = u32::from_le_bytes(len) as usize;
        if len > MAX_HEADER {
            return Err(RecordingError::Header(format!("{len} bytes, more than {MAX_HEADER}")));
        }
        let mut json = vec![0; len];
        if fill(&mut input, &mut json)? < len {
            return Err(RecordingError::Header("cut".to_owned()));
        }
        let header: Header =
            serde_json::from_slice(&json).map_err(|error| RecordingError::Header(error.to_string()))?;
        let numbers = header.events.iter().map(|name| EventId::named(name)).collect();
        let decompressor = zstd::bulk::Decompressor::new()?;
        let offset = (MAGIC.len() + 4 + len) as u64;
        Ok(Reader {
            input,
            header,
            numbers,
            decompressor,
            offset,
            number: 0,
            ending: None,
            unknown: 0,
            unsound: 0,
        })
    }

    /// What the recording says of itself.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// The last counters that were met, and whether the recording is complete.
    pub fn ending(&self) -> Option<Ending> {
        self.ending
    }

    /// Events that were left out: of a kind that this program does not know, and unsound ones.
    pub fn left_out(&self) -> (u64, u64) {
        (self.unknown, self.unsound)
    }

    /// Gives the events of the next block to `each`; `false` at the end.
    ///
    /// # Errors
    /// [`RecordingError`] for a block that is not sound; reading cannot go on behind it.
    pub fn block(&mut self, mut each: impl FnMut(&Event<'_>)) -> Result<bool, RecordingError> {
        self.number += 1;
        let (number, offset) = (self.number, self.offset);
        let unsound = |why| RecordingError::Block { number, offset, why };
        let mut head = [0; BLOCK_HEAD];
        match fill(&mut self.input, &mut head)? {
            0 => return Ok(false),
            n if n < BLOCK_HEAD => return Err(RecordingError::Torn { number, offset }),
            _ => {}
        }
        let [b'B', b'L', b'K', kind, a, b, c, d, e, f, g, h, i, j, k, l] = head else {
            return Err(unsound("no block begins there"));
        };
        let raw_len = u32::from_le_bytes([a, b, c, d]) as usize;
        let len = u32::from_le_bytes([e, f, g, h]) as usize;
        if raw_len > MAX_BLOCK || len > MAX_BLOCK {
            return Err(unsound("longer than a block may be"));
        }
        let mut compressed = vec![0; len];
        if fill(&mut self.input, &mut compressed)? < len {
            return Err(RecordingError::Torn { number, offset });
        }
        if crc32fast::hash(&compressed) != u32::from_le_bytes([i, j, k, l]) {
            return Err(unsound("its checksum differs"));
        }
        let raw = self
            .decompressor
            .decompress(&compressed, raw_len)
            .map_err(|_| unsound("it cannot be decompressed"))?;
        if raw.len() != raw_len {
            return Err(unsound("it has another length than it says"));
        }
        self.offset += (BLOCK_HEAD + len) as u64;
        match kind {
            b'E' => self.events(&raw, &mut each),
            b'S' => self.ending = serde_json::from_slice(&raw).ok(),
            _ => return Err(unsound("its kind is unknown")),
        }
        Ok(true)
    }

    fn events(&mut self, raw: &[u8], each: &mut impl FnMut(&Event<'_>)) {
        let mut rest = raw;
        while !rest.is_empty() {
            // An event whose length cannot be trusted ends the block; what is wrong within one does not.
            let len = rest.first_chunk::<4>().map_or(0, |four| u32::from_ne_bytes(*four) as usize);
            let Some((bytes, behind)) = rest.split_at_checked(len).filter(|_| len >= crate::wire::HEAD_LEN)
            else {
                self.unsound += 1;
                return;
            };
            rest = behind;
            let Ok(mut event) = Event::parse(bytes) else {
                self.unsound += 1;
                continue;
            };
            match self.numbers.get(usize::from(event.head.event)).copied().flatten() {
                Some(id) => {
                    event.head.event = id.0;
                    each(&event);
                }
                None => self.unknown += 1,
            }
        }
    }
}

/// Reads until the buffer is full or the input ends.
fn fill(input: &mut impl Read, mut buffer: &mut [u8]) -> io::Result<usize> {
    let mut total = 0;
    while !buffer.is_empty() {
        match input.read(buffer) {
            Ok(0) => break,
            Ok(n) => {
                total += n;
                buffer = buffer.get_mut(n..).unwrap_or_default();
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(total)
}

#[cfg(test)]
mod tests {
    use super::super::Recorder;
    use super::*;
    use crate::live::Counters;
    use crate::wire::{Builder, Head};

    fn header() -> Header {
        let events = crate::catalogue::events().iter().map(|kind| kind.name.to_owned()).rev().collect();
        Header {
            tool: "t".to_owned(),
            host: "h".to_owned(),
            kernel: "k".to_owned(),
            architecture: "a".to_owned(),
            boot_offset: 0,
            events,
            chosen: Vec::new(),
            filtered: false,
            passwd: String::new(),
            group: String::new(),
        }
    }

    fn recording() -> Vec<u8> {
        let mut recorder = Recorder::new(Vec::new(), &header()).unwrap();
        let last = u16::try_from(crate::catalogue::events().len() - 1).unwrap();
        for pid in 0..3 {
            let event = Builder::new(Head { pid, event: last, ..Head::default() }).finish();
            recorder.push(&event).unwrap();
            recorder.flush().unwrap();
        }
        recorder.push(&Builder::new(Head { event: 9999, ..Head::default() }).finish()).unwrap();
        recorder.finish(Counters { sent: 4, ..Counters::default() }).unwrap()
    }

    fn read(bytes: &[u8]) -> (Vec<u32>, Option<RecordingError>, Option<Ending>, (u64, u64)) {
        let mut reader = Reader::new(bytes).unwrap();
        let mut pids = Vec::new();
        let error = loop {
            match reader.block(|event| {
                assert_eq!(event.head.event, 0, "numbers follow the names");
                pids.push(event.head.pid);
            }) {
                Ok(true) => {}
                Ok(false) => break None,
                Err(error) => break Some(error),
            }
        };
        (pids, error, reader.ending(), reader.left_out())
    }

    #[test]
    fn what_is_recorded_is_read() {
        let (pids, error, ending, left_out) = read(&recording());
        assert_eq!((pids, left_out), (vec![0, 1, 2], (1, 0)));
        assert!(error.is_none());
        let ending = ending.unwrap();
        assert!(ending.complete && ending.counters.sent == 4 && ending.events == 4);
    }

    #[test]
    fn a_cut_recording_gives_what_is_whole() {
        let whole = recording();
        let (pids, error, ending, _) = read(&whole[..whole.len() - 1]);
        assert_eq!(pids, [0, 1, 2]);
        assert!(matches!(error, Some(RecordingError::Torn { number: 5, .. })), "{error:?}");
        assert!(ending.is_none());
        let mut damaged = whole.clone();
        let middle = whole.len() - 100;
        damaged[middle] ^= 1;
        assert!(read(&damaged).1.is_some());
    }

    #[test]
    fn what_is_no_recording_is_said_to_be_none() {
        assert!(matches!(Reader::new(&b"hello"[..]), Err(RecordingError::NotARecording)));
        assert!(matches!(Reader::new(&b"BATREC\x00\x02"[..]), Err(RecordingError::Version(2))));
        assert!(matches!(
            Reader::new(&b"BATREC\x00\x01\xff\xff\xff\xff"[..]),
            Err(RecordingError::Header(_))
        ));
    }
}
