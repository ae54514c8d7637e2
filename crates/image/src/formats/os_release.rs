//! The distribution: os-release(5), and the release files that families had before it and still have beside it.

use crate::content::File;
use crate::facts::Facts;
use crate::formats::{Format, FormatError, Wants};
use batten_model::OsRelease;

pub(crate) const FORMAT: Format = Format {
    name: "os_release",
    version: 1,
    wants: &[
        Wants::Path("etc/SuSE-release"),
        Wants::Path("etc/alinux-release"),
        Wants::Path("etc/almalinux-release"),
        Wants::Path("etc/alpine-release"),
        Wants::Path("etc/amazon-linux-release"),
        Wants::Path("etc/anolis-release"),
        Wants::Path("etc/centos-release"),
        Wants::Path("etc/debian_version"),
        Wants::Path("etc/euleros-release"),
        Wants::Path("etc/fedora-release"),
        Wants::Path("etc/kylin-release"),
        Wants::Path("etc/lsb-release"),
        Wants::Path("etc/mariner-release"),
        Wants::Path("etc/openEuler-release"),
        Wants::Path("etc/oracle-release"),
        Wants::Path("etc/os-release"),
        Wants::Path("etc/redhat-release"),
        Wants::Path("etc/rocky-release"),
        Wants::Path("etc/system-release"),
        Wants::Path("etc/uos-release"),
        Wants::Path("usr/lib/os-release"),
        Wants::Path("usr/lib/system-release"),
    ],
    database: false,
    parse,
};

const MAX_BYTES: u64 = 1 << 20;

/// What a release line begins with, in lower case, and the `ID` that os-release of the same distribution has. The
/// first that fits counts.
const PRODUCTS: &[(&str, &str)] = &[
    ("alibaba cloud linux", "alinux"),
    ("aliyun linux", "alinux"),
    ("almalinux", "almalinux"),
    ("amazon linux", "amzn"),
    ("anolis os", "anolis"),
    ("asianux", "asianux"),
    ("cbl-mariner", "mariner"),
    ("centos", "centos"),
    ("circle linux", "circle"),
    ("euleros", "euleros"),
    ("eurolinux", "eurolinux"),
    ("fedora", "fedora"),
    ("kylin", "kylin"),
    ("microsoft azure linux", "azurelinux"),
    ("miracle linux", "miraclelinux"),
    ("navylinux", "navylinux"),
    ("opencloudos", "opencloudos"),
    ("openeuler", "openeuler"),
    ("opensuse tumbleweed", "opensuse-tumbleweed"),
    ("opensuse leap", "opensuse-leap"),
    ("opensuse", "opensuse"),
    ("oracle linux", "ol"),
    ("enterprise linux enterprise linux", "ol"),
    ("red hat", "rhel"),
    ("rocky linux", "rocky"),
    ("scientific linux", "scientific"),
    ("suse linux enterprise desktop", "sled"),
    ("suse linux enterprise", "sles"),
    ("tencentos", "tencentos"),
    ("tencent tlinux", "tencentos"),
    ("uniontech os", "uos"),
    ("uos", "uos"),
    ("virtuozzo", "virtuozzo"),
];

fn parse(file: &File<'_>) -> Result<Facts, FormatError> {
    let bytes = file.bytes(MAX_BYTES)?;
    let text = String::from_utf8_lossy(&bytes);
    let text = text.trim_start_matches('\u{feff}');
    let os = match file.name() {
        "os-release" => Some(OsRelease::parse(text)),
        "alpine-release" => first_line(text).map(|line| release("alpine", line, "Alpine Linux ")),
        "debian_version" => first_line(text).map(debian),
        "lsb-release" => lsb(text),
        "SuSE-release" => suse(text),
        _ => first_line(text).and_then(release_line),
    };
    let os = os.filter(|os| !os.id.is_empty() || !os.name.is_empty() || !os.version_id.is_empty());
    Ok(Facts { os, ..Facts::default() })
}

