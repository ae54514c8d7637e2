//! Which `package.json` files belong to a project that is being developed or run, and are no installed module:
//! those outside `node_modules` in or below a folder with a package manager's lock file.
//!
//! A project's own name comes from no registry: an advisory for a package of the same name is not about it. Published
//! modules carry no lock file, but for `npm-shrinkwrap.json`, which therefore does not count here.

use super::FileFacts;
use std::collections::HashSet;

const LOCKS: &[&str] = &["bun_lock", "npm_lock", "pnpm_lock", "yarn_lock"];
/// Folders upwards in which a lock file is looked for.
const MAX_LEVELS: usize = 64;

/// Drops the packages of a project's own `package.json` files.
pub(super) fn relate(files: &mut Vec<FileFacts>) {
    let projects: HashSet<String> = files
        .iter()
        .filter(|file| LOCKS.contains(&file.format) && !in_modules(&file.path))
        .filter(|file| !file.path.ends_with("npm-shrinkwrap.json"))
        .map(|file| folder(&file.path).to_owned())
        .collect();
    if projects.is_empty() {
        return;
    }
    files.retain(|file| {
        file.format != "node_package_json" || in_modules(&file.path) || !is_below(&file.path, &projects)
    });
}

fn is_below(path: &str, projects: &HashSet<String>) -> bool {
    let mut at = folder(path);
    for _ in 0..MAX_LEVELS {
        if projects.contains(at) {
            return true;
        }
        if at.is_empty() {
            return false;
        }
        at = folder(at);
    }
    false
}

fn in_modules(path: &str) -> bool {
    path.split('/').any(|part| part == "node_modules")
}

fn folder(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::Facts;

    fn kept(paths: &[&str]) -> Vec<String> {
        let mut files: Vec<FileFacts> = paths
            .iter()
            .map(|path| FileFacts {
                path: (*path).to_owned(),
                layer: 0,
                format: match path.rsplit('/').next().unwrap() {
                    "package.json" => "node_package_json",
                    "yarn.lock" => "yarn_lock",
                    _ => "npm_lock",
                },
                facts: Facts::default(),
            })
            .collect();
        relate(&mut files);
        files.into_iter().filter(|f| f.format == "node_package_json").map(|f| f.path).collect()
    }

    #[test]
    fn a_projects_own_files_are_no_modules() {
        let paths = [
            "app/node_modules/.package-lock.json",
            "app/node_modules/a/package.json",
            "app/node_modules/a/yarn.lock",
            "app/package-lock.json",
            "app/package.json",
            "app/packages/b/package.json",
            "application/package.json",
            "opt/yarn/package.json",
            "srv/tool/npm-shrinkwrap.json",
            "srv/tool/package.json",
        ];
        assert_eq!(
            kept(&paths),
            [
                "app/node_modules/a/package.json",
                "application/package.json",
                "opt/yarn/package.json",
                "srv/tool/package.json"
            ]
        );
        assert_eq!(kept(&["a/package.json", "package.json", "yarn.lock"]), [""; 0]);
        assert_eq!(kept(&["a/package.json"]), ["a/package.json"]);
    }
}
