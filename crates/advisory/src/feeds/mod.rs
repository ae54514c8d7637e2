//! Readers of advisory feeds, one file per feed, and how a folder's files are told apart.
//!
//! A reader streams its input into a [`Sink`]. A record that cannot be read is one [`Problem`], named by its place, and
//! the rest goes on; only a file that as a whole cannot be read is a [`FeedError`].
//!
//! | feed | module |
//! | --- | --- |
//! | OSV's archives and records | [`osv`] |
//! | Debian's security tracker, text files | [`debian_list`] |
//! | Debian's security tracker, JSON | [`debian_json`] |
//! | Alpine's (and Wolfi's) secdb | [`alpine_secdb`] |
//! | CISA's known exploited vulnerabilities | [`kev`] |
//! | FIRST's exploit prediction scores | [`epss`] |
//! | which of these a file is | [`discover`] |

pub mod alpine_secdb;
mod archive;
mod collected;
pub mod debian_json;
pub mod debian_list;
mod debian_release;
pub mod discover;
pub mod ecosystem;
pub mod epss;
mod error;
pub(crate) mod input;
pub mod kev;
pub mod osv;
mod osv_record;
mod sniff;

pub use collected::Collected;
pub use error::{FeedError, Problem};

use crate::record::Advisory;
use batten_model::{Date, Kev, Severity};

/// FIRST's score of one CVE as published: five decimals, kept as whole hundred-thousandths.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct EpssScore {
    /// Probability of exploitation, in 1/100,000: 0 to 100,000.
    pub score: u32,
    /// Percentile, in 1/100,000: 0 to 100,000.
    pub percentile: u32,
}

/// Takes what feeds say. Every method but [`Sink::problem`] may fail, because the taker may write to disk.
pub trait Sink {
    /// One advisory on one package. `ecosystem` is spelled as OSV spells it ([`ecosystem::canonical`]); `package` is
    /// spelled as the feed spells it.
    fn advisory(&mut self, ecosystem: &str, package: &str, advisory: Advisory) -> std::io::Result<()>;
    /// A CVE that is known to be exploited.
    fn kev(&mut self, cve: &str, kev: Kev) -> std::io::Result<()>;
    /// A CVE's exploit prediction.
    fn epss(&mut self, cve: &str, score: EpssScore) -> std::io::Result<()>;
    /// What a record says of how bad a CVE is, whatever the package: vectors with the feed that gave them, and a word
    /// with who said it.
    fn score(
        &mut self,
        cve: &str,
        vectors: &[String],
        feed: &str,
        word: Option<&(Severity, String)>,
    ) -> std::io::Result<()>;
    /// One record of `feed` has been read; `modified` is the day it says it was changed.
    /// `ecosystem` is empty for feeds about no ecosystem.
    fn record(&mut self, feed: &str, ecosystem: &str, modified: Option<Date>);
    /// A record that has been counted already is about this ecosystem too.
    fn touched(&mut self, ecosystem: &str, modified: Option<Date>);
    /// The input is a source for this ecosystem (by the part of its name before the release), and does not only mention
    /// it in records on others. An ecosystem that no input covers is not in the database.
    fn covers(&mut self, base: &str);
    /// The day that `feed` as a whole says it was made.
    fn dated(&mut self, feed: &str, date: Date);
    /// One record that could not be read.
    fn problem(&mut self, problem: Problem);
}
