//! Versions of Bitnami's packages: Semantic Versioning, and a revision behind a hyphen (`1.2.3-4`, `1.2.3-r4`,
//! `1.2.3-debian-12-r4`), which counts builds of one release and so comes after it.

use super::semver::Semver;
use super::{Flaw, digits};
use std::cmp::Ordering;

/// A version of a Bitnami package.
#[derive(Debug, Clone)]
pub struct BitnamiVersion<'a> {
    version: Semver<'a>,
    revision: &'a str,
}

impl<'a> BitnamiVersion<'a> {
    /// Reads a version.
    pub fn parse(text: &'a str) -> Result<BitnamiVersion<'a>, Flaw> {
        let version = Semver::parse(text)?;
        let Some(revision) = revision_of(version.pre_release()) else {
            return Ok(BitnamiVersion { version, revision: "" });
        };
        Ok(BitnamiVersion { version: Semver::of_parts(version.numbers(), ""), revision })
    }

    /// The version first, then the revision.
    pub fn compare(&self, other: &BitnamiVersion<'_>) -> Ordering {
        self.version.compare(&other.version).then_with(|| digits::compare(self.revision, other.revision))
    }
}

/// The revision's number, where what stands behind the hyphen is one.
fn revision_of(pre_release: &str) -> Option<&str> {
    let last = match pre_release.rsplit_once('-') {
        // `debian-12-r4`, `photon-5-r0`: the distribution that the build is for.
        Some((distribution, last)) if !distribution.is_empty() && last.starts_with('r') => last,
        Some(_) => return None,
        None => pre_release,
    };
    let number = last.strip_prefix('r').unwrap_or(last);
    digits::is_number(number).then_some(number)
}
