//! The tar reader against the archives that archivers in use write, and against their own reading of them.

#![allow(clippy::unwrap_used, clippy::string_slice, reason = "a test fails by panicking")]

use batten_image::tar::{Kind, Reader, TarError};
use batten_testkit::archive::{Header, Tar};
use sha2::{Digest as _, Sha256};
use std::path::Path;
use std::process::Command;

/// One entry: kind, path, link, size, permission bits, digest of the content with its holes.
type Listed = (char, String, String, u64, u32, String);

fn list(bytes: &[u8], globals: bool) -> Result<Vec<Listed>, TarError> {
    let mut reader = Reader::new(bytes);
    if globals {
        reader = reader.apply_global_headers();
    }
    let mut all = Vec::new();
    while let Some(entry) = reader.next_entry()? {
        let kind = match entry.kind {
            Kind::File => 'f',
            Kind::HardLink => 'h',
            Kind::Symlink => 'l',
            Kind::Directory => 'd',
            Kind::Special => 's',
            Kind::Other(_) => continue,
        };
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim_end_matches('/').to_owned();
        let (path, link) = (text(reader.path()), text(reader.link()));
        let sparse = reader.sparse().cloned();
        let mut stored = Vec::new();
        while reader.content_left() > 0 {
            let chunk = reader.content()?;
            let length = chunk.len();
            stored.extend_from_slice(chunk);
            reader.consume(length);
        }
        let content = match &sparse {
            None => stored,
            Some(map) => {
                use batten_image::content::ReadAt as _;
                let content = batten_image::tar::SparseContent::new(stored, map);
                let mut whole = vec![0; content.len() as usize];
                content.read_exact_at(0, &mut whole)?;
                whole
            }
        };
        let digest = if kind == 'f' { hex(&Sha256::digest(&content)) } else { String::new() };
        let link = if matches!(kind, 'h' | 'l') { link } else { String::new() };
        all.push((kind, path, link, entry.size, entry.mode, digest));
    }
    Ok(all)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// What Python's tarfile reads.
fn list_by_python(path: &Path) -> Vec<Listed> {
    const SCRIPT: &str = r#"
import hashlib, json, sys, tarfile
out = []
with tarfile.open(sys.argv[1], errors="replace", encoding="utf-8") as t:
    for m in t:
        kind = "f" if m.isreg() else "h" if m.islnk() else "l" if m.issym() else "d" if m.isdir() else "s"
        digest = hashlib.sha256(t.extractfile(m).read()).hexdigest() if kind == "f" else ""
        link = m.linkname if kind in "hl" else ""
        out.append((kind, m.name, link.rstrip("/"), m.size if kind == "f" else 0, m.mode & 0o7777, digest))
print(json.dumps(out))
"#;
    let output = Command::new("python3").args(["-c", SCRIPT]).arg(path).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// A tree with everything that archives hold.
fn tree(root: &Path) {
    let run = |script: &str| {
        let output = Command::new("sh").args(["-ec", script]).current_dir(root).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    };
    run(
        "mkdir -p a/b 'with space' && echo hello > a/b/file && : > a/empty && ln a/b/file a/hard && ln -s b/file a/soft \
         && ln -s /abs/target a/abs && mkfifo a/fifo && chmod 4755 a/b/file && printf '\\377name' > \"$(printf 'a/bad\\377')\" \
         && head -c 1000 /dev/zero > a/thousand && head -c 512 /dev/zero > a/block",
    );
    run(
        "d=$(printf 'x%.0s' $(seq 90)); mkdir -p long/$d/$d && echo deep > long/$d/$d/$d && ln -s long/$d/$d/$d longlink",
    );
    run(
        "echo 中文 > '文件' && truncate -s 3M sparse && printf mid | dd of=sparse bs=1 seek=1500000 conv=notrunc 2>/dev/null \
         && printf end | dd of=sparse bs=1 seek=3145720 conv=notrunc 2>/dev/null",
    );
    // Many holes, so that maps need extension blocks.
    run(
        "for i in $(seq 0 40); do printf $i | dd of=holes bs=1 seek=$((i * 200000)) conv=notrunc 2>/dev/null; done",
    );
}

#[test]
fn what_gnu_tar_writes_is_read_as_python_reads_it() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("tree");
    std::fs::create_dir(&root).unwrap();
    tree(&root);
    let formats: &[&[&str]] = &[
        &["--format=gnu"],
        &["--format=oldgnu", "--sparse"],
        &["--format=gnu", "--sparse"],
        &["--format=pax"],
        &["--format=pax", "--sparse", "--sparse-version=0.0"],
        &["--format=pax", "--sparse", "--sparse-version=0.1"],
        &["--format=pax", "--sparse", "--sparse-version=1.0"],
        &["--format=ustar", "--exclude=long*"],
        &["--format=v7", "--exclude=long*", "--exclude=fifo"],
        &["--format=pax", "--pax-option=globexthdr.name=g,comment=x"],
    ];
    for arguments in formats {
        let path = folder.path().join("made.tar");
        let output = Command::new("tar")
            .args(*arguments)
            .args(["--sort=name", "-cf"])
            .arg(&path)
            .arg("-C")
            .arg(&root)
            .arg(".")
            .output()
            .unwrap();
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        let bytes = std::fs::read(&path).unwrap();
        let ours = list(&bytes, true).unwrap();
        assert!(ours.len() >= 15, "{arguments:?}");
        assert_eq!(ours, list_by_python(&path), "{arguments:?}");
    }
}

#[test]
fn what_python_writes_is_read_as_python_reads_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("made.tar");
    const SCRIPT: &str = r#"
import io, sys, tarfile
for n, f in enumerate((tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT)):
    with tarfile.open(f"{sys.argv[1]}.{n}", "w", format=f) as t:
        def add(name, data=b"", **more):
            m = tarfile.TarInfo(name)
            m.size = len(data)
            for k, v in more.items(): setattr(m, k, v)
            t.addfile(m, io.BytesIO(data))
        add("plain", b"x" * 700)
        add("a" * 60 + "/" + "b" * 90, b"prefix")
        if n: add("c/" * 120 + "d", b"long"); add("é" * 70, b"wide")
        add("old", type=tarfile.AREGTYPE); add("dir/", type=tarfile.AREGTYPE)
        add("cont", b"cc", type=tarfile.CONTTYPE)
        add("dev", type=tarfile.CHRTYPE, devmajor=1, devminor=3)
        add("hard", type=tarfile.LNKTYPE, linkname="plain")
        if n: add("hard2", type=tarfile.LNKTYPE, linkname="c/" * 120 + "d")
        if n == 1: add("huge-uid", b"u", uid=2**40, mtime=-5)
"#;
    let output = Command::new("python3").args(["-c", SCRIPT]).arg(&path).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    for n in 0..3 {
        let path = folder.path().join(format!("made.tar.{n}"));
        let ours = list(&std::fs::read(&path).unwrap(), true).unwrap();
        assert_eq!(ours, list_by_python(&path), "format {n}");
    }
}

