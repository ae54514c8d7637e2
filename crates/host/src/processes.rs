//! Running container runtimes and Kubernetes components, by `/proc/<pid>/exe` (proc(5)).
//!
//! A component in a container is there under the container's own path. Its file on the machine is found through the
//! container's overlay mount (kernel documentation, "Overlay Filesystem"), else through `/proc/<pid>/root`.

use crate::read;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Programs by their file's name. Shims have a suffix (`containerd-shim-runc-v2`).
const PROGRAMS: &[&str] = &[
    "buildkitd",
    "conmon",
    "conmonrs",
    "containerd",
    "cri-dockerd",
    "crio",
    "crun",
    "docker-proxy",
    "dockerd",
    "etcd",
    "hyperkube",
    "k0s",
    "k3s",
    "kata-runtime",
    "kube-apiserver",
    "kube-controller-manager",
    "kube-proxy",
    "kube-scheduler",
    "kubelet",
    "podman",
    "rke2",
    "runc",
    "runsc",
    "youki",
];
const SHIMS: &str = "containerd-shim";
/// The kernel adds this to the path of a file that was replaced since the program began.
const DELETED: &str = " (deleted)";
/// Most processes that are looked at; Linux itself allows about four million.
const MAX_PROCESSES: usize = 100_000;
/// Most folders of one overlay mount; the kernel allows 500.
const MAX_LAYERS: usize = 500;

/// Files of these programs as absolute paths on the machine, sorted.
pub(crate) fn programs(root: &Path) -> Vec<PathBuf> {
    let proc = root.join("proc");
    let own = mount_namespace(&proc.join("1")).or_else(|| mount_namespace(&proc.join("self")));
    let entries = read::names(&proc).unwrap_or_default();
    let pids = entries.iter().filter(|name| name.bytes().all(|byte| byte.is_ascii_digit()));
    let paths: BTreeSet<PathBuf> = pids
        .take(MAX_PROCESSES)
        .filter_map(|pid| {
            let process = proc.join(pid);
            let program = program(&process)?;
            let namespace = mount_namespace(&process);
            if namespace.is_none() || namespace == own {
                Some(program)
            } else {
                in_container(root, pid, &program)
            }
        })
        .collect();
    paths.into_iter().collect()
}

/// The path of a process's program as the process itself sees it, if it is one of those looked for.
fn program(process: &Path) -> Option<PathBuf> {
    let path = match std::fs::read_link(process.join("exe")) {
        Ok(path) => path,
        // Another user's process: only its own words for itself are readable.
        Err(_) => PathBuf::from(read::text(&process.join("cmdline")).ok()?.split('\0').next()?),
    };
    let text = path.to_str()?;
    let path = Path::new(text.strip_suffix(DELETED).unwrap_or(text));
    let name = path.file_name()?.to_str()?;
    let wanted = PROGRAMS.contains(&name) || name == SHIMS || name.starts_with("containerd-shim-");
    (wanted && path.is_absolute()).then(|| path.to_owned())
}

/// The name of the mount namespace (`mnt:[4026531841]`).
fn mount_namespace(process: &Path) -> Option<PathBuf> {
    std::fs::read_link(process.join("ns/mnt")).ok()
}

/// The file of a program that sees another root than the machine's.
fn in_container(root: &Path, pid: &str, program: &Path) -> Option<PathBuf> {
    let inside = program.strip_prefix("/").ok()?;
    let mounts = read::text(&root.join("proc").join(pid).join("mountinfo")).unwrap_or_default();
    let on_machine = |path: &Path| path.strip_prefix("/").ok().map(|path| root.join(path));
    let below = overlay(&mounts).into_iter().find_map(|layer| {
        let path = layer.join(inside);
        on_machine(&path).is_some_and(|real| real.is_file()).then_some(path)
    });
    below.or_else(|| Some(Path::new("/proc").join(pid).join("root").join(inside)))
}

