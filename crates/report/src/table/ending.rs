//! What was judged, what went wrong, and the sum of it.

use super::columns::GAP;
use super::screen::{Paint, Screen};
use crate::messages as m;
use crate::plain::{plain, width};
use batten_model::{Coverage, Judged, Report, Severity, Summary};
use std::io;

/// Errors that the short form shows.
const SHOWN_ERRORS: usize = 10;

/// One line or more for each ecosystem; what was left out on purpose beneath.
pub(super) fn coverage(report: &Report, screen: &mut Screen<'_>) -> io::Result<()> {
    let lang = screen.style().lang;
    let left_out = report.inventory.declared_only.len();
    if report.coverage.is_empty() && left_out == 0 {
        return Ok(());
    }
    screen.section(m::COVERAGE.get(lang))?;
    let widest = report.coverage.iter().map(|c| width(&plain(&c.ecosystem))).max().unwrap_or_default();
    let names = widest.min(screen.style().width / 3);
    for line in &report.coverage {
        covered(line, names, screen)?;
    }
    if left_out > 0 {
        let mut line = screen.line();
        line.add(screen.glyph("· ", ". "), Paint::Dim);
        screen.flow(line, &m::DECLARED_ONLY.count(lang, left_out), 2, 3, Paint::Dim)?;
    }
    Ok(())
}

fn covered(coverage: &Coverage, names: usize, screen: &mut Screen<'_>) -> io::Result<()> {
    let lang = screen.style().lang;
    let (glyph, paint) = match coverage.judged {
        Judged::Full => (screen.glyph("✓", "+"), Paint::Good),
        Judged::FixedOnly | Judged::Partial => ("~", Paint::Warning),
        Judged::No => (screen.glyph("✗", "x"), Paint::Alarm),
    };
    let mut line = screen.line();
    line.add(glyph, paint).to(2).add_ends(&coverage.ecosystem, names, Paint::Plain);
    let indent = 2 + names + GAP;
    line.to(indent);
    let mut text = m::PACKAGES_N.count(lang, coverage.packages);
    text.push_str(if lang == batten_model::Lang::ZhCn { "，" } else { ", " });
    text.push_str(m::judged(coverage.judged).get(lang));
    if let Some(date) = coverage.feed_date {
        text.push_str(screen.dot());
        text.push_str(&m::FEED_OF.with(lang, &[("date", &date.to_string())]));
    }
    if !coverage.reason.is_empty() {
        text.push_str(screen.dot());
        text.push_str(coverage.reason.get(lang));
    }
    let paint = if coverage.judged == Judged::Full { Paint::Plain } else { paint };
    screen.flow(line, &text, indent, 4, paint)
}

/// What could not be read or judged, the fatal ones first.
pub(super) fn errors(report: &Report, screen: &mut Screen<'_>) -> io::Result<()> {
    if report.errors.is_empty() {
        return Ok(());
    }
    let lang = screen.style().lang;
    screen.section(m::ERRORS.get(lang))?;
    let mut errors: Vec<_> = report.errors.iter().collect();
    errors.sort_by_key(|e| !e.fatal);
    let shown = if screen.style().detail { errors.len() } else { SHOWN_ERRORS };
    for error in errors.iter().take(shown) {
        let mut line = screen.line();
        line.add(screen.glyph("✗ ", "x "), Paint::Alarm);
        if error.fatal {
            line.add(m::FATAL.get(lang), Paint::Alarm).add(screen.dot(), Paint::Dim);
        }
        let room = line.left();
        line.add_ends(&error.target, room, Paint::Bold);
        screen.print(&line)?;
        screen.paragraph(error.message.get(lang), 2, 6, Paint::Plain)?;
    }
    if let Some(rest) = errors.len().checked_sub(shown).filter(|rest| *rest > 0) {
        screen.paragraph(&m::ERRORS_MORE.count(lang, rest), 2, 2, Paint::Dim)?;
    }
    Ok(())
}

/// A bar of severities and one line of counts.
pub(super) fn summary(report: &Report, screen: &mut Screen<'_>) -> io::Result<()> {
    let lang = screen.style().lang;
    let summary = report.summary();
    screen.section(m::SUMMARY.get(lang))?;
    if summary.findings == 0 {
        let judged = report.coverage.iter().any(|c| c.judged != Judged::No && c.packages > 0);
        let nothing_there = summary.packages == 0 && summary.errors == 0;
        if judged || nothing_there {
            screen.paragraph(m::NO_FINDINGS.get(lang), 0, 2, Paint::Good)?;
        } else {
            screen.paragraph(m::NOTHING_JUDGED.get(lang), 0, 2, Paint::Warning)?;
        }
    } else {
        bar(&summary, screen)?;
        legend(&summary, screen)?;
    }
    counts(&summary, screen)
}

fn of(summary: &Summary, severity: Severity) -> usize {
    summary.by_severity.get(severity.as_str()).copied().unwrap_or_default()
}

fn glyph(severity: Severity, screen: &Screen<'_>) -> &'static str {
    match severity {
        Severity::Critical => screen.glyph("█", "#"),
        Severity::High => screen.glyph("▓", "="),
        Severity::Medium => screen.glyph("▒", "-"),
        Severity::Low => screen.glyph("░", ":"),
        Severity::None => screen.glyph("·", "."),
        Severity::Unknown => "?",
    }
}

/// Each severity's share; whatever occurs has one column at least.
fn bar(summary: &Summary, screen: &mut Screen<'_>) -> io::Result<()> {
    let columns = screen.style().width.min(72);
    let mut line = screen.line();
    for severity in Severity::ALL {
        let n = of(summary, severity);
        let share = n * (columns - Severity::ALL.len()) / summary.findings.max(1) + usize::from(n > 0);
        line.add(&glyph(severity, screen).repeat(share), Paint::Of(severity));
    }
    screen.print(&line)
}

fn legend(summary: &Summary, screen: &mut Screen<'_>) -> io::Result<()> {
    let lang = screen.style().lang;
    let mut line = screen.line();
    for severity in Severity::ALL {
        let n = of(summary, severity);
        if n == 0 && matches!(severity, Severity::None | Severity::Unknown) {
            continue;
        }
        let text =
            format!("{} {} {}", glyph(severity, screen), m::severity(severity).get(lang), m::grouped(n));
        if width(&text) + 3 > line.left() {
            screen.print(&line)?;
            line = screen.line();
        }
        line.add(&text, Paint::Of(severity)).add("   ", Paint::Plain);
    }
    screen.print(&line)
}

fn counts(summary: &Summary, screen: &mut Screen<'_>) -> io::Result<()> {
    let lang = screen.style().lang;
    let mut parts = vec![m::FINDINGS_N.count(lang, summary.findings)];
    for (message, n) in [
        (m::FIXABLE, summary.fixable),
        (m::EXPLOITED_N, summary.exploited),
        (m::UNJUDGED_N, summary.unjudged_packages),
        (m::ERRORS_N, summary.errors),
    ] {
        if n > 0 {
            parts.push(message.count(lang, n));
        }
    }
    screen.paragraph(&parts.join(screen.dot()), 0, 3, Paint::Bold)
}
