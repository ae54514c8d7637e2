//! Debian's security tracker in its two forms, with every kind of note.
#![allow(missing_docs, clippy::unwrap_used, reason = "tests")]

use batten_advisory::build::{BuildOptions, BuildReport, build};
use batten_advisory::database::Database;
use batten_advisory::judge::source::AdvisorySource as _;
use batten_advisory::record::{Advisory, Event};
use batten_model::FindingStatus::{
    self, Affected, EndOfLife, NoAdvisory, Postponed, Undetermined, WillNotFix,
};
use batten_model::{Date, Judged, Severity};
use std::path::{Path, PathBuf};

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/debian-tracker").join(name)
}

fn built(inputs: &[PathBuf]) -> (Database, BuildReport) {
    let folder = tempfile::tempdir().unwrap();
    let output = folder.path().join("out.db");
    let report = build(inputs, &output, &BuildOptions::default(), &mut |_| {}).unwrap();
    (Database::from_bytes(std::fs::read(&output).unwrap()).unwrap(), report)
}

fn one(database: &Database, release: &str, package: &str, id: &str) -> Option<Advisory> {
    let mut all = database.advisories(release, package).unwrap();
    all.retain(|advisory| advisory.id == id);
    assert!(all.len() < 2, "{all:?}");
    all.pop()
}

/// `fixed V`, `until V` (no fix is offered, but V has it), `open`, `not affected`, with the status.
fn said(advisory: Option<Advisory>) -> (String, Option<FindingStatus>) {
    let Some(advisory) = advisory else { return ("nothing".to_owned(), None) };
    let text = match advisory.ranges.first().map(|range| range.events.as_slice()) {
        _ if advisory.not_affected => "not affected".to_owned(),
        Some([_, Event::Fixed(version)]) => format!("fixed {version}"),
        Some([_, Event::Limit(version)]) => format!("until {version}"),
        Some([_]) => "open".to_owned(),
        other => format!("{other:?}"),
    };
    (text, advisory.status)
}

#[test]
fn lists_mean_what_debian_means() {
    let (database, report) = built(&[fixture("data")]);
    let check = |release: &str, package: &str, id: &str, text: &str, status: Option<FindingStatus>| {
        let found = said(one(&database, release, package, id));
        assert_eq!((found.0.as_str(), found.1), (text, status), "{release} {package} {id}");
    };
    check("Debian:12", "curl", "CVE-2099-0001", "until 8.1.0-1", Some(NoAdvisory));
    check("Debian:11", "curl", "CVE-2099-0001", "until 8.1.0-1", Some(WillNotFix));
    check("Debian:10", "curl", "CVE-2099-0001", "until 8.1.0-1", Some(Postponed));
    check("Debian:13", "curl", "CVE-2099-0001", "until 8.1.0-1", Some(Affected));
    check("Debian:14", "curl", "CVE-2099-0001", "fixed 8.1.0-1", None);
    check("Debian:sid", "curl", "CVE-2099-0001", "fixed 8.1.0-1", None);

    check("Debian:12", "openssl", "CVE-2099-0002", "fixed 3.0.9-1~deb12u2", None);
    check("Debian:11", "openssl", "CVE-2099-0002", "fixed 1.1.1n-0+deb11u5", None);
    check("Debian:10", "openssl", "CVE-2099-0002", "fixed 1.1.1n-0+deb10u5", None);
    check("Debian:13", "openssl", "CVE-2099-0002", "until 3.0.9-1", Some(Affected));
    check("Debian:12", "openssl", "CVE-2099-0102", "fixed 3.0.9-1~deb12u1", None);
    check("Debian:12", "nocve", "DSA-9000-1", "fixed 1.2-3+deb12u1", None);

    check("Debian:12", "zlib", "CVE-2099-0003", "not affected", None);
    check("Debian:12", "bash", "CVE-2099-0004", "not affected", None);
    check("Debian:13", "bash", "CVE-2099-0004", "open", Some(Affected));
    check("Debian:9", "bash", "CVE-2099-0004", "fixed 4.4-5+deb9u1", None);
    check("Debian:8", "bash", "CVE-2099-0004", "nothing", None);
    check("Debian:12", "python3.11", "CVE-2099-0005", "open", Some(Affected));
    check("Debian:12", "pypy3", "CVE-2099-0005", "until 7.3.12+dfsg-1", Some(EndOfLife));
    check("Debian:11", "pypy3", "CVE-2099-0005", "until 7.3.12+dfsg-1", Some(Undetermined));
    check("Debian:12", "gone", "CVE-2099-0006", "nothing", None);
    check("Debian:12", "wished-for", "CVE-2099-0007", "nothing", None);
    check("Debian:12", "tar", "TEMP-1000009", "until 1.35+dfsg-2", Some(Affected));
    check("Debian:12", "systemd", "CVE-2099-0010", "fixed 252.12-1~deb12u1", None);
    check("Debian:12", "xz-utils", "CVE-2099-0011", "open", Some(Affected));

    let curl = one(&database, "Debian:12", "curl", "CVE-2099-0001").unwrap();
    assert_eq!(curl.severity, Some((Severity::Medium, "debian".into())));
    let bash = one(&database, "Debian:13", "bash", "CVE-2099-0004").unwrap();
    assert_eq!(bash.severity, Some((Severity::None, "debian".into())), "unimportant");
    let openssl = one(&database, "Debian:12", "openssl", "CVE-2099-0002").unwrap();
    assert_eq!(openssl.announcements, ["DSA-9001-2"]);
    assert_eq!(openssl.published, Date::parse("2099-05-29"));

    let places: Vec<&str> = report.problems.iter().map(|p| p.place.rsplit('/').next().unwrap()).collect();
    assert_eq!(places, ["list:30", "list:36"]);
    assert_eq!(report.built, Date::parse("2099-05-30"));
    assert_eq!(database.ecosystem("Debian:12").unwrap().judged, Judged::Full);
    assert_eq!(database.ecosystem("Debian:9").unwrap().judged, Judged::FixedOnly);
}

