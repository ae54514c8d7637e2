//! What judgement asks of an advisory database. The compiled database answers it, and so does [`Memory`] in tests.

use crate::record::Advisory;
use batten_model::{Date, Epss, Judged, Kev, Localized, Severity, Text};
use std::collections::BTreeMap;

/// What a database knows of one ecosystem as a whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EcosystemInfo {
    /// OSV's name, with its release for distributions: `Debian:12`, `npm`.
    pub name: String,
    /// How far its packages can be judged; never [`Judged::No`], because such an ecosystem has no entry.
    pub judged: Judged,
    /// The day of its newest record or of its feed's own date stamp.
    pub feed_date: Option<Date>,
    /// Why not fully; empty for [`Judged::Full`].
    pub reason: Text,
}

/// What all feeds together say of one CVE, whatever the package.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct CveFacts {
    /// Known exploitation.
    pub kev: Option<Kev>,
    /// Predicted exploitation.
    pub epss: Option<Epss>,
    /// CVSS vectors from any record on the CVE, each with the feed that gave it.
    pub cvss: Vec<(String, String)>,
    /// Words for its severity from records of language ecosystems, each with who gave it. A distribution's word is
    /// about its own package, and is not among them.
    pub severity: Vec<(Severity, String)>,
}

/// Why the database could not answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the advisory database cannot be read at {place}: {reason}; build or update it again")]
pub struct ReadError {
    /// Ecosystem and package, or the CVE, that was asked for.
    pub place: String,
    /// What is wrong.
    pub reason: String,
}

impl Localized for ReadError {
    fn zh(&self) -> String {
        format!("漏洞数据库在 {} 处无法读取：{}；请重新构建或更新数据库", self.place, self.reason)
    }
}

/// A database of advisories.
pub trait AdvisorySource {
    /// What is known of one ecosystem; `None` where no feed covers it. The name is matched exactly.
    fn ecosystem(&self, name: &str) -> Option<EcosystemInfo>;

    /// Names of all ecosystems, sorted.
    fn ecosystems(&self) -> Vec<String>;

    /// All advisories on one package. The name may be in any spelling that the ecosystem takes for the same.
    fn advisories(&self, ecosystem: &str, package: &str) -> Result<Vec<Advisory>, ReadError>;

    /// What is known of one CVE.
    fn cve(&self, id: &str) -> Result<Option<CveFacts>, ReadError>;
}

/// A database in memory.
#[derive(Debug, Clone, Default)]
pub struct Memory {
    ecosystems: BTreeMap<String, EcosystemInfo>,
    advisories: BTreeMap<(String, String), Vec<Advisory>>,
    cves: BTreeMap<String, CveFacts>,
}

impl Memory {
    /// Makes an ecosystem known.
    pub fn add_ecosystem(&mut self, name: &str, judged: Judged, feed_date: Option<Date>, reason: Text) {
        let info = EcosystemInfo { name: name.to_owned(), judged, feed_date, reason };
        self.ecosystems.insert(name.to_owned(), info);
    }

    /// Adds an advisory; an ecosystem that is not known yet counts as fully judged.
    pub fn add(&mut self, ecosystem: &str, package: &str, advisory: Advisory) {
        if !self.ecosystems.contains_key(ecosystem) {
            self.add_ecosystem(ecosystem, Judged::Full, None, Text::default());
        }
        self.advisories.entry((ecosystem.to_owned(), package.to_owned())).or_default().push(advisory);
    }

    /// Sets what is known of a CVE.
    pub fn add_cve(&mut self, id: &str, facts: CveFacts) {
        self.cves.insert(id.to_owned(), facts);
    }
}

impl AdvisorySource for Memory {
    fn ecosystem(&self, name: &str) -> Option<EcosystemInfo> {
        self.ecosystems.get(name).cloned()
    }

    fn ecosystems(&self) -> Vec<String> {
        self.ecosystems.keys().cloned().collect()
    }

    fn advisories(&self, ecosystem: &str, package: &str) -> Result<Vec<Advisory>, ReadError> {
        let key = (ecosystem.to_owned(), package.to_owned());
        Ok(self.advisories.get(&key).cloned().unwrap_or_default())
    }

    fn cve(&self, id: &str) -> Result<Option<CveFacts>, ReadError> {
        Ok(self.cves.get(id).cloned())
    }
}
