//! Package URLs (ECMA-427, the purl specification and its type definitions).

use crate::os_release::OsRelease;
use crate::package::{Package, PackageKind};
use packageurl::PackageUrl;
use serde::Serialize;
use std::fmt;
use std::str::FromStr;

/// A canonical package URL.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Purl(String);

/// Why a text is no package URL.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is no package URL: {reason}")]
pub struct PurlError {
    /// The text, clipped.
    pub text: String,
    /// What the parser said.
    pub reason: String,
}

impl Purl {
    /// Reads a package URL and makes it canonical.
    pub fn parse(text: &str) -> Result<Purl, PurlError> {
        PackageUrl::from_str(text)
            .map(|purl| Purl(purl.to_string()))
            .map_err(|e| PurlError { text: text.chars().take(200).collect(), reason: e.to_string() })
    }

    /// The package URL of a package. deb, rpm and apk carry arch, distro, upstream (the source) and epoch.
    ///
    /// Whatever the name and version are, this is a valid package URL, and reading it gives them back. Letters keep
    /// their case; a reader folds it where the type's definition says so. A package without a name is `unknown`.
    pub fn of(package: &Package, os: Option<&OsRelease>) -> Purl {
        let (namespace, name) = split_name(package, os);
        let mut purl = Builder::new(purl_type(package.kind));
        purl.namespace(namespace.as_deref());
        purl.name(&name);
        purl.version(&purl_version(package));
        if package.kind.is_os() {
            purl.qualifiers(&os_qualifiers(package, os));
        }
        Purl(purl.text)
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Without version, qualifiers and subpath: what stays the same over upgrades, and so part of a fingerprint.
    pub fn without_version(&self) -> &str {
        let end = self.0.find(['?', '#']).unwrap_or(self.0.len());
        let front = self.0.get(..end).unwrap_or(&self.0);
        front.rsplit_once('@').map_or(front, |(front, _)| front)
    }
}

impl fmt::Display for Purl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn purl_type(kind: PackageKind) -> &'static str {
    match kind {
        // Kubernetes' components are Go programs of the main repository; the purl type list has no entry of its own.
        PackageKind::Kubernetes => "golang",
        other => other.as_str(),
    }
}

/// RPM keeps the epoch out of the version; the others keep the version as it is.
fn purl_version(package: &Package) -> String {
    match (package.kind, package.version.split_once(':')) {
        (PackageKind::Rpm, Some((_, rest))) => rest.to_owned(),
        (PackageKind::Golang, _) if package.name != "stdlib" && starts_with_digit(&package.version) => {
            format!("v{}", package.version)
        }
        _ => package.version.clone(),
    }
}

fn starts_with_digit(text: &str) -> bool {
    text.as_bytes().first().is_some_and(u8::is_ascii_digit)
}

/// The name of a package that has none, which no purl can do without.
const NAMELESS: &str = "unknown";

/// Namespace and name as the type's definition wants them.
fn split_name(package: &Package, os: Option<&OsRelease>) -> (Option<String>, String) {
    let whole = if package.name.is_empty() { NAMELESS } else { &package.name };
    let split = match package.kind {
        PackageKind::Apk | PackageKind::Deb | PackageKind::Rpm => {
            let namespace = os.map(|os| distribution(&os.id)).filter(|id| !id.is_empty());
            return (namespace, whole.to_owned().to_ascii_lowercase_if(package.kind != PackageKind::Rpm));
        }
        PackageKind::Maven => whole.split_once(':'),
        PackageKind::Golang | PackageKind::Npm | PackageKind::Kubernetes => whole.rsplit_once('/'),
        PackageKind::Cargo | PackageKind::Generic | PackageKind::Pypi => None,
    };
    match split.filter(|(namespace, name)| is_namespace(namespace) && !name.is_empty()) {
        Some((namespace, name)) => (Some(namespace.to_owned()), name.to_owned()),
        // Readers drop segments such as those of `a//b` and `../b`. As one name nothing is lost, and it is told from
        // `a/b` and `b`.
        None => (None, whole.to_owned()),
    }
}

/// Whether a text can be a namespace as it is: all its segments say something.
fn is_namespace(text: &str) -> bool {
    text.split('/').all(is_segment)
}

fn is_segment(segment: &str) -> bool {
    !matches!(segment, "" | "." | "..")
}

/// A distribution's id as namespace, without the segments that none can have.
fn distribution(id: &str) -> String {
    id.split('/').filter(|segment| is_segment(segment)).collect::<Vec<_>>().join("/")
}

trait LowercaseIf {
    fn to_ascii_lowercase_if(&self, wanted: bool) -> String;
}

impl LowercaseIf for String {
    fn to_ascii_lowercase_if(&self, wanted: bool) -> String {
        if wanted { self.to_ascii_lowercase() } else { self.clone() }
    }
}

