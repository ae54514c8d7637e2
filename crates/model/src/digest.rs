//! Content digests as the OCI image specification writes them ("Content Descriptors", section "Digests").

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256, Sha512};
use std::fmt;

/// A digest of content, `sha256:<64 hex>` or `sha512:<128 hex>`: the two registered algorithms.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Digest(String);

/// Why a text is no digest.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DigestError {
    /// Neither `sha256:` nor `sha512:`.
    #[error("{0:?} does not begin with sha256: or sha512:")]
    UnknownAlgorithm(String),
    /// The part behind the colon is not lower-case hexadecimal of the right length.
    #[error("{0:?} has no hexadecimal value of its algorithm's length")]
    BadValue(String),
}

impl Digest {
    /// Reads `algorithm:hex`.
    pub fn parse(text: &str) -> Result<Digest, DigestError> {
        let clipped = || text.chars().take(160).collect::<String>();
        let (length, hex) = match text.split_once(':') {
            Some(("sha256", hex)) => (64, hex),
            Some(("sha512", hex)) => (128, hex),
            _ => return Err(DigestError::UnknownAlgorithm(clipped())),
        };
        if hex.len() == length && hex.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')) {
            Ok(Digest(text.to_owned()))
        } else {
            Err(DigestError::BadValue(clipped()))
        }
    }

    /// The SHA-256 digest whose 32 bytes are already known.
    pub fn from_sha256(bytes: &[u8]) -> Digest {
        Digest(format!("sha256:{}", hex(bytes)))
    }

    /// The SHA-512 digest whose 64 bytes are already known.
    pub fn from_sha512(bytes: &[u8]) -> Digest {
        Digest(format!("sha512:{}", hex(bytes)))
    }

    /// The SHA-256 digest of `content`.
    pub fn sha256_of(content: &[u8]) -> Digest {
        Digest::from_sha256(&Sha256::digest(content))
    }

    /// The digest of `content` by this digest's own algorithm.
    pub fn same_algorithm_of(&self, content: &[u8]) -> Digest {
        match self.algorithm() {
            "sha512" => Digest::from_sha512(&Sha512::digest(content)),
            _ => Digest::sha256_of(content),
        }
    }

    /// `sha256` or `sha512`.
    pub fn algorithm(&self) -> &str {
        self.0.split_once(':').map_or("", |(algorithm, _)| algorithm)
    }

    /// The hexadecimal value.
    pub fn hex(&self) -> &str {
        self.0.split_once(':').map_or("", |(_, hex)| hex)
    }

    /// The whole text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Algorithm and the first twelve digits: for people only, never for comparing.
    pub fn short(&self) -> &str {
        self.0.get(..self.algorithm().len() + 13).unwrap_or(&self.0)
    }
}

/// Lower-case hexadecimal.
fn hex(bytes: &[u8]) -> String {
    use fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut out, byte| {
        // Writing to a String cannot fail.
        let _ = write!(out, "{byte:02x}");
        out
    })
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<Digest> for String {
    fn from(digest: Digest) -> String {
        digest.0
    }
}

impl TryFrom<String> for Digest {
    type Error = DigestError;

    fn try_from(text: String) -> Result<Digest, DigestError> {
        Digest::parse(&text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_round_trip() {
        let digest = Digest::sha256_of(b"");
        assert_eq!(
            digest.as_str(),
            "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        );
        assert_eq!(Digest::parse(digest.as_str()), Ok(digest.clone()));
        assert_eq!(digest.short(), "sha256:e3b0c44298fc");
        assert_eq!(digest.same_algorithm_of(b""), digest);
    }

    #[test]
    fn what_is_no_digest_is_refused() {
        for text in
            ["", "sha256", "sha256:", "md5:d41d8cd98f00b204e9800998ecf8427e", "sha256:../../etc/passwd"]
        {
            assert!(Digest::parse(text).is_err(), "{text}");
        }
        let upper = format!("sha256:{}", "A".repeat(64));
        assert!(Digest::parse(&upper).is_err());
    }
}
