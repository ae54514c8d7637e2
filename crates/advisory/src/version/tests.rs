//! Tables from each ecosystem's documentation, and what holds for every order.

use super::range::{Match, Subject, Verdict};
use super::*;
use crate::record::{Advisory, Event, Range};
use proptest::prelude::*;

/// Versions from the lowest to the highest; those between `=` are equal.
fn ascending(order: Order, rows: &[&str]) {
    let groups: Vec<Vec<&str>> = rows.iter().map(|row| row.split(" = ").collect()).collect();
    for (at, group) in groups.iter().enumerate() {
        for (other_at, other) in groups.iter().enumerate() {
            for (left, right) in group.iter().flat_map(|l| other.iter().map(move |r| (l, r))) {
                assert_eq!(
                    order.compare(left, right),
                    Ok(at.cmp(&other_at)),
                    "{order:?}: {left} and {right}"
                );
            }
        }
    }
}

fn refused(order: Order, versions: &[&str]) {
    for version in versions {
        assert!(Version::parse(order, version).is_err(), "{order:?} takes {version:?}");
    }
}

#[test]
fn dpkg() {
    ascending(
        Order::Dpkg,
        &[
            "1.0~~",
            "1.0~~a",
            "1.0~",
            "1.0~rc1-1",
            "1.0 = 1.0-0 = 0:1.0 = 01.00",
            "1.0-0.1",
            "1.0-1",
            "1.0-1+b1",
            "1.0-1+deb12u1",
            "1.0a",
            "1.0+dfsg-1",
            "1.0-1-1",
            "1.2",
            "1.10",
            "1:0.1",
        ],
    );
    refused(Order::Dpkg, &["", ":1", "a:1", "1:", "1 2", "1-", "99999999999:1", "-1"]);
}

#[test]
fn rpm() {
    ascending(
        Order::Rpm,
        &[
            "1.0~~",
            "1.0~rc1",
            "1.0 = 1_0 = 0:1.0 = 1.0.",
            "1.0-1",
            "1.0-1.el9",
            "1.0-2",
            "1.0^~git1",
            "1.0^",
            "1.0^git1",
            "1.0a",
            "1.0.1",
            "1.1",
            "1.10",
            "2",
            "1:0.5",
        ],
    );
    ascending(Order::Rpm, &["xyz.4", "2a", "5.5p1", "5.5p2", "5.5p10", "10xyz", "10.1xyz"]);
    ascending(Order::Rpm, &["a", "b", "1a", "1b", "2"]);
    refused(Order::Rpm, &["", "-1", "1:", "1:-2", "1 2"]);
}

#[test]
fn apk() {
    ascending(
        Order::Apk,
        &[
            "1.0_alpha",
            "1.0_alpha1",
            "1.0_beta",
            "1.0_pre2",
            "1.0_rc1",
            "1.0_rc1-r1",
            "1.0",
            "1.0-r0",
            "1.0-r1",
            "1.0-r10",
            "1.0_cvs",
            "1.0_svn",
            "1.0_git20200101",
            "1.0_p1",
            "1.0_p1-r1",
            "1.0_p2",
            "1.0a",
            "1.0b-r1",
            "1.0.0",
            "1.01",
            "1.1",
            "1.1.09",
            "1.1.1",
            "1.2",
            "1.10",
        ],
    );
    ascending(Order::Apk, &["8.2.0015", "8.2.002", "8.2.1"]);
    ascending(Order::Apk, &["1.2~abc", "1.2~abd", "1.2~abd-r0"]);
    refused(
        Order::Apk,
        &["", "a", "1.", "1.0bc", "1.0_foo", "1.0-1", "1.0-r", "1.0-r1-r2", "1.0~", "1 .0", "_rc1"],
    );
}

