//! Which modules of a `go.sum` are part of the build: those that a `go.mod` of Go before 1.17 beside it leaves out.
//!
//! Newer `go.mod` files name every module themselves; a `go.sum` without `go.mod` says only what was once fetched.

use super::FileFacts;
use crate::formats::go_mod::{NOTE_GO, NOTE_REPLACED};
use std::collections::{HashMap, HashSet};

/// What a `go.mod` tells about the `go.sum` in its folder.
#[derive(Default)]
struct Beside {
    complete: bool,
    named: HashSet<String>,
}

/// Keeps of each `go.sum` what its `go.mod` leaves out.
#[expect(clippy::ptr_arg, reason = "the signature of every relation")]
pub(super) fn relate(files: &mut Vec<FileFacts>) {
    let mut folders: HashMap<String, Beside> = HashMap::new();
    for file in files.iter().filter(|file| file.format == "go_mod") {
        folders.insert(folder(&file.path).to_owned(), beside(file));
    }
    for file in files.iter_mut().filter(|file| file.format == "go_sum") {
        match folders.get(folder(&file.path)) {
            Some(module) if !module.complete => {
                file.facts.packages.retain(|package| !module.named.contains(&package.name));
            }
            _ => file.facts.packages.clear(),
        }
    }
}

fn beside(file: &FileFacts) -> Beside {
    let notes =
        |key: &'static str| file.facts.notes.iter().filter(move |(k, _)| k == key).map(|(_, value)| value);
    let complete = notes(NOTE_GO).next().is_some_and(|go| names_everything(go));
    let mut named: HashSet<String> = file.facts.packages.iter().map(|p| p.name.clone()).collect();
    named.extend(notes(NOTE_REPLACED).cloned());
    Beside { complete, named }
}

/// True for Go 1.17 and later.
fn names_everything(go: &str) -> bool {
    let mut parts = go.split(|c: char| !c.is_ascii_digit()).map(|part| part.parse::<u32>().unwrap_or(0));
    (parts.next().unwrap_or(0), parts.next().unwrap_or(0)) >= (1, 17)
}

fn folder(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::content::File;
    use crate::formats::{FORMATS, Format};

    fn read(path: &str, text: &str) -> FileFacts {
        let name = if path.ends_with("mod") { "go_mod" } else { "go_sum" };
        let format: &Format = FORMATS.iter().find(|format| format.name == name).unwrap();
        let file = File { path, mode: 0o644, content: &text.as_bytes().to_vec() };
        FileFacts {
            path: path.to_owned(),
            layer: 0,
            format: format.name,
            facts: (format.parse)(&file).unwrap(),
        }
    }

    fn kept(go_mod: &str, go_sum: &str) -> Vec<String> {
        let mut files = vec![read("a/go.mod", go_mod), read("a/go.sum", go_sum)];
        relate(&mut files);
        files[1].facts.packages.iter().map(|p| p.name.clone()).collect()
    }

    #[test]
    fn old_modules_take_what_they_leave_out() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/go_sum/");
        let text = |name: &str| std::fs::read_to_string(format!("{folder}{name}")).unwrap();
        let kept = kept(&text("go.mod"), &text("go.sum"));
        assert_eq!(kept.len(), 7);
        assert!(!kept.iter().any(|name| name == "github.com/pkg/errors"));
    }

    #[test]
    fn newer_and_missing_modules_take_nothing() {
        assert!(kept("module m\ngo 1.17\n", "a.com/b v1.0.0 h1:x=\n").is_empty());
        assert!(kept("module m\ngo 1.21.3\n", "a.com/b v1.0.0 h1:x=\n").is_empty());
        assert_eq!(kept("module m\n", "a.com/b v1.0.0 h1:x=\n"), ["a.com/b"]);
        assert!(kept("module m\nreplace a.com/b => ../b\n", "a.com/b v1.0.0 h1:x=\n").is_empty());
        let mut alone = vec![read("a/go.sum", "a.com/b v1.0.0 h1:x=\n")];
        relate(&mut alone);
        assert!(alone[0].facts.packages.is_empty());
    }
}
