//! Writing reports to where they go, in the format that is asked for.

use super::World;
use super::resolve::Destination;
use crate::cli::FormatArg;
use crate::failure::Failure;
use crate::{output, terminal};
use batten_advisory::fix_plan::FixPlan;
use batten_model::{Date, Lang, Report};
use batten_report::{cyclonedx, html, json, sarif, table};
use std::io::{self, Write};

/// What besides the reports decides how they look.
pub(crate) struct Look {
    /// One line for each finding.
    pub(crate) detail: bool,
    /// The day from which ages are counted.
    pub(crate) today: Option<Date>,
    /// Upgrades to print below a table, one plan for each report.
    pub(crate) plans: Vec<FixPlan>,
}

/// Writes the answer to every destination.
pub(crate) fn write(
    world: &World,
    reports: &[Report],
    destinations: &[Destination],
    look: &Look,
) -> Result<(), Failure> {
    for destination in destinations {
        output::write(destination.path.as_deref(), |out| {
            let terminal = destination.path.is_none();
            render(reports, destination.format, look, world.lang, terminal, out)
        })
        .map_err(|error| world.failed(error))?;
    }
    Ok(())
}

fn render(
    reports: &[Report],
    format: FormatArg,
    look: &Look,
    lang: Lang,
    terminal: bool,
    out: &mut dyn Write,
) -> io::Result<()> {
    match format {
        FormatArg::Json => json::write(reports, out),
        FormatArg::Cyclonedx => cyclonedx::write(reports, out),
        FormatArg::Sarif => sarif::write(reports, out),
        FormatArg::Html => html::write(reports, &html::Options { lang, today: look.today }, out),
        FormatArg::Table => {
            let style = table::Style {
                width: if terminal { terminal::width() } else { 120 },
                color: terminal && terminal::colour(),
                unicode: true,
                lang,
                detail: look.detail,
                today: look.today,
            };
            table::write(reports, &style, &mut *out)?;
            look.plans.iter().try_for_each(|plan| super::plan::write(plan, lang, style.width, out))
        }
    }
}
