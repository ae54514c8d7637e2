//! Plans are carried out and judged again: what they promise is gone, and nothing else.

use super::*;
use crate::judge::judge;
use crate::judge::source::Memory;
use crate::record::{Advisory, Event, Range, RangeKind};
use batten_model::{
    Date, Digest, LayerInfo, Location, Observed, Origin, OsRelease, Package, PackageKind, SourcePackage,
    Subject, SubjectKind,
};
use proptest::prelude::*;
use std::collections::BTreeSet;

fn record(id: &str, events: &[(bool, &str)]) -> Advisory {
    let event = |(from, version): &(bool, &str)| {
        if *from { Event::Introduced((*version).into()) } else { Event::Fixed((*version).into()) }
    };
    Advisory {
        id: id.into(),
        feed: "osv:test".into(),
        ranges: vec![Range { kind: RangeKind::Ecosystem, events: events.iter().map(event).collect() }],
        ..Advisory::default()
    }
}

fn today() -> Date {
    Date::new(2026, 11, 24).unwrap()
}

fn locked(name: &str, version: &str) -> Package {
    let mut package = Package::new(PackageKind::Npm, name, version, Location::at("app/package-lock.json"));
    package.origin = Origin::Declared;
    package
}

/// Judges, plans, applies, judges again, and holds the plan to its word.
fn check(inventory: &Inventory, database: &Memory) -> FixPlan {
    let before = judge(inventory, database, today());
    let plan = plan(inventory, &before.findings, database);
    let after = judge(&apply(inventory, &plan), database, today());
    let set = |findings: &[Finding]| -> BTreeSet<Fingerprint> {
        findings.iter().map(|f| f.fingerprint.clone()).collect()
    };
    let (before, after) = (set(&before.findings), set(&after.findings));
    let promised: BTreeSet<Fingerprint> =
        plan.steps.iter().flat_map(|s| &s.removes).map(|r| r.fingerprint.clone()).collect();
    let remaining: BTreeSet<Fingerprint> = plan.remaining.iter().map(|r| r.fingerprint.clone()).collect();
    assert_eq!(before.difference(&after).cloned().collect::<BTreeSet<_>>(), promised);
    assert_eq!(before.intersection(&after).cloned().collect::<BTreeSet<_>>(), remaining);
    let introduced: usize = plan.steps.iter().map(|s| s.introduces.len()).sum();
    assert_eq!(after.difference(&before).count() > 0, introduced > 0);
    plan
}

#[test]
fn the_nearest_version_that_fixes_all() {
    let mut database = Memory::default();
    database.add(
        "npm",
        "a",
        record("CVE-2024-1", &[(true, "0"), (false, "1.2.0"), (true, "2.0.0"), (false, "2.1.0")]),
    );
    database.add("npm", "a", record("CVE-2024-2", &[(true, "0"), (false, "1.3.0")]));
    // Fixed by 1.2.5, and back in 1.3.0: only 2.2.0 is free of all.
    database.add(
        "npm",
        "a",
        record("CVE-2024-3", &[(true, "0"), (false, "1.2.5"), (true, "1.3.0"), (false, "2.2.0")]),
    );
    database.add("npm", "a", record("CVE-2024-4", &[(true, "0")]));
    database.add("npm", "b", record("CVE-2024-5", &[(true, "0"), (false, "0.2.0")]));
    let mut inventory = Inventory::empty(Subject::named(SubjectKind::Fs, "tree"));
    inventory.packages = vec![locked("a", "1.1.0"), locked("b", "0.1.0")];
    let plan = check(&inventory, &database);
    assert_eq!(plan.steps.len(), 1);
    let step = &plan.steps[0];
    assert_eq!(step.command.as_deref(), Some("npm install a@2.2.0 b@0.2.0"));
    assert_eq!(step.place, "app/package-lock.json");
    assert_eq!(step.removes.len(), 4);
    assert_eq!(plan.remaining.len(), 1);
    assert_eq!(plan.remaining[0].id, "CVE-2024-4");
    assert_eq!((plan.system_command, plan.base_image), (None, None));
}

#[test]
fn binaries_of_one_source_are_one_step() {
    let mut database = Memory::default();
    for (source, id) in [("openssl", "CVE-2024-1"), ("openssl", "CVE-2024-2"), ("bash", "CVE-2024-3")] {
        database.add("Debian:12", source, record(id, &[(true, "0"), (false, "3.0.11-1")]));
    }
    let digest = |text: &str| Digest::sha256_of(text.as_bytes());
    let deb = |name: &str, source: &str| {
        let mut package =
            Package::new(PackageKind::Deb, name, "3.0.9-1", Location::at("var/lib/dpkg/status"));
        package.source = Some(SourcePackage { name: source.into(), version: "3.0.9-1".into() });
        package.locations[0].layer = Some(digest("base"));
        package
    };
    let mut inventory = Inventory::empty(Subject::named(SubjectKind::Image, "x"));
    inventory.os = Observed::Present(OsRelease::parse("ID=debian\nVERSION_ID=12\nPRETTY_NAME=Debian"));
    inventory.packages = vec![deb("bash", "bash"), deb("libssl3", "openssl"), deb("openssl", "openssl")];
    inventory.layers =
        vec![LayerInfo { digest: digest("blob"), diff_id: digest("base"), created_by: None, skipped: false }];
    let plan = check(&inventory, &database);
    assert_eq!(plan.steps.len(), 2);
    assert_eq!(plan.steps[0].command.as_deref(), Some("apt-get install --only-upgrade libssl3 openssl"));
    assert_eq!(plan.steps[0].removes.len(), 4);
    assert_eq!(plan.system_command.as_deref(), Some("apt-get install --only-upgrade bash libssl3 openssl"));
    let hint = plan.base_image.unwrap();
    assert_eq!((hint.findings, hint.of), (5, 5));
    assert!(hint.advice.zh.contains("基础镜像"));
    for step in &plan.steps {
        assert!(!step.title.en.is_empty() && !step.title.zh.is_ascii());
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn plans_keep_their_word(
        ranges in prop::collection::vec(prop::collection::vec((any::<bool>(), 1u8..9), 1..5), 1..6),
        installed in 1u8..9,
    ) {
        let mut database = Memory::default();
        for (at, events) in ranges.iter().enumerate() {
            let texts: Vec<(bool, String)> = events.iter().map(|(from, v)| (*from, format!("{v}.0.0"))).collect();
            let events: Vec<(bool, &str)> = texts.iter().map(|(from, v)| (*from, v.as_str())).collect();
            database.add("npm", "a", record(&format!("CVE-2024-{at}"), &events));
        }
        let mut inventory = Inventory::empty(Subject::named(SubjectKind::Fs, "tree"));
        inventory.packages = vec![locked("a", &format!("{installed}.0.0"))];
        check(&inventory, &database);
    }
}
