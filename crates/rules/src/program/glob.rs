//! Patterns of the shell as `fnmatch` takes them, with `+(…)` and its like; `*` goes across slashes.

use batten_model::Text;
use regex::bytes::{Regex, RegexBuilder};
use std::fmt::Write as _;

/// A pattern.
#[derive(Debug, Clone)]
pub(crate) enum Glob {
    /// `*`, `?` and characters.
    Simple {
        /// The pattern's bytes.
        pattern: Box<[Token]>,
        /// ASCII letters in whatever case; the pattern's are in lower case.
        fold: bool,
    },
    /// With brackets or alternatives.
    Regex(Regex),
}

/// A part of a simple pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Token {
    /// This byte.
    Byte(u8),
    /// One character.
    Any,
    /// Any characters.
    Many,
}

impl Glob {
    /// Reads a pattern; an error says what of it is not supported.
    pub(crate) fn new(pattern: &[u8], fold: bool) -> Result<Glob, Text> {
        let extended =
            pattern.windows(2).any(|pair| matches!(pair, [b'?' | b'*' | b'+' | b'@' | b'!', b'(']));
        if !extended && !pattern.contains(&b'[') {
            return Ok(Glob::simple(pattern, fold));
        }
        let text = std::str::from_utf8(pattern)
            .map_err(|_| Text::new("the pattern is not UTF-8", "模式不是 UTF-8"))?;
        let translated = translate(text)?;
        RegexBuilder::new(&translated)
            .case_insensitive(fold)
            .size_limit(1 << 20)
            .nest_limit(100)
            .build()
            .map(Glob::Regex)
            .map_err(|_| {
                Text::new(format!("'{text}' is no pattern of the shell"), format!("“{text}”不是 shell 模式"))
            })
    }

    /// A pattern that fits only this text.
    pub(crate) fn literal(text: &[u8]) -> Glob {
        Glob::Simple { pattern: text.iter().map(|byte| Token::Byte(*byte)).collect(), fold: false }
    }

    fn simple(pattern: &[u8], fold: bool) -> Glob {
        let mut tokens = Vec::with_capacity(pattern.len());
        let mut bytes = pattern.iter().copied();
        while let Some(byte) = bytes.next() {
            let token = match byte {
                b'*' => Token::Many,
                b'?' => Token::Any,
                b'\\' => Token::Byte(bytes.next().unwrap_or(b'\\')),
                byte => Token::Byte(byte),
            };
            if token != Token::Many || tokens.last() != Some(&Token::Many) {
                tokens.push(match token {
                    Token::Byte(byte) if fold => Token::Byte(byte.to_ascii_lowercase()),
                    token => token,
                });
            }
        }
        Glob::Simple { pattern: tokens.into(), fold }
    }

    /// Whether a text fits as a whole.
    pub(crate) fn fits(&self, text: &[u8]) -> bool {
        match self {
            Glob::Simple { pattern, fold } => simple_fits(pattern, text, *fold),
            Glob::Regex(regex) => regex.is_match(text),
        }
    }
}

/// Whether a text fits a pattern that is known only now: `*`, `?` and backslash, without brackets and alternatives.
pub(crate) fn fits_pattern(pattern: &[u8], text: &[u8], fold: bool) -> bool {
    let same = |a: u8, b: u8| if fold { a.eq_ignore_ascii_case(&b) } else { a == b };
    let (mut p, mut t) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while let Some(byte) = text.get(t) {
        let escaped = usize::from(pattern.get(p) == Some(&b'\\') && pattern.len() > p + 1);
        match pattern.get(p + escaped) {
            Some(b'*') if escaped == 0 => {
                star = Some((p, t));
                p += 1;
            }
            Some(b'?') if escaped == 0 => (p, t) = (p + 1, t + 1),
            Some(wanted) if same(*wanted, *byte) => (p, t) = (p + escaped + 1, t + 1),
            _ => match star {
                Some((at, begin)) => {
                    star = Some((at, begin + 1));
                    (p, t) = (at + 1, begin + 1);
                }
                None => return false,
            },
        }
    }
    pattern.get(p..).unwrap_or_default().iter().all(|byte| *byte == b'*')
}

/// Goes back only to the last `*`, which is enough, so that time is at most the product of both lengths.
fn simple_fits(pattern: &[Token], text: &[u8], fold: bool) -> bool {
    let (mut p, mut t) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while let Some(byte) = text.get(t) {
        let byte = if fold { byte.to_ascii_lowercase() } else { *byte };
        match pattern.get(p) {
            Some(Token::Many) => {
                star = Some((p, t));
                p += 1;
                continue;
            }
            Some(Token::Byte(wanted)) if *wanted == byte => {
                (p, t) = (p + 1, t + 1);
                continue;
            }
            Some(Token::Any) => {
                // A character of several bytes is one.
                t += 1;
                while text.get(t).is_some_and(|byte| byte & 0xC0 == 0x80) {
                    t += 1;
                }
                p += 1;
                continue;
            }
            _ => {}
        }
        match star {
            Some((at, begin)) => {
                star = Some((at, begin + 1));
                (p, t) = (at + 1, begin + 1);
            }
            None => return false,
        }
    }
    pattern.get(p..).unwrap_or_default().iter().all(|token| *token == Token::Many)
}

