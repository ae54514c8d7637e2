//! Debian's codenames and the release numbers under which OSV and inventories know them.

/// A release of Debian.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Release {
    /// Codename, as the tracker writes it.
    pub(super) codename: &'static str,
    /// OSV's name.
    pub(super) ecosystem: &'static str,
    /// Whether a note without a release is about it too: the tracker still follows it.
    pub(super) followed: bool,
    /// Whether unstable's versions reach it as they are (unstable itself and testing).
    pub(super) rolling: bool,
}

const fn release(codename: &'static str, ecosystem: &'static str, followed: bool, rolling: bool) -> Release {
    Release { codename, ecosystem, followed, rolling }
}

/// All that the tracker's files name, the newest last.
pub(super) const RELEASES: &[Release] = &[
    release("woody", "Debian:3.0", false, false),
    release("sarge", "Debian:3.1", false, false),
    release("etch", "Debian:4.0", false, false),
    release("lenny", "Debian:5.0", false, false),
    release("squeeze", "Debian:6.0", false, false),
    release("wheezy", "Debian:7", false, false),
    release("jessie", "Debian:8", false, false),
    release("stretch", "Debian:9", false, false),
    release("buster", "Debian:10", true, false),
    release("bullseye", "Debian:11", true, false),
    release("bookworm", "Debian:12", true, false),
    release("trixie", "Debian:13", true, false),
    release("forky", "Debian:14", true, true),
    release("duke", "Debian:15", false, false),
    release("sid", "Debian:sid", true, true),
];

/// The release of a codename; suffixes of its suites (`bookworm-security`, `bullseye-lts`) are taken off.
pub(super) fn by_codename(name: &str) -> Option<&'static Release> {
    let front = name.split(['-', '/']).next().unwrap_or_default();
    let front = if front == "unstable" { "sid" } else { front };
    RELEASES.iter().find(|release| release.codename == front)
}
