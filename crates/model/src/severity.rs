//! How bad a finding is.

use serde::{Deserialize, Serialize};
use std::fmt;

/// Severity, from the least to the worst. `Unknown` is an answer of its own and sorts below `None`, so that no
/// comparison takes it for harmless by accident: see `--unknown-as`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Nobody has judged it.
    Unknown,
    /// Judged, and harmless.
    None,
    /// Low (CVSS 0.1 to 3.9).
    Low,
    /// Medium (CVSS 4.0 to 6.9).
    Medium,
    /// High (CVSS 7.0 to 8.9).
    High,
    /// Critical (CVSS 9.0 to 10.0).
    Critical,
}

impl Severity {
    /// All of them, the worst first.
    pub const ALL: [Severity; 6] = [
        Severity::Critical,
        Severity::High,
        Severity::Medium,
        Severity::Low,
        Severity::None,
        Severity::Unknown,
    ];

    /// The word that machine formats use.
    pub fn as_str(self) -> &'static str {
        match self {
            Severity::Critical => "critical",
            Severity::High => "high",
            Severity::Medium => "medium",
            Severity::Low => "low",
            Severity::None => "none",
            Severity::Unknown => "unknown",
        }
    }

    /// Reads a word in any case: Batten's own words, and `moderate`, `important`, `negligible`, `unimportant`.
    pub fn parse(word: &str) -> Option<Severity> {
        Some(match word.to_ascii_lowercase().as_str() {
            "critical" => Severity::Critical,
            "high" | "important" => Severity::High,
            "medium" | "moderate" => Severity::Medium,
            "low" => Severity::Low,
            "none" | "negligible" | "unimportant" => Severity::None,
            "unknown" => Severity::Unknown,
            _ => return None,
        })
    }

    /// The qualitative rating of a base score (CVSS 3.1, section 5; CVSS 4.0, section 6).
    pub fn from_score(score: f32) -> Severity {
        match score {
            s if s >= 9.0 => Severity::Critical,
            s if s >= 7.0 => Severity::High,
            s if s >= 4.0 => Severity::Medium,
            s if s > 0.0 => Severity::Low,
            _ => Severity::None,
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_and_scores() {
        for severity in Severity::ALL {
            assert_eq!(Severity::parse(severity.as_str()), Some(severity));
        }
        assert_eq!(Severity::parse("Moderate"), Some(Severity::Medium));
        assert_eq!(Severity::parse("bad"), None);
        assert_eq!(Severity::from_score(9.0), Severity::Critical);
        assert_eq!(Severity::from_score(8.9), Severity::High);
        assert_eq!(Severity::from_score(0.0), Severity::None);
        assert!(Severity::Critical > Severity::High && Severity::Unknown < Severity::None);
    }
}
