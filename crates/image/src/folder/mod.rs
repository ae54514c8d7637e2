//! A folder as subject: a root file system, a source tree, a host, or one file.
//!
//! Symbolic links are not followed, but for a file at an exact path that a format wants, and then within the root.

mod also;
mod mounts;
mod open;
mod walk;

use crate::hold::Budget;
use crate::layer::{LayerFacts, Meter, Tools};
use crate::matcher::Matcher;
use crate::merge::{MergeLayer, merge};
use crate::scan::{ScanFailure, ScanOptions, finish};
use batten_model::{Inventory, Subject, SubjectKind};
use open::Root;
use std::path::{Path, PathBuf};
use walk::Walk;

/// Which folder is looked at, and as what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FolderSubject {
    /// The folder, or a single file.
    pub path: PathBuf,
    /// [`SubjectKind::Host`] leaves out what is not the host's own: network file systems, container storage.
    pub kind: SubjectKind,
    /// How the report names it.
    pub name: String,
    /// Folders below `path` that are left out, without leading slash.
    pub skip: Vec<String>,
    /// Files below `path` that are looked at wherever they lie, in a folder that is left out too. A path that begins
    /// with `proc/<pid>/root/` is followed into that process's root.
    pub also: Vec<PathBuf>,
}

impl FolderSubject {
    /// A folder or file, under its own name, with nothing left out.
    pub fn at(path: &Path) -> FolderSubject {
        FolderSubject {
            path: path.to_owned(),
            kind: SubjectKind::Fs,
            name: path.display().to_string(),
            skip: Vec::new(),
            also: Vec::new(),
        }
    }
}

/// Reads a folder, or a single file. What cannot be read in it is in the inventory's errors.
pub fn scan_folder(subject: &FolderSubject, options: &ScanOptions<'_>) -> Result<Inventory, ScanFailure> {
    let failure = |source| ScanFailure::Folder { path: subject.path.display().to_string(), source };
    let metadata = std::fs::metadata(&subject.path).map_err(failure)?;
    let single = metadata.is_file().then(|| subject.path.file_name()).flatten();
    let folder = match single {
        Some(_) => subject.path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new(".")),
        None => &subject.path,
    };
    let root = Root::open(folder).map_err(failure)?;
    let matcher = Matcher::new(options.formats);
    let meter = Meter::new(&options.limits, options.progress);
    let budget = Budget::new(&options.limits, &options.temp_folder);
    let tools = Tools { matcher: &matcher, meter: &meter, budget: &budget };
    let walk = Walk::new(subject, &root, tools, options);
    let (facts, errors) = match single {
        Some(name) => walk.single(name),
        None => walk.run(),
    };
    let all_read = errors.is_empty();
    let keep_declared = subject.kind == SubjectKind::Fs || options.keep_declared;
    let merged = merge(vec![MergeLayer { facts, diff_id: None }], options.formats, keep_declared);
    let named = Subject::named(subject.kind, subject.name.clone());
    Ok(finish(named, merged, all_read, errors, |_| {}))
}

/// Facts of several threads as one.
fn gather(all: Vec<LayerFacts>) -> LayerFacts {
    let mut whole = LayerFacts::default();
    for mut facts in all {
        whole.files.append(&mut facts.files);
        whole.problems.append(&mut facts.problems);
    }
    whole.files.sort_by(|a, b| (&a.path, a.format).cmp(&(&b.path, b.format)));
    whole.problems.sort_by(|a, b| (&a.target, &a.code).cmp(&(&b.target, &b.code)));
    whole
}
