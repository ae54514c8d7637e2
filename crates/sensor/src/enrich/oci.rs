//! What runtimes write down about containers, read into one shape.

use crate::state::{Container, Mount, Pod};
use serde_json::Value;

/// From an OCI runtime configuration (`config.json` of a bundle).
pub(super) fn from_config(config: &Value, into: &mut Container) {
    let namespaces = config.pointer("/linux/namespaces").and_then(Value::as_array);
    if let Some(list) = namespaces {
        let shares = |kind: &str| !list.iter().any(|ns| text(ns, "/type") == kind);
        into.host_pid = Some(shares("pid"));
        into.host_network = Some(shares("network"));
        into.host_ipc = Some(shares("ipc"));
    }
    let mounts = config.pointer("/mounts").and_then(Value::as_array).into_iter().flatten();
    into.mounts = mounts.take(256).map(mount).collect();
    into.privileged = Some(is_privileged(config));
    let notes = |key: &str| config.pointer("/annotations").and_then(|a| a.get(key)).and_then(Value::as_str);
    let pick = |keys: &[&str]| keys.iter().find_map(|key| notes(key)).unwrap_or_default().to_owned();
    into.image =
        pick(&["io.kubernetes.cri.image-name", "io.kubernetes.cri-o.ImageName", "nerdctl/image-name"]);
    into.name = pick(&["io.kubernetes.cri.container-name", "io.kubernetes.container.name", "nerdctl/name"]);
    let pod = Pod {
        name: pick(&["io.kubernetes.cri.sandbox-name", "io.kubernetes.pod.name"]),
        namespace: pick(&["io.kubernetes.cri.sandbox-namespace", "io.kubernetes.pod.namespace"]),
        uid: pick(&["io.kubernetes.cri.sandbox-uid", "io.kubernetes.pod.uid"]),
        sandbox_id: pick(&["io.kubernetes.cri.sandbox-id", "io.kubernetes.cri-o.SandboxID"]),
    };
    into.pod = (!pod.name.is_empty()).then_some(pod);
}

/// From runc's own state (`state.json`), whose configuration has other names.
pub(super) fn from_runc(state: &Value, into: &mut Container) {
    let config = state.get("config").unwrap_or(&Value::Null);
    let namespaces = config.get("namespaces").and_then(Value::as_array);
    if let Some(list) = namespaces {
        let shares = |kind: &str| !list.iter().any(|ns| text(ns, "/type") == kind);
        into.host_pid = Some(shares("NEWPID"));
        into.host_network = Some(shares("NEWNET"));
        into.host_ipc = Some(shares("NEWIPC"));
    }
    let labels =
        config.get("labels").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
    into.labels =
        labels.filter_map(|label| label.split_once('=')).map(|(k, v)| (k.into(), v.into())).collect();
    into.labels.sort();
    let paths = state.get("cgroup_paths").and_then(Value::as_object);
    let wanted = ["", "memory", "pids", "cpu"].iter().find_map(|name| paths?.get(*name)?.as_str());
    into.cgroup = wanted.map(below_mount).unwrap_or_default();
}

/// Docker's `config.v2.json` and `hostconfig.json`.
pub(super) fn from_docker(config: &Value, host: &Value, into: &mut Container) {
    into.name = text(config, "/Name").trim_start_matches('/').to_owned();
    into.image = text(config, "/Config/Image");
    into.image_id = text(config, "/Image").trim_start_matches("sha256:").chars().take(12).collect();
    into.privileged = host.get("Privileged").and_then(Value::as_bool);
    let mode = |key: &str| Some(host.get(key)?.as_str()? == "host");
    into.host_pid = mode("PidMode");
    into.host_network = mode("NetworkMode");
    into.host_ipc = mode("IpcMode");
    let labels = config.pointer("/Config/Labels").and_then(Value::as_object).into_iter().flatten();
    into.labels =
        labels.map(|(key, value)| (key.clone(), value.as_str().unwrap_or_default().to_owned())).collect();
    let mounts = config.get("MountPoints").and_then(Value::as_object).into_iter().flatten();
    into.mounts = mounts
        .take(256)
        .map(|(_, mount)| Mount {
            source: text(mount, "/Source"),
            dest: text(mount, "/Destination"),
            mode: text(mount, "/Relabel"),
            rw: mount.get("RW").and_then(Value::as_bool).unwrap_or(false),
            propagation: text(mount, "/Propagation"),
        })
        .collect();
}

/// A cgroup's path below the place where its hierarchy is mounted.
fn below_mount(path: &str) -> String {
    let below = path.strip_prefix("/sys/fs/cgroup/").unwrap_or(path);
    if path.starts_with("/sys/fs/cgroup/") {
        // Version 1 has a folder for each controller, a mixed system one for the unified hierarchy.
        let known = ["unified", "systemd", "memory", "pids", "cpu", "cpuset", "devices", "freezer", "blkio"];
        let (first, rest) = below.split_once('/').unwrap_or((below, ""));
        if known.contains(&first) || first.contains(',') {
            return format!("/{rest}");
        }
        return format!("/{below}");
    }
    below.to_owned()
}

fn mount(mount: &Value) -> Mount {
    let options: Vec<&str> = mount
        .get("options")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    let propagation = ["rprivate", "private", "rshared", "shared", "rslave", "slave"];
    Mount {
        source: text(mount, "/source"),
        dest: text(mount, "/destination"),
        mode: String::new(),
        rw: !options.contains(&"ro"),
        propagation: options.iter().find(|o| propagation.contains(o)).map_or("", |o| *o).to_owned(),
    }
}

/// Has the capability to administer, and all devices.
fn is_privileged(config: &Value) -> bool {
    let list = |path: &str| config.pointer(path).and_then(Value::as_array).cloned().unwrap_or_default();
    let admin =
        list("/process/capabilities/bounding").iter().any(|cap| cap.as_str() == Some("CAP_SYS_ADMIN"));
    let all = list("/linux/resources/devices").iter().any(|device| {
        let whole = device.get("type").is_none_or(|kind| kind.as_str() == Some("a"));
        device.get("allow").and_then(Value::as_bool) == Some(true) && whole && device.get("major").is_none()
    });
    admin && all
}

fn text(value: &Value, pointer: &str) -> String {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned()
}
