//! `batten rules list`: rules, or the catalogue of fields.

use super::diagnostic::{self, Look};
use super::files;
use crate::cli::{ListArgs, RulesFormat};
use crate::commands::World;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::{output, terminal};
use batten_model::{Lang, Text};
use batten_report::json_text;
use batten_report::plain::{clip, plain, width, wrap};
use batten_rules::Rule;
use batten_rules::catalogue::{Argument, EventType, EventTypes, Field, Source, Values};
use serde::Serialize;
use std::io::{self, Write};

/// Lists rules or fields.
pub(super) fn run(world: &World, arguments: &ListArgs) -> Result<Exit, Failure> {
    let path = arguments.output.as_deref();
    let json = arguments.format == RulesFormat::Json;
    let columns = terminal::width();
    if arguments.fields {
        let written = output::write(path, |out| {
            if json {
                json_text::write_pretty(&Field::all().map(FieldEntry::of).collect::<Vec<_>>(), out)
            } else {
                fields(world.lang, out)
            }
        });
        return written.map(|()| Exit::Done).map_err(|error| world.failed(error));
    }
    let contents = files::read(world, &arguments.files)?;
    let loaded = files::load_all(&contents);
    let written = output::write(path, |out| {
        if json {
            json_text::write_pretty(&loaded.rules.rules().iter().map(RuleEntry::of).collect::<Vec<_>>(), out)
        } else {
            rules(loaded.rules.rules(), world.lang, columns, out)
        }
    });
    written.map_err(|error| world.failed(error))?;
    if loaded.is_accepted() {
        return Ok(Exit::Done);
    }
    // What is wrong is talk, not data; the list is not whole.
    let look = Look { lang: world.lang, colour: false, width: columns };
    let mut talk = std::io::stderr().lock();
    for file in &loaded.files {
        diagnostic::write(file, false, &look, &mut talk)
            .map_err(|error| crate::commands::unwritable(world, error))?;
    }
    Ok(Exit::NotDone)
}

#[derive(Serialize)]
struct RuleEntry<'r> {
    name: &'r str,
    description: &'r str,
    priority: &'static str,
    source: &'static str,
    enabled: bool,
    tags: &'r [String],
    event_types: Vec<&'static str>,
    fields: Vec<String>,
    output_fields: Vec<&'r str>,
    exception_fields: &'r [String],
}

impl RuleEntry<'_> {
    fn of(rule: &Rule) -> RuleEntry<'_> {
        RuleEntry {
            name: &rule.name,
            description: &rule.description,
            priority: rule.priority.name(),
            source: rule.source.name(),
            enabled: rule.enabled,
            tags: &rule.tags,
            event_types: rule.event_types.iter().map(EventType::name).collect(),
            fields: rule.fields.iter().map(ToString::to_string).collect(),
            output_fields: rule.output.tokens().collect(),
            exception_fields: &rule.exception_fields,
        }
    }
}

fn rules(all: &[Rule], lang: Lang, columns: usize, out: &mut dyn Write) -> io::Result<()> {
    let word = |en: &str, zh: &str| Text::new(en, zh).get(lang).to_owned();
    for rule in all {
        let off =
            if rule.enabled { String::new() } else { format!("  [{}]", word("not enabled", "未启用")) };
        writeln!(out, "{}{off}", plain(&rule.name))?;
        let mut row = |name: String, text: String| -> io::Result<()> {
            let mut name = pad(&name, 14);
            for line in wrap(&text, columns.saturating_sub(16).max(24)) {
                writeln!(out, "  {name}{line}")?;
                name = " ".repeat(14);
            }
            Ok(())
        };
        row(word("priority", "优先级"), rule.priority.name().to_owned())?;
        row(word("source", "来源"), rule.source.name().to_owned())?;
        row(word("tags", "标签"), plain(&rule.tags.join(" ")).into_owned())?;
        if rule.source == Source::Syscall {
            row(word("event types", "事件类型"), event_types(&rule.event_types, lang))?;
        }
        let fields: Vec<String> = rule.fields.iter().map(ToString::to_string).collect();
        row(word("fields", "字段"), plain(&fields.join(" ")).into_owned())?;
    }
    Ok(())
}

/// Names of the types; of many only how many.
fn event_types(types: &EventTypes, lang: Lang) -> String {
    if types.len() <= 60 {
        return types.iter().map(EventType::name).collect::<Vec<_>>().join(" ");
    }
    let n = types.len();
    Text::new(format!("{n} types"), format!("{n} 种")).get(lang).to_owned()
}

fn pad(text: &str, columns: usize) -> String {
    format!("{text}{}", " ".repeat(columns.saturating_sub(width(text))))
}

#[derive(Serialize)]
struct FieldEntry {
    name: &'static str,
    r#type: &'static str,
    values: &'static str,
    argument: Option<&'static str>,
    argument_required: bool,
    source: &'static str,
    deprecated: bool,
    supported: bool,
    reason: Option<Text>,
}

impl FieldEntry {
    fn of(field: Field) -> FieldEntry {
        let about = field.describe();
        FieldEntry {
            name: field.name(),
            r#type: about.kind.name(),
            values: match about.values {
                Values::One => "one",
                Values::List => "list",
                Values::Either => "either",
                Values::Ancestors => "ancestors",
            },
            argument: argument(about.argument),
            argument_required: about.argument.required,
            source: about.source.name(),
            deprecated: about.deprecated,
            supported: about.unsupported.is_none(),
            reason: about.unsupported.map(batten_rules::catalogue::Why::text),
        }
    }
}

fn argument(argument: Argument) -> Option<&'static str> {
    match (argument.index, argument.key) {
        (true, true) => Some("index or key"),
        (true, false) => Some("index"),
        (false, true) => Some("key"),
        (false, false) => None,
    }
}

fn fields(lang: Lang, out: &mut dyn Write) -> io::Result<()> {
    let word = |en: &str, zh: &str| Text::new(en, zh).get(lang).to_owned();
    let line = |cells: [&str; 5]| {
        let [name, kind, source, argument, status] = cells;
        format!("{} {} {} {} {status}", pad(name, 48), pad(kind, 9), pad(source, 10), pad(argument, 13))
    };
    let heads = [
        word("Field", "字段"),
        word("Type", "类型"),
        word("Source", "来源"),
        word("Argument", "参数"),
        word("Supported", "支持"),
    ];
    writeln!(out, "{}", line(heads.each_ref().map(String::as_str)))?;
    for field in Field::all() {
        let about = field.describe();
        let status = match about.unsupported {
            None => word("yes", "是"),
            Some(why) => format!("{}{}", word("no: ", "否："), why.text().get(lang)),
        };
        let argument = argument(about.argument).unwrap_or("-");
        let name = clip(field.name(), 48, '…');
        writeln!(out, "{}", line([&name, about.kind.name(), about.source.name(), argument, &status]))?;
    }
    Ok(())
}
