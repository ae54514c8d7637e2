//! Kernels of Debian, Ubuntu, Proxmox and Raspberry Pi OS. A kernel's package has its release in its name
//! (Debian Kernel Handbook, "Packages"); Raspberry Pi OS's older kernels are known by their files alone.

use super::Role;
use crate::read;
use batten_model::{Package, PackageKind};
use std::path::Path;

/// Names of packages that hold a kernel, before the release and behind it.
const IMAGES: &[&str] =
    &["linux-image-unsigned-", "linux-image-uc-", "linux-image-", "proxmox-kernel-", "pve-kernel-"];
const SIGNATURES: &[&str] = &["-unsigned", "-signed"];
/// Names of packages that hold parts of a kernel that has a package of its own.
const PARTS: &[&str] = &["linux-modules-extra-", "linux-modules-"];
/// Kernels without a release in their name, whose files are looked at.
const UNNAMED: &[&str] = &["raspberrypi-kernel", "linux-image", "rpi-kernel", "kernel"];

/// The role that a package's name tells.
pub(super) fn role(package: &Package, release: &str) -> Option<Role> {
    let name = package.name.as_str();
    if let Some(rest) = IMAGES.iter().find_map(|image| name.strip_prefix(image)) {
        let rest = SIGNATURES.iter().find_map(|signature| rest.strip_suffix(signature)).unwrap_or(rest);
        return Some(if rest == release { Role::Running } else { Role::Idle });
    }
    let part = PARTS.iter().find_map(|part| name.strip_prefix(part))?;
    let is_release = part.starts_with(|c: char| c.is_ascii_digit());
    is_release.then_some(if part == release { Role::Other } else { Role::Idle })
}

/// Looks for the kernel's modules in the file lists of packages whose names have no release.
pub(super) fn mark_owner_of_modules(
    root: &Path,
    packages: &[Package],
    release: &str,
    roles: &mut [Option<Role>],
) {
    let candidates = packages
        .iter()
        .zip(roles)
        .filter(|(package, _)| package.kind == PackageKind::Deb && UNNAMED.contains(&package.name.as_str()));
    for (package, role) in candidates {
        let info = root.join("var/lib/dpkg/info");
        let arch = package.arch.as_deref().unwrap_or_default();
        let list = read::text(&info.join(format!("{}.list", package.name)))
            .or_else(|_| read::text(&info.join(format!("{}:{arch}.list", package.name))));
        *role = Some(match list {
            Ok(list) if owns(&list, release) => Role::Running,
            // Its kernels are unknown, so it stays with those that may run.
            Ok(_) | Err(_) => Role::Other,
        });
    }
}

fn owns(list: &str, release: &str) -> bool {
    list.lines().any(|line| {
        let line = line.strip_prefix("/usr").unwrap_or(line);
        line.strip_prefix("/lib/modules/").or(line.strip_prefix("/boot/vmlinuz-")) == Some(release)
    })
}
