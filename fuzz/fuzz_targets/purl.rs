//! Package URLs: whatever a package is called, what is built can be read, and says the same.
#![no_main]

use batten_model::{Location, OsRelease, Package, PackageKind, Purl};
use libfuzzer_sys::fuzz_target;
use packageurl::PackageUrl;
use std::str::FromStr as _;

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

// The first byte chooses the kind; then come name, version and distribution, each ended by a line break.
fuzz_target!(|bytes: &[u8]| {
    let Some((first, rest)) = bytes.split_first() else { return };
    let text = String::from_utf8_lossy(rest);
    let mut parts = text.splitn(3, '\n');
    let mut next = || parts.next().unwrap_or_default();
    let kind = KINDS[usize::from(*first) % KINDS.len()];
    let package = Package::new(kind, next(), next(), Location::at("x"));
    let os = OsRelease { id: next().to_owned(), ..OsRelease::default() };
    let built = package.purl(Some(&os));
    let read = PackageUrl::from_str(built.as_str()).expect("what is built can be read");
    assert!(Purl::parse(built.as_str()).is_ok());
    let joint = if kind == PackageKind::Maven { ":" } else { "/" };
    let name = match read.namespace().filter(|_| !kind.is_os()) {
        Some(namespace) => format!("{namespace}{joint}{}", read.name()),
        None => read.name().to_owned(),
    };
    // Readers fold case, and PyPI's `_`, as the type's definition says.
    let folded = |text: &str| text.to_lowercase().replace('_', "-");
    let wanted = if package.name.is_empty() { "unknown" } else { &package.name };
    assert_eq!(folded(&name), folded(wanted));
    let version = read.version().unwrap_or_default();
    assert!(package.version.ends_with(version) || version.ends_with(&package.version));
});
