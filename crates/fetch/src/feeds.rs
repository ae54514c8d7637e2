//! Which advisory feeds there are, where they come from, and where they lie.
//!
//! A feed's place on disk is also its path below a mirror: `https://mirror.example/batten` serves
//! `https://mirror.example/batten/osv/PyPI/all.zip`.

use crate::address::encode;
use batten_model::Digest;

const OSV: &str = "https://osv-vulnerabilities.storage.googleapis.com";
const ALPINE: &str = "https://secdb.alpinelinux.org";
const DEBIAN: &str = "https://security-tracker.debian.org/tracker/data/json";
const KEV: &str = "https://www.cisa.gov/sites/default/files/feeds/known_exploited_vulnerabilities.json";
const EPSS: &str = "https://epss.empiricalsecurity.com/epss_scores-current.csv.gz";

/// OSV's names of the ecosystems whose archives are fetched (OSV schema, "Defined ecosystems").
pub const OSV_ECOSYSTEMS: &[&str] = &[
    "AlmaLinux",
    "Alpine",
    "Bitnami",
    "Debian",
    "Go",
    "Maven",
    "NuGet",
    "Packagist",
    "PyPI",
    "Red Hat",
    "Rocky Linux",
    "RubyGems",
    "SUSE",
    "Ubuntu",
    "crates.io",
    "npm",
    "openEuler",
    "openSUSE",
];

/// Alpine's releases whose security database is fetched.
pub const ALPINE_RELEASES: &[&str] =
    &["v3.16", "v3.17", "v3.18", "v3.19", "v3.20", "v3.21", "v3.22", "v3.23", "edge"];

/// What a feed's bytes look like: a login page or a cut file is told from the real one before it replaces anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FeedFormat {
    /// A zip archive.
    Zip,
    /// One JSON value.
    Json,
    /// A gzip stream.
    Gzip,
}

impl FeedFormat {
    /// For people.
    pub fn name(self) -> &'static str {
        match self {
            FeedFormat::Zip => "zip archive",
            FeedFormat::Json => "JSON file",
            FeedFormat::Gzip => "gzip file",
        }
    }
}

/// One feed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Feed {
    /// A short name that is the same in each run, such as `osv/PyPI`.
    pub name: String,
    /// Where it comes from.
    pub url: String,
    /// Where it lies: a relative path of plain names.
    pub file: String,
    /// What its bytes look like.
    pub format: FeedFormat,
    /// Its digest, where it is known beforehand.
    pub digest: Option<Digest>,
}

/// The feeds of an update.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeedSet {
    /// The feeds, with distinct names and files.
    pub feeds: Vec<Feed>,
}

impl Default for FeedSet {
    /// Every feed from its publisher.
    fn default() -> FeedSet {
        let mut feeds = Vec::new();
        for ecosystem in OSV_ECOSYSTEMS {
            let url = format!("{OSV}/{}/all.zip", encode(ecosystem));
            feeds.push(feed(
                format!("osv/{ecosystem}"),
                url,
                format!("osv/{ecosystem}/all.zip"),
                FeedFormat::Zip,
            ));
        }
        for release in ALPINE_RELEASES {
            for branch in ["main", "community"] {
                let name = format!("alpine-secdb/{release}/{branch}");
                let file = format!("{name}.json");
                feeds.push(feed(name, format!("{ALPINE}/{release}/{branch}.json"), file, FeedFormat::Json));
            }
        }
        let single = [
            ("debian-tracker", DEBIAN, "debian-tracker/tracker.json", FeedFormat::Json),
            ("kev", KEV, "kev/known_exploited_vulnerabilities.json", FeedFormat::Json),
            ("epss", EPSS, "epss/epss_scores-current.csv.gz", FeedFormat::Gzip),
        ];
        feeds.extend(
            single.map(|(name, url, file, format)| {
                feed(name.to_owned(), url.to_owned(), file.to_owned(), format)
            }),
        );
        FeedSet { feeds }
    }
}

fn feed(name: String, url: String, file: String, format: FeedFormat) -> Feed {
    Feed { name, url, file, format, digest: None }
}

impl FeedSet {
    /// The same feeds, all from one mirror: its address, and each feed's file below it.
    #[must_use]
    pub fn from_mirror(mut self, base: &str) -> FeedSet {
        let base = base.trim_end_matches('/');
        for feed in &mut self.feeds {
            let path: Vec<String> = feed.file.split('/').map(encode).collect();
            feed.url = format!("{base}/{}", path.join("/"));
        }
        self
    }

    /// The feeds whose name is one of `names` or lies below one (`osv` is all of OSV's); and the names that fit none.
    pub fn only(mut self, names: &[String]) -> (FeedSet, Vec<String>) {
        let fits = |feed: &Feed, name: &str| {
            feed.name == name || feed.name.strip_prefix(name).is_some_and(|rest| rest.starts_with('/'))
        };
        let unknown =
            names.iter().filter(|name| !self.feeds.iter().any(|feed| fits(feed, name))).cloned().collect();
        self.feeds.retain(|feed| names.iter().any(|name| fits(feed, name)));
        (self, unknown)
    }

    /// Changes the address of the feed `name`; false where there is none.
    pub fn set_url(&mut self, name: &str, url: &str) -> bool {
        let feed = self.feeds.iter_mut().find(|feed| feed.name == name);
        feed.map(|feed| url.clone_into(&mut feed.url)).is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn names_and_files_are_distinct_and_plain() {
        let set = FeedSet::default();
        let names: BTreeSet<&str> = set.feeds.iter().map(|feed| feed.name.as_str()).collect();
        let files: BTreeSet<&str> = set.feeds.iter().map(|feed| feed.file.as_str()).collect();
        assert_eq!((names.len(), files.len()), (set.feeds.len(), set.feeds.len()));
        for feed in &set.feeds {
            assert!(feed.url.starts_with("https://"), "{}", feed.url);
            assert!(crate::address::Address::parse(&feed.url).is_ok(), "{}", feed.url);
        }
    }

    #[test]
    fn a_mirror_serves_all() {
        let mut set = FeedSet::default().from_mirror("https://m.example/b/");
        let url = |set: &FeedSet, name: &str| set.feeds.iter().find(|f| f.name == name).unwrap().url.clone();
        assert_eq!(url(&set, "osv/Rocky Linux"), "https://m.example/b/osv/Rocky%20Linux/all.zip");
        assert_eq!(url(&set, "epss"), "https://m.example/b/epss/epss_scores-current.csv.gz");
        assert!(set.set_url("kev", "https://k.example/kev.json") && !set.set_url("x", "y"));
        let (only, unknown) = set.only(&["kev".to_owned(), "alpine-secdb/edge".to_owned(), "os".to_owned()]);
        assert_eq!(only.feeds.len(), 3);
        assert_eq!(unknown, ["os"]);
    }
}
