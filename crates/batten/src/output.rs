//! Where answers go: stdout, or a file that appears whole or not at all.

use anyhow::{Context as _, Result};
use std::io::{self, BufWriter, Write};
use std::path::Path;

/// Writes an answer to `path`, or to stdout where there is none. A reader that goes away (`| head`) is no error.
pub(crate) fn write(path: Option<&Path>, body: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<()> {
    match path {
        Some(path) => write_file(path, body),
        None => {
            let mut out = BufWriter::with_capacity(1 << 16, io::stdout().lock());
            match body(&mut out).and_then(|()| out.flush()) {
                Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
                other => other.context("stdout cannot be written"),
            }
        }
    }
}

/// Writes beside the place and renames, so that a crash leaves the old file or the new one. What is no regular file
/// (`/dev/stdout`, a pipe) is written directly.
fn write_file(path: &Path, body: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<()> {
    let failed = || format!("{} cannot be written", path.display());
    if std::fs::metadata(path).is_ok_and(|meta| !meta.is_file()) {
        let mut out =
            BufWriter::new(std::fs::OpenOptions::new().write(true).open(path).with_context(failed)?);
        return body(&mut out).and_then(|()| out.flush()).with_context(failed);
    }
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let temporary = tempfile::Builder::new()
        .prefix(".batten-")
        .permissions(std::os::unix::fs::PermissionsExt::from_mode(0o644))
        .tempfile_in(folder)
        .with_context(failed)?;
    let mut out = BufWriter::with_capacity(1 << 16, temporary);
    body(&mut out).with_context(failed)?;
    let temporary = out.into_inner().map_err(io::IntoInnerError::into_error).with_context(failed)?;
    temporary.as_file().sync_all().with_context(failed)?;
    temporary.persist(path).with_context(failed)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_answer_leaves_the_old_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("report.json");
        write(Some(&path), |out| out.write_all(b"old")).unwrap();
        let failed = write(Some(&path), |out| {
            out.write_all(b"ne")?;
            Err(io::Error::other("full"))
        });
        assert!(failed.is_err());
        assert_eq!(std::fs::read(&path).unwrap(), b"old");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
