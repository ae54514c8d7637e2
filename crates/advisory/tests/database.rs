//! Feeds to a database and back: what is asked for is what the feeds say, the bytes are the same each time, and damage is
//! an error wherever it is.
#![allow(missing_docs, clippy::unwrap_used, reason = "tests")]

use batten_advisory::build::{BuildError, BuildOptions, build};
use batten_advisory::database::{Database, DatabaseError, InstallOptions, install};
use batten_advisory::judge::source::AdvisorySource as _;
use batten_advisory::record::{Event, Range, RangeKind};
use batten_model::{Date, Digest, FindingStatus, Judged, Severity};
use std::io::Write as _;
use std::path::{Path, PathBuf};

fn write(folder: &Path, name: &str, content: &[u8]) -> PathBuf {
    let path = folder.join(name);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(&path, content).unwrap();
    path
}

/// A zip archive with stored entries.
fn zip(entries: &[(&str, &str)]) -> Vec<u8> {
    let (mut out, mut directory) = (Vec::new(), Vec::new());
    for (name, content) in entries {
        let mut fields = Vec::new();
        for word in [20u16, 0, 0, 0, 0x5a21] {
            fields.extend(word.to_le_bytes());
        }
        for long in [crc32fast::hash(content.as_bytes()), content.len() as u32, content.len() as u32] {
            fields.extend(long.to_le_bytes());
        }
        fields.extend((name.len() as u16).to_le_bytes());
        fields.extend(0u16.to_le_bytes());
        directory.extend(b"PK\x01\x02\x14\x00");
        directory.extend(&fields);
        directory.extend([0; 10]);
        directory.extend((out.len() as u32).to_le_bytes());
        directory.extend(name.as_bytes());
        out.extend(b"PK\x03\x04");
        out.extend(&fields);
        out.extend(name.as_bytes());
        out.extend(content.as_bytes());
    }
    let start = out.len() as u32;
    out.extend(&directory);
    out.extend(b"PK\x05\x06\0\0\0\0");
    out.extend((entries.len() as u16).to_le_bytes());
    out.extend((entries.len() as u16).to_le_bytes());
    out.extend((directory.len() as u32).to_le_bytes());
    out.extend(start.to_le_bytes());
    out.extend([0, 0]);
    out
}

const PYSEC: &str = r#"{"id":"PYSEC-2024-1","modified":"2024-05-01T00:00:00Z","published":"2024-04-30T00:00:00Z",
  "aliases":["GHSA-xr7r-f8xq-vfvv","CVE-2024-1111"],"severity":[{"type":"CVSS_V3","score":"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"}],
  "affected":[{"package":{"ecosystem":"PyPI","name":"Zope.Thing"},
    "ranges":[{"type":"GIT","repo":"x","events":[{"introduced":"0"}]},{"type":"ECOSYSTEM","events":[{"introduced":"0"},{"fixed":"1.2"}]}],
    "versions":["1.0","1.1","9.9"],"database_specific":null,"ecosystem_specific":{}}],"details":null,"references":[]}"#;
const WITHDRAWN: &str = r#"{"id":"PYSEC-2024-2","modified":"2024-05-02T00:00:00Z","withdrawn":"2024-05-02T00:00:00Z",
  "affected":[{"package":{"ecosystem":"PyPI","name":"gone"},"versions":["1"]}]}"#;
const MENTION: &str = r#"{"id":"GHSA-2222-3333-4444","modified":"2024-05-03T00:00:00Z","database_specific":{"severity":"MODERATE"},
  "affected":[{"package":{"ecosystem":"PyPI","name":"both"},"versions":["1"]},{"package":{"ecosystem":"NuGet","name":"Both"},"versions":["1"]}]}"#;
const MALICIOUS: &str = r#"{"id":"MAL-2024-7","modified":"2024-05-03T00:00:00Z",
  "affected":[{"package":{"ecosystem":"PyPI","name":"evil"},"ranges":[{"type":"ECOSYSTEM","events":[{"introduced":"0"}]}]}]}"#;

