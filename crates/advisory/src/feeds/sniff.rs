//! What a JSON document is about, from its first bytes: the keys of its outermost objects.

/// Keys of the first two levels in the order in which they come, of at most `limit` in all.
pub(super) fn keys(json: &[u8], limit: usize) -> Vec<(u8, String)> {
    let mut found = Vec::new();
    let (mut depth, mut at) = (0u8, 0usize);
    while let Some(byte) = json.get(at) {
        at += 1;
        match byte {
            b'{' | b'[' => depth = depth.saturating_add(1),
            b'}' | b']' => depth = depth.saturating_sub(1),
            b'"' => {
                let start = at;
                while let Some(inner) = json.get(at) {
                    match inner {
                        b'\\' => at += 2,
                        b'"' => break,
                        _ => at += 1,
                    }
                }
                let text = json.get(start..at).unwrap_or_default();
                at += 1;
                let next = json.get(at..).unwrap_or_default().iter().find(|b| !b.is_ascii_whitespace());
                if depth <= 3 && next == Some(&b':') && text.len() <= 200 {
                    found.push((depth, String::from_utf8_lossy(text).into_owned()));
                    if found.len() >= limit {
                        return found;
                    }
                }
            }
            _ => {}
        }
    }
    found
}