#[test]
fn announcements_alone_know_fixed_versions_only() {
    let (database, _) = built(&[fixture("data/DSA/list"), fixture("data/DLA/list")]);
    for release in ["Debian:10", "Debian:11", "Debian:12"] {
        assert_eq!(database.ecosystem(release).unwrap().judged, Judged::FixedOnly, "{release}");
        assert!(one(&database, release, "openssl", "CVE-2099-0002").is_some());
    }
}

#[test]
fn the_json_says_the_same() {
    let (database, report) = built(&[fixture("tracker.json")]);
    let found = |release: &str, package: &str, id: &str| said(one(&database, release, package, id));
    assert_eq!(found("Debian:12", "curl", "CVE-2099-0001"), ("until 8.1.0-1".into(), Some(NoAdvisory)));
    assert_eq!(found("Debian:11", "curl", "CVE-2099-0001"), ("until 8.1.0-1".into(), Some(WillNotFix)));
    assert_eq!(found("Debian:10", "curl", "CVE-2099-0001"), ("until 8.1.0-1".into(), Some(Postponed)));
    assert_eq!(found("Debian:sid", "curl", "CVE-2099-0001"), ("fixed 8.1.0-1".into(), None));
    assert_eq!(found("Debian:12", "openssl", "CVE-2099-0002"), ("fixed 3.0.9-1~deb12u2".into(), None));
    assert_eq!(found("Debian:12", "zlib", "CVE-2099-0003"), ("not affected".into(), None));
    assert_eq!(found("Debian:13", "bash", "CVE-2099-0004"), ("open".into(), Some(Affected)));
    assert_eq!(found("Debian:12", "bash", "TEMP-1000099-ABCDEF"), ("open".into(), Some(Undetermined)));
    assert_eq!(found("Debian:12", "pypy3", "CVE-2099-0005"), ("open".into(), Some(EndOfLife)));
    let places: Vec<&str> = report.problems.iter().map(|p| p.place.split_once('#').unwrap().1).collect();
    assert_eq!(places, ["/bash/CVE-2099-0004/forky", "/pypy3/CVE-2099-0012"]);
}

#[test]
fn the_json_goes_before_the_lists() {
    let (both, _) = built(&[fixture("")]);
    // A release that the JSON has is the JSON's, others are the lists'.
    assert!(one(&both, "Debian:12", "systemd", "CVE-2099-0010").is_none());
    assert!(one(&both, "Debian:12", "curl", "CVE-2099-0001").is_some());
    assert!(one(&both, "Debian:9", "bash", "CVE-2099-0004").is_some());
}

#[test]
fn a_document_that_ends_early_is_an_error_with_its_place() {
    let folder = tempfile::tempdir().unwrap();
    let whole = std::fs::read(fixture("tracker.json")).unwrap();
    let path = folder.path().join("tracker.json");
    std::fs::write(&path, &whole[..whole.len() / 2]).unwrap();
    let error =
        build(&[path], &folder.path().join("out.db"), &BuildOptions::default(), &mut |_| {}).unwrap_err();
    let text = error.to_string();
    assert!(text.contains("tracker.json:") && text.contains("download"), "{text}");
}