fn feeds(folder: &Path) {
    let records = [
        ("PYSEC-2024-1.json", PYSEC),
        ("w.json", WITHDRAWN),
        ("m.json", MENTION),
        ("mal.json", MALICIOUS),
        ("bad.json", "{\"id\":1}"),
    ];
    write(folder, "osv/PyPI/all.zip", &zip(&records));
    let dsa = r#"{"id":"DSA-1-1","modified":"2024-01-01T00:00:00Z","upstream":["CVE-2024-1","CVE-2024-2"],
      "affected":[{"package":{"ecosystem":"Debian:11","name":"curl"},"ranges":[{"type":"ECOSYSTEM","events":[{"introduced":"0"},{"fixed":"7.74-2"}]}]}]}"#;
    write(folder, "osv/Debian:11/all.zip", &zip(&[("DSA-1-1.json", dsa)]));
    let tracker = r#"{"curl":{"CVE-2024-1":{"description":"d","scope":"remote","releases":{
        "bookworm":{"status":"open","repositories":{"bookworm":"7.88-10"},"urgency":"low","nodsa":"Minor issue","nodsa_reason":"postponed"},
        "trixie":{"status":"resolved","repositories":{},"fixed_version":"8.0-1","urgency":"not yet assigned"},
        "sid":{"status":"resolved","repositories":{},"fixed_version":"8.0-1","urgency":"not yet assigned"}}},
      "CVE-2024-3":{"releases":{"bookworm":{"status":"resolved","fixed_version":"0","urgency":"unimportant"}}},
      "CVE-2024-4":{"releases":{"bookworm":7}}}}"#;
    write(folder, "tracker.json", tracker.as_bytes());
    let secdb = r#"{"distroversion":"v3.18","reponame":"main","packages":[{"pkg":{"name":"xen","secfixes":{
        "4.7.1-r4":["CVE-2016-10013 XSA-204"],"0":["CVE-2020-1234"]}}},{"pkg":{"name":5}}]}"#;
    write(folder, "secdb/v3.18/main.json", secdb.as_bytes());
    let kev = r#"{"catalogVersion":"2024.05.04","dateReleased":"2024-05-04T10:00:00Z","vulnerabilities":[
        {"cveID":"CVE-2024-1111","dateAdded":"2024-05-02","dueDate":"2024-05-23","knownRansomwareCampaignUse":"Known"},{"cveID":7}]}"#;
    write(folder, "kev.json", kev.as_bytes());
    let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    gz.write_all(b"#model_version:v2025,score_date:2024-05-04T00:00:00+0000\ncve,epss,percentile\nCVE-2024-1111,0.97012,0.99871\nnoise\n").unwrap();
    write(folder, "epss.csv.gz", &gz.finish().unwrap());
    write(folder, "README.md", b"# not a feed\n");
}

fn built(folder: &Path) -> (Vec<u8>, batten_advisory::build::BuildReport) {
    let output = folder.join("out.db");
    let report = build(&[folder.join("in")], &output, &BuildOptions::default(), &mut |_| {}).unwrap();
    (std::fs::read(output).unwrap(), report)
}

fn sample() -> (tempfile::TempDir, Vec<u8>, batten_advisory::build::BuildReport) {
    let folder = tempfile::tempdir().unwrap();
    feeds(&folder.path().join("in"));
    let (bytes, report) = built(folder.path());
    (folder, bytes, report)
}