#[test]
fn semver() {
    ascending(
        Order::Semver,
        &[
            "1.0.0-0",
            "1.0.0-*",
            "1.0.0-alpha",
            "1.0.0-alpha.1",
            "1.0.0-alpha.beta",
            "1.0.0-beta",
            "1.0.0-beta.2 = 1.0.0.beta.2",
            "1.0.0-beta.11 = 1.0.0-beta.11+x",
            "1.0.0-rc.1 = v1.0.0-rc.1",
            "1.0.0 = 1.0.0+build = v1 = =1.0",
            "1.0.1-0.20230101000000-abcdefabcdef",
            "1.0.1",
            "1.0.1.1",
            "1.2.0",
            "1.10.0 = v1.10.0+incompatible",
            "99999999999999999999.0.0",
        ],
    );
    refused(
        Order::Semver,
        &[
            "",
            "v",
            "(devel)",
            "latest",
            "1.x",
            "1.2.x",
            "1.",
            "1..2",
            "1.2.3-",
            "1.2.3-a..b",
            "*",
            "^1.2.3",
            "1.2.3 - 2",
        ],
    );
}

#[test]
fn go_releases() {
    ascending(
        Order::GoRelease,
        &[
            "1.21.0-0",
            "go1.21beta1",
            "1.21.0-rc.1",
            "go1.21rc2 = 1.21rc2 = 1.21.0-rc.2",
            "go1.21 = 1.21.0",
            "go1.21.3 = 1.21.3 = go1.21.3-vendor = go1.21.3 X:boringcrypto = v1.21.3",
            "go1.21.10",
            "1.22.0-0",
        ],
    );
    refused(Order::GoRelease, &["devel go1.22-6076edc55c", "devel +abc", "go", "", "1.21x"]);
}

#[test]
fn pep440() {
    ascending(
        Order::Pep440,
        &[
            "custom-build",
            "1.0.dev1 = 1.0.dev01",
            "1.0a1.dev1",
            "1.0a1 = 1.0-ALPHA.1 = 1.0alpha1",
            "1.0a2.post1.dev3",
            "1.0b1",
            "1.0rc1 = 1.0c1 = 1.0pre1 = 1.0.preview1",
            "1.0 = 1 = v1.0 = 1.0.0 = 0!1",
            "1.0+abc.5",
            "1.0+abc.7",
            "1.0+5 = 1.0+05",
            "1.0.post1.dev2",
            "1.0.post1 = 1.0-1 = 1.0.rev1",
            "1.0.1",
            "1.1.dev1",
            "1!0.1",
        ],
    );
    ascending(Order::Pep440, &["2.0-custom", "2.0.1-custom", "0.1"]);
    refused(Order::Pep440, &["", "1.*", ">=1", "1 2"]);
}

#[test]
fn maven() {
    ascending(
        Order::Maven,
        &[
            "1-alpha-1 = 1-a1 = 1alpha1",
            "1-beta2",
            "1-m3",
            "1-rc = 1-cr",
            "1-rc-2",
            "1-SNAPSHOT = 1.snapshot",
            "1 = 1.0 = 1.0.0 = 1-ga = 1.final = 1.0.RELEASE",
            "1-sp",
            "1-abc",
            "1-1",
            "1.0.1",
            "1.1",
            "1.10",
            "20040616",
            "99999999999999999999",
        ],
    );
    ascending(Order::Maven, &["2.9.10", "2.9.10.1", "2.9.10.8", "2.10.0", "2.10.0.pr1"]);
    ascending(Order::Maven, &["31.1-android", "31.1-jre", "32.0.0-android"]);
}

#[test]
fn rubygems() {
    ascending(
        Order::RubyGems,
        &[
            "0.beta1",
            "1.0.a.2 = 1.0.0.a.2",
            "1.0.b1",
            "1.0-1 = 1.0.pre.1",
            "1.0.rc.1",
            "1 = 1.0 = 1.0.0",
            "1.0.1",
            "1.9.3",
            "1.10.0",
        ],
    );
    refused(Order::RubyGems, &["", "a", "1..2", "1.0-", "1_2"]);
}

#[test]
fn nuget() {
    ascending(
        Order::NuGet,
        &[
            "1.0.0-alpha = 1.0.0-ALPHA = 1.0-Alpha+m",
            "1.0.0-alpha.2",
            "1.0.0-alpha.10",
            "1.0.0-beta",
            "1.0.0-beta2",
            "1 = 1.0 = 1.0.0.0 = 01.0",
            "1.0.0.1",
            "1.0.1",
            "1.10",
        ],
    );
    refused(Order::NuGet, &["", "1.2.3.4.5", "v1", "1.2-", "a"]);
}

