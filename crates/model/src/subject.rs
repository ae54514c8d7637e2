//! What a scan looks at.

use crate::digest::Digest;
use serde::{Deserialize, Serialize};

/// The kind of a scan's subject.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SubjectKind {
    /// A container image, from any source.
    Image,
    /// A folder: a root file system or a source tree.
    Fs,
    /// The machine that Batten runs on.
    Host,
}

/// What a scan looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Subject {
    /// Image, folder or host.
    pub kind: SubjectKind,
    /// As the person named it: a reference, a path, a host name.
    pub name: String,
    /// The image's manifest digest or, where an archive carries no manifest, its configuration's digest.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub digest: Option<Digest>,
    /// `os/architecture[/variant]` of an image.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub platform: Option<String>,
}

impl Subject {
    /// A subject that has no digest: a folder or a host.
    pub fn named(kind: SubjectKind, name: impl Into<String>) -> Subject {
        Subject { kind, name: name.into(), digest: None, platform: None }
    }

    /// The name without tag and digest: what stays the same over rescans, and so part of a fingerprint.
    pub fn stable_name(&self) -> &str {
        if self.kind != SubjectKind::Image {
            return &self.name;
        }
        let name = self.name.split_once('@').map_or(self.name.as_str(), |(name, _)| name);
        match name.rsplit_once(':') {
            Some((front, tag)) if !tag.contains('/') => front,
            _ => name,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stable_names_have_no_tag_and_no_digest() {
        let stable = |name: &str| Subject::named(SubjectKind::Image, name).stable_name().to_owned();
        assert_eq!(stable("localhost:5000/a/b:1.2@sha256:00"), "localhost:5000/a/b");
        assert_eq!(stable("localhost:5000/a/b"), "localhost:5000/a/b");
        assert_eq!(stable("nginx:latest"), "nginx");
        assert_eq!(Subject::named(SubjectKind::Fs, "/a:b").stable_name(), "/a:b");
    }
}
