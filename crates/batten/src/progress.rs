//! Progress on stderr, for terminals only.

use batten_image::progress::Progress;
use batten_model::{Lang, Text};
use indicatif::{ProgressBar, ProgressStyle};
use std::time::Duration;

const TICK: Duration = Duration::from_millis(120);

/// A line that says what is being done.
pub(crate) struct Spinner(ProgressBar);

impl Spinner {
    /// Starts it; without `shown` nothing is ever printed.
    pub(crate) fn start(shown: bool) -> Spinner {
        if !shown {
            return Spinner(ProgressBar::hidden());
        }
        let bar = ProgressBar::new_spinner();
        style(&bar, "{spinner} {elapsed} {wide_msg}");
        bar.enable_steady_tick(TICK);
        Spinner(bar)
    }

    /// Says what is being done now.
    pub(crate) fn say(&self, what: &str) {
        self.0.set_message(what.to_owned());
    }

    /// Takes the line away.
    pub(crate) fn end(&self) {
        self.0.finish_and_clear();
    }
}

/// The bar of a scan.
pub(crate) struct Bars {
    bar: ProgressBar,
    lang: Lang,
}

impl Bars {
    /// Starts it; without `shown` nothing is ever printed.
    pub(crate) fn start(shown: bool, lang: Lang) -> Bars {
        if !shown {
            return Bars { bar: ProgressBar::hidden(), lang };
        }
        let bar = ProgressBar::new_spinner();
        style(&bar, "{spinner} {elapsed} {wide_msg}");
        bar.enable_steady_tick(TICK);
        Bars { bar, lang }
    }

    /// Takes the bar away.
    pub(crate) fn end(&self) {
        self.bar.finish_and_clear();
    }
}

impl Progress for Bars {
    fn total(&self, bytes: u64) {
        self.bar.set_length(bytes);
        style(&self.bar, "{spinner} {elapsed} [{bar:30}] {bytes} / {total_bytes} {wide_msg}");
    }

    fn advance(&self, bytes: u64) {
        self.bar.inc(bytes);
    }

    fn item(&self, name: &str) {
        let shown: String = name.chars().filter(|c| !c.is_control()).take(80).collect();
        self.bar.set_message(shown);
    }

    fn note(&self, note: &Text) {
        self.bar.println(note.get(self.lang));
    }
}

fn style(bar: &ProgressBar, template: &str) {
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style.progress_chars("━━─"));
    }
}
