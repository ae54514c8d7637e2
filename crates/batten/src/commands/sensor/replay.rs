//! `batten sensor replay`: what a recording holds.

use super::judge::Judge;
use super::watch;
use crate::cli::ReplayArgs;
use crate::commands::{World, unwritable};
use crate::exit::Exit;
use crate::failure::Failure;
use anyhow::Context as _;
use batten_report::plain::plain;
use batten_sensor::fields::Users;
use batten_sensor::live::Selection;
use batten_sensor::recording::{Reader, RecordingError};
use batten_sensor::show::{self, Seen};
use batten_sensor::state::{Bounds, State};
use serde_json::json;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufReader, BufWriter, Write};

/// Lists events, or counts them. A recording that cannot be read to its end exits 2.
pub(crate) fn run(world: &World, arguments: &ReplayArgs) -> Result<Exit, Failure> {
    let chosen =
        arguments.events.as_deref().map(|list| watch::selection_as_given(world, list)).transpose()?;
    let path = arguments.file.display().to_string();
    let file =
        File::open(&arguments.file).with_context(|| path.clone()).map_err(|error| world.failed(error))?;
    let fault = |error: &RecordingError| Failure::at(world.lang, &path, error);
    let mut reader = Reader::new(BufReader::with_capacity(1 << 18, file)).map_err(|error| fault(&error))?;
    let judge = if arguments.rules.is_empty() {
        None
    } else {
        let mut judge = Judge::load(world, &arguments.rules, arguments.json)?;
        // Names of users are those of the machine that recorded.
        let header = reader.header();
        judge.place(&header.host, header.boot_offset, Users::parse(&header.passwd, &header.group));
        Some(judge)
    };
    let mut replay = Replay {
        judge,
        state: State::new(Bounds::default()),
        boot_offset: reader.header().boot_offset,
        arguments,
        chosen,
        counts: BTreeMap::new(),
    };
    let mut out = BufWriter::new(io::stdout().lock());
    let mut broken = None;
    loop {
        let mut written = Ok(());
        match reader.block(|event| {
            if written.is_ok() {
                written = replay.event(event, &mut out);
            }
        }) {
            Ok(true) => {}
            Ok(false) => break,
            Err(error) => {
                broken = Some(error);
                break;
            }
        }
        if let Err(error) = written {
            return if error.kind() == io::ErrorKind::BrokenPipe {
                Ok(Exit::Done)
            } else {
                Err(unwritable(world, error))
            };
        }
    }
    let ending = if arguments.summary { replay.summary(&reader, &mut out) } else { Ok(()) };
    ending.and_then(|()| out.flush()).map_err(|error| unwritable(world, error))?;
    if let Some(text) = reader.ending().and_then(|ending| watch::losses(&ending.counters)) {
        world.warn(&text);
    }
    broken.map_or(Ok(Exit::Done), |error| Err(fault(&error)))
}

struct Replay<'a> {
    judge: Option<Judge>,
    state: State,
    boot_offset: u64,
    arguments: &'a ReplayArgs,
    chosen: Option<Selection>,
    counts: BTreeMap<&'static str, u64>,
}

impl Replay<'_> {
    fn event(&mut self, event: &batten_sensor::wire::Event<'_>, out: &mut dyn Write) -> io::Result<()> {
        self.state.apply(event);
        if let Some(judge) = &mut self.judge {
            return judge.event(event, &self.state, out);
        }
        let Some(seen) = Seen::new(event, &self.state) else { return Ok(()) };
        if !self.wanted(&seen) {
            return Ok(());
        }
        *self.counts.entry(seen.kind.name).or_default() += 1;
        if self.arguments.summary {
            return Ok(());
        }
        if self.arguments.json {
            serde_json::to_writer(&mut *out, &show::json(&seen, self.boot_offset))?;
            writeln!(out)
        } else {
            writeln!(out, "{}", plain(&show::line(&seen, self.boot_offset)))
        }
    }

    fn wanted(&self, seen: &Seen<'_>) -> bool {
        let id = batten_sensor::catalogue::EventId(seen.event.head.event);
        let container = || seen.process.and_then(|process| process.container.as_deref());
        self.chosen.as_ref().is_none_or(|chosen| chosen.has(id))
            && self.arguments.pid.is_none_or(|pid| seen.event.head.pid == pid)
            && self.arguments.container.as_ref().is_none_or(|wanted| {
                container().is_some_and(|container| container.id.starts_with(wanted.as_str()))
            })
    }

    fn summary(&self, reader: &Reader<BufReader<File>>, out: &mut dyn Write) -> io::Result<()> {
        if self.arguments.json {
            let (unknown, unsound) = reader.left_out();
            let document = json!({
                "schema": "batten.sensor-recording/1",
                "header": reader.header(),
                "events": self.counts,
                "ending": reader.ending(),
                "unknown": unknown,
                "unsound": unsound,
            });
            serde_json::to_writer_pretty(&mut *out, &document)?;
            return writeln!(out);
        }
        for (name, count) in &self.counts {
            writeln!(out, "{name:<20} {count:>10}")?;
        }
        Ok(())
    }
}
