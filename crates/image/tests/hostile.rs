//! Bad input: one clear error each, and the rest of the scan goes on.

#![allow(clippy::unwrap_used, clippy::string_slice, reason = "a test fails by panicking")]

mod common;

use batten_image::archive::ImageChoice;
use batten_image::scan::{ScanOptions, scan_archive};
use batten_image::tar::TarError;
use batten_model::{Digest, Inventory};
use batten_testkit::archive::{Header, Tar};
use batten_testkit::image::{Compressor, Image, Layer, docker_archive, layout_tar};
use common::{codes, elf, limited, options, packages, put, scan_bytes, scan_bytes_with};

fn list(name: &str) -> Vec<u8> {
    Tar::new().file(&format!("{name}.list"), format!("{name} 1\n").as_bytes()).finish()
}

fn two_layers(change: impl FnOnce(&mut Vec<Layer>)) -> Image {
    let mut layers = vec![
        Layer::new(&list("a"), Compressor::Gzip).unwrap(),
        Layer::new(&list("b"), Compressor::Gzip).unwrap(),
    ];
    change(&mut layers);
    Image::new("bad:1", layers)
}

fn one_error(inventory: &Inventory, code: &str, words: &[&str]) {
    assert_eq!(codes(inventory), [code], "{:?}", inventory.errors);
    let error = &inventory.errors[0];
    assert!(error.fatal);
    for word in words {
        assert!(error.message.en.contains(word), "{word:?} is not in {:?}", error.message.en);
    }
    assert_ne!(error.message.en, error.message.zh);
}

#[test]
fn wrong_digests_are_named_and_the_rest_goes_on() {
    let false_digest = Digest::sha256_of(b"another");
    let image = two_layers(|layers| layers[1].diff_id = Digest::sha256_of(b"another"));
    let inventory = scan_bytes(&docker_archive(std::slice::from_ref(&image)));
    let actual = Digest::sha256_of(&list("b"));
    one_error(&inventory, "digest-mismatch", &["layer 2", actual.as_str(), false_digest.as_str()]);
    assert_eq!(packages(&inventory), ["a 1 a.list", "b 1 b.list"]);

    let mut image = two_layers(|_| {});
    let true_blob = image.layers[0].digest.clone();
    let other = Layer::new(&list("c"), Compressor::Gzip).unwrap().blob;
    image.layers[0].blob = other.clone();
    image.layers[0].diff_id = Digest::sha256_of(&list("c"));
    let inventory = scan_bytes(&layout_tar(&[image]));
    let actual = Digest::sha256_of(&other);
    assert!(codes(&inventory).contains(&"digest-mismatch"));
    assert!(inventory.errors[0].message.en.contains(true_blob.as_str()));
    assert!(inventory.errors[0].message.en.contains(actual.as_str()));
}

#[test]
fn sha512_is_an_algorithm_too() {
    let mut image = two_layers(|_| {});
    for layer in &mut image.layers {
        let stated = Digest::parse(&format!("sha512:{}", "0".repeat(128))).unwrap();
        layer.digest = stated.same_algorithm_of(&layer.blob);
    }
    let good = layout_tar(std::slice::from_ref(&image));
    assert_eq!(codes(&scan_bytes(&good)), [""; 0]);
    assert_eq!(codes(&scan_bytes(&Compressor::Zstd.compress(&good).unwrap())), [""; 0]);
    image.layers[1].digest = Digest::parse(&format!("sha512:{}", "0".repeat(128))).unwrap();
    assert_eq!(codes(&scan_bytes(&layout_tar(&[image]))), ["digest-mismatch"]);
}

#[test]
fn layers_that_are_missing_foreign_or_unreadable_do_not_stop_the_others() {
    let missing = scan_bytes(&docker_archive(&[two_layers(|layers| layers[0].missing = true)]));
    one_error(&missing, "missing-part", &["layer 1"]);
    assert_eq!(packages(&missing), ["b 1 b.list"]);
    assert!(missing.os.is_unknown(), "nobody knows what the missing layer holds");

    let foreign = two_layers(|layers| {
        layers[0].media_type = "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip".to_owned();
        layers[0].missing = true;
        layers[0].urls = vec!["https://example.com/layer".to_owned()];
    });
    let foreign = scan_bytes(&layout_tar(&[foreign]));
    one_error(&foreign, "foreign-layer", &["layer 1"]);
    assert!(foreign.layers[0].skipped && !foreign.layers[1].skipped);

    let xz = two_layers(|layers| layers[0].blob = b"\xfd7zXZ\0 and more".to_vec());
    let inventory = scan_bytes(&docker_archive(&[xz]));
    one_error(&inventory, "unsupported-compression", &["layer 1", "xz"]);

    let encrypted = two_layers(|layers| layers[0].media_type.push_str("+encrypted"));
    one_error(&scan_bytes(&layout_tar(&[encrypted])), "encrypted-layer", &["layer 1"]);

    let text = two_layers(|layers| {
        layers[0] = Layer::new(b"no tar archive at all, but text", Compressor::Gzip).unwrap()
    });
    one_error(
        &scan_bytes(&docker_archive(&[text])),
        "unreadable-layer",
        &["layer 1", &TarError::NoTar.to_string()],
    );
}

