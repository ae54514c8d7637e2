//! Containers looked up by a thread of its own, once each, so that events never wait for it.

use super::process::cgroups;
use super::{oci, read};
use crate::catalogue::{EventId, own};
use crate::state::{Container, ContainerRef, Runtime};
use crate::wire::{Argument, Builder, Flags, Head, extra};
use serde_json::Value;
use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

/// Bytes of one file of a runtime.
const MOST: u64 = 4 << 20;
/// Where runc and what wraps it keep states, and whose they are.
const RUNC: &[(&str, Runtime)] = &[
    ("/run/runc", Runtime::Runc),
    ("/run/containerd/runc/k8s.io", Runtime::Containerd),
    ("/run/containerd/runc/default", Runtime::Containerd),
    ("/run/containerd/runc/moby", Runtime::Docker),
    ("/run/docker/runtime-runc/moby", Runtime::Docker),
];
/// Bundles of containerd, by its namespaces.
const BUNDLES: &[&str] = &[
    "/run/containerd/io.containerd.runtime.v2.task/k8s.io",
    "/run/containerd/io.containerd.runtime.v2.task/default",
    "/run/containerd/io.containerd.runtime.v2.task/moby",
];
const DOCKER: &str = "/var/lib/docker/containers";
const STORAGE: [&str; 2] =
    ["/run/containers/storage/overlay-containers", "/var/lib/containers/storage/overlay-containers"];

/// What is asked: a process, and its container where the path of its cgroup names it.
struct Question {
    pid: u32,
    container: Option<ContainerRef>,
    paths: Vec<String>,
}

/// The thread, and what was asked of it.
#[derive(Debug)]
pub struct Containers {
    ask: SyncSender<Question>,
    answers: Receiver<(u32, Container)>,
    asked: HashSet<String>,
}

impl Containers {
    /// Starts the thread; `None` where the system has no room for one.
    pub fn start() -> Option<Containers> {
        let (ask, questions) = sync_channel::<Question>(256);
        let (tell, answers) = sync_channel(256);
        std::thread::Builder::new()
            .name("containers".to_owned())
            .spawn(move || {
                for question in questions {
                    let found = look_up(&question);
                    if let Some(container) = found
                        && tell.send((question.pid, container)).is_err()
                    {
                        return;
                    }
                }
            })
            .ok()?;
        Some(Containers { ask, answers, asked: HashSet::new() })
    }

    /// Asks for the container of a process, once for each path of a cgroup. A full queue is asked again later.
    pub fn ask(&mut self, pid: u32, container: Option<&ContainerRef>, paths: &[Box<[u8]>]) {
        let paths: Vec<String> =
            paths.iter().map(|path| String::from_utf8_lossy(path).into_owned()).collect();
        let key = container.map_or_else(|| paths.join("\n"), |container| container.id.clone());
        if self.asked.contains(&key) {
            return;
        }
        if self.asked.len() > 16_384 {
            self.asked.clear();
        }
        if self.ask.try_send(Question { pid, container: container.cloned(), paths }).is_ok() {
            self.asked.insert(key);
        }
    }

    /// The answers that have come, as events at `time`.
    pub fn answers(&self, time: u64) -> Vec<Vec<u8>> {
        self.answers.try_iter().filter_map(|(pid, container)| event(pid, &container, time)).collect()
    }
}

fn event(pid: u32, container: &Container, time: u64) -> Option<Vec<u8>> {
    let json = serde_json::to_vec(container).ok()?;
    let head = Head { event: EventId::named(own::CONTAINER)?.0, time, pid, tid: pid, ..Head::default() };
    let builder = Builder::new(head);
    // Mounts and labels are what makes it long; without them it still says what the container is.
    let json = if builder.fits(json.len()) {
        json
    } else {
        let short = Container { mounts: Vec::new(), labels: Vec::new(), ..container.clone() };
        serde_json::to_vec(&short).ok()?
    };
    Some(builder.with(extra::JSON, &Argument::Text(&json), Flags::default()).finish())
}

fn look_up(question: &Question) -> Option<Container> {
    match &question.container {
        Some(named) => Some(by_id(named)),
        None => by_path(question),
    }
}

fn by_id(named: &ContainerRef) -> Container {
    let mut container = Container { id: named.id.clone(), runtime: named.runtime, ..Container::default() };
    for (root, runtime) in RUNC {
        if let Some(state) = json(&Path::new(root).join(&named.id).join("state.json")) {
            oci::from_runc(&state, &mut container);
            if container.runtime == Runtime::Unknown {
                container.runtime = *runtime;
            }
            config_of(&state, &mut container);
        }
    }
    let bundles = BUNDLES.iter().map(|root| Path::new(root).join(&named.id));
    let storage = STORAGE.iter().map(|root| Path::new(root).join(&named.id).join("userdata"));
    if let Some(config) = bundles.chain(storage).find_map(|folder| json(&folder.join("config.json"))) {
        oci::from_config(&config, &mut container);
    }
    let docker = Path::new(DOCKER).join(&named.id);
    if let Some(config) = json(&docker.join("config.v2.json")) {
        let host = json(&docker.join("hostconfig.json")).unwrap_or(Value::Null);
        oci::from_docker(&config, &host, &mut container);
        container.runtime = Runtime::Docker;
    }
    container
}

/// A container that its cgroup's path does not name: runc's states say which path is whose.
fn by_path(question: &Question) -> Option<Container> {
    let mut paths = question.paths.clone();
    paths.extend(cgroups(&PathBuf::from(format!("/proc/{}", question.pid))));
    for (root, runtime) in RUNC {
        for entry in std::fs::read_dir(root).into_iter().flatten().flatten().take(4096) {
            let Some(state) = json(&entry.path().join("state.json")) else { continue };
            let id = state.get("id").and_then(Value::as_str).unwrap_or_default();
            let mut container = Container { id: id.to_owned(), runtime: *runtime, ..Container::default() };
            oci::from_runc(&state, &mut container);
            if !container.cgroup.is_empty() && paths.contains(&container.cgroup) {
                config_of(&state, &mut container);
                return Some(container);
            }
        }
    }
    None
}

/// The bundle's configuration, where runc's state says that there is a bundle.
fn config_of(state: &Value, container: &mut Container) {
    let labels = state.pointer("/config/labels").and_then(Value::as_array).into_iter().flatten();
    let bundle = labels.filter_map(Value::as_str).find_map(|label| label.strip_prefix("bundle="));
    if let Some(config) = bundle.and_then(|bundle| json(&Path::new(bundle).join("config.json"))) {
        let kept = container.name.clone();
        oci::from_config(&config, container);
        if container.name.is_empty() {
            container.name = if kept.is_empty() { container.id.clone() } else { kept };
        }
    }
}

fn json(path: &Path) -> Option<Value> {
    serde_json::from_slice(&read(path, MOST)?).ok()
}
