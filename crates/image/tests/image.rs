//! Images from every kind of archive: the same packages whatever the wrapping, and layers as runtimes apply them.

#![allow(clippy::unwrap_used, clippy::string_slice, reason = "a test fails by panicking")]

mod common;

use batten_image::archive::ImageChoice;
use batten_image::limits::Limits;
use batten_image::manifest::Manifest;
use batten_image::scan::{CacheOptions, ScanFailure, ScanOptions, scan_archive, scan_image};
use batten_image::source::{ImageParts, ImageSource, LayerBytes, LayerSource, SourceError};
use batten_model::{Digest, Inventory, SubjectKind};
use batten_testkit::archive::Tar;
use batten_testkit::image::{
    Compressor, Image, Layer, docker_archive, docker_archive_with_layout, layout_tar, write_layout,
};
use common::{codes, elf, options, packages, put, scan_bytes, scan_bytes_with};
use serde_json::json;
use std::path::Path;

fn image_of(tars: &[Vec<u8>], compressor: Compressor) -> Image {
    let layers = tars.iter().map(|tar| Layer::new(tar, compressor).unwrap()).collect();
    Image::new("example/app:1.2", layers)
}

fn scan_tars(tars: &[Vec<u8>]) -> Inventory {
    scan_bytes(&docker_archive(&[image_of(tars, Compressor::Plain)]))
}

fn base() -> Vec<u8> {
    Tar::new()
        .folder("app")
        .file("app/a.list", b"left 1.0\nright 2.0\n")
        .file("app/sub/b.list", b"deep 3\n")
        .file_with_mode("usr/bin/tool", 0o755, &elf(5000, 7))
        .file("etc/ignored.txt", b"nobody wants this")
        .finish()
}

fn upper() -> Vec<u8> {
    Tar::new().whiteout("app/sub").file("app/a.list", b"left 1.1\n").file("new/c.list", b"fresh 4\n").finish()
}

#[test]
fn every_wrapping_gives_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let expected =
        ["program 5000-7 usr/bin/tool", "fresh 4 new/c.list", "left 1.1 app/a.list"].map(str::to_owned);
    for compressor in [Compressor::Plain, Compressor::Gzip, Compressor::Zstd] {
        let image = image_of(&[base(), upper()], compressor);
        let images = std::slice::from_ref(&image);
        let layout = folder.path().join(format!("{compressor:?}"));
        write_layout(images, &layout).unwrap();
        let archives = [docker_archive(images), docker_archive_with_layout(images), layout_tar(images)];
        let mut inventories = vec![scan_archive(&layout, ImageChoice::default(), &options()).unwrap()];
        for archive in &archives {
            for outer in [Compressor::Plain, Compressor::Gzip, Compressor::Zstd] {
                inventories.push(scan_bytes(&outer.compress(archive).unwrap()));
            }
        }
        for inventory in inventories {
            assert_eq!(packages(&inventory), expected, "{compressor:?} {}", inventory.subject.name);
            assert_eq!(codes(&inventory), [""; 0]);
            assert_eq!(inventory.subject.kind, SubjectKind::Image);
            assert_eq!(inventory.subject.platform.as_deref(), Some("linux/amd64"));
            let diff_ids: Vec<&Digest> = inventory.layers.iter().map(|layer| &layer.diff_id).collect();
            assert_eq!(diff_ids, image.layers.iter().map(|layer| &layer.diff_id).collect::<Vec<_>>());
            let places = &inventory.packages[0].locations;
            assert_eq!(places[0].layer.as_ref(), Some(&image.layers[0].diff_id));
            assert_eq!(inventory.packages[2].locations[0].layer.as_ref(), Some(&image.layers[1].diff_id));
        }
    }
}

#[test]
fn a_layout_has_the_manifests_digest_and_an_archive_the_configurations() {
    let image = image_of(&[base()], Compressor::Gzip);
    let images = std::slice::from_ref(&image);
    let manifest = Digest::sha256_of(&image.manifest());
    assert_eq!(scan_bytes(&layout_tar(images)).subject.digest, Some(manifest.clone()));
    assert_eq!(scan_bytes(&docker_archive_with_layout(images)).subject.digest, Some(manifest));
    let config = Digest::sha256_of(&image.config());
    assert_eq!(scan_bytes(&docker_archive(images)).subject.digest, Some(config));
}

