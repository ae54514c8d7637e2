//! What `batten db info` says: feeds, ecosystems, and how old everything is.

use batten_advisory::database::Database;
use batten_model::{Date, Judged, Lang, Text};
use batten_report::plain;
use serde::Serialize;
use std::io::{self, Write};

/// A database described.
#[derive(Debug, Serialize)]
pub(crate) struct Description {
    built: Option<Date>,
    starter: bool,
    bytes: u64,
    cves: u64,
    sources: Vec<Source>,
    ecosystems: Vec<Ecosystem>,
}

#[derive(Debug, Serialize)]
struct Source {
    name: String,
    date: Option<Date>,
    age_days: Option<i64>,
    records: u64,
}

#[derive(Debug, Serialize)]
struct Ecosystem {
    name: String,
    judged: Judged,
    date: Option<Date>,
    packages: u64,
    advisories: u64,
}

impl Description {
    /// Describes a database; ages are counted to `today`.
    pub(crate) fn of(database: &Database, today: Option<Date>) -> Description {
        let info = database.info();
        let age = |date: Option<Date>| Some(today?.days_since_epoch() - date?.days_since_epoch());
        let sources = info.sources.into_iter().map(|feed| Source {
            age_days: age(feed.date),
            name: feed.name,
            date: feed.date,
            records: feed.records,
        });
        let ecosystems = database.summaries().map(|e| Ecosystem {
            name: e.name,
            judged: e.judged,
            date: e.feed_date,
            packages: e.packages,
            advisories: e.advisories,
        });
        Description {
            built: info.built,
            starter: info.starter,
            bytes: database.length(),
            cves: database.cve_count(),
            sources: sources.collect(),
            ecosystems: ecosystems.collect(),
        }
    }

    /// Writes it as JSON or for people.
    pub(crate) fn write(&self, json: bool, lang: Lang, out: &mut dyn Write) -> io::Result<()> {
        if json {
            serde_json::to_writer_pretty(&mut *out, self)?;
            return writeln!(out);
        }
        self.head(lang, out)?;
        let word = |en: &str, zh: &str| Text::new(en, zh).get(lang).to_owned();
        writeln!(
            out,
            "\n{} {} {} {}",
            left(&word("Feed", "数据源"), 28),
            right(&word("Date", "日期"), 10),
            right(&word("Days", "天数"), 8),
            right(&word("Records", "记录"), 10)
        )?;
        for source in &self.sources {
            let age = source.age_days.map_or_else(|| "?".to_owned(), |days| days.to_string());
            writeln!(out, "{:<28} {:>10} {age:>8} {:>10}", source.name, shown(source.date), source.records)?;
        }
        writeln!(
            out,
            "\n{} {} {} {}  {}",
            left(&word("Ecosystem", "生态系统"), 28),
            right(&word("Date", "日期"), 10),
            right(&word("Packages", "包"), 10),
            right(&word("Advisories", "公告"), 11),
            word("Knows", "已知内容")
        )?;
        for e in &self.ecosystems {
            let knows = match e.judged {
                Judged::Full => word("fixed and unfixed", "已修复与未修复"),
                Judged::FixedOnly => word("fixed versions only", "仅已修复版本"),
                Judged::Partial => word("a selection", "部分公告"),
                Judged::No => word("nothing", "无"),
            };
            writeln!(
                out,
                "{:<28} {:>10} {:>10} {:>11}  {knows}",
                e.name,
                shown(e.date),
                e.packages,
                e.advisories
            )?;
        }
        Ok(())
    }

    fn head(&self, lang: Lang, out: &mut dyn Write) -> io::Result<()> {
        let mib = self.bytes as f64 / 1_048_576.0;
        let origin = if self.starter {
            Text::new("the starter database that came with Batten", "Batten 附带的初始数据库")
        } else {
            Text::new("installed", "已安装")
        };
        let (built, cves) = (shown(self.built), self.cves);
        let line = Text::new(
            format!(
                "Database of {built}, {}, {mib:.1} MiB, {cves} CVEs with scores or known exploitation",
                origin.en
            ),
            format!("{built} 的数据库，{}，{mib:.1} MiB，{cves} 个 CVE 带有评分或已知利用信息", origin.zh),
        );
        writeln!(out, "{}", line.get(lang))
    }
}

/// Padded to `columns` of a terminal, in which a Chinese character takes two.
fn left(text: &str, columns: usize) -> String {
    format!("{text}{}", " ".repeat(columns.saturating_sub(plain::width(text))))
}

fn right(text: &str, columns: usize) -> String {
    format!("{}{text}", " ".repeat(columns.saturating_sub(plain::width(text))))
}

fn shown(date: Option<Date>) -> String {
    date.map_or_else(|| "?".to_owned(), |date| date.to_string())
}
