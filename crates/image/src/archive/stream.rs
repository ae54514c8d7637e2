//! Archives that can only be read from front to end: compressed as a whole, or from a pipe. Nothing is unpacked: each
//! entry that may be a layer is read as one while it passes, and what the manifest does not name is forgotten.

use super::error::ArchiveError;
use super::store::KeptStore;
use super::{StreamArchive, select};
use crate::layer::blocks::{Direct, Supply, Tee, supply_channel};
use crate::layer::error::LayerError;
use crate::layer::hashing::Algorithms;
use crate::layer::paths::{Shape, link_target, normalise};
use crate::layer::{
    Compression, LayerOutcome, Opened, Stated, Tools, decode, open, read_layer, uncompressed,
};
use crate::manifest::CONFIG_BYTES_MAX;
use crate::source::{ImageParts, LayerBytes, SourceError};
use crate::tar::{Entry, Kind, Reader};
use batten_model::{Digest, Localized as _};
use std::collections::HashMap;
use std::io::{self, BufRead, BufReader, Read};

/// Bytes of manifests and configurations that are kept, in all.
const KEPT_BYTES_MAX: u64 = 24 << 20;
/// Most entries that the outer archive may have.
const ENTRIES_MAX: usize = 200_000;

/// An archive that was read, or is known from before.
pub(crate) struct Streamed {
    pub(crate) kept: KeptStore,
    /// What the parts gave that may be layers, by name.
    pub(crate) outcomes: HashMap<String, LayerOutcome>,
    damage: Option<ArchiveError>,
}

/// An image from an archive that was read as a stream.
pub(crate) struct StreamedImage {
    pub(crate) parts: ImageParts,
    /// For each layer, what it gave; `None` where the archive does not have it.
    pub(crate) outcomes: Vec<Option<LayerOutcome>>,
}

/// Reads the whole archive.
pub(crate) fn read(archive: &StreamArchive, tools: Tools<'_>) -> Result<Streamed, SourceError> {
    let mut pass =
        Pass { archive, tools, kept: KeptStore::default(), kept_bytes: 0, outcomes: HashMap::new() };
    let damage = pass.run().map_err(|error| error.about(&archive.target()))?;
    let Pass { kept, outcomes, .. } = pass;
    Ok(Streamed { kept, outcomes, damage })
}

impl Streamed {
    /// An archive that was read before without damage, with the layers of the chosen image from the cache. `None`
    /// where one of them is not known.
    pub(crate) fn known(
        archive: &StreamArchive,
        kept: KeptStore,
        layer: impl Fn(&str) -> Option<LayerOutcome>,
    ) -> Option<Streamed> {
        let selected = select(&kept, &archive.choice).ok()?;
        let mut outcomes = HashMap::new();
        for part in &selected.layers {
            if let Some(name) = kept.resolve(&part.name) {
                outcomes.insert(name.to_owned(), layer(name)?);
            }
        }
        Some(Streamed { kept, outcomes, damage: None })
    }

    /// Whether the archive was read to its end.
    pub(crate) fn is_whole(&self) -> bool {
        self.damage.is_none()
    }

    /// The chosen image.
    pub(crate) fn image(self, archive: &StreamArchive) -> Result<StreamedImage, SourceError> {
        let Streamed { kept, mut outcomes, damage } = self;
        let target = archive.target();
        let fail = |error: ArchiveError| error.about(&target);
        let selected = select(&kept, &archive.choice).map_err(|error| match (&error, damage) {
            (ArchiveError::NoImage | ArchiveError::Missing(_), Some(damage)) => fail(damage),
            _ => fail(error),
        })?;
        let (parts, names) = selected.into_parts(target.clone());
        // One blob can be several layers; the last of them takes it, the others a copy.
        let mut left: HashMap<&str, usize> = HashMap::new();
        let resolved: Vec<Option<&str>> = names.iter().map(|name| kept.resolve(name)).collect();
        for name in resolved.iter().flatten() {
            *left.entry(name).or_default() += 1;
        }
        let outcomes = resolved
            .iter()
            .map(|name| {
                let name = (*name)?;
                let left = left.get_mut(name)?;
                *left -= 1;
                if *left == 0 { outcomes.remove(name) } else { outcomes.get(name).map(LayerOutcome::copy) }
            })
            .collect();
        Ok(StreamedImage { parts, outcomes })
    }
}

struct Pass<'a> {
    archive: &'a StreamArchive,
    tools: Tools<'a>,
    kept: KeptStore,
    kept_bytes: u64,
    outcomes: HashMap<String, LayerOutcome>,
}

