//! Paths by their parts: which of many folders a path lies in (`pmatch`).

use super::glob::Glob;
use std::collections::BTreeMap;

/// A set of paths. A path is in it, where one of them is it or a folder above it. A part may be a shell pattern.
#[derive(Debug, Clone, Default)]
pub(crate) struct Paths {
    nodes: Vec<Branch>,
}

#[derive(Debug, Clone, Default)]
struct Branch {
    /// A path ends here: all below it is in the set.
    end: bool,
    /// Parts that stand for themselves, sorted.
    exact: Vec<(Box<[u8]>, usize)>,
    patterns: Vec<(Glob, usize)>,
}

/// A tree while it is made.
#[derive(Default)]
struct Growing<'p> {
    end: bool,
    exact: BTreeMap<&'p [u8], Growing<'p>>,
    patterns: BTreeMap<&'p [u8], Growing<'p>>,
}

impl Paths {
    pub(crate) fn new<'p>(paths: impl Iterator<Item = &'p [u8]>) -> Paths {
        let mut root = Growing::default();
        for path in paths {
            let mut node = &mut root;
            for part in parts(path) {
                let is_pattern = part.iter().any(|byte| matches!(byte, b'*' | b'?' | b'['));
                let children = if is_pattern { &mut node.patterns } else { &mut node.exact };
                node = children.entry(part).or_default();
            }
            node.end = true;
        }
        let mut paths = Paths::default();
        paths.flatten(root);
        paths
    }

    /// Lays a tree out; levels are as deep as the paths that the rules have, so that a queue takes the place of calls.
    fn flatten(&mut self, root: Growing<'_>) {
        self.nodes.push(Branch::default());
        let mut queue = std::collections::VecDeque::from([(0_usize, root)]);
        while let Some((at, node)) = queue.pop_front() {
            let mut branch = Branch { end: node.end, ..Branch::default() };
            for (part, child) in node.exact {
                branch.exact.push((part.into(), self.nodes.len()));
                queue.push_back((self.nodes.len(), child));
                self.nodes.push(Branch::default());
            }
            for (part, child) in node.patterns {
                // A pattern that is none stands for itself.
                let glob = Glob::new(part, false).unwrap_or_else(|_| Glob::literal(part));
                branch.patterns.push((glob, self.nodes.len()));
                queue.push_back((self.nodes.len(), child));
                self.nodes.push(Branch::default());
            }
            if let Some(place) = self.nodes.get_mut(at) {
                *place = branch;
            }
        }
    }

    /// Whether a path is in the set.
    pub(crate) fn has(&self, path: &[u8]) -> bool {
        self.below(0, path)
    }

    fn below(&self, at: usize, mut path: &[u8]) -> bool {
        let mut at = at;
        loop {
            let Some(branch) = self.nodes.get(at) else { return false };
            if branch.end {
                return true;
            }
            let Some((part, rest)) = first(path) else { return false };
            let patterns = branch.patterns.iter().filter(|(glob, _)| glob.fits(part));
            // Each branch of the tree is tried at most once, for its depth is its place in the path.
            if patterns.clone().any(|(_, child)| self.below(*child, rest)) {
                return true;
            }
            match branch.exact.binary_search_by(|(name, _)| name.as_ref().cmp(part)) {
                Ok(found) => at = branch.exact.get(found).map_or(usize::MAX, |(_, child)| *child),
                Err(_) => return false,
            }
            path = rest;
        }
    }
}

fn parts(path: &[u8]) -> impl Iterator<Item = &[u8]> {
    path.split(|byte| *byte == b'/').filter(|part| !part.is_empty())
}

/// The first part that is not empty, and what follows it.
fn first(path: &[u8]) -> Option<(&[u8], &[u8])> {
    let start = path.iter().position(|byte| *byte != b'/')?;
    let path = path.get(start..)?;
    Some(path.split_at(memchr::memchr(b'/', path).unwrap_or(path.len())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_hold_what_lies_in_them() {
        let paths = Paths::new([&b"/etc"[..], b"/var/log/", b"/usr/*/lib", b"/home/u?er/x"].into_iter());
        for inside in ["/etc", "/etc/", "/etc/passwd", "//var//log/x", "/usr/local/lib/a", "/home/user/x"] {
            assert!(paths.has(inside.as_bytes()), "{inside}");
        }
        for outside in ["/", "", "/etcd", "/var", "/var/logs", "/usr/lib", "/usr/a/b/lib", "/home/us/x"] {
            assert!(!paths.has(outside.as_bytes()), "{outside}");
        }
        assert!(Paths::new([&b"/"[..]].into_iter()).has(b"/anything"));
        assert!(!Paths::new([].into_iter()).has(b"/"));
    }
}
