//! What rules can name: fields, event types, sources.
//!
//! The fields are those of Falco's reference (0.44) for system calls, and those of its Kubernetes audit plugin. A field
//! that Batten does not fill is known all the same, with the reason: a rule that names it loads with a warning.

mod describe;
mod events;
mod fields;

pub use describe::{Argument, Description, Type, Values, Why};
pub use events::{EventType, EventTypes};
pub use fields::Field;

use fields::TABLE;
use std::collections::HashMap;
use std::fmt;
use std::sync::LazyLock;

/// Where events come from; each rule is for one source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Source {
    /// System calls and other events of the kernel.
    Syscall,
    /// The audit log of the Kubernetes API server.
    K8sAudit,
}

impl Source {
    /// All sources.
    pub const ALL: [Source; 2] = [Source::Syscall, Source::K8sAudit];

    /// The name in `source:` of a rule.
    pub fn name(self) -> &'static str {
        match self {
            Source::Syscall => "syscall",
            Source::K8sAudit => "k8s_audit",
        }
    }

    /// The source of that name.
    pub fn parse(name: &str) -> Option<Source> {
        Source::ALL.into_iter().find(|source| source.name() == name)
    }
}

/// Fields that every source's events have, whatever their description says.
const COMMON: &[Field] = &[
    Field::EvtNum,
    Field::EvtTime,
    Field::EvtTimeS,
    Field::EvtTimeIso8601,
    Field::EvtDatetime,
    Field::EvtDatetimeS,
    Field::EvtRawtime,
    Field::EvtRawtimeS,
    Field::EvtRawtimeNs,
    Field::EvtReltime,
    Field::EvtReltimeS,
    Field::EvtReltimeNs,
    Field::EvtPluginname,
    Field::EvtPlugininfo,
    Field::EvtSource,
    Field::EvtIsAsync,
    Field::EvtAsynctype,
    Field::EvtHostname,
];

static BY_NAME: LazyLock<HashMap<&'static str, Field>> =
    LazyLock::new(|| TABLE.iter().map(|(field, name, _)| (*name, *field)).collect());

impl Field {
    /// All fields, in the order of listings.
    pub fn all() -> impl ExactSizeIterator<Item = Field> + Clone {
        TABLE.iter().map(|(field, _, _)| *field)
    }

    /// The name in rules.
    pub fn name(self) -> &'static str {
        TABLE.get(self as usize).map_or("", |(_, name, _)| name)
    }

    /// What is known of it.
    pub fn describe(self) -> &'static Description {
        // The table has a line for each variant; the macro that makes both sees to it.
        TABLE.get(self as usize).or(TABLE.first()).map_or(&EMPTY, |(_, _, description)| description)
    }

    /// The field of exactly that name, without argument.
    pub fn parse(name: &str) -> Option<Field> {
        BY_NAME.get(name).copied()
    }

    /// Whether events of a source have it.
    pub fn is_of(self, source: Source) -> bool {
        self.describe().source == source || COMMON.contains(&self)
    }

    /// The longest field name at the beginning of `text`, and its length. What follows it is for the caller.
    pub fn longest(text: &str) -> Option<(Field, usize)> {
        let longest = LONGEST_NAME.min(text.len());
        (1..=longest).rev().find_map(|length| Some((Field::parse(text.get(..length)?)?, length)))
    }
}

static EMPTY: Description = Description {
    kind: Type::Text,
    values: Values::One,
    argument: Argument { required: false, index: false, key: false },
    source: Source::Syscall,
    deprecated: false,
    unsupported: None,
};

/// No name of a field is longer; a test sees to it.
const LONGEST_NAME: usize = 64;

/// What stands in the brackets of a field.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Arg {
    /// Nothing.
    #[default]
    None,
    /// A number.
    Index(u32),
    /// A name.
    Key(Box<str>),
    /// Asked for as a list: each argument of the command line, not their concatenation (`join`, `getopt`).
    Each,
}

/// A field with its argument: what a rule asks an event for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FieldRef {
    /// The field.
    pub field: Field,
    /// Its argument.
    pub arg: Arg,
}

impl FieldRef {
    /// A field without argument.
    pub fn plain(field: Field) -> FieldRef {
        FieldRef { field, arg: Arg::None }
    }

