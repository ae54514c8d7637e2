//! Python distributions as eggs (setuptools documentation, "The Internal Structure of Python Eggs"):
//! `<name>.egg-info/PKG-INFO`, single `.egg-info` files, `EGG-INFO/PKG-INFO` of unpacked eggs and in zipped ones.

use crate::content::File;
use crate::facts::Facts;
use crate::formats::{Format, FormatError, Wants, python_metadata};
use crate::zip::{Zip, ZipError};

pub(crate) const FORMAT: Format = Format {
    name: "python_egg_info",
    version: 1,
    wants: &[
        Wants::FolderSuffix(".egg-info", "PKG-INFO"),
        Wants::FolderSuffix("EGG-INFO", "PKG-INFO"),
        Wants::Suffix(".egg-info"),
        Wants::Suffix(".egg"),
    ],
    database: false,
    parse,
};

/// The place of the metadata in a zipped egg.
const INNER: &str = "EGG-INFO/PKG-INFO";
/// Largest metadata in an egg.
const MAX_INNER: u64 = 16 << 20;

pub(crate) fn parse(file: &File<'_>) -> Result<Facts, FormatError> {
    if file.name().to_ascii_lowercase().ends_with(".egg") {
        return zipped(file);
    }
    python_metadata::facts(file, FORMAT.name, stem(file.path).and_then(name_and_version))
}

/// A zipped egg. Files of that name that are no ZIP archive belong to other programs and give nothing.
fn zipped(file: &File<'_>) -> Result<Facts, FormatError> {
    let mut magic = [0; 4];
    if file.content.len() < 4 {
        return Ok(Facts::default());
    }
    file.content.read_exact_at(0, &mut magic)?;
    if magic != *b"PK\x03\x04" {
        return Ok(Facts::default());
    }
    let zip = Zip::open(file.content).map_err(damaged)?;
    for entry in zip.entries() {
        let entry = entry.map_err(damaged)?;
        if entry.raw_name == INNER.as_bytes() {
            let bytes = zip.read(&entry, MAX_INNER).map_err(damaged)?;
            let path = format!("{}!{INNER}", file.path);
            return Ok(python_metadata::facts_of(
                &bytes,
                &path,
                FORMAT.name,
                stem(file.path).and_then(name_and_version),
            ));
        }
    }
    Ok(Facts::default())
}

fn damaged(error: ZipError) -> FormatError {
    match error {
        ZipError::Io(error) => FormatError::Io(error),
        ZipError::Limit(limit) => FormatError::Limit { limit, unit: "bytes" },
        other => {
            let place = "its ZIP archive".to_owned();
            FormatError::Malformed { format: "Python egg", reason: other.to_string(), place }
        }
    }
}

/// What stands in front of `.egg-info` or `.egg` in the path's last parts.
fn stem(path: &str) -> Option<&str> {
    path.rsplit('/')
        .take(3)
        .find_map(|part| part.strip_suffix(".egg-info").or_else(|| part.strip_suffix(".egg")))
}

/// `name-version[-pyX.Y[-platform]]`, whose parts hold no hyphen themselves.
fn name_and_version(stem: &str) -> Option<(&str, &str)> {
    let mut parts = stem.split('-');
    let (name, version) = (parts.next()?, parts.next()?);
    (!name.is_empty() && version.starts_with(|c: char| c.is_ascii_digit())).then_some((name, version))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(path: &str, content: Vec<u8>) -> Option<String> {
        let facts = parse(&File { path, mode: 0o644, content: &content }).unwrap();
        let package = facts.packages.first()?;
        Some(format!("{}@{} {}", package.name, package.version, package.licence.as_deref().unwrap_or("-")))
    }

    fn fixture(name: &str) -> Vec<u8> {
        let root = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/python_egg_info/");
        std::fs::read(format!("{root}{name}")).unwrap()
    }

    #[test]
    fn real_distributions() {
        let info = one("a/Rig_Ging.egg-info/PKG-INFO", fixture("Rig_Ging.egg-info/PKG-INFO")).unwrap();
        assert_eq!(info, "rig-ging@0.9.1 LicenseRef-BSD");
        let name = "mast.head-1.4-py3.11.egg-info";
        assert_eq!(one(&format!("usr/lib/{name}"), fixture(name)).unwrap(), "mast-head@1.4 MIT");
    }

    #[test]
    fn zipped_eggs() {
        let egg = fixture("Rig_Ging-0.9.1-py3.11.egg");
        let path = "lib/Rig_Ging-0.9.1-py3.11.egg";
        assert_eq!(one(path, egg.clone()).unwrap(), "rig-ging@0.9.1 LicenseRef-BSD");
        assert_eq!(one("model.egg", b"<CoordinateSystem> { Z-Up }".to_vec()), None);
        for length in 0..egg.len() {
            let content = egg[..length].to_vec();
            let found = parse(&File { path, mode: 0o644, content: &content });
            assert!(found.map_or(true, |facts| facts.packages.is_empty()), "{length}");
        }
    }

    #[test]
    fn paths_tell_what_files_do_not() {
        let empty = b"Metadata-Version: 1.0\n".to_vec();
        let path = "x/foo_bar-1.2-py3.8.egg/EGG-INFO/PKG-INFO";
        assert_eq!(one(path, empty.clone()).unwrap(), "foo-bar@1.2 -");
        assert_eq!(one("x/foo-1.2.egg-info", empty.clone()).unwrap(), "foo@1.2 -");
        assert_eq!(one("x/foo.egg-info/PKG-INFO", empty), None);
    }
}
