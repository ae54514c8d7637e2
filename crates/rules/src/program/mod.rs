//! Compiled conditions: a typed graph, its layout for evaluation, and what each event type needs of it.

mod addresses;
mod code;
mod computed;
mod dispatch;
mod getopt;
mod glob;
pub(crate) mod graph;
mod keys;
mod paths;
mod plan;
mod predicate;
pub(crate) mod test;
mod text_set;
mod text_test;

pub use plan::Scratch;

pub(crate) use addresses::{Networks, parse_network};
pub(crate) use computed::{Computed, Rooms, append_text};
pub(crate) use glob::Glob;
pub(crate) use paths::Paths;
pub(crate) use plan::Plan;
pub(crate) use predicate::{NumberTest, Predicate, orders};
pub(crate) use text_set::TextMap;
pub(crate) use text_test::TextTest;
