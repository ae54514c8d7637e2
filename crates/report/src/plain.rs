//! Text from strangers made harmless for a terminal, and measured as a terminal measures it.

pub use batten_model::is_hidden;
use std::borrow::Cow;
use unicode_width::UnicodeWidthChar as _;

/// What stands for a character that must not be printed.
const REPLACEMENT: char = '\u{FFFD}';

/// Marks without width that may follow one another; more of them would let a text of width zero be endless.
const MAX_MARKS: usize = 3;

/// The text on one line without anything that a terminal would obey: line breaks and tabs become spaces, other hidden
/// characters U+FFFD, and of more than three marks without width in a row the rest is left out.
pub fn plain(text: &str) -> Cow<'_, str> {
    if text.bytes().all(|b| matches!(b, b' '..=b'~')) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut marks = 0;
    for c in text.chars() {
        let c = match c {
            '\n' | '\r' | '\t' => ' ',
            c if is_hidden(c) => REPLACEMENT,
            c => c,
        };
        marks = if char_width(c) == 0 { marks + 1 } else { 0 };
        if marks <= MAX_MARKS {
            out.push(c);
        }
    }
    Cow::Owned(out)
}

/// Columns that a text takes; wide East Asian characters take two. The text is one that [`plain`] gave.
pub fn width(text: &str) -> usize {
    text.chars().map(char_width).sum()
}

/// Columns of one character.
pub fn char_width(c: char) -> usize {
    c.width().unwrap_or(0)
}

/// The text in at most `columns` columns, with an ellipsis at its end where something is left out.
pub fn clip(text: &str, columns: usize, ellipsis: char) -> Cow<'_, str> {
    if width(text) <= columns {
        return Cow::Borrowed(text);
    }
    let room = columns.saturating_sub(char_width(ellipsis));
    let mut out = String::new();
    let mut used = 0;
    for c in text.chars() {
        used += char_width(c);
        if used > room {
            break;
        }
        out.push(c);
    }
    if columns > 0 {
        out.push(ellipsis);
    }
    Cow::Owned(out)
}

/// The text in at most `columns` columns with the ellipsis in its middle, for paths and versions, whose both ends tell.
pub fn clip_middle(text: &str, columns: usize, ellipsis: char) -> Cow<'_, str> {
    if columns < 8 {
        return clip(text, columns, ellipsis);
    }
    clip_keeping(text, columns, columns / 2, ellipsis)
}

/// The text in at most `columns` columns with the ellipsis in front, for names whose end tells most
/// (`github.com/opencontainers/runc`).
pub fn clip_start(text: &str, columns: usize, ellipsis: char) -> Cow<'_, str> {
    clip_keeping(text, columns, 0, ellipsis)
}

/// Keeps `front` columns of the begin and the rest of the end.
fn clip_keeping(text: &str, columns: usize, front: usize, ellipsis: char) -> Cow<'_, str> {
    if width(text) <= columns {
        return Cow::Borrowed(text);
    }
    if columns == 0 {
        return Cow::Borrowed("");
    }
    let room = columns.saturating_sub(char_width(ellipsis));
    let mut out = String::new();
    let mut used = 0;
    for c in text.chars() {
        if used + char_width(c) > front {
            break;
        }
        used += char_width(c);
        out.push(c);
    }
    out.push(ellipsis);
    let mut tail: Vec<char> = Vec::new();
    for c in text.chars().rev() {
        if used + char_width(c) > room {
            break;
        }
        used += char_width(c);
        tail.push(c);
    }
    out.extend(tail.into_iter().rev());
    Cow::Owned(out)
}

/// Breaks a text into lines of at most `columns` columns: at spaces, between wide characters, and inside of words that
/// are longer than a line. A line never begins with punctuation that closes a Chinese sentence where that can be
/// helped.
pub fn wrap(text: &str, columns: usize) -> Vec<String> {
    wrap_after(text, columns, columns)
}

