//! One entry for each finding: what, where, why, and what to do.

use super::columns::GAP;
use super::screen::{Line, Paint, Screen, percent};
use crate::groups;
use crate::messages as m;
use batten_model::{Finding, Report};
use std::io;

/// Writes all findings that are about a package, by package.
pub(super) fn write(report: &Report, screen: &mut Screen<'_>) -> io::Result<()> {
    let groups = groups::by_package(report);
    if groups.is_empty() {
        return Ok(());
    }
    screen.section(&m::VULNERABLE_PACKAGES.count(screen.style().lang, groups.len()))?;
    for group in &groups {
        screen.blank()?;
        let mut line = screen.line();
        let kind = groups::ecosystem(group.package, group.purl);
        let room = line.left().saturating_sub(kind.len() + 4) / 2;
        line.add_end(group.name, room, Paint::Bold).add(" ", Paint::Plain);
        line.add_ends(group.version, room, Paint::Plain).add("  ", Paint::Plain).add(kind, Paint::Dim);
        screen.print(&line)?;
        for place in group.places.iter().take(5) {
            indented(place, Paint::Dim, screen)?;
        }
        if let Some(rest) = group.places.len().checked_sub(6) {
            indented(&m::MORE.count(screen.style().lang, rest + 1), Paint::Dim, screen)?;
        }
        for finding in &group.findings {
            entry(finding, screen)?;
        }
    }
    Ok(())
}

fn indented(text: &str, paint: Paint, screen: &mut Screen<'_>) -> io::Result<()> {
    let mut line = screen.line();
    let room = screen.style().width - GAP;
    line.to(GAP).add_ends(text, room, paint);
    screen.print(&line)
}

fn entry(finding: &Finding, screen: &mut Screen<'_>) -> io::Result<()> {
    let lang = screen.style().lang;
    let first = first_line(finding, screen);
    screen.print(&first)?;
    let indent = GAP + screen.severity_width() + GAP;
    let title = finding.title.get(lang);
    if !title.is_empty() {
        screen.paragraph(title, indent, 2, Paint::Plain)?;
    }
    for evidence in &finding.evidence {
        let mut text = format!("{}: {}", evidence.source, evidence.detail.get(lang));
        if !evidence.symbols.is_empty() {
            text.push_str(&format!(" ({})", evidence.symbols.join(", ")));
        }
        screen.paragraph(&text, indent, 3, Paint::Dim)?;
    }
    Ok(())
}

/// `HIGH  CVE-2024-0727 → 3.0.13 · CVSS 5.5 · EPSS 0.4% · KEV 2024-01-31`.
fn first_line(finding: &Finding, screen: &Screen<'_>) -> Line {
    let lang = screen.style().lang;
    let mut line = screen.line();
    line.to(GAP).add(&screen.severity(finding.severity), Paint::Of(finding.severity));
    line.to(GAP + screen.severity_width() + GAP).add(&finding.id, Paint::Bold);
    match finding.package.as_ref().map(|p| p.fixed.as_slice()).unwrap_or_default() {
        [] => line.add(screen.dot(), Paint::Dim).add(m::status(finding.status).get(lang), Paint::Dim),
        fixed => line.add(screen.arrow(), Paint::Dim).add(&fixed.join(", "), Paint::Good),
    };
    if let Some(kev) = &finding.kev {
        line.add(screen.dot(), Paint::Dim);
        line.add(&format!("{} {}", m::KEV.get(lang), kev.added), Paint::Alarm);
    }
    if let Some(cvss) = finding.cvss.first() {
        line.add(screen.dot(), Paint::Dim);
        line.add(&format!("{} {:.1}", m::SCORE.get(lang), cvss.score), Paint::Plain);
    }
    if let Some(epss) = finding.epss {
        line.add(screen.dot(), Paint::Dim);
        line.add(&format!("{} {}", m::EPSS.get(lang), percent(epss.score)), Paint::Plain);
    }
    line
}
