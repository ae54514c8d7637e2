//! Files that are looked at although they lie in folders that are left out.

use super::open::Root;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

/// A file that was opened before the reading threads gave up their rights: a confined thread may not follow a
/// process's root.
pub(super) struct Opened {
    pub(super) path: PathBuf,
    pub(super) file: io::Result<File>,
}

/// Opens the files, given relative to the root or as absolute paths below it. A file that is not there is left out:
/// its process may have ended.
pub(super) fn open(root: &Root, paths: &[PathBuf]) -> Vec<Opened> {
    let relative = paths.iter().map(|path| path.strip_prefix("/").unwrap_or(path).to_owned());
    let opened = relative.map(|path| Opened { file: open_one(root, &path), path });
    opened.filter(|one| !matches!(&one.file, Err(e) if e.kind() == io::ErrorKind::NotFound)).collect()
}

fn open_one(root: &Root, path: &Path) -> io::Result<File> {
    match in_process(path) {
        Some((process_root, inside)) => Root::open(&root.path.join(process_root))?.file_by_links(inside),
        None => root.file_by_links(path),
    }
}

/// `proc/<pid>/root` and the rest of the path.
fn in_process(path: &Path) -> Option<(&Path, &Path)> {
    let process_root = path.ancestors().find(|folder| folder.iter().count() == 3)?;
    let mut parts = process_root.iter().map(|part| part.to_str().unwrap_or_default());
    let is_root = parts.next() == Some("proc")
        && parts.next().is_some_and(|pid| !pid.is_empty() && pid.bytes().all(|byte| byte.is_ascii_digit()))
        && parts.next() == Some("root");
    is_root.then_some((process_root, path.strip_prefix(process_root).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_root_of_a_process_is_a_root_of_its_own() {
        let parts =
            |text| in_process(Path::new(text)).map(|(a, b)| (a.to_str().unwrap(), b.to_str().unwrap()));
        assert_eq!(parts("proc/12/root/usr/bin/runc"), Some(("proc/12/root", "usr/bin/runc")));
        assert_eq!(parts("proc/self/root/usr"), None);
        assert_eq!(parts("usr/bin/runc"), None);
        assert_eq!(parts("proc/12"), None);
    }
}