#[test]
fn what_feeds_say_is_what_the_database_answers() {
    let (_folder, bytes, report) = sample();
    let database = Database::from_bytes(bytes).unwrap();
    database.verify().unwrap();
    assert_eq!(database.built(), Date::parse("2024-05-04"));
    assert!(!database.info().starter);

    let zope = &database.advisories("PyPI", "zope_thing").unwrap()[0];
    assert_eq!((zope.id.as_str(), zope.feed.as_str()), ("PYSEC-2024-1", "osv:PyPI"));
    assert_eq!(zope.aliases, ["CVE-2024-1111", "GHSA-xr7r-f8xq-vfvv"]);
    assert_eq!(zope.versions, ["9.9"], "what the range affects is not listed again");
    assert_eq!(
        zope.ranges,
        [Range {
            kind: RangeKind::Ecosystem,
            events: vec![Event::Introduced("0".into()), Event::Fixed("1.2".into())]
        }]
    );
    assert!(database.advisories("PyPI", "gone").unwrap().is_empty());
    let evil = &database.advisories("PyPI", "evil").unwrap()[0];
    assert_eq!(evil.severity, Some((Severity::Critical, "malicious-package".into())));
    assert_eq!(database.ecosystem("NuGet"), None, "one mention is no source");

    let facts = database.cve("CVE-2024-1111").unwrap().unwrap();
    assert_eq!(facts.epss.unwrap().score, 0.97012);
    assert!(facts.kev.unwrap().ransomware);
    assert_eq!(facts.cvss[0].1, "osv:PyPI");
    assert_eq!(database.cve("CVE-2024-9999").unwrap(), None);

    let problems: Vec<&str> = report.problems.iter().map(|p| p.place.rsplit('/').next().unwrap()).collect();
    assert_eq!(report.problem_count, 5, "{problems:?}");
    assert!(report.problems.iter().any(|p| p.place.ends_with("all.zip!bad.json")));
    assert!(report.ignored.iter().any(|path| path.ends_with("README.md")));
}

#[test]
fn distributions_keep_their_meaning() {
    let (_folder, bytes, _) = sample();
    let database = Database::from_bytes(bytes).unwrap();
    let curl = database.advisories("Debian:12", "curl").unwrap();
    assert_eq!(curl.len(), 2);
    assert_eq!(curl[0].status, Some(FindingStatus::Postponed));
    assert_eq!(curl[0].severity, Some((Severity::Low, "debian".into())));
    assert_eq!(
        curl[0].ranges[0].events[1],
        Event::Limit("8.0-1".into()),
        "a backport from unstable has the fix"
    );
    assert!(curl[1].not_affected);
    assert_eq!(database.ecosystem("Debian:12").unwrap().judged, Judged::Full);

    let old = database.advisories("Debian:11", "curl").unwrap();
    let ids: Vec<&str> = old.iter().map(|a| a.id.as_str()).collect();
    assert_eq!(ids, ["CVE-2024-1", "CVE-2024-2"], "an announcement is about each of its CVEs");
    assert_eq!(old[0].announcements, ["DSA-1-1"]);
    let info = database.ecosystem("Debian:11").unwrap();
    assert_eq!(info.judged, Judged::FixedOnly);
    assert!(!info.reason.en.is_empty() && !info.reason.zh.is_empty());

    let xen = database.advisories("Alpine:v3.18", "xen").unwrap();
    assert_eq!(xen[0].announcements, ["XSA-204"]);
    assert!(xen[1].not_affected);
    assert_eq!(database.ecosystem("Alpine:v3.18").unwrap().judged, Judged::FixedOnly);
}

#[test]
fn the_same_input_gives_the_same_bytes() {
    let (folder, bytes, _) = sample();
    assert_eq!(built(folder.path()).0, bytes);
    // In another order, with hardly any memory, in another place.
    let input = folder.path().join("in");
    let mut inputs: Vec<PathBuf> = std::fs::read_dir(&input)
        .unwrap()
        .map(|e| e.unwrap().path())
        .filter(|p| !p.ends_with("README.md"))
        .collect();
    inputs.sort();
    inputs.reverse();
    let options = BuildOptions { memory: 100, ..BuildOptions::default() };
    let output = folder.path().join("other.db");
    build(&inputs, &output, &options, &mut |_| {}).unwrap();
    assert_eq!(std::fs::read(&output).unwrap(), bytes);
}

