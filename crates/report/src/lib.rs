//! Reports in every format and language: pure functions from a [`batten_model::Report`] to bytes.
//!
//! | what | module |
//! | --- | --- |
//! | the terminal | [`table`] |
//! | Batten's own contract, `docs/schema/report-1.json` | [`json`] |
//! | CycloneDX 1.6, with and without vulnerabilities | [`cyclonedx`] |
//! | SARIF 2.1.0 | [`sarif`] |
//! | one page with charts, filter and search | [`html`] |
//! | all words for people, English and Chinese | [`messages`] |
//! | what strangers' text may not do to a terminal | [`plain`] |
//! | which of strangers' addresses become links | [`links`] |
//!
//! Each renderer takes the reports of one run, one for each target, and writes to an [`std::io::Write`]. None reads a
//! clock, a file or the environment: width, colour, language and today's date are arguments.
//!
//! Names, versions, paths and messages come from strangers. The terminal gets them through [`plain::plain`], JSON
//! formats through [`json_text`].
#![forbid(unsafe_code)]

pub mod cyclonedx;
pub mod html;
pub mod json;
pub mod json_text;
pub mod links;
pub mod messages;
pub mod plain;
pub mod sarif;
pub mod table;

mod groups;
