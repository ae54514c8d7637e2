//! The running kernel, and the installed package that it came from.

mod apk;
mod deb;
mod rpm;

use crate::{live_patch, read};
use batten_model::{Inventory, KernelFacts, Location, Observed, Package, PackageKind, ScanError, Text};
use std::path::Path;

/// Where the release is read, and the place of a kernel that no package owns.
const RELEASE: &str = "proc/sys/kernel/osrelease";

/// How a package stands to the running kernel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    /// It holds the running kernel.
    Running,
    /// It holds a part of the running kernel, or nothing that could run, and is judged as any other package.
    Other,
    /// It holds another kernel, or a part of one.
    Idle,
}

/// Reads the kernel's facts and marks the packages that hold kernels.
pub(crate) fn collect(root: &Path, inventory: &mut Inventory) {
    let release = match read::line(&root.join(RELEASE)) {
        Ok(Some(release)) => release,
        Ok(None) => return inventory.errors.push(unreadable("it is empty", "内容为空")),
        Err(error) => {
            let reason = error.to_string();
            return inventory.errors.push(unreadable(&reason, &reason));
        }
    };
    let package = mark(root, &release, inventory);
    inventory.kernel = Some(KernelFacts {
        version: version(root),
        live_patches: live_patch::observe(root),
        package,
        release,
    });
}

fn unreadable(en: &str, zh: &str) -> ScanError {
    let text = Text::new(
        format!(
            "the running kernel is unknown: /{RELEASE} cannot be read ({en}); \
             kernels are judged as if each of them ran. Mount /proc below the scanned root"
        ),
        format!(
            "无法得知正在运行的内核：/{RELEASE} 无法读取（{zh}）；所有内核都按正在运行判断。请在被扫描的根目录下挂载 /proc"
        ),
    );
    ScanError::item("unreadable-kernel", RELEASE, text)
}

/// `uname -v`, or an empty text.
fn version(root: &Path) -> String {
    let own = read::line(&root.join("proc/sys/kernel/version")).ok().flatten();
    let whole = || {
        let line = read::line(&root.join("proc/version")).ok().flatten()?;
        line.find(" #").and_then(|at| line.get(at + 1..)).map(str::to_owned)
    };
    own.or_else(whole).unwrap_or_default()
}

/// Sets [`Package::running`] on kernels, and answers which package holds the running one. Where none does, the kernel
/// becomes a package of its own.
fn mark(root: &Path, release: &str, inventory: &mut Inventory) -> Observed<String> {
    let roles = roles(root, release, &inventory.packages);
    let mut owner = None;
    for (package, role) in inventory.packages.iter_mut().zip(roles) {
        match role {
            Some(Role::Running) => {
                package.running = Some(true);
                owner = owner.or_else(|| Some(package.reference()));
            }
            Some(Role::Idle) => package.running = Some(false),
            Some(Role::Other) | None => {}
        }
    }
    if let Some(owner) = owner {
        return Observed::Present(owner);
    }
    inventory.packages.push(unpackaged(release));
    inventory.packages.sort_by(|a, b| {
        let place = |p: &Package| p.locations.first().map(|l| l.path.clone());
        (a.kind, &a.name, &a.version, place(a)).cmp(&(b.kind, &b.name, &b.version, place(b)))
    });
    match inventory.errors.iter().find(|error| error.fatal) {
        None => Observed::Absent,
        Some(error) => Observed::Unknown(Text::new(
            format!("{} could not be read, so the installed kernels are not all known", error.target),
            format!("{} 无法读取，因此已安装的内核不完全可知", error.target),
        )),
    }
}

/// A kernel that no package owns: those of many clouds and small virtual machines are given to the machine from
/// outside.
fn unpackaged(release: &str) -> Package {
    let upstream = release.split(['-', '+', '_']).next().unwrap_or(release);
    let mut package = Package::new(PackageKind::Generic, "linux", upstream, Location::at(RELEASE));
    package.running = Some(true);
    package
}

/// The role of each package; `None` for what is no kernel.
fn roles(root: &Path, release: &str, packages: &[Package]) -> Vec<Option<Role>> {
    let mut roles: Vec<Option<Role>> = packages
        .iter()
        .map(|package| match package.kind {
            PackageKind::Apk => apk::role(package, release),
            PackageKind::Deb => deb::role(package, release),
            _ => None,
        })
        .collect();
    rpm::mark(packages, release, &mut roles);
    if !roles.contains(&Some(Role::Running)) {
        deb::mark_owner_of_modules(root, packages, release, &mut roles);
    }
    roles
}

#[cfg(test)]
mod tests;
