//! Java archives: jar, war, ear and their kin, with the archives in them (JAR File Specification; Maven's archiver
//! for `META-INF/maven`).
//!
//! An archive's packages are what its `pom.properties` files name: its own, and those of artifacts that were packed
//! into it ("shaded"). Where none is its own, the manifest and the file name tell what it is ([`identity`]). Only the
//! directory and these entries are read. Archives in the archive that are stored are read in place, deflated ones in
//! memory up to a size, larger ones by repeated passes.

mod file_name;
mod groups;
mod identity;
mod manifest;
mod pom_properties;
mod walk;

use crate::content::File;
use crate::facts::Facts;
use crate::formats::{Format, FormatError, Wants};
use crate::zip::ZipError;

pub(crate) const FORMAT: Format = Format {
    name: "java_archive",
    version: 1,
    wants: &[
        Wants::Suffix(".jar"),
        Wants::Suffix(".war"),
        Wants::Suffix(".ear"),
        Wants::Suffix(".par"),
        Wants::Suffix(".sar"),
        Wants::Suffix(".nar"),
        Wants::Suffix(".rar"),
        Wants::Suffix(".hpi"),
        Wants::Suffix(".jpi"),
        Wants::Suffix(".kar"),
        Wants::Suffix(".lpkg"),
    ],
    database: false,
    parse,
};

/// The extension of an archive's name, if it is one of Java's.
fn extension(name: &[u8]) -> Option<&'static str> {
    const EXTENSIONS: [&str; 11] =
        ["jar", "war", "ear", "par", "sar", "nar", "rar", "hpi", "jpi", "kar", "lpkg"];
    let at = memchr::memrchr(b'.', name)?;
    let found = name.get(at + 1..)?;
    EXTENSIONS.into_iter().find(|extension| found.eq_ignore_ascii_case(extension.as_bytes()))
}

/// True where the name alone says that it is a Java archive; others share their extension with other things.
fn is_surely_java(name: &[u8]) -> bool {
    matches!(extension(name), Some("jar" | "war" | "ear"))
}

fn parse(file: &File<'_>) -> Result<Facts, FormatError> {
    let mut magic = [0; 2];
    let is_zip = file.content.read_exact_at(0, &mut magic).is_ok() && magic == *b"PK";
    if file.content.is_empty() || (!is_zip && !is_surely_java(file.path.as_bytes())) {
        return Ok(Facts::default());
    }
    walk::archive(file).map_err(|error| match error {
        ZipError::Io(error) => FormatError::Io(error),
        ZipError::Limit(limit) => FormatError::Limit { limit, unit: "bytes" },
        ZipError::Malformed { reason, offset } => broken(reason.to_owned(), offset),
        other => broken(other.to_string(), file.content.len()),
    })
}

fn broken(reason: String, offset: u64) -> FormatError {
    FormatError::Malformed { format: "Java archive", reason, place: format!("byte {offset}") }
}

#[cfg(test)]
mod tests;
