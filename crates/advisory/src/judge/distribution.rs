//! A distribution's release as OSV's ecosystems (OSV schema, "Defined ecosystems"), as far as the database has them.

use super::source::AdvisorySource;
use batten_model::{Date, Judged, Observed, OsRelease, Text};

/// Whether a distribution's advisories name source packages or the packages that are installed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Naming {
    /// Debian, Ubuntu, Alpine.
    Source,
    /// Red Hat and what is made from it.
    Binary,
    /// SUSE, openEuler, Mageia: sources, and now and then what is built from them.
    Both,
}

/// The distribution that OS packages are judged by.
#[derive(Debug, Clone)]
pub(super) struct Distribution {
    /// OSV's name with the release, or what os-release calls it.
    pub(super) name: String,
    /// Ecosystems of the database that are asked; empty where it has none.
    pub(super) ecosystems: Vec<String>,
    /// Those that hold for packages of Ubuntu's extended maintenance alone.
    pub(super) extended: Vec<String>,
    /// What advisories name.
    pub(super) naming: Naming,
    /// How far it is judged.
    pub(super) judged: Judged,
    /// Why not fully.
    pub(super) reason: Text,
    /// The newest feed's day.
    pub(super) feed_date: Option<Date>,
}

/// How the database may call a release.
enum Names {
    /// The first of these that is there.
    FirstOf(Vec<String>),
    /// All that are equal to the text or begin with it and a colon (Red Hat has one for each repository).
    Under(String),
    /// All of a base that end with the text (SUSE has one for each module).
    Ending { base: &'static str, end: String },
}

impl Distribution {
    /// The distribution that os-release names.
    pub(super) fn of(os: &Observed<OsRelease>, database: &dyn AdvisorySource) -> Distribution {
        match os {
            Observed::Present(os) => Distribution::of_release(os, database),
            Observed::Absent => Distribution::unknown(Text::new(
                "there is no os-release file, so the distribution is unknown",
                "没有 os-release 文件，无法得知发行版",
            )),
            Observed::Unknown(why) => Distribution::unknown(Text::new(
                format!("the distribution could not be told: {}", why.en),
                format!("无法确定发行版：{}", why.zh),
            )),
        }
    }

    fn unknown(reason: Text) -> Distribution {
        Distribution {
            name: "unknown distribution".to_owned(),
            ecosystems: Vec::new(),
            extended: Vec::new(),
            naming: Naming::Source,
            judged: Judged::No,
            reason,
            feed_date: None,
        }
    }

    fn of_release(os: &OsRelease, database: &dyn AdvisorySource) -> Distribution {
        let Some((names, naming)) = names(os) else {
            let name = called(os);
            return Distribution { name: name.clone(), ..Distribution::unknown(no_source(&name)) };
        };
        let ecosystems = names.known(database);
        let name = names.title(&ecosystems);
        if ecosystems.is_empty() {
            return Distribution { name: name.clone(), naming, ..Distribution::unknown(no_source(&name)) };
        }
        let infos: Vec<_> = ecosystems.iter().filter_map(|e| database.ecosystem(e)).collect();
        let worst = infos.iter().max_by_key(|info| info.judged);
        let extended = Names::FirstOf(vec![format!("Ubuntu:Pro:{}:LTS", os.version_id)]);
        Distribution {
            name,
            extended: if os.id == "ubuntu" { extended.known(database) } else { Vec::new() },
            naming,
            judged: worst.map_or(Judged::Full, |info| info.judged),
            reason: worst.map(|info| info.reason.clone()).unwrap_or_default(),
            feed_date: infos.iter().filter_map(|info| info.feed_date).max(),
            ecosystems,
        }
    }
}

impl Names {
    fn known(&self, database: &dyn AdvisorySource) -> Vec<String> {
        match self {
            Names::FirstOf(names) => {
                names.iter().find(|name| database.ecosystem(name).is_some()).cloned().into_iter().collect()
            }
            Names::Under(name) => {
                let below = |known: &String| {
                    known
                        .strip_prefix(name.as_str())
                        .is_some_and(|rest| rest.is_empty() || rest.starts_with(':'))
                };
                database.ecosystems().into_iter().filter(below).collect()
            }
            Names::Ending { base, end } => {
                let fits = |known: &String| {
                    known
                        .split_once(':')
                        .is_some_and(|(b, release)| b == *base && release.ends_with(end.as_str()))
                };
                database.ecosystems().into_iter().filter(fits).collect()
            }
        }
    }