#[test]
fn a_cut_gzip_layer_keeps_what_came_before() {
    let tar = Tar::new()
        .file("a.list", b"a 1\n")
        .file(
            "filler",
            &(0..600_000u32).flat_map(|n| n.wrapping_mul(2_654_435_761).to_le_bytes()).collect::<Vec<u8>>(),
        )
        .file("z.list", b"z 1\n")
        .finish();
    for compressor in [Compressor::Gzip, Compressor::Zstd] {
        let mut layer = Layer::new(&tar, compressor).unwrap();
        layer.blob.truncate(layer.blob.len() / 2);
        let inventory = scan_bytes(&docker_archive(&[Image::new("cut:1", vec![layer])]));
        one_error(&inventory, "unreadable-layer", &["layer 1"]);
        assert_eq!(packages(&inventory), ["a 1 a.list"], "{compressor:?}");
    }
}

#[test]
fn an_archive_that_is_cut_anywhere_gives_an_error_or_all() {
    let image = two_layers(|_| {});
    for archive in [docker_archive(std::slice::from_ref(&image)), layout_tar(std::slice::from_ref(&image))] {
        let folder = tempfile::tempdir().unwrap();
        for end in (0..archive.len()).step_by(97) {
            let path = put(folder.path(), "cut.tar", &archive[..end]);
            match scan_archive(&path, ImageChoice::default(), &options()) {
                Ok(inventory) => {
                    let whole = packages(&inventory).len() == 2;
                    assert!(whole || !inventory.errors.is_empty(), "cut at {end}");
                }
                Err(failure) => assert!(!failure.to_string().is_empty()),
            }
        }
    }
}

#[test]
fn bombs_are_stopped_by_limits() {
    let tar = Tar::new().file("a.list", b"a 1\n").file("zeros", &vec![0; 40 << 20]).finish();
    for compressor in [Compressor::Gzip, Compressor::Zstd] {
        let archive = docker_archive(&[Image::new("bomb:1", vec![Layer::new(&tar, compressor).unwrap()])]);
        let ratio = limited(|limits| (limits.ratio, limits.ratio_from) = (50, 1 << 20));
        let inventory = scan_bytes_with(&archive, &ratio);
        one_error(&inventory, "limit-exceeded", &["layer 1", "ratio"]);
        assert_eq!(packages(&inventory), ["a 1 a.list"]);
        let bytes = limited(|limits| limits.layer_bytes = 10 << 20);
        one_error(&scan_bytes_with(&archive, &bytes), "limit-exceeded", &["layer-bytes"]);
        let image = limited(|limits| limits.image_bytes = 10 << 20);
        one_error(&scan_bytes_with(&archive, &image), "limit-exceeded", &["image-bytes"]);
        assert_eq!(codes(&scan_bytes(&archive)), [""; 0], "within the limits it is an image like any other");
    }
    let many = (0..100).fold(Tar::new(), |tar, n| tar.file(&format!("f{n}"), b"")).finish();
    let archive =
        docker_archive(&[Image::new("many:1", vec![Layer::new(&many, Compressor::Plain).unwrap()])]);
    let entries = limited(|limits| limits.entries = 50);
    one_error(&scan_bytes_with(&archive, &entries), "limit-exceeded", &["entries", "50"]);
    let late = limited(|limits| limits.time = std::time::Duration::from_nanos(1));
    one_error(&scan_bytes_with(&archive, &late), "limit-exceeded", &["seconds"]);
}

