//! Lines that cannot be wider than the window.

use super::Style;
use crate::messages;
use crate::plain::{self, plain, width};
use batten_model::Severity;
use std::io::{self, Write};

/// What a part of a line means; colour follows from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Paint {
    /// As the terminal has it.
    Plain,
    /// What the eye should find.
    Bold,
    /// What it may skip.
    Dim,
    /// In order.
    Good,
    /// To be careful about.
    Warning,
    /// Bad.
    Alarm,
    /// A severity.
    Of(Severity),
}

impl Paint {
    /// "Select graphic rendition" parameters (ECMA-48, section 8.3.117).
    fn sgr(self) -> &'static str {
        match self {
            Paint::Plain | Paint::Of(Severity::None) => "",
            Paint::Bold => "1",
            Paint::Dim | Paint::Of(Severity::Unknown) => "2",
            Paint::Good => "32",
            Paint::Warning | Paint::Of(Severity::Medium) => "33",
            Paint::Alarm => "1;31",
            Paint::Of(Severity::Critical) => "1;35",
            Paint::Of(Severity::High) => "31",
            Paint::Of(Severity::Low) => "36",
        }
    }
}

/// One line, with the columns that it has used so far. What does not fit ends in an ellipsis.
pub(super) struct Line {
    parts: Vec<(String, Paint)>,
    used: usize,
    limit: usize,
    ellipsis: char,
}

impl Line {
    /// Adds the text in all columns that are left.
    pub(super) fn add(&mut self, text: &str, paint: Paint) -> &mut Line {
        let left = self.left();
        self.add_within(text, left, paint)
    }

    /// Adds the text in at most `columns` columns.
    pub(super) fn add_within(&mut self, text: &str, columns: usize, paint: Paint) -> &mut Line {
        let text = plain(text);
        let shown = plain::clip(&text, columns.min(self.left()), self.ellipsis);
        self.push(shown.into_owned(), paint)
    }

    /// Adds the text in at most `columns` columns, leaving out its middle.
    pub(super) fn add_ends(&mut self, text: &str, columns: usize, paint: Paint) -> &mut Line {
        let text = plain(text);
        let shown = plain::clip_middle(&text, columns.min(self.left()), self.ellipsis);
        self.push(shown.into_owned(), paint)
    }

    /// Adds the text in at most `columns` columns, leaving out its begin.
    pub(super) fn add_end(&mut self, text: &str, columns: usize, paint: Paint) -> &mut Line {
        let text = plain(text);
        let shown = plain::clip_start(&text, columns.min(self.left()), self.ellipsis);
        self.push(shown.into_owned(), paint)
    }

    /// Adds the text so that it ends at column `end`, counted from the line's begin.
    pub(super) fn add_right(&mut self, text: &str, end: usize, paint: Paint) -> &mut Line {
        let start = end.saturating_sub(width(&plain(text)));
        self.to(start).add(text, paint)
    }

    /// Goes to a column; nothing happens where the line is there already.
    pub(super) fn to(&mut self, column: usize) -> &mut Line {
        let gap = column.min(self.limit).saturating_sub(self.used);
        self.push(" ".repeat(gap), Paint::Plain)
    }

    /// Columns that are left.
    pub(super) fn left(&self) -> usize {
        self.limit - self.used
    }

    fn push(&mut self, text: String, paint: Paint) -> &mut Line {
        self.used += width(&text);
        if !text.is_empty() {
            self.parts.push((text, paint));
        }
        self
    }
}

/// A window to write lines to.
pub(super) struct Screen<'a> {
    out: &'a mut dyn Write,
    style: &'a Style,
}

