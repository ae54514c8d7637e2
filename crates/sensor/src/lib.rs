//! What this machine's kernel sees, as events; and what is known of the processes and containers in them.
//!
//! | what | module |
//! | --- | --- |
//! | the events there are, and their parameters | [`catalogue`] |
//! | the bytes of an event | [`wire`] |
//! | programs in the kernel (`bpf/`), loaded, attached and drained | [`live`] |
//! | what is known of processes and containers | [`state`], filled from `/proc` and runtimes by [`enrich`] |
//! | events for people, and for rules | [`show`], [`fields`] |
//! | recordings | [`recording`] |
#![forbid(unsafe_code)]

pub mod catalogue;
pub mod enrich;
pub mod fields;
pub mod live;
pub mod recording;
pub mod show;
pub mod state;
pub mod wire;