#[test]
fn composer() {
    ascending(
        Order::Composer,
        &[
            "1.0-dev = 1.0.0-dev",
            "1.0.0-alpha = v1.0.0-a",
            "1.0.0-alpha1 = 1.0a1",
            "1.0.0-beta1-dev",
            "1.0.0-beta1 = 1.0b.1",
            "1.0.0-RC1",
            "1.0 = 1.0.0.0 = 1.0.0-stable = v1.0.0+meta",
            "1.0.0-p1 = 1.0.0-patch1",
            "1.0.1",
            "1.x-dev",
            "2.0",
            "2010.01",
            "20100102",
        ],
    );
    refused(Order::Composer, &["", "dev-main", "1.2.3.4.5", "1.0-foo"]);
}

#[test]
fn bitnami_and_dotted() {
    ascending(
        Order::Bitnami,
        &["1.2.3-rc.1", "1.2.3 = 1.2.3-0", "1.2.3-1 = 1.2.3-r1 = 1.2.3-debian-12-r1", "1.2.3-10", "1.2.4"],
    );
    ascending(Order::Dotted, &["1", "1.2-beta", "1.2-3", "1.2.10", "2"]);
    refused(Order::Dotted, &["", "a1", "1 2"]);
}

#[test]
fn ecosystems_have_their_order() {
    assert_eq!(Order::of("Debian:12", "x"), Some(Order::Dpkg));
    assert_eq!(Order::of("Ubuntu:Pro:18.04:LTS", "x"), Some(Order::Dpkg));
    assert_eq!(Order::of("Root:Alpine:3.18", "x"), Some(Order::Apk));
    assert_eq!(Order::of("Go", "stdlib"), Some(Order::GoRelease));
    assert_eq!(Order::of("Go", "golang.org/x/net"), Some(Order::Semver));
    assert_eq!(Order::of("OSS-Fuzz", "x"), None);
    assert_eq!(Order::of_range(RangeKind::Semver, "Bitnami", "x"), Some(Order::Bitnami));
    assert_eq!(Order::of_range(RangeKind::Semver, "PyPI", "x"), Some(Order::Semver));
}

fn advisory(events: &[Event]) -> Advisory {
    Advisory {
        ranges: vec![Range { kind: RangeKind::Ecosystem, events: events.to_vec() }],
        ..Advisory::default()
    }
}

fn from(text: &str) -> Event {
    Event::Introduced(text.into())
}

fn fixed(text: &str) -> Event {
    Event::Fixed(text.into())
}

#[test]
fn ranges_are_evaluated_as_the_schema_says() {
    let affected = |advisory: &Advisory, version: &str| {
        Subject::new("npm", "x", version).judge(advisory) == Verdict::Affected(Match::Range(0))
    };
    let two = advisory(&[fixed("2.4.0"), from("2.0.0"), from("0"), fixed("1.5.0")]);
    for (version, expected) in [
        ("0.0.1", true),
        ("1.5.0", false),
        ("1.9.9", false),
        ("2.0.0", true),
        ("2.3.9", true),
        ("2.4.0", false),
    ] {
        assert_eq!(affected(&two, version), expected, "{version}");
    }
    let last = advisory(&[from("1.0.0"), Event::LastAffected("1.2.0".into())]);
    assert!(affected(&last, "1.2.0") && !affected(&last, "1.2.1") && !affected(&last, "0.9.0"));
    let limit = advisory(&[from("0"), Event::Limit("1.0.0".into())]);
    assert!(affected(&limit, "0.9.0") && !affected(&limit, "1.0.0"));
    let open = advisory(&[from("0"), Event::Limit("*".into())]);
    assert!(affected(&open, "5.0.0"));
    assert!(!affected(&advisory(&[from("0"), fixed("0")]), "1.0.0"));
    assert!(!affected(&Advisory::default(), "1.0.0"));
    assert_eq!(Subject::new("npm", "x", "1.2.0").fixes(&two), Vec::<&str>::from(["1.5.0", "2.4.0"]));
    assert_eq!(Subject::new("npm", "x", "2.1.0").fixes(&two), ["2.4.0"]);
    let never = advisory(&[from("0"), fixed("99.999.99999")]);
    assert!(affected(&never, "2.0.0") && Subject::new("npm", "x", "2.0.0").fixes(&never).is_empty());
}

