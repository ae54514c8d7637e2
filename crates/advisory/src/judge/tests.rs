//! Judgement on small inventories.

use super::source::Memory;
use super::*;
use crate::record::{Advisory, Event, Range, RangeKind};
use batten_model::{
    Epss, FindingKind, FindingStatus, ImageConfig, Judged, KernelFacts, Kev, Location, Observed, OsRelease,
    PackageKind, Severity, SourcePackage, Subject, SubjectKind,
};

fn today() -> Date {
    Date::new(2026, 11, 24).unwrap()
}

fn range(events: &[(&str, &str)]) -> Vec<Range> {
    let event = |(kind, version): &(&str, &str)| match *kind {
        "from" => Event::Introduced((*version).into()),
        "fixed" => Event::Fixed((*version).into()),
        "last" => Event::LastAffected((*version).into()),
        _ => Event::Limit((*version).into()),
    };
    vec![Range { kind: RangeKind::Ecosystem, events: events.iter().map(event).collect() }]
}

fn record(id: &str, aliases: &[&str], events: &[(&str, &str)]) -> Advisory {
    Advisory {
        id: id.into(),
        aliases: aliases.iter().map(|a| (*a).into()).collect(),
        feed: "osv:test".into(),
        ranges: range(events),
        ..Advisory::default()
    }
}

fn package(kind: PackageKind, name: &str, version: &str) -> Package {
    Package::new(kind, name, version, Location::at("some/file"))
}

fn deb(name: &str, version: &str, source: &str, source_version: &str) -> Package {
    let mut package = package(PackageKind::Deb, name, version);
    package.source = Some(SourcePackage { name: source.into(), version: source_version.into() });
    package.arch = Some("amd64".into());
    package
}

fn inventory(os: &str, packages: Vec<Package>) -> Inventory {
    let mut inventory = Inventory::empty(Subject::named(SubjectKind::Fs, "tree"));
    if !os.is_empty() {
        inventory.os = Observed::Present(OsRelease::parse(os));
    }
    inventory.packages = packages;
    inventory
}

const DEBIAN: &str = "ID=debian\nVERSION_ID=\"12\"\n";

#[test]
fn binary_packages_are_judged_by_their_source() {
    let mut database = Memory::default();
    database.add_ecosystem(
        "Debian:12",
        Judged::FixedOnly,
        Date::new(2026, 1, 1),
        Text::new("fixed only", "仅含已修复"),
    );
    let mut dsa = record("CVE-2024-1", &[], &[("from", "0"), ("fixed", "3.0.11-1~deb12u2")]);
    dsa.announcements = vec!["DSA-1-1".into()];
    dsa.feed = "debian-tracker".into();
    database.add("Debian:12", "openssl", dsa);
    let old = deb("libssl3", "3.0.9-1+b1", "openssl", "3.0.9-1");
    let new = deb("openssl", "3.0.11-1~deb12u2", "openssl", "3.0.11-1~deb12u2");
    let judgement = judge(&inventory(DEBIAN, vec![old, new]), &database, today());
    assert_eq!(judgement.findings.len(), 1);
    let finding = &judgement.findings[0];
    let affected = finding.package.as_ref().unwrap();
    assert_eq!((finding.id.as_str(), affected.name.as_str()), ("CVE-2024-1", "libssl3"));
    assert_eq!(affected.fixed, ["3.0.11-1~deb12u2"]);
    assert_eq!(finding.status, FindingStatus::Fixed);
    assert_eq!(finding.evidence[0].source, "debian:CVE-2024-1");
    assert!(
        finding.evidence[0]
            .detail
            .en
            .contains("source openssl 3.0.9-1 lies in the affected range < 3.0.11-1~deb12u2")
    );
    assert!(
        finding.evidence[0].detail.en.contains("DSA-1-1")
            && finding.evidence[0].detail.en.contains("some/file")
    );
    assert!(finding.remediation.en.contains("`apt-get install --only-upgrade libssl3`"));
    assert!(
        finding.references.contains(&"https://security-tracker.debian.org/tracker/CVE-2024-1".to_owned())
    );
    assert!(finding.references.contains(&"https://security-tracker.debian.org/tracker/DSA-1-1".to_owned()));
    assert_eq!((finding.severity, finding.severity_source.as_str()), (Severity::Unknown, ""));
    let line = &judgement.coverage[0];
    assert_eq!((line.ecosystem.as_str(), line.packages, line.judged), ("Debian:12", 2, Judged::FixedOnly));
    assert_eq!((line.reason.en.as_str(), line.feed_date), ("fixed only", Date::new(2026, 1, 1)));
}

