//! Rust programs built by `cargo auditable`: section `.dep-v0`, zlib-compressed JSON (cargo-auditable's PARSING.md).
//!
//! Packages of kind `build` were needed to build the program and are not in it; they are not listed. Rust programs
//! without this section tell nothing and give nothing. A file whose ELF headers are damaged is reported by
//! `go_binary`, once for both.

use crate::content::File;
use crate::elf::{Elf, ElfError};
use crate::facts::Facts;
use crate::formats::dependency_path::{self, Edges};
use crate::formats::{Format, FormatError, Wants};
use batten_model::{Location, Package, PackageKind};
use serde::Deserialize;
use std::borrow::Cow;
use std::io::Read;

pub(crate) const FORMAT: Format =
    Format { name: "cargo_auditable", version: 1, wants: &[Wants::Elf], database: false, parse };

/// Most bytes of the section, and of the JSON in it; the reference reader's limit for the latter is the same.
const MAX_COMPRESSED: u64 = 8 << 20;
const MAX_JSON: u64 = 8 << 20;

#[derive(Deserialize)]
struct Audit<'a> {
    #[serde(borrow)]
    packages: Vec<Entry<'a>>,
}

#[derive(Deserialize)]
struct Entry<'a> {
    #[serde(borrow)]
    name: Cow<'a, str>,
    #[serde(borrow)]
    version: Cow<'a, str>,
    #[serde(borrow, default)]
    kind: Cow<'a, str>,
    #[serde(default)]
    dependencies: Vec<usize>,
    #[serde(default)]
    root: bool,
}

fn parse(file: &File<'_>) -> Result<Facts, FormatError> {
    let mut facts = Facts::default();
    let elf = match Elf::parse(file.content) {
        Ok(elf) => elf,
        Err(ElfError::Io(error)) => return Err(error.into()),
        Err(ElfError::Malformed { .. }) => return Ok(facts),
    };
    let Some(section) = elf.section(".dep-v0") else {
        return Ok(facts);
    };
    if section.size > MAX_COMPRESSED {
        return Err(FormatError::Limit { limit: MAX_COMPRESSED, unit: "bytes" });
    }
    let compressed = elf.read(section.offset, section.size).map_err(|error| match error {
        ElfError::Io(error) => FormatError::Io(error),
        ElfError::Malformed { reason, .. } => broken(reason.to_owned(), section.offset),
    })?;
    let json = inflate(&compressed, section.offset)?;
    let audit: Audit<'_> =
        serde_json::from_slice(&json).map_err(|error| broken(error.to_string(), section.offset))?;
    facts.packages = packages(&audit, file.path);
    Ok(facts)
}

fn inflate(compressed: &[u8], place: u64) -> Result<Vec<u8>, FormatError> {
    let mut json = Vec::new();
    let mut reader = flate2::read::ZlibDecoder::new(compressed).take(MAX_JSON + 1);
    reader.read_to_end(&mut json).map_err(|error| broken(error.to_string(), place))?;
    if json.len() as u64 > MAX_JSON {
        return Err(FormatError::Limit { limit: MAX_JSON, unit: "bytes" });
    }
    Ok(json)
}

fn packages(audit: &Audit<'_>, path: &str) -> Vec<Package> {
    let mut packages: Vec<Package> = audit
        .packages
        .iter()
        .map(|entry| Package::new(PackageKind::Cargo, &*entry.name, &*entry.version, Location::at(path)))
        .collect();
    let number = |index: usize| u32::try_from(index).ok();
    let pairs: Vec<(u32, u32)> = (0..)
        .zip(&audit.packages)
        .flat_map(|(from, entry)| entry.dependencies.iter().filter_map(move |to| Some((from, number(*to)?))))
        .collect();
    let edges = Edges::of(packages.len(), &pairs);
    let roots = (0..).zip(&audit.packages).filter(|(_, entry)| entry.root).map(|(index, _)| index);
    // The program itself is listed too, and is no step of a way.
    let mut asked: Vec<u32> = roots.collect();
    let direct: Vec<u32> = asked.iter().flat_map(|root| edges.from(*root)).copied().collect();
    asked.extend(direct);
    dependency_path::assign(&mut packages, &edges, &asked);
    let mut kinds = audit.packages.iter().map(|entry| entry.kind != "build");
    packages.retain(|_| kinds.next().unwrap_or(true));
    packages
}

fn broken(reason: String, offset: u64) -> FormatError {
    FormatError::Malformed { format: "cargo-auditable data", reason, place: format!("byte {offset}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fixture() -> Vec<u8> {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/cargo_auditable/hello.elf");
        std::fs::read(path).unwrap()
    }

    fn facts(bytes: &[u8]) -> Result<Facts, FormatError> {
        parse(&File { path: "usr/bin/hello", mode: 0o755, content: &bytes.to_vec() })
    }

    #[test]
    fn a_real_program() {
        let packages = facts(&fixture()).unwrap().packages;
        let listed: Vec<String> = packages.iter().map(|p| format!("{}@{}", p.name, p.version)).collect();
        let expected = [
            "hello@0.1.0",
            "itoa@1.0.19",
            "itoa_local@0.1.0",
            "libc@0.2.191",
            "ryu@1.0.23",
            "serde@1.0.229",
            "serde_core@1.0.229",
            "serde_json@1.0.100",
            "smallvec@1.6.0",
            "time@0.1.45",
        ];
        assert_eq!(listed, expected);
        assert_eq!(
            packages[6].dependency_path.steps(),
            ["serde_json@1.0.100", "serde@1.0.229", "serde_core@1.0.229"]
        );
    }

    #[test]
    fn damaged_data_is_an_error_and_never_a_panic() {
        let good = fixture();
        for length in 0..good.len() {
            let _ = facts(&good[..length]);
        }
        let mut bytes = good.clone();
        bytes[70] ^= 0xff;
        assert!(matches!(facts(&bytes), Err(FormatError::Malformed { .. })));
        for at in 0..bytes.len() {
            bytes[at] ^= 0x41;
            let _ = facts(&bytes);
            bytes[at] ^= 0x41;
        }
    }

    #[test]
    fn a_compression_bomb_stops_at_the_limit() {
        use std::io::Write;
        let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
        encoder.write_all(&vec![b' '; 9 << 20]).unwrap();
        assert!(matches!(inflate(&encoder.finish().unwrap(), 0), Err(FormatError::Limit { .. })));
    }
}
