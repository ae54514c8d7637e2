//! Evaluation of ranges: a version that is listed is affected, a fix is above the version and not affected, and the
//! bounds that are told hold the version.
#![no_main]

use batten_advisory::record::{Advisory, Event, Range, RangeKind};
use batten_advisory::version::range::{Match, Subject, Verdict};
use libfuzzer_sys::fuzz_target;

const ECOSYSTEMS: &[&str] = &[
    "Alpine:v3.20",
    "Bitnami",
    "Debian:12",
    "Go",
    "Maven",
    "NuGet",
    "Packagist",
    "PyPI",
    "Red Hat:9",
    "RubyGems",
    "npm",
];

fuzz_target!(|input: (u8, &str, Vec<(u8, &str)>, Vec<&str>)| {
    let (pick, version, events, listed) = input;
    let Some(ecosystem) = ECOSYSTEMS.get(usize::from(pick) % ECOSYSTEMS.len()) else { return };
    let event = |(kind, text): (u8, &str)| match kind % 4 {
        0 => Event::Introduced(text.to_owned()),
        1 => Event::Fixed(text.to_owned()),
        2 => Event::LastAffected(text.to_owned()),
        _ => Event::Limit(text.to_owned()),
    };
    let kind = if pick >= 128 { RangeKind::Semver } else { RangeKind::Ecosystem };
    let advisory = Advisory {
        ranges: vec![Range { kind, events: events.into_iter().take(64).map(event).collect() }],
        versions: listed.into_iter().map(str::to_owned).collect(),
        ..Advisory::default()
    };
    let mut subject = Subject::new(ecosystem, "package", version);
    let verdict = subject.judge(&advisory);
    if advisory.versions.iter().any(|listed| listed == version) {
        assert_eq!(verdict, Verdict::Affected(Match::Listed));
    }
    for fix in subject.fixes(&advisory) {
        assert_eq!(Subject::new(ecosystem, "package", fix).judge(&advisory), Verdict::NotAffected);
        assert_ne!(fix, version);
    }
});
