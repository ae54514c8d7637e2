//! Events judged by Falco rules, live or replayed.

use crate::commands::World;
use crate::commands::rules::files;
use crate::failure::Failure;
use batten_model::{Lang, Text};
use batten_report::json_text;
use batten_report::plain::plain;
use batten_rules::alert::Alert;
use batten_rules::catalogue::{EventType, Field, Source};
use batten_rules::{RuleSet, Scratch};
use batten_sensor::fields::{Judged, Surroundings, Users};
use batten_sensor::live::Selection;
use batten_sensor::show::Seen;
use batten_sensor::state::State;
use batten_sensor::wire::Event;
use std::io::{self, Write};
use std::path::PathBuf;

/// Rules, and what their evaluation keeps from one event to the next.
pub(super) struct Judge {
    rules: RuleSet,
    scratch: Scratch,
    around: Surroundings,
    json: bool,
    number: u64,
    /// Alerts so far.
    pub(super) alerts: u64,
}

impl Judge {
    /// Loads rule files; one that is refused is an error.
    pub(super) fn load(world: &World, paths: &[PathBuf], json: bool) -> Result<Judge, Failure> {
        let loaded = files::load_all(&files::read(world, paths)?);
        if let Some(file) = loaded.files.iter().find(|file| !file.is_accepted()) {
            let reason = file.errors.first().map_or_else(Text::default, |problem| problem.message.clone());
            let name = &file.name;
            return Err(world.mistake(
                format!(
                    "{name}: refused: {}; `batten rules check {name}` shows every mistake",
                    reason.get(Lang::En)
                ),
                format!(
                    "{name}：被拒绝：{}；`batten rules check {name}` 可显示全部错误",
                    reason.get(Lang::ZhCn)
                ),
            ));
        }
        let scratch = loaded.rules.scratch();
        let around =
            Surroundings { boot_offset: 0, start: 0, hostname: String::new(), users: Users::default() };
        Ok(Judge { rules: loaded.rules, scratch, around, json, number: 0, alerts: 0 })
    }

    /// Tells where and when events are from.
    pub(super) fn place(&mut self, hostname: &str, boot_offset: u64, users: Users) {
        self.around.hostname = hostname.to_owned();
        self.around.boot_offset = boot_offset;
        self.around.users = users;
    }

    /// The events that the rules need. A rule that can match every type is judged for what is watched by default.
    pub(super) fn events(&self) -> Selection {
        let enabled = self.rules.rules().iter().filter(|rule| rule.enabled && rule.source == Source::Syscall);
        let mut names: Vec<&str> = Vec::new();
        for rule in enabled {
            if rule.event_types.len() > EventType::COUNT / 2 {
                names.push("default");
            } else {
                names.extend(rule.event_types.iter().map(EventType::name));
            }
        }
        Selection::needed(names.iter().copied())
    }

    /// Whether a rule looks at the environment of programs.
    pub(super) fn needs_environment(&self) -> bool {
        let needs = self.rules.needs(Source::Syscall);
        let mut fields = needs.fields.iter().chain(&needs.output_fields);
        fields.any(|field| matches!(field.field, Field::ProcEnv | Field::ProcAenv))
    }

    /// Judges an event and writes its alerts.
    pub(super) fn event(&mut self, event: &Event<'_>, state: &State, out: &mut dyn Write) -> io::Result<()> {
        self.number += 1;
        if self.around.start == 0 {
            self.around.start = event.head.time;
        }
        let Some(seen) = Seen::new(event, state) else { return Ok(()) };
        let Some(judged) = Judged::new(seen, &self.around, self.number) else { return Ok(()) };
        let mut matched = Vec::new();
        self.rules.evaluate(Source::Syscall, &judged, &mut self.scratch, |rule| {
            matched.push(rule);
            true
        });
        for rule in matched {
            self.alerts += 1;
            let alert = Alert::new(rule, &judged, &self.around.hostname, &self.scratch);
            if self.json {
                json_text::write_line(&alert, &mut *out)?;
            } else {
                writeln!(out, "{}", plain(&alert.output))?;
            }
        }
        Ok(())
    }
}
