//! Sentences of errors and warnings, in both languages, where more than one place says them.

use super::place::Context;
use super::problem::Code;
use batten_model::Text;

/// A problem on its way to the file that has it.
#[derive(Debug)]
pub(crate) struct Fault {
    pub(crate) code: Code,
    pub(crate) text: Text,
    pub(crate) context: Context,
}

pub(crate) type Outcome<T> = Result<T, Box<Fault>>;

impl Fault {
    pub(crate) fn new(
        code: Code,
        en: impl Into<String>,
        zh: impl Into<String>,
        context: &Context,
    ) -> Box<Fault> {
        Box::new(Fault { code, text: Text::new(en, zh), context: context.clone() })
    }

    /// An error of a file's structure.
    pub(crate) fn shape(en: impl Into<String>, zh: impl Into<String>, context: &Context) -> Box<Fault> {
        Fault::new(Code::YamlValidate, en, zh, context)
    }

    /// An error of an object's meaning.
    pub(crate) fn meaning(en: impl Into<String>, zh: impl Into<String>, context: &Context) -> Box<Fault> {
        Fault::new(Code::Validate, en, zh, context)
    }
}

/// Names in one line: `'a', 'b'`.
pub(crate) fn quoted(names: &[&str]) -> String {
    names.iter().map(|name| format!("'{name}'")).collect::<Vec<_>>().join(", ")
}