/// The regular expression of an extended pattern.
fn translate(pattern: &str) -> Result<String, Text> {
    let mut out = String::from("^(?s-u:");
    let mut chars = pattern.chars().peekable();
    let mut closings: Vec<&str> = Vec::new();
    while let Some(c) = chars.next() {
        let group = matches!(chars.peek(), Some('('));
        match c {
            '!' if group => {
                return Err(Text::new(
                    "'!(…)' in a pattern is not supported; write 'not' before the comparison",
                    "不支持模式中的“!(…)”；请在比较前写 not",
                ));
            }
            '?' | '*' | '+' | '@' if group => {
                chars.next();
                out.push_str("(?:");
                closings.push(match c {
                    '?' => ")?",
                    '*' => ")*",
                    '+' => ")+",
                    _ => ")",
                });
            }
            '|' if !closings.is_empty() => out.push('|'),
            ')' if !closings.is_empty() => out.push_str(closings.pop().unwrap_or(")")),
            '*' => out.push_str(".*"),
            '?' => out.push_str("(?u:.)"),
            '[' => bracket(&mut chars, &mut out),
            '\\' => literal(chars.next().unwrap_or('\\'), &mut out),
            c => literal(c, &mut out),
        }
    }
    out.push_str(")$");
    Ok(out)
}

fn literal(c: char, out: &mut String) {
    for byte in c.encode_utf8(&mut [0; 4]).bytes() {
        if byte.is_ascii_alphanumeric() {
            out.push(char::from(byte));
        } else {
            // A string takes all that is written to it.
            let _ = write!(out, "\\x{byte:02x}");
        }
    }
}

/// `[a-z]`, `[!a]`; without an end it is an ordinary bracket.
fn bracket(chars: &mut std::iter::Peekable<std::str::Chars<'_>>, out: &mut String) {
    let rest: String = chars.clone().collect();
    let negated = rest.starts_with(['!', '^']);
    let body = rest.get(usize::from(negated)..).unwrap_or("");
    let end = body.char_indices().skip(1).find(|(_, c)| *c == ']').map(|(at, _)| at);
    let Some(inside) = end.and_then(|end| body.get(..end)) else { return literal('[', out) };
    out.push_str(if negated { "(?u:[^" } else { "(?u:[" });
    let inner: Vec<char> = inside.chars().collect();
    for (at, c) in inner.iter().enumerate() {
        let range = *c == '-' && at > 0 && at + 1 < inner.len();
        if range {
            out.push('-');
        } else if c.is_ascii() && !c.is_ascii_alphanumeric() {
            let _ = write!(out, "\\x{:02x}", u32::from(*c));
        } else {
            out.push(*c);
        }
    }
    out.push_str("])");
    let taken = inside.chars().count() + usize::from(negated) + 1;
    chars.nth(taken - 1);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fits(pattern: &str, text: &str) -> bool {
        Glob::new(pattern.as_bytes(), false).unwrap().fits(text.as_bytes())
    }

    #[test]
    fn patterns_of_events_fit_likewise() {
        for (pattern, text) in [("/etc/*", "/etc/a"), ("a?c", "abc"), ("\\*", "*"), ("*b*", "abc"), ("", "")]
        {
            assert!(fits_pattern(pattern.as_bytes(), text.as_bytes(), false), "{pattern} {text}");
        }
        assert!(!fits_pattern(b"a*c", b"ab", false) && fits_pattern(b"A*", b"ab", true));
    }

    #[test]
    fn patterns_fit_as_in_the_shell() {
        assert!(
            fits("/etc/*", "/etc/a/b") && fits("*.so*", "lib.so.1") && fits("a?c", "aéc") && fits("", "")
        );
        assert!(!fits("a?c", "ac") && !fits("*.so", "a.so.1") && !fits("a", "A") && !fits("", "a"));
        assert!(fits("[a-c]x", "bx") && fits("[!a-c]x", "dx") && !fits("[!a-c]x", "bx") && fits("[]]", "]"));
        assert!(fits("@(a|b)c", "bc") && fits("+(ab)", "abab") && fits("x?(y)", "x") && !fits("+(ab)", ""));
        assert!(fits("\\*", "*") && !fits("\\*", "a") && fits("a[", "a["));
        assert!(Glob::new(b"AbC*", true).unwrap().fits(b"aBcD"));
        assert!(Glob::new(b"!(a)", false).is_err());
        let long = "a".repeat(5000);
        assert!(!fits(&"*a".repeat(50), &format!("{long}b")));
    }
}
