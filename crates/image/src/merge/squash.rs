//! Which files of the layers are there in the image (OCI image specification, "Applying Changesets").

use super::{MergeLayer, links};
use crate::facts::Problem;
use crate::formats::Format;
use crate::layer::{NameSets, ancestors};
use crate::relations::FileFacts;
use std::collections::HashMap;

/// Other names of one path that are tried.
const NAMES_MAX: usize = 8;

/// Surviving files, sorted by path and format, and the problems of what survives.
pub(super) fn squash(
    layers: Vec<MergeLayer>,
    upper: &Upper,
    formats: &[&'static Format],
) -> (Vec<FileFacts>, Vec<Problem>) {
    let mut files = Vec::new();
    let mut problems = Vec::new();
    for (index, layer) in layers.into_iter().enumerate() {
        for file in layer.facts.files {
            let format = formats.get(usize::from(file.format)).map(|format| format.name);
            if let Some(format) = format
                && !upper.hide(index, &file.path)
            {
                files.push(FileFacts { path: file.path, layer: index, format, facts: file.facts });
            }
        }
        let seen = |problem: &Problem| !upper.hide(index, path_of(&problem.target));
        problems.extend(layer.facts.problems.into_iter().filter(seen));
    }
    // Two names of one file can become one path by links; the upper one stays.
    files.sort_by(|a, b| (&a.path, a.format, b.layer).cmp(&(&b.path, b.format, a.layer)));
    files.dedup_by(|b, a| a.path == b.path && a.format == b.format);
    (files, problems)
}

/// The file that a problem is in: without what is inside of it, and without line and column.
fn path_of(target: &str) -> &str {
    let mut path = target.split_once('!').map_or(target, |(outer, _)| outer);
    while let Some((front, number)) = path.rsplit_once(':') {
        if number.is_empty() || !number.bytes().all(|b| b.is_ascii_digit()) {
            break;
        }
        path = front;
    }
    path
}

/// What the layers above each layer hide.
pub(super) struct Upper {
    names: Vec<NameSets>,
    /// Other names by links of those folders that hold found files: layer of the link, and its path.
    folder_names: HashMap<String, Vec<(usize, String)>>,
}

impl Upper {
    /// Takes the names out of `layers`.
    pub(super) fn of(layers: &mut [MergeLayer]) -> Upper {
        let folder_names = if layers.len() > 1 { links::names_of_folders(layers) } else { HashMap::new() };
        let names = layers.iter_mut().map(|layer| std::mem::take(&mut layer.facts.names)).collect();
        Upper { names, folder_names }
    }

    /// Whether a layer above `layer` hides the file that `layer` has at `path`.
    pub(super) fn hide(&self, layer: usize, path: &str) -> bool {
        (layer + 1..self.names.len()).any(|above| self.layer_hides(above, path))
    }

    /// Whether the layer `above` alone hides `path`, by whichever of its names.
    pub(super) fn layer_hides(&self, above: usize, path: &str) -> bool {
        let Some(names) = self.names.get(above) else { return false };
        names.hides(path)
            || (!self.folder_names.is_empty()
                && self.other_names(path, above).iter().any(|name| names.hides(name)))
    }

    /// Names that `path` has by links of layers below `above`.
    fn other_names(&self, path: &str, above: usize) -> Vec<String> {
        let mut names = Vec::new();
        for folder in ancestors(path) {
            for (layer, link) in self.folder_names.get(folder).into_iter().flatten() {
                if *layer < above
                    && names.len() < NAMES_MAX
                    && let Some(rest) = path.strip_prefix(folder)
                {
                    names.push(format!("{link}{rest}"));
                }
            }
        }
        names
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn problems_name_their_file() {
        assert_eq!(path_of("a/b.jar!c.jar!d"), "a/b.jar");
        assert_eq!(path_of("a/package-lock.json:3:14"), "a/package-lock.json");
        assert_eq!(path_of("a:b"), "a:b");
        assert_eq!(path_of("a:"), "a:");
    }
}