impl<'a> Screen<'a> {
    pub(super) fn new(out: &'a mut dyn Write, style: &'a Style) -> Screen<'a> {
        Screen { out, style }
    }

    pub(super) fn style(&self) -> &'a Style {
        self.style
    }

    /// `fancy`, or `ascii` where only ASCII may be written.
    pub(super) fn glyph(&self, fancy: &'static str, ascii: &'static str) -> &'static str {
        if self.style.unicode { fancy } else { ascii }
    }

    /// Between two parts of a line.
    pub(super) fn dot(&self) -> &'static str {
        self.glyph(" · ", " - ")
    }

    /// From a version to its fix.
    pub(super) fn arrow(&self) -> &'static str {
        self.glyph(" → ", " -> ")
    }

    /// An empty line of the window's width.
    pub(super) fn line(&self) -> Line {
        let ellipsis = if self.style.unicode { '…' } else { '~' };
        Line { parts: Vec::new(), used: 0, limit: self.style.width, ellipsis }
    }

    /// Writes a line, without spaces at its end.
    pub(super) fn print(&mut self, line: &Line) -> io::Result<()> {
        let mut spaces = String::new();
        for (text, paint) in &line.parts {
            let shown = text.trim_end_matches(' ');
            if !shown.is_empty() {
                self.out.write_all(spaces.as_bytes())?;
                spaces.clear();
                self.painted(shown, *paint)?;
            }
            spaces.extend(std::iter::repeat_n(' ', text.len() - shown.len()));
        }
        self.out.write_all(b"\n")
    }

    fn painted(&mut self, text: &str, paint: Paint) -> io::Result<()> {
        match paint.sgr() {
            "" => self.out.write_all(text.as_bytes()),
            sgr if self.style.color => write!(self.out, "\x1b[{sgr}m{text}\x1b[0m"),
            _ => self.out.write_all(text.as_bytes()),
        }
    }

    pub(super) fn blank(&mut self) -> io::Result<()> {
        self.out.write_all(b"\n")
    }

    /// A line across the window.
    pub(super) fn rule(&mut self) -> io::Result<()> {
        let mut line = self.line();
        line.add(&self.glyph("─", "-").repeat(self.style.width), Paint::Dim);
        self.print(&line)
    }

    /// An empty line and a title above a section.
    pub(super) fn section(&mut self, title: &str) -> io::Result<()> {
        self.blank()?;
        let mut line = self.line();
        line.add(title, Paint::Bold);
        self.print(&line)
    }

    /// A text in as many lines as it needs but at most `most`, each beginning at column `indent`.
    pub(super) fn paragraph(
        &mut self,
        text: &str,
        indent: usize,
        most: usize,
        paint: Paint,
    ) -> io::Result<()> {
        let mut first = self.line();
        first.to(indent);
        self.flow(first, text, indent, most, paint)
    }

    /// Goes on in a line that has been begun with a text that may need more lines, which begin at column `indent`.
    pub(super) fn flow(
        &mut self,
        mut line: Line,
        text: &str,
        indent: usize,
        most: usize,
        paint: Paint,
    ) -> io::Result<()> {
        let text = plain(text);
        let lines = plain::wrap_after(&text, line.left(), self.style.width.saturating_sub(indent));
        for (index, part) in lines.iter().enumerate() {
            if index > 0 {
                self.print(&line)?;
                line = self.line();
                line.to(indent);
            }
            if index + 1 == most && lines.len() > most {
                let rest = lines.get(index..).unwrap_or_default().join(" ");
                line.add(&rest, paint);
                break;
            }
            line.add(part, paint);
        }
        self.print(&line)
    }

    /// The word of a severity in this language.
    pub(super) fn severity(&self, severity: Severity) -> String {
        let word = messages::severity(severity).get(self.style.lang);
        word.to_uppercase()
    }

    /// Columns of the longest such word.
    pub(super) fn severity_width(&self) -> usize {
        Severity::ALL.iter().map(|s| width(&self.severity(*s))).max().unwrap_or_default()
    }
}

/// A probability as people write it: `94%`, `2.3%`, `<0.1%`; never 0 or 100, which nobody knows.
pub(super) fn percent(share: f32) -> String {
    match f64::from(share) * 100.0 {
        p if p >= 99.5 => ">99%".to_owned(),
        p if p >= 9.95 => format!("{p:.0}%"),
        p if p >= 0.1 => format!("{p:.1}%"),
        _ => "<0.1%".to_owned(),
    }
}
