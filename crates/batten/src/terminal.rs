//! What is known of the person's terminal: language, width, colour.

use batten_model::Lang;
use std::io::IsTerminal as _;

/// The language: flag, then setting, then `LC_ALL`, `LC_MESSAGES`, `LANG`.
pub(crate) fn language(chosen: Option<Lang>) -> Lang {
    let locale = || {
        ["LC_ALL", "LC_MESSAGES", "LANG"]
            .iter()
            .filter_map(|name| std::env::var(name).ok())
            .find(|value| !value.is_empty())
            .and_then(|value| Lang::parse(&value))
    };
    chosen.or_else(locale).unwrap_or_default()
}

/// Columns for a table on stdout: the terminal's, else `COLUMNS`, else 120 for pipes and files.
pub(crate) fn width() -> usize {
    let columns = || std::env::var("COLUMNS").ok().and_then(|value| value.parse::<usize>().ok());
    let terminal = || console::Term::stdout().size_checked().map(|(_, columns)| usize::from(columns));
    terminal().or_else(columns).unwrap_or(120).clamp(40, 400)
}

/// Whether stdout takes colour: a terminal, and neither `NO_COLOR` nor `TERM=dumb`.
pub(crate) fn colour() -> bool {
    let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    if set("NO_COLOR") {
        return false;
    }
    set("CLICOLOR_FORCE")
        || (std::io::stdout().is_terminal() && std::env::var("TERM").is_ok_and(|term| term != "dumb"))
}

/// Whether progress bars and remarks are wanted on stderr.
pub(crate) fn talkative(quiet: bool) -> bool {
    !quiet && std::io::stderr().is_terminal()
}
