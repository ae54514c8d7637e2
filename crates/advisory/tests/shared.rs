//! All feeds of the shared test data (`BATTEN_SHARED`, default `../shared` beside the repository): each record is in the
//! database or is one that its publisher has withdrawn.
#![allow(missing_docs, clippy::unwrap_used, clippy::print_stderr, reason = "tests")]

use batten_advisory::build::{BuildOptions, build};
use batten_advisory::database::Database;
use batten_advisory::judge::source::AdvisorySource as _;
use batten_model::{Date, Judged};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

fn data() -> Option<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let shared = std::env::var_os("BATTEN_SHARED").map_or_else(|| root.join("../shared"), PathBuf::from);
    let data = shared.join("data");
    if data.join("osv").is_dir() {
        return Some(data);
    }
    eprintln!("NOT RUN: no advisory feeds in {}; set BATTEN_SHARED", data.display());
    assert_ne!(std::env::var("CI").as_deref(), Ok("true"), "the shared test data must be there in CI");
    None
}

#[test]
fn every_record_is_there() {
    let Some(data) = data() else { return };
    let folder = tempfile::tempdir().unwrap();
    let output = folder.path().join("out.db");
    let options = BuildOptions { level: 1, ..BuildOptions::default() };
    let report = build(&[data], &output, &options, &mut |_| {}).unwrap();
    assert_eq!((report.problem_count, report.failures.len()), (0, 0), "{:?}", report.problems);
    let records: BTreeMap<&str, u64> = report.feeds.iter().map(|f| (f.name.as_str(), f.records)).collect();
    // Records of the archives less those that are withdrawn, have Git ranges only, or name no version at all.
    for (feed, expected) in [
        ("osv:crates.io", 1206 - 13),
        ("osv:Bitnami", 7444),
        ("osv:kubernetes", 44),
        ("osv:npm", 1211),
        ("osv:Ubuntu", 4926 + 9226 + 7980),
        ("osv:Debian", 945 + 410 + 6499),
        ("kev", 1662),
        ("epss", 360_142),
    ] {
        assert_eq!(records.get(feed), Some(&expected), "{feed}");
    }
    let database = Database::open(&output).unwrap();
    database.verify().unwrap();
    assert_eq!(database.ecosystem("NuGet"), None, "mentioned by records on other ecosystems only");
    for (release, judged) in [
        ("Debian:12", Judged::FixedOnly),
        ("Debian:11", Judged::FixedOnly),
        ("Alpine:v3.18", Judged::FixedOnly),
        ("Ubuntu:22.04:LTS", Judged::Full),
        ("PyPI", Judged::Full),
    ] {
        assert_eq!(database.ecosystem(release).unwrap().judged, judged, "{release}");
    }
    let pypi = database.ecosystem("PyPI").unwrap().feed_date.unwrap();
    assert!(pypi < Date::parse("2027-01-01").unwrap(), "a record of next year makes no feed young: {pypi}");
    let log4shell = database.cve("CVE-2021-44228").unwrap().unwrap();
    assert_eq!(log4shell.kev.unwrap().added, Date::parse("2021-12-10").unwrap());
    assert!(log4shell.epss.unwrap().score > 0.9);
}
