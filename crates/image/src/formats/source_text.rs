//! The text of a lock file or manifest: its encoding, and the lines of places in it.

use crate::content::File;
use crate::formats::FormatError;
use std::borrow::Cow;

/// Largest lock file or manifest that is read: a lock of 50,000 npm packages has about 25 MiB.
pub(crate) const MAX_LOCK_BYTES: u64 = 64 << 20;

/// The bytes as UTF-8, without a byte order mark; `words` names the format in the error.
pub(crate) fn utf8<'a>(bytes: &'a [u8], words: &'static str) -> Result<&'a str, FormatError> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    std::str::from_utf8(bytes).map_err(|error| FormatError::Malformed {
        format: words,
        reason: "not UTF-8".to_owned(),
        place: format!("byte {}", error.valid_up_to()),
    })
}

/// The whole file, within [`MAX_LOCK_BYTES`].
pub(crate) fn lock_bytes<'a>(file: &File<'a>) -> Result<Cow<'a, [u8]>, FormatError> {
    if file.content.len() > MAX_LOCK_BYTES {
        return Err(FormatError::Limit { limit: MAX_LOCK_BYTES, unit: "bytes" });
    }
    Ok(file.bytes(MAX_LOCK_BYTES)?)
}

/// Where `part` begins in `whole`, in bytes, where it is a slice of it; a copy has no place.
pub(crate) fn offset_in(whole: &str, part: &str) -> Option<usize> {
    let offset = (part.as_ptr() as usize).checked_sub(whole.as_ptr() as usize)?;
    (offset.checked_add(part.len())? <= whole.len()).then_some(offset)
}

/// Line numbers for places in a text. Growing places cost one pass over the text; a smaller one starts anew.
pub(crate) struct Lines<'a> {
    text: &'a str,
    at: usize,
    line: u32,
}

impl<'a> Lines<'a> {
    /// At the text's begin.
    pub(crate) fn new(text: &'a str) -> Lines<'a> {
        Lines { text, at: 0, line: 1 }
    }

    /// The line, from 1, of the byte at `place`; places must not become smaller.
    pub(crate) fn of(&mut self, place: usize) -> u32 {
        let passed = self.text.as_bytes().get(self.at..place).unwrap_or_default();
        self.line = self
            .line
            .saturating_add(u32::try_from(memchr::memchr_iter(b'\n', passed).count()).unwrap_or(u32::MAX));
        self.at = self.at.max(place.min(self.text.len()));
        self.line
    }

    /// The line of a slice of the text; `None` for a copy.
    pub(crate) fn of_part(&mut self, part: &str) -> Option<u32> {
        offset_in(self.text, part).map(|place| self.of(place))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_of_parts() {
        let text = "a\nbc\nd".to_owned();
        let mut lines = Lines::new(&text);
        assert_eq!(lines.of_part(text.get(2..4).unwrap()), Some(2));
        assert_eq!(lines.of_part(text.get(5..).unwrap()), Some(3));
        assert_eq!(offset_in(&text, "bc"), None);
        assert!(utf8(b"\xef\xbb\xbfx", "x").is_ok_and(|t| t == "x"));
        assert!(utf8(b"ab\xff", "x").unwrap_err().to_string().contains("byte 2"));
    }
}