/// Qualifiers in the order of their keys, as the canonical form wants.
fn os_qualifiers(package: &Package, os: Option<&OsRelease>) -> Vec<(&'static str, String)> {
    let mut out = Vec::new();
    if let Some(arch) = &package.arch {
        out.push(("arch", arch.clone()));
    }
    if let Some(distro) = os.map(OsRelease::distro_qualifier).filter(|d| !d.is_empty()) {
        out.push(("distro", distro));
    }
    if package.kind == PackageKind::Rpm
        && let Some((epoch, _)) = package.version.split_once(':')
    {
        out.push(("epoch", epoch.to_owned()));
    }
    if let Some(source) = &package.source
        && (source.name != package.name || source.version != package.version)
    {
        let upstream = if source.version == package.version {
            source.name.clone()
        } else {
            format!("{}@{}", source.name, source.version)
        };
        out.push(("upstream", upstream));
    }
    out
}

/// Writes the canonical form directly: one allocation for the common case.
struct Builder {
    text: String,
}

impl Builder {
    fn new(kind: &str) -> Builder {
        let mut text = String::with_capacity(96);
        text.push_str("pkg:");
        text.push_str(kind);
        Builder { text }
    }

    fn namespace(&mut self, namespace: Option<&str>) {
        for segment in namespace.into_iter().flat_map(|namespace| namespace.split('/')) {
            self.text.push('/');
            self.encoded(segment);
        }
    }

    fn name(&mut self, name: &str) {
        self.text.push('/');
        self.encoded(name);
    }

    fn version(&mut self, version: &str) {
        if !version.is_empty() {
            self.text.push('@');
            self.encoded(version);
        }
    }

    fn qualifiers(&mut self, qualifiers: &[(&str, String)]) {
        for (index, (key, value)) in qualifiers.iter().filter(|(_, value)| !value.is_empty()).enumerate() {
            self.text.push(if index == 0 { '?' } else { '&' });
            self.text.push_str(key);
            self.text.push('=');
            self.encoded(value);
        }
    }

