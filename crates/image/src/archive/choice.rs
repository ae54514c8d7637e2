//! Which image of an archive is meant.

use crate::platform::Platform;
use batten_model::Digest;

/// What a person said about the image that is meant.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ImageChoice {
    /// A name with tag, a digest of the configuration or manifest (also shortened), or `@N` for the N-th, from 0.
    pub name: Option<String>,
    /// For images of several platforms; `None` is this machine's, or the only one there is.
    pub platform: Option<Platform>,
}

/// What an archive says about one of its images.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Offer {
    /// Names with tags.
    pub(super) names: Vec<String>,
    /// Digests by which it may be called.
    pub(super) digests: Vec<Digest>,
}

impl Offer {
    /// How the image is called in a list of choices.
    pub(super) fn label(&self, place: usize) -> String {
        match (self.names.first(), self.digests.first()) {
            (Some(name), _) => name.clone(),
            (None, Some(digest)) => digest.short().to_owned(),
            (None, None) => format!("@{place}"),
        }
    }

    /// Whether `wanted` means this image.
    pub(super) fn is(&self, wanted: &str, place: usize) -> bool {
        if let Some(number) = wanted.strip_prefix('@') {
            return number.parse() == Ok(place);
        }
        let full = canonical(wanted);
        let named = self.names.iter().any(|name| name == wanted || canonical(name) == full);
        let hex =
            wanted.strip_prefix("sha256:").or_else(|| wanted.rsplit_once("@sha256:").map(|(_, hex)| hex));
        let hex = hex.unwrap_or(wanted);
        let by_digest = hex.len() >= 7
            && hex.bytes().all(|b| b.is_ascii_hexdigit())
            && self.digests.iter().any(|digest| digest.hex().starts_with(hex));
        named || by_digest
    }
}

/// A name with what Docker leaves out: registry, `library/` and `latest`.
fn canonical(name: &str) -> String {
    let (path, tag) = match name.rsplit_once(':') {
        Some((path, tag)) if !tag.contains('/') => (path, tag),
        _ => (name, "latest"),
    };
    let path =
        path.strip_prefix("index.docker.io/").or_else(|| path.strip_prefix("docker.io/")).unwrap_or(path);
    let path = path.strip_prefix("library/").unwrap_or(path);
    format!("{path}:{tag}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_compared_as_docker_means_them() {
        let digest = Digest::sha256_of(b"");
        let offer = Offer { names: vec!["docker.io/library/alpine:latest".into()], digests: vec![digest] };
        for wanted in [
            "alpine",
            "alpine:latest",
            "library/alpine",
            "docker.io/library/alpine:latest",
            "@3",
            "e3b0c44298fc",
            "sha256:e3b0c442",
        ] {
            assert!(offer.is(wanted, 3), "{wanted}");
        }
        for wanted in ["alpine:3", "lpine", "@2", "e3b0", "sha256:00000000"] {
            assert!(!offer.is(wanted, 3), "{wanted}");
        }
        let local = Offer { names: vec!["localhost:5000/a/b".into()], digests: Vec::new() };
        assert!(local.is("localhost:5000/a/b:latest", 0));
    }
}
