//! Other tools' databases, read as feeds.
//!
//! | database | module |
//! | --- | --- |
//! | Trivy's, `trivy.db` or the `db.tar.gz` in which it is published | [`trivy`] |
//! | the file format of it | [`bbolt`] |

pub mod bbolt;
mod constraint;
mod trivy;
mod trivy_names;

use crate::feeds::{FeedError, Sink, input};
use batten_model::Date;
use serde::Deserialize;
use std::fs::File;
use std::io::{Read, Write as _};
use std::path::Path;

pub(crate) use bbolt::is_bbolt;

/// Bytes of a database within an archive.
const DATABASE_LIMIT: u64 = 8 << 30;
const METADATA_LIMIT: u64 = 1 << 20;

/// Reads a Trivy database. The `metadata.json` beside it, or beside it in its archive, tells its day.
pub fn read(path: &Path, sink: &mut dyn Sink) -> Result<(), FeedError> {
    let fault = |source| FeedError::Read { path: path.to_owned(), source };
    let mut file = File::open(path).map_err(fault)?;
    let mut front = [0; 32];
    let place = path.display().to_string();
    if file.read_exact(&mut front).is_ok() && is_bbolt(&front) {
        let beside = path.with_file_name("metadata.json");
        let metadata = File::open(beside).ok().and_then(|f| {
            let mut bytes = Vec::new();
            f.take(METADATA_LIMIT).read_to_end(&mut bytes).ok().map(|_| bytes)
        });
        return trivy::read(&place, &file, metadata.as_deref().and_then(updated), sink);
    }
    let reader = input::open(path, DATABASE_LIMIT)?;
    let found = unpack(reader).map_err(|e| input::fault_of(path, e))?;
    match found.database {
        Some(database) => trivy::read(
            &format!("{place}!trivy.db"),
            &database,
            found.metadata.as_deref().and_then(updated),
            sink,
        ),
        None => Err(FeedError::malformed(
            place,
            "an archive without `trivy.db`; name Trivy's db.tar.gz or its trivy.db",
            "归档中没有 `trivy.db`；请指定 Trivy 的 db.tar.gz 或 trivy.db",
        )),
    }
}

/// Reads an open bbolt file as a Trivy database; `place` names it in errors.
pub fn read_file(place: &str, file: &File, sink: &mut dyn Sink) -> Result<(), FeedError> {
    trivy::read(place, file, None, sink)
}

fn updated(json: &[u8]) -> Option<Date> {
    #[derive(Deserialize)]
    struct Metadata {
        #[serde(rename = "UpdatedAt")]
        updated: String,
    }
    let metadata: Metadata = serde_json::from_slice(json).ok()?;
    Date::parse(&metadata.updated)
}

#[derive(Default)]
struct Unpacked {
    database: Option<File>,
    metadata: Option<Vec<u8>>,
}

/// Finds the two files in a tar stream (POSIX.1-2017, pax, "ustar Interchange Format"). The database needs random
/// access, so it goes to an unnamed temporary file.
fn unpack(mut reader: impl Read) -> std::io::Result<Unpacked> {
    let mut found = Unpacked::default();
    let mut header = [0u8; 512];
    while fill(&mut reader, &mut header)? {
        if header.iter().all(|b| *b == 0) {
            break;
        }
        let name = header.get(..100).unwrap_or_default();
        let name: &[u8] = name.split(|b| *b == 0).next().unwrap_or_default();
        let size = octal(header.get(124..136).unwrap_or_default())
            .ok_or_else(|| std::io::Error::other("the tar archive has a file without a size"))?;
        let base = name.rsplit(|b| *b == b'/').next().unwrap_or_default();
        let mut content = reader.by_ref().take(size);
        match base {
            b"trivy.db" => {
                let mut file = tempfile::tempfile()?;
                if std::io::copy(&mut content, &mut file)? != size {
                    return Err(std::io::ErrorKind::UnexpectedEof.into());
                }
                file.flush()?;
                found.database = Some(file);
            }
            b"metadata.json" if size <= METADATA_LIMIT => {
                let mut bytes = Vec::new();
                content.read_to_end(&mut bytes)?;
                found.metadata = Some(bytes);
            }
            _ => _ = std::io::copy(&mut content, &mut std::io::sink())?,
        }
        let padding = (512 - size % 512) % 512;
        std::io::copy(&mut reader.by_ref().take(padding), &mut std::io::sink())?;
    }
    Ok(found)
}

/// Fills a buffer; `false` at the end.
fn fill(reader: &mut impl Read, buffer: &mut [u8]) -> std::io::Result<bool> {
    match reader.read_exact(buffer) {
        Ok(()) => Ok(true),
        Err(e) if e.kind() == std::io::ErrorKind::UnexpectedEof => Ok(false),
        Err(e) => Err(e),
    }
}

/// A number in octal, or in base 256 where its first bit is set.
fn octal(field: &[u8]) -> Option<u64> {
    let (first, rest) = field.split_first()?;
    if *first & 0x80 != 0 {
        return rest
            .iter()
            .try_fold(u64::from(first & 0x7f), |n, b| n.checked_mul(256)?.checked_add(u64::from(*b)));
    }
    let digits: Vec<u8> = field.iter().copied().filter(u8::is_ascii_digit).collect();
    let text = std::str::from_utf8(&digits).ok()?;
    if text.is_empty() { Some(0) } else { u64::from_str_radix(text, 8).ok() }
}
