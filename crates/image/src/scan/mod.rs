//! A scan from its subject to its inventory.
//!
//! | subject | function |
//! | --- | --- |
//! | an image whose parts can be opened (registry, plain archive, layout) | [`scan_image`] |
//! | an archive or layout by its path | [`scan_archive`] |
//! | a folder, a single file, or a host | [`scan_folder`] |

mod options;
mod plan;

pub use crate::folder::{FolderSubject, scan_folder};
pub use options::{CacheOptions, ScanOptions, THREADS_MAX};

use crate::archive::stream::Streamed;
use crate::archive::{self, ImageChoice, Opened, StreamArchive};
use crate::cache::{Identity, KnownStream, LayerCache};
use crate::hold::Budget;
use crate::layer::error::{LayerError, LayerName};
use crate::layer::{LayerFacts, LayerOutcome, Meter, Tools, read_layer};
use crate::matcher::Matcher;
use crate::merge::{MergeLayer, Merged, merge};
use crate::source::{ImageSource, LayerBytes, SourceError};
use batten_model::{
    Digest, Inventory, LayerInfo, Localized, Observed, OsRelease, ScanError, Subject, SubjectKind, Text,
};
use plan::{Plan, PlannedLayer};
use std::collections::BTreeMap;
use std::io;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Why a scan gave no inventory at all.
#[derive(Debug, thiserror::Error)]
pub enum ScanFailure {
    /// The image, archive or layout could not be opened.
    #[error("{0}")]
    Source(#[from] SourceError),
    /// The folder could not be opened.
    #[error("{path} cannot be opened: {source}")]
    Folder {
        /// As it was named.
        path: String,
        /// Why.
        source: io::Error,
    },
}

impl ScanFailure {
    /// A stable kebab-case word for programs.
    pub fn code(&self) -> &'static str {
        match self {
            ScanFailure::Source(error) => error.code,
            ScanFailure::Folder { .. } => "unreadable-target",
        }
    }
}

impl Localized for ScanFailure {
    fn zh(&self) -> String {
        match self {
            ScanFailure::Source(error) => error.text.zh.clone(),
            ScanFailure::Folder { path, source } => format!("无法打开 {path}：{source}"),
        }
    }
}

/// Reads the archive or layout at `path`, whichever it is.
pub fn scan_archive(
    path: &Path,
    choice: ImageChoice,
    options: &ScanOptions<'_>,
) -> Result<Inventory, ScanFailure> {
    match archive::open(path, choice)? {
        Opened::Image(image) => scan_image(&image, options),
        Opened::Stream(archive) => scan_stream(&archive, options),
    }
}

/// Reads an image.
pub fn scan_image(source: &dyn ImageSource, options: &ScanOptions<'_>) -> Result<Inventory, ScanFailure> {
    let plan = Plan::of(source.describe()?);
    let matcher = Matcher::new(options.formats);
    let meter = Meter::new(&options.limits, options.progress);
    let budget = Budget::new(&options.limits, &options.temp_folder);
    let tools = Tools { matcher: &matcher, meter: &meter, budget: &budget };
    options.progress.total(plan.layers.iter().filter_map(|layer| layer.source.size).sum());
    let cache = options.cache.as_ref().map(|cache| LayerCache::new(cache, options.formats, &options.limits));
    let reading = Reading { source, addressed: source.content_addressed() && plan.is_verified, cache, tools };
    let results = each_in_parallel(options, &plan.order(), |index| {
        let layer = plan.layers.get(index)?;
        options.progress.item(&layer.name().digest);
        Some(reading.layer(index, layer))
    });
    if let Some(cache) = &reading.cache {
        cache.trim();
    }
    Ok(assemble(plan, results, options))
}

/// Reads a compressed archive, or one from a pipe.
fn scan_stream(archive: &StreamArchive, options: &ScanOptions<'_>) -> Result<Inventory, ScanFailure> {
    let matcher = Matcher::new(options.formats);
    let meter = Meter::new(&options.limits, options.progress);
    let budget = Budget::new(&options.limits, &options.temp_folder);
    let tools = Tools { matcher: &matcher, meter: &meter, budget: &budget };
    if let Ok(metadata) = archive.file.metadata() {
        options.progress.total(metadata.len());
    }
    let cache = options.cache.as_ref().map(|cache| LayerCache::new(cache, options.formats, &options.limits));
    let streamed = match cache.as_ref().and_then(|cache| known_stream(cache, archive)) {
        Some(known) => known,
        None => {
            options.progress.item(&archive.target());
            let before = cache.as_ref().and_then(|cache| cache.identity(&archive.file));
            let mut read = each_in_parallel(options, &[0], |_| Some(archive::stream::read(archive, tools)));
            let streamed = read.pop().flatten().ok_or_else(|| ScanFailure::Folder {
                path: archive.target(),
                source: io::Error::other("the reading thread failed"),
            })??;
            if let Some(cache) = &cache {
                remember_stream(cache, archive, before, &streamed);
            }
            streamed
        }
    };
    let image = streamed.image(archive)?;
    let plan = Plan::of(image.parts);
    let results = plan
        .layers
        .iter()
        .zip(image.outcomes)
        .map(|(layer, outcome)| {
            Some(match outcome {
                Some(mut outcome) => {
                    outcome.check(&layer.stated);
                    LayerResult::of(layer, outcome)
                }
                None if layer.source.foreign => LayerResult::foreign(layer),
                None => LayerResult::failed(layer, LayerError::Source(missing(archive, layer))),
            })
        })
        .collect();
    Ok(assemble(plan, results, options))
}