#[test]
fn damage_is_an_error_wherever_it_is() {
    let (_folder, bytes, _) = sample();
    for end in 0..bytes.len() {
        assert!(Database::from_bytes(bytes[..end].to_vec()).is_err(), "cut at {end}");
    }
    for at in 0..bytes.len() {
        let mut bad = bytes.clone();
        bad[at] ^= 0x10;
        let Ok(database) = Database::from_bytes(bad) else { continue };
        assert!(database.verify().is_err(), "bit at {at}");
        for (ecosystem, package) in [("PyPI", "zope-thing"), ("Debian:12", "curl"), ("Alpine:v3.18", "xen")] {
            let _ = database.advisories(ecosystem, package);
        }
        let _ = database.cve("CVE-2024-1111");
    }
    let mut bad = bytes.clone();
    bad[140] ^= 1;
    let error = Database::from_bytes(bad).unwrap().verify().unwrap_err();
    assert!(error.to_string().contains("batten db update"), "{error}");
    assert!(matches!(
        Database::from_bytes(b"SQLite format 3\0".to_vec()),
        Err(DatabaseError::NotADatabase { .. })
    ));
}

#[test]
fn installing_verifies_and_keeps_the_old_one() {
    let (folder, bytes, report) = sample();
    let target = folder.path().join("cache/advisories.db");
    let source = folder.path().join("out.db");
    let wrong = InstallOptions { expected: Some(Digest::sha256_of(b"x")), ..InstallOptions::default() };
    assert!(matches!(install(&source, &target, &wrong), Err(DatabaseError::WrongDigest { .. })));
    assert!(!target.exists());
    let right = InstallOptions { expected: Some(report.digest), ..InstallOptions::default() };
    assert_eq!(install(&source, &target, &right).unwrap().previous, None);
    assert_eq!(std::fs::read(&target).unwrap(), bytes);

    let older = folder.path().join("older.db");
    let options = BuildOptions { built: Date::parse("2024-01-01"), ..BuildOptions::default() };
    build(&[folder.path().join("in")], &older, &options, &mut |_| {}).unwrap();
    assert!(matches!(install(&older, &target, &InstallOptions::default()), Err(DatabaseError::Older { .. })));
    let forced = InstallOptions { force: true, ..InstallOptions::default() };
    let installed = install(&older, &target, &forced).unwrap();
    assert_eq!(std::fs::read(installed.previous.unwrap()).unwrap(), bytes);

    let damaged = folder.path().join("damaged.db");
    let mut bad = bytes.clone();
    *bad.last_mut().unwrap() ^= 1;
    std::fs::write(&damaged, bad).unwrap();
    assert!(install(&damaged, &target, &forced).is_err());
    assert_eq!(Database::open(&target).unwrap().built(), Date::parse("2024-01-01"));
    // Compressed as a whole, as it may be carried about.
    let packed = folder.path().join("out.db.zst");
    std::fs::write(&packed, zstd::bulk::compress(&bytes, 3).unwrap()).unwrap();
    install(&packed, &target, &InstallOptions::default()).unwrap();
    assert_eq!(std::fs::read(&target).unwrap(), bytes);
    let left: Vec<_> =
        std::fs::read_dir(target.parent().unwrap()).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert_eq!(left.len(), 2, "no temporary file stays: {left:?}");
}

