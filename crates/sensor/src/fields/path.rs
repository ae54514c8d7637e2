//! `fs.path.*`: the paths that a call is about, whether it opens them or not.

use super::{Judged, put};
use crate::catalogue::{Param, Show};
use crate::show::{opened, param, path_below};
use batten_rules::catalogue::Field;
use batten_rules::value::{Room, Value};

impl Judged<'_> {
    pub(super) fn path_value<'v>(&'v self, field: Field, room: &'v mut Room) -> Option<Value<'v>> {
        let mut paths = self.seen.kind.params.iter().filter(|p| matches!(p.show, Show::Path(_)));
        let (first, second) = (paths.next(), paths.next());
        let one = || first.filter(|_| second.is_none());
        // What a symbolic link points to is no path of the call, but its source all the same.
        let link = self.seen.param("target").filter(|_| self.seen.kind.name.starts_with("symlink"));
        let (parameter, raw) = match field {
            Field::FsPathName => (one(), false),
            Field::FsPathNameraw => (one(), true),
            Field::FsPathSource => (link.or_else(|| second.and(first)), false),
            Field::FsPathSourceraw => (link.or_else(|| second.and(first)), true),
            Field::FsPathTarget => (if link.is_some() { first } else { second }, false),
            Field::FsPathTargetraw => (if link.is_some() { first } else { second }, true),
            _ => return None,
        };
        match (parameter, raw) {
            (Some(parameter), true) => self.raw_path(parameter, room),
            (Some(parameter), false) => match path_below(&self.seen, parameter) {
                Some(path) => put(room, &path),
                None => self.raw_path(parameter, room),
            },
            // A descriptor stands for the path of what it opened.
            (None, _) if field == Field::FsPathName => match opened(&self.seen) {
                Some(file) => put(room, file.path),
                None => self.subject().and_then(|(_, fd)| put(room, &fd.path)),
            },
            _ => None,
        }
    }

    fn raw_path<'v>(&self, parameter: &Param, room: &'v mut Room) -> Option<Value<'v>> {
        put(room, param(&self.seen, parameter)?.text.as_bytes())
    }
}