impl Pass<'_> {
    /// Reads to the end, or to the damage that is returned.
    fn run(&mut self) -> Result<Option<ArchiveError>, ArchiveError> {
        let opened = open(LayerBytes::Stream(self.archive.stream())).map_err(ArchiveError::Open)?;
        let Opened { mut stream, compression, .. } = opened;
        let meter = self.tools.meter;
        match compression {
            Compression::Plain => {
                let tee = Tee::unhashed(Supply::Direct(Direct::new(&mut stream)), meter);
                Ok(self.entries(Reader::new(tee)))
            }
            Compression::Gzip | Compression::Zstd => Ok(std::thread::scope(|scope| {
                let (sender, receiver) = supply_channel();
                scope.spawn(move || decode::run(stream, compression, Algorithms::default(), meter, &sender));
                self.entries(Reader::new(Tee::unhashed(Supply::Thread(receiver), meter)))
            })),
            Compression::Unsupported(name) => Err(ArchiveError::UnsupportedCompression(name)),
        }
    }

    fn entries(&mut self, mut reader: Reader<Tee<'_, '_>>) -> Option<ArchiveError> {
        let mut name = String::new();
        for number in 0..ENTRIES_MAX {
            match reader.next_entry() {
                Ok(Some(entry)) => {
                    if normalise(reader.path(), &mut name, 4096, 64) == Shape::Plain
                        && let Err(error) = self.entry(&mut reader, &entry, &name, number)
                    {
                        return Some(stopped(reader, ArchiveError::Tar(error)));
                    }
                }
                Ok(None) => return None,
                Err(error) => return Some(stopped(reader, ArchiveError::Tar(error))),
            }
        }
        Some(ArchiveError::TooLarge { part: "the list of entries".to_owned(), limit: ENTRIES_MAX as u64 })
    }

    fn entry(
        &mut self,
        reader: &mut Reader<Tee<'_, '_>>,
        entry: &Entry,
        name: &str,
        number: usize,
    ) -> Result<(), crate::tar::TarError> {
        match entry.kind {
            Kind::HardLink => {
                let mut target = String::new();
                normalise(reader.link(), &mut target, 4096, 64);
                self.kept.links.insert(name.to_owned(), target);
            }
            Kind::Symlink => {
                if let Some(target) = link_target(name, reader.link(), 4096, 64) {
                    self.kept.links.insert(name.to_owned(), target);
                }
            }
            Kind::File if is_json(reader.content()?) && self.has_room(entry.stored) => {
                let mut bytes = Vec::new();
                while reader.content_left() > 0 {
                    let chunk = reader.content()?;
                    let length = chunk.len();
                    bytes.extend_from_slice(chunk);
                    reader.consume(length);
                }
                self.kept_bytes += bytes.len() as u64;
                self.kept.small.insert(name.to_owned(), bytes);
            }
            Kind::File => {
                self.kept.large.insert(name.to_owned(), entry.stored);
                let outcome = self.layer(reader, name, number);
                self.outcomes.insert(name.to_owned(), outcome);
            }
            _ => {}
        }
        Ok(())
    }

    fn has_room(&self, length: u64) -> bool {
        length <= CONFIG_BYTES_MAX && self.kept_bytes + length <= KEPT_BYTES_MAX
    }

    /// Reads the present entry as a layer, without knowing yet whether it is one.
    fn layer(&self, reader: &mut Reader<Tee<'_, '_>>, name: &str, number: usize) -> LayerOutcome {
        // Only the algorithm matters here; digests are compared once the manifest is known.
        let digest = name.contains("sha512/").then(|| Digest::from_sha512(&[0; 64]));
        let algorithm = Stated { digest, ..Stated::default() };
        let bytes = LayerBytes::Stream(Box::new(EntryReader { reader }));
        let mut outcome = read_layer(bytes, &algorithm, self.tools, &|| self.again(number));
        outcome.errors.retain(|error| !matches!(error, LayerError::BlobDigest { .. }));
        outcome
    }

    /// The content of the entry `number` once more.
    fn again(&self, number: usize) -> Option<LayerBytes<'static>> {
        if !self.archive.again {
            return None;
        }
        let opened = open(LayerBytes::Stream(self.archive.stream())).ok()?;
        let stream = uncompressed(opened, self.tools.meter).ok()?;
        let mut reader = Reader::new(BufReader::with_capacity(256 << 10, stream));
        for _ in 0..=number {
            reader.next_entry().ok().flatten()?;
        }
        Some(LayerBytes::Stream(Box::new(OwnedEntryReader { reader })))
    }
}

/// The damage that stopped the stream below, if any, says more than that the archive ends early.
fn stopped(reader: Reader<Tee<'_, '_>>, error: ArchiveError) -> ArchiveError {
    match reader.into_source().into_failure() {
        Some(failure) => ArchiveError::Stream(failure.to_string(), failure.zh()),
        None => error,
    }
}

/// Manifests, indexes and configurations are JSON objects or arrays; no tar archive and no compressed stream begins
/// like that but for one whose first file has such a name, which no layer has.
fn is_json(content: &[u8]) -> bool {
    let first = content.iter().find(|b| !b.is_ascii_whitespace());
    matches!(first, Some(b'{' | b'[')) && content.get(257..262) != Some(b"ustar")
}

struct EntryReader<'a, S> {
    reader: &'a mut Reader<S>,
}

impl<S: BufRead> Read for EntryReader<'_, S> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        read_content(self.reader, buffer)
    }
}

struct OwnedEntryReader<S> {
    reader: Reader<S>,
}

impl<S: BufRead> Read for OwnedEntryReader<S> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        read_content(&mut self.reader, buffer)
    }
}

fn read_content<S: BufRead>(reader: &mut Reader<S>, buffer: &mut [u8]) -> io::Result<usize> {
    let chunk = reader.content().map_err(io::Error::other)?;
    let length = chunk.len().min(buffer.len());
    if let (Some(target), Some(source)) = (buffer.get_mut(..length), chunk.get(..length)) {
        target.copy_from_slice(source);
    }
    reader.consume(length);
    Ok(length)
}