    /// Percent-encodes all but unreserved characters and the colon (purl specification, "Character encoding").
    fn encoded(&mut self, part: &str) {
        const HEX: &[u8; 16] = b"0123456789ABCDEF";
        for byte in part.bytes() {
            match byte {
                b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b':' => {
                    self.text.push(char::from(byte));
                }
                _ => {
                    self.text.push('%');
                    self.text.push(char::from(HEX[usize::from(byte >> 4)]));
                    self.text.push(char::from(HEX[usize::from(byte & 15)]));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::package::{Location, SourcePackage};

    fn package(kind: PackageKind, name: &str, version: &str) -> Package {
        Package::new(kind, name, version, Location::at("x"))
    }

    #[test]
    fn language_packages() {
        let purl = |kind, name, version| package(kind, name, version).purl(None).to_string();
        assert_eq!(purl(PackageKind::Npm, "@babel/core", "7.0.0"), "pkg:npm/%40babel/core@7.0.0");
        assert_eq!(purl(PackageKind::Maven, "org.a:b", "1"), "pkg:maven/org.a/b@1");
        assert_eq!(purl(PackageKind::Golang, "stdlib", "1.21.3"), "pkg:golang/stdlib@1.21.3");
        assert_eq!(
            purl(PackageKind::Golang, "github.com/x/y", "v1.0.0+incompatible"),
            "pkg:golang/github.com/x/y@v1.0.0%2Bincompatible"
        );
        assert_eq!(purl(PackageKind::Pypi, "a-b", "1!2"), "pkg:pypi/a-b@1%212");
    }

    #[test]
    fn distribution_packages_carry_what_they_are_judged_by() {
        let os = OsRelease::parse("ID=debian\nVERSION_ID=\"12\"\n");
        let mut deb = package(PackageKind::Deb, "libssl3", "3.0.1-1+b1");
        deb.arch = Some("amd64".into());
        deb.source = Some(SourcePackage { name: "openssl".into(), version: "3.0.1-1".into() });
        assert_eq!(
            deb.purl(Some(&os)).as_str(),
            "pkg:deb/debian/libssl3@3.0.1-1%2Bb1?arch=amd64&distro=debian-12&upstream=openssl%403.0.1-1"
        );
        let mut rpm = package(PackageKind::Rpm, "bind", "32:9.16.23-1.el9");
        rpm.arch = Some("x86_64".into());
        let rhel = OsRelease::parse("ID=\"rhel\"\nVERSION_ID=\"9.2\"\n");
        assert_eq!(
            rpm.purl(Some(&rhel)).as_str(),
            "pkg:rpm/rhel/bind@9.16.23-1.el9?arch=x86_64&distro=rhel-9.2&epoch=32"
        );
        assert_eq!(rpm.purl(Some(&rhel)).without_version(), "pkg:rpm/rhel/bind");
    }

    /// Namespace, name and version that a reader takes out of the package URL.
    fn read_back(package: &Package, os: Option<&OsRelease>) -> (Option<String>, String, Option<String>) {
        let purl = package.purl(os);
        let parsed = PackageUrl::from_str(purl.as_str()).unwrap_or_else(|error| panic!("{purl}: {error}"));
        assert_eq!(parsed.ty(), purl_type(package.kind), "{purl}");
        Purl::parse(purl.as_str()).unwrap();
        let owned = |text: &str| text.to_owned();
        (parsed.namespace().map(owned), parsed.name().to_owned(), parsed.version().map(owned))
    }

    #[test]
    fn odd_names_stay_one_name() {
        for (kind, name, built) in [
            (PackageKind::Golang, "a/", "pkg:golang/a%2F@v1"),
            (PackageKind::Golang, "/", "pkg:golang/%2F@v1"),
            (PackageKind::Golang, "a//b", "pkg:golang/a%2F%2Fb@v1"),
            (PackageKind::Golang, "../b", "pkg:golang/..%2Fb@v1"),
            (PackageKind::Golang, "", "pkg:golang/unknown@v1"),
            (PackageKind::Golang, "x.y/a?b#c@d", "pkg:golang/x.y/a%3Fb%23c%40d@v1"),
            (PackageKind::Npm, "@a/b/c", "pkg:npm/%40a/b/c@1"),
            (PackageKind::Npm, "@/a", "pkg:npm/%40/a@1"),
            (PackageKind::Maven, ":a", "pkg:maven/:a@1"),
            (PackageKind::Maven, "g:", "pkg:maven/g:@1"),
            (PackageKind::Cargo, "a/b\0", "pkg:cargo/a%2Fb%00@1"),
            (PackageKind::Pypi, "\u{fffd}", "pkg:pypi/%EF%BF%BD@1"),
        ] {
            let package = package(kind, name, "1");
            assert_eq!(package.purl(None).as_str(), built);
            read_back(&package, None);
        }
        let os = OsRelease { id: "../a//b".to_owned(), ..OsRelease::default() };
        let deb = read_back(&package(PackageKind::Deb, "a/b", "1"), Some(&os));
        assert_eq!(deb, (Some("a/b".to_owned()), "a/b".to_owned(), Some("1".to_owned())));
    }

    const KINDS: [PackageKind; 10] = [
        PackageKind::Apk,
        PackageKind::Cargo,
        PackageKind::Deb,
        PackageKind::Generic,
        PackageKind::Golang,
        PackageKind::Kubernetes,
        PackageKind::Maven,
        PackageKind::Npm,
        PackageKind::Pypi,
        PackageKind::Rpm,
    ];

    proptest::proptest! {
        #[test]
        fn whatever_is_built_is_read_back(
            kind in proptest::sample::select(&KINDS[..]),
            name in "([a-z@/.:?#%&= _\\x00+~]|\\PC){0,12}",
            version in "([0-9a-z@/.:?#%&= \\x00+~]|\\PC){0,8}",
            id in "[a-z@/.%]{0,6}",
        ) {
            let os = OsRelease { id, ..OsRelease::default() };
            let package = package(kind, &name, &version);
            let (namespace, found, found_version) = read_back(&package, Some(&os));
            // Readers fold case, and PyPI's `_`, as the type's definition says.
            let folded = |text: &str| text.to_lowercase().replace('_', "-");
            let joint = if kind == PackageKind::Maven { ":" } else { "/" };
            let whole = match namespace.filter(|_| !kind.is_os()) {
                Some(namespace) => format!("{namespace}{joint}{found}"),
                None => found,
            };
            let wanted = if name.is_empty() { NAMELESS } else { &name };
            proptest::prop_assert_eq!(folded(&whole), folded(wanted));
            proptest::prop_assert_eq!(found_version.unwrap_or_default(), purl_version(&package));
        }
    }

    #[test]
    fn what_is_built_is_what_the_parser_calls_canonical() {
        for (kind, name, version) in [
            (PackageKind::Npm, "@babel/core", "7.0.0-rc.1+b"),
            (PackageKind::Deb, "g++-12", "12.2.0-14+deb12u1"),
            (PackageKind::Golang, "gopkg.in/yaml.v3", "v3.0.1"),
            (PackageKind::Maven, "org.a:b", "1 2"),
        ] {
            let built = package(kind, name, version).purl(None);
            let parsed = PackageUrl::from_str(built.as_str()).unwrap();
            assert_eq!(parsed.version(), Some(purl_version(&package(kind, name, version)).as_str()));
        }
        assert!(Purl::parse("pkg:npm").is_err());
    }
}
