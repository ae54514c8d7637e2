//! dpkg's database: `var/lib/dpkg/status`, and `var/lib/dpkg/status.d/*` of images without dpkg.
//!
//! Follows deb-status(5) and Debian Policy 5.6. A package counts where its files are there: `installed`, and the
//! states of an installation that began (`unpacked`, `half-configured`, `half-installed`, `triggers-awaited`,
//! `triggers-pending`); `config-files` and `not-installed` do not. Files of `status.d` have no `Status`, because they
//! are written only for what is there.

use crate::content::File;
use crate::facts::{Facts, Problem};
use crate::formats::deb822::{Paragraph, paragraphs};
use crate::formats::{Format, FormatError, Wants};
use batten_model::{Location, Package, PackageKind, SourcePackage};

pub(crate) const FORMAT: Format = Format {
    name: "dpkg",
    version: 1,
    wants: &[Wants::Path("var/lib/dpkg/status"), Wants::In("var/lib/dpkg/status.d", "")],
    database: true,
    parse,
};

/// A status file of 100,000 packages has some 100 MB.
const MAX_BYTES: u64 = 512 << 20;
const MAX_PACKAGES: usize = 1_000_000;

fn parse(file: &File<'_>) -> Result<Facts, FormatError> {
    let mut facts = Facts::default();
    if file.name().ends_with(".md5sums") {
        return Ok(facts);
    }
    let bytes = file.bytes(MAX_BYTES)?;
    let text = String::from_utf8_lossy(&bytes);
    let mut any = false;
    for paragraph in paragraphs(&text) {
        match package(paragraph, file.path) {
            Entry::Installed(package) => facts.packages.push(*package),
            Entry::NotInstalled => {}
            Entry::Nameless => continue,
            Entry::Versionless(name) => facts.problems.push(versionless(&name, file.path)),
        }
        any = true;
        if facts.packages.len() > MAX_PACKAGES {
            return Err(FormatError::Limit { limit: MAX_PACKAGES as u64, unit: "entries" });
        }
    }
    if !any && !text.trim().is_empty() && file.name() == "status" {
        return Err(FormatError::Malformed {
            format: "dpkg status file",
            reason: "no paragraph has a field Package".to_owned(),
            place: "line 1".to_owned(),
        });
    }
    Ok(facts)
}

enum Entry {
    Installed(Box<Package>),
    NotInstalled,
    Versionless(String),
    Nameless,
}

fn package(paragraph: Paragraph<'_>, path: &str) -> Entry {
    let (mut name, mut version, mut arch) = ("", "", "");
    let (mut status, mut source, mut origin, mut maintainer) = (None, None, None, None);
    for (field, value) in paragraph.fields() {
        match field {
            f if f.eq_ignore_ascii_case("Package") => name = value,
            f if f.eq_ignore_ascii_case("Version") => version = value,
            f if f.eq_ignore_ascii_case("Architecture") => arch = value,
            f if f.eq_ignore_ascii_case("Status") => status = Some(value),
            f if f.eq_ignore_ascii_case("Source") => source = Some(value),
            f if f.eq_ignore_ascii_case("Origin") => origin = Some(value),
            f if f.eq_ignore_ascii_case("Maintainer") => maintainer = Some(value),
            _ => {}
        }
    }
    if name.is_empty() {
        return Entry::Nameless;
    }
    if !status.is_none_or(has_files) {
        return Entry::NotInstalled;
    }
    if version.is_empty() {
        return Entry::Versionless(name.to_owned());
    }
    let mut package = Package::new(PackageKind::Deb, name, version, Location::at(path));
    package.arch = Some(arch).filter(|arch| !arch.is_empty()).map(str::to_owned);
    package.source = Some(source_package(source, name, version));
    package.vendor = origin.or(maintainer).filter(|vendor| !vendor.is_empty()).map(str::to_owned);
    Entry::Installed(Box::new(package))
}

/// `Status` is "want error state"; the third word tells what is there.
fn has_files(status: &str) -> bool {
    match status.split_whitespace().nth(2) {
        Some(state) => !matches!(state, "config-files" | "not-installed"),
        None => true,
    }
}

