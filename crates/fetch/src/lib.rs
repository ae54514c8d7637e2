//! The only way out: images from registries, feeds and compiled databases from their servers.
//!
//! Every connection begins in `outlet.rs`, where `--offline`, proxies, trust, redirects and retries are decided.
//! Requests block their thread: layers are read by threads that decompress and hash them anyway, and a start without a
//! runtime costs nothing.
//!
//! | what | module |
//! | --- | --- |
//! | names of images | [`mod@reference`] |
//! | images: manifests, platforms, layers as streams | [`registry`], [`manifest_kind`], `session.rs`, `resume.rs` |
//! | being let in | [`docker_config`], [`credential_helper`], [`www_authenticate`], `logins.rs` |
//! | connections | `outlet.rs`, `tls.rs`, [`proxy`], `address.rs` |
//! | choices of a person | [`options`], [`environment`] |
//! | feeds for the database | [`feeds`], [`update`], `download.rs`, `feed_state.rs` |
//! | a compiled database | [`database`] |
//! | errors | [`fetch_error`], [`registry_error`], [`download_error`] |
//!
//! It does not read what it fetches: manifests and layers are the image crate's, feeds the advisory crate's to parse.
#![forbid(unsafe_code)]

mod address;
pub mod credential_helper;
pub mod database;
pub mod docker_config;
mod download;
pub mod download_error;
pub mod environment;
mod feed_state;
pub mod feeds;
pub mod fetch_error;
mod logins;
pub mod manifest_kind;
pub mod options;
mod outlet;
pub mod proxy;
pub mod reference;
pub mod registry;
pub mod registry_error;
mod resume;
pub mod secret;
mod session;
mod tls;
pub mod update;
pub mod www_authenticate;

pub use database::{DatabaseSource, PulledDatabase, pull_database};
pub use download_error::DownloadError;
pub use environment::Environment;
pub use feeds::{Feed, FeedSet};
pub use fetch_error::FetchError;
pub use options::{ClientOptions, Limits, Login, Mirror, Patience};
pub use reference::{Reference, ReferenceError};
pub use registry::{Client, ImageOptions, RegistryImage};
pub use registry_error::RegistryError;
pub use secret::Secret;
pub use update::{FeedOutcome, FeedProgress, FeedResult, FeedStatus, update_feeds};