#[test]
fn no_cut_and_no_flipped_bit_makes_it_fail_badly() {
    let mut archive = Tar::new()
        .file("a", b"content")
        .pax(&[
            ("path", b"b"),
            ("GNU.sparse.major", b"1"),
            ("GNU.sparse.minor", b"0"),
            ("GNU.sparse.realsize", b"9"),
        ])
        .raw(Header::new(b'0').name(b"b").size(513), &{
            let mut content = b"1\n8\n1\n".to_vec();
            content.resize(512, 0);
            content.push(b'x');
            content
        })
        .file(&"l/".repeat(80), b"")
        .symlink("s", "a")
        .finish();
    let whole = list(&archive, false).unwrap();
    assert_eq!(whole.len(), 4);
    assert_eq!((whole[1].1.as_str(), whole[1].3), ("b", 9));
    for end in (0..archive.len()).step_by(3) {
        match list(&archive[..end], false) {
            Ok(entries) => assert!(whole.starts_with(&entries), "cut at {end}"),
            Err(error) => assert!(!error.to_string().is_empty()),
        }
    }
    for place in (0..archive.len()).step_by(5) {
        for bit in [0x01, 0x80] {
            archive[place] ^= bit;
            let _ = list(&archive, true);
            archive[place] ^= bit;
        }
    }
}

#[test]
fn the_end_is_where_container_runtimes_see_it() {
    let behind = Tar::new().file("behind", b"").finish();
    let archive = Tar::new().file("a", b"x").bytes(&[0; 1024]).bytes(&behind).unfinished();
    assert_eq!(list(&archive, false).unwrap().len(), 1);
    let mut reader = Reader::new(archive.as_slice());
    while reader.next_entry().unwrap().is_some() {}
    assert!(reader.has_end_marker());
    assert!(!reader.drain().unwrap(), "there is more than zeros");

    let lone = Tar::new().file("a", b"x").bytes(&[0; 512]).bytes(&behind).unfinished();
    assert!(matches!(list(&lone, false), Err(TarError::LoneZeroBlock { offset: 1024 })));

    let unfinished = Tar::new().file("a", b"x").unfinished();
    assert_eq!(list(&unfinished, false).unwrap().len(), 1, "no end marker is accepted");
    assert!(matches!(list(&[b'x'; 2048], false), Err(TarError::NoTar)));
}

#[test]
fn hostile_headers_are_refused() {
    let size = |field: &[u8]| {
        let mut header = Header::new(b'0').name(b"a");
        header.put(124, field);
        list(&Tar::new().raw(header, b"").finish(), false)
    };
    assert!(matches!(size(&[0xff; 12]), Err(TarError::Field { field: "size", .. })), "negative");
    assert!(matches!(size(b"zzzzzzzzzzzz"), Err(TarError::Field { field: "size", .. })));
    let huge = [0x80, 0, 0, 0, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff];
    assert!(matches!(size(&huge), Err(TarError::Field { .. })), "beyond what a file can have");
    assert!(matches!(size(b"77777777777\0"), Err(TarError::Truncated { .. })), "more than there is");

    let long = Tar::new().raw(Header::new(b'L').size(1 << 40), b"").finish();
    assert!(matches!(list(&long, false), Err(TarError::Limit { .. })), "nothing is allocated");
    let chain = (0..100).fold(Tar::new(), |tar, _| tar.pax(&[("comment", b"x")])).finish();
    assert!(matches!(list(&chain, false), Err(TarError::Limit { .. })));

    let mut overlap = Header::new(b'S').name(b"s").size(4);
    overlap.put(386, b"00000000000\x0000000000003\x0000000000002\x0000000000001\x00");
    overlap.put(483, b"00000000010\0");
    let archive = Tar::new().raw(overlap, b"abcd").finish();
    assert!(matches!(list(&archive, false), Err(TarError::Field { field: "sparse map", .. })));
}

#[test]
fn links_have_no_content_and_globals_are_a_choice() {
    let archive = Tar::new()
        .raw(Header::new(b'1').name(b"h").link(b"a").size(512), &[])
        .global(&[("path", b"renamed")])
        .file("b", b"x")
        .finish();
    let names = |globals| list(&archive, globals).unwrap().into_iter().map(|e| e.1).collect::<Vec<_>>();
    assert_eq!(names(false), ["h", "b"]);
    assert_eq!(names(true), ["h", "renamed"]);
}
