//! One entry of the layer cache as bytes.
//!
//! | bytes | what |
//! | --- | --- |
//! | 8 | `BATTENL1` |
//! | 16 | XXH3-128 of all that follows |
//! | 32 | context: what the entry depends on besides the layer |
//! | 5 × 8 | lengths, little-endian: the facts uncompressed, then how many hashes each of the four lists has |
//! | 8 × each | the four lists of path hashes |
//! | rest | facts and digests: MessagePack with named fields, compressed by zstd |

use crate::layer::hashing::Digests;
use crate::layer::{LayerFacts, LayerOutcome, NameSets};
use batten_model::Digest;
use serde::{Deserialize, Serialize};
use std::io::Read as _;
use xxhash_rust::xxh3::xxh3_128;

/// Raised whenever entries of older programs must not be used.
pub(crate) const VERSION: u32 = 1;

const MAGIC: &[u8; 8] = b"BATTENL1";
const LENGTHS: usize = 5;
/// Most bytes of facts, uncompressed.
const FACTS_BYTES_MAX: u64 = 512 << 20;

/// The compressed part.
#[derive(Serialize, Deserialize)]
struct Body<F> {
    blob: Digest,
    blob_length: u64,
    diff: Digest,
    diff_length: u64,
    facts: F,
}

/// The entry for a layer that was read to its end.
pub(crate) fn encode(outcome: &LayerOutcome, context: &[u8; 32]) -> Option<Vec<u8>> {
    let (blob, diff) = (outcome.blob.as_ref()?, outcome.diff.as_ref()?);
    let body = Body {
        blob: blob.sha256.clone(),
        blob_length: blob.length,
        diff: diff.sha256.clone(),
        diff_length: diff.length,
        facts: &outcome.facts,
    };
    let facts = rmp_serde::to_vec_named(&body).ok()?;
    let NameSets { files, folders, removed, opaque } = &outcome.facts.names;
    let lists = [files, folders, removed, opaque];
    let mut bytes = Vec::new();
    bytes.extend_from_slice(MAGIC);
    bytes.extend_from_slice(&[0; 16]);
    bytes.extend_from_slice(context);
    bytes.extend_from_slice(&(facts.len() as u64).to_le_bytes());
    for list in lists {
        bytes.extend_from_slice(&(list.len() as u64).to_le_bytes());
    }
    for list in lists {
        bytes.extend(list.iter().flat_map(|hash| hash.to_le_bytes()));
    }
    bytes.extend_from_slice(&zstd::bulk::compress(&facts, 3).ok()?);
    let checksum = xxh3_128(bytes.get(24..)?).to_le_bytes();
    bytes.get_mut(8..24)?.copy_from_slice(&checksum);
    Some(bytes)
}

/// The outcome that an entry holds; `None` where it is damaged, or of another context.
pub(crate) fn decode(bytes: &[u8], context: &[u8; 32]) -> Option<LayerOutcome> {
    let rest = bytes.strip_prefix(MAGIC)?;
    let (checksum, rest) = rest.split_first_chunk::<16>()?;
    if xxh3_128(rest).to_le_bytes() != *checksum {
        return None;
    }
    let (stored, mut rest) = rest.split_first_chunk::<32>()?;
    if stored != context {
        return None;
    }
    let mut lengths = [0u64; LENGTHS];
    for length in &mut lengths {
        let (number, after) = rest.split_first_chunk::<8>()?;
        *length = u64::from_le_bytes(*number);
        rest = after;
    }
    let [facts_length, files, folders, removed, opaque] = lengths;
    let mut list = |count: u64| {
        let length = usize::try_from(count).ok()?.checked_mul(8)?;
        let (hashes, after) = rest.split_at_checked(length)?;
        rest = after;
        Some(hashes.as_chunks::<8>().0.iter().map(|hash| u64::from_le_bytes(*hash)).collect::<Vec<u64>>())
    };
    let names = NameSets {
        files: list(files)?,
        folders: list(folders)?,
        removed: list(removed)?,
        opaque: list(opaque)?,
    };
    let facts = decompress(rest, facts_length)?;
    let body: Body<LayerFacts> = rmp_serde::from_slice(&facts).ok()?;
    let digests = |sha256, length| Some(Digests { sha256, sha512: None, length });
    Some(LayerOutcome {
        blob: digests(body.blob, body.blob_length),
        diff: digests(body.diff, body.diff_length),
        facts: LayerFacts { names, ..body.facts },
        errors: Vec::new(),
    })
}

/// Whether `bytes` are an entry; if so, whether it is written as the same bytes again. For fuzzing, which cannot
/// guess a checksum: it is set right first.
pub fn round_trips(bytes: &[u8]) -> Option<bool> {
    let mut bytes = bytes.to_vec();
    let checksum = xxh3_128(bytes.get(24..)?).to_le_bytes();
    bytes.get_mut(8..24)?.copy_from_slice(&checksum);
    let context = <[u8; 32]>::try_from(bytes.get(24..56)?).ok()?;
    let outcome = decode(&bytes, &context)?;
    let again = decode(&encode(&outcome, &context)?, &context)?;
    Some(again.facts == outcome.facts && again.blob == outcome.blob && again.diff == outcome.diff)
}

fn decompress(bytes: &[u8], length: u64) -> Option<Vec<u8>> {
    if length > FACTS_BYTES_MAX {
        return None;
    }
    let mut facts = Vec::new();
    zstd::stream::read::Decoder::with_buffer(bytes).ok()?.take(length + 1).read_to_end(&mut facts).ok()?;
    (facts.len() as u64 == length).then_some(facts)
}
