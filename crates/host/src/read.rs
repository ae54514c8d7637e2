//! Small files of the kernel and of `/etc`, read with a limit.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// Longest file that is read here; `/proc/modules` of a large machine is under 100 KiB.
const MAX_BYTES: u64 = 1 << 20;

/// The whole text of a small file; bytes that are no UTF-8 are replaced. What lies behind the limit is not read.
pub(crate) fn text(path: &Path) -> io::Result<String> {
    let mut bytes = Vec::new();
    File::open(path)?.take(MAX_BYTES).read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// The first line without white space around it; `None` where it is empty.
pub(crate) fn line(path: &Path) -> io::Result<Option<String>> {
    let text = text(path)?;
    let line = text.lines().next().unwrap_or_default().trim();
    Ok((!line.is_empty()).then(|| line.to_owned()))
}

/// Names of a folder's entries, sorted.
pub(crate) fn names(path: &Path) -> io::Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in path.read_dir()? {
        names.push(entry?.file_name().to_string_lossy().into_owned());
    }
    names.sort();
    Ok(names)
}