#[test]
fn paths_that_climb_out_stay_within() {
    let long = "d/".repeat(300);
    let tar = Tar::new()
        .file("../../etc/x.list", b"climbed 1\n")
        .file("/abs/y.list", b"absolute 1\n")
        .file(&format!("{long}z.list"), b"deep 1\n")
        .raw(Header::new(b'0').name(b"bad\xff.list").size(6), b"bad 1\n")
        .symlink("loop", "loop")
        .symlink("a", "b")
        .symlink("b", "a")
        .file("loop/c.list", b"through 1\n")
        .finish();
    let archive = docker_archive(&[Image::new("p:1", vec![Layer::new(&tar, Compressor::Plain).unwrap()])]);
    let inventory = scan_bytes(&archive);
    assert_eq!(
        packages(&inventory),
        ["absolute 1 abs/y.list", "bad 1 bad\u{fffd}.list", "climbed 1 etc/x.list", "through 1 loop/c.list"]
    );
    assert_eq!(codes(&inventory), ["path-traversal", "limit-exceeded"]);
    assert!(inventory.errors.iter().all(|error| !error.fatal));
}

#[test]
fn a_fault_in_a_format_is_a_problem_of_one_file() {
    let hook = std::panic::take_hook();
    std::panic::set_hook(Box::new(|_| {}));
    let tar = Tar::new().file("panic", b"x").file("a.list", b"a 1\nbroken\n").finish();
    let inventory =
        scan_bytes(&docker_archive(&[Image::new("f:1", vec![Layer::new(&tar, Compressor::Plain).unwrap()])]));
    std::panic::set_hook(hook);
    assert_eq!(packages(&inventory), ["a 1 a.list"]);
    assert_eq!(codes(&inventory), ["internal-error", "unreadable-list"]);
}

#[test]
fn errors_of_hidden_files_are_not_told() {
    let lower = Tar::new().file("a.list", b"broken\n").finish();
    let upper = Tar::new().file("a.list", b"a 1\n").finish();
    let layers = [lower, upper].map(|tar| Layer::new(&tar, Compressor::Plain).unwrap()).to_vec();
    assert_eq!(codes(&scan_bytes(&docker_archive(&[Image::new("h:1", layers)]))), [""; 0]);
}

#[test]
fn large_files_go_to_temporary_files_and_too_large_ones_are_named() {
    let tar = Tar::new()
        .file("big", &elf(3 << 20, 9))
        .file("huge", &elf(5 << 20, 9))
        .file("small", &elf(600, 9))
        .finish();
    let archive = docker_archive(&[Image::new("l:1", vec![Layer::new(&tar, Compressor::Gzip).unwrap()])]);
    let folder = tempfile::tempdir().unwrap();
    let mut options = limited(|limits| {
        limits.memory_bytes = 1 << 20;
        limits.file_bytes = 4 << 20;
    });
    options.temp_folder = folder.path().to_owned();
    let inventory = scan_bytes_with(&archive, &options);
    assert_eq!(packages(&inventory), ["program 3145728-9 big", "program 600-9 small"]);
    assert_eq!(codes(&inventory), ["limit-exceeded"]);
    assert_eq!(inventory.errors[0].target, "huge");

    let nowhere = ScanOptions { temp_folder: "/nonexistent".into(), ..options.clone() };
    let inventory = scan_bytes_with(&archive, &nowhere);
    assert_eq!(codes(&inventory), ["no-room", "limit-exceeded"]);
    assert_eq!(packages(&inventory), ["program 600-9 small"]);
}

#[test]
fn configurations_may_be_wrong() {
    let image = two_layers(|_| {});
    let config = image.config();
    let config_name = format!("{}.json", Digest::sha256_of(&config).hex());
    let archive = |config: &[u8]| {
        let mut tar = Tar::new().file(&config_name, config);
        for (n, layer) in image.layers.iter().enumerate() {
            tar = tar.file(&format!("{n}.tar"), &layer.blob);
        }
        let manifest = format!(r#"[{{"Config":"{config_name}","Layers":["0.tar","1.tar"]}}]"#);
        tar.file("manifest.json", manifest.as_bytes()).finish()
    };
    assert_eq!(codes(&scan_bytes(&archive(&config))), [""; 0]);
    let inventory = scan_bytes(&archive(b"{"));
    assert_eq!(codes(&inventory), ["digest-mismatch", "unreadable-config"]);
    assert_eq!(packages(&inventory), ["a 1 a.list", "b 1 b.list"], "layers are read all the same");
    assert!(codes(&scan_bytes(&archive(br#"{"rootfs":{"diff_ids":[]}}"#))).contains(&"layer-count"));
}

#[test]
fn data_behind_the_end_is_told() {
    let tar = Tar::new().file("a.list", b"a 1\n").bytes(&[0; 1024]).file("b.list", b"b 1\n").finish();
    let inventory =
        scan_bytes(&docker_archive(&[Image::new("t:1", vec![Layer::new(&tar, Compressor::Plain).unwrap()])]));
    assert_eq!(packages(&inventory), ["a 1 a.list"]);
    assert_eq!(codes(&inventory), ["data-after-archive"]);
}
