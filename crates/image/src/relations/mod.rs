//! What files say about each other, once it is known which files survive in the merged view.
//!
//! A relation is pure and sees all surviving facts at once: ownership of files by OS packages, licences that another
//! file tells, a `go.sum` beside its `go.mod`. One file each, run in the order of [`RELATIONS`].

mod go_sum;
mod maven_parent;
mod node_project;
mod os_licences;
mod os_release;
mod ownership;
mod rpm_database;

use crate::facts::Facts;

/// The facts of one surviving file.
#[derive(Debug, Clone, PartialEq)]
pub struct FileFacts {
    /// Path from the root of the subject, without a leading slash.
    pub path: String,
    /// Index of the layer that it came from; 0 for folders and hosts.
    pub layer: usize,
    /// [`crate::formats::Format::name`].
    pub format: &'static str,
    /// What the format found.
    pub facts: Facts,
}

/// One relation: changes, drops or adds facts. `files` is sorted by path and format, before and after.
pub type Relation = fn(&mut Vec<FileFacts>);

/// All relations, in the order in which they run.
pub static RELATIONS: &[(&str, Relation)] = &[
    ("go_sum", go_sum::relate),
    ("maven_parent", maven_parent::relate),
    ("node_project", node_project::relate),
    ("os_release", os_release::relate),
    ("rpm_database", rpm_database::relate),
    ("os_licences", os_licences::relate),
    ("ownership", ownership::relate),
];
