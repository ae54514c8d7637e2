//! JSON whose strings can be printed by anyone: what a terminal or a page would obey is written as `\uXXXX`.
//!
//! RFC 8259 lets any character from U+0020 on stand unescaped, and `serde_json` writes them so. Escaping more loses
//! nothing for programs, and keeps a package name from reaching a terminal or an HTML parser as a command.

use crate::plain::is_hidden;
use serde::Serialize;
use serde_json::ser::{CompactFormatter, Formatter, PrettyFormatter, Serializer};
use std::io::{self, Write};

/// Writes indented JSON and a line break.
pub fn write_pretty(value: &impl Serialize, mut out: impl Write) -> io::Result<()> {
    let formatter = Careful { inner: PrettyFormatter::new(), for_html: false };
    value.serialize(&mut Serializer::with_formatter(&mut out, formatter))?;
    out.write_all(b"\n")
}

/// Writes JSON on one line, and a line break.
pub fn write_line(value: &impl Serialize, mut out: impl Write) -> io::Result<()> {
    let formatter = Careful { inner: CompactFormatter, for_html: false };
    value.serialize(&mut Serializer::with_formatter(&mut out, formatter))?;
    out.write_all(b"\n")
}

/// Writes JSON for the inside of an HTML `script` element: `<`, `>` and `&` are escaped too, so that no `</script>`
/// and no `<!--` can stand in it (HTML Standard, "Restrictions for contents of script elements").
pub fn write_for_html(value: &impl Serialize, mut out: impl Write) -> io::Result<()> {
    let formatter = Careful { inner: CompactFormatter, for_html: true };
    value.serialize(&mut Serializer::with_formatter(&mut out, formatter))?;
    Ok(())
}

struct Careful<F> {
    inner: F,
    for_html: bool,
}

impl<F> Careful<F> {
    fn escapes(&self, c: char) -> bool {
        is_hidden(c) || (self.for_html && matches!(c, '<' | '>' | '&'))
    }
}

/// Everything goes to the inner formatter, except for the text of strings.
impl<F: Formatter> Formatter for Careful<F> {
    fn write_string_fragment<W: ?Sized + Write>(&mut self, out: &mut W, fragment: &str) -> io::Result<()> {
        let mut rest = fragment;
        while let Some((at, c)) = rest.char_indices().find(|(_, c)| self.escapes(*c)) {
            let (front, back) = rest.split_at(at);
            out.write_all(front.as_bytes())?;
            for unit in c.encode_utf16(&mut [0; 2]) {
                write!(out, "\\u{unit:04x}")?;
            }
            rest = back.strip_prefix(c).unwrap_or_default();
        }
        out.write_all(rest.as_bytes())
    }

    fn begin_array<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.inner.begin_array(out)
    }

    fn end_array<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.inner.end_array(out)
    }

    fn begin_array_value<W: ?Sized + Write>(&mut self, out: &mut W, first: bool) -> io::Result<()> {
        self.inner.begin_array_value(out, first)
    }

    fn end_array_value<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.inner.end_array_value(out)
    }

    fn begin_object<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.inner.begin_object(out)
    }

    fn end_object<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.inner.end_object(out)
    }

    fn begin_object_key<W: ?Sized + Write>(&mut self, out: &mut W, first: bool) -> io::Result<()> {
        self.inner.begin_object_key(out, first)
    }

    fn begin_object_value<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.inner.begin_object_value(out)
    }

    fn end_object_value<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.inner.end_object_value(out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOSTILE: &str = "</script><!--&\u{1b}[31m\u{9b}\u{202e}\u{2028}\u{E0041}\"\\漏";

    #[test]
    fn nothing_is_lost_and_nothing_is_obeyed() {
        let mut pretty = Vec::new();
        write_pretty(&vec![HOSTILE], &mut pretty).unwrap();
        let text = String::from_utf8(pretty).unwrap();
        assert!(text.chars().all(|c| c == '\n' || !is_hidden(c)), "{text}");
        assert_eq!(serde_json::from_str::<Vec<String>>(&text).unwrap(), [HOSTILE]);
    }

    #[test]
    fn no_tag_can_stand_in_a_page() {
        let mut out = Vec::new();
        write_for_html(&vec![HOSTILE], &mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert!(!text.contains(['<', '>', '&', '\n']), "{text}");
        assert_eq!(serde_json::from_str::<Vec<String>>(&text).unwrap(), [HOSTILE]);
    }
}
