//! The terminal: what a person reads first, most urgent first, within the width of the window.
//!
//! A report has a header (subject, distribution, packages, database), the findings, the coverage, the errors and a
//! summary. Colour repeats what words and glyphs already say. What comes from strangers goes through
//! [`crate::plain::plain`] before it is measured or printed.

mod columns;
mod configuration;
mod detail;
mod ending;
mod grouped;
mod header;
mod inventory;
mod screen;

use crate::groups;
use batten_model::{Date, Lang, Report};
use screen::Screen;
use std::io::{self, Write};

/// Days after which a database is called old.
pub const OLD_AFTER_DAYS: i64 = 14;

/// Widths that are laid out; a narrower window gets lines of this width, a wider one too.
const WIDTHS: std::ops::RangeInclusive<usize> = 40..=240;

/// How the table is to look.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Style {
    /// Columns of the window.
    pub width: usize,
    /// Whether escape sequences for colour may be written. The caller has looked at `NO_COLOR` and the terminal.
    pub color: bool,
    /// Whether lines, bars and arrows beyond ASCII may be written.
    pub unicode: bool,
    /// The language.
    pub lang: Lang,
    /// One entry for each finding instead of one line for each package.
    pub detail: bool,
    /// The day to measure the database's age against; without it no age is given.
    pub today: Option<Date>,
}

impl Default for Style {
    fn default() -> Style {
        Style { width: 100, color: false, unicode: true, lang: Lang::En, detail: false, today: None }
    }
}

/// Writes the reports one after another.
///
/// A report without a database lists its packages; one with a database lists what is wrong with them.
pub fn write(reports: &[Report], style: &Style, mut out: impl Write) -> io::Result<()> {
    let style = Style { width: style.width.clamp(*WIDTHS.start(), *WIDTHS.end()), ..style.clone() };
    for (index, report) in reports.iter().enumerate() {
        let mut screen = Screen::new(&mut out, &style);
        if index > 0 {
            screen.blank()?;
            screen.rule()?;
        }
        write_one(report, &mut screen)?;
    }
    Ok(())
}

fn write_one(report: &Report, screen: &mut Screen<'_>) -> io::Result<()> {
    header::write(report, screen)?;
    let only_packages = report.database.is_none() && report.coverage.is_empty();
    if only_packages {
        inventory::write(report, screen)?;
    } else if screen.style().detail {
        detail::write(report, screen)?;
    } else {
        grouped::write(report, screen)?;
    }
    let others: Vec<_> = report.findings.iter().filter(|f| !groups::is_of_package(f)).collect();
    configuration::write(&others, screen)?;
    ending::coverage(report, screen)?;
    ending::errors(report, screen)?;
    if !only_packages {
        ending::summary(report, screen)?;
    }
    Ok(())
}