fn first_line(text: &str) -> Option<&str> {
    text.lines()
        .map(str::trim)
        .find(|line| !line.is_empty() && !line.starts_with('#'))
        .filter(|l| l.len() <= 1024)
}

fn release(id: &str, version: &str, prefix: &str) -> OsRelease {
    OsRelease {
        id: id.to_owned(),
        version_id: version.to_owned(),
        name: format!("{prefix}{version}"),
        ..OsRelease::default()
    }
}

/// `12.4` for releases, `trixie/sid` for testing and unstable.
fn debian(line: &str) -> OsRelease {
    let mut os = release("debian", "", "Debian GNU/Linux ");
    os.name.push_str(line);
    if line.starts_with(|c: char| c.is_ascii_digit()) {
        os.version_id = line.split('.').next().unwrap_or_default().to_owned();
    } else {
        os.codename = line.split('/').next().unwrap_or_default().to_ascii_lowercase();
    }
    os
}

/// `<Product> release <version> (<codename>)`: Red Hat and all that is made from it.
fn release_line(line: &str) -> Option<OsRelease> {
    let lower = line.to_ascii_lowercase();
    let id = PRODUCTS.iter().find(|(product, _)| lower.starts_with(*product)).map(|(_, id)| *id)?;
    let words: Vec<&str> = line.split_whitespace().collect();
    let stated = words.iter().position(|word| word.eq_ignore_ascii_case("release"));
    let version = match stated {
        Some(at) => words.get(at + 1).copied(),
        None => words.iter().copied().find(|word| word.starts_with(|c: char| c.is_ascii_digit())),
    };
    let codename = line.split_once('(').and_then(|(_, rest)| rest.split_once(')')).map(|(inside, _)| inside);
    Some(OsRelease {
        id: id.to_owned(),
        version_id: version.unwrap_or_default().trim_matches(['(', ')', ',']).to_owned(),
        codename: codename.filter(|_| stated.is_some()).unwrap_or_default().to_owned(),
        name: line.to_owned(),
        ..OsRelease::default()
    })
}

/// The product in the first line, and `VERSION = 11`, `PATCHLEVEL = 4` below it.
fn suse(text: &str) -> Option<OsRelease> {
    let mut os = release_line(first_line(text)?)?;
    let value = |key: &str| {
        text.lines()
            .filter_map(|line| line.split_once('='))
            .find(|(k, _)| k.trim() == key)
            .map(|(_, v)| v.trim())
    };
    if let Some(version) = value("VERSION").filter(|version| !version.is_empty()) {
        version.clone_into(&mut os.version_id);
        if let Some(patch) = value("PATCHLEVEL").filter(|patch| !matches!(*patch, "" | "0")) {
            os.version_id = format!("{version}.{patch}");
        }
    }
    Some(os)
}

