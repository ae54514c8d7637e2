//! Where an image's parts come from: the seam between this crate, which only reads bytes, and what fetches them.
//!
//! A source names the parts and opens them; checking digests, unpacking and reading is the scan's work.

use crate::manifest::Descriptor;
use batten_model::{Digest, Localized, Text};
use std::io::Read;
use std::sync::Arc;

/// An image whose layers can be opened one by one, in any order and from several threads at once.
pub trait ImageSource: Sync {
    /// Finds the image and reads its small parts. Called once, before [`ImageSource::open`].
    fn describe(&self) -> Result<ImageParts, SourceError>;

    /// The bytes of the layer blob at `index` of [`ImageParts::layers`], as stored (mostly compressed), from the first
    /// to the last. A read error in the middle is reported as unreadable layer; retries are the source's work.
    fn open(&self, index: usize) -> Result<LayerBytes<'_>, SourceError>;

    /// True where a blob can only ever be asked for by its digest, so that an image *is* the blobs that its verified
    /// manifest names (registries). Layers that an earlier run verified are then taken from the cache without
    /// fetching them. False where names and bytes lie side by side and may disagree (archives, layout folders).
    fn content_addressed(&self) -> bool {
        false
    }
}

/// The small parts of an image.
#[derive(Debug, Clone)]
pub struct ImageParts {
    /// The image as the person named it, or as the archive names it.
    pub name: String,
    /// The manifest's bytes, exactly as stored; `None` for docker archives that have none.
    pub manifest: Option<Vec<u8>>,
    /// Digest by which the manifest was asked for or listed; the scan compares it with the bytes.
    pub manifest_digest: Option<Digest>,
    /// The configuration's bytes, exactly as stored.
    pub config: Vec<u8>,
    /// Digest by which the manifest names the configuration; the scan compares it with the bytes.
    pub config_digest: Option<Digest>,
    /// The layers from the base up.
    pub layers: Vec<LayerSource>,
}

/// One layer as its manifest describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LayerSource {
    /// `mediaType`; empty where nothing states it. Compression is recognised by content, whatever this says.
    pub media_type: String,
    /// Digest of the blob that the manifest states; `None` for docker archives.
    pub digest: Option<Digest>,
    /// Length of the blob in bytes that the manifest states or the archive has.
    pub size: Option<u64>,
    /// `urls` of a foreign layer.
    pub urls: Vec<String>,
    /// True where the blob cannot be opened here because it is distributed elsewhere (foreign layers). It is reported
    /// as skipped, and never opened.
    pub foreign: bool,
}

impl From<Descriptor> for LayerSource {
    /// A layer is foreign where its media type says that it must not be distributed.
    fn from(descriptor: Descriptor) -> LayerSource {
        LayerSource {
            foreign: descriptor.is_foreign(),
            media_type: descriptor.media_type,
            digest: Some(descriptor.digest),
            size: Some(descriptor.size),
            urls: descriptor.urls,
        }
    }
}

/// The bytes of one layer blob.
pub enum LayerBytes<'a> {
    /// Bytes that come once, in order.
    Stream(Box<dyn Read + Send + 'a>),
    /// A part of a file that can be read at any place.
    Region(Region),
}

/// A part of an open file.
#[derive(Debug, Clone)]
pub struct Region {
    /// The file.
    pub file: Arc<std::fs::File>,
    /// Where the part begins, in bytes.
    pub offset: u64,
    /// Its length in bytes.
    pub length: u64,
}

/// Why a source could not give a part. It carries its words, because each source fails in its own ways.
#[derive(Debug, thiserror::Error)]
#[error("{}", text.en)]
pub struct SourceError {
    /// A stable kebab-case word, as in `ScanError::code`.
    pub code: &'static str,
    /// What could not be had: a path, an address, a digest.
    pub target: String,
    /// What happened, where, why, and what to do next.
    pub text: Text,
}

impl SourceError {
    /// An error from its parts.
    pub fn new(code: &'static str, target: impl Into<String>, text: Text) -> SourceError {
        SourceError { code, target: target.into(), text }
    }
}

impl Localized for SourceError {
    fn zh(&self) -> String {
        self.text.zh.clone()
    }
}
