//! Alpine's security database (secdb.alpinelinux.org): for each source package, the versions with the vulnerabilities
//! that they fixed. Wolfi and Chainguard publish the same format. The version `0` says "not affected".

use super::{FeedError, Problem, Sink, ecosystem, input};
use crate::record::{Advisory, Event, Range, RangeKind};
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;

/// The feed's name.
pub const FEED: &str = "alpine-secdb";
const LIMIT: u64 = 256 << 20;

#[derive(Deserialize)]
struct Database {
    #[serde(default)]
    distroversion: Option<String>,
    #[serde(default)]
    urlprefix: Option<String>,
    #[serde(default)]
    packages: Option<Vec<Value>>,
}

#[derive(Deserialize)]
struct Package {
    pkg: Named,
}

#[derive(Deserialize)]
struct Named {
    name: String,
    #[serde(default)]
    secfixes: Option<BTreeMap<String, Option<Vec<String>>>>,
}

/// Reads one file of the database. Where it does not name its release, its folder does (`v3.18/main.json`).
pub fn read(path: &Path, sink: &mut dyn Sink) -> Result<(), FeedError> {
    let folder = path.parent().and_then(Path::file_name).and_then(|n| n.to_str());
    parse(&path.display().to_string(), &input::read_all(path, LIMIT)?, folder, sink)
}

/// Reads the JSON; `place` names it in errors, `folder` names the release where the JSON does not.
pub fn parse(place: &str, json: &[u8], folder: Option<&str>, sink: &mut dyn Sink) -> Result<(), FeedError> {
    let database: Database = serde_json::from_slice(json).map_err(|e| FeedError::json(place, &e))?;
    let Some(ecosystem) = release(&database, folder) else {
        return Err(FeedError::malformed(
            place,
            "names no release: `distroversion` is missing, and the folder is no release's (`v3.18`, `edge`)",
            "没有指明发行版：缺少 `distroversion`，且目录名也不是发行版（`v3.18`、`edge`）",
        ));
    };
    sink.covers(ecosystem::base(&ecosystem));
    for (at, value) in database.packages.unwrap_or_default().into_iter().enumerate() {
        match serde_json::from_value::<Package>(value) {
            Ok(package) => put(&ecosystem, package.pkg, sink).map_err(FeedError::Output)?,
            Err(e) => sink.problem(Problem::new(
                format!("{place}#/packages/{at}"),
                format!("not a package of the database: {e}"),
                format!("不是该数据库的软件包条目：{e}"),
            )),
        }
    }
    Ok(())
}

fn release(database: &Database, folder: Option<&str>) -> Option<String> {
    let prefix = database.urlprefix.as_deref().unwrap_or_default();
    if prefix.contains("wolfi") {
        return Some("Wolfi".to_owned());
    }
    if prefix.contains("chainguard") || prefix.contains("cgr.dev") {
        return Some("Chainguard".to_owned());
    }
    let is_release = |name: &&str| {
        *name == "edge"
            || name
                .trim_start_matches('v')
                .split_once('.')
                .is_some_and(|(a, b)| a.parse::<u16>().is_ok() && b.parse::<u16>().is_ok())
    };
    let named = database.distroversion.as_deref().filter(is_release).or(folder.filter(is_release))?;
    Some(ecosystem::canonical(&format!("Alpine:{named}")).into_owned())
}

/// What one package's fixes say of one vulnerability.
#[derive(Default)]
struct Said {
    fixed: Vec<String>,
    not_affected: bool,
    aliases: Vec<String>,
    announcements: Vec<String>,
}

