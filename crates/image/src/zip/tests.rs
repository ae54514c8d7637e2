use super::*;

/// synthetic: an archive by the specification, with stored and deflated entries.
pub(crate) fn archive(entries: &[(&str, &[u8], bool)]) -> Vec<u8> {
    let (mut out, mut directory) = (Vec::new(), Vec::new());
    for (name, content, deflate) in entries {
        let mut crc = flate2::Crc::new();
        crc.update(content);
        let data = if *deflate {
            use std::io::Write;
            let mut encoder = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::default());
            encoder.write_all(content).unwrap();
            encoder.finish().unwrap()
        } else {
            content.to_vec()
        };
        let mut common = vec![20, 0, 0, 0, if *deflate { 8 } else { 0 }, 0, 0, 0, 0, 0];
        common.extend(crc.sum().to_le_bytes());
        common.extend((data.len() as u32).to_le_bytes());
        common.extend((content.len() as u32).to_le_bytes());
        common.extend((name.len() as u16).to_le_bytes());
        common.extend([0, 0]);
        directory.extend(CENTRAL);
        directory.extend([20, 0]);
        directory.extend(&common);
        directory.extend([0; 10]);
        directory.extend((out.len() as u32).to_le_bytes());
        directory.extend(name.as_bytes());
        out.extend(LOCAL);
        out.extend(&common);
        out.extend(name.as_bytes());
        out.extend(data);
    }
    let (at, count) = (out.len() as u32, entries.len() as u16);
    out.extend(&directory);
    out.extend(END);
    out.extend([0; 4]);
    out.extend(count.to_le_bytes());
    out.extend(count.to_le_bytes());
    out.extend((directory.len() as u32).to_le_bytes());
    out.extend(at.to_le_bytes());
    out.extend([0, 0]);
    out
}

#[expect(clippy::ptr_arg, reason = "the vector is the content that is read at random")]
fn contents(bytes: &Vec<u8>) -> Result<Vec<(String, Vec<u8>)>, ZipError> {
    let zip = Zip::open(bytes)?;
    zip.entries()
        .map(|entry| {
            let entry = entry?;
            Ok((entry.name().into_owned(), zip.read(&entry, 1 << 20)?))
        })
        .collect()
}

#[test]
fn stored_and_deflated() {
    let text = b"hello ".repeat(1000);
    let bytes = archive(&[("a/b", b"x", false), ("c", &text, true), ("d/", b"", false)]);
    let read = contents(&bytes).unwrap();
    assert_eq!(read[0], ("a/b".to_owned(), b"x".to_vec()));
    assert_eq!(read[1].1, text);
    assert_eq!(read.len(), 3);
    let zip = Zip::open(&bytes).unwrap();
    let entry = zip.entries().nth(1).unwrap().unwrap();
    assert_eq!(zip.read_start(&entry, 7).unwrap(), b"hello h");
    assert!(matches!(zip.read(&entry, 10), Err(ZipError::Limit(10))));
}

#[test]
fn archives_behind_a_script_and_before_a_comment() {
    let mut bytes = b"#!/bin/sh\nexec java -jar $0\n".to_vec();
    bytes.extend(archive(&[("a", b"x", true)]));
    assert_eq!(contents(&bytes).unwrap()[0].1, b"x");
    let length = bytes.len();
    bytes[length - 2] = 5;
    bytes.extend(b"PK\x05\x06x");
    assert_eq!(contents(&bytes).unwrap()[0].1, b"x");
}

/// synthetic: the same archive with ZIP64 records.
#[test]
fn zip64_records() {
    let plain = archive(&[("a", b"hello", false)]);
    let directory_at = plain.len() - 22 - 47;
    let mut bytes = plain[..directory_at].to_vec();
    let mut record = plain[directory_at..directory_at + 47].to_vec();
    record[20..28].fill(0xff);
    record[42..46].fill(0xff);
    record[30] = 32;
    record.extend([9, 0, 0, 0, 1, 0, 24, 0]);
    for value in [5u64, 5, 0] {
        record.extend(value.to_le_bytes());
    }
    bytes.extend(&record);
    let end64 = bytes.len() as u64;
    bytes.extend(END64);
    bytes.extend(44u64.to_le_bytes());
    bytes.extend([45, 0, 45, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    for value in [1u64, 1, record.len() as u64, directory_at as u64] {
        bytes.extend(value.to_le_bytes());
    }
    bytes.extend(LOCATOR64);
    bytes.extend([0; 4]);
    bytes.extend(end64.to_le_bytes());
    bytes.extend([1, 0, 0, 0]);
    bytes.extend(END);
    bytes.extend([0; 4]);
    bytes.extend([0xff; 12]);
    bytes.extend([0, 0]);
    assert_eq!(contents(&bytes).unwrap(), [("a".to_owned(), b"hello".to_vec())]);
    for length in 0..bytes.len() {
        let _ = contents(&bytes[..length].to_vec());
    }
}

#[test]
fn damage_is_an_error_of_the_entry_or_the_archive() {
    let text = b"hello ".repeat(20);
    let good = archive(&[("a", b"xyz", false), ("b", &text, true)]);
    for length in 0..good.len() {
        assert!(contents(&good[..length].to_vec()).is_err());
    }
    let mut bytes = good.clone();
    bytes[31] ^= 1;
    assert!(matches!(contents(&bytes), Err(ZipError::Damaged(_))));
    for at in 0..bytes.len() {
        bytes[at] ^= 0xa5;
        let _ = contents(&bytes);
        bytes[at] ^= 0xa5;
    }
}

#[test]
fn encrypted_and_unknown_methods() {
    let good = archive(&[("a", b"xyz", false)]);
    let central_at = good.len() - 22 - 47;
    let mut bytes = good.clone();
    bytes[central_at + 8] = 1;
    assert!(matches!(contents(&bytes), Err(ZipError::Encrypted)));
    let mut bytes = good;
    bytes[central_at + 10] = 93;
    assert!(matches!(contents(&bytes), Err(ZipError::Method(93))));
}

#[test]
fn a_stated_size_is_no_allocation_and_no_truth() {
    let mut bytes = archive(&[("a", b"xyz", true)]);
    let central_at = bytes.len() - 22 - 47;
    bytes[central_at + 24..central_at + 28].copy_from_slice(&1_000_000u32.to_le_bytes());
    assert!(matches!(contents(&bytes), Err(ZipError::Damaged(_))));
}

#[test]
fn large_entries_by_passes() {
    let content: Vec<u8> = (0..12_000_000u32).map(|n| (n / 7 * 31) as u8).collect();
    let bytes = archive(&[("big", &content, true)]);
    let zip = Zip::open(&bytes).unwrap();
    let entry = zip.entries().next().unwrap().unwrap();
    let big = zip.deflated(&entry, 40_000_000).unwrap();
    let part = |offset: usize, length: usize| {
        let mut buffer = vec![0; length];
        big.read_exact_at(offset as u64, &mut buffer).map(|()| buffer)
    };
    for offset in [11_999_000, 4_500_000, 0, 10, 3_000_000, 2_999_999] {
        assert_eq!(part(offset, 1000).unwrap(), content[offset..offset + 1000], "{offset}");
    }
    assert!(part(11_999_001, 1000).is_err());
    let error = (0..100).find_map(|_| part(2_000_000, 1).and(part(0, 1)).err()).unwrap();
    assert_eq!(error.kind(), io::ErrorKind::FileTooLarge);
}
