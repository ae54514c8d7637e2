//! Alpine's kernels: `linux-lts` 6.6.14-r0 calls itself `6.6.14-0-lts` (Alpine's `APKBUILD` of linux-lts, `_abi_release`).

use super::Role;
use batten_model::Package;

/// Flavours of past and present releases. Other packages begin with `linux-` too.
const FLAVOURS: &[&str] = &[
    "asahi",
    "edge",
    "elm",
    "gru",
    "grsec",
    "hardened",
    "lts",
    "mainline",
    "openpax",
    "rpi",
    "rpi2",
    "rpi4",
    "stable",
    "starfive",
    "vanilla",
    "virt",
    "virtgrsec",
    "virthardened",
];

/// The role of one package.
pub(super) fn role(package: &Package, release: &str) -> Option<Role> {
    let flavour = package.name.strip_prefix("linux-")?;
    let is_release = package.version.rsplit_once("-r").is_some_and(|(version, revision)| {
        let front = release.strip_prefix(version).and_then(|rest| rest.strip_prefix('-'));
        front.and_then(|rest| rest.strip_prefix(revision)).and_then(|rest| rest.strip_prefix('-'))
            == Some(flavour)
    });
    if is_release {
        return Some(Role::Running);
    }
    FLAVOURS.contains(&flavour).then_some(Role::Idle)
}
