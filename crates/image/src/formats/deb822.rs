//! Paragraphs of fields as in Debian's control files (deb822(5)): status files and machine-readable copyright files.

/// The paragraphs of `text`, which blank lines part.
pub(super) fn paragraphs(text: &str) -> impl Iterator<Item = Paragraph<'_>> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let mut start = None;
        let mut at = 0;
        while at < rest.len() {
            let end = memchr::memchr(b'\n', rest.as_bytes().get(at..)?).map_or(rest.len(), |n| at + n + 1);
            let blank = rest.get(at..end)?.trim().is_empty();
            match (start, blank) {
                (None, false) => start = Some(at),
                (Some(start), true) => {
                    let paragraph = rest.get(start..at)?;
                    rest = rest.get(end..)?;
                    return Some(Paragraph { text: paragraph });
                }
                _ => {}
            }
            at = end;
        }
        let paragraph = rest.get(start?..)?;
        rest = "";
        Some(Paragraph { text: paragraph })
    })
}

/// One paragraph.
#[derive(Debug, Clone, Copy)]
pub(super) struct Paragraph<'a> {
    text: &'a str,
}

impl<'a> Paragraph<'a> {
    /// Names and values of the fields, in their order. A value has its first line only; see [`Paragraph::whole`].
    /// Comment lines and lines that are neither field nor continuation are skipped.
    pub(super) fn fields(self) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.text.lines().filter_map(|line| {
            if line.starts_with([' ', '\t', '#']) {
                return None;
            }
            let (name, value) = line.split_once(':')?;
            Some((name.trim(), value.trim()))
        })
    }

    /// The first line of the field `name`, whose case does not matter.
    pub(super) fn field(self, name: &str) -> Option<&'a str> {
        self.fields().find(|(field, _)| field.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    /// All lines of the field `name`, joined by line feeds, without the signs of continuation.
    pub(super) fn whole(self, name: &str) -> Option<String> {
        let mut lines = self.text.lines().skip_while(|line| {
            line.starts_with([' ', '\t'])
                || !line.split_once(':').is_some_and(|(field, _)| field.trim().eq_ignore_ascii_case(name))
        });
        let mut value = lines.next()?.split_once(':')?.1.trim().to_owned();
        for line in lines.take_while(|line| line.starts_with([' ', '\t', '#'])) {
            if !line.starts_with('#') {
                let line = line.trim();
                value.push('\n');
                value.push_str(if line == "." { "" } else { line });
            }
        }
        Some(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paragraphs_and_fields() {
        let text = "\r\nA: 1\r\nB:2\r\n more: x\r\n .\r\n end\r\n# note\r\n\r\n\n \nA : 3\nnoise\nb:";
        let all: Vec<Paragraph<'_>> = paragraphs(text).collect();
        assert_eq!(all.len(), 2);
        assert_eq!(all[0].fields().collect::<Vec<_>>(), [("A", "1"), ("B", "2")]);
        assert_eq!(all[0].whole("b").unwrap(), "2\nmore: x\n\nend");
        assert_eq!(all[1].field("a"), Some("3"));
        assert_eq!(all[1].field("B"), Some(""));
        assert_eq!(all[1].whole("c"), None);
        assert_eq!(paragraphs("").count(), 0);
        assert_eq!(paragraphs("\n\n").count(), 0);
        assert_eq!(paragraphs("A: 1").count(), 1);
    }
}