#[test]
fn what_cannot_be_ordered_is_undetermined() {
    let judge = |version: &str, advisory: &Advisory| Subject::new("npm", "x", version).judge(advisory);
    assert!(matches!(judge("latest", &advisory(&[from("0"), fixed("2.0.0")])), Verdict::Undetermined(_)));
    assert!(matches!(judge("1.0.0", &advisory(&[from("0"), fixed("master")])), Verdict::Undetermined(_)));
    // All versions are affected, whatever this one is.
    assert_eq!(judge("latest", &advisory(&[from("0")])), Verdict::Affected(Match::Range(0)));
    let listed = Advisory { versions: vec!["1.0".into()], ..Advisory::default() };
    assert_eq!(Subject::new("PyPI", "x", "1.0.0").judge(&listed), Verdict::Affected(Match::Listed));
    assert_eq!(Subject::new("PyPI", "x", "1.0.1").judge(&listed), Verdict::NotAffected);
    let error = Version::parse(Order::Dpkg, "1 2").unwrap_err();
    assert!(error.to_string().contains("\"1 2\"") && error.zh().contains("\"1 2\""));
}

/// What versions are made of, in any order.
fn nasty() -> impl Strategy<Value = String> {
    let part = prop_oneof![
        4 => "[0-9]{1,3}",
        1 => "0{1,3}[0-9]{0,20}",
        3 => prop::sample::select(vec![".", "-", "_", "~", "^", "+", ":", "!"]).prop_map(str::to_owned),
        2 => prop::sample::select(vec![
            "a", "b", "rc", "alpha", "beta", "pre", "post", "dev", "p", "sp", "final", "snapshot", "git", "r", "x", "v",
        ])
        .prop_map(str::to_owned),
        1 => "[a-zA-Z]{1,3}",
    ];
    prop::collection::vec(part, 1..9).prop_map(|parts| parts.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3000, ..ProptestConfig::default() })]

    #[test]
    fn every_order_is_an_order(texts in prop::collection::vec(nasty(), 3)) {
        for order in Order::ALL {
            let read: Vec<Version<'_>> = texts.iter().filter_map(|t| Version::parse(order, t).ok()).collect();
            for a in &read {
                prop_assert_eq!(a.compare(a), Ordering::Equal);
                for b in &read {
                    prop_assert_eq!(a.compare(b), b.compare(a).reverse(), "{:?} {:?}", a, b);
                }
            }
            if let [a, b, c] = read.as_slice() && order != Order::Maven {
                let (ab, bc, ac) = (a.compare(b), b.compare(c), a.compare(c));
                if ab != Ordering::Greater && bc != Ordering::Greater {
                    let expected = if ab == Ordering::Equal && bc == Ordering::Equal { Ordering::Equal } else { Ordering::Less };
                    prop_assert_eq!(ac, expected, "{:?}: {:?}", order, texts);
                }
            }
        }
    }

    #[test]
    fn nothing_panics(text in any::<String>(), other in "\\PC{0,40}") {
        for order in Order::ALL {
            let _ = order.compare(&text, &other);
        }
    }

    #[test]
    fn ranges_agree_with_the_schema(version in 0u8..12, events in prop::collection::vec((0u8..3, 1u8..12), 0..6)) {
        let events: Vec<Event> = events.iter().map(|(kind, at)| match kind {
            0 => Event::Introduced(at.to_string()),
            1 => Event::Fixed(at.to_string()),
            _ => Event::LastAffected(at.to_string()),
        }).collect();
        // The schema's algorithm, word by word: sort, then walk.
        let mut sorted: Vec<(u8, &Event)> = events.iter().map(|e| match e {
            Event::Introduced(v) | Event::Fixed(v) | Event::LastAffected(v) | Event::Limit(v) => (v.parse().unwrap(), e),
        }).collect();
        sorted.sort_by_key(|(at, _)| *at);
        let mut vulnerable = false;
        for (at, event) in sorted {
            match event {
                Event::Introduced(_) if version >= at => vulnerable = true,
                Event::Fixed(_) if version >= at => vulnerable = false,
                Event::LastAffected(_) if version > at => vulnerable = false,
                _ => {}
            }
        }
        let text = version.to_string();
        let verdict = Subject::new("npm", "x", &text).judge(&advisory(&events));
        prop_assert_eq!(verdict == Verdict::Affected(Match::Range(0)), vulnerable);
    }
}
