//! `batten scan` and `batten sbom`: collect, judge, report.

use super::answer::{self, Look};
use super::collect::Collector;
use super::{World, database, now_unix_seconds, resolve};
use crate::cli::{FormatArg, SbomArgs, SbomCommand, ScanArgs, ScanCommand, ScanOptions, SubjectArgs};
use crate::exit::Exit;
use crate::failure::Failure;
use batten_advisory::database::Database;
use batten_advisory::{fix_plan, judge};
use batten_model::{Date, Inventory, Report, SubjectKind, Text, Tool};

/// Runs `batten scan …`.
pub(crate) fn scan(world: &World, command: ScanCommand) -> Result<Exit, Failure> {
    let (kind, arguments) = match command {
        ScanCommand::Image(arguments) => (SubjectKind::Image, arguments),
        ScanCommand::Fs(arguments) => (SubjectKind::Fs, arguments),
        ScanCommand::Host(arguments) => (SubjectKind::Host, arguments),
    };
    let ScanArgs { subject, options, format } = arguments;
    run(world, kind, &subject, Some(&options), format)
}

/// Runs `batten sbom …`.
pub(crate) fn sbom(world: &World, command: SbomCommand) -> Result<Exit, Failure> {
    let (kind, arguments) = match command {
        SbomCommand::Image(arguments) => (SubjectKind::Image, arguments),
        SbomCommand::Fs(arguments) => (SubjectKind::Fs, arguments),
        SbomCommand::Host(arguments) => (SubjectKind::Host, arguments),
    };
    let SbomArgs { subject, format } = arguments;
    if format == FormatArg::Sarif {
        return Err(world.mistake(
            "SARIF holds findings, and an SBOM has none; use cyclonedx or json",
            "SARIF 用于发现，而 SBOM 没有发现；请使用 cyclonedx 或 json",
        ));
    }
    run(world, kind, &subject, None, format)
}

/// Everything is resolved before anything is read, so that a mistake costs no waiting.
fn run(
    world: &World,
    kind: SubjectKind,
    subject: &SubjectArgs,
    options: Option<&ScanOptions>,
    format: FormatArg,
) -> Result<Exit, Failure> {
    let destinations = resolve::destinations(world, format, subject)?;
    let gate = resolve::gate(world, subject, options)?;
    let filter = options.map(|options| resolve::filter(world, options)).transpose()?;
    let database = options.map(|options| database::open(world, options.db.as_deref())).transpose()?;
    let now = now_unix_seconds();
    let today = Date::from_unix_seconds(now);
    let collector = Collector::new(world, kind, subject)?;
    let mut reports = Vec::new();
    let mut plans = Vec::new();
    let mut failed = false;
    for target in collector.targets() {
        let inventory = match collector.collect(target) {
            Ok(inventory) => inventory,
            Err(failure) => {
                failure.print();
                failed = true;
                continue;
            }
        };
        let mut report = report(inventory, database.as_ref(), now);
        if let Some(filter) = &filter {
            filter.apply(&mut report);
        }
        if let (Some(database), true) = (&database, options.is_some_and(|options| options.fix_plan)) {
            plans.push(fix_plan::plan(&report.inventory, &report.findings, database));
        }
        reports.push(report);
    }
    if failed && reports.is_empty() {
        return Ok(Exit::NotDone);
    }
    let look = Look { detail: options.is_some_and(|options| options.detail), today, plans };
    answer::write(world, &reports, &destinations, &look)?;
    say_where(world, &destinations);
    let exit = gate.exit(&reports);
    Ok(if failed && exit == Exit::Done { Exit::NotDone } else { exit })
}

/// Judges an inventory; without a database the report lists packages only.
fn report(inventory: Inventory, database: Option<&Database>, now: u64) -> Report {
    let today = Date::from_unix_seconds(now);
    let judged = match (database, today) {
        (Some(database), Some(today)) => judge::judge(&inventory, database, today),
        _ => judge::Judgement::default(),
    };
    let mut errors = inventory.errors.clone();
    errors.extend(judged.errors);
    Report {
        tool: Tool { name: "batten".to_owned(), version: env!("CARGO_PKG_VERSION").to_owned() },
        created: timestamp(now),
        inventory,
        database: database.map(Database::info),
        coverage: judged.coverage,
        findings: judged.findings,
        errors,
    }
}

/// RFC 3339 in UTC.
fn timestamp(seconds: u64) -> String {
    let day = Date::from_unix_seconds(seconds).map_or_else(|| "1970-01-01".to_owned(), |day| day.to_string());
    let of_day = seconds % 86_400;
    format!("{day}T{:02}:{:02}:{:02}Z", of_day / 3_600, of_day / 60 % 60, of_day % 60)
}

fn say_where(world: &World, destinations: &[resolve::Destination]) {
    for path in destinations.iter().filter_map(|d| d.path.as_deref()) {
        let path = path.display();
        world.remark(&Text::new(format!("written: {path}"), format!("已写入：{path}")));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_rfc_3339() {
        assert_eq!(timestamp(0), "1970-01-01T00:00:00Z");
        assert_eq!(timestamp(1_706_745_599), "2024-01-31T23:59:59Z");
    }
}
