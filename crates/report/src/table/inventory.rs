//! Packages alone, for reports that were not asked to judge.

use super::columns::{Wish, fit, starts};
use super::screen::{Paint, Screen};
use crate::messages as m;
use crate::plain::{plain, width};
use batten_model::{Origin, Package, Report};
use std::io;

/// Writes one line for each package: type, name, version, licence, first place.
pub(super) fn write(report: &Report, screen: &mut Screen<'_>) -> io::Result<()> {
    let packages = &report.inventory.packages;
    if packages.is_empty() {
        return Ok(());
    }
    let lang = screen.style().lang;
    screen.blank()?;
    let titles = [m::TYPE, m::PACKAGE, m::INSTALLED, m::LICENCE, m::WHERE];
    let entry = |column: usize, package: &Package| -> String {
        match column {
            0 => package.kind.as_str().to_owned(),
            1 => package.name.clone(),
            2 => package.version.clone(),
            3 => package.licence.clone().unwrap_or_default(),
            _ => place(package, lang),
        }
    };
    let limits = [(10, 6), (40, 12), (30, 8), (24, 7), (usize::MAX, 8)];
    let wishes: Vec<Wish> = titles
        .iter()
        .zip(limits)
        .enumerate()
        .map(|(column, (title, (most, least)))| {
            let entries = packages.iter().map(|p| width(&plain(&entry(column, p))));
            let wish = Wish::new(entries.chain([width(title.get(lang))]), least).at_most(most);
            // Name and version say which package it is.
            if matches!(column, 1 | 2) { wish.dear() } else { wish }
        })
        .collect();
    let widths = fit(&wishes, screen.style().width);
    let starts = starts(&widths, 0);
    let mut line = screen.line();
    for (start, title) in starts.iter().zip(titles) {
        line.to(*start).add(title.get(lang), Paint::Dim);
    }
    screen.print(&line)?;
    screen.rule()?;
    for package in packages {
        let mut line = screen.line();
        for (column, (start, columns)) in starts.iter().zip(&widths).enumerate() {
            let paint = match column {
                1 => Paint::Bold,
                2 => Paint::Plain,
                _ => Paint::Dim,
            };
            let text = entry(column, package);
            if column == 1 {
                line.to(*start).add_end(&text, *columns, paint);
            } else {
                line.to(*start).add_ends(&text, *columns, paint);
            }
        }
        screen.print(&line)?;
    }
    Ok(())
}

fn place(package: &Package, lang: batten_model::Lang) -> String {
    let first = package.locations.first().map(|l| l.path.clone()).unwrap_or_default();
    let mut notes = Vec::new();
    if package.locations.len() > 1 {
        notes.push(m::PLACES.count(lang, package.locations.len()));
    }
    if package.origin == Origin::Declared {
        notes.push(m::DECLARED.get(lang).to_owned());
    }
    if notes.is_empty() { first } else { format!("{first} ({})", notes.join(", ")) }
}
