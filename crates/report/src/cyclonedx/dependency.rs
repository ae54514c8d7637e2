//! `dependencies[]`: what needs what, as far as lock files tell. What is not in it is not known.

use super::Part;
use batten_model::{Package, PackageKind};
use serde::{Serialize, Serializer};
use std::collections::{BTreeMap, BTreeSet};

/// The edges of all parts.
pub(super) struct Dependencies<'a>(pub(super) &'a [Part<'a>]);

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Entry<'a> {
    #[serde(rename = "ref")]
    reference: &'a str,
    depends_on: &'a BTreeSet<String>,
}

impl Serialize for Dependencies<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut edges: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        self.0.iter().for_each(|part| add_edges(part, &mut edges));
        serializer.collect_seq(edges.iter().map(|(reference, depends_on)| Entry { reference, depends_on }))
    }
}

fn add_edges(part: &Part<'_>, edges: &mut BTreeMap<String, BTreeSet<String>>) {
    let inventory = &part.report.inventory;
    let from_subject = edges.entry(part.subject_reference()).or_default();
    if inventory.os.present().is_some() {
        from_subject.insert(part.os_reference());
    }
    let named = by_name(part);
    for (package, reference) in inventory.packages.iter().zip(&part.references) {
        let Some(front) = package.dependency_path.front() else { continue };
        match front.last() {
            None => {
                edges.entry(part.subject_reference()).or_default().insert(reference.clone());
            }
            Some(parent) => {
                let parent = named.get(&(package.kind, parent)).and_then(|all| nearest(all, package));
                if let Some(parent) = parent.filter(|parent| *parent != reference) {
                    edges.entry(parent.clone()).or_default().insert(reference.clone());
                }
            }
        }
    }
}

type ByName<'a> = BTreeMap<(PackageKind, &'a str), Vec<(&'a Package, &'a String)>>;

/// Packages by the last step of their own path, which is how other paths name them.
fn by_name<'a>(part: &'a Part<'a>) -> ByName<'a> {
    let mut out: ByName<'a> = BTreeMap::new();
    for (package, reference) in part.report.inventory.packages.iter().zip(&part.references) {
        if let Some(name) = package.dependency_path.last() {
            out.entry((package.kind, name)).or_default().push((package, reference));
        }
    }
    out
}

/// Of packages of one name, that of the same lock file.
fn nearest<'a>(all: &[(&'a Package, &'a String)], package: &Package) -> Option<&'a String> {
    let place = |p: &Package| p.locations.first().map(|l| l.path.clone());
    let wanted = place(package);
    let same = all.iter().find(|(candidate, _)| place(candidate) == wanted);
    same.or(all.first()).map(|(_, reference)| *reference)
}