/// A compressed archive that an earlier run read, with layers from the cache.
fn known_stream(cache: &LayerCache, archive: &StreamArchive) -> Option<Streamed> {
    let KnownStream { kept, blobs } = archive.again.then(|| cache.known_stream(&archive.file)).flatten()?;
    Streamed::known(archive, kept, |name| cache.get(blobs.get(name)?))
}

fn remember_stream(
    cache: &LayerCache,
    archive: &StreamArchive,
    before: Option<Identity>,
    streamed: &Streamed,
) {
    let mut blobs = BTreeMap::new();
    for (name, outcome) in streamed.outcomes.iter().collect::<BTreeMap<_, _>>() {
        if let Some(blob) = outcome.blob.as_ref().filter(|_| outcome.is_complete()) {
            cache.put(outcome);
            blobs.insert(name.clone(), blob.sha256.clone());
        }
    }
    if streamed.is_whole() && archive.again {
        cache.remember_stream(&archive.file, before, KnownStream { kept: streamed.kept.clone(), blobs });
    }
    cache.trim();
}

fn missing(archive: &StreamArchive, layer: &PlannedLayer) -> SourceError {
    archive::error::ArchiveError::Missing(layer.name().digest).about(&archive.target())
}

/// What became of a planned layer.
struct LayerResult {
    info: LayerInfo,
    facts: LayerFacts,
    errors: Vec<ScanError>,
}

impl LayerResult {
    fn of(layer: &PlannedLayer, outcome: LayerOutcome) -> LayerResult {
        let name = layer.name();
        let blob = outcome.blob.map(|digests| digests.sha256);
        let diff = outcome.diff.map(|digests| digests.sha256);
        LayerResult {
            info: layer.info(blob, diff, false),
            facts: outcome.facts,
            errors: outcome.errors.iter().map(|error| error.report(&name)).collect(),
        }
    }

    fn failed(layer: &PlannedLayer, error: LayerError) -> LayerResult {
        LayerResult {
            info: layer.info(None, None, false),
            facts: LayerFacts::default(),
            errors: vec![error.report(&layer.name())],
        }
    }

    fn foreign(layer: &PlannedLayer) -> LayerResult {
        let LayerName { number, digest } = layer.name();
        let text = Text::new(
            format!(
                "layer {number} ({digest}) is a foreign layer: it is not part of the image and was not read"
            ),
            format!("第 {number} 层（{digest}）是外部层：它不属于该镜像，未读取"),
        );
        LayerResult {
            info: layer.info(None, None, true),
            facts: LayerFacts::default(),
            errors: vec![ScanError::fatal("foreign-layer", digest, text)],
        }
    }
}

/// How the layers of one image are read.
struct Reading<'a> {
    source: &'a dyn ImageSource,
    /// The manifest is the one that was asked for, and its digests are the only way to the blobs.
    addressed: bool,
    cache: Option<LayerCache>,
    tools: Tools<'a>,
}

