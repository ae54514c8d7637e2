//! What feeds say, kept in memory: for tests, and for callers with little to read.

use super::{EpssScore, Problem, Sink};
use crate::record::Advisory;
use batten_model::{Date, Kev, Severity};

/// Everything that a reader has handed out, in its order.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Collected {
    /// Ecosystem, package, advisory.
    pub advisories: Vec<(String, String, Advisory)>,
    /// CVEs that are known to be exploited.
    pub kev: Vec<(String, Kev)>,
    /// Exploit prediction scores.
    pub epss: Vec<(String, EpssScore)>,
    /// CVSS vectors by CVE.
    pub vectors: Vec<(String, String)>,
    /// Records by feed.
    pub records: Vec<(String, Option<Date>)>,
    /// Stamps of feeds.
    pub dates: Vec<(String, Date)>,
    /// Records that could not be read.
    pub problems: Vec<Problem>,
}

impl Sink for Collected {
    fn advisory(&mut self, ecosystem: &str, package: &str, advisory: Advisory) -> std::io::Result<()> {
        self.advisories.push((ecosystem.to_owned(), package.to_owned(), advisory));
        Ok(())
    }

    fn kev(&mut self, cve: &str, kev: Kev) -> std::io::Result<()> {
        self.kev.push((cve.to_owned(), kev));
        Ok(())
    }

    fn epss(&mut self, cve: &str, score: EpssScore) -> std::io::Result<()> {
        self.epss.push((cve.to_owned(), score));
        Ok(())
    }

    fn score(
        &mut self,
        cve: &str,
        vectors: &[String],
        _feed: &str,
        _word: Option<&(Severity, String)>,
    ) -> std::io::Result<()> {
        self.vectors.extend(vectors.iter().map(|vector| (cve.to_owned(), vector.clone())));
        Ok(())
    }

    fn record(&mut self, feed: &str, _ecosystem: &str, modified: Option<Date>) {
        self.records.push((feed.to_owned(), modified));
    }

    fn touched(&mut self, _ecosystem: &str, _modified: Option<Date>) {}

    fn covers(&mut self, _base: &str) {}

    fn dated(&mut self, feed: &str, date: Date) {
        self.dates.push((feed.to_owned(), date));
    }

    fn problem(&mut self, problem: Problem) {
        self.problems.push(problem);
    }
}
