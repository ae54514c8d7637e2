//! Yarn's `yarn.lock`: version 1's own format (yarnpkg/yarn, `src/lockfile/parse.js`), and the YAML of Yarn 2 and
//! later ("Berry", its documentation's "Lexicon", locators and descriptors).
//!
//! Version 1 tells neither what the project asks for nor what is for development only: dependency paths begin at
//! the packages that nothing else needs, and all scopes are run time. Berry names its workspaces, whose needs begin
//! the paths, but not which of them are for development.

mod berry;
mod classic;

use crate::content::File;
use crate::facts::Facts;
use crate::formats::lock_graph::LockGraph;
use crate::formats::names::{Name, Names};
use crate::formats::source_text::{lock_bytes, utf8};
use crate::formats::{Format, FormatError, Wants};
use batten_model::PackageKind;
use std::collections::HashMap;

pub(crate) const FORMAT: Format =
    Format { name: "yarn_lock", version: 1, wants: &[Wants::Name("yarn.lock")], database: false, parse };

const WORDS: &str = "yarn.lock";

pub(crate) fn parse(file: &File<'_>) -> Result<Facts, FormatError> {
    let bytes = lock_bytes(file)?;
    let text = utf8(&bytes, WORDS)?;
    let new_graph = || LockGraph::new(FORMAT.name, file.path, PackageKind::Npm);
    let graph = if is_berry(text) {
        berry::read_lock(text, new_graph)?
    } else {
        classic::read_lock(text, new_graph())?
    };
    Ok(graph.finish())
}

/// Berry's files have a `__metadata` entry, as the first one.
fn is_berry(text: &str) -> bool {
    text.lines().any(|line| line.trim_end() == "__metadata:")
}

/// What is asked for, `name@range`, and the package that answers it; none where a folder does.
#[derive(Default)]
struct Answers {
    names: Names,
    packages: HashMap<Name, Option<u32>>,
}

impl Answers {
    /// `package` answers `descriptor`, whatever was said before.
    fn last(&mut self, descriptor: &str, package: Option<u32>) {
        self.packages.insert(self.names.of(descriptor), package);
    }

    /// `package` answers `descriptor`, unless another package does already.
    fn first(&mut self, descriptor: &str, package: Option<u32>) {
        let slot = self.packages.entry(self.names.of(descriptor)).or_insert(package);
        *slot = slot.or(package);
    }

    /// The number of `name@range`; `buffer` is for writing it.
    fn descriptor(&mut self, name: &str, range: &str, buffer: &mut String) -> Name {
        buffer.clear();
        buffer.push_str(name);
        buffer.push('@');
        buffer.push_str(range);
        self.names.of(buffer)
    }

    fn is_known(&self, descriptor: Name) -> bool {
        self.packages.contains_key(&descriptor)
    }

    fn package(&self, descriptor: Name) -> Option<u32> {
        self.packages.get(&descriptor).copied().flatten()
    }
}

/// The name in `name@range`; the name may begin with `@`.
fn descriptor_name(descriptor: &str) -> Option<(&str, &str)> {
    let scope = usize::from(descriptor.starts_with('@'));
    let place = descriptor.get(scope..)?.find('@')? + scope;
    let (name, range) = (descriptor.get(..place)?, descriptor.get(place + 1..)?);
    (name.len() > scope).then_some((name, range))
}

#[cfg(test)]
mod tests;
