//! Settings that open a door.

use super::columns::GAP;
use super::screen::{Paint, Screen};
use crate::messages as m;
use batten_model::Finding;
use std::io;

/// Writes findings that are not about a package, each with its evidence and what to do.
pub(super) fn write(findings: &[&Finding], screen: &mut Screen<'_>) -> io::Result<()> {
    if findings.is_empty() {
        return Ok(());
    }
    let lang = screen.style().lang;
    screen.section(m::MISCONFIGURATIONS.get(lang))?;
    let mut findings = findings.to_vec();
    findings.sort_by_cached_key(|f| (f.urgency(), f.id.clone()));
    let indent = screen.severity_width() + GAP;
    for finding in findings {
        let mut line = screen.line();
        line.add(&screen.severity(finding.severity), Paint::Of(finding.severity));
        line.to(indent).add(&finding.id, Paint::Bold).add("  ", Paint::Plain);
        screen.flow(line, finding.title.get(lang), indent, 3, Paint::Plain)?;
        for evidence in &finding.evidence {
            screen.paragraph(evidence.detail.get(lang), indent, 3, Paint::Dim)?;
        }
        for place in finding.locations.iter().take(3) {
            let mut line = screen.line();
            let room = screen.style().width - indent;
            line.to(indent).add_ends(&place.path, room, Paint::Dim);
            screen.print(&line)?;
        }
        if !finding.remediation.is_empty() {
            let mut line = screen.line();
            line.to(indent).add(screen.glyph("→ ", "> "), Paint::Good);
            screen.flow(line, finding.remediation.get(lang), indent + 2, 3, Paint::Plain)?;
        }
    }
    Ok(())
}
