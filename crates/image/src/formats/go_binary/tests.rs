use super::*;

const FIXTURES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/go_binary/");

fn facts(bytes: &[u8]) -> Result<Facts, FormatError> {
    parse(&File { path: "usr/bin/x", mode: 0o755, content: &bytes.to_vec() })
}

fn listed(bytes: &[u8]) -> Vec<String> {
    facts(bytes).unwrap().packages.iter().map(|p| format!("{}@{}", p.name, p.version)).collect()
}

fn fixture(name: &str) -> Vec<u8> {
    std::fs::read(format!("{FIXTURES}{name}.elf")).unwrap()
}

#[test]
fn modules_replacements_and_library_of_a_real_program() {
    let expected = [
        "example.com/acme/app/v2@v2.4.1",
        "github.com/pkg/errors@v0.9.1",
        "golang.org/x/sync@(devel)",
        "golang.org/x/text@v0.3.7",
        "gopkg.in/yaml.v3@v3.0.1",
        "stdlib@1.26.8",
    ];
    assert_eq!(listed(&fixture("app")), expected);
    let package = facts(&fixture("app")).unwrap().packages.remove(1);
    assert_eq!(package.purl(None).as_str(), "pkg:golang/github.com/pkg/errors@v0.9.1");
    assert_eq!(package.locations[0].path, "usr/bin/x");
}

#[test]
fn other_machines_and_toolchains() {
    for name in ["pie", "app386", "apps390x"] {
        let listed = listed(&fixture(name));
        assert_eq!(listed.len(), 6, "{name}");
        assert_eq!(listed[0], "example.com/acme/app/v2@(devel)", "{name}");
    }
    let listed = listed(&fixture("app121"));
    assert_eq!(listed[0], "example.com/acme/app/v2@v2.4.1+3-gdeadbee");
    assert_eq!(listed[5], "stdlib@1.21.13");
}

#[test]
fn the_vulnerable_runc() {
    let listed = listed(&fixture("runc"));
    assert!(listed.contains(&"github.com/opencontainers/runc@v1.1.11".to_owned()), "{listed:?}");
    assert!(listed.contains(&"golang.org/x/sys@v0.6.0".to_owned()), "{listed:?}");
}

#[test]
fn values_of_hidden_linker_flags_tell_the_release() {
    for name in ["runc_trimmed", "runc_trimmed_pie"] {
        let listed = listed(&fixture(name));
        assert!(listed.contains(&"github.com/opencontainers/runc@v1.1.11".to_owned()), "{name}: {listed:?}");
    }
    let two = fixture("runc_trimmed");
    let place = memchr::memmem::find(&two, b"v1.1.11-0-g4bccb38c\0").unwrap();
    let mut two = two;
    two[place + 3] = b'2';
    assert!(listed(&two).contains(&"github.com/opencontainers/runc@(devel)".to_owned()), "two releases");
}

#[test]
fn damaged_variables_never_panic() {
    let good = fixture("runc_trimmed_pie");
    for length in (0..good.len()).step_by(13) {
        let _ = facts(&good[..length]);
    }
    let mut bytes = good;
    for at in (0..bytes.len()).step_by(3) {
        bytes[at] ^= 0x81;
        let _ = facts(&bytes);
        bytes[at] ^= 0x81;
    }
}

#[test]
fn damaged_files_never_panic_and_cut_ones_are_errors() {
    let good = fixture("app");
    for length in (0..good.len()).step_by(7) {
        let _ = facts(&good[..length]);
    }
    assert!(facts(&good[..good.len() / 2]).is_err());
    let mut bytes = good;
    for at in 0..bytes.len() {
        bytes[at] ^= 0x81;
        let _ = facts(&bytes);
        bytes[at] ^= 0x81;
    }
}

/// synthetic: the form of programs before Go 1.18, which no toolchain at hand writes: one writable segment, no
/// section headers, the header behind 32 other bytes, pointers to Go strings.
fn pointer_program(is_64: bool, big_endian: bool, modules: &str) -> Vec<u8> {
    let number = |value: u64, size: usize| {
        let bytes = value.to_le_bytes();
        let mut bytes = bytes[..size].to_vec();
        if big_endian {
            bytes.reverse();
        }
        bytes
    };
    let (word, header, segment) = if is_64 { (8, 64usize, 56usize) } else { (4, 52, 32) };
    let base = 0x40_0000u64;
    let data = 128u64;
    let modules = format!("{}{modules}{}", "0".repeat(16), "1".repeat(16));
    let strings = data + 32 + 32;
    let version_at = strings + 4 * word as u64;
    let modules_at = version_at + 7;
    let end = modules_at + modules.len() as u64;

    let mut out = b"\x7fELF".to_vec();
    out.extend([if is_64 { 2 } else { 1 }, if big_endian { 2 } else { 1 }, 1]);
    out.resize(16, 0);
    out.extend(number(2, 2));
    out.extend(number(62, 2));
    out.extend(number(1, 4));
    out.extend(number(base, word));
    out.extend(number(header as u64, word));
    out.extend(number(0, word));
    out.extend(number(0, 4));
    for value in [header, segment, 1, 0, 0, 0] {
        out.extend(number(value as u64, 2));
    }
    assert_eq!(out.len(), header);
    let (address, size) = (number(base + data, word), number(end - data, word));
    out.extend(number(1, 4));
    if is_64 {
        out.extend(number(6, 4));
    }
    out.extend(number(data, word));
    out.extend([address.clone(), address, size.clone(), size].concat());
    if !is_64 {
        out.extend(number(6, 4));
    }
    out.extend(number(16, word));
    out.resize(data as usize + 32, 0);

    out.extend(MAGIC);
    out.extend([word as u8, u8::from(big_endian)]);
    out.extend(number(base + strings, word));
    out.extend(number(base + strings + 2 * word as u64, word));
    out.resize(strings as usize, 0);
    for value in [base + version_at, 7, base + modules_at, modules.len() as u64] {
        out.extend(number(value, word));
    }
    out.extend(b"go1.15\0");
    out.truncate(version_at as usize);
    out.extend(b"go1.153");
    out.extend(modules.bytes());
    out
}

#[test]
fn pointers_of_old_programs() {
    let modules = "path\ta.com/b\nmod\ta.com/b\tv1.0.0\th1:x\ndep\tc.com/d\tv0.1.0\th1:y\n";
    for (is_64, big_endian) in [(true, false), (true, true), (false, false), (false, true)] {
        let program = pointer_program(is_64, big_endian, modules);
        assert_eq!(listed(&program), ["a.com/b@v1.0.0", "c.com/d@v0.1.0", "stdlib@1.153"]);
        for length in 0..program.len() {
            let _ = facts(&program[..length]);
        }
    }
    assert_eq!(listed(&pointer_program(true, false, "")), ["stdlib@1.153"]);
}

#[test]
fn programs_of_other_languages_give_nothing() {
    let bytes = std::fs::read(std::env::current_exe().unwrap()).unwrap();
    assert!(listed(&bytes).is_empty());
}