/// The same where the first line has `first` columns only.
pub fn wrap_after(text: &str, first: usize, columns: usize) -> Vec<String> {
    let (rest, mut columns) = (columns.max(2), first.max(2));
    let mut lines: Vec<String> = Vec::new();
    let mut line = String::new();
    let mut used = 0;
    for piece in pieces(text) {
        let piece_width = width(piece);
        let shown = width(piece.trim_end());
        if used + shown > columns && used > 0 {
            lines.push(std::mem::take(&mut line).trim_end().to_owned());
            (used, columns) = (0, rest);
        }
        if shown > columns {
            for c in piece.chars() {
                if used + char_width(c) > columns {
                    lines.push(std::mem::take(&mut line));
                    (used, columns) = (0, rest);
                }
                used += char_width(c);
                line.push(c);
            }
        } else {
            line.push_str(piece);
            used += piece_width;
        }
    }
    let last = line.trim_end();
    if !last.is_empty() {
        lines.push(last.to_owned());
    }
    lines
}

/// Parts between which a line may break.
fn pieces(text: &str) -> Vec<&str> {
    let mut out = Vec::new();
    let mut start = 0;
    let mut before = ' ';
    for (at, c) in text.char_indices() {
        let breaks = (before == ' ' && c != ' ')
            || (is_wide(before) && !closes(c) && c != ' ')
            || (is_wide(c) && !closes(c) && before != ' ' && !opens(before));
        if at > start && breaks {
            out.extend(text.get(start..at));
            start = at;
        }
        before = c;
    }
    out.extend(text.get(start..).filter(|rest| !rest.is_empty()));
    out
}

fn is_wide(c: char) -> bool {
    char_width(c) == 2
}

fn closes(c: char) -> bool {
    matches!(
        c,
        '，' | '。'
            | '、'
            | '；'
            | '：'
            | '！'
            | '？'
            | '）'
            | '》'
            | '」'
            | '”'
            | ','
            | '.'
            | ')'
            | ';'
            | ':'
    )
}

fn opens(c: char) -> bool {
    matches!(c, '（' | '《' | '「' | '“' | '(' | '`')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terminals_obey_nothing_of_it() {
        assert_eq!(plain("ok-1.0+b_~"), "ok-1.0+b_~");
        assert_eq!(plain("a\x1b[31mb\x07"), "a\u{FFFD}[31mb\u{FFFD}");
        assert_eq!(plain("a\u{9b}31m\u{202e}b\u{200b}"), "a\u{FFFD}31m\u{FFFD}b\u{FFFD}");
        assert_eq!(plain("a\r\nb\tc"), "a  b c");
        let zalgo = format!("a{}b", "\u{301}".repeat(1000));
        assert_eq!(plain(&zalgo), "a\u{301}\u{301}\u{301}b");
        for c in (0..=0x10_FFFF).filter_map(char::from_u32) {
            let text = c.to_string();
            assert!(!plain(&text).chars().any(is_hidden), "{c:?}");
        }
    }

    #[test]
    fn widths_are_those_of_terminals() {
        assert_eq!(width("abc"), 3);
        assert_eq!(width("漏洞a"), 5);
        assert_eq!(clip("abcdef", 4, '…'), "abc…");
        assert_eq!(clip("漏洞漏洞", 4, '…'), "漏…");
        assert_eq!(clip("abc", 0, '…'), "");
        assert_eq!(clip_middle("/usr/lib/node_modules/a", 10, '…'), "/usr/…es/a");
        assert_eq!(clip_start("github.com/opencontainers/runc", 10, '…'), "…ners/runc");
        for columns in 0..30 {
            for text in ["/usr/lib/node_modules/a", "漏洞漏洞漏洞a漏洞漏洞", "a\u{301}b漏\u{301}cdefghijk"]
            {
                assert!(width(&clip(text, columns, '…')) <= columns);
                assert!(width(&clip_middle(text, columns, '…')) <= columns);
                assert!(width(&clip_start(text, columns, '…')) <= columns);
            }
        }
    }

    #[test]
    fn lines_break_where_each_script_breaks() {
        assert_eq!(wrap("one two three", 7), ["one two", "three"]);
        assert_eq!(wrap("abcdefghij k", 4), ["abcd", "efgh", "ij k"]);
        assert_eq!(wrap("数据库已经过期。请更新", 10), ["数据库已经", "过期。请更", "新"]);
        assert_eq!(wrap_after("one two three", 3, 9), ["one", "two three"]);
        assert_eq!(wrap("", 10), Vec::<String>::new());
        for columns in 2..40 {
            for line in wrap("数据库 is 146 天 old，run `batten db update` 现在", columns) {
                assert!(width(&line) <= columns.max(3), "{columns}: {line}");
            }
        }
    }
}
