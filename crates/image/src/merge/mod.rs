//! From layers to one inventory: which files survive, what they say about each other, and each package once.
//!
//! | step | module |
//! | --- | --- |
//! | paths through folders that are symbolic links | `links` |
//! | which files no upper layer hides | `squash` |
//! | since which layer a package of a database is there | `since` |
//! | what files say about each other | [`crate::relations`] |
//! | what lock files tell of installed packages | `declared` |
//! | each package once, with all its places | `dedupe` |

mod declared;
mod dedupe;
mod links;
mod since;
mod squash;

use crate::facts::Problem;
use crate::formats::Format;
use crate::layer::LayerFacts;
use crate::relations::{FileFacts, RELATIONS};
use batten_model::{Digest, OsRelease, Package};

/// A layer as merging sees it.
pub(crate) struct MergeLayer {
    pub(crate) facts: LayerFacts,
    /// `None` for folders and hosts.
    pub(crate) diff_id: Option<Digest>,
}

/// What a subject has.
#[derive(Debug, Default)]
pub(crate) struct Merged {
    pub(crate) packages: Vec<Package>,
    pub(crate) os: Option<OsRelease>,
    pub(crate) declared_only: Vec<String>,
    pub(crate) problems: Vec<Problem>,
}

/// Merges layers, the base first. `keep_declared` keeps what lock files and manifests only declare as packages of
/// their own.
pub(crate) fn merge(mut layers: Vec<MergeLayer>, formats: &[&'static Format], keep_declared: bool) -> Merged {
    links::resolve(&mut layers);
    let upper = squash::Upper::of(&mut layers);
    let since = since::first_layers(&layers, &upper, formats);
    let diff_ids: Vec<Option<Digest>> = layers.iter().map(|layer| layer.diff_id.clone()).collect();
    let (mut files, problems) = squash::squash(layers, &upper, formats);
    for (_, relation) in RELATIONS {
        relation(&mut files);
    }
    since::locate(&mut files, &since, &diff_ids);
    let os = distribution(&files);
    let declared_only = declared::apply(&mut files, keep_declared);
    let packages = dedupe::dedupe(together(files));
    Merged { packages, os, declared_only, problems }
}

/// The packages of all files; those of a single file stay where they are.
fn together(files: Vec<FileFacts>) -> Vec<Package> {
    let mut lists = files.into_iter().map(|file| file.facts.packages).filter(|list| !list.is_empty());
    let mut packages = lists.next().unwrap_or_default();
    lists.for_each(|mut list| packages.append(&mut list));
    packages
}

/// The distribution: os-release(5) says that `/etc` goes before `/usr/lib`; older release files come last.
fn distribution(files: &[FileFacts]) -> Option<OsRelease> {
    let rank = |path: &str| match path {
        "etc/os-release" => 0,
        "usr/lib/os-release" => 1,
        _ => 2,
    };
    files
        .iter()
        .filter_map(|file| Some((rank(&file.path), &file.path, file.facts.os.as_ref()?)))
        .filter(|(_, _, os)| !os.id.is_empty() || !os.name.is_empty())
        .min_by_key(|(rank, path, os)| (os.id.is_empty(), *rank, *path))
        .map(|(_, _, os)| os.clone())
}
