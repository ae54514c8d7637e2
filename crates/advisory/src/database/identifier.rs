//! Ids of advisories in few bytes. What has no short form is kept as text, so each id reads back as it was written.
//!
//! | first byte | what follows |
//! | --- | --- |
//! | 0 | text |
//! | 1 | `CVE-<year>-<number>`: year less 1980, digits of the number, number |
//! | 2 | `GHSA-xxxx-xxxx-xxxx`: twelve letters of its alphabet in base 32 |
//! | 3 | `<prefix>-CVE-…`: prefix as text, then as 1 |
//! | 4 | `<prefix>-<year>-<number>`: prefix as text, then as 1 |

use super::wire::{Put, Take};

/// GitHub's alphabet (docs.github.com, "About the GitHub Advisory database") and others' letters are lower case and
/// digits; five bits hold the 23 that GitHub uses.
const GHSA_ALPHABET: &[u8] = b"23456789cfghjmpqrvwx";

/// Writes an id.
pub(crate) fn put(out: &mut Vec<u8>, id: &str) {
    let start = out.len();
    if short(out, id) && read_back(out, start).as_deref() == Some(id) {
        return;
    }
    out.truncate(start);
    out.push(0);
    out.text(id);
}

fn read_back(out: &[u8], start: usize) -> Option<String> {
    take(&mut Take(out.get(start..)?))
}

fn short(out: &mut Vec<u8>, id: &str) -> bool {
    if let Some(rest) = id.strip_prefix("CVE-") {
        out.push(1);
        return put_number(out, rest).is_some();
    }
    if let Some(rest) = id.strip_prefix("GHSA-") {
        out.push(2);
        return put_ghsa(out, rest).is_some();
    }
    if let Some((prefix, rest)) = id.split_once("-CVE-") {
        out.push(3);
        out.text(prefix);
        return put_number(out, rest).is_some();
    }
    let Some((prefix, rest)) = id.split_once('-') else { return false };
    out.push(4);
    out.text(prefix);
    put_number(out, rest).is_some()
}

/// `<year>-<number>`.
fn put_number(out: &mut Vec<u8>, text: &str) -> Option<()> {
    let (year, number) = text.split_once('-')?;
    let year: u64 = year.parse().ok()?;
    out.number(year.checked_sub(1980)?);
    // The length tells leading zeros.
    out.number(number.len() as u64);
    out.number(number.parse().ok()?);
    Some(())
}

fn put_ghsa(out: &mut Vec<u8>, text: &str) -> Option<()> {
    let mut value = 0u64;
    for byte in text.bytes().filter(|b| *b != b'-') {
        let digit = GHSA_ALPHABET.iter().position(|letter| *letter == byte)?;
        value = value.checked_mul(32)?.checked_add(digit as u64)?;
    }
    out.extend_from_slice(&value.to_le_bytes());
    Some(())
}

/// Reads an id.
pub(crate) fn take(from: &mut Take<'_>) -> Option<String> {
    let kind = from.bytes(1)?.first().copied()?;
    match kind {
        0 => from.text().map(str::to_owned),
        1 => take_number(from).map(|rest| format!("CVE-{rest}")),
        2 => take_ghsa(from),
        3 => {
            let prefix = from.text()?;
            take_number(from).map(|rest| format!("{prefix}-CVE-{rest}"))
        }
        4 => {
            let prefix = from.text()?;
            take_number(from).map(|rest| format!("{prefix}-{rest}"))
        }
        _ => None,
    }
}

fn take_number(from: &mut Take<'_>) -> Option<String> {
    let year = from.number()?.checked_add(1980)?;
    let width = usize::try_from(from.number()?).ok().filter(|width| *width <= 20)?;
    let number = from.number()?;
    Some(format!("{year:04}-{number:0width$}"))
}

fn take_ghsa(from: &mut Take<'_>) -> Option<String> {
    let value = from.u64()?;
    let mut id = String::from("GHSA");
    for at in 0..12u32 {
        if at % 4 == 0 {
            id.push('-');
        }
        let digit = (value >> (5 * (11 - at))) & 31;
        id.push(char::from(*GHSA_ALPHABET.get(digit as usize)?));
    }
    Some(id)
}

/// A CVE as a number that sorts by year and number; `None` for other ids and for CVEs with leading zeros beyond
/// the usual four digits, which none has.
pub(crate) fn cve_key(id: &str) -> Option<u64> {
    let (year, number) = id.strip_prefix("CVE-")?.split_once('-')?;
    let plain = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    if year.len() != 4 || !plain(year) || !(4..=9).contains(&number.len()) || !plain(number) {
        return None;
    }
    Some(year.parse::<u64>().ok()? << 32 | number.parse::<u64>().ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_round_trip() {
        for (id, at_most) in [
            ("CVE-2024-21626", 6),
            ("CVE-1999-0001", 5),
            ("CVE-2024-012345", 6),
            ("GHSA-xr7r-f8xq-vfvv", 9),
            ("GHSA-aaaa-bbbb-cccc", 22),
            ("DEBIAN-CVE-2026-25897", 14),
            ("RUSTSEC-2025-0011", 14),
            ("GO-2024-2491", 9),
            ("DSA-5380-1", 12),
            ("BIT-kafka-2026-33558", 22),
            ("RHSA-2024:0001", 16),
            ("", 2),
            ("CVE-", 6),
            ("CVE-99999999999999999999-1", 30),
            ("x", 3),
        ] {
            let mut out = Vec::new();
            put(&mut out, id);
            assert!(out.len() <= at_most, "{id}: {}", out.len());
            let mut from = Take(&out);
            assert_eq!(take(&mut from).as_deref(), Some(id));
            assert!(from.is_empty());
        }
    }

    #[test]
    fn keys_sort() {
        assert!(cve_key("CVE-2023-99999") < cve_key("CVE-2024-0001"));
        assert!(cve_key("CVE-2024-9999") < cve_key("CVE-2024-10000"));
        assert_eq!(cve_key("GHSA-1"), None);
        assert_eq!(cve_key("CVE-2024-"), None);
    }
}
