//! What Mariner and Azure Linux leave in images without rpm: `var/lib/rpmmanifest/container-manifest-1` (lines of
//! `rpm -qa`) and `-2` (ten columns, parted by tabs).

use super::{Collector, header};
use crate::content::File;
use crate::formats::FormatError;
use batten_model::{Location, Package, PackageKind};

const MAX_BYTES: u64 = 64 << 20;

/// Gives all packages of the list to `out`.
pub(super) fn read(file: &File<'_>, out: &mut Collector<'_>) -> Result<(), FormatError> {
    let bytes = file.bytes(MAX_BYTES)?;
    let text = String::from_utf8_lossy(&bytes);
    for (at, line) in text.lines().map(str::trim_end).enumerate().filter(|(_, line)| !line.is_empty()) {
        let package =
            if line.contains('\t') { columns(line, file.path) } else { name_of_rpm(line, file.path) };
        match package {
            Some(package) if package.name == "gpg-pubkey" => {}
            Some(package) => out.facts.packages.push(package),
            None => out.problem(
                false,
                &format!("line {}", at + 1),
                "the line names no package with a version",
                "该行没有带版本的软件包",
            ),
        }
    }
    Ok(())
}

/// Name, version-release, time of installation, time of building, vendor, epoch, size, architecture, epoch as a
/// number, source.
fn columns(line: &str, path: &str) -> Option<Package> {
    let columns: Vec<&str> = line.split('\t').map(str::trim).collect();
    let column = |at: usize| columns.get(at).copied().filter(|text| !text.is_empty() && *text != "(none)");
    let (name, version) = (column(0)?, column(1)?);
    let epoch = column(5).map(|epoch| format!("{epoch}:")).unwrap_or_default();
    let mut package = Package::new(PackageKind::Rpm, name, format!("{epoch}{version}"), Location::at(path));
    package.vendor = column(4).map(str::to_owned);
    package.arch = column(7).map(str::to_owned);
    package.source = column(9).and_then(|source| header::source(source, &epoch));
    Some(package)
}

/// `name-version-release.arch`
fn name_of_rpm(line: &str, path: &str) -> Option<Package> {
    let (front, arch) = line.trim().rsplit_once('.')?;
    let (rest, release) = front.rsplit_once('-')?;
    let (name, version) = rest.rsplit_once('-')?;
    if name.is_empty() || version.is_empty() || line.contains(' ') {
        return None;
    }
    let mut package =
        Package::new(PackageKind::Rpm, name, format!("{version}-{release}"), Location::at(path));
    package.arch = Some(arch.to_owned());
    Some(package)
}
