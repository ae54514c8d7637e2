//! Falco's rule language: files of rules in, compiled rules and everything that is wrong in them out; events in,
//! matching rules out.
//!
//! - [`catalogue`]: the fields, event types and sources that rules can name
//! - [`syntax`]: conditions as text and as trees
//! - [`mod@load`]: files → lists, macros and rules → problems and a [`RuleSet`]
//! - [`value`]: what an event must offer to be judged
//! - [`RuleSet::evaluate`]: judging, without allocation
//! - [`needs`]: what the rules need of the kernel's side, and which events it may leave out
//! - [`alert`]: a match as Falco's JSON
//! - [`audit`]: an event of the Kubernetes audit log as such an event
//! - [`case`]: cases that test rules: scripted events and the alerts that they must give
//!
//! The crate reads no file and opens no connection; it is given bytes. What it is given may come from strangers: there
//! are [`limits`], and nothing panics.
#![forbid(unsafe_code)]

pub mod alert;
pub mod audit;
pub mod case;
pub mod catalogue;
mod compile;
mod format;
pub mod limits;
pub mod load;
pub mod needs;
mod program;
mod rule_set;
pub mod syntax;
pub mod time;
pub mod value;

pub use compile::{ExtraField, ExtraOutput};
pub use format::Format;
pub use load::{LoadOptions, Loaded, RuleFile, load};
pub use program::Scratch;
pub use rule_set::{Rule, RuleSet};
