//! Folders, single files and what is not to be followed in them.

#![allow(clippy::unwrap_used, clippy::string_slice, reason = "a test fails by panicking")]

mod common;

use batten_image::scan::{FolderSubject, ScanOptions, scan_folder};
use batten_model::{Inventory, SubjectKind};
use common::{codes, elf, limited, options, packages};
use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};

fn write(root: &Path, path: &str, content: &[u8]) {
    let path = root.join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, content).unwrap();
}

fn scan(root: &Path) -> Inventory {
    scan_folder(&FolderSubject::at(root), &options()).unwrap()
}

#[test]
fn a_tree_is_read_without_leaving_it() {
    let outside = tempfile::tempdir().unwrap();
    write(outside.path(), "secret.list", b"secret 1\n");
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    write(root, "a.list", b"a 1\n");
    write(root, "deep/er/b.list", b"b 1\n");
    write(root, "lock", b"declared 1\n");
    write(root, "bin/tool", &elf(800, 3));
    write(root, "bin/data.bin", &elf(800, 3));
    write(root, "bin/run.exe", &elf(900, 3));
    fs::set_permissions(root.join("bin/run.exe"), fs::Permissions::from_mode(0o755)).unwrap();
    symlink(outside.path(), root.join("outside")).unwrap();
    symlink(outside.path().join("secret.list"), root.join("secret.list")).unwrap();
    symlink("..", root.join("deep/up")).unwrap();
    symlink("loop", root.join("loop")).unwrap();
    let bad = std::ffi::OsStr::from_bytes(b"bad\xff.list");
    fs::write(root.join(bad), b"bad 1\n").unwrap();
    rustix::fs::mkfifoat(rustix::fs::CWD, root.join("fifo.list"), rustix::fs::Mode::RUSR).unwrap();
    let inventory = scan(root);
    assert_eq!(
        packages(&inventory),
        [
            "program 800-3 bin/tool",
            "program 900-3 bin/run.exe",
            "a 1 a.list",
            "b 1 deep/er/b.list",
            "bad 1 bad\u{fffd}.list",
            "declared 1 lock",
        ]
    );
    assert_eq!(codes(&inventory), [""; 0]);
    assert_eq!(inventory.subject.kind, SubjectKind::Fs);
    assert!(inventory.packages.iter().all(|package| package.locations[0].layer.is_none()));
}

#[test]
fn a_link_at_an_exact_path_is_followed_within_the_root() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    write(root, "store/target", b"linked 1\n");
    fs::create_dir(root.join("exact")).unwrap();
    symlink("/store/target", root.join("exact/list")).unwrap();
    assert_eq!(packages(&scan(root)), ["linked 1 exact/list"]);
    fs::remove_file(root.join("exact/list")).unwrap();
    symlink("../../../../../etc/hostname", root.join("exact/list")).unwrap();
    assert_eq!(packages(&scan(root)), [""; 0], "there is no such file within the root");
}

#[test]
fn a_single_file_is_a_subject() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "a.list", b"a 1\n");
    write(folder.path(), "b.list", b"b 1\n");
    assert_eq!(packages(&scan(&folder.path().join("a.list"))), ["a 1 a.list"]);
    assert!(scan_folder(&FolderSubject::at(Path::new("/nonexistent")), &options()).is_err());
}

#[test]
fn folders_can_be_left_out_and_hosts_leave_out_container_storage() {
    let folder = tempfile::tempdir().unwrap();
    for path in ["a.list", "skip/b.list", "skipped/c.list", "var/lib/docker/overlay2/x/d.list", "proc/e.list"]
    {
        write(folder.path(), path, format!("{} 1\n", path.replace('/', "-")).as_bytes());
    }
    let mut subject = FolderSubject::at(folder.path());
    subject.skip = vec!["/skip/".to_owned()];
    subject.kind = SubjectKind::Host;
    let inventory = scan_folder(&subject, &options()).unwrap();
    assert_eq!(packages(&inventory), ["a.list 1 a.list", "skipped-c.list 1 skipped/c.list"]);

    let also = ["/var/lib/docker/overlay2/x/d.list", "/a.list", "/gone.list", "/skip/link.list"];
    subject.also = also.map(PathBuf::from).to_vec();
    std::os::unix::fs::symlink("/skip/b.list", folder.path().join("skip/link.list")).unwrap();
    let inventory = scan_folder(&subject, &options()).unwrap();
    assert_eq!(
        packages(&inventory),
        [
            "a.list 1 a.list",
            "skip-b.list 1 skip/link.list",
            "skipped-c.list 1 skipped/c.list",
            "var-lib-docker-overlay2-x-d.list 1 var/lib/docker/overlay2/x/d.list",
        ]
    );
}

