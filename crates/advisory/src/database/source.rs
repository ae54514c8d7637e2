//! The database as judgement asks it.

use super::{Database, DatabaseError, cve, epss, identifier, wire::Take};
use crate::judge::source::{AdvisorySource, CveFacts, EcosystemInfo, ReadError};
use crate::record::Advisory;

impl AdvisorySource for Database {
    fn ecosystem(&self, name: &str) -> Option<EcosystemInfo> {
        let (_, ecosystem) = self.find(name)?;
        Some(EcosystemInfo {
            name: ecosystem.name.clone(),
            judged: ecosystem.judged,
            feed_date: ecosystem.feed_date,
            reason: ecosystem.reason(),
        })
    }

    fn ecosystems(&self) -> Vec<String> {
        self.directory.ecosystems.iter().map(|ecosystem| ecosystem.name.clone()).collect()
    }

    fn advisories(&self, ecosystem: &str, package: &str) -> Result<Vec<Advisory>, ReadError> {
        self.lookup(ecosystem, package).map_err(|e| told(format!("{ecosystem}/{package}"), &e))
    }

    fn cve(&self, id: &str) -> Result<Option<CveFacts>, ReadError> {
        let Some(key) = identifier::cve_key(id) else { return Ok(None) };
        let fault = |e: DatabaseError| told(id.to_owned(), &e);
        let rows = self.cve_rows(key).map_err(fault)?;
        let facts = match rows.as_ref().and_then(|rows| rows.get(key)) {
            Some(row) => match cve::take(&mut Take(row), &self.directory.names) {
                None => {
                    return Err(ReadError { place: id.to_owned(), reason: "its row is damaged".to_owned() });
                }
                facts => facts,
            },
            None => None,
        };
        let (_, scores) = self.cve_tables().map_err(fault)?;
        let Some(epss) = epss::key(key).and_then(|key| epss::get(scores, key)) else { return Ok(facts) };
        Ok(Some(CveFacts { epss: Some(epss), ..facts.unwrap_or_default() }))
    }
}

fn told(place: String, error: &DatabaseError) -> ReadError {
    ReadError { place, reason: error.to_string() }
}
