//! Images as umoci and Skopeo make them: layers with their whiteouts, archives and layouts as others write them.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test fails by panicking, and says when it cannot run"
)]

mod common;

use batten_image::archive::ImageChoice;
use batten_image::scan::scan_archive;
use common::{codes, options, packages};
use std::path::Path;
use std::process::Command;

fn run(folder: &Path, script: &str) {
    let output = Command::new("sh").args(["-ec", script]).current_dir(folder).output().unwrap();
    assert!(output.status.success(), "{script}: {}", String::from_utf8_lossy(&output.stderr));
}

/// Whether the tools are there. That a test cannot run is said, and is a failure where nobody would read it.
fn have_tools() -> bool {
    let has =
        |tool: &str| Command::new(tool).arg("--version").output().is_ok_and(|output| output.status.success());
    let all = has("umoci") && has("skopeo");
    if !all {
        println!("NOT RUN: umoci and skopeo are not installed");
        assert!(
            std::env::var_os("CI").is_none_or(|ci| ci != "true"),
            "tests of images need umoci and skopeo"
        );
    }
    all
}

#[test]
fn images_of_umoci_and_skopeo() {
    if !have_tools() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    let layer = |change: &str| {
        run(
            root,
            &format!(
                "rm -rf b; umoci unpack --rootless --image oci:a b 2>log; cd b/rootfs; {change}; cd ../..; \
                 umoci repack --image oci:a b 2>log"
            ),
        );
    };
    run(root, "umoci init --layout oci 2>log && umoci new --image oci:a 2>log");
    layer(
        "mkdir -p keep gone/deep opaque links store && echo 'keep 1' >keep/a.list && echo 'gone 1' >gone/deep/a.list \
         && echo 'old 1' >opaque/a.list && echo 'linked 1' >store/x && ln store/x links/x.list && ln -s keep soft \
         && echo 'removed 1' >removed.list && echo 'turned 1' >turned.list",
    );
    layer(
        "rm -rf gone opaque removed.list turned.list && mkdir opaque turned.list && echo 'new 1' >opaque/b.list \
         && echo 'keep 2' >keep/a.list",
    );
    run(
        root,
        "skopeo copy -q oci:oci:a docker-archive:docker.tar:example/app:1 \
         && skopeo copy -q oci:oci:a oci-archive:oci.tar:1 \
         && gzip -k docker.tar && zstd -q docker.tar -o docker.tar.zst && gzip -k oci.tar \
         && skopeo copy -q --dest-compress-format zstd oci:oci:a oci:zstd:a",
    );
    let expected = ["keep 2 keep/a.list", "linked 1 links/x.list", "new 1 opaque/b.list"];
    let targets = ["oci", "zstd", "docker.tar", "oci.tar", "docker.tar.gz", "docker.tar.zst", "oci.tar.gz"];
    let mut diff_ids = Vec::new();
    for target in targets {
        let inventory = scan_archive(&root.join(target), ImageChoice::default(), &options()).unwrap();
        assert_eq!(packages(&inventory), expected, "{target}");
        assert_eq!(codes(&inventory), [""; 0], "{target}");
        diff_ids.push(inventory.layers.iter().map(|layer| layer.diff_id.clone()).collect::<Vec<_>>());
    }
    diff_ids.dedup();
    assert_eq!(diff_ids.len(), 1, "the same layers everywhere");
}

#[test]
fn two_images_of_skopeo_in_one_archive() {
    if !have_tools() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    run(root, "umoci init --layout oci 2>log");
    for name in ["a", "b"] {
        run(
            root,
            &format!(
                "umoci new --image oci:{name} 2>log && umoci unpack --rootless --image oci:{name} {name} 2>log \
                 && echo '{name} 1' >{name}/rootfs/{name}.list && umoci repack --image oci:{name} {name} 2>log"
            ),
        );
    }
    let scan = |name: &str| {
        let choice = ImageChoice { name: Some(name.to_owned()), platform: None };
        scan_archive(&root.join("oci"), choice, &options()).unwrap()
    };
    assert_eq!(packages(&scan("a")), ["a 1 a.list"]);
    assert_eq!(packages(&scan("b")), ["b 1 b.list"]);
    assert_eq!(
        scan_archive(&root.join("oci"), ImageChoice::default(), &options()).unwrap_err().code(),
        "which-image"
    );
}
