//! One layer in one pass: stored bytes are read once, and on their way hashed, decompressed, hashed again, read as
//! tar archive, matched and offered to formats.
//!
//! | what | module |
//! | --- | --- |
//! | blocks, the thread that hashes them, counters of what is used | `blocks` |
//! | gzip and zstd | `decode` |
//! | digests | `hashing` |
//! | entries of the archive | `walk`, `paths` |
//! | what comes out | `facts` |
//! | what goes wrong | [`error`] |

pub(crate) mod blocks;
pub(crate) mod decode;
pub mod error;
mod facts;
pub(crate) mod hashing;
pub(crate) mod paths;
mod walk;

pub(crate) use blocks::Meter;
pub(crate) use decode::Compression;
pub(crate) use facts::{FoundFile, LayerFacts, NameSets, ancestors};
pub(crate) use walk::{Tools, too_large};

use crate::source::{LayerBytes, Region};
use crate::tar::Reader;
use batten_model::Digest;
use blocks::{Direct, Supply, Tee, supply_channel};
use decode::MAGIC_BYTES;
use error::LayerError;
use hashing::{Algorithms, Digests};
use std::io::{self, Read};
use std::os::unix::fs::FileExt as _;
use walk::{Walk, Wanted, read_wanted};

/// What is stated of a layer before it is read.
#[derive(Debug, Clone, Default)]
pub(crate) struct Stated {
    pub(crate) digest: Option<Digest>,
    pub(crate) size: Option<u64>,
    pub(crate) diff_id: Option<Digest>,
}

/// What reading a layer gave.
pub(crate) struct LayerOutcome {
    /// Of the stored bytes; `None` where they could not be read to their end.
    pub(crate) blob: Option<Digests>,
    /// Of the uncompressed bytes; `None` likewise.
    pub(crate) diff: Option<Digests>,
    pub(crate) facts: LayerFacts,
    /// What is wrong with the layer as a whole.
    pub(crate) errors: Vec<LayerError>,
}

impl LayerOutcome {
    /// Whether the facts are all that the layer has.
    pub(crate) fn is_complete(&self) -> bool {
        self.blob.is_some() && self.diff.is_some() && !self.facts_are_partial() && !self.facts.transient
    }

    fn facts_are_partial(&self) -> bool {
        self.errors.iter().any(|error| {
            !matches!(
                error,
                LayerError::BlobDigest { .. } | LayerError::DiffId { .. } | LayerError::BlobSize { .. }
            )
        })
    }

    /// The same once more, for a blob that is several layers. Its errors are told once.
    pub(crate) fn copy(&self) -> LayerOutcome {
        LayerOutcome {
            blob: self.blob.clone(),
            diff: self.diff.clone(),
            facts: self.facts.clone(),
            errors: Vec::new(),
        }
    }

    /// Compares with what was stated, and adds what differs to the errors.
    pub(crate) fn check(&mut self, stated: &Stated) {
        if let Some(blob) = &self.blob {
            if let Some(digest) = &stated.digest
                && blob.like(digest) != digest
            {
                let actual = blob.like(digest).clone();
                self.errors.push(LayerError::BlobDigest { stated: digest.clone(), actual });
            }
            if let Some(size) = stated.size.filter(|size| *size != 0 && *size != blob.length) {
                self.errors.push(LayerError::BlobSize { stated: size, actual: blob.length });
            }
        }
        if let (Some(diff), Some(diff_id)) = (&self.diff, &stated.diff_id)
            && diff.like(diff_id) != diff_id
        {
            let actual = diff.like(diff_id).clone();
            self.errors.push(LayerError::DiffId { stated: diff_id.clone(), actual });
        }
    }
}

/// Reads a layer. `reopen` gives the same bytes once more, for hard links to files that nobody wanted under their
/// own name; `None` where the source cannot.
pub(crate) fn read_layer<'a>(
    bytes: LayerBytes<'_>,
    stated: &Stated,
    tools: Tools<'_>,
    reopen: &dyn Fn() -> Option<LayerBytes<'a>>,
) -> LayerOutcome {
    let (mut outcome, wanted) = first_pass(bytes, stated, tools);
    if !wanted.is_empty()
        && let Some(bytes) = reopen()
    {
        second_pass(bytes, tools, wanted, &mut outcome);
    }
    outcome.check(stated);
    outcome
}

/// The stored bytes, with the first of them looked at.
pub(crate) struct Opened<'a> {
    pub(crate) stream: Box<dyn Read + Send + 'a>,
    pub(crate) compression: Compression,
    region: Option<Region>,
}

