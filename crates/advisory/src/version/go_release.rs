//! Releases of Go itself, as toolchains write them (`go1.21rc2`, `go1.21.3 X:boringcrypto`, `go1.20-vendor`) and as
//! Go's vulnerability database does (`1.21.0-rc.2`, `1.21.0-0`).

use super::{Flaw, digits};
use std::cmp::Ordering;

/// A release of Go.
#[derive(Debug, Clone)]
pub struct GoRelease<'a> {
    numbers: &'a str,
    stage: Stage,
    number: &'a str,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Stage {
    /// `-0`: before every pre-release of the version.
    Start,
    Alpha,
    Beta,
    Candidate,
    Release,
}

impl<'a> GoRelease<'a> {
    /// Reads a release. Experiments behind a space and a vendor's suffix do not count (Go, package `go/version`).
    pub fn parse(text: &'a str) -> Result<GoRelease<'a>, Flaw> {
        if text.starts_with("devel") {
            return Err(Flaw::Development);
        }
        let text = text.strip_prefix("go").or_else(|| text.strip_prefix('v')).unwrap_or(text);
        let end = text.find([' ', '(', '+']).unwrap_or(text.len());
        let text = text.get(..end).unwrap_or(text);
        let (numbers, rest) = super::semver::split_numbers(text)?;
        let (stage, number) = match rest.strip_prefix('-') {
            Some("0") => (Stage::Start, ""),
            Some(suffix) => stage_of(suffix).unwrap_or((Stage::Release, "")),
            None if rest.is_empty() => (Stage::Release, ""),
            None => stage_of(rest.split('-').next().unwrap_or_default()).ok_or(Flaw::Malformed)?,
        };
        Ok(GoRelease { numbers, stage, number })
    }

    /// Numbers first, then beta, release candidate and release.
    pub fn compare(&self, other: &GoRelease<'_>) -> Ordering {
        digits::compare_dotted(self.numbers, other.numbers)
            .then_with(|| self.stage.cmp(&other.stage))
            .then_with(|| digits::compare(self.number, other.number))
    }
}

/// `rc2`, `rc.2`, `beta1`; `None` for a vendor's suffix.
fn stage_of(text: &str) -> Option<(Stage, &str)> {
    let (word, number) = digits::split_run(text, |b| b.is_ascii_alphabetic());
    let number = number.strip_prefix('.').unwrap_or(number);
    let stage = match word {
        "alpha" => Stage::Alpha,
        "beta" => Stage::Beta,
        "rc" => Stage::Candidate,
        _ => return None,
    };
    (number.is_empty() || digits::is_number(number)).then_some((stage, number))
}
