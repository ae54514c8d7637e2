//! CVSS vectors in few bytes: the metric groups of version 2, 3.0, 3.1 and 4.0 (first.org/cvss) as one number in mixed
//! radix. What is not exactly a base vector in the specification's order is kept as text.

use super::wire::{Put, Take};

type Metrics = &'static [(&'static str, &'static str)];

const V2: Metrics =
    &[("AV:", "LAN"), ("AC:", "HML"), ("Au:", "MSN"), ("C:", "NPC"), ("I:", "NPC"), ("A:", "NPC")];
const V3: Metrics = &[
    ("AV:", "NALP"),
    ("AC:", "LH"),
    ("PR:", "NLH"),
    ("UI:", "NR"),
    ("S:", "UC"),
    ("C:", "HLN"),
    ("I:", "HLN"),
    ("A:", "HLN"),
];
const V4: Metrics = &[
    ("AV:", "NALP"),
    ("AC:", "LH"),
    ("AT:", "NP"),
    ("PR:", "NLH"),
    ("UI:", "NPA"),
    ("VC:", "HLN"),
    ("VI:", "HLN"),
    ("VA:", "HLN"),
    ("SC:", "HLN"),
    ("SI:", "HLN"),
    ("SA:", "HLN"),
];

/// Prefix and metrics of each form; the first byte of a packed vector is the place in this table plus 1.
const FORMS: [(&str, Metrics); 4] = [("", V2), ("CVSS:3.0/", V3), ("CVSS:3.1/", V3), ("CVSS:4.0/", V4)];

/// Writes a vector.
pub(crate) fn put(out: &mut Vec<u8>, vector: &str) {
    for (at, (prefix, metrics)) in FORMS.iter().enumerate() {
        if let Some(value) = vector.strip_prefix(prefix).and_then(|rest| pack(rest, metrics)) {
            out.push(at as u8 + 1);
            out.number(value);
            return;
        }
    }
    out.push(0);
    out.text(vector);
}

fn pack(text: &str, metrics: Metrics) -> Option<u64> {
    let mut parts = text.split('/');
    let mut value = 0u64;
    for (name, letters) in metrics {
        let letter = parts.next()?.strip_prefix(name)?;
        let digit = letters.find(letter).filter(|_| letter.len() == 1)?;
        value = value * letters.len() as u64 + digit as u64;
    }
    parts.next().is_none().then_some(value)
}

/// Reads a vector.
pub(crate) fn take(from: &mut Take<'_>) -> Option<String> {
    let kind = usize::from(*from.bytes(1)?.first()?);
    if kind == 0 {
        return from.text().map(str::to_owned);
    }
    let (prefix, metrics) = FORMS.get(kind - 1)?;
    let mut value = from.number()?;
    let mut letters: Vec<&str> = Vec::with_capacity(metrics.len());
    for (_, alphabet) in metrics.iter().rev() {
        let digit = (value % alphabet.len() as u64) as usize;
        letters.push(alphabet.get(digit..=digit)?);
        value /= alphabet.len() as u64;
    }
    let mut vector = (*prefix).to_owned();
    for (at, ((name, _), letter)) in metrics.iter().zip(letters.iter().rev()).enumerate() {
        if at > 0 {
            vector.push('/');
        }
        vector.push_str(name);
        vector.push_str(letter);
    }
    (value == 0).then_some(vector)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vectors_round_trip() {
        for (vector, at_most) in [
            ("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", 3),
            ("CVSS:3.0/AV:P/AC:H/PR:H/UI:R/S:C/C:N/I:N/A:N", 3),
            ("CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N", 4),
            ("CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N/E:P", 80),
            ("AV:N/AC:L/Au:N/C:P/I:P/A:P", 3),
            ("CVSS:3.1/AC:L/AV:N/PR:N/UI:N/S:U/C:H/I:H/A:H", 50),
            ("", 2),
            ("CVSS:3.1/AV:/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", 50),
        ] {
            let mut out = Vec::new();
            put(&mut out, vector);
            assert!(out.len() <= at_most, "{vector}: {}", out.len());
            let mut from = Take(&out);
            assert_eq!(take(&mut from).as_deref(), Some(vector));
            assert!(from.is_empty());
        }
        assert_eq!(take(&mut Take(&[1, 0xff, 0x7f])), None);
        assert_eq!(take(&mut Take(&[5, 0])), None);
    }
}
