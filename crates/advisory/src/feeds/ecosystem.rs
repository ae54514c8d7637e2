//! Names of ecosystems and of packages in them, spelled so that a feed and an inventory agree.

use std::borrow::Cow;

/// Bases of OSV's ecosystem names that are distributions: their packages are judged per release, and their feeds
/// may know fixed versions only (OSV schema, "Defined ecosystems").
const DISTRIBUTIONS: &[&str] = &[
    "Alpaquita",
    "AlmaLinux",
    "Alpine",
    "Amazon Linux",
    "Azure Linux",
    "BellSoft Hardened Containers",
    "CBL-Mariner",
    "CentOS",
    "Chainguard",
    "CleanStart",
    "Debian",
    "Docker Hardened Images",
    "Echo",
    "Fedora",
    "Mageia",
    "MinimOS",
    "Oracle Linux",
    "Photon OS",
    "Red Hat",
    "Rocky Linux",
    "Root",
    "SUSE",
    "TuxCare",
    "Ubuntu",
    "Wolfi",
    "openEuler",
    "openSUSE",
];

/// OSV's spelling of an ecosystem. The folder `crates-io` stands for `crates.io`, and a Debian codename or a bare
/// Alpine release number for what OSV writes.
pub fn canonical(name: &str) -> Cow<'_, str> {
    let name = name.trim();
    match name {
        "crates-io" => Cow::Borrowed("crates.io"),
        "pypi" | "Pypi" => Cow::Borrowed("PyPI"),
        _ => match name.split_once(':') {
            Some(("Alpine", release)) if release.starts_with(|c: char| c.is_ascii_digit()) => {
                Cow::Owned(format!("Alpine:v{release}"))
            }
            _ => Cow::Borrowed(name),
        },
    }
}

/// The part of an ecosystem's name before its release: `Debian` of `Debian:12`.
pub fn base(name: &str) -> &str {
    name.split_once(':').map_or(name, |(base, _)| base)
}

/// Whether an ecosystem is a distribution's.
pub fn is_distribution(name: &str) -> bool {
    DISTRIBUTIONS.contains(&base(name))
}

/// The spelling of a package's name under which the database keeps and finds it.
///
/// PyPI: PEP 503. Packagist, NuGet, GitHub Actions and Pub compare names without regard to case. Others: as it is.
pub fn package_name<'a>(ecosystem: &str, name: &'a str) -> Cow<'a, str> {
    match base(ecosystem) {
        "PyPI" => pep_503(name),
        "Packagist" | "NuGet" | "GitHub Actions" if name.bytes().any(|b| b.is_ascii_uppercase()) => {
            Cow::Owned(name.to_ascii_lowercase())
        }
        _ => Cow::Borrowed(name),
    }
}

/// PEP 503, "Normalized Names": lower case, each run of `-`, `_` and `.` one `-`.
fn pep_503(name: &str) -> Cow<'_, str> {
    let normal = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    let bytes = name.as_bytes();
    let clean = bytes.iter().enumerate().all(|(at, b)| {
        normal(*b)
            || (*b == b'-'
                && bytes.get(at + 1) != Some(&b'-')
                && !matches!(bytes.get(at + 1), Some(b'.' | b'_')))
    });
    if clean {
        return Cow::Borrowed(name);
    }
    let mut out = String::with_capacity(name.len());
    let mut in_run = false;
    for c in name.chars() {
        let separator = matches!(c, '-' | '_' | '.');
        if !separator {
            out.push(c.to_ascii_lowercase());
        } else if !in_run {
            out.push('-');
        }
        in_run = separator;
    }
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_agree() {
        assert_eq!(canonical("crates-io"), "crates.io");
        assert_eq!(canonical("Alpine:3.18"), "Alpine:v3.18");
        assert_eq!(canonical("Ubuntu:22.04:LTS"), "Ubuntu:22.04:LTS");
        assert_eq!(package_name("PyPI", "Zope.Interface__x"), "zope-interface-x");
        assert_eq!(package_name("PyPI", "a-._b"), "a-b");
        assert_eq!(package_name("PyPI", "flask-cors"), "flask-cors");
        assert_eq!(package_name("npm", "JSONStream"), "JSONStream");
        assert_eq!(package_name("NuGet", "Newtonsoft.Json"), "newtonsoft.json");
        assert!(is_distribution("Ubuntu:Pro:22.04:LTS") && !is_distribution("npm"));
    }
}
