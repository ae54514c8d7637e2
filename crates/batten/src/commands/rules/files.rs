//! Rule files from disk.

use crate::commands::World;
use crate::failure::Failure;
use batten_rules::limits::Limits;
use batten_rules::{LoadOptions, Loaded, RuleFile, load};
use std::fs::{self, File};
use std::io::Read as _;
use std::path::{Path, PathBuf};

/// A file with its content.
pub(in crate::commands) struct Content {
    name: String,
    bytes: Vec<u8>,
}

/// Reads the files; of a folder its rule files, sorted.
pub(in crate::commands) fn read(world: &World, paths: &[PathBuf]) -> Result<Vec<Content>, Failure> {
    let mut out = Vec::new();
    for path in paths {
        if !path.is_dir() {
            out.push(content(world, path)?);
            continue;
        }
        let found = in_folder(world, path)?;
        if found.is_empty() {
            let shown = path.display();
            let en = format!("{shown}: the folder has no *.yaml or *.yml file");
            return Err(world.mistake(en, format!("{shown}：文件夹中没有 *.yaml 或 *.yml 文件")));
        }
        for path in found {
            out.push(content(world, &path)?);
        }
    }
    Ok(out)
}

/// The rule files of a folder, sorted.
pub(super) fn in_folder(world: &World, folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let entries = fs::read_dir(folder).map_err(|error| unreadable(world, folder, &error))?;
    let mut found = Vec::new();
    for entry in entries {
        let path = entry.map_err(|error| unreadable(world, folder, &error))?.path();
        let is_rules = path.extension().is_some_and(|extension| extension == "yaml" || extension == "yml");
        if is_rules && path.is_file() {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

fn content(world: &World, path: &Path) -> Result<Content, Failure> {
    Ok(Content { name: path.display().to_string(), bytes: bytes(world, path)? })
}

/// A file's bytes, one more than the limit at most: whoever reads them then says that they are too many.
pub(super) fn bytes(world: &World, path: &Path) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    let limit = Limits::default().file_bytes as u64 + 1;
    let read = File::open(path).and_then(|file| file.take(limit).read_to_end(&mut bytes));
    read.map_err(|error| unreadable(world, path, &error))?;
    Ok(bytes)
}

/// A file or folder that cannot be read.
pub(super) fn unreadable(world: &World, path: &Path, error: &std::io::Error) -> Failure {
    let shown = path.display();
    world.mistake(format!("{shown} cannot be read: {error}"), format!("无法读取 {shown}：{error}"))
}

/// Loads contents.
pub(in crate::commands) fn load_all(contents: &[Content]) -> Loaded {
    load(&as_files(contents), &LoadOptions::default())
}

/// Contents as the loader takes them.
pub(super) fn as_files(contents: &[Content]) -> Vec<RuleFile<'_>> {
    contents.iter().map(|content| RuleFile { name: &content.name, content: &content.bytes }).collect()
}