/// The folders of the overlay that is mounted at `/`, the uppermost first; empty where the root is no overlay. Folders
/// that the mount names relative to a place that is not known are left out.
fn overlay(mounts: &str) -> Vec<PathBuf> {
    let Some(options) = mounts.lines().filter_map(overlay_at_root).next_back() else { return Vec::new() };
    let mut upper = Vec::new();
    let mut lower = Vec::new();
    for option in options.split(',') {
        if let Some(path) = option.strip_prefix("upperdir=") {
            upper.push(path);
        } else if let Some(paths) = option.strip_prefix("lowerdir=").or(option.strip_prefix("lowerdir+=")) {
            lower.extend(paths.split(':').filter(|path| !path.is_empty()));
        }
    }
    let all = upper.into_iter().chain(lower).take(MAX_LAYERS);
    all.map(|path| PathBuf::from(unescaped(path))).filter(|path| path.is_absolute()).collect()
}

/// The options of a mountinfo line that is an overlay at `/`.
fn overlay_at_root(line: &str) -> Option<&str> {
    let (mount, source) = line.split_once(" - ")?;
    let at = mount.split(' ').nth(4)?;
    let mut words = source.split(' ');
    (at == "/" && words.next() == Some("overlay")).then(|| words.nth(1))?
}

/// mountinfo writes blanks as octal numbers.
fn unescaped(path: &str) -> String {
    path.replace("\\040", " ").replace("\\011", "\t").replace("\\134", "\\")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::made_root::MadeRoot;

    fn shown(root: &MadeRoot) -> Vec<String> {
        programs(root.path()).iter().map(|path| path.display().to_string()).collect()
    }

    #[test]
    fn programs_are_known_by_their_file() {
        let root = MadeRoot::new(&[("proc/uptime", "1"), ("proc/44/cmdline", "/opt/bin/kubelet\0--v=2\0")]);
        root.link("proc/7/exe", "/usr/bin/containerd");
        root.link("proc/8/exe", "/usr/bin/containerd-shim-runc-v2");
        root.link("proc/9/exe", "/usr/bin/containerd (deleted)");
        root.link("proc/10/exe", "/usr/bin/bash");
        root.link("proc/11/exe", "/snap/docker/1/bin/dockerd");
        let expected = [
            "/opt/bin/kubelet",
            "/snap/docker/1/bin/dockerd",
            "/usr/bin/containerd",
            "/usr/bin/containerd-shim-runc-v2",
        ];
        assert_eq!(shown(&root), expected);
    }

    #[test]
    fn a_component_in_a_container_is_found_on_the_machine() {
        let root = MadeRoot::new(&[
            ("var/lib/c/2/fs/usr/local/bin/kube-apiserver", "x"),
            (
                "proc/20/mountinfo",
                "1 0 0:9 / / rw - ext4 /dev/sda rw\n\
                 640 560 0:133 / / rw,relatime master:1 - overlay overlay \
                 rw,lowerdir=/var/lib/c/1/fs:/var/lib/c/2/fs,upperdir=/var/lib/c/3/fs,workdir=/var/lib/c/3/work\n\
                 641 640 0:5 / /proc rw - proc proc rw\n",
            ),
        ]);
        root.link("proc/1/ns/mnt", "mnt:[1]");
        for pid in [20, 21] {
            root.link(&format!("proc/{pid}/exe"), "/usr/local/bin/kube-apiserver");
            root.link(&format!("proc/{pid}/ns/mnt"), "mnt:[2]");
        }
        let expected =
            ["/proc/21/root/usr/local/bin/kube-apiserver", "/var/lib/c/2/fs/usr/local/bin/kube-apiserver"];
        assert_eq!(shown(&root), expected);
    }

    #[test]
    fn a_machine_without_proc_has_none() {
        assert!(programs(MadeRoot::new(&[]).path()).is_empty());
    }
}
