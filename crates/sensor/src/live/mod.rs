//! The kernel of this machine: programs loaded, attached, drained.
//!
//! Nothing is pinned: when the process ends, for whatever reason, the kernel takes the programs away.

mod counters;
mod engine;
mod load;
mod options;
mod probe;
mod settings;
mod trial;

pub use counters::{Counters, Lost};
pub use engine::{Engine, Sink, boot_offset};
pub use load::{LoadError, Sensor};
pub use options::{Filter, Options, Place, Selection, UnknownEvent};
pub use probe::{Answer, Capability, Diagnosis, diagnose};
