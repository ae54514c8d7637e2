//! The answer as a whole: what `--format json` prints. `docs/schema/report-1.json` describes it.

use crate::coverage::{Coverage, Judged};
use crate::date::Date;
use crate::error::ScanError;
use crate::finding::{Finding, FindingStatus};
use crate::inventory::Inventory;
use crate::severity::Severity;
use serde::Serialize;
use std::collections::BTreeMap;

/// The program that made a report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Tool {
    /// `batten`.
    pub name: String,
    /// Version of the program.
    pub version: String,
}

/// One feed in the database.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FeedInfo {
    /// Its name (`osv:PyPI`, `debian-tracker`, `kev` …).
    pub name: String,
    /// The day of its newest record or of its own date stamp.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub date: Option<Date>,
    /// Records taken from it.
    pub records: u64,
}

/// The database that findings were judged by.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DatabaseInfo {
    /// Day of building; absent where a scan was asked for packages only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub built: Option<Date>,
    /// Whether it is the one that came with the program.
    pub starter: bool,
    /// Feeds, sorted by name.
    pub sources: Vec<FeedInfo>,
}

/// Counts for a first look.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Summary {
    /// Packages.
    pub packages: usize,
    /// Findings.
    pub findings: usize,
    /// Findings by severity word; every word is there.
    pub by_severity: BTreeMap<String, usize>,
    /// Findings with a fixed version.
    pub fixable: usize,
    /// Findings that are known to be exploited.
    pub exploited: usize,
    /// Packages that could not be judged at all.
    pub unjudged_packages: usize,
    /// Errors.
    pub errors: usize,
}

/// A report on one subject.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// The program.
    pub tool: Tool,
    /// When it was made: RFC 3339 in UTC, or `SOURCE_DATE_EPOCH`'s moment.
    pub created: String,
    /// What is in the subject. Its own `errors` are in [`Report::errors`] too.
    pub inventory: Inventory,
    /// The database, where one was asked.
    pub database: Option<DatabaseInfo>,
    /// What was judged; empty for a report of packages only.
    pub coverage: Vec<Coverage>,
    /// What is wrong, the most urgent first.
    pub findings: Vec<Finding>,
    /// What could not be read or judged.
    pub errors: Vec<ScanError>,
}

impl Report {
    /// The value of `schema` in JSON.
    pub const SCHEMA: &'static str = "batten.report/1";

    /// Counts.
    pub fn summary(&self) -> Summary {
        let mut by_severity: BTreeMap<String, usize> =
            Severity::ALL.iter().map(|s| (s.as_str().to_owned(), 0)).collect();
        for finding in &self.findings {
            *by_severity.entry(finding.severity.as_str().to_owned()).or_default() += 1;
        }
        Summary {
            packages: self.inventory.packages.len(),
            findings: self.findings.len(),
            by_severity,
            fixable: self.findings.iter().filter(|f| f.status == FindingStatus::Fixed).count(),
            exploited: self.findings.iter().filter(|f| f.kev.is_some()).count(),
            unjudged_packages: self
                .coverage
                .iter()
                .filter(|c| c.judged == Judged::No)
                .map(|c| c.packages)
                .sum(),
            errors: self.errors.len(),
        }
    }
}
