//! Images, archives and folders as inventory: bytes in, [`batten_model::Inventory`] out. No network.
//!
//! | step | module |
//! | --- | --- |
//! | a scan from subject to inventory | [`scan`] |
//! | where an image's parts come from | [`source`]; archives and layouts are [`archive`] |
//! | manifests, configuration, platforms | [`manifest`], [`config`], [`platform`] |
//! | one layer in one pass | [`layer`], over the [`tar`] reader |
//! | which files a format wants, and what it makes of one file | [`formats`] |
//! | random access to one file's content, wherever it lies | [`content`] |
//! | what one file gave | [`facts`] |
//! | what files say about each other | [`relations`] |
//! | layers that are known already | [`cache`] |
//! | how much a subject may ask of the machine | [`limits`] |
//!
//! A file's bytes are strangers' bytes: a format has limits, never panics, and names file and place in its errors.
#![forbid(unsafe_code)]

pub mod archive;
pub mod cache;
pub mod config;
pub mod content;
pub mod elf;
pub mod facts;
mod folder;
pub mod formats;
mod hold;
pub mod layer;
#[allow(dead_code, reason = "each function has its first caller in a format")]
mod licence;
pub mod limits;
pub mod manifest;
mod matcher;
mod merge;
mod offer;
pub mod platform;
pub mod progress;
pub mod relations;
pub mod scan;
pub mod source;
pub mod tar;
pub mod zip;
