//! Since which layer a package is there. A package database is one file that every layer with an installation
//! rewrites; a package belongs to the lowest layer from which on it was in the database without a break.

use super::MergeLayer;
use super::squash::Upper;
use crate::formats::Format;
use crate::layer::FoundFile;
use crate::relations::FileFacts;
use batten_model::{Digest, Package, PackageKind};
use std::collections::{HashMap, HashSet};

/// What makes two entries of a database the same package.
type Identity = (PackageKind, String, String, Option<String>);

/// By path and format of a database: the first layer of those packages that are older than the file.
pub(super) type FirstLayers = HashMap<(String, &'static str), HashMap<Identity, usize>>;

fn identity(package: &Package) -> Identity {
    (package.kind, package.name.clone(), package.version.clone(), package.arch.clone())
}

/// Finds the first layers.
pub(super) fn first_layers(layers: &[MergeLayer], upper: &Upper, formats: &[&'static Format]) -> FirstLayers {
    let mut first = FirstLayers::new();
    if layers.len() < 2 {
        return first;
    }
    for (top, layer) in layers.iter().enumerate().rev() {
        for file in &layer.facts.files {
            let Some(format) = formats.get(usize::from(file.format)).filter(|format| format.database) else {
                continue;
            };
            let key = (file.path.clone(), format.name);
            // The highest layer that has the file is the one that counts.
            if !first.contains_key(&key) && !upper.hide(top, &file.path) {
                first.insert(key, trace(layers, upper, top, file));
            }
        }
    }
    first
}

/// Follows the database `file` of layer `top` down.
fn trace(layers: &[MergeLayer], upper: &Upper, top: usize, file: &FoundFile) -> HashMap<Identity, usize> {
    let mut lasting: HashSet<Identity> = file.facts.packages.iter().map(identity).collect();
    let mut first = HashMap::new();
    for (index, layer) in layers.iter().enumerate().take(top).rev() {
        let older = layer.facts.files.iter().find(|f| f.path == file.path && f.format == file.format);
        if let Some(older) = older {
            let present: HashSet<Identity> = older.facts.packages.iter().map(identity).collect();
            lasting.retain(|package| present.contains(package));
            first.extend(lasting.iter().map(|package| (package.clone(), index)));
        } else if upper.layer_hides(index, &file.path) {
            break;
        }
        if lasting.is_empty() {
            break;
        }
    }
    first
}

/// Writes the layer of each package into its locations.
pub(super) fn locate(files: &mut [FileFacts], first: &FirstLayers, diff_ids: &[Option<Digest>]) {
    for file in files {
        let older = first.get(&(file.path.clone(), file.format));
        for package in &mut file.facts.packages {
            let layer = older.and_then(|older| older.get(&identity(package))).copied().unwrap_or(file.layer);
            for location in &mut package.locations {
                location.layer = diff_ids.get(layer).cloned().flatten();
            }
        }
    }
}
