//! A real container, made by runc: its events are told from the host's, and it is named.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "a test that fails to prepare fails"
)]

mod support;

use batten_sensor::live::{Filter, Options, Place};
use serde_json::{Value, json};
use std::path::Path;
use std::process::Command;
use support::{Watch, options, watched};

/// A bundle of busybox; `None` where the tools are missing.
fn bundle(folder: &Path, script: &str) -> Option<()> {
    let tools = ["/usr/sbin/runc", "/usr/bin/busybox"];
    if let Some(missing) = tools.iter().find(|tool| !Path::new(tool).exists()) {
        assert!(std::env::var("CI").as_deref() != Ok("true"), "NOT RUN: {missing} is missing");
        eprintln!("NOT RUN: {missing} is missing; scripts/test-tools.sh installs it");
        return None;
    }
    let root = folder.join("rootfs");
    for name in ["bin", "proc", "sys", "dev", "etc", "tmp"] {
        std::fs::create_dir_all(root.join(name)).unwrap();
    }
    std::fs::copy("/usr/bin/busybox", root.join("bin/busybox")).unwrap();
    for name in ["sh", "cat", "sleep", "touch"] {
        std::os::unix::fs::symlink("busybox", root.join("bin").join(name)).unwrap();
    }
    std::fs::write(root.join("etc/shadow"), "none").unwrap();
    assert!(Command::new("/usr/sbin/runc").args(["spec", "-b"]).arg(folder).status().unwrap().success());
    let path = folder.join("config.json");
    let mut config: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    config["process"]["terminal"] = json!(false);
    config["process"]["args"] = json!(["/bin/sh", "-c", script]);
    config["root"]["readonly"] = json!(false);
    std::fs::write(&path, serde_json::to_vec(&config).unwrap()).unwrap();
    Some(())
}

fn runc(folder: &Path, id: &str) {
    let output = Command::new("/usr/sbin/runc").args(["run", "-b"]).arg(folder).arg(id).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn a_container_is_told_from_the_host_and_named() {
    let Some(_one) = watched() else { return };
    let folder = tempfile::tempdir().unwrap();
    let id = format!("batten-test-{}", std::process::id());
    let Some(()) = bundle(folder.path(), "cat /etc/shadow; sleep 0.3; touch /tmp/later") else { return };
    let inside = Options {
        filter: Filter { place: Place::Containers, ..Filter::default() },
        ..options("file,process")
    };
    let watch = Watch::start(inside);
    runc(folder.path(), &id);
    let (all, counters) = watch.end();
    let cat = all.iter().find(|saw| saw.name == "execve" && saw.arg("exe") == "cat");
    let cat = cat.unwrap_or_else(|| panic!("{:?}", all.iter().map(|saw| &saw.line).collect::<Vec<_>>()));
    assert!(cat.flags.contains(&"container") && cat.cwd == "/", "{}", cat.line);
    assert_eq!(cat.arg("trusted_exepath"), "/bin/busybox", "the path is the container's");
    let opened = all
        .iter()
        .find(|saw| saw.name.starts_with("open") && saw.comm == "cat" && saw.arg("name") == "/etc/shadow");
    assert_eq!(opened.unwrap().fd.as_deref(), Some("/etc/shadow"));
    let vpid =
        all.iter().find(|saw| saw.name == "clone" && saw.comm == "sh" && saw.flags.contains(&"container"));
    assert!(vpid.unwrap().arg("vpid").parse::<u32>().unwrap() < 50);
    // The name comes from runc's state, which a thread reads meanwhile.
    let later = all.iter().find(|saw| saw.arg("name") == "/tmp/later").unwrap();
    assert_eq!(later.container.as_deref(), Some(id.as_str()));
    assert_eq!(later.image.as_deref(), Some(id.as_str()));
    assert!(
        all.iter().all(|saw| saw.flags.contains(&"container") || saw.name == "container"),
        "only the container"
    );
    assert!(counters.filtered > 0, "the host's events were filtered within the kernel");
}

#[test]
fn an_id_in_the_path_of_the_cgroup_names_the_container_at_once() {
    let Some(_one) = watched() else { return };
    let folder = tempfile::tempdir().unwrap();
    let id = format!("{:064x}", std::process::id());
    let Some(()) = bundle(folder.path(), "cat /etc/shadow") else { return };
    let watch = Watch::start(options("file,process"));
    runc(folder.path(), &id);
    let (all, _) = watch.end();
    let cat = all.iter().find(|saw| saw.name == "execve" && saw.arg("exe") == "cat").unwrap();
    assert_eq!(cat.container.as_deref(), Some(id.as_str()));
    assert!(
        all.iter().any(|saw| saw.container.is_none() && !saw.flags.contains(&"container")),
        "the host has none"
    );
}