#[test]
fn history_and_configuration() {
    let mut image = image_of(&[base(), upper()], Compressor::Plain);
    image.container =
        json!({ "WorkingDir": "/proc/self/fd/8", "User": "app", "Env": ["A=b"], "Cmd": ["sh"] });
    image.history = json!([
        { "created_by": "ADD base" }, { "created_by": "ENV A=b", "empty_layer": true }, { "created_by": "RUN x" }
    ]);
    let inventory = scan_bytes(&docker_archive(&[image]));
    let by: Vec<Option<&str>> = inventory.layers.iter().map(|layer| layer.created_by.as_deref()).collect();
    assert_eq!(by, [Some("ADD base"), Some("RUN x")]);
    assert_eq!(inventory.config.unwrap().working_dir, "/proc/self/fd/8");
}

#[test]
fn layers_hide_what_is_below() {
    let lower = Tar::new()
        .file("keep/a.list", b"keep 1\n")
        .file("opaque/a.list", b"opaque-old 1\n")
        .file("opaque/deep/a.list", b"opaque-deep 1\n")
        .file("removed/a.list", b"removed 1\n")
        .file("removed/deep/a.list", b"removed-deep 1\n")
        .file("to-link/a.list", b"to-link 1\n")
        .file("to-file/a.list", b"to-file 1\n")
        .file("to-folder.list", b"to-folder 1\n")
        .file("prefix/a.list", b"prefix 1\n")
        .file("prefix2/a.list", b"prefix2 1\n")
        .file("top.list", b"top 1\n")
        .finish();
    let upper = Tar::new()
        .folder("keep")
        .opaque("opaque")
        .file("opaque/b.list", b"opaque-new 1\n")
        .whiteout("removed")
        .symlink("to-link", "elsewhere")
        .file("to-file", b"")
        .folder("to-folder.list")
        .whiteout("prefix")
        .whiteout("top.list")
        .file("dir/.wh..wh.plnk", b"")
        .finish();
    let again = Tar::new().file("removed/b.list", b"back 1\n").finish();
    let inventory = scan_tars(&[lower, upper, again]);
    assert_eq!(
        packages(&inventory),
        [
            "back 1 removed/b.list",
            "keep 1 keep/a.list",
            "opaque-new 1 opaque/b.list",
            "prefix2 1 prefix2/a.list",
        ]
    );
}

#[test]
fn an_opaque_root_hides_everything() {
    let upper = Tar::new().file(".wh..wh..opq", b"").file("x.list", b"x 1\n").finish();
    assert_eq!(packages(&scan_tars(&[base(), upper])), ["x 1 x.list"]);
}

#[test]
fn whiteouts_do_not_hide_their_own_layer() {
    let upper = Tar::new().file("app/a.list", b"own 1\n").whiteout("app/a.list").opaque("app").finish();
    assert_eq!(packages(&scan_tars(&[base(), upper])), ["program 5000-7 usr/bin/tool", "own 1 app/a.list"]);
}

#[test]
fn folders_that_are_links_in_a_lower_layer_are_followed() {
    let lower = Tar::new().symlink("lib", "usr/lib").file("usr/lib/a.list", b"a 1\nold 1\n").finish();
    let middle = Tar::new().file("lib/a.list", b"a 2\n").file("lib/b.list", b"b 1\n").finish();
    let upper = Tar::new().whiteout("lib/b.list").finish();
    assert_eq!(
        packages(&scan_tars(&[lower.clone(), middle.clone()])),
        ["a 2 usr/lib/a.list", "b 1 usr/lib/b.list"]
    );
    assert_eq!(packages(&scan_tars(&[lower, middle, upper])), ["a 2 usr/lib/a.list"]);
}

