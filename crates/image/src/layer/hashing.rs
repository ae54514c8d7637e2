//! Digests of a stream, by the algorithms that somebody asked for.

use batten_model::Digest;
use sha2::{Digest as _, Sha256, Sha512};

/// Which algorithms are computed. SHA-256 always is: it names the layer in the cache.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Algorithms {
    sha512: bool,
}

impl Algorithms {
    /// Those that comparing with `stated` needs.
    pub(crate) fn for_stated<'a>(stated: impl IntoIterator<Item = &'a Digest>) -> Algorithms {
        Algorithms { sha512: stated.into_iter().any(|digest| digest.algorithm() == "sha512") }
    }
}

/// The digests of a stream while it passes.
pub(crate) struct StreamHasher {
    sha256: Sha256,
    sha512: Option<Sha512>,
    length: u64,
}

impl StreamHasher {
    pub(crate) fn new(algorithms: Algorithms) -> StreamHasher {
        StreamHasher { sha256: Sha256::new(), sha512: algorithms.sha512.then(Sha512::new), length: 0 }
    }

    pub(crate) fn update(&mut self, bytes: &[u8]) {
        self.sha256.update(bytes);
        if let Some(sha512) = &mut self.sha512 {
            sha512.update(bytes);
        }
        self.length += bytes.len() as u64;
    }

    pub(crate) fn finish(self) -> Digests {
        Digests {
            sha256: Digest::from_sha256(&self.sha256.finalize()),
            sha512: self.sha512.map(|hash| Digest::from_sha512(&hash.finalize())),
            length: self.length,
        }
    }
}

/// What a whole stream gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Digests {
    pub(crate) sha256: Digest,
    pub(crate) sha512: Option<Digest>,
    /// Bytes.
    pub(crate) length: u64,
}

impl Digests {
    /// The digest by the algorithm of `stated`.
    pub(crate) fn like(&self, stated: &Digest) -> &Digest {
        match (stated.algorithm(), &self.sha512) {
            ("sha512", Some(sha512)) => sha512,
            _ => &self.sha256,
        }
    }
}
