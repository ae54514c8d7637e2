//! One entry for each package: what it is, how bad, what fixes it.

use super::columns::{GAP, Wish, fit, starts};
use super::screen::{Line, Paint, Screen, percent};
use crate::groups::{self, Group};
use crate::messages as m;
use crate::plain::{plain, width};
use batten_model::{Report, Severity};
use std::io;

/// From this width on each package has one row with columns; below, two or three short lines.
const WIDE: usize = 100;

/// Columns that ids get at least.
const LEAST_IDS: usize = 22;

/// Writes all packages with findings.
pub(super) fn write(report: &Report, screen: &mut Screen<'_>) -> io::Result<()> {
    let groups = groups::by_package(report);
    if groups.is_empty() {
        return Ok(());
    }
    screen.section(&m::VULNERABLE_PACKAGES.count(screen.style().lang, groups.len()))?;
    if screen.style().width >= WIDE { rows(&groups, screen) } else { cards(&groups, screen) }
}

/// The columns of the wide form.
struct Layout {
    severities: Vec<Severity>,
    starts: Vec<usize>,
    widths: Vec<usize>,
    ids: usize,
}

const FIXED_COLUMNS: usize = 5;

impl Layout {
    fn of(groups: &[Group<'_>], screen: &Screen<'_>) -> Layout {
        let lang = screen.style().lang;
        let severities: Vec<Severity> =
            Severity::ALL.into_iter().filter(|s| groups.iter().any(|g| g.count(*s) > 0)).collect();
        let column = |title: m::Message, least: usize, entry: &dyn Fn(&Group<'_>) -> String| {
            let entries = groups.iter().map(|group| width(&plain(&entry(group))));
            Wish::new(entries.chain([width(title.get(lang))]), least)
        };
        let mut wishes = vec![
            Wish::fixed(screen.severity_width()),
            column(m::PACKAGE, 11, &|g| g.name.to_owned()).at_most(44),
            column(m::TYPE, 10, &|g| kind_of(g).to_owned()).at_most(10),
            column(m::INSTALLED, 9, &|g| g.version.to_owned()).at_most(36).dear(),
            column(m::FIXED_IN, 10, &|g| fix_text(g, screen)).at_most(36).dear(),
        ];
        for severity in &severities {
            let digits = groups.iter().map(|g| g.count(*severity).to_string().len()).max().unwrap_or(1);
            let wide = digits.max(width(&initial(*severity, screen)));
            wishes.push(Wish::fixed(wide));
        }
        wishes.push(Wish::fixed(5));
        let widths = fit(&wishes, screen.style().width.saturating_sub(LEAST_IDS + GAP));
        let starts = starts(&widths, 0);
        let ids = starts.last().zip(widths.last()).map_or(0, |(start, width)| start + width + GAP);
        Layout { severities, starts, widths, ids }
    }

    fn start(&self, column: usize) -> usize {
        self.starts.get(column).copied().unwrap_or(self.ids)
    }

    fn width(&self, column: usize) -> usize {
        self.widths.get(column).copied().unwrap_or_default()
    }

    fn end(&self, column: usize) -> usize {
        self.start(column) + self.width(column)
    }
}

/// Each package in a row; below it its whole name where the column cuts it, and its place.
fn rows(groups: &[Group<'_>], screen: &mut Screen<'_>) -> io::Result<()> {
    let layout = Layout::of(groups, screen);
    let titles = titles(&layout, screen);
    screen.print(&titles)?;
    screen.rule()?;
    for group in groups {
        let line = row(group, &layout, screen);
        screen.print(&line)?;
        let cut = width(&plain(group.name)) > layout.width(1);
        let below = cut.then(|| group.name.to_owned()).into_iter().chain(place(group, screen));
        let text = below.collect::<Vec<String>>().join(screen.dot());
        if !text.is_empty() {
            let mut line = screen.line();
            let start = layout.start(1);
            let room = screen.style().width - start;
            line.to(start).add_ends(&text, room, Paint::Dim);
            screen.print(&line)?;
        }
    }
    Ok(())
}

fn titles(layout: &Layout, screen: &Screen<'_>) -> Line {
    let lang = screen.style().lang;
    let mut line = screen.line();
    for (column, title) in [m::SEVERITY, m::PACKAGE, m::TYPE, m::INSTALLED, m::FIXED_IN].iter().enumerate() {
        line.to(layout.start(column)).add_within(title.get(lang), layout.width(column), Paint::Dim);
    }
    for (index, severity) in layout.severities.iter().enumerate() {
        let text = initial(*severity, screen);
        line.add_right(&text, layout.end(FIXED_COLUMNS + index), Paint::Of(*severity));
    }
    let epss = FIXED_COLUMNS + layout.severities.len();
    line.add_right(m::EPSS.get(lang), layout.end(epss), Paint::Dim);
    line.to(layout.ids).add(m::VULNERABILITIES.get(lang), Paint::Dim);
    line
}

fn row(group: &Group<'_>, layout: &Layout, screen: &Screen<'_>) -> Line {
    let worst = group.worst();
    let mut line = screen.line();
    line.add(&screen.severity(worst), Paint::Of(worst));
    line.to(layout.start(1)).add_end(group.name, layout.width(1), Paint::Bold);
    line.to(layout.start(2)).add_within(kind_of(group), layout.width(2), Paint::Dim);
    line.to(layout.start(3)).add_ends(group.version, layout.width(3), Paint::Plain);
    line.to(layout.start(4)).add_ends(&fix_text(group, screen), layout.width(4), fix_paint(group));
    for (index, severity) in layout.severities.iter().enumerate() {
        let n = group.count(*severity);
        let (text, paint) = if n == 0 {
            (screen.glyph("·", ".").to_owned(), Paint::Dim)
        } else {
            (n.to_string(), Paint::Of(*severity))
        };
        line.add_right(&text, layout.end(FIXED_COLUMNS + index), paint);
    }
    if let Some(score) = group.epss() {
        line.add_right(&percent(score), layout.end(FIXED_COLUMNS + layout.severities.len()), Paint::Plain);
    }
    line.to(layout.ids);
    ids(group, &mut line, screen);
    line
}

fn cards(groups: &[Group<'_>], screen: &mut Screen<'_>) -> io::Result<()> {
    let indent = screen.severity_width() + GAP;
    for group in groups {
        let first = card_title(group, indent, screen);
        screen.print(&first)?;
        let mut line = screen.line();
        line.to(indent).add(&counts(group, screen), Paint::Plain);
        if let Some(score) = group.epss() {
            line.add(screen.dot(), Paint::Dim).add(m::EPSS.get(screen.style().lang), Paint::Dim);
            line.add(&format!(" {}", percent(score)), Paint::Plain);
        }
        screen.print(&line)?;
        let mut line = screen.line();
        line.to(indent);
        ids(group, &mut line, screen);
        screen.print(&line)?;
        if let Some(text) = place(group, screen) {
            let mut line = screen.line();
            let room = screen.style().width - indent;
            line.to(indent).add_ends(&text, room, Paint::Dim);
            screen.print(&line)?;
        }
    }
    Ok(())
}

/// `CRITICAL  runc 1.1.11 → 1.1.12`, the versions shortened before the name is.
fn card_title(group: &Group<'_>, indent: usize, screen: &Screen<'_>) -> Line {
    let worst = group.worst();
    let mut line = screen.line();
    line.add(&screen.severity(worst), Paint::Of(worst)).to(indent);
    let arrow = screen.arrow();
    let fix = fix_text(group, screen);
    let room = line.left().saturating_sub(1 + width(arrow));
    let wishes = [
        Wish::new([width(&plain(group.name))], room / 3),
        Wish::new([width(&plain(group.version))], room / 4),
        Wish::new([width(&plain(&fix))], room / 4),
    ];
    let widths = fit(&wishes, room + 2 * GAP);
    let at = |column: usize| widths.get(column).copied().unwrap_or_default();
    line.add_end(group.name, at(0), Paint::Bold).add(" ", Paint::Plain);
    line.add_ends(group.version, at(1), Paint::Plain).add(arrow, Paint::Dim);
    line.add_ends(&fix, at(2), fix_paint(group));
    line
}

/// `1 critical · 2 high`.
fn counts(group: &Group<'_>, screen: &Screen<'_>) -> String {
    let lang = screen.style().lang;
    let parts: Vec<String> = Severity::ALL
        .into_iter()
        .map(|s| (group.count(s), s))
        .filter(|(n, _)| *n > 0)
        .map(|(n, s)| format!("{n} {}", m::severity(s).get(lang)))
        .collect();
    parts.join(screen.dot())
}

/// As many ids as fit, the exploited ones marked, and how many are left.
fn ids(group: &Group<'_>, line: &mut Line, screen: &Screen<'_>) {
    let findings = group.ids();
    if group.exploited() {
        line.add(m::KEV.get(screen.style().lang), Paint::Alarm).add(" ", Paint::Plain);
    }
    for (index, finding) in findings.iter().enumerate() {
        let rest = findings.len() - index;
        let id = plain(&finding.id);
        let room_after = if rest > 1 { format!(" +{}", rest - 1).len() } else { 0 };
        if index > 0 && width(&id) + 1 + room_after > line.left() {
            line.add(&format!(" +{rest}"), Paint::Dim);
            return;
        }
        if index > 0 {
            line.add(" ", Paint::Plain);
        }
        let room = line.left().saturating_sub(room_after);
        line.add_within(&id, room, Paint::Of(finding.severity));
    }
}

/// The version that fixes the most urgent finding, and how many other versions fix others; or why there is none.
fn fix_text(group: &Group<'_>, screen: &Screen<'_>) -> String {
    match group.fixes().as_slice() {
        [] => {
            let status = group.findings.first().map(|f| m::status(f.status));
            status.map(|s| s.get(screen.style().lang).to_owned()).unwrap_or_default()
        }
        [one] => (*one).to_owned(),
        [first, others @ ..] => format!("{first} +{}", others.len()),
    }
}

fn fix_paint(group: &Group<'_>) -> Paint {
    if group.fixable() > 0 { Paint::Good } else { Paint::Dim }
}

/// Where a language package lies; the package manager knows the places of OS packages.
fn place(group: &Group<'_>, screen: &Screen<'_>) -> Option<String> {
    if group.package.is_some_and(|p| p.kind.is_os()) {
        return None;
    }
    let first = group.places.first()?;
    Some(match group.places.len() {
        1 => (*first).to_owned(),
        n => format!("{} ({})", first, m::PLACES.count(screen.style().lang, n)),
    })
}

fn kind_of<'a>(group: &Group<'a>) -> &'a str {
    groups::ecosystem(group.package, group.purl)
}

/// A severity's first letter, in Chinese its first character; `?` for unknown.
fn initial(severity: Severity, screen: &Screen<'_>) -> String {
    match severity {
        Severity::Unknown => "?".to_owned(),
        known => screen.severity(known).chars().take(1).collect(),
    }
}
