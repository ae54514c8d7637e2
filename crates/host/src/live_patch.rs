//! Live patches of the running kernel.
//!
//! Linux lists its own live patches in `/sys/kernel/livepatch/<name>` (kernel documentation,
//! `ABI/testing/sysfs-kernel-livepatch`). Older and foreign patchers leave only modules behind: what they have done is
//! unknown. What a live patch fixes cannot be read from the kernel in either case.

use crate::read;
use batten_model::{Observed, Text};
use std::io::ErrorKind;
use std::path::Path;

/// Names of modules that patch a kernel without the kernel's own list: kpatch's core, Ksplice, KernelCare, kGraft.
const FOREIGN: &[&str] = &["kpatch", "ksplice", "kcare", "kgraft"];

/// Live patches that are enabled, sorted by name.
pub(crate) fn observe(root: &Path) -> Observed<Vec<String>> {
    let listed = match listed(root) {
        Ok(listed) => listed,
        Err(reason) => return Observed::Unknown(reason),
    };
    let known = listed.as_deref().unwrap_or_default();
    let unexplained: Vec<String> = foreign_modules(root)
        .into_iter()
        .filter(|module| !known.iter().any(|(name, _)| spelled(name) == spelled(module)))
        .collect();
    // kpatch's core module is loaded together with patches that the kernel lists, and changes nothing by itself.
    let explained = unexplained.iter().all(|module| module == "kpatch") && !known.is_empty();
    if !unexplained.is_empty() && !explained {
        let modules = unexplained.join(", ");
        return Observed::Unknown(Text::new(
            format!("the kernel modules {modules} patch the kernel outside of its own list of live patches"),
            format!("内核模块 {modules} 在内核自身的热补丁列表之外修补内核"),
        ));
    }
    match listed {
        None => Observed::Absent,
        Some(listed) => Observed::Present(
            listed.into_iter().filter_map(|(name, enabled)| enabled.then_some(name)).collect(),
        ),
    }
}

/// The kernel's own list with each patch's state; `None` for a kernel without live patching.
fn listed(root: &Path) -> Result<Option<Vec<(String, bool)>>, Text> {
    let folder = root.join("sys/kernel/livepatch");
    let names = match read::names(&folder) {
        Ok(names) => names,
        Err(error) if error.kind() == ErrorKind::NotFound => {
            return if root.join("sys/kernel").is_dir() { Ok(None) } else { Err(no_sysfs()) };
        }
        Err(error) => return Err(unreadable("sys/kernel/livepatch", &error)),
    };
    let mut listed = Vec::with_capacity(names.len());
    for name in names {
        match read::line(&folder.join(&name).join("enabled")) {
            Ok(state) => listed.push((name, state.as_deref() == Some("1"))),
            // It was unloaded meanwhile.
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => return Err(unreadable(&format!("sys/kernel/livepatch/{name}/enabled"), &error)),
        }
    }
    Ok(Some(listed))
}

fn foreign_modules(root: &Path) -> Vec<String> {
    let loaded = read::text(&root.join("proc/modules")).unwrap_or_default();
    let of_proc = loaded.lines().filter_map(|line| line.split_whitespace().next()).map(str::to_owned);
    let of_sys = read::names(&root.join("sys/module")).unwrap_or_default();
    let mut modules: Vec<String> = of_proc.chain(of_sys).filter(|name| is_foreign(name)).collect();
    modules.sort();
    modules.dedup();
    modules
}

fn is_foreign(module: &str) -> bool {
    FOREIGN.iter().any(|patcher| {
        module.strip_prefix(patcher).is_some_and(|rest| rest.is_empty() || rest.starts_with(['_', '-']))
    })
}

/// Modules are listed with underscores where a patch's name may have hyphens.
fn spelled(name: &str) -> String {
    name.replace('-', "_")
}

fn no_sysfs() -> Text {
    Text::new(
        "/sys is not mounted, so live patches cannot be read; mount it and scan again",
        "/sys 未挂载，无法读取热补丁；请挂载后重新扫描",
    )
}

fn unreadable(path: &str, error: &std::io::Error) -> Text {
    Text::new(
        format!("/{path} cannot be read ({error}); scan as root"),
        format!("/{path} 无法读取（{error}）；请以 root 身份扫描"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::made_root::MadeRoot;

    #[test]
    fn a_kernel_without_live_patching_has_none() {
        let root = MadeRoot::new(&[("sys/kernel/notes", "")]);
        assert_eq!(observe(root.path()), Observed::Absent);
    }

    #[test]
    fn enabled_patches_are_named() {
        let root = MadeRoot::new(&[
            ("sys/kernel/livepatch/livepatch_13/enabled", "1\n"),
            ("sys/kernel/livepatch/old/enabled", "0\n"),
        ]);
        assert_eq!(observe(root.path()), Observed::Present(vec!["livepatch_13".to_owned()]));
        let none = MadeRoot::new(&[]);
        std::fs::create_dir_all(none.path().join("sys/kernel/livepatch")).unwrap();
        assert_eq!(observe(none.path()), Observed::Present(vec![]));
    }

    #[test]
    fn other_patchers_make_it_unknown() {
        let ksplice = MadeRoot::new(&[
            ("sys/kernel/notes", ""),
            ("proc/modules", "ext4 1 1 - Live 0x0\nksplice_9mvqyp3z_vmlinux_new 16384 1 - Live 0x0\n"),
        ]);
        let Observed::Unknown(why) = observe(ksplice.path()) else { panic!() };
        assert!(why.en.contains("ksplice_9mvqyp3z_vmlinux_new") && why.zh.contains("热补丁"));
        let kpatch = MadeRoot::new(&[("sys/kernel/notes", ""), ("sys/module/kpatch/refcnt", "1")]);
        assert!(observe(kpatch.path()).is_unknown());
    }

    #[test]
    fn a_patch_of_kpatch_that_the_kernel_lists_is_known() {
        let root = MadeRoot::new(&[
            ("sys/kernel/livepatch/kpatch_4_18_0_348_1_1/enabled", "1\n"),
            ("proc/modules", "kpatch_4_18_0_348_1_1 1 1 - Live 0x0\nkpatch 1 1 - Live 0x0\n"),
        ]);
        assert_eq!(observe(root.path()), Observed::Present(vec!["kpatch_4_18_0_348_1_1".to_owned()]));
    }

    #[test]
    fn without_sysfs_nothing_is_known() {
        let root = MadeRoot::new(&[("proc/modules", "")]);
        assert!(observe(root.path()).is_unknown());
        let file = MadeRoot::new(&[("sys/kernel/livepatch", "no folder")]);
        assert!(observe(file.path()).is_unknown());
    }
}
