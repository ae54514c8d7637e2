//! The nouns that every room of Batten shares, and nothing else: no input, no output, no clock.
//!
//! Evidence ([`Inventory`], [`Package`], [`OsRelease`]) says what is; judgement turns it into [`Finding`]s; a
//! [`Report`] carries both to people and to other programs. A value that may be missing because it could not be
//! looked at is an [`Observed`], so that "nothing found" and "could not look" stay different answers.
//!
//! | what | module |
//! | --- | --- |
//! | what a scan looks at | [`subject`] |
//! | what is in it | [`inventory`], [`package`], [`dependency_path`], [`os_release`], [`image_config`] |
//! | what is wrong with it | [`finding`], [`severity`] |
//! | what was judged and what was not | [`coverage`] |
//! | the answer as a whole | [`report`] |
//! | words for people | [`text`] |
#![forbid(unsafe_code)]

pub mod coverage;
pub mod date;
pub mod dependency_path;
pub mod digest;
pub mod error;
pub mod finding;
pub mod image_config;
pub mod inventory;
pub mod observed;
pub mod os_release;
pub mod package;
pub mod purl;
pub mod report;
pub mod severity;
pub mod subject;
pub mod text;

pub use coverage::{Coverage, Judged};
pub use date::Date;
pub use dependency_path::DependencyPath;
pub use digest::{Digest, DigestError};
pub use error::{Localized, ScanError};
pub use finding::{
    AffectedPackage, Cvss, Epss, Evidence, Finding, FindingKind, FindingStatus, Fingerprint, Kev,
};
pub use image_config::ImageConfig;
pub use inventory::{Inventory, KernelFacts, LayerInfo};
pub use observed::Observed;
pub use os_release::{DistroFamily, OsRelease};
pub use package::{Location, Origin, Package, PackageKind, Scope, SourcePackage};
pub use purl::Purl;
pub use report::{DatabaseInfo, FeedInfo, Report, Summary, Tool};
pub use severity::Severity;
pub use subject::{Subject, SubjectKind};
pub use text::{Lang, Text, edit_distance, is_hidden};