#[test]
fn what_the_distribution_says_counts() {
    let mut database = Memory::default();
    let mut open = |id: &str, status: Option<FindingStatus>| {
        let mut advisory = record(id, &[], &[("from", "0")]);
        advisory.status = status;
        advisory.severity = Some((Severity::Low, "debian".into()));
        advisory.cvss = vec!["CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H".into()];
        database.add("Debian:12", "bash", advisory);
    };
    open("CVE-2024-1", Some(FindingStatus::NoAdvisory));
    open("CVE-2024-2", Some(FindingStatus::WillNotFix));
    open("CVE-2024-3", None);
    open("CVE-2024-4", None);
    open("CVE-2024-5", None);
    let mut cleared = record("CVE-2024-4", &[], &[]);
    cleared.not_affected = true;
    database.add("Debian:12", "bash", cleared);
    database.add(
        "Debian:12",
        "bash",
        record("DEBIAN-CVE-2024-5", &["CVE-2024-5"], &[("from", "0"), ("fixed", "0")]),
    );
    let judgement =
        judge(&inventory(DEBIAN, vec![deb("bash", "5.2-1", "bash", "5.2-1")]), &database, today());
    let said: Vec<_> = judgement.findings.iter().map(|f| (f.id.as_str(), f.status)).collect();
    assert_eq!(
        said,
        [
            ("CVE-2024-1", FindingStatus::NoAdvisory),
            ("CVE-2024-2", FindingStatus::WillNotFix),
            ("CVE-2024-3", FindingStatus::Affected)
        ]
    );
    // The vendor's word comes before the score.
    assert_eq!(
        (judgement.findings[0].severity, judgement.findings[0].severity_source.as_str()),
        (Severity::Low, "debian")
    );
    assert_eq!(judgement.findings[0].cvss[0].score, 9.8);
}

#[test]
fn records_on_one_flaw_become_one_finding() {
    let mut database = Memory::default();
    let name = "django";
    database.add(
        "PyPI",
        name,
        record("GHSA-aaaa", &["CVE-2024-9", "CVE-2024-10"], &[("from", "3.0"), ("fixed", "3.2.5")]),
    );
    let mut pysec = record(
        "PYSEC-2024-1",
        &["CVE-2024-10"],
        &[("from", "0"), ("fixed", "3.2.6"), ("from", "4.0"), ("fixed", "4.0.1")],
    );
    pysec.cvss = vec![
        "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H".into(),
        "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:A/VC:N/VI:N/VA:N/SC:L/SI:L/SA:N".into(),
        "nonsense".into(),
    ];
    database.add("PyPI", name, pysec);
    database.add("PyPI", name, record("GHSA-bbbb", &[], &[("from", "0")]));
    database.add("PyPI", name, record("GHSA-cccc", &["CVE-2020-1"], &[("from", "0"), ("fixed", "3.0")]));
    database.add_cve(
        "CVE-2024-10",
        CveFacts {
            kev: Some(Kev { added: today(), due: Date::new(2026, 11, 1), ransomware: false }),
            epss: Some(Epss { score: 0.5, percentile: 0.9 }),
            ..CveFacts::default()
        },
    );
    let mut declared = package(PackageKind::Pypi, name, "3.2.1");
    declared.locations = vec![Location::at("requirements.txt")];
    let judgement = judge(&inventory("", vec![declared]), &database, today());
    let ids: Vec<_> = judgement.findings.iter().map(|f| f.id.as_str()).collect();
    assert_eq!(ids, ["CVE-2024-9", "GHSA-bbbb"]);
    let first = &judgement.findings[0];
    assert_eq!(first.aliases, ["CVE-2024-10", "GHSA-aaaa", "PYSEC-2024-1"]);
    // 3.2.5 is still affected by what the second record says.
    assert_eq!(first.package.as_ref().unwrap().fixed, ["3.2.6", "4.0.1"]);
    assert_eq!(first.evidence.len(), 2);
    assert_eq!(first.evidence[0].source, "osv:GHSA-aaaa");
    assert!(first.evidence[0].detail.en.contains(">= 3.0, < 3.2.5"));
    // CVSS 4.0 comes before 3.1.
    assert_eq!((first.severity, first.severity_source.as_str()), (Severity::Medium, "cvss-4.0"));
    assert_eq!(first.cvss.len(), 2);
    assert!(first.kev.is_some() && first.epss.is_some());
    assert!(first.remediation.en.contains("pip install --upgrade django==3.2.6"));
    assert!(first.remediation.en.contains("2026-11-01 has passed") && first.remediation.zh.contains("已过"));
    assert_eq!(judgement.findings[1].status, FindingStatus::Affected);
}

