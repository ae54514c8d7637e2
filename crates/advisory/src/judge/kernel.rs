//! Kernels: one source package makes the kernel, its headers, tools and documentation; the kernel's flaws are in the
//! kernel alone, and on a host in the running one alone.

use batten_model::{Package, PackageKind};

/// How an OS package stands to the kernel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum KernelRole {
    /// It has nothing to do with the kernel.
    None,
    /// It is a kernel that may run; the source that advisories name.
    Kernel { source: String },
    /// It holds no kernel code that could run (headers, documentation, tools), or a kernel that does not run.
    Idle,
}

/// Looks at a package's name and source.
pub(super) fn role(package: &Package) -> KernelRole {
    let (source, _) = package.source_or_self();
    let (from_kernel, is_kernel) = match package.kind {
        PackageKind::Deb => deb(&package.name, source),
        PackageKind::Rpm => rpm(&package.name, source),
        PackageKind::Apk => (source == "linux-headers", false),
        _ => (false, false),
    };
    match (from_kernel, is_kernel, package.running) {
        (_, _, Some(false)) => KernelRole::Idle,
        (true, true, _) => KernelRole::Kernel { source: unsigned(source) },
        (true, false, Some(true)) => KernelRole::Kernel { source: unsigned(source) },
        (true, false, None) => KernelRole::Idle,
        (false, ..) => KernelRole::None,
    }
}

/// Debian and Ubuntu sign kernels in a package of their own: `linux-signed-amd64`, `linux-signed-aws-5.15`.
fn unsigned(source: &str) -> String {
    match source.strip_prefix("linux-signed") {
        Some("" | "-amd64" | "-arm64" | "-i386") => "linux".to_owned(),
        Some(flavour) => format!("linux{flavour}"),
        None => source.to_owned(),
    }
}

/// Whether the package is made from a kernel, and whether it holds one.
fn deb(name: &str, source: &str) -> (bool, bool) {
    const PARTS: &[&str] =
        &["headers-", "modules-", "tools-", "buildinfo-", "cloud-tools-", "image-", "lib-rust-"];
    let kernel_source = source == "linux"
        || source.starts_with("linux-signed")
        || source.starts_with("linux-")
            && name
                .strip_prefix("linux-")
                .is_some_and(|rest| PARTS.iter().any(|part| rest.starts_with(part)))
            && !source.starts_with("linux-meta");
    (kernel_source, name.starts_with("linux-image-"))
}

fn rpm(name: &str, source: &str) -> (bool, bool) {
    let kernel_source = source == "kernel" || source.starts_with("kernel-");
    const IDLE: &[&str] =
        &["-headers", "-devel", "-doc", "-tools", "-macros", "-source", "-debug", "-abi", "-srpm"];
    (kernel_source, name.starts_with("kernel") && !IDLE.iter().any(|part| name.contains(part)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use batten_model::{Location, SourcePackage};

    fn of(kind: PackageKind, name: &str, source: &str, running: Option<bool>) -> KernelRole {
        let mut package = Package::new(kind, name, "1", Location::at("x"));
        package.source = Some(SourcePackage { name: source.into(), version: "1".into() });
        package.running = running;
        role(&package)
    }

    #[test]
    fn roles() {
        use PackageKind::{Apk, Deb, Rpm};
        let kernel = |source: &str| KernelRole::Kernel { source: source.into() };
        assert_eq!(of(Deb, "linux-image-6.1.0-18-amd64", "linux-signed-amd64", Some(true)), kernel("linux"));
        assert_eq!(of(Deb, "linux-image-5.15.0-1050-aws", "linux-signed-aws", None), kernel("linux-aws"));
        assert_eq!(
            of(Deb, "linux-image-6.1.0-17-amd64", "linux-signed-amd64", Some(false)),
            KernelRole::Idle
        );
        assert_eq!(of(Deb, "linux-libc-dev", "linux", None), KernelRole::Idle);
        assert_eq!(of(Deb, "linux-headers-5.15.0-91", "linux-hwe-5.15", None), KernelRole::Idle);
        assert_eq!(of(Deb, "linux-firmware", "linux-firmware", None), KernelRole::None);
        assert_eq!(of(Deb, "openssl", "openssl", None), KernelRole::None);
        assert_eq!(of(Rpm, "kernel-core", "kernel", Some(true)), kernel("kernel"));
        assert_eq!(of(Rpm, "kernel-headers", "kernel", None), KernelRole::Idle);
        assert_eq!(of(Apk, "linux-headers", "linux-headers", None), KernelRole::Idle);
        assert_eq!(of(Apk, "linux-lts", "linux-lts", None), KernelRole::None);
    }
}
