//! `batten rules check`.

use super::diagnostic::{self, Look};
use super::files;
use crate::cli::{CheckArgs, RulesFormat};
use crate::commands::World;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::{output, terminal};
use batten_model::Text;
use batten_report::json_text;
use batten_report::plain::plain;
use batten_rules::Loaded;
use std::io::{self, Write};

/// Loads the files and says what is wrong in them.
pub(super) fn run(world: &World, arguments: &CheckArgs) -> Result<Exit, Failure> {
    let contents = files::read(world, &arguments.files)?;
    let loaded = files::load_all(&contents);
    let path = arguments.output.as_deref();
    output::write(path, |out| match arguments.format {
        RulesFormat::Json => json_text::write_pretty(&loaded.to_json(), out),
        RulesFormat::Table => {
            let look = Look {
                lang: world.lang,
                colour: path.is_none() && terminal::colour(),
                width: terminal::width(),
            };
            write(&loaded, !arguments.no_warnings, &look, out)
        }
    })
    .map_err(|error| world.failed(error))?;
    Ok(if loaded.is_accepted() { Exit::Done } else { Exit::Found })
}

fn write(loaded: &Loaded, warnings: bool, look: &Look, out: &mut dyn Write) -> io::Result<()> {
    for file in &loaded.files {
        diagnostic::write(file, warnings, look, out)?;
    }
    for file in &loaded.files {
        let (name, errors, count) = (plain(&file.name), file.errors.len(), file.warnings.len());
        let line = if file.is_accepted() {
            Text::new(
                format!("{name}: accepted, warnings: {count}"),
                format!("{name}：已接受，警告 {count} 个"),
            )
        } else {
            Text::new(
                format!("{name}: refused, errors: {errors}, warnings: {count}"),
                format!("{name}：被拒绝，错误 {errors} 个，警告 {count} 个"),
            )
        };
        writeln!(out, "{}", line.get(look.lang))?;
    }
    let rules = loaded.rules.rules();
    let enabled = rules.iter().filter(|rule| rule.enabled).count();
    let total = Text::new(
        format!("rules: {}, enabled: {enabled}", rules.len()),
        format!("规则 {} 条，启用 {enabled} 条", rules.len()),
    );
    writeln!(out, "{}", total.get(look.lang))
}
