//! JSON with comments and trailing commas, made plain JSON of the same length: every place stays where it was. Only
//! whole comments and commas become blanks, so UTF-8 stays UTF-8.

/// Blanks out comments and the commas before a closing bracket, in place.
pub(super) fn to_json(mut out: Vec<u8>) -> Vec<u8> {
    let mut comma: Option<usize> = None;
    let mut at = 0;
    while let Some(byte) = out.get(at).copied() {
        match byte {
            b'"' => {
                comma = None;
                at = string_end(&out, at);
                continue;
            }
            b'/' if matches!(out.get(at + 1), Some(b'/' | b'*')) => {
                at = blank_comment(&mut out, at);
                continue;
            }
            b',' => comma = Some(at),
            b'}' | b']' => {
                if let Some(slot) = comma.take().and_then(|place| out.get_mut(place)) {
                    *slot = b' ';
                }
            }
            byte if byte.is_ascii_whitespace() => {}
            _ => comma = None,
        }
        at += 1;
    }
    out
}

/// The place behind the string that begins at `at`.
fn string_end(bytes: &[u8], at: usize) -> usize {
    let mut place = at + 1;
    while let Some(byte) = bytes.get(place) {
        match byte {
            b'\\' => place += 2,
            b'"' => return place + 1,
            _ => place += 1,
        }
    }
    place
}

/// Blanks the comment that begins at `at` but for its line ends, and gives the place behind it.
fn blank_comment(bytes: &mut [u8], at: usize) -> usize {
    let block = bytes.get(at + 1) == Some(&b'*');
    let mut place = at;
    while let Some(byte) = bytes.get(place).copied() {
        let closes = block && place >= at + 2 && byte == b'*' && bytes.get(place + 1) == Some(&b'/');
        if byte == b'\n' {
            if !block {
                return place;
            }
        } else if let Some(slot) = bytes.get_mut(place) {
            *slot = b' ';
        }
        place += 1;
        if closes {
            if let Some(slot) = bytes.get_mut(place) {
                *slot = b' ';
            }
            return place + 1;
        }
    }
    place
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_commas_become_blanks() {
        let text = "{ // a \"b\"\n \"x,]\": [1, /* é */ 2, ], \"u\": \"http://x\", /* , */ }";
        let json = to_json(text.into());
        assert_eq!(json.len(), text.len());
        let value: serde_json::Value = serde_json::from_slice(&json).unwrap();
        assert_eq!(value["x,]"][1], 2);
        assert_eq!(value["u"], "http://x");
        for end in 0..text.len() {
            let _ = text.get(..end).map(|cut| to_json(cut.into()).len());
        }
    }
}