#[test]
fn severity_may_come_from_another_record_on_the_cve() {
    let mut database = Memory::default();
    database.add(
        "Go",
        "example.org/m",
        record("GO-2024-1", &["CVE-2024-1"], &[("from", "0"), ("fixed", "1.2.0")]),
    );
    let vector = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N".to_owned();
    let facts = CveFacts { cvss: vec![(vector, "osv:Ubuntu".into())], ..CveFacts::default() };
    database.add_cve("CVE-2024-1", facts);
    let judgement = judge(
        &inventory("", vec![package(PackageKind::Golang, "example.org/m", "v1.1.0")]),
        &database,
        today(),
    );
    let finding = &judgement.findings[0];
    assert_eq!((finding.severity, finding.severity_source.as_str()), (Severity::High, "cvss-3.1"));
    assert_eq!(finding.cvss[0].source, "osv:Ubuntu");
}

#[test]
fn programs_in_packages_of_others_are_judged_by_themselves() {
    let mut database = Memory::default();
    let runc = "github.com/opencontainers/runc";
    database.add("Go", runc, record("GO-2024-2491", &[], &[("from", "0"), ("fixed", "1.1.12")]));
    database.add("Debian:13", "runc", record("CVE-2024-21626", &[], &[("from", "0"), ("fixed", "1.1.12")]));
    let ids = |os: &str, packages: Vec<Package>| {
        let mut packages = packages;
        let mut program = package(PackageKind::Golang, runc, "v1.1.11");
        program.owner = Some(packages[0].reference());
        packages.push(program);
        let judgement = judge(&inventory(os, packages), &database, today());
        judgement.findings.iter().map(|finding| finding.id.clone()).collect::<Vec<_>>()
    };
    let from = |mut package: Package, vendor: &str| {
        package.vendor = Some(vendor.to_owned());
        package
    };
    let debian = "ID=debian\nVERSION_ID=13\n";
    let docker = from(
        deb("containerd.io", "1.6.20-1", "containerd.io", "1.6.20-1"),
        "Containerd team <help@containerd.io>",
    );
    assert_eq!(ids(debian, vec![docker]), ["GO-2024-2491"]);
    let own = from(deb("runc-tools", "1.1.12-1", "runc", "1.1.12-1"), "A Person <person@example.org>");
    assert!(ids(debian, vec![own]).is_empty());
    let untracked = from(deb("b", "1-1", "b", "1-1"), "Go Team <team+pkg-go@tracker.debian.org>");
    assert!(ids(debian, vec![untracked]).is_empty());

    let rpm = |name: &str, vendor: &str| from(package(PackageKind::Rpm, name, "1-1"), vendor);
    let red_hat = || vec![rpm("bash", "Red Hat, Inc."), rpm("glibc", "Red Hat, Inc.")];
    let rhel = "ID=rhel\nVERSION_ID=9.3\n";
    let with = |first: Package| [vec![first], red_hat()].concat();
    assert_eq!(ids(rhel, with(rpm("containerd.io", "Docker"))), ["GO-2024-2491"]);
    assert!(ids(rhel, with(rpm("runc", "Red Hat, Inc."))).is_empty());
}

