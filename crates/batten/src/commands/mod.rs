//! One file for each verb: parse, resolve, call, print, return a meaning.

mod answer;
mod collect;
mod config;
mod database;
mod db;
mod db_info;
mod db_update;
mod man;
mod plan;
mod resolve;
mod rules;
mod scan;
mod sensor;
mod target;

use crate::cli::{Cli, Command, GlobalArgs};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::settings::Settings;
use crate::terminal;
use batten_model::{Lang, Text};
use std::io;

/// What every command knows of its surroundings.
pub(crate) struct World {
    /// Settings of file and environment, with the global flags on top.
    pub(crate) settings: Settings,
    /// Language of the person.
    pub(crate) lang: Lang,
    /// Whether stderr gets progress and remarks.
    pub(crate) talkative: bool,
}

impl World {
    /// An error that has no translation of its own.
    pub(crate) fn failed(&self, error: anyhow::Error) -> Failure {
        Failure::plain(self.lang, &error)
    }

    /// A mistake in the arguments.
    pub(crate) fn mistake(&self, en: impl Into<String>, zh: impl Into<String>) -> Failure {
        Failure::new(self.lang, Text::new(en, zh))
    }

    /// Something that a person must know although the command goes on, on stderr.
    #[expect(clippy::print_stderr, reason = "warnings go to stderr")]
    pub(crate) fn warn(&self, text: &Text) {
        let word = Text::new("warning", "警告");
        eprintln!("{}: {}", word.get(self.lang), text.get(self.lang));
    }

    /// A remark for the person, on stderr.
    #[expect(clippy::print_stderr, reason = "remarks go to stderr")]
    pub(crate) fn remark(&self, text: &Text) {
        if self.talkative {
            eprintln!("{}", text.get(self.lang));
        }
    }
}

/// Runs the command.
pub(crate) fn run(cli: Cli) -> Result<Exit, Failure> {
    let world = resolve(&cli.global)?;
    match cli.command {
        Command::Scan(command) => scan::scan(&world, command),
        Command::Sbom(command) => scan::sbom(&world, command),
        Command::Db(arguments) => db::run(&world, arguments),
        Command::Sensor(command) => sensor::run(&world, command),
        Command::Rules(command) => rules::run(&world, command),
        Command::Config => config::list(&world),
        Command::Completions { shell } => man::completions(&world, shell),
        Command::Man { dir } => man::pages(&world, dir.as_deref()),
    }
}

fn resolve(global: &GlobalArgs) -> Result<World, Failure> {
    let first_guess = terminal::language(global.lang.as_deref().and_then(Lang::parse));
    let named = global.config.as_deref();
    let environment = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
    let mut settings =
        Settings::resolve(named, environment).map_err(|mistakes| Failure::settings(first_guess, mistakes))?;
    if let Some(tag) = &global.lang {
        let lang = Lang::parse(tag).ok_or_else(|| {
            let en = format!("--lang {tag}: is no language of Batten: en or zh-CN");
            Failure::new(first_guess, Text::new(en, format!("--lang {tag}：不是受支持的语言：en 或 zh-CN")))
        })?;
        settings.lang = Some(lang);
    }
    settings.offline |= global.offline;
    let lang = terminal::language(settings.lang);
    Ok(World { settings, lang, talkative: terminal::talkative(global.quiet) })
}

/// The moment of a report: `SOURCE_DATE_EPOCH`, else now; seconds since 1970.
pub(crate) fn now_unix_seconds() -> u64 {
    let given = std::env::var("SOURCE_DATE_EPOCH").ok().and_then(|value| value.parse().ok());
    given.unwrap_or_else(|| {
        std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0, |since| since.as_secs())
    })
}

/// Output that cannot be written.
pub(crate) fn unwritable(world: &World, error: io::Error) -> Failure {
    world.failed(anyhow::Error::from(error).context("the output cannot be written"))
}
