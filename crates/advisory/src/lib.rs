//! Advisory feeds as one compiled, memory-mapped database; an inventory and the database as findings.
//!
//! | step | module |
//! | --- | --- |
//! | feeds as advisories | [`feeds`], [`import`] for other tools' databases |
//! | one advisory as it concerns one package | [`record`] |
//! | advisories as one file | [`build`] |
//! | that file, opened in place; installing it | [`database`] |
//! | the order of versions, and ranges of them | [`version`] |
//! | base scores of CVSS vectors | [`cvss`] |
//! | inventory and database to findings | [`judge`] |
//! | the smallest set of upgrades | [`fix_plan`] |
// One file maps the database, and says why: `database/map.rs`.
#![deny(unsafe_code)]

pub mod build;
pub mod cvss;
pub mod database;
pub mod feeds;
pub mod fix_plan;
pub mod import;
pub mod judge;
pub mod record;
pub mod version;
