//! A problem of a rule file for people: what, where, and the line with a mark under the place.

use batten_model::{Lang, Text};
use batten_report::plain::{clip, plain, width};
use batten_rules::load::{FileResult, ItemType, Problem};
use std::io::{self, Write};

/// How it is shown.
pub(super) struct Look {
    pub(super) lang: Lang,
    pub(super) colour: bool,
    /// Columns.
    pub(super) width: usize,
}

impl Look {
    fn painted(&self, code: &str, text: &str) -> String {
        if self.colour { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
    }

    fn word(&self, en: &str, zh: &str) -> String {
        Text::new(en, zh).get(self.lang).to_owned()
    }
}

/// Writes all problems of a file, errors first.
pub(super) fn write(file: &FileResult, warnings: bool, look: &Look, out: &mut dyn Write) -> io::Result<()> {
    for problem in &file.errors {
        one(file, problem, look, out)?;
    }
    for problem in file.warnings.iter().filter(|_| warnings) {
        one(file, problem, look, out)?;
    }
    if file.more > 0 {
        let more =
            Text::new(format!("and {} more problems", file.more), format!("另有 {} 个问题", file.more));
        writeln!(out, "{}\n", more.get(look.lang))?;
    }
    Ok(())
}

fn one(file: &FileResult, problem: &Problem, look: &Look, out: &mut dyn Write) -> io::Result<()> {
    let (kind, colour) = if problem.code.is_error() {
        (look.word("error", "错误"), "1;31")
    } else {
        (look.word("warning", "警告"), "1;33")
    };
    let head = look.painted(colour, &format!("{kind}[{}]", problem.code.name()));
    let message = plain(problem.message.get(look.lang));
    writeln!(out, "{head}: {}", look.painted("1", &message))?;
    let excerpt = &problem.excerpt;
    let item = problem.item.as_ref().map_or_else(String::new, |(kind, name)| {
        let kind = match kind {
            ItemType::Rule => look.word("rule", "规则"),
            ItemType::Macro => look.word("macro", "宏"),
            _ => look.word("list", "列表"),
        };
        format!(", {kind} '{}'", plain(name))
    });
    let arrow = look.painted("1;34", "-->");
    if excerpt.line == 0 {
        return writeln!(out, "  {arrow} {}{item}\n", plain(&file.name));
    }
    writeln!(out, "  {arrow} {}:{}:{}{item}", plain(&file.name), excerpt.line, excerpt.column)?;
    source(excerpt, look, out)
}

fn source(excerpt: &batten_rules::load::Excerpt, look: &Look, out: &mut dyn Write) -> io::Result<()> {
    let number = excerpt.line.to_string();
    let bar = look.painted("1;34", "|");
    let margin = " ".repeat(number.len());
    let before: String = excerpt.text.chars().take(excerpt.caret).collect();
    // What is left of the place is cut in front where it is too wide, so that the place itself is seen.
    let room = look.width.saturating_sub(number.len() + 4).max(20);
    let full = plain(&excerpt.text).into_owned();
    let mut column = width(&plain(&before));
    let mut skipped = 0;
    let mut chars = full.chars();
    while column > room * 2 / 3 {
        let Some(c) = chars.next() else { break };
        column -= batten_report::plain::char_width(c).min(column);
        skipped += c.len_utf8();
    }
    let shown = clip(full.get(skipped..).unwrap_or(""), room, '…').into_owned();
    writeln!(out, "{margin} {bar}")?;
    writeln!(out, "{} {bar} {shown}", look.painted("1;34", &number))?;
    writeln!(out, "{margin} {bar} {}{}\n", " ".repeat(column), look.painted("1;31", "^"))
}
