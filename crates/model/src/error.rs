//! What went wrong with one item of a scan, while the rest went on.

use crate::text::Text;
use serde::Serialize;

/// An error's Chinese words; its English is its `Display`.
///
/// Each error enum of each room implements it, so that people read errors in their own language.
pub trait Localized: std::error::Error {
    /// The message in Simplified Chinese, naming the same place, reason and next step as the English.
    fn zh(&self) -> String;

    /// Both languages.
    fn text(&self) -> Text {
        Text::new(self.to_string(), self.zh())
    }
}

/// One item that could not be read or judged. The scan goes on; the report carries this under `errors`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ScanError {
    /// A stable kebab-case word for programs, such as `unreadable-jar`.
    pub code: String,
    /// The item: a path, `path!inner/path` for what is inside an archive, a digest, an address.
    pub target: String,
    /// What happened, where, and what to do next.
    pub message: Text,
    /// True where the scan's subject or a package database as a whole is missing from the answer: the command
    /// exits 2. A single bad file is not fatal, and matters with `--strict` only.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub fatal: bool,
}

impl ScanError {
    /// One unreadable item; the rest of the answer holds.
    pub fn item(code: impl Into<String>, target: impl Into<String>, message: Text) -> ScanError {
        ScanError { code: code.into(), target: target.into(), message, fatal: false }
    }

    /// A whole package database, layer or subject that is missing from the answer.
    pub fn fatal(code: impl Into<String>, target: impl Into<String>, message: Text) -> ScanError {
        ScanError { code: code.into(), target: target.into(), message, fatal: true }
    }
}
