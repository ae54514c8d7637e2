//! Names of buckets in a Trivy database, and the ecosystems that they stand for.

/// What a top-level bucket is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Bucket {
    /// Advisories of an ecosystem.
    Ecosystem(String),
    /// Red Hat's advisories, whose ecosystem depends on the products of each entry.
    RedHat,
    /// `vulnerability`: scores of each vulnerability.
    Vulnerability,
    /// `data-source`: which source each bucket comes from.
    DataSource,
    /// `Red Hat CPE`: products by number.
    RedHatProducts,
    /// Something that is not needed, or not known.
    Other,
}

/// Languages, by the part before `::`.
const LANGUAGES: &[(&str, &str)] = &[
    ("bitnami", "Bitnami"),
    ("cargo", "crates.io"),
    ("cocoapods", "CocoaPods"),
    ("composer", "Packagist"),
    ("conan", "ConanCenter"),
    ("erlang", "Hex"),
    ("go", "Go"),
    ("julia", "Julia"),
    ("k8s", "kubernetes"),
    ("maven", "Maven"),
    ("npm", "npm"),
    ("nuget", "NuGet"),
    ("pip", "PyPI"),
    ("pub", "Pub"),
    ("rubygems", "RubyGems"),
    ("swift", "SwiftURL"),
];

/// Distributions, by the part before the release.
const DISTRIBUTIONS: &[(&str, &str)] = &[
    ("Azure Linux ", "Azure Linux:"),
    ("CBL-Mariner ", "CBL-Mariner:"),
    ("Oracle Linux ", "Oracle Linux:"),
    ("Photon OS ", "Photon OS:"),
    ("alma ", "AlmaLinux:"),
    ("amazon linux ", "Amazon Linux:"),
    ("debian ", "Debian:"),
    ("fedora ", "Fedora:"),
    ("openSUSE Leap Micro ", "openSUSE:Leap Micro "),
    ("openSUSE Leap ", "openSUSE:Leap "),
    ("rocky ", "Rocky Linux:"),
];

/// Distributions without releases.
const ROLLING: &[(&str, &str)] = &[
    ("chainguard", "Chainguard"),
    ("echo", "Echo"),
    ("minimos", "MinimOS"),
    ("openSUSE Tumbleweed", "openSUSE:Tumbleweed"),
    ("wolfi", "Wolfi"),
];

/// What a top-level bucket's name says.
pub(super) fn bucket(name: &str) -> Bucket {
    match name {
        "vulnerability" => return Bucket::Vulnerability,
        "data-source" => return Bucket::DataSource,
        "Red Hat CPE" => return Bucket::RedHatProducts,
        "Red Hat" => return Bucket::RedHat,
        _ => {}
    }
    if let Some((language, _)) = name.split_once("::") {
        return named(LANGUAGES, language)
            .map_or(Bucket::Other, |ecosystem| Bucket::Ecosystem(ecosystem.to_owned()));
    }
    if let Some(ecosystem) = named(ROLLING, name) {
        return Bucket::Ecosystem(ecosystem.to_owned());
    }
    if let Some(release) = name.strip_prefix("alpine ") {
        let release = if release == "edge" {
            release.to_owned()
        } else {
            format!("v{}", release.trim_start_matches('v'))
        };
        return Bucket::Ecosystem(format!("Alpine:{release}"));
    }
    if let Some(release) = name.strip_prefix("ubuntu ") {
        return Bucket::Ecosystem(ubuntu(release));
    }
    if let Some(release) = name.strip_prefix("SUSE Linux Enterprise ").and_then(suse) {
        return Bucket::Ecosystem(release);
    }
    DISTRIBUTIONS
        .iter()
        .find_map(|(front, ecosystem)| Some(format!("{ecosystem}{}", name.strip_prefix(front)?)))
        .map_or(Bucket::Other, Bucket::Ecosystem)
}

fn named(table: &[(&'static str, &'static str)], name: &str) -> Option<&'static str> {
    table.iter().find(|(known, _)| *known == name).map(|(_, ecosystem)| *ecosystem)
}

/// OSV writes `:LTS` behind the releases of April in even years.
fn ubuntu(release: &str) -> String {
    let is_lts = release
        .split_once('.')
        .is_some_and(|(year, month)| month == "04" && year.parse::<u16>().is_ok_and(|year| year % 2 == 0));
    format!("Ubuntu:{release}{}", if is_lts { ":LTS" } else { "" })
}

/// `15.5` is service pack 5 of release 15; `Micro 5.5` and `15` stay.
fn suse(release: &str) -> Option<String> {
    if let Some(micro) = release.strip_prefix("Micro ") {
        return Some(format!("SUSE:Linux Enterprise Micro {micro}"));
    }
    Some(match release.split_once('.') {
        Some((major, pack)) => format!("SUSE:Linux Enterprise Server {major} SP{pack}"),
        None => format!("SUSE:Linux Enterprise Server {release}"),
    })
}

/// OSV's ecosystem of a Red Hat product: `cpe:/o:redhat:enterprise_linux:9::baseos` is
/// `Red Hat:enterprise_linux:9::baseos`.
pub(super) fn red_hat(cpe: &str) -> Option<String> {
    let product = cpe.strip_prefix("cpe:/")?.split_once(":redhat:")?.1;
    (product.len() <= 200).then(|| format!("Red Hat:{product}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_are_ecosystems() {
        for (name, expected) in [
            ("debian 12", "Debian:12"),
            ("alpine 3.18", "Alpine:v3.18"),
            ("alpine edge", "Alpine:edge"),
            ("ubuntu 22.04", "Ubuntu:22.04:LTS"),
            ("ubuntu 23.10", "Ubuntu:23.10"),
            ("npm::GitHub Security Advisory npm", "npm"),
            ("pip::Open Source Vulnerability", "PyPI"),
            ("SUSE Linux Enterprise 15.5", "SUSE:Linux Enterprise Server 15 SP5"),
            ("SUSE Linux Enterprise Micro 5.5", "SUSE:Linux Enterprise Micro 5.5"),
            ("openSUSE Leap 15.5", "openSUSE:Leap 15.5"),
            ("wolfi", "Wolfi"),
            ("amazon linux 2", "Amazon Linux:2"),
        ] {
            assert_eq!(bucket(name), Bucket::Ecosystem(expected.to_owned()), "{name}");
        }
        assert_eq!(bucket("archlinux"), Bucket::Other);
        assert_eq!(
            red_hat("cpe:/o:redhat:enterprise_linux:9::baseos").unwrap(),
            "Red Hat:enterprise_linux:9::baseos"
        );
    }
}
