//! Kernels of distributions with RPM. A kernel's release is `version-release.arch`, with a flavour behind it that the
//! package has in its name: `+rt`, `+64k`, `.debug` (Red Hat), `-default`, `-azure` (SUSE, whose rebuild counter is not
//! in the kernel's release), `-esx` (Photon). Azure Linux and Photon leave the architecture out.

use super::Role;
use batten_model::{Package, PackageKind};

/// Parts into which one kernel is split; behind the flavour in a package's name.
const PARTS: &[&str] = &[
    "-modules-extra-matched",
    "-modules-internal",
    "-modules-partner",
    "-modules-extra",
    "-modules-core",
    "-modules",
    "-core",
    "-default-base",
    "-extra",
    "-optional",
    "-base",
    "-uki-virt-addons",
    "-uki-virt",
];
/// Packages that no kernel code is in, or none that runs by itself.
const NO_KERNEL: &[&str] = &[
    "abi",
    "addons",
    "api",
    "debuginfo",
    "devel",
    "doc",
    "docs",
    "drivers",
    "firmware",
    "headers",
    "kvm",
    "latest",
    "livepatch",
    "macros",
    "oracleasm",
    "pam",
    "source",
    "srpm",
    "sysctl",
    "tools",
    "user",
    "vanilla-devel",
    "zfcpdump",
];

/// A package with a kernel or a part of one in it.
struct Kernel<'a> {
    at: usize,
    /// Flavour as the name tells: empty, `rt`, `uek`, `default`.
    flavour: &'a str,
    /// What the running kernel's release has behind this package's version and architecture; `None` where it is the
    /// release of another version.
    rest: Option<&'a str>,
}

/// Sets the role of each RPM package that holds a kernel.
pub(super) fn mark(packages: &[Package], release: &str, roles: &mut [Option<Role>]) {
    let kernels: Vec<Kernel<'_>> = packages
        .iter()
        .enumerate()
        .filter(|(_, package)| package.kind == PackageKind::Rpm)
        .filter_map(|(at, package)| {
            let flavour = flavour(&package.name)?;
            Some(Kernel { at, flavour, rest: rest(package, flavour, release) })
        })
        .collect();
    // Red Hat's realtime kernel has the same version as the plain one; without a flavour the plain one runs.
    let plain = kernels.iter().any(|kernel| kernel.rest == Some("") && kernel.flavour.is_empty());
    for kernel in &kernels {
        let runs = match kernel.rest {
            None => false,
            Some("") => kernel.flavour.is_empty() || !plain,
            Some(rest) => {
                let rest = rest.trim_start_matches(['+', '-', '.']);
                kernel
                    .flavour
                    .strip_suffix(rest)
                    .is_some_and(|front| front.is_empty() || front.ends_with('-'))
            }
        };
        if let Some(role) = roles.get_mut(kernel.at) {
            *role = Some(if runs { Role::Running } else { Role::Idle });
        }
    }
}

/// The flavour of a kernel package by its name; `None` for other packages.
fn flavour(name: &str) -> Option<&str> {
    let rest = name.strip_prefix("kernel").or_else(|| name.strip_prefix("linux"))?;
    if rest.is_empty() {
        return Some("");
    }
    let rest = PARTS.iter().find_map(|part| rest.strip_suffix(part)).unwrap_or(rest);
    let flavour = match rest {
        "" => "",
        rest => rest.strip_prefix('-')?,
    };
    let other = flavour.split('-').any(|word| NO_KERNEL.contains(&word));
    (!other).then_some(flavour)
}

/// What is left of the release behind the package's own version, release and architecture.
fn rest<'a>(package: &Package, flavour: &str, release: &'a str) -> Option<&'a str> {
    let version = package.version.split_once(':').map_or(package.version.as_str(), |(_, version)| version);
    if let Some(rest) = release.strip_prefix(version) {
        let arch = package.arch.as_deref().unwrap_or_default();
        let behind = rest.strip_prefix('.').and_then(|rest| rest.strip_prefix(arch)).unwrap_or(rest);
        let ends = behind.is_empty() || behind.starts_with(['+', '-', '.']);
        return ends.then_some(behind);
    }
    // SUSE: 5.14.21-150500.55.39.1 of kernel-default calls itself 5.14.21-150500.55.39-default.
    let (front, rest) = release.split_at_checked(release.len().checked_sub(flavour.len() + 1)?)?;
    let counter = version.strip_prefix(front)?.strip_prefix('.')?;
    let is_counter = !counter.is_empty() && counter.bytes().all(|byte| byte.is_ascii_digit());
    (is_counter && rest.strip_prefix('-') == Some(flavour)).then_some(rest)
}
