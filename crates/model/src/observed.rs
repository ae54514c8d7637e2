//! An answer with three values.

use crate::text::Text;
use serde::Serialize;

/// What looking for something gave. "It is not there" and "could not look" are different answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "state", content = "value")]
pub enum Observed<T> {
    /// It is there.
    Present(T),
    /// It was looked for and is not there.
    Absent,
    /// It could not be looked at; the text says why.
    Unknown(Text),
}

impl<T> Observed<T> {
    /// The value, where it is present.
    pub fn present(&self) -> Option<&T> {
        match self {
            Observed::Present(value) => Some(value),
            Observed::Absent | Observed::Unknown(_) => None,
        }
    }

    /// True where it could not be looked at.
    pub fn is_unknown(&self) -> bool {
        matches!(self, Observed::Unknown(_))
    }
}
