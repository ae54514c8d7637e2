//! Numbers in tar headers: octal text (POSIX.1-2017 pax, "ustar Interchange Format") and GNU's base-256.

/// Reads a numeric field. `None` for what is no number, or is negative or beyond 63 bits. An empty field is 0.
///
/// Octal fields may have blanks in front and end with NUL or blank. A field whose first bit is set holds a
/// big-endian two's complement number (GNU tar manual, "Basic Tar Format").
pub(super) fn parse(field: &[u8]) -> Option<u64> {
    match field.first() {
        Some(0xff) => None,
        Some(first) if first & 0x80 != 0 => {
            let mut value = u64::from(first & 0x7f);
            for byte in field.get(1..)? {
                value = value.checked_mul(256)?.checked_add(u64::from(*byte))?;
            }
            Some(value).filter(|value| *value <= i64::MAX as u64)
        }
        _ => octal(field),
    }
}

fn octal(field: &[u8]) -> Option<u64> {
    let end = field.iter().position(|b| *b == 0).unwrap_or(field.len());
    let digits = match field.get(..end) {
        // Some writers fill with NUL in front.
        Some([]) => field.trim_ascii_start(),
        text => text?,
    };
    let digits = trim(digits);
    digits.iter().try_fold(0u64, |value, digit| match digit {
        b'0'..=b'7' => value.checked_mul(8)?.checked_add(u64::from(digit - b'0')),
        _ => None,
    })
}

/// Without blanks and NULs at both ends.
fn trim(mut text: &[u8]) -> &[u8] {
    while let [b' ' | 0, rest @ ..] = text {
        text = rest;
    }
    while let [rest @ .., b' ' | 0] = text {
        text = rest;
    }
    text
}

/// Reads a decimal number of a PAX record or sparse map: digits only.
pub(super) fn decimal(text: &[u8]) -> Option<u64> {
    if text.is_empty() || text.len() > 20 {
        return None;
    }
    text.iter().try_fold(0u64, |value, digit| match digit {
        b'0'..=b'9' => value.checked_mul(10)?.checked_add(u64::from(digit - b'0')),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn octal_and_binary() {
        assert_eq!(parse(b"0000644\0"), Some(0o644));
        assert_eq!(parse(b"   644 \0"), Some(0o644));
        assert_eq!(parse(b"77777777777 "), Some(0o77777777777));
        assert_eq!(parse(b"777777777777"), Some(0o777777777777));
        assert_eq!(parse(b"\0\0\0\0"), Some(0));
        assert_eq!(parse(b"        "), Some(0));
        assert_eq!(parse(b"\0\0 12 "), Some(0o12));
        assert_eq!(parse(b"08\0"), None);
        assert_eq!(parse(&[0x80, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0]), Some(8 << 30));
        assert_eq!(parse(&[0xff; 12]), None);
        assert_eq!(parse(&[0x80, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]), None);
        assert_eq!(decimal(b"18446744073709551615"), Some(u64::MAX));
        assert_eq!(decimal(b"18446744073709551616"), None);
        assert_eq!(decimal(b""), None);
        assert_eq!(decimal(b"+1"), None);
    }
}