/// Recognises the compression.
pub(crate) fn open(bytes: LayerBytes<'_>) -> io::Result<Opened<'_>> {
    match bytes {
        LayerBytes::Region(region) => {
            let mut stream = RegionReader { region: region.clone(), place: 0 };
            let (prefix, length) = read_prefix(&mut stream)?;
            stream.place = 0;
            let compression = Compression::of(prefix.get(..length).unwrap_or_default());
            Ok(Opened { stream: Box::new(stream), compression, region: Some(region) })
        }
        LayerBytes::Stream(mut stream) => {
            let (prefix, length) = read_prefix(&mut stream)?;
            let compression = Compression::of(prefix.get(..length).unwrap_or_default());
            let front = io::Cursor::new(prefix).take(length as u64);
            Ok(Opened { stream: Box::new(front.chain(stream)), compression, region: None })
        }
    }
}

fn read_prefix(stream: &mut dyn Read) -> io::Result<([u8; MAGIC_BYTES], usize)> {
    let mut prefix = [0; MAGIC_BYTES];
    let mut length = 0;
    while let Some(rest) = prefix.get_mut(length..).filter(|rest| !rest.is_empty()) {
        match stream.read(rest) {
            Ok(0) => break,
            Ok(read) => length += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok((prefix, length))
}

fn failed(error: LayerError) -> (LayerOutcome, Wanted) {
    let outcome = LayerOutcome { blob: None, diff: None, facts: LayerFacts::default(), errors: vec![error] };
    (outcome, Wanted::new())
}

fn first_pass(bytes: LayerBytes<'_>, stated: &Stated, tools: Tools<'_>) -> (LayerOutcome, Wanted) {
    let algorithms = Algorithms::for_stated(stated.digest.iter().chain(&stated.diff_id));
    let opened = match open(bytes) {
        Ok(opened) => opened,
        Err(error) => return failed(LayerError::Read(error)),
    };
    let Opened { stream, compression, region } = opened;
    let mut stream = Counted { inner: stream, tools };
    match compression {
        Compression::Plain => {
            let scanned = std::thread::scope(|scope| {
                let supply = Supply::Direct(Direct::new(&mut stream));
                scan(Tee::new(scope, supply, algorithms, tools.meter), tools, region.as_ref())
            });
            let (digests, facts, wanted, errors) = scanned;
            (LayerOutcome { blob: digests.clone(), diff: digests, facts, errors }, wanted)
        }
        Compression::Gzip | Compression::Zstd => std::thread::scope(|scope| {
            let (sender, receiver) = supply_channel();
            let decoder =
                scope.spawn(move || decode::run(stream, compression, algorithms, tools.meter, &sender));
            let tee = Tee::new(scope, Supply::Thread(receiver), algorithms, tools.meter);
            let (diff, facts, wanted, mut errors) = scan(tee, tools, None);
            let blob = match decoder.join() {
                Ok(Ok(digests)) => Some(digests),
                Ok(Err(error)) => {
                    if errors.is_empty() {
                        errors.push(LayerError::Read(error));
                    }
                    None
                }
                Err(_) => None,
            };
            (LayerOutcome { blob, diff, facts, errors }, wanted)
        }),
        Compression::Unsupported(name) => failed(LayerError::UnsupportedCompression(name)),
    }
}

type Scanned = (Option<Digests>, LayerFacts, Wanted, Vec<LayerError>);

/// Reads the uncompressed stream as archive, and to its end in any case.
fn scan(tee: Tee<'_, '_>, tools: Tools<'_>, region: Option<&Region>) -> Scanned {
    let mut walk = Walk::new(tools, region);
    let mut reader = Reader::new(tee);
    let mut errors = Vec::new();
    if let Err(error) = walk.run(&mut reader) {
        let stopped = matches!(error, LayerError::Limit { .. });
        errors.push(error);
        // A damaged archive's digest still tells whether the damage came on the way or was there at birth.
        if !stopped {
            let _ = reader.drain();
        }
    }
    let digests = match reader.into_source().finish() {
        Ok(digests) => Some(digests),
        Err(cause) => {
            // What stopped the stream says more than that the archive ended early.
            match errors.first() {
                Some(LayerError::Limit { .. }) => {}
                _ => errors = vec![cause],
            }
            None
        }
    };
    let (facts, wanted) = walk.finish();
    (digests, facts, wanted, errors)
}

fn second_pass(bytes: LayerBytes<'_>, tools: Tools<'_>, mut wanted: Wanted, outcome: &mut LayerOutcome) {
    let result = (|| {
        let opened = open(bytes).map_err(LayerError::Read)?;
        let stream = uncompressed(opened, tools.meter).map_err(LayerError::Read)?;
        // The first pass counted and bounded these bytes already.
        let mut reader = Reader::new(io::BufReader::with_capacity(blocks::BLOCK_BYTES, stream));
        read_wanted(tools, &mut reader, &mut wanted, &mut outcome.facts)
    })();
    if let Err(error) = result
        && outcome.errors.is_empty()
    {
        outcome.errors.push(error);
    }
}

/// The uncompressed bytes of what was read before, and so was within the limits.
pub(crate) fn uncompressed<'a>(
    opened: Opened<'a>,
    meter: &Meter<'_>,
) -> io::Result<Box<dyn Read + Send + 'a>> {
    let buffered = |stream| io::BufReader::with_capacity(blocks::BLOCK_BYTES, stream);
    Ok(match opened.compression {
        Compression::Gzip => Box::new(flate2::bufread::MultiGzDecoder::new(buffered(opened.stream))),
        Compression::Zstd => {
            let mut decoder = ::zstd::stream::read::Decoder::with_buffer(buffered(opened.stream))?;
            decoder.window_log_max(meter.limits.zstd_window_log)?;
            Box::new(decoder)
        }
        Compression::Plain | Compression::Unsupported(_) => opened.stream,
    })
}

/// Reads a region from its front to its end.
struct RegionReader {
    region: Region,
    place: u64,
}

impl Read for RegionReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = self.region.length.saturating_sub(self.place);
        let length = usize::try_from(left).map_or(buffer.len(), |left| left.min(buffer.len()));
        let Some(target) = buffer.get_mut(..length).filter(|target| !target.is_empty()) else { return Ok(0) };
        let read = self.region.file.read_at(target, self.region.offset + self.place)?;
        if read == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.place += read as u64;
        Ok(read)
    }
}

/// Tells the progress of reading stored bytes.
struct Counted<'a, R> {
    inner: R,
    tools: Tools<'a>,
}

impl<R: Read> Read for Counted<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.inner.read(buffer)?;
        self.tools.meter.progress.advance(length as u64);
        Ok(length)
    }
}