#[test]
fn a_later_entry_takes_an_earlier_ones_place() {
    let twice = Tar::new().file("a.list", b"first 1\n").file("./a.list", b"second 1\n").finish();
    assert_eq!(packages(&scan_tars(&[twice])), ["second 1 a.list"]);
}

#[test]
fn hard_links_have_their_targets_content() {
    let tar = Tar::new()
        .file("store/0123abcd", b"linked 1\n")
        .hard_link("app/a.list", "store/0123abcd")
        .file("app/b.list", b"both 1\n")
        .hard_link("app/c.list", "./app/b.list")
        .hard_link("app/no-list", "app/b.list")
        .file_with_mode("bin/tool", 0o755, &elf(700, 1))
        .hard_link("bin/tool2", "bin/tool")
        .hard_link("broken.list", "nowhere")
        .symlink("exact/list", "../store/exact")
        .file("store/exact", b"by-link 1\n")
        .finish();
    let expected = [
        "program 700-1 bin/tool,bin/tool2",
        "both 1 app/b.list,app/c.list",
        "by-link 1 exact/list",
        "linked 1 app/a.list",
    ];
    for compressor in [Compressor::Plain, Compressor::Gzip, Compressor::Zstd] {
        let image = image_of(std::slice::from_ref(&tar), compressor);
        let archive = docker_archive(&[image]);
        assert_eq!(packages(&scan_bytes(&archive)), expected);
        assert_eq!(packages(&scan_bytes(&Compressor::Gzip.compress(&archive).unwrap())), expected);
    }
}

#[test]
fn a_package_belongs_to_the_layer_since_which_it_is_there() {
    let layer = |content: &[u8]| Tar::new().file("db/packages", content).finish();
    let tars = [
        layer(b"stays 1\nupdated 1\ngone 1\nback 1\n"),
        layer(b"stays 1\nupdated 2\nback 2\n"),
        Tar::new().file("unrelated", b"").finish(),
        layer(b"stays 1\nupdated 2\nback 1\nnew 1\n"),
    ];
    let inventory = scan_tars(&tars);
    let diff_ids: Vec<Digest> = tars.iter().map(|tar| Digest::sha256_of(tar)).collect();
    let layers: Vec<(String, usize)> = inventory
        .packages
        .iter()
        .map(|p| {
            (p.name.clone(), diff_ids.iter().position(|d| Some(d) == p.locations[0].layer.as_ref()).unwrap())
        })
        .collect();
    let expected = [("back", 3), ("new", 3), ("stays", 0), ("updated", 1)];
    assert_eq!(layers, expected.map(|(name, layer)| (name.to_owned(), layer)));

    let removed = [layer(b"a 1\n"), Tar::new().whiteout("db").finish(), layer(b"a 1\n")];
    let inventory = scan_tars(&removed);
    let last = Digest::sha256_of(&removed[2]);
    // The first and the last layer are the same bytes: the digest is the same, the break is what matters.
    assert_eq!(inventory.packages[0].locations[0].layer, Some(last));
}

#[test]
fn what_is_only_declared_is_left_out_of_images() {
    let tar = Tar::new()
        .file("app/lock", b"used 1\nunused 1\n")
        .file("app/modules/x.list", b"used 1\n")
        .file("other/y.list", b"used 2\n")
        .finish();
    let archive = docker_archive(&[image_of(&[tar], Compressor::Plain)]);
    let inventory = scan_bytes(&archive);
    assert_eq!(packages(&inventory), ["used 1 app/modules/x.list", "used 2 other/y.list"]);
    assert_eq!(inventory.declared_only, ["app/lock"]);
    assert_eq!(inventory.packages[0].dependency_path.steps(), ["top@1", "used@1"]);
    let keep = ScanOptions { keep_declared: true, ..options() };
    let inventory = scan_bytes_with(&archive, &keep);
    assert_eq!(
        packages(&inventory),
        ["unused 1 app/lock", "used 1 app/lock,app/modules/x.list", "used 2 other/y.list"]
    );
}