    fn title(&self, known: &[String]) -> String {
        match self {
            Names::FirstOf(names) => known.first().or(names.first()).cloned().unwrap_or_default(),
            Names::Under(name) => name.clone(),
            Names::Ending { base, end } => format!("{base}:{}", end.trim_start()),
        }
    }
}

fn no_source(name: &str) -> Text {
    Text::new(
        format!(
            "the database has no advisories on {name}; add its feed with `batten db build` or `batten db update`"
        ),
        format!("数据库中没有 {name} 的公告；请用 `batten db build` 或 `batten db update` 加入其数据源"),
    )
}

/// As os-release names it.
fn called(os: &OsRelease) -> String {
    match (os.name.is_empty(), os.distro_qualifier()) {
        (false, _) => os.name.clone(),
        (true, qualifier) if !qualifier.is_empty() => qualifier,
        _ => "unknown distribution".to_owned(),
    }
}

fn names(os: &OsRelease) -> Option<(Names, Naming)> {
    let (version, major) = (os.version_id.as_str(), os.major());
    let first = |names: Vec<String>| Names::FirstOf(names);
    Some(match os.id.as_str() {
        "debian" | "raspbian" => (first(debian(os)), Naming::Source),
        "ubuntu" | "pop" => {
            (first(vec![format!("Ubuntu:{version}:LTS"), format!("Ubuntu:{version}")]), Naming::Source)
        }
        "alpine" => (first(vec![alpine(version)]), Naming::Source),
        "wolfi" => (first(vec!["Wolfi".to_owned()]), Naming::Source),
        "chainguard" => (first(vec!["Chainguard".to_owned(), "Wolfi".to_owned()]), Naming::Source),
        "alpaquita" => {
            (first(vec![format!("Alpaquita:{version}"), "Alpaquita:stream".to_owned()]), Naming::Source)
        }
        "rhel" | "redhat" | "centos" => {
            (Names::Under(format!("Red Hat:enterprise_linux:{major}")), Naming::Binary)
        }
        "rocky" => (first(vec![format!("Rocky Linux:{major}")]), Naming::Binary),
        "almalinux" => (first(vec![format!("AlmaLinux:{major}")]), Naming::Binary),
        "ol" | "oraclelinux" => (first(vec![format!("Oracle Linux:{major}")]), Naming::Binary),
        "amzn" => (first(vec![format!("Amazon Linux:{version}")]), Naming::Binary),
        "fedora" => (first(vec![format!("Fedora:{version}")]), Naming::Binary),
        "photon" => (first(vec![format!("Photon OS:{version}")]), Naming::Binary),
        "mariner" => (first(vec![format!("CBL-Mariner:{version}")]), Naming::Both),
        "azurelinux" => {
            (first(vec![format!("Azure Linux:{major}"), format!("Azure Linux:{version}")]), Naming::Both)
        }
        "mageia" => (first(vec![format!("Mageia:{version}")]), Naming::Both),
        "openeuler" => (first(openeuler(os)), Naming::Both),
        "opensuse-leap" => (first(vec![format!("openSUSE:Leap {version}")]), Naming::Both),
        "opensuse-tumbleweed" => (first(vec!["openSUSE:Tumbleweed".to_owned()]), Naming::Both),
        "sles" | "sled" | "sle_hpc" => (Names::Ending { base: "SUSE", end: suse(version) }, Naming::Both),
        _ => return None,
    })
}

/// Testing and unstable have no `VERSION_ID`, and share their codename.
fn debian(os: &OsRelease) -> Vec<String> {
    const RELEASES: &[(&str, &str)] = &[
        ("wheezy", "7"),
        ("jessie", "8"),
        ("stretch", "9"),
        ("buster", "10"),
        ("bullseye", "11"),
        ("bookworm", "12"),
        ("trixie", "13"),
        ("forky", "14"),
        ("duke", "15"),
        ("sid", "sid"),
    ];
    let by_codename =
        RELEASES.iter().find(|(codename, _)| *codename == os.codename).map(|(_, release)| *release);
    let release = if os.version_id.is_empty() { by_codename.unwrap_or("sid") } else { os.major() };
    let mut names = vec![format!("Debian:{release}")];
    if os.version_id.is_empty() && os.name.contains("/sid") {
        names.push("Debian:sid".to_owned());
    }
    names
}

/// `3.18.4` is of the branch v3.18; edge calls itself after the coming release, with `_alpha` behind it.
fn alpine(version: &str) -> String {
    let mut parts = version.split('.');
    match (parts.next(), parts.next()) {
        (Some(major), Some(minor)) if !version.contains('_') && !major.is_empty() => {
            format!("Alpine:v{major}.{minor}")
        }
        _ => "Alpine:edge".to_owned(),
    }
}

/// The service pack is in the long name only: `openEuler 22.03 (LTS-SP3)`.
fn openeuler(os: &OsRelease) -> Vec<String> {
    let pack =
        os.name.split_once('(').and_then(|(_, rest)| rest.split_once(')')).map(|(pack, _)| pack.trim());
    let mut names = Vec::new();
    if let Some(pack) = pack.filter(|pack| !pack.is_empty()) {
        names.push(format!("openEuler:{}-{pack}", os.version_id));
    }
    names.push(format!("openEuler:{}", os.version_id));
    names
}

/// `15.5` is called ` 15 SP5`.
fn suse(version: &str) -> String {
    match version.split_once('.') {
        Some((major, pack)) => format!(" {major} SP{pack}"),
        None => format!(" {version}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judge::source::Memory;

    fn asked(text: &str, known: &[&str]) -> (String, Vec<String>) {
        let mut database = Memory::default();
        for name in known {
            database.add_ecosystem(name, Judged::Full, None, Text::default());
        }
        let found = Distribution::of(&Observed::Present(OsRelease::parse(text)), &database);
        assert_eq!(found.ecosystems.is_empty(), found.judged == Judged::No);
        (found.name, found.ecosystems)
    }

    #[test]
    fn releases_find_their_ecosystem() {
        let one = |text: &str, name: &str| {
            assert_eq!(asked(text, &[name]), (name.to_owned(), vec![name.to_owned()]), "{text}");
        };
        one("ID=debian\nVERSION_ID=\"12\"", "Debian:12");
        one("ID=debian\nVERSION_CODENAME=forky\nPRETTY_NAME=\"Debian GNU/Linux forky/sid\"", "Debian:14");
        one("ID=debian\nVERSION_CODENAME=forky\nPRETTY_NAME=\"Debian GNU/Linux forky/sid\"", "Debian:sid");
        one("ID=ubuntu\nVERSION_ID=\"22.04\"", "Ubuntu:22.04:LTS");
        one("ID=ubuntu\nVERSION_ID=\"23.10\"", "Ubuntu:23.10");
        one("ID=alpine\nVERSION_ID=3.18.4", "Alpine:v3.18");
        one("ID=alpine\nVERSION_ID=3.22_alpha20250108", "Alpine:edge");
        one("ID=rocky\nVERSION_ID=9.3", "Rocky Linux:9");
        one(
            "ID=openEuler\nVERSION_ID=22.03\nPRETTY_NAME=\"openEuler 22.03 (LTS-SP3)\"",
            "openEuler:22.03-LTS-SP3",
        );
        one("ID=opensuse-leap\nVERSION_ID=15.5", "openSUSE:Leap 15.5");
        one("ID=wolfi\nVERSION_ID=20230201", "Wolfi");
        one("ID=chainguard\nVERSION_ID=20230214", "Wolfi");
    }

    #[test]
    fn several_ecosystems_and_none() {
        let known = [
            "Red Hat:enterprise_linux:9::baseos",
            "Red Hat:enterprise_linux:9::appstream",
            "Red Hat:enterprise_linux:8::baseos",
        ];
        let (name, found) = asked("ID=rhel\nVERSION_ID=9.2", &known);
        assert_eq!((name.as_str(), found.len()), ("Red Hat:enterprise_linux:9", 2));
        let (name, found) = asked(
            "ID=sles\nVERSION_ID=15.5",
            &["SUSE:Linux Enterprise Server 15 SP5", "SUSE:Linux Enterprise Server 12 SP5"],
        );
        assert_eq!((name.as_str(), found.len()), ("SUSE:15 SP5", 1));
        assert_eq!(asked("ID=debian\nVERSION_ID=13", &["Debian:12"]), ("Debian:13".to_owned(), vec![]));
        assert_eq!(
            asked("ID=kylin\nNAME=\"Kylin Linux Advanced Server\"\nVERSION_ID=V10", &[]).0,
            "Kylin Linux Advanced Server"
        );
        let unknown = Distribution::of(&Observed::Absent, &Memory::default());
        assert!(unknown.judged == Judged::No && !unknown.reason.zh.is_empty());
    }
}
