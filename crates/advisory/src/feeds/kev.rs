//! CISA's catalogue of known exploited vulnerabilities (JSON, schema of cisa.gov/known-exploited-vulnerabilities).

use super::{FeedError, Problem, Sink, input};
use batten_model::{Date, Kev};
use serde::Deserialize;
use serde_json::Value;
use std::path::Path;

/// The feed's name.
pub const FEED: &str = "kev";
const LIMIT: u64 = 256 << 20;

#[derive(Deserialize)]
struct Catalogue {
    #[serde(rename = "dateReleased", default)]
    released: Option<String>,
    #[serde(rename = "catalogVersion", default)]
    version: Option<String>,
    vulnerabilities: Vec<Value>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Entry {
    #[serde(rename = "cveID")]
    cve: String,
    date_added: Date,
    #[serde(default)]
    due_date: Option<String>,
    #[serde(default)]
    known_ransomware_campaign_use: Option<String>,
}

/// Reads the catalogue's file.
pub fn read(path: &Path, sink: &mut dyn Sink) -> Result<(), FeedError> {
    parse(&path.display().to_string(), &input::read_all(path, LIMIT)?, sink)
}

/// Reads the catalogue; `place` names it in errors.
pub fn parse(place: &str, json: &[u8], sink: &mut dyn Sink) -> Result<(), FeedError> {
    let catalogue: Catalogue = serde_json::from_slice(json).map_err(|e| FeedError::json(place, &e))?;
    let stamped = catalogue.released.as_deref().and_then(Date::parse);
    let stamped = stamped.or_else(|| Date::parse(&catalogue.version.as_deref()?.replace('.', "-")));
    if let Some(date) = stamped {
        sink.dated(FEED, date);
    }
    for (at, value) in catalogue.vulnerabilities.into_iter().enumerate() {
        match serde_json::from_value::<Entry>(value) {
            Ok(entry) => {
                sink.record(FEED, "", Some(entry.date_added));
                let kev = Kev {
                    added: entry.date_added,
                    due: entry.due_date.as_deref().and_then(Date::parse),
                    ransomware: entry.known_ransomware_campaign_use.as_deref() == Some("Known"),
                };
                sink.kev(&entry.cve, kev).map_err(FeedError::Output)?;
            }
            Err(e) => sink.problem(Problem::new(
                format!("{place}#/vulnerabilities/{at}"),
                format!("not an entry of the catalogue: {e}"),
                format!("不是目录条目：{e}"),
            )),
        }
    }
    Ok(())
}
