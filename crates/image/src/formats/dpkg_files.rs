//! Which files belong to which Debian package: `var/lib/dpkg/info/*.list`, checksums beside `status.d` files of
//! images without dpkg, and dpkg's diversions.

use crate::content::File;
use crate::facts::{Facts, OwnedFiles, path_hash};
use crate::formats::{Format, FormatError, Wants};

pub(crate) const FORMAT: Format = Format {
    name: "dpkg_files",
    version: 1,
    wants: &[
        Wants::In("var/lib/dpkg/info", ".list"),
        Wants::In("var/lib/dpkg/status.d", ".md5sums"),
        Wants::Path("var/lib/dpkg/diversions"),
    ],
    database: false,
    parse,
};

/// Key of the note of one diversion: hash of the path, hash of the path that it was moved to, and the package that
/// did it (`:` for the administrator), parted by spaces.
pub(crate) const NOTE_DIVERSION: &str = "dpkg-diversion";

const MAX_BYTES: u64 = 128 << 20;
const MAX_DIVERSIONS: usize = 100_000;

fn parse(file: &File<'_>) -> Result<Facts, FormatError> {
    let bytes = file.bytes(MAX_BYTES)?;
    let text = String::from_utf8_lossy(&bytes);
    let mut facts = Facts::default();
    if file.name() == "diversions" {
        facts.notes = diversions(&text)?;
        return Ok(facts);
    }
    let (package, files) = match file.name().strip_suffix(".list") {
        Some(package) => (package, listed(&text)),
        None => (file.name().trim_end_matches(".md5sums"), summed(&text)),
    };
    if !package.is_empty() && !files.is_empty() {
        facts.owned.push(OwnedFiles { package: package.to_owned(), files });
    }
    Ok(facts)
}

/// One path a line, folders before what is in them. Folders with content are left out: they belong to nobody.
fn listed(text: &str) -> Vec<u64> {
    let mut files = Vec::new();
    let mut lines = text.lines().map(|line| line.trim_end_matches('\r')).filter(|l| !l.is_empty()).peekable();
    while let Some(line) = lines.next() {
        let folder = lines
            .peek()
            .is_some_and(|next| next.strip_prefix(line).is_some_and(|rest| rest.starts_with('/')));
        if !folder && line != "/." {
            files.push(path_hash(line));
        }
    }
    files
}

/// `md5  path` a line (md5sum(1)).
fn summed(text: &str) -> Vec<u64> {
    text.lines()
        .filter_map(|line| line.split_once(char::is_whitespace))
        .map(|(_, path)| path.trim_start_matches([' ', '\t', '*']).trim_end_matches('\r'))
        .filter(|path| !path.is_empty())
        .map(path_hash)
        .collect()
}

/// Three lines each: path, new path, package (dpkg-divert(1)).
fn diversions(text: &str) -> Result<Vec<(String, String)>, FormatError> {
    let mut notes = Vec::new();
    let mut lines = text.lines().map(|line| line.trim_end_matches('\r'));
    while let (Some(from), Some(to), Some(by)) = (lines.next(), lines.next(), lines.next()) {
        if notes.len() >= MAX_DIVERSIONS {
            return Err(FormatError::Limit { limit: MAX_DIVERSIONS as u64, unit: "entries" });
        }
        let value = format!("{:016x} {:016x} {by}", path_hash(from), path_hash(to));
        notes.push((NOTE_DIVERSION.to_owned(), value));
    }
    Ok(notes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(path: &str, text: &str) -> Facts {
        parse(&File { path, mode: 0o644, content: &text.as_bytes().to_vec() }).unwrap()
    }

    #[test]
    fn lists_name_files() {
        let facts = read(
            "var/lib/dpkg/info/libc6:amd64.list",
            "/.\n/lib\n/lib/x\n/usr\n/usr/share\n/usr/share/doc\n/usr/share/doc/libc6\n/usr/share/doc/libc6/a\n/usr/bin\n",
        );
        let expected = ["lib/x", "usr/share/doc/libc6/a", "usr/bin"].map(path_hash);
        assert_eq!(facts.owned, [OwnedFiles { package: "libc6:amd64".into(), files: expected.into() }]);
    }

    #[test]
    fn checksums_name_files() {
        let facts =
            read("var/lib/dpkg/status.d/base.md5sums", "d41d8cd98f00b204e9800998ecf8427e  etc/x y\nbad\n");
        assert_eq!(facts.owned, [OwnedFiles { package: "base".into(), files: vec![path_hash("etc/x y")] }]);
    }

    #[test]
    fn diversions_come_in_threes() {
        let facts = read("var/lib/dpkg/diversions", "/bin/sh\n/bin/sh.distrib\ndash\n/a\n/b\n");
        let value = format!("{:016x} {:016x} dash", path_hash("bin/sh"), path_hash("bin/sh.distrib"));
        assert_eq!(facts.notes, [(NOTE_DIVERSION.to_owned(), value)]);
    }
}
