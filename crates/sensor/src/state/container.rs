//! Containers: which one a cgroup's path names, and what is known of it.

use serde::{Deserialize, Serialize};

/// What made a container.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "the names are the programs'")]
pub enum Runtime {
    #[default]
    Unknown,
    Containerd,
    CriO,
    Docker,
    Lxc,
    Podman,
    Runc,
}

impl Runtime {
    /// As `container.type` has it.
    pub fn name(self) -> &'static str {
        match self {
            Runtime::Unknown => "unknown",
            Runtime::Containerd => "containerd",
            Runtime::CriO => "cri-o",
            Runtime::Docker => "docker",
            Runtime::Lxc => "lxc",
            Runtime::Podman => "podman",
            Runtime::Runc => "runc",
        }
    }
}

/// A container, as a cgroup's path names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContainerRef {
    /// Its whole id.
    pub id: String,
    /// What made it, as far as the path tells.
    pub runtime: Runtime,
    /// Uid of its pod.
    pub pod_uid: Option<String>,
}

impl ContainerRef {
    /// `container.id`: the first 12 characters.
    pub fn short(&self) -> &str {
        self.id.get(..12).unwrap_or(&self.id)
    }
}

/// One mount of a container.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "the names are those of `container.mount`")]
pub struct Mount {
    pub source: String,
    pub dest: String,
    pub mode: String,
    pub rw: bool,
    pub propagation: String,
}

/// The pod of a container.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "the names are Kubernetes'")]
pub struct Pod {
    pub name: String,
    pub namespace: String,
    pub uid: String,
    pub sandbox_id: String,
}

/// What is known of a container besides its id.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Container {
    /// Its whole id.
    pub id: String,
    /// What made it.
    pub runtime: Runtime,
    /// Path of its cgroup.
    pub cgroup: String,
    /// Its name.
    pub name: String,
    /// Its image's name.
    pub image: String,
    /// Its image's id.
    pub image_id: String,
    /// Its image's digest.
    pub image_digest: String,
    /// Whether it has all devices and the capability to administer.
    pub privileged: Option<bool>,
    /// Whether it shares the host's processes.
    pub host_pid: Option<bool>,
    /// Whether it shares the host's network.
    pub host_network: Option<bool>,
    /// Whether it shares the host's System V objects.
    pub host_ipc: Option<bool>,
    /// Its mounts.
    pub mounts: Vec<Mount>,
    /// Its labels, sorted.
    pub labels: Vec<(String, String)>,
    /// Its pod.
    pub pod: Option<Pod>,
}

impl Container {
    /// Image without tag and digest.
    pub fn image_repository(&self) -> &str {
        let name = self.image.split('@').next().unwrap_or_default();
        match name.rsplit_once(':') {
            Some((repository, tag)) if !tag.contains('/') => repository,
            _ => name,
        }
    }

    /// The image's tag.
    pub fn image_tag(&self) -> &str {
        let name = self.image.split('@').next().unwrap_or_default();
        name.rsplit_once(':').map(|(_, tag)| tag).filter(|tag| !tag.contains('/')).unwrap_or_default()
    }
}

/// The container that a cgroup's path names, where it does so by itself.
pub fn identify(path: &str) -> Option<ContainerRef> {
    // The innermost name counts: containers may run within containers.
    let mut parts = path.split('/').rev().filter(|part| !part.is_empty());
    let found = parts.clone().find_map(of_part);
    let pod_uid = parts.find_map(pod_uid);
    let (id, runtime) = found?;
    let runtime = match runtime {
        Runtime::Unknown if path.contains("/docker/") => Runtime::Docker,
        Runtime::Unknown if path.contains("kubepods") => Runtime::Containerd,
        Runtime::Unknown if path.contains("libpod") => Runtime::Podman,
        other => other,
    };
    Some(ContainerRef { id, runtime, pod_uid })
}

/// Scopes and folders whose name is an id, and what names them so.
const PREFIXES: &[(&str, Runtime)] = &[
    ("cri-containerd-", Runtime::Containerd),
    ("docker-", Runtime::Docker),
    ("crio-", Runtime::CriO),
    ("libpod-", Runtime::Podman),
    ("nerdctl-", Runtime::Containerd),
];

fn of_part(part: &str) -> Option<(String, Runtime)> {
    let part = part.strip_suffix(".scope").unwrap_or(part);
    if let Some(name) = part.strip_prefix("lxc.payload.") {
        return Some((name.to_owned(), Runtime::Lxc));
    }
    // `SLICE:cri-containerd:ID`: systemd's slice, what made it, and the id.
    if let Some((front, id)) = part.rsplit_once(':').filter(|(_, id)| is_id(id)) {
        let made = PREFIXES.iter().find(|(prefix, _)| front.ends_with(prefix.trim_end_matches('-')));
        return Some((id.to_owned(), made.map_or(Runtime::Unknown, |(_, runtime)| *runtime)));
    }
    for (prefix, runtime) in PREFIXES {
        if let Some(id) = part.strip_prefix(prefix).filter(|id| is_id(id)) {
            return Some((id.to_owned(), *runtime));
        }
    }
    is_id(part).then(|| (part.to_owned(), Runtime::Unknown))
}

fn is_id(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn pod_uid(part: &str) -> Option<String> {
    let part = part.strip_suffix(".slice").unwrap_or(part);
    let (_, uid) = part.rsplit_once("pod")?;
    let uid = uid.replace('_', "-");
    (uid.len() == 36 || uid.len() == 32).then_some(uid)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_name_containers() {
        let id = "3ad7b26ded6d8e7b23da7d48fe889434573036c27ae5a74837233de441c3601e";
        let uid = "0b5ba1b5-3a1c-4d8e-9d27-6ac8a5d4a0f1";
        let cases = [
            (format!("/docker/{id}"), Runtime::Docker, None),
            (format!("/system.slice/docker-{id}.scope"), Runtime::Docker, None),
            (format!("/kubepods/burstable/pod{uid}/{id}"), Runtime::Containerd, Some(uid)),
            (
                format!(
                    "/kubepods.slice/kubepods-pod{}.slice/cri-containerd-{id}.scope",
                    uid.replace('-', "_")
                ),
                Runtime::Containerd,
                Some(uid),
            ),
            (format!("/kubepods.slice/x.slice/crio-{id}.scope/inner"), Runtime::CriO, None),
            (format!("/machine.slice/libpod-{id}.scope/container"), Runtime::Podman, None),
            (format!("/k8s.slice:cri-containerd:{id}"), Runtime::Containerd, None),
        ];
        for (path, runtime, pod) in cases {
            let found = identify(&path).unwrap();
            assert_eq!((found.id.as_str(), found.runtime), (id, runtime), "{path}");
            assert_eq!(found.pod_uid.as_deref(), pod, "{path}");
            assert_eq!(found.short(), "3ad7b26ded6d");
        }
        for path in ["/", "/user.slice/user-0.slice/session-1.scope", "/init.scope", ""] {
            assert_eq!(identify(path), None, "{path}");
        }
    }

    #[test]
    fn images_have_repositories_and_tags() {
        let of = |image: &str| {
            let container = Container { image: image.to_owned(), ..Container::default() };
            (container.image_repository().to_owned(), container.image_tag().to_owned())
        };
        assert_eq!(of("r.io:5000/a/b:1.2"), ("r.io:5000/a/b".to_owned(), "1.2".to_owned()));
        assert_eq!(of("r.io:5000/a/b"), ("r.io:5000/a/b".to_owned(), String::new()));
        assert_eq!(of("a@sha256:00"), ("a".to_owned(), String::new()));
    }
}
