//! What was looked at, and by what it was judged.

use super::OLD_AFTER_DAYS;
use super::screen::{Paint, Screen};
use crate::messages as m;
use crate::plain::width;
use batten_model::{DatabaseInfo, Observed, Report};
use std::collections::BTreeMap;
use std::io;

/// Writes the header.
pub(super) fn write(report: &Report, screen: &mut Screen<'_>) -> io::Result<()> {
    subject(report, screen)?;
    let lang = screen.style().lang;
    match &report.inventory.os {
        Observed::Present(os) => field(m::OS, &os.name, Paint::Plain, screen)?,
        Observed::Absent => field(m::OS, m::OS_ABSENT.get(lang), Paint::Dim, screen)?,
        Observed::Unknown(why) => {
            field(m::OS, &m::OS_UNKNOWN.with(lang, &[("why", why.get(lang))]), Paint::Warning, screen)?;
        }
    }
    kernel(report, screen)?;
    field(m::PACKAGES, &packages(report, screen.dot(), lang), Paint::Plain, screen)?;
    match &report.database {
        Some(info) => database(info, screen),
        None => field(m::DATABASE, m::DATABASE_NONE.get(lang), Paint::Dim, screen),
    }
}

fn subject(report: &Report, screen: &mut Screen<'_>) -> io::Result<()> {
    let subject = &report.inventory.subject;
    let dot = screen.dot();
    let mut facts = m::subject_kind(subject.kind).get(screen.style().lang).to_owned();
    for fact in
        [subject.platform.as_deref(), subject.digest.as_ref().map(|d| d.short())].into_iter().flatten()
    {
        facts.push_str(dot);
        facts.push_str(fact);
    }
    let mut line = screen.line();
    let room = line.left();
    // The name's end tells more than its begin (a tag, a folder); where both do not fit, facts go to their own line.
    if width(&subject.name) + width(&facts) + 2 <= room {
        line.add(&subject.name, Paint::Bold).to(width(&subject.name) + 2).add(&facts, Paint::Dim);
        return screen.print(&line);
    }
    line.add_ends(&subject.name, room, Paint::Bold);
    screen.print(&line)?;
    screen.paragraph(&facts, 0, 2, Paint::Dim)
}

fn field(name: m::Message, value: &str, paint: Paint, screen: &mut Screen<'_>) -> io::Result<()> {
    let lang = screen.style().lang;
    let names = [m::OS, m::KERNEL, m::PACKAGES, m::DATABASE];
    let indent = names.iter().map(|n| width(n.get(lang))).max().unwrap_or_default() + 2;
    let mut line = screen.line();
    line.add(name.get(lang), Paint::Dim).to(indent);
    screen.flow(line, value, indent, 4, paint)
}

fn kernel(report: &Report, screen: &mut Screen<'_>) -> io::Result<()> {
    let Some(kernel) = &report.inventory.kernel else { return Ok(()) };
    let lang = screen.style().lang;
    let mut text = kernel.release.clone();
    let patches = match &kernel.live_patches {
        Observed::Present(names) if names.is_empty() => None,
        Observed::Present(names) => Some(m::LIVE_PATCHES.with(lang, &[("names", &names.join(" "))])),
        Observed::Absent => None,
        Observed::Unknown(why) => Some(m::LIVE_PATCHES_UNKNOWN.with(lang, &[("why", why.get(lang))])),
    };
    if let Some(patches) = patches {
        text.push_str(screen.dot());
        text.push_str(&patches);
    }
    field(m::KERNEL, &text, Paint::Plain, screen)
}

fn packages(report: &Report, dot: &str, lang: batten_model::Lang) -> String {
    let mut by_kind: BTreeMap<&str, usize> = BTreeMap::new();
    for package in &report.inventory.packages {
        *by_kind.entry(package.kind.as_str()).or_default() += 1;
    }
    if by_kind.is_empty() {
        return m::PACKAGES_NONE.get(lang).to_owned();
    }
    let mut kinds: Vec<(&str, usize)> = by_kind.into_iter().collect();
    kinds.sort_by_key(|(_, n)| std::cmp::Reverse(*n));
    let kinds: Vec<String> = kinds.iter().map(|(kind, n)| format!("{} {kind}", m::grouped(*n))).collect();
    match kinds.as_slice() {
        [one] => one.clone(),
        several => format!("{}: {}", m::grouped(report.inventory.packages.len()), several.join(dot)),
    }
}

fn database(info: &DatabaseInfo, screen: &mut Screen<'_>) -> io::Result<()> {
    let lang = screen.style().lang;
    let mut parts = vec![match info.built {
        Some(date) => m::DATABASE_BUILT.with(lang, &[("date", &date.to_string())]),
        None => m::DATABASE_UNDATED.get(lang).to_owned(),
    }];
    let age = age(info, screen);
    if let Some(days) = age {
        parts.push(m::DATABASE_AGE.count(lang, usize::try_from(days).unwrap_or(0)));
    }
    if info.starter {
        parts.push(m::DATABASE_STARTER.get(lang).to_owned());
    }
    field(m::DATABASE, &parts.join(screen.dot()), Paint::Plain, screen)?;
    if age.is_none_or(|days| days <= OLD_AFTER_DAYS) {
        return Ok(());
    }
    let mut line = screen.line();
    line.add("! ", Paint::Warning);
    screen.flow(line, m::DATABASE_OLD.get(lang), 2, 4, Paint::Warning)
}

/// Days from building to today; `None` where one of them is not known or today is earlier.
fn age(info: &DatabaseInfo, screen: &Screen<'_>) -> Option<i64> {
    let days = screen.style().today?.days_since_epoch() - info.built?.days_since_epoch();
    (days >= 0).then_some(days)
}