#[test]
fn what_is_no_feed_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let output = folder.path().join("out.db");
    let nothing = build(&[folder.path().to_owned()], &output, &BuildOptions::default(), &mut |_| {});
    assert!(matches!(nothing, Err(BuildError::NoFeeds(_))));
    let text = write(folder.path(), "x.txt", b"hello");
    let unknown = build(&[text], &output, &BuildOptions::default(), &mut |_| {});
    assert!(matches!(unknown, Err(BuildError::Feeds(_))));
    // One feed that cannot be read: nothing is built unless that is accepted, and it is in the report.
    let input = folder.path().join("in");
    feeds(&input);
    let mut cut = zip(&[("a.json", PYSEC)]);
    cut.truncate(cut.len() - 10);
    write(&input, "osv/Go/all.zip", &cut);
    let failed = build(std::slice::from_ref(&input), &output, &BuildOptions::default(), &mut |_| {});
    assert!(matches!(&failed, Err(BuildError::Feeds(errors)) if errors.len() == 1), "{failed:?}");
    assert!(!output.exists());
    let partial = BuildOptions { allow_partial: true, ..BuildOptions::default() };
    assert_eq!(build(&[input], &output, &partial, &mut |_| {}).unwrap().failures.len(), 1);
}

/// A limit on the size of files stands for the disk that is full: the same write fails in the same place.
#[test]
fn a_full_disk_leaves_the_old_one() {
    let folder = tempfile::tempdir().unwrap();
    feeds(&folder.path().join("in"));
    std::fs::write(folder.path().join("out.db"), b"the old one").unwrap();
    let limited = std::process::Command::new("sh")
        .args(["-c", "trap '' XFSZ; ulimit -f 1; exec \"$0\" --exact --ignored on_a_full_disk"])
        .arg(std::env::current_exe().unwrap())
        .env("BATTEN_TEST_FOLDER", folder.path())
        .output()
        .unwrap();
    assert!(limited.status.success(), "{}", String::from_utf8_lossy(&limited.stdout));
    assert!(String::from_utf8_lossy(&limited.stdout).contains("1 passed"));
    assert_eq!(std::fs::read(folder.path().join("out.db")).unwrap(), b"the old one");
    let left: Vec<_> = std::fs::read_dir(folder.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert_eq!(left.len(), 2, "no temporary file stays: {left:?}");
}

#[test]
#[ignore = "run by a_full_disk_leaves_the_old_one under a limit"]
fn on_a_full_disk() {
    let Some(folder) = std::env::var_os("BATTEN_TEST_FOLDER").map(PathBuf::from) else { return };
    let output = folder.join("out.db");
    for memory in [usize::MAX, 100] {
        let options = BuildOptions { memory, ..BuildOptions::default() };
        let error = build(&[folder.join("in")], &output, &options, &mut |_| {}).unwrap_err();
        assert!(error.to_string().contains("free"), "{error}");
    }
    let sound = folder.join("in/big");
    let _ = install(&sound, &output, &InstallOptions::default()).unwrap_err();
}

#[test]
fn the_starter_database_is_sound() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("starter/starter.battendb");
    assert!(std::fs::metadata(&path).unwrap().len() < 15 << 20);
    let database = Database::open(&path).unwrap();
    database.verify().unwrap();
    assert!(database.info().starter);
    assert!(database.summaries().all(|e| !e.name.starts_with("Ubuntu")), "its licence is unclear");
    assert!(database.info().sources.iter().all(|feed| feed.name != "osv:Ubuntu"));
    let runc = database.advisories("Go", "github.com/opencontainers/runc").unwrap();
    let leak = runc.iter().find(|a| a.aliases.iter().any(|id| id == "CVE-2024-21626")).unwrap();
    assert_eq!(leak.id, "GO-2024-2491");
    assert_eq!(
        leak.ranges[0].events,
        [Event::Introduced("1.0.0-rc93".into()), Event::Fixed("1.1.12".into())]
    );
    assert!(
        leak.symbols.iter().any(|s| s == "github.com/opencontainers/runc/libcontainer/utils#CloseExecFrom")
    );
    assert_eq!(database.ecosystem("Debian:12").unwrap().judged, Judged::FixedOnly);
    // Every source is named in the notice.
    let notice = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../NOTICE")).unwrap();
    for feed in database.info().sources {
        assert!(notice.contains(&feed.name), "{} is not in NOTICE", feed.name);
    }
}
