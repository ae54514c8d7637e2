//! `--fix-plan` for people: each step with its command, and what it removes.

use batten_advisory::fix_plan::{FixPlan, Step};
use batten_model::{Lang, Text};
use batten_report::plain;
use std::io::{self, Write};

/// Ids that are named for one step; more are counted.
const NAMED: usize = 6;

/// Writes the plan below a table.
pub(crate) fn write(plan: &FixPlan, lang: Lang, width: usize, out: &mut dyn Write) -> io::Result<()> {
    let removed: usize = plan.steps.iter().map(|step| step.removes.len()).sum();
    let (steps, remaining) = (plan.steps.len(), plan.remaining.len());
    let head = Text::new(
        format!("Fix plan: {steps} steps remove {removed} findings; {remaining} remain"),
        format!("修复计划：{steps} 个步骤消除 {removed} 个发现；剩余 {remaining} 个"),
    );
    writeln!(out, "\n{}", head.get(lang))?;
    if let Some(hint) = &plan.base_image {
        writeln!(out, "  {}", plain::plain(hint.advice.get(lang)))?;
    }
    if let Some(command) = &plan.system_command {
        writeln!(out, "  $ {}", plain::plain(command))?;
    }
    for (number, step) in plan.steps.iter().enumerate() {
        write_step(number + 1, step, plan.system_command.is_some(), lang, width, out)?;
    }
    Ok(())
}

fn write_step(
    number: usize,
    step: &Step,
    one_command: bool,
    lang: Lang,
    width: usize,
    out: &mut dyn Write,
) -> io::Result<()> {
    let title = plain::plain(step.title.get(lang));
    writeln!(out, "{number:>4}. {}", plain::clip(&title, width.saturating_sub(6), '…'))?;
    if !step.place.is_empty() {
        writeln!(
            out,
            "      {}",
            plain::clip_middle(&plain::plain(&step.place), width.saturating_sub(6), '…')
        )?;
    }
    // The distribution's packages have one command for all, above.
    if let (Some(command), false) = (&step.command, one_command && step.place.is_empty()) {
        writeln!(out, "      $ {}", plain::plain(command))?;
    }
    let named: Vec<&str> = step.removes.iter().take(NAMED).map(|removed| removed.id.as_str()).collect();
    let more = step.removes.len().saturating_sub(named.len());
    let more = if more > 0 { format!(" +{more}") } else { String::new() };
    let word = Text::new("removes", "消除");
    writeln!(out, "      {} {}{more}", word.get(lang), plain::plain(&named.join(", ")))
}
