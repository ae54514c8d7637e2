//! A place in a condition, and the tokens that can be read from it.

use super::SyntaxError;
use batten_model::Text;

/// A place in a text.
pub(super) struct Cursor<'a> {
    text: &'a str,
    at: usize,
    /// Levels of nesting at this place.
    pub(super) depth: u32,
}

impl<'a> Cursor<'a> {
    pub(super) fn new(text: &'a str) -> Cursor<'a> {
        Cursor { text, at: 0, depth: 0 }
    }

    /// The place, in bytes.
    pub(super) fn at(&self) -> usize {
        self.at
    }

    /// Back to a place that [`Cursor::at`] gave.
    pub(super) fn go_back(&mut self, at: usize) {
        self.at = at;
    }

    pub(super) fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or("")
    }

    pub(super) fn is_at_end(&self) -> bool {
        self.rest().is_empty()
    }

    pub(super) fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    /// Takes characters as long as they fit.
    pub(super) fn take(&mut self, fits: impl Fn(char) -> bool) -> &'a str {
        let rest = self.rest();
        let (token, _) = rest.split_at(rest.find(|c| !fits(c)).unwrap_or(rest.len()));
        self.at += token.len();
        token
    }

    /// Takes blanks and line breaks; says whether there were any.
    pub(super) fn blanks(&mut self) -> bool {
        !self.take(|c| matches!(c, ' ' | '\t' | '\u{8}' | '\r' | '\n')).is_empty()
    }

    /// Takes exactly this text.
    pub(super) fn literal(&mut self, token: &str) -> bool {
        let found = self.rest().starts_with(token);
        if found {
            self.at += token.len();
        }
        found
    }

    /// Takes letters, digits and underscores, the first of them a letter.
    pub(super) fn word(&mut self) -> &'a str {
        if self.peek().is_some_and(|c| c.is_ascii_alphabetic()) {
            self.take(|c| c.is_ascii_alphanumeric() || c == '_')
        } else {
            ""
        }
    }

    /// Takes words with dots between them; also after a dot that ends in no word, which is not taken.
    pub(super) fn dotted(&mut self) -> &'a str {
        let start = self.at;
        self.word();
        while self.rest().starts_with('.') && self.at > start {
            let before = self.at;
            self.at += 1;
            if self.word().is_empty() {
                self.at = before;
                break;
            }
        }
        self.text.get(start..self.at).unwrap_or("")
    }

    /// Takes a text without quotes.
    pub(super) fn bare(&mut self) -> &'a str {
        self.take(|c| {
            !c.is_ascii_whitespace() && c != '\u{b}' && !matches!(c, '(' | ')' | '"' | '\'' | '=' | ',')
        })
    }

    /// Takes a decimal number with sign, fraction and exponent, or a hexadecimal one.
    pub(super) fn number(&mut self) -> Option<&'a str> {
        let start = self.at;
        let digits = |cursor: &mut Cursor<'a>| !cursor.take(|c| c.is_ascii_digit()).is_empty();
        if self.literal("0x") || self.literal("0X") {
            self.take(|c| c.is_ascii_alphanumeric());
        } else {
            let _ = self.literal("-") || self.literal("+");
            if !digits(self) {
                self.at = start;
                return None;
            }
            if self.literal(".") {
                digits(self);
            }
            let before = self.at;
            if self.literal("e") || self.literal("E") {
                let sign = self.literal("-") || self.literal("+");
                if !sign || !digits(self) {
                    self.at = before;
                }
            }
        }
        self.text.get(start..self.at)
    }

    /// Takes a text in quotes and gives it without them; `None` (and nothing taken) where there is none or no end.
    pub(super) fn quoted(&mut self) -> Option<String> {
        let quote = self.peek().filter(|c| matches!(c, '"' | '\''))?;
        let mut out = String::new();
        let mut chars = self.rest().char_indices().skip(1);
        while let Some((at, c)) = chars.next() {
            match c {
                c if c == quote => {
                    self.at += at + c.len_utf8();
                    return Some(out);
                }
                '\\' => match chars.next()?.1 {
                    'b' => out.push('\u{8}'),
                    'f' => out.push('\u{c}'),
                    'n' => out.push('\n'),
                    'r' => out.push('\r'),
                    't' => out.push('\t'),
                    c @ ('"' | '\'' | '\\' | '/' | ' ') => out.push(c),
                    // Not an escape: a regular expression's own backslash.
                    c => out.extend(['\\', c]),
                },
                c => out.push(c),
            }
        }
        None
    }

    /// An error at this place: what should stand here.
    pub(super) fn expected(&self, en: &str, zh: &str) -> SyntaxError {
        self.expected_at(self.at, en, zh)
    }

    /// The same at another place.
    pub(super) fn expected_at(&self, at: usize, en: &str, zh: &str) -> SyntaxError {
        let rest = self.text.get(at..).unwrap_or("");
        let found: String = rest.split_whitespace().next().unwrap_or("").chars().take(40).collect();
        let text = if found.is_empty() {
            Text::new(
                format!("expected {en}, found the end of the condition"),
                format!("应为{zh}，但条件已结束"),
            )
        } else {
            Text::new(format!("expected {en}, found '{found}'"), format!("应为{zh}，但遇到“{found}”"))
        };
        SyntaxError { at, text }
    }
}
