//! Large images in little memory: the layers are made while they are read, and never lie anywhere as a whole.
//!
//! One test, because the peak of memory is that of the whole process.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use batten_image::scan::{ScanOptions, scan_image};
use batten_image::source::{ImageParts, ImageSource, LayerBytes, LayerSource, SourceError};
use batten_testkit::archive::{Header, Tar};
use batten_testkit::image::Compressor;
use common::{codes, options, packages};
use std::io::{Read, repeat};

/// Makes the bytes of one layer.
type Make = Box<dyn Fn() -> Box<dyn Read + Send> + Sync>;

struct Made(Vec<Make>);

impl ImageSource for Made {
    fn describe(&self) -> Result<ImageParts, SourceError> {
        let layer = LayerSource {
            media_type: String::new(),
            digest: None,
            size: None,
            urls: Vec::new(),
            foreign: false,
        };
        Ok(ImageParts {
            name: "made".to_owned(),
            manifest: None,
            manifest_digest: None,
            config: b"{}".to_vec(),
            config_digest: None,
            layers: vec![layer; self.0.len()],
        })
    }

    fn open(&self, index: usize) -> Result<LayerBytes<'_>, SourceError> {
        Ok(LayerBytes::Stream((self.0[index])()))
    }
}

/// Bytes that come in pieces.
struct Pieces<I> {
    pieces: I,
    piece: Vec<u8>,
    place: usize,
}

impl<I: Iterator<Item = Vec<u8>>> Read for Pieces<I> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        if self.place == self.piece.len() {
            self.piece = self.pieces.next().unwrap_or_default();
            self.place = 0;
        }
        let length = buffer.len().min(self.piece.len() - self.place);
        buffer[..length].copy_from_slice(&self.piece[self.place..self.place + length]);
        self.place += length;
        Ok(length)
    }
}

fn pieces(pieces: impl Iterator<Item = Vec<u8>> + Send + 'static) -> Box<dyn Read + Send> {
    Box::new(Pieces { pieces, piece: Vec::new(), place: 0 })
}

/// A file of 4 GiB and a byte, between two that are wanted.
fn large_file() -> Box<dyn Read + Send> {
    let size = (4 << 30) + 1;
    let front = Tar::new().file("a.list", b"front 1\n").raw(Header::new(b'0').name(b"large").size(size), b"");
    let behind = Tar::new().file("z.list", b"behind 1\n").finish();
    let content = repeat(0).take(size.next_multiple_of(512));
    Box::new(std::io::Cursor::new(front.unfinished()).chain(content).chain(std::io::Cursor::new(behind)))
}

/// So many small files that their names alone are 40 MB.
fn many_files() -> Box<dyn Read + Send> {
    let files = (0..1_000_000u32).map(|n| {
        let name = format!("srv/data/{:03}/{:03}/small-file-{n}.txt", n % 1000, n / 1000);
        let mut bytes = Header::new(b'0').name(name.as_bytes()).size(2).seal().to_vec();
        bytes.extend_from_slice(b"ab");
        bytes.resize(1024, 0);
        bytes
    });
    let last = std::iter::once(Tar::new().file("last.list", b"last 1\n").finish());
    pieces(files.chain(last))
}

/// 50,000 packages in 5,000 files.
fn many_packages() -> Box<dyn Read + Send> {
    pieces((0..5_000).map(|file| {
        let lines: String = (0..10).map(|n| format!("package-{file}-{n} 1.{n}\n")).collect();
        Tar::new().file(&format!("app/{file}/p.list"), lines.as_bytes()).unfinished()
    }))
}

fn peak_mib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() / 1024
}

#[test]
fn large_images_need_little_memory() {
    let source = Made(vec![Box::new(large_file), Box::new(many_files), Box::new(many_packages)]);
    let inventory = scan_image(&source, &options()).unwrap();
    // The digests are not known before the layers were made, and so the configuration names none.
    assert_eq!(codes(&inventory), ["layer-count"]);
    assert_eq!(inventory.packages.len(), 50_003);
    let all = packages(&inventory);
    for found in ["front 1 a.list", "behind 1 z.list", "last 1 last.list"] {
        assert!(all.iter().any(|package| package == found), "{found}");
    }
    drop((inventory, all));

    // A hundred layers that hide what is below.
    let layers = (0..100u32)
        .map(|n| -> Make {
            Box::new(move || {
                let tar = Tar::new().file("same.list", format!("same {n}\n").as_bytes());
                let tar = tar.file(&format!("own/{n}.list"), format!("own-{n} 1\n").as_bytes());
                let tar = if n > 0 { tar.whiteout(&format!("own/{}.list", n - 1)) } else { tar };
                let bytes = Compressor::Gzip.compress(&tar.finish()).unwrap();
                Box::new(std::io::Cursor::new(bytes))
            })
        })
        .collect();
    let inventory = scan_image(&Made(layers), &ScanOptions { threads: 4, ..options() }).unwrap();
    assert_eq!(packages(&inventory), ["own-99 1 own/99.list", "same 99 same.list"]);
    assert_eq!(codes(&inventory), ["layer-count"]);
    assert!(peak_mib() <= 100, "{} MiB", peak_mib());
}