impl Reading<'_> {
    fn layer(&self, index: usize, layer: &PlannedLayer) -> LayerResult {
        if layer.source.foreign {
            return LayerResult::foreign(layer);
        }
        if layer.source.media_type.contains("encrypted") {
            return LayerResult::failed(layer, LayerError::Encrypted(layer.source.media_type.clone()));
        }
        if let Some(digest) = layer.stated.digest.as_ref().filter(|_| self.addressed)
            && let Some(known) = self.known(layer, digest)
        {
            return known;
        }
        let bytes = match self.source.open(index) {
            Ok(bytes) => bytes,
            Err(error) => return LayerResult::failed(layer, LayerError::Source(error)),
        };
        let region = match &bytes {
            LayerBytes::Region(region) => Some(region.clone()),
            LayerBytes::Stream(_) => None,
        };
        let cached = self.cache.as_ref().zip(region.as_ref());
        if let Some((cache, region)) = cached
            && let Some(digest) = cache.known(region)
            && let Some(known) = self.known(layer, &digest)
        {
            return known;
        }
        let before = cached.and_then(|(cache, region)| cache.identity(&region.file));
        let outcome = read_layer(bytes, &layer.stated, self.tools, &|| self.source.open(index).ok());
        if let Some(cache) = &self.cache {
            cache.put(&outcome);
            if let (Some(region), Some(blob)) = (&region, &outcome.blob) {
                cache.remember(region, before, &blob.sha256);
            }
        }
        LayerResult::of(layer, outcome)
    }

    /// The layer from the cache, by a verified digest. The cache knows SHA-256 only, and so cannot check others.
    fn known(&self, layer: &PlannedLayer, digest: &Digest) -> Option<LayerResult> {
        let stated = [&layer.stated.digest, &layer.stated.diff_id];
        if stated.into_iter().flatten().any(|digest| digest.algorithm() != "sha256") {
            return None;
        }
        let mut outcome = self.cache.as_ref()?.get(digest)?;
        outcome.check(&layer.stated);
        self.tools.meter.progress.advance(layer.source.size.unwrap_or_default());
        Some(LayerResult::of(layer, outcome))
    }
}

/// Does `work` for each number in `order`, on a bounded number of threads; results are in the order of the numbers.
fn each_in_parallel<T: Send>(
    options: &ScanOptions<'_>,
    order: &[usize],
    work: impl Fn(usize) -> Option<T> + Sync,
) -> Vec<Option<T>> {
    let slots: Vec<Mutex<Option<T>>> = order.iter().map(|_| Mutex::new(None)).collect();
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..options.threads_for(order.len()) {
            scope.spawn(|| {
                if let Some(confine) = options.on_thread {
                    confine();
                }
                while let Some(index) = order.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let result = work(*index);
                    if let Some(mut slot) = slots.get(*index).and_then(|slot| slot.lock().ok()) {
                        *slot = result;
                    }
                }
            });
        }
    });
    slots.into_iter().map(|slot| slot.into_inner().ok().flatten()).collect()
}

/// Brings layers together.
fn assemble(plan: Plan, results: Vec<Option<LayerResult>>, options: &ScanOptions<'_>) -> Inventory {
    let Plan { name, config, digest, layers, mut errors, .. } = plan;
    let mut infos = Vec::with_capacity(layers.len());
    let mut merging = Vec::with_capacity(layers.len());
    let mut all_read = true;
    for (layer, result) in layers.iter().zip(results) {
        let result = result.unwrap_or_else(|| {
            let error = io::Error::other("the reading thread failed");
            LayerResult::failed(layer, LayerError::Read(error))
        });
        all_read = all_read && result.errors.is_empty();
        merging.push(MergeLayer { facts: result.facts, diff_id: Some(result.info.diff_id.clone()) });
        infos.push(result.info);
        errors.extend(result.errors);
    }
    let merged = merge(merging, options.formats, options.keep_declared);
    let mut subject = Subject::named(SubjectKind::Image, name);
    subject.digest = Some(digest);
    subject.platform = config.as_ref().map(|config| config.platform().to_string()).filter(|p| p != "/");
    finish(subject, merged, all_read, errors, |inventory| {
        inventory.config = config.map(|config| config.config);
        inventory.layers = infos;
    })
}

/// The inventory of what was merged. `all_read` says whether what was not found is known not to be there.
pub(crate) fn finish(
    subject: Subject,
    merged: Merged,
    all_read: bool,
    mut errors: Vec<ScanError>,
    more: impl FnOnce(&mut Inventory),
) -> Inventory {
    let mut inventory = Inventory::empty(subject);
    errors.extend(merged.problems.into_iter().map(ScanError::from));
    inventory.os = distribution(merged.os, all_read, &errors);
    inventory.packages = merged.packages;
    inventory.declared_only = merged.declared_only;
    inventory.errors = errors;
    more(&mut inventory);
    inventory
}

fn distribution(os: Option<OsRelease>, all_read: bool, errors: &[ScanError]) -> Observed<OsRelease> {
    let unreadable = |error: &&ScanError| error.target.ends_with("os-release");
    match (os, errors.iter().find(unreadable)) {
        (Some(os), _) => Observed::Present(os),
        (None, Some(error)) => Observed::Unknown(error.message.clone()),
        (None, None) if !all_read => Observed::Unknown(Text::new(
            "a part that may hold the distribution's name could not be read",
            "可能含有发行版名称的部分无法读取",
        )),
        (None, None) => Observed::Absent,
    }
}

/// The digest that names `layer` where nothing of it is known.
fn unknown_digest() -> Digest {
    Digest::from_sha256(&[0; 32])
}
