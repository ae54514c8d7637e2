//! rpm's own "new database" (ndb): `Packages.db`.
//!
//! Follows rpm's `lib/backend/ndb/rpmpkg.c`; all numbers are little-endian. A 32-byte header, pages of 16-byte slots
//! from there on, and blobs that slots point to in blocks of 16 bytes. A blob has a head (magic number, package
//! number, generation, length) and a tail (Adler-32 of all before it, length, magic number).

use super::Collector;
use crate::content::ReadAt;
use crate::formats::FormatError;

const MAGIC: u32 = u32::from_le_bytes(*b"RpmP");
const SLOT_MAGIC: u32 = u32::from_le_bytes(*b"Slot");
const BLOB_HEAD_MAGIC: u32 = u32::from_le_bytes(*b"BlbS");
const BLOB_TAIL_MAGIC: u32 = u32::from_le_bytes(*b"BlbE");
const PAGE: u64 = 4096;
const BLOCK: u64 = 16;
const HEADER: usize = 32;
const SLOT: usize = 16;
const BLOB_HEAD: usize = 16;
const BLOB_TAIL: usize = 12;
/// Pages of slots, 256 slots each.
const MAX_SLOT_PAGES: u32 = 1 << 14;

/// Gives all headers of the database to `out`.
pub(super) fn read(content: &dyn ReadAt, out: &mut Collector<'_>) -> Result<(), FormatError> {
    let malformed = |reason: String, place: &str| FormatError::Malformed {
        format: "ndb package database",
        reason,
        place: place.to_owned(),
    };
    if content.is_empty() {
        return Ok(());
    }
    let mut head = [0; HEADER];
    if content.len() < HEADER as u64 {
        return Err(malformed(format!("it ends after {} bytes", content.len()), "byte 0"));
    }
    content.read_exact_at(0, &mut head)?;
    let (magic, version, slot_pages) = (word(&head, 0), word(&head, 4), word(&head, 12));
    if magic != Some(MAGIC) {
        return Err(malformed("the magic number RpmP is missing".to_owned(), "byte 0"));
    }
    if version != Some(0) {
        return Err(malformed(format!("version {} is not known", version.unwrap_or_default()), "byte 4"));
    }
    let slot_pages = slot_pages.unwrap_or_default();
    if slot_pages == 0 || slot_pages > MAX_SLOT_PAGES || u64::from(slot_pages) * PAGE > content.len() {
        return Err(malformed(format!("{slot_pages} pages of slots cannot be in it"), "byte 12"));
    }
    let length = usize::try_from(u64::from(slot_pages) * PAGE).unwrap_or_default();
    let mut slots = vec![0; length];
    content.read_exact_at(0, &mut slots)?;
    // Blobs do not overlap: together they cannot be longer than the file.
    let mut budget = content.len();
    for (at, slot) in slots.chunks_exact(SLOT).enumerate().skip(HEADER / SLOT) {
        let place = || format!("slot {at}");
        if word(slot, 0) != Some(SLOT_MAGIC) {
            out.problem(true, &place(), "the slot has no magic number", "该槽没有魔数");
            continue;
        }
        let (package, offset, blocks) = (word(slot, 4), word(slot, 8), word(slot, 12));
        let (Some(package @ 1..), Some(offset), Some(blocks)) = (package, offset, blocks) else { continue };
        let Some(left) = budget.checked_sub(u64::from(blocks) * BLOCK) else {
            out.problem(true, &place(), "the blobs before it fill the file", "之前的数据块已占满文件");
            return Ok(());
        };
        budget = left;
        match blob(content, package, offset, blocks)? {
            Ok(blob) => out.header(u64::from(package), &blob, &place)?,
            Err(Damage { en, zh }) => out.problem(false, &place(), en, zh),
        }
    }
    Ok(())
}

struct Damage {
    en: &'static str,
    zh: &'static str,
}

/// The bytes of one blob, where its head, tail and checksum are right.
fn blob(
    content: &dyn ReadAt,
    package: u32,
    offset: u32,
    blocks: u32,
) -> Result<Result<Vec<u8>, Damage>, FormatError> {
    let (start, size) = (u64::from(offset) * BLOCK, u64::from(blocks) * BLOCK);
    let room = content.len().checked_sub(start).is_some_and(|room| size <= room);
    if !room || size < (BLOB_HEAD + BLOB_TAIL) as u64 {
        return Ok(Err(Damage {
            en: "the blob lies outside of the file", zh: "数据块位于文件之外"
        }));
    }
    let Ok(length) = usize::try_from(size) else {
        return Ok(Err(Damage { en: "the blob is too large", zh: "数据块过大" }));
    };
    let mut bytes = vec![0; length];
    content.read_exact_at(start, &mut bytes)?;
    let tail = length - BLOB_TAIL;
    let stated = word(&bytes, 12);
    let head_right = word(&bytes, 0) == Some(BLOB_HEAD_MAGIC) && word(&bytes, 4) == Some(package);
    let tail_right = word(&bytes, tail + 8) == Some(BLOB_TAIL_MAGIC) && word(&bytes, tail + 4) == stated;
    let end = BLOB_HEAD.saturating_add(stated.unwrap_or(u32::MAX) as usize);
    if !head_right || !tail_right || end > tail {
        return Ok(Err(Damage {
            en: "head and tail of the blob do not fit it",
            zh: "数据块的首尾与内容不符",
        }));
    }
    if word(&bytes, tail) != Some(adler32(bytes.get(..tail).unwrap_or_default())) {
        return Ok(Err(Damage { en: "the blob's checksum is wrong", zh: "数据块校验和错误" }));
    }
    bytes.truncate(end);
    bytes.drain(..BLOB_HEAD);
    Ok(Ok(bytes))
}

fn word(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(bytes.get(at..at.checked_add(4)?)?.try_into().ok()?))
}

/// RFC 1950, section 8.2.
fn adler32(bytes: &[u8]) -> u32 {
    const BASE: u32 = 65_521;
    let (mut a, mut b) = (1u32, 0u32);
    // 5552 is the most bytes whose sums fit in 32 bits.
    for chunk in bytes.chunks(5552) {
        for byte in chunk {
            a += u32::from(*byte);
            b += a;
        }
        a %= BASE;
        b %= BASE;
    }
    b << 16 | a
}
