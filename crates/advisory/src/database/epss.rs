//! Exploit prediction scores of all CVEs in place, not compressed: there are hundreds of thousands, a scan asks for
//! thousands of them anywhere in the table, and nine bytes each are read faster than unpacked.
//!
//! Two arrays: keys of four bytes, sorted (year less 1980 in the upper seven bits, number in the lower 25), and values of
//! five (score in the upper 17 of 34 bits, percentile in the lower; both in 1/100,000).

use super::wire::u32_at;
use crate::feeds::EpssScore;
use batten_model::Epss;

const KEY: usize = 4;
const VALUE: usize = 5;
const NUMBER_BITS: u64 = 25;
const SHARE_BITS: u64 = 17;

/// The table's key for a CVE's; `None` for what does not fit, which its row in the CVE table then holds.
pub(crate) fn key(cve: u64) -> Option<u32> {
    let (year, number) = ((cve >> 32).checked_sub(1980)?, cve & u64::from(u32::MAX));
    let fits = year < 1 << (32 - NUMBER_BITS) && number < 1 << NUMBER_BITS;
    fits.then_some((year << NUMBER_BITS | number) as u32)
}

/// The table of sorted keys with their scores.
pub(crate) fn table(scores: &[(u32, EpssScore)]) -> Vec<u8> {
    let mut out: Vec<u8> = scores.iter().flat_map(|(key, _)| key.to_le_bytes()).collect();
    for (_, score) in scores {
        let value = u64::from(score.score) << SHARE_BITS | u64::from(score.percentile);
        out.extend(value.to_le_bytes().into_iter().take(VALUE));
    }
    out
}

/// Entries of a table.
pub(crate) fn count(table: &[u8]) -> usize {
    table.len() / (KEY + VALUE)
}

/// The score of a key.
pub(crate) fn get(table: &[u8], key: u32) -> Option<Epss> {
    let count = count(table);
    let (mut low, mut high) = (0, count);
    while low < high {
        let middle = low + (high - low) / 2;
        if u32_at(table, middle * KEY)? < key {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    if low >= count || u32_at(table, low * KEY)? != key {
        return None;
    }
    let at = count * KEY + low * VALUE;
    let bytes = table.get(at..at + VALUE)?;
    let value = bytes.iter().rev().fold(0u64, |value, byte| value << 8 | u64::from(*byte));
    let share = |value: u64| (value as f64 / 100_000.0) as f32;
    Some(Epss { score: share(value >> SHARE_BITS), percentile: share(value & ((1 << SHARE_BITS) - 1)) })
}

#[cfg(test)]
mod tests {
    use super::super::identifier::cve_key;
    use super::*;

    #[test]
    fn scores_are_found() {
        let cves = ["CVE-1999-0001", "CVE-2024-21626", "CVE-2024-1000000", "CVE-2026-0001"];
        let scores: Vec<(u32, EpssScore)> = cves
            .iter()
            .zip([0, 3351, 99_999, 100_000])
            .map(|(cve, score)| {
                (key(cve_key(cve).unwrap()).unwrap(), EpssScore { score, percentile: 100_000 - score })
            })
            .collect();
        assert!(scores.is_sorted_by_key(|(key, _)| *key));
        let table = table(&scores);
        assert_eq!(table.len(), 36);
        let found = get(&table, scores[1].0).unwrap();
        assert_eq!((found.score, found.percentile), (0.03351, 0.96649));
        assert_eq!(get(&table, scores[3].0).unwrap().score, 1.0);
        assert_eq!(get(&table, 5), None);
        assert_eq!(get(&table, u32::MAX), None);
        assert_eq!(get(&[], 5), None);
        assert_eq!(key(cve_key("CVE-2024-99999999").unwrap()), None);
    }
}
