//! RPM's database of installed packages, in each form that rpm has given it, and the lists that images without rpm
//! carry instead.
//!
//! | file | form | module |
//! | --- | --- | --- |
//! | `rpmdb.sqlite` (and `-wal`) | SQLite, since rpm 4.16 | `sqlite` |
//! | `Packages.db` | ndb, SUSE | `ndb` |
//! | `Packages` | Berkeley DB hash, up to rpm 4.17 | `bdb` |
//! | `container-manifest-1`, `-2` | text, Mariner and Azure Linux | `manifest` |
//!
//! The first three hold one header for each package, which `header` reads.

mod bdb;
mod header;
pub(crate) mod ledger;
mod manifest;
mod ndb;
mod sqlite;

use crate::content::File;
use crate::facts::{Facts, Problem};
use crate::formats::{Format, FormatError, Wants};
use header::Read;

pub(crate) const FORMAT: Format = Format {
    name: "rpm",
    version: 1,
    wants: &[
        Wants::Path("usr/lib/sysimage/rpm/Packages"),
        Wants::Path("usr/lib/sysimage/rpm/Packages.db"),
        Wants::Path("usr/lib/sysimage/rpm/rpmdb.sqlite"),
        Wants::Path("usr/lib/sysimage/rpm/rpmdb.sqlite-wal"),
        Wants::Path("usr/share/rpm/Packages"),
        Wants::Path("usr/share/rpm/Packages.db"),
        Wants::Path("usr/share/rpm/rpmdb.sqlite"),
        Wants::Path("usr/share/rpm/rpmdb.sqlite-wal"),
        Wants::Path("var/lib/rpm/Packages"),
        Wants::Path("var/lib/rpm/Packages.db"),
        Wants::Path("var/lib/rpm/rpmdb.sqlite"),
        Wants::Path("var/lib/rpm/rpmdb.sqlite-wal"),
        Wants::In("var/lib/rpmmanifest", ""),
    ],
    database: true,
    parse,
};

/// Packages of one database.
const MAX_PACKAGES: usize = 1_000_000;
/// Problems that are told one by one; a damaged database may have one for each page.
const MAX_PROBLEMS: usize = 20;

fn parse(file: &File<'_>) -> Result<Facts, FormatError> {
    let mut out =
        Collector { path: file.path, facts: Facts::default(), untold: 0, rows: Vec::new(), keys: Vec::new() };
    match file.name() {
        "rpmdb.sqlite" => sqlite::read(file.content, &mut out)?,
        "rpmdb.sqlite-wal" => sqlite::read_log(file.content, &mut out)?,
        "Packages.db" => ndb::read(file.content, &mut out)?,
        "Packages" => bdb::read(file.content, &mut out)?,
        "container-manifest-1" | "container-manifest-2" => manifest::read(file, &mut out)?,
        _ => {}
    }
    Ok(out.finish())
}

/// What the readers of all forms give their finds to.
struct Collector<'a> {
    path: &'a str,
    facts: Facts,
    untold: usize,
    /// Row number of each package, for forms that need it later.
    rows: Vec<u64>,
    /// Row numbers of public keys.
    keys: Vec<u64>,
}

impl Collector<'_> {
    /// One package's header; `place` says where it lies.
    fn header(&mut self, row: u64, bytes: &[u8], place: &dyn Fn() -> String) -> Result<(), FormatError> {
        match header::read(bytes, self.path) {
            Ok(Read::Package(installed)) => {
                if self.facts.packages.len() >= MAX_PACKAGES {
                    return Err(FormatError::Limit { limit: MAX_PACKAGES as u64, unit: "entries" });
                }
                self.facts.packages.push(installed.package);
                self.facts.owned.extend(installed.owned);
                self.rows.push(row);
            }
            Ok(Read::Key) => self.keys.push(row),
            Err(error) => {
                let (en, zh) = (error.to_string(), error.zh());
                self.problem(false, &place(), &en, &zh);
            }
        }
        Ok(())
    }

    /// A part that cannot be read. `fatal` where it is not known how many packages are lost with it.
    fn problem(&mut self, fatal: bool, place: &str, en: &str, zh: &str) {
        let path = self.path;
        if self.facts.problems.len() >= MAX_PROBLEMS {
            self.untold += 1;
            if let Some(last) = self.facts.problems.last_mut() {
                last.fatal |= fatal;
            }
            return;
        }
        self.facts.problems.push(Problem {
            code: "damaged-rpm".to_owned(),
            target: format!("{path}:{place}"),
            en: format!("{path} {place}: {en}; packages are missing from the answer, rebuild it with rpmdb --rebuilddb"),
            zh: format!("{path} {place}：{zh}；结果中缺少软件包，请用 rpmdb --rebuilddb 重建"),
            fatal,
        });
    }

    fn finish(mut self) -> Facts {
        if let Some(last) = self.facts.problems.last_mut().filter(|_| self.untold > 0) {
            last.en = format!("{} (and {} more places)", last.en, self.untold);
            last.zh = format!("{}（另有 {} 处）", last.zh, self.untold);
        }
        self.facts
    }
}