#[test]
fn several_images_are_a_question_of_name() {
    let mut first = image_of(&[base()], Compressor::Plain);
    first.names = vec!["a/b:1".to_owned(), "a/b:latest".to_owned()];
    let mut second = image_of(&[upper()], Compressor::Plain);
    second.names = vec!["c:2".to_owned()];
    let images = [first, second];
    let folder = tempfile::tempdir().unwrap();
    for (kind, archive) in [("docker", docker_archive(&images)), ("layout", layout_tar(&images))] {
        let path = put(folder.path(), kind, &archive);
        let scan = |name: Option<&str>| {
            let choice = ImageChoice { name: name.map(str::to_owned), platform: None };
            scan_archive(&path, choice, &options())
        };
        let error = scan(None).unwrap_err();
        assert_eq!(error.code(), "which-image", "{kind}");
        assert!(error.to_string().contains("a/b:1") && error.to_string().contains("c:2"), "{error}");
        assert_eq!(packages(&scan(Some("c:2")).unwrap()).len(), 2);
        assert_eq!(packages(&scan(Some("docker.io/a/b:1")).unwrap()).len(), 4);
        assert_eq!(packages(&scan(Some("@1")).unwrap()).len(), 2);
        let error = scan(Some("d")).unwrap_err();
        assert!(error.to_string().contains("holds no image \"d\""), "{error}");
    }
}

#[test]
fn platforms_are_chosen_from_an_index() {
    let mut arm = image_of(&[upper()], Compressor::Plain);
    arm.platform = ("linux".to_owned(), "arm64".to_owned());
    let mut intel = image_of(&[base()], Compressor::Plain);
    intel.platform = ("linux".to_owned(), "amd64".to_owned());
    let folder = tempfile::tempdir().unwrap();
    let path = put(folder.path(), "both.tar", &layout_tar(&[arm.clone(), intel]));
    let scan = |path: &Path, platform: &str| {
        let choice = ImageChoice { name: None, platform: Some(platform.parse().unwrap()) };
        scan_archive(path, choice, &options())
    };
    assert_eq!(scan(&path, "linux/arm64").unwrap().subject.platform.as_deref(), Some("linux/arm64"));
    assert_eq!(scan(&path, "linux/x86_64").unwrap().subject.platform.as_deref(), Some("linux/amd64"));
    let error = scan(&path, "linux/s390x").unwrap_err();
    assert!(error.to_string().contains("linux/arm64, linux/amd64"), "{error}");
    let only = put(folder.path(), "arm.tar", &docker_archive(&[arm]));
    assert_eq!(scan(&only, "linux/amd64").unwrap_err().code(), "no-such-platform");
    assert!(scan_archive(&only, ImageChoice::default(), &options()).is_ok());
}

#[test]
fn what_is_no_image_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let failure =
        |path: &Path| -> ScanFailure { scan_archive(path, ImageChoice::default(), &options()).unwrap_err() };
    let tar = put(folder.path(), "plain.tar", &base());
    assert_eq!(failure(&tar).code(), "no-image");
    assert_eq!(failure(&put(folder.path(), "x.txt", b"hello, this is text")).code(), "damaged-archive");
    assert_eq!(failure(&put(folder.path(), "x.xz", b"\xfd7zXZ\0......")).code(), "unsupported-compression");
    assert_eq!(failure(Path::new("/nonexistent/x")).code(), "unreadable-target");
    assert_eq!(failure(folder.path()).code(), "no-image");
    assert_eq!(failure(Path::new("/dev/null")).code(), "unreadable-target");
}

