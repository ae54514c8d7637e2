//! A database that Trivy's own library has written, read as a feed.
#![allow(missing_docs, clippy::unwrap_used, reason = "tests")]

use batten_advisory::build::{BuildOptions, BuildReport, build};
use batten_advisory::database::Database;
use batten_advisory::feeds::Collected;
use batten_advisory::judge::source::AdvisorySource as _;
use batten_advisory::record::Event;
use batten_model::{Date, FindingStatus, Severity};
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};

fn fixture() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/trivy/db.tar.gz")
}

/// The bare `trivy.db` of the fixture.
fn bare() -> Vec<u8> {
    let mut tar = Vec::new();
    let packed = std::fs::read(fixture()).unwrap();
    flate2::read::GzDecoder::new(&packed[..]).read_to_end(&mut tar).unwrap();
    let at = tar.windows(8).position(|w| w == b"trivy.db").unwrap();
    let size = usize::from_str_radix(std::str::from_utf8(&tar[at + 124..at + 135]).unwrap(), 8).unwrap();
    tar[at + 512..at + 512 + size].to_vec()
}

fn imported(path: &Path) -> (Database, BuildReport) {
    let folder = tempfile::tempdir().unwrap();
    let output = folder.path().join("out.db");
    let report = build(&[path.to_owned()], &output, &BuildOptions::default(), &mut |_| {}).unwrap();
    let database = Database::from_bytes(std::fs::read(&output).unwrap()).unwrap();
    database.verify().unwrap();
    (database, report)
}

#[test]
fn every_form_of_entry() {
    let (database, report) = imported(&fixture());
    assert_eq!(report.built, Date::parse("2026-08-13"));
    let problems: Vec<&str> = report.problems.iter().map(|p| p.place.as_str()).collect();
    assert_eq!(problems.len(), 1, "{problems:?}");
    assert!(
        problems[0].ends_with("db.tar.gz!trivy.db#npm::GitHub Security Advisory npm/broken/CVE-2021-0001")
    );

    let openssl = database.advisories("Debian:12", "openssl").unwrap();
    assert_eq!(openssl.len(), 3);
    assert_eq!(openssl[0].announcements, ["DSA-5417-1"]);
    assert_eq!(openssl[0].severity, Some((Severity::Medium, "debian".into())));
    assert_eq!(openssl[1].status, Some(FindingStatus::WillNotFix));
    assert_eq!(openssl[1].severity, Some((Severity::Low, "debian".into())));
    assert_eq!(openssl[2].status, Some(FindingStatus::Postponed));
    assert_eq!(openssl[0].feed, "trivy:debian");

    let lodash = &database.advisories("npm", "lodash").unwrap()[0];
    assert_eq!(lodash.aliases, ["GHSA-35jh-r3h4-6jhm"]);
    assert_eq!(lodash.ranges[0].events, [Event::Introduced("0".into()), Event::Fixed("4.17.21".into())]);
    assert_eq!(lodash.severity, Some((Severity::High, "ghsa".into())));
    let facts = database.cve("CVE-2021-23337").unwrap().unwrap();
    assert_eq!(facts.cvss.len(), 2);

    let record = &database.advisories("RubyGems", "activerecord").unwrap()[0];
    let events: Vec<Event> = record.ranges.iter().flat_map(|r| r.events.clone()).collect();
    assert_eq!(
        events,
        [
            Event::Introduced("3.0".into()),
            Event::Fixed("5.2.8.1".into()),
            Event::Introduced("5.3".into()),
            Event::Fixed("7.0.3.1".into())
        ]
    );
    let curl = &database.advisories("Rocky Linux:9", "curl").unwrap()[0];
    assert_eq!(curl.announcements, ["RLSA-2023:6679"]);
    assert_eq!(curl.conditions, ["arch=aarch64", "arch=x86_64"]);
    for product in ["Red Hat:enterprise_linux:9::baseos", "Red Hat:enterprise_linux:9::appstream"] {
        let advisory = &database.advisories(product, "openssl").unwrap()[0];
        assert_eq!(
            (advisory.id.as_str(), &advisory.severity),
            ("CVE-2023-0004", &Some((Severity::High, "redhat".into())))
        );
    }
    assert_eq!(database.advisories("npm", "many").unwrap()[0].ranges.len(), 1500);
    for at in [0, 1, 1499, 2999] {
        let found = &database.advisories("Debian:12", &format!("package-{at:04}")).unwrap()[0];
        assert_eq!(found.id, format!("CVE-2024-{at:04}"));
    }
}

#[test]
fn bare_and_packed_are_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("trivy.db");
    std::fs::write(&path, bare()).unwrap();
    std::fs::write(
        folder.path().join("metadata.json"),
        br#"{"Version":2,"UpdatedAt":"2026-08-13T06:00:00Z"}"#,
    )
    .unwrap();
    let (one, _) = imported(&path);
    let (other, _) = imported(&fixture());
    assert_eq!(one.built(), other.built());
    assert_eq!(one.advisories("npm", "lodash").unwrap(), other.advisories("npm", "lodash").unwrap());
}

/// Advisories and problems.
struct Count(u64, u64);

fn counted(bytes: &[u8]) -> Option<Count> {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(bytes).unwrap();
    let mut found = Collected::default();
    batten_advisory::import::read_file("damaged.db", &file, &mut found).ok()?;
    Some(Count(found.advisories.len() as u64, found.problems.len() as u64))
}

#[test]
fn damage_neither_stops_nor_loops() {
    let whole = bare();
    let all = counted(&whole).unwrap();
    assert_eq!(all.1, 1);
    for end in (0..whole.len()).step_by(4096 * 5 + 17) {
        counted(&whole[..end]);
    }
    // One damaged page loses what is on it, and says so.
    let mut told = 0;
    for page in (2..whole.len() / 4096).step_by(3) {
        let mut bad = whole.clone();
        bad[page * 4096 + 8] ^= 0xff;
        if let Some(count) = counted(&bad) {
            told += u64::from(count.1 > all.1);
            assert!(count.0 <= all.0);
        }
    }
    assert!(told > 0);
    // Both meta pages tell of the last transaction, as they do after one that changed nothing.
    let mut metas = whole.clone();
    let transaction =
        |page: usize| u64::from_le_bytes(whole[page * 4096 + 64..page * 4096 + 72].try_into().unwrap());
    let newest = usize::from(transaction(1) > transaction(0)) * 4096;
    metas.copy_within(newest..newest + 4096, 4096 - newest);
    metas[20] ^= 1;
    assert!(counted(&metas).is_some(), "the second meta page serves when the first is damaged");
    metas[4096 + 20] ^= 1;
    assert!(counted(&metas).is_none());
}