#[test]
fn nothing_found_and_could_not_look_are_different() {
    let mut database = Memory::default();
    database.add("npm", "left-pad", record("GHSA-x", &[], &[("from", "0"), ("fixed", "1.0.0")]));
    let mut owned = package(PackageKind::Npm, "left-pad", "0.5.0");
    owned.owner = Some("deb:node-left-pad@1?arch=all".into());
    let packages = vec![
        package(PackageKind::Npm, "left-pad", "latest"),
        owned,
        package(PackageKind::Cargo, "x", "1.0.0"),
        package(PackageKind::Generic, "something", "1.0.0"),
        deb("bash", "5.2-1", "bash", "5.2-1"),
    ];
    let judgement = judge(&inventory("ID=debian\nVERSION_ID=13\n", packages), &database, today());
    assert!(judgement.findings.is_empty());
    assert_eq!(judgement.errors.len(), 1);
    assert_eq!(judgement.errors[0].code, "undetermined-version");
    assert!(
        judgement.errors[0].message.en.contains("\"latest\"")
            && judgement.errors[0].message.zh.contains("\"latest\"")
    );
    let lines: Vec<_> =
        judgement.coverage.iter().map(|c| (c.ecosystem.as_str(), c.packages, c.judged)).collect();
    assert_eq!(
        lines,
        [
            ("Debian:13", 1, Judged::No),
            ("crates.io", 1, Judged::No),
            ("generic", 1, Judged::No),
            ("npm", 1, Judged::Full),
            ("npm", 1, Judged::No)
        ]
    );
    for line in judgement.coverage.iter().filter(|line| line.judged == Judged::No) {
        assert!(!line.reason.en.is_empty() && !line.reason.zh.is_ascii(), "{line:?}");
    }
}

#[test]
fn only_the_running_kernel_counts() {
    let mut database = Memory::default();
    database.add("Debian:12", "linux", record("CVE-2024-1", &[], &[("from", "0"), ("fixed", "6.1.90-1")]));
    let mut running = deb("linux-image-6.1.0-18-amd64", "6.1.76-1", "linux-signed-amd64", "6.1.76+1");
    running.running = Some(true);
    let mut idle = deb("linux-image-6.1.0-17-amd64", "6.1.69-1", "linux-signed-amd64", "6.1.69+1");
    idle.running = Some(false);
    let headers = deb("linux-libc-dev", "6.1.76-1", "linux", "6.1.76-1");
    let mut host = inventory(DEBIAN, vec![running, idle, headers]);
    host.subject.kind = SubjectKind::Host;
    host.kernel = Some(KernelFacts {
        release: "6.1.0-18-amd64".into(),
        version: String::new(),
        live_patches: Observed::Unknown(Text::new("no access", "无权限")),
        package: Observed::Absent,
    });
    let judgement = judge(&host, &database, today());
    assert_eq!(judgement.findings.len(), 1);
    assert_eq!(judgement.findings[0].package.as_ref().unwrap().version, "6.1.76-1");
    assert!(judgement.findings[0].evidence[1].detail.en.contains("live patches could not be read"));
    assert_eq!(judgement.coverage[0].packages, 3);
}

