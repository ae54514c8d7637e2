//! `batten rules test`: cases in folders.

use super::diagnostic::{self, Look};
use super::files::{self, Content};
use crate::cli::TestArgs;
use crate::commands::World;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::{output, terminal};
use batten_model::{Lang, Text};
use batten_report::json_text;
use batten_report::plain::plain;
use batten_rules::LoadOptions;
use batten_rules::case::{Case, Difference, Outcome, Raised, run as run_case};
use serde_json::json;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

const EVENTS: &str = "events.jsonl";
const ALERTS: &str = "alerts.jsonl";

/// Runs the cases of a folder.
pub(super) fn run(world: &World, arguments: &TestArgs) -> Result<Exit, Failure> {
    let folders = cases(world, &arguments.dir)?;
    let shared = files::read(world, &arguments.rules)?;
    let mut results = Vec::new();
    for folder in &folders {
        results.push((folder.display().to_string(), one(world, folder, &shared)?));
    }
    let look = Look { lang: world.lang, colour: terminal::colour(), width: terminal::width() };
    output::write(None, |out| {
        for (name, outcome) in &results {
            write(name, outcome, arguments.print_alerts, &look, out)?;
        }
        let passed = results.iter().filter(|(_, outcome)| outcome.is_passed()).count();
        let n = results.len();
        let total =
            Text::new(format!("cases: {n}, passed: {passed}"), format!("用例 {n} 个，通过 {passed} 个"));
        writeln!(out, "{}", total.get(look.lang))
    })
    .map_err(|error| world.failed(error))?;
    // A line that cannot be read is a fault of the case, not an answer about the rules.
    if results.iter().any(|(_, outcome)| !outcome.bad_lines.is_empty()) {
        return Ok(Exit::NotDone);
    }
    Ok(if results.iter().all(|(_, outcome)| outcome.is_passed()) { Exit::Done } else { Exit::Found })
}

/// The folder itself where it is a case, else the cases in it, sorted.
fn cases(world: &World, dir: &Path) -> Result<Vec<PathBuf>, Failure> {
    if dir.join(EVENTS).is_file() {
        return Ok(vec![dir.to_owned()]);
    }
    let mut found = Vec::new();
    for entry in fs::read_dir(dir).map_err(|error| files::unreadable(world, dir, &error))? {
        let path = entry.map_err(|error| files::unreadable(world, dir, &error))?.path();
        if path.join(EVENTS).is_file() {
            found.push(path);
        }
    }
    found.sort();
    if found.is_empty() {
        let shown = dir.display();
        let en =
            format!("{shown}: no case here; a case is a folder with {EVENTS}, {ALERTS} and rules in *.yaml");
        let zh = format!("{shown}：没有用例；用例是包含 {EVENTS}、{ALERTS} 和 *.yaml 规则的文件夹");
        return Err(world.mistake(en, zh));
    }
    Ok(found)
}

fn one(world: &World, folder: &Path, shared: &[Content]) -> Result<Outcome, Failure> {
    let own = files::read(world, &files::in_folder(world, folder)?)?;
    let mut rules = files::as_files(shared);
    rules.extend(files::as_files(&own));
    if rules.is_empty() {
        let shown = folder.display();
        let en = format!("{shown}: the case has no *.yaml file with rules; name some with --rules FILE");
        return Err(world.mistake(en, format!("{shown}：用例没有 *.yaml 规则文件；请用 --rules FILE 指定")));
    }
    let events = files::bytes(world, &folder.join(EVENTS))?;
    let alerts = folder.join(ALERTS);
    // A case without expectations expects no alert.
    let expected = if alerts.exists() { files::bytes(world, &alerts)? } else { Vec::new() };
    Ok(run_case(&Case { rules: &rules, events: &events, expected: &expected }, &LoadOptions::default()))
}

fn write(name: &str, outcome: &Outcome, alerts: bool, look: &Look, out: &mut dyn Write) -> io::Result<()> {
    let (mark, colour) = if outcome.is_passed() {
        (Text::new("ok", "通过"), "32")
    } else {
        (Text::new("FAILED", "失败"), "1;31")
    };
    let mark = mark.get(look.lang);
    let mark = if look.colour { format!("\x1b[{colour}m{mark}\x1b[0m") } else { mark.to_owned() };
    let (events, raised) = (outcome.events, outcome.raised.len());
    let counts = Text::new(
        format!("events: {events}, alerts: {raised}"),
        format!("事件 {events} 个，告警 {raised} 个"),
    );
    writeln!(out, "{mark} {} ({})", plain(name), counts.get(look.lang))?;
    for file in outcome.loaded.files.iter().filter(|file| !file.is_accepted()) {
        diagnostic::write(file, false, look, out)?;
    }
    for bad in &outcome.bad_lines {
        let file = if bad.is_expected { ALERTS } else { EVENTS };
        writeln!(out, "  {file}:{}: {}", bad.line, plain(bad.text.get(look.lang)))?;
    }
    for difference in &outcome.differences {
        differs(difference, look.lang, out)?;
    }
    if alerts {
        for raised in &outcome.raised {
            alert_line(raised, out)?;
        }
    }
    Ok(())
}

fn differs(difference: &Difference, lang: Lang, out: &mut dyn Write) -> io::Result<()> {
    match difference {
        Difference::Missing { line, event, rule } => {
            let rule = plain(rule);
            let text = Text::new(
                format!("{ALERTS}:{line}: event {event} raises no alert of the rule '{rule}'"),
                format!("{ALERTS}:{line}：事件 {event} 未触发规则“{rule}”的告警"),
            );
            writeln!(out, "  - {}", text.get(lang))
        }
        Difference::Unexpected(raised) => {
            let (event, rule) = (raised.event, plain(&raised.alert.rule));
            let text = Text::new(
                format!("event {event} raises an alert of the rule '{rule}', which is not expected:"),
                format!("事件 {event} 触发了预期之外的规则“{rule}”："),
            );
            writeln!(out, "  + {}", text.get(lang))?;
            writeln!(out, "    {}", plain(&raised.alert.output))
        }
        Difference::Other { line, event, rule, key, wanted, got } => {
            let (rule, key) = (plain(rule), plain(key));
            let text = Text::new(
                format!("{ALERTS}:{line}: event {event}, rule '{rule}': {key} differs"),
                format!("{ALERTS}:{line}：事件 {event}，规则“{rule}”：{key} 不同"),
            );
            writeln!(out, "  ~ {}", text.get(lang))?;
            writeln!(out, "    - {}", plain(&wanted.to_string()))?;
            writeln!(out, "    + {}", plain(&got.to_string()))
        }
    }
}

/// An alert as a line of expectations: without the machine and the time.
fn alert_line(raised: &Raised, out: &mut dyn Write) -> io::Result<()> {
    let alert = &raised.alert;
    let line = json!({
        "event": raised.event, "rule": alert.rule, "priority": alert.priority,
        "output": alert.output, "output_fields": alert.output_fields, "tags": alert.tags,
    });
    json_text::write_line(&line, out)
}
