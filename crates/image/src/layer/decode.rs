//! Decompression of layer blobs: gzip of several members (RFC 1952) and zstd of several frames (RFC 8878), recognised
//! by their first bytes and never by media type.

use super::blocks::{Meter, Pool, Supplied, read_block};
use super::error::LayerError;
use super::hashing::{Algorithms, Digests, StreamHasher};
use flate2::bufread::GzDecoder;
use std::io::{self, BufRead, BufReader, Read};
use std::sync::Arc;
use std::sync::mpsc::SyncSender;

/// How a blob is compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Compression {
    Plain,
    Gzip,
    Zstd,
    /// Known, and read by no container runtime.
    Unsupported(&'static str),
}

/// Bytes that are needed to recognise a compression.
pub(crate) const MAGIC_BYTES: usize = 6;

impl Compression {
    /// The compression of what begins with `prefix`.
    pub(crate) fn of(prefix: &[u8]) -> Compression {
        match prefix {
            [0x1f, 0x8b, ..] => Compression::Gzip,
            // The second is a skippable frame, with which zstd:chunked and seekable writers may begin.
            [0x28, 0xb5, 0x2f, 0xfd, ..] | [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => Compression::Zstd,
            [0xfd, b'7', b'z', b'X', b'Z', 0, ..] => Compression::Unsupported("xz"),
            [b'B', b'Z', b'h', b'1'..=b'9', ..] => Compression::Unsupported("bzip2"),
            [0x04, 0x22, 0x4d, 0x18, ..] => Compression::Unsupported("lz4"),
            [0x1f, 0x9d, ..] => Compression::Unsupported("compress"),
            [b'L', b'Z', b'I', b'P', ..] => Compression::Unsupported("lzip"),
            [0x5d, 0x00, 0x00, ..] => Compression::Unsupported("lzma"),
            _ => Compression::Plain,
        }
    }
}

/// The compressed side of a stream: counted and hashed while it is read.
pub(super) struct Compressed<R> {
    source: R,
    hasher: StreamHasher,
    read: u64,
}

impl<R: Read> Compressed<R> {
    pub(super) fn new(source: R, algorithms: Algorithms) -> Compressed<R> {
        Compressed { source, hasher: StreamHasher::new(algorithms), read: 0 }
    }
}

impl<R: Read> Read for Compressed<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.source.read(buffer)?;
        self.hasher.update(buffer.get(..length).unwrap_or_default());
        self.read += length as u64;
        Ok(length)
    }
}

/// Decompresses `source` into `blocks` until its end, and returns the digests of the compressed bytes. Damage is
/// sent as the last block, and the compressed bytes behind it are read all the same, for their digest.
pub(crate) fn run<R: Read>(
    source: R,
    compression: Compression,
    algorithms: Algorithms,
    meter: &Meter<'_>,
    blocks: &SyncSender<Supplied>,
) -> io::Result<Digests> {
    let compressed = BufReader::with_capacity(64 << 10, Compressed::new(source, algorithms));
    let mut compressed = match compression {
        Compression::Zstd => zstd(compressed, meter, blocks),
        _ => gzip(compressed, meter, blocks),
    }?;
    // No reader is left, or the stream is damaged: what follows still counts for the digest.
    let mut rest = vec![0; 64 << 10];
    let inner = compressed.get_mut();
    while inner.read(&mut rest)? > 0 {
        if meter.check_time().is_err() {
            return Err(io::ErrorKind::TimedOut.into());
        }
    }
    Ok(compressed.into_inner().hasher.finish())
}

type Input<R> = BufReader<Compressed<R>>;

fn gzip<R: Read>(
    mut input: Input<R>,
    meter: &Meter<'_>,
    blocks: &SyncSender<Supplied>,
) -> io::Result<Input<R>> {
    let mut decoder = Members { input: Some(&mut input), member: None };
    pump(&mut decoder, "gzip", meter, blocks, |decoder| decoder.read_compressed());
    drop(decoder);
    Ok(input)
}

fn zstd<R: Read>(
    mut input: Input<R>,
    meter: &Meter<'_>,
    blocks: &SyncSender<Supplied>,
) -> io::Result<Input<R>> {
    let mut decoder = ::zstd::stream::read::Decoder::with_buffer(&mut input)?;
    decoder.window_log_max(meter.limits.zstd_window_log)?;
    pump(&mut decoder, "zstd", meter, blocks, |decoder| decoder.get_ref().get_ref().read);
    drop(decoder);
    Ok(input)
}

/// Moves what `decoder` gives into blocks, within the limit of ratio; `read` tells the compressed bytes so far.
fn pump<D: Read>(
    decoder: &mut D,
    format: &'static str,
    meter: &Meter<'_>,
    blocks: &SyncSender<Supplied>,
    read: impl Fn(&D) -> u64,
) {
    let pool = Arc::new(Pool::default());
    let mut produced = 0u64;
    loop {
        let (block, error) = read_block(decoder, &pool);
        let ended = block.is_empty() && error.is_none();
        produced += block.len() as u64;
        let allowed = read(decoder).saturating_mul(meter.limits.ratio);
        let result = if produced > meter.limits.ratio_from && produced > allowed {
            Err(LayerError::Limit { name: "ratio", limit: meter.limits.ratio })
        } else {
            Ok(block)
        };
        let over = result.is_err();
        // The reader may have given up.
        if ended || blocks.send(result).is_err() || over {
            return;
        }
        if let Some(source) = error {
            let _ = blocks.send(Err(LayerError::Decompress { format, produced, source }));
            return;
        }
    }
}

/// All members of a gzip stream in a row. Zeros behind the last one are padding.
struct Members<'a, R> {
    /// `None` while a member has it.
    input: Option<&'a mut R>,
    member: Option<GzDecoder<&'a mut R>>,
}

impl<R: Read> Members<'_, Input<R>> {
    fn read_compressed(&self) -> u64 {
        let input = self.member.as_ref().map(|member| &**member.get_ref());
        input.or(self.input.as_deref()).map_or(0, |input| input.get_ref().read)
    }
}

impl<R: BufRead> Read for Members<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            if let Some(member) = &mut self.member {
                let length = member.read(buffer)?;
                if length > 0 || buffer.is_empty() {
                    return Ok(length);
                }
                self.input = self.member.take().map(GzDecoder::into_inner);
            }
            let Some(input) = self.input.take() else { return Ok(0) };
            let begins_member = input.fill_buf()?.first() == Some(&0x1f);
            if begins_member {
                self.member = Some(GzDecoder::new(input));
                continue;
            }
            let only_zeros = pass_zeros(input)?;
            self.input = Some(input);
            if only_zeros {
                return Ok(0);
            }
            return Err(io::Error::new(io::ErrorKind::InvalidData, "no gzip data behind the last member"));
        }
    }
}

/// Passes over zeros; true where there was nothing else up to the end.
fn pass_zeros<R: BufRead>(input: &mut R) -> io::Result<bool> {
    loop {
        let buffer = input.fill_buf()?;
        if buffer.is_empty() {
            return Ok(true);
        }
        if buffer.iter().any(|b| *b != 0) {
            return Ok(false);
        }
        let length = buffer.len();
        input.consume(length);
    }
}