#[test]
fn platforms_and_module_streams() {
    let mut database = Memory::default();
    let mut windows = record("GO-1", &[], &[("from", "0")]);
    windows.conditions = vec!["goos=windows".into()];
    let mut arm = record("GO-2", &[], &[("from", "0")]);
    arm.conditions = vec!["goarch=arm64".into()];
    database.add("Go", "stdlib", windows);
    database.add("Go", "stdlib", arm);
    let mut image = inventory("", vec![package(PackageKind::Golang, "stdlib", "1.21.3")]);
    let ids = |inventory: &Inventory, database: &Memory| {
        judge(inventory, database, today()).findings.into_iter().map(|f| f.id).collect::<Vec<_>>()
    };
    assert_eq!(ids(&image, &database), ["GO-1", "GO-2"]);
    image.config =
        Some(ImageConfig { os: "linux".into(), architecture: "arm64".into(), ..ImageConfig::default() });
    assert_eq!(ids(&image, &database), ["GO-2"]);

    database.add(
        "Rocky Linux:8",
        "perl",
        record("RLSA-1", &["CVE-1-1"], &[("from", "0"), ("fixed", "4:5.32.1-1.module+el8.6")]),
    );
    database.add(
        "Rocky Linux:8",
        "perl",
        record("RLSA-2", &["CVE-1-2"], &[("from", "0"), ("fixed", "4:5.26.3-420.el8")]),
    );
    let rocky = |version: &str| {
        inventory("ID=rocky\nVERSION_ID=8.6\n", vec![package(PackageKind::Rpm, "perl", version)])
    };
    assert_eq!(ids(&rocky("4:5.26.3-416.el8"), &database), ["CVE-1-2"]);
    assert_eq!(ids(&rocky("4:5.30.1-1.module+el8.4"), &database), ["CVE-1-1"]);
}

#[test]
fn runtimes_and_kubernetes_are_found_by_their_names() {
    let mut database = Memory::default();
    database.add(
        "Go",
        "github.com/opencontainers/runc",
        record("GO-2024-2491", &["CVE-2024-21626"], &[("from", "1.0.0-rc93"), ("fixed", "1.1.12")]),
    );
    database.add(
        "kubernetes",
        "k8s.io/kubelet",
        record("CVE-2024-2", &[], &[("from", "1.20.0"), ("fixed", "1.29.4")]),
    );
    let packages = vec![
        package(PackageKind::Generic, "runc", "1.1.11"),
        package(PackageKind::Golang, "github.com/opencontainers/runc", "v1.1.11"),
        package(PackageKind::Kubernetes, "kubelet", "v1.29.0"),
    ];
    let judgement = judge(&inventory("", packages), &database, today());
    let ids: Vec<_> = judgement.findings.iter().map(|f| f.id.as_str()).collect();
    assert_eq!(ids, ["CVE-2024-2", "CVE-2024-21626", "CVE-2024-21626"]);
    assert!(judgement.findings.iter().all(|f| f.kind == FindingKind::Vulnerability));
}

#[test]
fn a_database_that_cannot_be_read_is_an_error() {
    struct Broken;
    impl AdvisorySource for Broken {
        fn ecosystem(&self, name: &str) -> Option<EcosystemInfo> {
            let name = name.to_owned();
            Some(EcosystemInfo { name, judged: Judged::Full, feed_date: None, reason: Text::default() })
        }
        fn ecosystems(&self) -> Vec<String> {
            vec!["npm".into()]
        }
        fn advisories(&self, ecosystem: &str, package: &str) -> Result<Vec<Advisory>, ReadError> {
            Err(ReadError { place: format!("{ecosystem}/{package}"), reason: "bad checksum".into() })
        }
        fn cve(&self, _: &str) -> Result<Option<CveFacts>, ReadError> {
            Ok(None)
        }
    }
    let judgement = judge(&inventory("", vec![package(PackageKind::Npm, "a", "1.0.0")]), &Broken, today());
    assert!(judgement.errors[0].fatal && judgement.errors[0].code == "unreadable-database");
    assert!(judgement.errors[0].message.zh.contains("无法读取"));
}