/// `DISTRIB_ID`, `DISTRIB_RELEASE`, `DISTRIB_CODENAME`, `DISTRIB_DESCRIPTION` (lsb_release).
fn lsb(text: &str) -> Option<OsRelease> {
    let translated: String = text
        .lines()
        .filter_map(|line| line.trim().strip_prefix("DISTRIB_")?.split_once('='))
        .filter_map(|(key, value)| {
            let key = match key.trim() {
                "ID" => "ID",
                "RELEASE" => "VERSION_ID",
                "CODENAME" => "VERSION_CODENAME",
                "DESCRIPTION" => "PRETTY_NAME",
                _ => return None,
            };
            Some(format!("{key}={value}\n"))
        })
        .collect();
    let mut os = OsRelease::parse(&translated);
    if os.id.contains(' ') {
        let product = PRODUCTS.iter().find(|(product, _)| os.id.starts_with(*product));
        os.id = product.map_or_else(|| os.id.replace(' ', "-"), |(_, id)| (*id).to_owned());
    }
    Some(os).filter(|os| !os.id.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(path: &str, text: &str) -> Option<(String, String, String)> {
        let facts = parse(&File { path, mode: 0o644, content: &text.as_bytes().to_vec() }).unwrap();
        facts.os.map(|os| (os.id, os.version_id, os.codename))
    }

    fn is(path: &str, text: &str, id: &str, version: &str, codename: &str) {
        assert_eq!(read(path, text), Some((id.into(), version.into(), codename.into())), "{text}");
    }

    #[test]
    fn release_lines_of_rpm_families() {
        let red_hat = "etc/redhat-release";
        is(red_hat, "Red Hat Enterprise Linux Server release 7.9 (Maipo)\n", "rhel", "7.9", "Maipo");
        is(red_hat, "CentOS Linux release 7.9.2009 (Core)\n", "centos", "7.9.2009", "Core");
        is(red_hat, "CentOS Stream release 9\n", "centos", "9", "");
        is(red_hat, "CentOS release 6.10 (Final)\n", "centos", "6.10", "Final");
        is(red_hat, "Rocky Linux release 9.1 (Blue Onyx)", "rocky", "9.1", "Blue Onyx");
        is(red_hat, "AlmaLinux release 8.7 (Stone Smilodon)", "almalinux", "8.7", "Stone Smilodon");
        is("etc/oracle-release", "Oracle Linux Server release 8.7", "ol", "8.7", "");
        is("etc/fedora-release", "Fedora release 37 (Thirty Seven)", "fedora", "37", "Thirty Seven");
        is("etc/system-release", "Amazon Linux release 2 (Karoo)", "amzn", "2", "Karoo");
        is("etc/system-release", "Amazon Linux AMI release 2018.03", "amzn", "2018.03", "");
        is("etc/openEuler-release", "openEuler release 22.03 (LTS-SP1)", "openeuler", "22.03", "LTS-SP1");
        is("etc/anolis-release", "Anolis OS release 8.6", "anolis", "8.6", "");
        is(
            "etc/system-release",
            "Alibaba Cloud Linux release 3 (Soaring Falcon)",
            "alinux",
            "3",
            "Soaring Falcon",
        );
        is(
            "etc/system-release",
            "Aliyun Linux release 2.1903 LTS (Hunting Beagle)",
            "alinux",
            "2.1903",
            "Hunting Beagle",
        );
        is("etc/kylin-release", "Kylin Linux Advanced Server release V10 (Sword)", "kylin", "V10", "Sword");
        is("etc/uos-release", "UnionTech OS Server release 20 (kongzi)", "uos", "20", "kongzi");
        is(
            "etc/mariner-release",
            "CBL-Mariner 2.0.20220713\nMARINER_BUILD_NUMBER=1\n",
            "mariner",
            "2.0.20220713",
            "",
        );
    }

    #[test]
    fn other_release_files() {
        is("etc/alpine-release", "3.18.4\n", "alpine", "3.18.4", "");
        is("etc/debian_version", "12.4\n", "debian", "12", "");
        is("etc/debian_version", "trixie/sid\n", "debian", "", "trixie");
        let lsb = "DISTRIB_ID=Ubuntu\nDISTRIB_RELEASE=14.04\nDISTRIB_CODENAME=trusty\nDISTRIB_DESCRIPTION=\"Ubuntu 14.04\"\n";
        is("etc/lsb-release", lsb, "ubuntu", "14.04", "trusty");
        let suse = "SUSE Linux Enterprise Server 11 (x86_64)\nVERSION = 11\nPATCHLEVEL = 4\n";
        is("etc/SuSE-release", suse, "sles", "11.4", "");
        is(
            "etc/SuSE-release",
            "openSUSE 13.1 (x86_64)\nVERSION = 13.1\nCODENAME = Bottle\n",
            "opensuse",
            "13.1",
            "",
        );
    }

    #[test]
    fn what_is_no_release_file_gives_nothing() {
        assert_eq!(read("etc/redhat-release", "hello\n"), None);
        assert_eq!(read("etc/os-release", "\0\0"), None);
        assert_eq!(read("etc/lsb-release", "LSB_VERSION=1\n"), None);
        assert_eq!(read("etc/alpine-release", ""), None);
    }
}