/// `Source: name (version)`. Name and version are left out where they are the binary package's own: so a rebuild
/// without change of source (`+b1`) has the version in brackets, and others have none.
fn source_package(field: Option<&str>, name: &str, version: &str) -> SourcePackage {
    let field = field.unwrap_or_default();
    let (source, rest) = field.split_once('(').unwrap_or((field, ""));
    let (source, stated) = (source.trim(), rest.trim_end().trim_end_matches(')').trim());
    SourcePackage {
        name: if source.is_empty() { name } else { source }.to_owned(),
        version: if stated.is_empty() { version } else { stated }.to_owned(),
    }
}

fn versionless(name: &str, path: &str) -> Problem {
    Problem {
        code: "incomplete-dpkg".to_owned(),
        target: path.to_owned(),
        en: format!("{path} has package {name:?} without a version; it cannot be judged"),
        zh: format!("{path} 中的包 {name:?} 没有版本，无法评判"),
        fatal: false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(path: &str, text: &str) -> Facts {
        parse(&File { path, mode: 0o644, content: &text.as_bytes().to_vec() }).unwrap()
    }

    const STATUS: &str = "var/lib/dpkg/status";

    #[test]
    fn states_decide_what_is_there() {
        let entry = |state: &str| {
            let text = format!("Package: a\nStatus: {state}\nVersion: 1\n");
            read(STATUS, &text).packages.len()
        };
        for state in
            ["install ok installed", "deinstall ok installed", "hold ok installed", "install ok unpacked"]
        {
            assert_eq!(entry(state), 1, "{state}");
        }
        for state in
            ["install reinstreq half-installed", "install ok triggers-pending", "install ok half-configured"]
        {
            assert_eq!(entry(state), 1, "{state}");
        }
        for state in ["deinstall ok config-files", "purge ok not-installed", "unknown ok not-installed"] {
            assert_eq!(entry(state), 0, "{state}");
        }
    }

    #[test]
    fn sources_and_rebuilds() {
        let text = "Package: libc6\nStatus: install ok installed\nArchitecture: amd64\nMulti-Arch: same\n\
                    Source: glibc (2.36-9)\nVersion: 2.36-9+b1\nMaintainer: GNU Libc Maintainers <a@b>\n\
                    Conffiles:\n /etc/ld.so.conf 00\nDescription: GNU C Library\n Package: not-a-field\n\n\
                    Package: bash\r\nVersion: 5.2-1\r\nStatus: install ok installed\r\nOrigin: Debian\r\n";
        let facts = read(STATUS, text);
        let [libc, bash] = facts.packages.as_slice() else { panic!("{facts:?}") };
        assert_eq!((libc.name.as_str(), libc.version.as_str()), ("libc6", "2.36-9+b1"));
        assert_eq!(libc.source, Some(SourcePackage { name: "glibc".into(), version: "2.36-9".into() }));
        assert_eq!(libc.arch.as_deref(), Some("amd64"));
        assert_eq!((bash.version.as_str(), bash.vendor.as_deref()), ("5.2-1", Some("Debian")));
        assert_eq!(bash.source, Some(SourcePackage { name: "bash".into(), version: "5.2-1".into() }));
    }

    #[test]
    fn files_without_status_are_installed() {
        let facts = read("var/lib/dpkg/status.d/tzdata", "Package: tzdata\nVersion: 2024a-0+deb12u1\n");
        assert_eq!(facts.packages[0].name, "tzdata");
        assert!(read("var/lib/dpkg/status.d/tzdata.md5sums", "Package: x\nVersion: 1\n").packages.is_empty());
        assert_eq!(read("var/lib/dpkg/status.d/x", "noise"), Facts::default());
    }

    #[test]
    fn damage_is_told() {
        let file = File { path: STATUS, mode: 0, content: &b"\0\x01\x02SQLite".to_vec() };
        assert!(matches!(parse(&file), Err(FormatError::Malformed { .. })));
        let facts = read(STATUS, "Package: a\nStatus: install ok installed\n\nPackage: b\nVersion: 1\n");
        assert_eq!((facts.packages.len(), facts.problems.len()), (1, 1));
        assert!(read(STATUS, "").packages.is_empty());
    }
}