#[test]
fn known_layers_come_from_the_cache() {
    let folder = tempfile::tempdir().unwrap();
    let cache = CacheOptions { folder: folder.path().join("cache"), max_bytes: 1 << 30 };
    let cached = ScanOptions { cache: Some(cache.clone()), ..options() };
    let image = image_of(&[base(), upper()], Compressor::Gzip);
    let archive = docker_archive(&[image]);
    for outer in [Compressor::Gzip, Compressor::Zstd, Compressor::Plain] {
        let path = put(folder.path(), "image.tar", &outer.compress(&archive).unwrap());
        std::thread::sleep(std::time::Duration::from_millis(150));
        let first = scan_archive(&path, ImageChoice::default(), &cached).unwrap();
        // With such a limit no layer could be read.
        let broken = ScanOptions { limits: Limits { layer_bytes: 1, ..Limits::default() }, ..cached.clone() };
        let second = scan_archive(&path, ImageChoice::default(), &broken).unwrap();
        assert_eq!(first, second, "{outer:?}");
    }
    let path = folder.path().join("image.tar");

    // A changed archive under the same name is read anew, and its false digest is seen.
    let mut changed = image_of(&[base(), upper()], Compressor::Plain);
    changed.layers[1] = Layer { diff_id: changed.layers[1].diff_id.clone(), ..changed.layers[0].clone() };
    put(folder.path(), "image.tar", &docker_archive(&[changed]));
    let third = scan_archive(&path, ImageChoice::default(), &cached).unwrap();
    assert_eq!(codes(&third), ["digest-mismatch"]);

    // Whatever is in the cache's files, the answer is right.
    for entry in walk(&cache.folder) {
        std::fs::write(entry, b"BATTENL1 nonsense").unwrap();
    }
    let fourth = scan_archive(&path, ImageChoice::default(), &cached).unwrap();
    assert_eq!(third, fourth);
}

/// An image as a registry has it: blobs by digest, and a count of how often one was asked for.
struct Registry {
    image: Image,
    manifest_digest: Digest,
    fetched: std::sync::atomic::AtomicUsize,
}

impl ImageSource for Registry {
    fn describe(&self) -> Result<ImageParts, SourceError> {
        let Ok(Manifest::Image(manifest)) = Manifest::parse(&self.image.manifest()) else {
            panic!("no image")
        };
        Ok(ImageParts {
            name: "registry.example/app:1".to_owned(),
            manifest: Some(self.image.manifest()),
            manifest_digest: Some(self.manifest_digest.clone()),
            config: self.image.config(),
            config_digest: Some(manifest.config.digest),
            layers: manifest.layers.into_iter().map(LayerSource::from).collect(),
        })
    }

    fn open(&self, index: usize) -> Result<LayerBytes<'_>, SourceError> {
        self.fetched.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        Ok(LayerBytes::Stream(Box::new(self.image.layers[index].blob.as_slice())))
    }

    fn content_addressed(&self) -> bool {
        true
    }
}

#[test]
fn known_layers_of_a_registry_are_not_fetched() {
    let folder = tempfile::tempdir().unwrap();
    let cache = CacheOptions { folder: folder.path().to_owned(), max_bytes: 1 << 30 };
    let cached = ScanOptions { cache: Some(cache), ..options() };
    let image = image_of(&[base(), upper()], Compressor::Gzip);
    let manifest_digest = Digest::sha256_of(&image.manifest());
    let mut registry = Registry { image, manifest_digest, fetched: 0.into() };
    let first = scan_image(&registry, &cached).unwrap();
    assert_eq!(registry.fetched.swap(0, std::sync::atomic::Ordering::Relaxed), 2);
    assert_eq!(scan_image(&registry, &cached).unwrap(), first);
    assert_eq!(registry.fetched.swap(0, std::sync::atomic::Ordering::Relaxed), 0);
    assert_eq!(first.subject.digest, Some(registry.manifest_digest.clone()));

    // A manifest that is not the one that was asked for vouches for nothing.
    registry.manifest_digest = Digest::sha256_of(b"another");
    let inventory = scan_image(&registry, &cached).unwrap();
    assert_eq!(codes(&inventory), ["digest-mismatch"]);
    assert!(inventory.errors[0].fatal && inventory.errors[0].message.en.contains("manifest"));
    assert_eq!(registry.fetched.swap(0, std::sync::atomic::Ordering::Relaxed), 2);
}

fn walk(folder: &Path) -> Vec<std::path::PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { files.extend(walk(&path)) } else { files.push(path) }
    }
    files
}
