//! XML for formats that are written in it: a stream of steps with limits. Document types are passed over and no
//! entity is expanded but the five that XML itself defines and characters by number (XML 1.0, section 4.6).

use crate::formats::FormatError;
use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

/// Deepest nesting of elements.
const MAX_DEPTH: u64 = 128;

/// One step through a document.
pub(crate) enum Step<'a> {
    /// An element begins: its name without prefix.
    Open(&'a str, Attributes<'a>),
    /// Text, as a piece; white space is kept.
    Text(&'a str),
    /// The element that began last ends.
    Close,
}

/// The attributes of one element.
pub(crate) struct Attributes<'a>(Option<&'a BytesStart<'a>>);

impl Attributes<'_> {
    /// The value of an attribute, with the entities that XML defines replaced.
    pub(crate) fn get(&self, name: &str) -> Option<String> {
        let attribute = self.0?.try_get_attribute(name).ok()??;
        Some(match quick_xml::escape::unescape(&attribute.value) {
            Ok(value) => value.into_owned(),
            Err(_) => attribute.value.into_owned(),
        })
    }
}

/// Walks a document. `visit` gets each step with its line, counted from 1.
///
/// Fails with the line where the document is not well-formed, nested too deeply or cut off; what was visited before
/// stays visited.
pub(crate) fn walk(
    text: &str,
    format: &'static str,
    visit: &mut dyn FnMut(Step<'_>, u32) -> Result<(), FormatError>,
) -> Result<(), FormatError> {
    let mut reader = Reader::from_str(text);
    let mut lines = Lines { text, at: 0, line: 1 };
    let mut depth = 0u64;
    loop {
        let line = lines.of(reader.buffer_position());
        let malformed = |reason: String| FormatError::Malformed {
            format,
            reason: reason.chars().take(200).collect(),
            place: format!("line {line}"),
        };
        match reader.read_event().map_err(|error| malformed(error.to_string()))? {
            Event::Start(start) => {
                depth += 1;
                if depth > MAX_DEPTH {
                    return Err(FormatError::Limit { limit: MAX_DEPTH, unit: "levels" });
                }
                visit(Step::Open(start.local_name().as_ref(), Attributes(Some(&start))), line)?;
            }
            Event::Empty(start) => {
                visit(Step::Open(start.local_name().as_ref(), Attributes(Some(&start))), line)?;
                visit(Step::Close, line)?;
            }
            Event::End(_) => {
                depth = depth.saturating_sub(1);
                visit(Step::Close, line)?;
            }
            Event::Text(piece) => visit(Step::Text(&piece), line)?,
            Event::CData(piece) => visit(Step::Text(&piece), line)?,
            Event::GeneralRef(reference) => {
                let mut utf8 = [0; 4];
                let value = match reference.resolve_char_ref() {
                    Ok(Some(c)) => &*c.encode_utf8(&mut utf8),
                    _ => predefined(&reference),
                };
                visit(Step::Text(value), line)?;
            }
            Event::Eof if depth > 0 => return Err(malformed("the document is cut off".to_owned())),
            Event::Eof => return Ok(()),
            Event::Comment(_) | Event::Decl(_) | Event::PI(_) | Event::DocType(_) => {}
        }
    }
}

/// XML's own entities; others stand for nothing.
fn predefined(name: &str) -> &'static str {
    match name {
        "lt" => "<",
        "gt" => ">",
        "amp" => "&",
        "apos" => "'",
        "quot" => "\"",
        _ => "",
    }
}

/// Line numbers for growing places, counted once.
struct Lines<'a> {
    text: &'a str,
    at: usize,
    line: u32,
}

impl Lines<'_> {
    fn of(&mut self, place: u64) -> u32 {
        let place = usize::try_from(place).unwrap_or(usize::MAX).min(self.text.len());
        let passed = self.text.as_bytes().get(self.at..place).unwrap_or_default();
        self.line += u32::try_from(memchr::memchr_iter(b'\n', passed).count()).unwrap_or(0);
        self.at = self.at.max(place);
        self.line
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn steps(text: &str) -> Result<String, FormatError> {
        let mut out = String::new();
        walk(text, "test", &mut |step, line| {
            match step {
                Step::Open(name, attributes) => {
                    out.push_str(&format!("<{name}@{line}{}", attributes.get("a").unwrap_or_default()));
                }
                Step::Text(piece) => out.push_str(piece.trim()),
                Step::Close => out.push('>'),
            }
            Ok(())
        })?;
        Ok(out)
    }

    #[test]
    fn elements_text_and_references() {
        let text = "<?xml version='1.0'?>\n<p:r a='x&amp;y'>\n<b/>1&lt;2&#65;<![CDATA[<c>]]></p:r>";
        assert_eq!(steps(text).unwrap(), "<r@2x&y<b@3>1<2A<c>>");
    }

    #[test]
    fn entities_are_not_expanded() {
        let bomb = "<!DOCTYPE r [<!ENTITY a 'aaaa'><!ENTITY b '&a;&a;'>]><r>&b;</r>";
        assert_eq!(steps(bomb).unwrap(), "<r@1>");
    }

    #[test]
    fn depth_and_damage() {
        assert!(matches!(steps(&"<a>".repeat(1000)), Err(FormatError::Limit { .. })));
        let error = steps("<a>\n<b></c>").unwrap_err();
        assert!(error.to_string().contains("line 2"), "{error}");
        assert!(steps("<a>\n<b>").unwrap_err().to_string().contains("cut off"));
    }
}
