//! Paths through folders that are symbolic links in lower layers: `lib/x` in a layer above one in which `lib` leads
//! to `usr/lib` is `usr/lib/x`.

use super::MergeLayer;
use crate::layer::ancestors;
use crate::layer::paths::link_target;
use std::collections::{HashMap, HashSet};

/// Links that are followed for one path.
const HOPS_MAX: usize = 16;
/// Limits of a resolved path.
const PATH_BYTES_MAX: u64 = 1 << 16;

/// Gives each found file the path that it really has, in every layer.
pub(super) fn resolve(layers: &mut [MergeLayer]) {
    let mut below: HashMap<String, String> = HashMap::new();
    for layer in layers {
        if !below.is_empty() {
            for file in &mut layer.facts.files {
                if let Some(path) = real_path(&file.path, &below) {
                    let old = std::mem::replace(&mut file.path, path);
                    for location in file.facts.packages.iter_mut().flat_map(|p| &mut p.locations) {
                        if let Some(rest) = location.path.strip_prefix(&old) {
                            location.path = format!("{}{rest}", file.path);
                        }
                    }
                }
            }
        }
        for (path, target) in &layer.facts.links {
            if let Some(target) = link_target(path, target.as_bytes(), PATH_BYTES_MAX, PATH_BYTES_MAX) {
                below.insert(path.clone(), target);
            }
        }
    }
}

/// The path with links among its folders followed; `None` where there are none.
pub(super) fn real_path(path: &str, links: &HashMap<String, String>) -> Option<String> {
    let mut resolved: Option<String> = None;
    for _ in 0..HOPS_MAX {
        let current = resolved.as_deref().unwrap_or(path);
        let mut slashes = current.match_indices('/').map(|(place, _)| place);
        let step = slashes.find_map(|place| {
            let (folder, rest) = current.split_at_checked(place)?;
            links.get(folder).map(|target| format!("{target}{rest}"))
        });
        match step {
            Some(next) if next.len() as u64 <= PATH_BYTES_MAX => resolved = Some(next),
            _ => break,
        }
    }
    resolved
}

/// The other names that folders with found files have by links: folder to layer and path of each link.
pub(super) fn names_of_folders(layers: &[MergeLayer]) -> HashMap<String, Vec<(usize, String)>> {
    let paths = layers.iter().flat_map(|layer| layer.facts.files.iter().map(|file| file.path.as_str()));
    let folders: HashSet<&str> = paths.flat_map(ancestors).collect();
    let mut names: HashMap<String, Vec<(usize, String)>> = HashMap::new();
    for (index, layer) in layers.iter().enumerate() {
        for (path, target) in &layer.facts.links {
            let target = link_target(path, target.as_bytes(), PATH_BYTES_MAX, PATH_BYTES_MAX);
            if let Some(target) = target.filter(|target| folders.contains(target.as_str())) {
                let links = names.entry(target).or_default();
                if links.len() < HOPS_MAX {
                    links.push((index, path.clone()));
                }
            }
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_are_followed() {
        let links: HashMap<String, String> =
            [("lib", "usr/lib"), ("usr/lib/a", "opt/a"), ("x", "x/y"), ("p", "q"), ("q", "p")]
                .map(|(path, target)| (path.to_owned(), target.to_owned()))
                .into();
        assert_eq!(real_path("lib/b/c", &links).as_deref(), Some("usr/lib/b/c"));
        assert_eq!(real_path("lib/a/c", &links).as_deref(), Some("opt/a/c"));
        assert_eq!(real_path("lib", &links), None, "the link itself");
        assert_eq!(real_path("usr/lib/b", &links), None);
        assert!(real_path("p/z", &links).is_some(), "loops end");
        assert!(real_path("x/z", &links).unwrap().len() < 100);
    }
}
