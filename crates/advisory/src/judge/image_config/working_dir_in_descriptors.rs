//! The working directory must not lie in a process's table of open files.
//!
//! runc up to 1.1.11 leaves a descriptor of the host's file system open while it enters the container
//! (CVE-2024-21626). A working directory of `/proc/self/fd/7` then is a directory of the host: the container's first
//! process reads and writes there. No honest image has such a working directory; one that has is made for this attack,
//! and with a mended runc it merely does not start.

use super::Check;
use batten_model::{ImageConfig, Severity, Text};

pub(super) const CHECK: Check = Check {
    id: "BTN-IMG-0001",
    aliases: &["CVE-2024-21626"],
    severity: Severity::Critical,
    title: (
        "the image's working directory is an open file of the runtime, which leads out of the container",
        "镜像的工作目录指向运行时打开的文件，可逃逸到宿主机",
    ),
    remediation: (
        "Do not run this image: it is built to use CVE-2024-21626. Find out where it came from, upgrade runc to 1.1.12 \
         or later on every host, and set WORKDIR to a plain directory of the image.",
        "不要运行此镜像：它利用 CVE-2024-21626 构造。请追查来源，将所有主机的 runc 升级到 1.1.12 或更高版本，并把 WORKDIR \
         设为镜像内的普通目录。",
    ),
    references: &[
        "https://nvd.nist.gov/vuln/detail/CVE-2024-21626",
        "https://github.com/opencontainers/runc/security/advisories/GHSA-xr7r-f8xq-vfvv",
    ],
    run,
};

fn run(config: &ImageConfig) -> Vec<Text> {
    let mut found = Vec::new();
    if is_in_descriptors(&config.working_dir) {
        let shown = clipped(&config.working_dir);
        found.push(Text::new(format!("WorkingDir is {shown}"), format!("WorkingDir 为 {shown}")));
    }
    for (at, step) in config.history.iter().enumerate() {
        if workdirs(step).any(|dir| is_in_descriptors(&dir)) {
            let shown = clipped(step);
            found.push(Text::new(
                format!("history entry {} sets it: {shown}", at + 1),
                format!("第 {} 条构建历史设置了它：{shown}", at + 1),
            ));
        }
    }
    found
}

/// True for `/proc/<process>/fd`, `/proc/<process>/task/<thread>/fd`, `/dev/fd`, and all below them, however the path is
/// written; also for `cwd` and `root` of another process. A relative path starts at the root.
fn is_in_descriptors(path: &str) -> bool {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            // `..` behind a symbolic link does not lead back to where the text says, so both readings are looked at.
            ".." => {
                if names_descriptors(&parts) {
                    return true;
                }
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    names_descriptors(&parts)
}

fn names_descriptors(parts: &[&str]) -> bool {
    let table = |part: &&str| matches!(*part, "fd" | "fdinfo" | "map_files");
    match parts {
        ["dev", "fd", ..] | ["dev", "stdin" | "stdout" | "stderr", ..] => true,
        ["proc", "thread-self", rest @ ..] => rest.first().is_some_and(table),
        ["proc", process, "task", thread, rest @ ..] if is_process(process) && is_process(thread) => {
            rest.first().is_some_and(table)
        }
        ["proc", process, rest @ ..] if is_process(process) => rest
            .first()
            .is_some_and(|part| table(part) || (*process != "self" && matches!(*part, "cwd" | "root"))),
        // A proc file system mounted elsewhere, or reached over another name: `…/self/fd/…` is never a plain folder.
        _ => parts.windows(2).any(|pair| matches!(pair, ["self" | "thread-self", "fd"])),
    }
}

/// `self`, a number, or a variable that the builder fills in.
fn is_process(part: &str) -> bool {
    part == "self" || part.contains('$') || (!part.is_empty() && part.bytes().all(|b| b.is_ascii_digit()))
}

/// The directories that a step of the history sets: `WORKDIR /a`, `/bin/sh -c #(nop) WORKDIR /a`.
fn workdirs(step: &str) -> impl Iterator<Item = String> {
    let words: Vec<&str> = step.split_whitespace().collect();
    let dirs: Vec<String> = words
        .windows(2)
        .filter(|pair| pair.first().is_some_and(|word| word.eq_ignore_ascii_case("workdir")))
        .filter_map(|pair| pair.get(1))
        .map(|dir| dir.trim_matches(['"', '\'', '[', ']', ',']).to_owned())
        .collect();
    dirs.into_iter()
}

fn clipped(text: &str) -> String {
    text.chars().take(200).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use batten_model::{Subject, SubjectKind};

    #[test]
    fn paths_of_open_files() {
        for path in [
            "/proc/self/fd/7",
            "/proc/self/fd",
            "//proc/self/./fd/8/",
            "/proc/1/fd/9/../../..",
            "/proc/thread-self/fd/7",
            "/proc/self/task/12/fd/7",
            "/dev/fd/7",
            "proc/self/fd/7",
            "/a/../proc/self/fd/7/../../../etc",
            "/proc/1/root",
            "/proc/1/cwd",
            "/host/proc/self/fd/3",
            "/proc/${PID}/fd/3",
        ] {
            assert!(is_in_descriptors(path), "{path}");
        }
        for path in [
            "",
            "/",
            "/app",
            "/proc",
            "/proc/self",
            "/proc/self/cwd",
            "/srv/fd/7",
            "/proc/sys/fd",
            "/dev/shm",
            "/fd",
        ] {
            assert!(!is_in_descriptors(path), "{path}");
        }
    }

    #[test]
    fn configuration_and_history() {
        let subject = Subject::named(SubjectKind::Image, "x:1");
        let judge = |config: &ImageConfig| super::super::judge(config, &subject);
        let bad = ImageConfig { working_dir: "/proc/self/fd/7".into(), ..ImageConfig::default() };
        let findings = judge(&bad);
        assert_eq!(findings[0].id, "BTN-IMG-0001");
        assert_eq!(findings[0].aliases, ["CVE-2024-21626"]);
        assert!(findings[0].evidence[0].detail.en.contains("/proc/self/fd/7"));
        let passed = ImageConfig {
            working_dir: "/app".into(),
            history: vec!["/bin/sh -c #(nop) WORKDIR /proc/self/fd/8".into(), "WORKDIR /app".into()],
            ..ImageConfig::default()
        };
        assert_eq!(judge(&passed)[0].evidence.len(), 1);
        let good = ImageConfig { working_dir: "/app".into(), history: vec!["RUN workdir".into()], ..passed };
        assert!(judge(&good).is_empty());
    }
}
