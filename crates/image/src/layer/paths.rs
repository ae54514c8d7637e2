//! Paths of archive entries, made one spelling.

use std::fmt::Write as _;

/// What normalising a path showed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    /// Nothing special.
    Plain,
    /// It climbs out of the root by `..`; what is left is where a container runtime would put it.
    Escapes,
    /// More bytes or parts than allowed.
    TooLong,
}

/// Writes `raw` to `path` as path from the root: no leading or trailing slash, no `.` and `..`, no doubled slash, and
/// bytes that are no UTF-8 replaced. The root itself is empty.
pub(crate) fn normalise(raw: &[u8], path: &mut String, most_bytes: u64, most_parts: u64) -> Shape {
    path.clear();
    if raw.len() as u64 > most_bytes {
        return Shape::TooLong;
    }
    let mut parts = 0u64;
    let mut shape = Shape::Plain;
    for part in raw.split(|b| *b == b'/') {
        match part {
            b"" | b"." => {}
            b".." => {
                match path.rfind('/') {
                    Some(slash) => path.truncate(slash),
                    None if path.is_empty() => shape = Shape::Escapes,
                    None => path.clear(),
                }
                parts = parts.saturating_sub(1);
            }
            part => {
                if !path.is_empty() {
                    path.push('/');
                }
                push_lossy(part, path);
                parts += 1;
            }
        }
    }
    if parts > most_parts { Shape::TooLong } else { shape }
}

fn push_lossy(part: &[u8], path: &mut String) {
    match std::str::from_utf8(part) {
        Ok(text) => path.push_str(text),
        Err(_) => path.push_str(&String::from_utf8_lossy(part)),
    }
}

/// Where the symbolic link at `path` leads, as path from the root.
pub(crate) fn link_target(path: &str, target: &[u8], most_bytes: u64, most_parts: u64) -> Option<String> {
    let mut whole = Vec::with_capacity(path.len() + target.len() + 1);
    if target.first() != Some(&b'/') {
        whole.extend_from_slice(path.rsplit_once('/').map_or("", |(folder, _)| folder).as_bytes());
        whole.push(b'/');
    }
    whole.extend_from_slice(target);
    let mut resolved = String::new();
    let shape = normalise(&whole, &mut resolved, most_bytes, most_parts);
    (shape != Shape::TooLong && !resolved.is_empty()).then_some(resolved)
}

/// A path for an error message: without control characters, and not too long.
pub(crate) fn printable(raw: &[u8]) -> String {
    let mut out = String::new();
    for c in String::from_utf8_lossy(raw).chars().take(200) {
        if c.is_control() {
            // Writing to a String cannot fail.
            let _ = write!(out, "{}", c.escape_default());
        } else {
            out.push(c);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(raw: &[u8]) -> (String, Shape) {
        let mut path = String::from("before");
        let shape = normalise(raw, &mut path, 64, 4);
        (path, shape)
    }

    #[test]
    fn one_spelling() {
        for (raw, path) in [
            (b"./etc/passwd".as_slice(), "etc/passwd"),
            (b"/etc//passwd/", "etc/passwd"),
            (b"etc/./x/../passwd", "etc/passwd"),
            (b"a/..", ""),
            (b"./", ""),
            (b"", ""),
        ] {
            assert_eq!(of(raw), (path.to_owned(), Shape::Plain));
        }
        assert_eq!(of(b"../../etc/passwd"), ("etc/passwd".to_owned(), Shape::Escapes));
        assert_eq!(of(b"a/../../b").1, Shape::Escapes);
        assert_eq!(of(b"a\xff/b"), ("a\u{fffd}/b".to_owned(), Shape::Plain));
        assert_eq!(of(b"a/b/c/d/e").1, Shape::TooLong);
        assert_eq!(of(&[b'a'; 65]).1, Shape::TooLong);
    }

    #[test]
    fn links() {
        let target = |path: &str, target: &str| link_target(path, target.as_bytes(), 99, 9);
        assert_eq!(target("etc/os-release", "../usr/lib/os-release").as_deref(), Some("usr/lib/os-release"));
        assert_eq!(target("lib", "usr/lib").as_deref(), Some("usr/lib"));
        assert_eq!(target("a/b", "/c").as_deref(), Some("c"));
        assert_eq!(target("a", "."), None);
        assert_eq!(printable(b"a\nb\xff"), "a\\nb\u{fffd}");
    }
}
