//! What is wrong with a part of a condition or an output.

use crate::catalogue::{Field, FieldError, FieldRef, Source};
use crate::load::problem::Code;
use batten_model::{Text, edit_distance};

/// An error at a place of a condition.
#[derive(Debug, Clone)]
pub(crate) struct Flaw {
    pub(crate) text: Text,
    /// In bytes of the condition.
    pub(crate) at: usize,
    /// A field or an event type is unknown, which a rule may allow.
    pub(crate) unknown: bool,
    /// A macro is unknown or runs in a circle, which is no matter of comparisons.
    pub(crate) is_reference: bool,
    /// The macro whose condition it is in; `None` for the condition at hand.
    pub(crate) within: Option<usize>,
}

/// A warning at a place of a condition.
#[derive(Debug, Clone)]
pub(crate) struct Remark {
    pub(crate) code: Code,
    pub(crate) text: Text,
    pub(crate) at: usize,
}

impl Flaw {
    pub(crate) fn new(at: usize, en: impl Into<String>, zh: impl Into<String>) -> Flaw {
        Flaw { text: Text::new(en, zh), at, unknown: false, is_reference: false, within: None }
    }
}

/// Finds a field of a source.
pub(crate) fn field(name: &str, bracket: Option<&str>, source: Source, at: usize) -> Result<FieldRef, Flaw> {
    let shown = bracket.map_or_else(|| name.to_owned(), |argument| format!("{name}[{argument}]"));
    let found = FieldRef::resolve(name, bracket).map_err(|error| refused(error, &shown, at))?;
    if found.field.is_of(source) {
        return Ok(found);
    }
    let (own, source) = (found.field.describe().source.name(), source.name());
    let mut flaw = Flaw::new(
        at,
        format!(
            "'{shown}' is a field of {own}, not of {source}; the rule's 'source' says which events it is for"
        ),
        format!("“{shown}”是 {own} 的字段，不是 {source} 的字段；规则的 source 决定其适用的事件"),
    );
    flaw.unknown = true;
    Err(flaw)
}

fn refused(error: FieldError, shown: &str, at: usize) -> Flaw {
    match error {
        FieldError::Unknown => {
            let near = nearest(shown);
            let (en, zh) = near.map_or_else(Default::default, |near| {
                (format!("; did you mean '{near}'?"), format!("；是否指“{near}”？"))
            });
            let mut flaw =
                Flaw::new(at, format!("there is no field '{shown}'{en}"), format!("没有字段“{shown}”{zh}"));
            flaw.unknown = true;
            flaw
        }
        FieldError::ArgumentMissing(field) => {
            let name = field.name();
            Flaw::new(
                at,
                format!("'{name}' needs an argument: {name}[…]"),
                format!("“{name}”需要参数：{name}[…]"),
            )
        }
        FieldError::ArgumentNumber(field) => {
            let name = field.name();
            Flaw::new(
                at,
                format!("the argument of '{name}' is a number from 0"),
                format!("“{name}”的参数是非负整数"),
            )
        }
        FieldError::ArgumentRefused(field) => {
            let name = field.name();
            Flaw::new(at, format!("'{name}' takes no such argument"), format!("“{name}”不接受此参数"))
        }
    }
}

/// The field whose name is nearest, where one is near.
fn nearest(name: &str) -> Option<&'static str> {
    if name.len() > 64 {
        return None;
    }
    let near = Field::all().map(|field| (edit_distance(field.name(), name), field.name())).min()?;
    (near.0 <= 2 && near.0 * 3 < name.len()).then_some(near.1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_names_are_proposed() {
        assert_eq!(nearest("proc.nmae"), Some("proc.name"));
        assert_eq!(nearest("foo.bar"), None);
    }
}
