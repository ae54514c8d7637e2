//! An error on its way to the person: one message, in their language, with its causes and what to do next.

use crate::settings::Mistake;
use batten_model::{Lang, Localized, Text};

/// Why a command was not done.
#[derive(Debug)]
pub(crate) struct Failure {
    /// Language of the person.
    pub(crate) lang: Lang,
    /// What happened, the outermost first; more than one line where there are several mistakes.
    pub(crate) messages: Vec<Text>,
}

impl Failure {
    /// One message.
    pub(crate) fn new(lang: Lang, message: Text) -> Failure {
        Failure { lang, messages: vec![message] }
    }

    /// An error of a room, with its causes.
    pub(crate) fn of(lang: Lang, error: &dyn Localized) -> Failure {
        let mut text = error.text();
        let mut cause = error.source();
        while let Some(inner) = cause {
            text.en.push_str(&format!(": {inner}"));
            text.zh.push_str(&format!("：{inner}"));
            cause = inner.source();
        }
        Failure::new(lang, text)
    }

    /// An error of a room about one file.
    pub(crate) fn at(lang: Lang, place: &str, error: &dyn Localized) -> Failure {
        let mut failure = Failure::of(lang, error);
        for text in &mut failure.messages {
            *text = Text::new(format!("{place}: {}", text.en), format!("{place}：{}", text.zh));
        }
        failure
    }

    /// Mistakes in the settings.
    pub(crate) fn settings(lang: Lang, mistakes: Vec<Mistake>) -> Failure {
        let line = |m: &Mistake| {
            Text::new(format!("{}: {}", m.place, m.message.en), format!("{}：{}", m.place, m.message.zh))
        };
        Failure { lang, messages: mistakes.iter().map(line).collect() }
    }

    /// An error of output or of the machine, which has no translation of its own.
    pub(crate) fn plain(lang: Lang, error: &anyhow::Error) -> Failure {
        Failure::new(lang, Text::same(format!("{error:#}")))
    }

    /// Prints to stderr.
    #[expect(clippy::print_stderr, reason = "errors go to stderr")]
    pub(crate) fn print(&self) {
        let word = Text::new("error", "错误");
        for message in &self.messages {
            eprintln!("{}: {}", word.get(self.lang), printable(message.get(self.lang)));
        }
    }
}

/// Without control characters: names in errors come from strangers.
fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() && c != '\n' { '\u{fffd}' } else { c }).collect()
}