#[test]
fn a_file_in_the_root_of_a_process_is_found() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "own.list", b"own 1\n");
    let place = format!("proc/{}/root{}/own.list", std::process::id(), folder.path().display());
    let nothing =
        std::fs::read_dir("/").unwrap().filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    let subject = FolderSubject {
        skip: nothing.collect(),
        also: vec![Path::new("/").join(&place)],
        ..FolderSubject::at(Path::new("/"))
    };
    let inventory = scan_folder(&subject, &options()).unwrap();
    assert_eq!(packages(&inventory), [format!("own 1 {place}")]);
}

#[test]
fn pseudo_file_systems_are_left_out() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "a.list", b"a 1\n");
    // Everything below the root but what is large and no pseudo file system.
    let skip = ["bin", "home", "lib", "opt", "root", "tmp", "usr", "var", "work", "mnt", "srv", "media"];
    let subject =
        FolderSubject { skip: skip.map(str::to_owned).to_vec(), ..FolderSubject::at(Path::new("/")) };
    let short = limited(|limits| limits.time = std::time::Duration::from_secs(120));
    let inventory = scan_folder(&subject, &short).unwrap();
    let pseudo = |path: &str| path.starts_with("proc/") || path.starts_with("sys/");
    assert!(!inventory.packages.iter().flat_map(|p| &p.locations).any(|place| pseudo(&place.path)));
    assert!(!inventory.errors.iter().any(|error| error.code == "limit-exceeded" || pseudo(&error.target)));
}

/// Runs this very test once more without root's right to read everything.
fn again_without_rights(test: &str) -> bool {
    if std::env::var_os("WITHOUT_RIGHTS").is_some() {
        return false;
    }
    let output = std::process::Command::new("setpriv")
        .args(["--bounding-set=-dac_override,-dac_read_search", "--inh-caps=-all"])
        .arg(std::env::current_exe().unwrap())
        .args([test, "--exact", "--nocapture"])
        .env("WITHOUT_RIGHTS", "1")
        .output()
        .unwrap();
    let text =
        String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && text.contains("1 passed"), "{text}");
    true
}

#[test]
fn what_cannot_be_read_is_told() {
    let is_root = fs::metadata("/proc/self").unwrap().uid() == 0;
    if is_root && again_without_rights("what_cannot_be_read_is_told") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "locked/a.list", b"a 1\n");
    write(folder.path(), "db/packages", b"p 1\n");
    write(folder.path(), "b.list", b"b 1\n");
    let lock = |mode| {
        for path in ["locked", "db", "b.list"] {
            fs::set_permissions(folder.path().join(path), fs::Permissions::from_mode(mode)).unwrap();
        }
    };
    lock(0);
    let inventory = scan(folder.path());
    lock(0o700);
    assert_eq!(codes(&inventory), ["unreadable-file", "unreadable-folder", "unreadable-folder"]);
    let fatal: Vec<bool> = inventory.errors.iter().map(|error| error.fatal).collect();
    assert_eq!(fatal, [false, true, false], "the package database may be in db");
}

#[test]
fn limits_hold_for_folders() {
    let folder = tempfile::tempdir().unwrap();
    for n in 0..50 {
        write(folder.path(), &format!("{n}.list"), b"a 1\n");
    }
    let few = limited(|limits| limits.entries = 10);
    let inventory = scan_folder(&FolderSubject::at(folder.path()), &few).unwrap();
    assert_eq!(codes(&inventory), ["limit-exceeded"]);
    assert!(inventory.errors[0].fatal);
}

#[test]
fn threads_do_not_change_the_answer() {
    let folder = tempfile::tempdir().unwrap();
    for n in 0..300 {
        write(
            folder.path(),
            &format!("{}/{}/{n}.list", n % 7, n % 5),
            format!("p{n} 1\nshared 1\n").as_bytes(),
        );
    }
    let with = |threads| {
        scan_folder(&FolderSubject::at(folder.path()), &ScanOptions { threads, ..options() }).unwrap()
    };
    let one = with(1);
    assert_eq!(one.packages.len(), 301);
    assert_eq!(one.packages.last().unwrap().locations.len(), 300);
    assert_eq!(one, with(8));
}