fn put(ecosystem: &str, package: Named, sink: &mut dyn Sink) -> std::io::Result<()> {
    let mut by_id: BTreeMap<String, Said> = BTreeMap::new();
    for (version, texts) in package.secfixes.unwrap_or_default() {
        for text in texts.unwrap_or_default() {
            let (ids, aliases, announcements) = split_ids(&text);
            for id in ids {
                let said = by_id.entry(id).or_default();
                match version.trim() {
                    "0" => said.not_affected = true,
                    version => said.fixed.push(version.to_owned()),
                }
                said.aliases.extend_from_slice(&aliases);
                said.announcements.extend_from_slice(&announcements);
            }
        }
    }
    for (id, mut said) in by_id {
        sink.record(FEED, ecosystem, None);
        for list in [&mut said.aliases, &mut said.announcements] {
            list.sort();
            list.dedup();
        }
        let advisory = Advisory {
            id,
            aliases: said.aliases,
            announcements: said.announcements,
            feed: FEED.to_owned(),
            // A fix says that the package had been affected, whatever `0` says of another branch.
            not_affected: said.not_affected && said.fixed.is_empty(),
            ranges: said.fixed.into_iter().map(before).collect(),
            ..Advisory::default()
        };
        sink.advisory(ecosystem, &package.name, advisory)?;
    }
    Ok(())
}

fn before(version: String) -> Range {
    Range {
        kind: RangeKind::Ecosystem,
        events: vec![Event::Introduced("0".to_owned()), Event::Fixed(version)],
    }
}

/// Splits `CVE-2016-10013 XSA-204 (+ note)` into vulnerabilities, other names of the one, and announcements.
fn split_ids(text: &str) -> (Vec<String>, Vec<String>, Vec<String>) {
    // Some entries have a blank for the first hyphen.
    let text = text.replace("CVE ", "CVE-");
    let separators = [' ', '\t', ',', ';', '(', ')', '+', '/'];
    let words = || text.split(separators).filter(|w| w.contains('-') && w.len() <= 64);
    let own = |list: &mut dyn Iterator<Item = &str>| list.map(str::to_owned).collect::<Vec<_>>();
    let is_name = |w: &&str| w.starts_with(|c: char| c.is_ascii_uppercase()) && !w.contains('?');
    let others = || words().filter(|w| !is_cve(w)).filter(is_name);
    let cves = own(&mut words().filter(|w| is_cve(w)));
    // A GitHub advisory is about one vulnerability; XSA, GNUTLS-SA and the like may be about many.
    let is_alias = |w: &&str| w.starts_with("GHSA-");
    match cves.len() {
        0 => (own(&mut others().take(1)), Vec::new(), own(&mut others().skip(1))),
        1 => (cves, own(&mut others().filter(is_alias)), own(&mut others().filter(|w| !is_alias(w)))),
        _ => (cves, Vec::new(), own(&mut others())),
    }
}

fn is_cve(word: &str) -> bool {
    let digits = |text: &str, least: usize| text.len() >= least && text.bytes().all(|b| b.is_ascii_digit());
    word.strip_prefix("CVE-")
        .and_then(|rest| rest.split_once('-'))
        .is_some_and(|(year, number)| digits(year, 4) && digits(number, 4))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_in_one_text() {
        let split = |text| {
            let (ids, aliases, announcements) = split_ids(text);
            format!("{} | {} | {}", ids.join(" "), aliases.join(" "), announcements.join(" "))
        };
        assert_eq!(split("CVE-2016-10013 XSA-204"), "CVE-2016-10013 |  | XSA-204");
        assert_eq!(split("XSA-1"), "XSA-1 |  | ");
        assert_eq!(split("CVE-2021-1234 / GHSA-aaaa-bbbb-cccc"), "CVE-2021-1234 | GHSA-aaaa-bbbb-cccc | ");
        assert_eq!(split("CVE-2021-1111 CVE-2021-2222 XSA-1"), "CVE-2021-1111 CVE-2021-2222 |  | XSA-1");
        assert_eq!(split("CVE 2021-1234 (+ regression)"), "CVE-2021-1234 |  | ");
        assert_eq!(split("CVE-????-????? TS-2019-007"), "TS-2019-007 |  | ");
        assert_eq!(split(""), " |  | ");
    }
}