    /// Reads `proc.name`, `proc.aname[2]`, `evt.arg.flags`, `container.mount.dest[/etc]`, in which quotes around the
    /// argument are allowed.
    pub fn parse(text: &str) -> Result<FieldRef, FieldError> {
        let (head, bracket) = match text.split_once('[') {
            Some((head, rest)) => {
                (head, Some(rest.strip_suffix(']').ok_or(FieldError::Unknown)?.trim_matches(['"', '\''])))
            }
            None => (text, None),
        };
        FieldRef::resolve(head, bracket)
    }

    /// Finds the field that a name and, where there are brackets, their content stand for.
    pub fn resolve(name: &str, bracket: Option<&str>) -> Result<FieldRef, FieldError> {
        if let Some(field) = Field::parse(name) {
            return FieldRef::with(field, bracket);
        }
        let (field, length) = Field::longest(name).ok_or(FieldError::Unknown)?;
        let key = name.get(length..).and_then(|rest| rest.strip_prefix('.')).ok_or(FieldError::Unknown)?;
        if bracket.is_some() || key.is_empty() || !field.describe().argument.key {
            return Err(FieldError::Unknown);
        }
        FieldRef::with(field, Some(key))
    }

    fn with(field: Field, argument: Option<&str>) -> Result<FieldRef, FieldError> {
        let allowed = field.describe().argument;
        let arg = match argument {
            None if allowed.required => return Err(FieldError::ArgumentMissing(field)),
            None => Arg::None,
            Some(text) => match text.parse::<u32>() {
                Ok(index) if allowed.index => Arg::Index(index),
                _ if allowed.key && !text.is_empty() => Arg::Key(text.into()),
                _ if allowed.index => return Err(FieldError::ArgumentNumber(field)),
                _ => return Err(FieldError::ArgumentRefused(field)),
            },
        };
        Ok(FieldRef { field, arg })
    }

    /// Which values it has; an index picks one.
    pub fn values(&self) -> Values {
        match (self.field.describe().values, &self.arg) {
            (Values::Ancestors, Arg::Index(_)) => Values::One,
            (_, Arg::Each) => Values::List,
            (values, _) => values,
        }
    }
}

impl fmt::Display for FieldRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.arg {
            Arg::None | Arg::Each => f.write_str(self.field.name()),
            Arg::Index(index) => write!(f, "{}[{index}]", self.field.name()),
            Arg::Key(key) if dotted(self.field) => write!(f, "{}.{key}", self.field.name()),
            Arg::Key(key) => write!(f, "{}[{key}]", self.field.name()),
        }
    }
}

/// Fields whose key usually follows a dot.
fn dotted(field: Field) -> bool {
    matches!(
        field,
        Field::EvtArg | Field::EvtRawarg | Field::EvtTypeIs | Field::EvtAbspath | Field::ThreadCgroup
    )
}

/// Why a name with its argument is no field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldError {
    /// No such field.
    Unknown,
    /// It needs an argument.
    ArgumentMissing(Field),
    /// Its argument is a number.
    ArgumentNumber(Field),
    /// It takes no argument.
    ArgumentRefused(Field),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_as_long_as_assumed() {
        assert_eq!(BY_NAME.len(), TABLE.len());
        for (at, (field, name, _)) in TABLE.iter().enumerate() {
            assert_eq!(*field as usize, at);
            assert!(name.len() <= LONGEST_NAME && Field::parse(name) == Some(*field), "{name}");
        }
    }

    #[test]
    fn arguments_are_read() {
        let shown = |text: &str| FieldRef::parse(text).map(|field| field.to_string());
        assert_eq!(shown("proc.aname[2]").as_deref(), Ok("proc.aname[2]"));
        assert_eq!(shown("evt.arg.flags").as_deref(), Ok("evt.arg.flags"));
        assert_eq!(shown("evt.arg[0]").as_deref(), Ok("evt.arg[0]"));
        assert_eq!(shown("evt.arg[flags]").as_deref(), Ok("evt.arg.flags"));
        assert_eq!(shown("container.mount.dest[/etc]").as_deref(), Ok("container.mount.dest[/etc]"));
        assert_eq!(shown("evt.type.is.open").as_deref(), Ok("evt.type.is.open"));
        assert_eq!(shown("evt.arg"), Err(FieldError::ArgumentMissing(Field::EvtArg)));
        assert_eq!(shown("proc.aname[x]"), Err(FieldError::ArgumentNumber(Field::ProcAname)));
        assert_eq!(shown("proc.name[1]"), Err(FieldError::ArgumentRefused(Field::ProcName)));
        assert_eq!(shown("proc.nam"), Err(FieldError::Unknown));
        assert_eq!(shown("proc.name.x"), Err(FieldError::Unknown));
    }
}
