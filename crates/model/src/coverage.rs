//! What was judged, what was not, and why.

use crate::date::Date;
use crate::text::Text;
use serde::{Deserialize, Serialize};

/// How far an ecosystem's packages could be judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Judged {
    /// A source knows fixed and unfixed vulnerabilities.
    Full,
    /// The source knows only what has been fixed: what is still open is missing.
    FixedOnly,
    /// The source is a selection of what is known: a package without a finding may still have some.
    Partial,
    /// No source. Nothing is known; that is not "clean".
    No,
}

/// One line of coverage.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Coverage {
    /// OSV's name of the ecosystem with its release (`Debian:12`, `npm`), or the distribution as os-release names it.
    pub ecosystem: String,
    /// Packages of the ecosystem in the inventory.
    pub packages: usize,
    /// How far they were judged.
    pub judged: Judged,
    /// Why not fully; empty for [`Judged::Full`].
    #[serde(skip_serializing_if = "Text::is_empty")]
    pub reason: Text,
    /// The date of the feed; absent where there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub feed_date: Option<Date>,
}
