//! This machine as evidence: which kernel runs and which installed package it came from, what the machine is called,
//! and where its container runtime and Kubernetes programs lie.
//!
//! Everything is read below a root folder that the caller names (`/` for the machine itself), so that a folder made
//! for the purpose serves as a machine too. Nothing here needs privileges; what cannot be read is said to be unknown.
#![forbid(unsafe_code)]

mod kernel;
mod live_patch;
#[cfg(test)]
mod made_root;
mod name;
mod processes;
mod read;

use batten_model::Inventory;
use std::path::{Path, PathBuf};

/// Adds the machine's own facts to an inventory whose packages have been collected already: the running kernel with
/// its live patches ([`Inventory::kernel`]), and on each package that holds a kernel whether it is the one that runs
/// ([`batten_model::Package::running`]).
///
/// A kernel that no package owns is added as the generic package `linux`. Where `root` has no `/proc`, the kernel is
/// unknown: an error in the inventory says so, and no package is marked.
pub fn collect(root: &Path, inventory: &mut Inventory) {
    kernel::collect(root, inventory);
}

/// The name of the machine: the kernel's (`/proc/sys/kernel/hostname`), else that of `/etc/hostname`, else
/// `localhost`.
pub fn name(root: &Path) -> String {
    name::name(root)
}

/// Program files of running container runtimes and Kubernetes components, as absolute paths on the machine (without
/// `root`), sorted. A scan that leaves folders out, as it does with container storage, looks at these too.
///
/// A component that runs in a container is named by its file in the container storage where that can be told, else
/// as `/proc/<pid>/root/…`. Without privileges only the own processes' files are certain.
pub fn extra_paths(root: &Path) -> Vec<PathBuf> {
    processes::programs(root)
}
