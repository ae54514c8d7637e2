//! Artifact and version in an archive's file name, as Maven's repository layout writes it:
//! `artifact-version[-classifier].extension`.

/// Words by which a part behind a hyphen belongs to the version before it.
const QUALIFIERS: &[&str] = &[
    "alpha",
    "android",
    "atlassian",
    "b",
    "beta",
    "build",
    "cdh",
    "cr",
    "dev",
    "edr",
    "ea",
    "final",
    "fuse",
    "ga",
    "hadoop",
    "hdp",
    "incubating",
    "jboss",
    "jdk",
    "jre",
    "m",
    "mapr",
    "milestone",
    "nightly",
    "patch",
    "pre",
    "preview",
    "rc",
    "rev",
    "redhat",
    "release",
    "sec",
    "snapshot",
    "sp",
    "v",
    "wso",
];

/// What may follow the version to name another file of the same artifact.
const CLASSIFIERS: &[&str] = &[
    "all",
    "aot",
    "boot",
    "dependencies",
    "exec",
    "fat",
    "jakarta",
    "jar-with-dependencies",
    "javadoc",
    "linux",
    "natives",
    "nodeps",
    "osx",
    "macos",
    "plain",
    "runner",
    "shaded",
    "sources",
    "standalone",
    "test",
    "tests",
    "uber",
    "windows",
];

/// Artifact and version of a file name without its extension; `None` for the version where the name has none.
///
/// `known` are versions that the archive's manifest states: where one of them stands in the name, it decides.
pub(super) fn split<'a>(stem: &'a str, known: &[&str]) -> (&'a str, Option<&'a str>) {
    for version in known {
        if let Some((artifact, version)) = around(stem, version) {
            return (artifact, Some(version));
        }
    }
    let mut places = places(stem).peekable();
    while let Some(at) = places.next() {
        let until = places.peek().copied().unwrap_or(stem.len());
        let between = stem.get(at + 1..until).unwrap_or_default();
        // `log4j-1.2-api-2.17.1`: a word between two numbers that is no qualifier belongs to the artifact.
        let part_of_name = until < stem.len() && between.split('-').skip(1).any(|word| !is_qualifier(word));
        if !part_of_name && let (Some(artifact), Some(rest)) = (stem.get(..at), stem.get(at + 1..)) {
            return (artifact, Some(without_classifier(rest)));
        }
    }
    (stem, None)
}

/// The name around a version that is known to be in it.
fn around<'a>(stem: &'a str, version: &str) -> Option<(&'a str, &'a str)> {
    let at = stem.match_indices(version).map(|(at, _)| at).find(|at| {
        let before = at.checked_sub(1).and_then(|at| stem.as_bytes().get(at));
        let behind = stem.as_bytes().get(at + version.len());
        before == Some(&b'-') && matches!(behind, None | Some(b'-'))
    })?;
    let rest = stem.get(at..)?;
    Some((stem.get(..at.checked_sub(1)?)?, without_classifier(rest)))
        .filter(|(artifact, _)| !artifact.is_empty())
}

/// Places of hyphens before a digit (or `v` and a digit).
fn places(stem: &str) -> impl Iterator<Item = usize> {
    let bytes = stem.as_bytes();
    memchr::memchr_iter(b'-', bytes).filter(move |at| {
        let next = bytes.get(at + 1);
        let number = next.is_some_and(u8::is_ascii_digit)
            || (next == Some(&b'v') && bytes.get(at + 2).is_some_and(u8::is_ascii_digit));
        *at > 0 && number
    })
}

fn is_qualifier(word: &str) -> bool {
    let letters = word.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.');
    let letters =
        letters.split('.').next().unwrap_or_default().trim_end_matches(|c: char| c.is_ascii_digit());
    word.starts_with(|c: char| c.is_ascii_digit())
        || QUALIFIERS.iter().any(|qualifier| letters.eq_ignore_ascii_case(qualifier))
}

fn without_classifier(version: &str) -> &str {
    let mut from = 0;
    while let Some(at) = version.get(from..).and_then(|rest| rest.find('-')).map(|at| from + at) {
        let behind = version.get(at + 1..).unwrap_or_default();
        let word = behind.split('-').next().unwrap_or_default();
        if CLASSIFIERS.contains(&behind) || CLASSIFIERS.contains(&word) {
            return version.get(..at).unwrap_or(version);
        }
        from = at + 1;
    }
    version
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_real_files() {
        for (stem, artifact, version) in [
            ("log4j-core-2.14.1", "log4j-core", "2.14.1"),
            ("log4j-1.2-api-2.17.1", "log4j-1.2-api", "2.17.1"),
            ("guava-31.0.1-jre", "guava", "31.0.1-jre"),
            ("bcprov-jdk15on-1.66", "bcprov-jdk15on", "1.66"),
            ("netty-codec-4.1.67.Final", "netty-codec", "4.1.67.Final"),
            (
                "netty-transport-native-epoll-4.1.67.Final-linux-x86_64",
                "netty-transport-native-epoll",
                "4.1.67.Final",
            ),
            ("jackson-module-scala_2.13-2.13.0", "jackson-module-scala_2.13", "2.13.0"),
            ("jetty-server-9.4.40.v20210413", "jetty-server", "9.4.40.v20210413"),
            ("app-1.0-SNAPSHOT", "app", "1.0-SNAPSHOT"),
            ("app-1.0-20230101.120000-1", "app", "1.0-20230101.120000-1"),
            ("commons-io-2.11.0.redhat-00001", "commons-io", "2.11.0.redhat-00001"),
            ("spring-core-5.0.0.RC1", "spring-core", "5.0.0.RC1"),
            ("hadoop-common-3.3.1-tests", "hadoop-common", "3.3.1"),
            ("javax.el-api-3.0.0-b05", "javax.el-api", "3.0.0-b05"),
            ("foo-1.0.0-beta-3-sources", "foo", "1.0.0-beta-3"),
            ("spock-core-2.0-groovy-3.0", "spock-core-2.0-groovy", "3.0"),
        ] {
            assert_eq!(split(stem, &[]), (artifact, Some(version)), "{stem}");
        }
        assert_eq!(split("app", &[]), ("app", None));
        assert_eq!(split("-1", &[]), ("-1", None));
        assert_eq!(split("", &[]), ("", None));
    }

    #[test]
    fn a_known_version_decides() {
        assert_eq!(
            split("spock-core-2.0-groovy-3.0", &["2.0-groovy-3.0"]),
            ("spock-core", Some("2.0-groovy-3.0"))
        );
        assert_eq!(split("plugin-r239", &["r239"]), ("plugin", Some("r239")));
        assert_eq!(split("a-1.2.3", &["2.3"]), ("a", Some("1.2.3")));
    }
}
