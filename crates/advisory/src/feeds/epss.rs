//! FIRST's Exploit Prediction Scoring System: `cve,epss,percentile` rows (first.org/epss/data_stats), plain or
//! gzipped, with or without the comment line that names the model and its day.

use super::input::{self, Line, Lines};
use super::{EpssScore, FeedError, Problem, Sink};
use batten_model::Date;
use std::io::BufRead;
use std::path::Path;

/// The feed's name.
pub const FEED: &str = "epss";
const LINE_LIMIT: usize = 4096;

/// Reads the file. Its name's day (`epss_scores-2026-08-16.csv.gz`) counts where no line tells one.
pub fn read(path: &Path, sink: &mut dyn Sink) -> Result<(), FeedError> {
    let reader = input::open(path, input::FEED_LIMIT)?;
    let named = path.file_name().and_then(|n| n.to_str()).and_then(day_in);
    parse(&path.display().to_string(), reader, named, sink).map_err(|e| match e {
        FeedError::Read { source, .. } => input::fault_of(path, source),
        other => other,
    })
}

/// Reads the rows; `place` names them in errors, `day` is taken where no line tells one.
pub fn parse(
    place: &str,
    reader: impl BufRead,
    day: Option<Date>,
    sink: &mut dyn Sink,
) -> Result<(), FeedError> {
    let fault = |source| FeedError::Read { path: place.into(), source };
    let mut lines = Lines::new(reader, LINE_LIMIT);
    let mut date = day;
    while let Some((number, line)) = lines.next().map_err(fault)? {
        let row = match &line {
            Line::Text(text) if text.is_empty() => continue,
            Line::Text(text) if text.starts_with('#') => {
                let told = text.split_once("score_date:").and_then(|(_, rest)| Date::parse(rest.get(..10)?));
                date = told.or(date);
                continue;
            }
            Line::Text(text) if text.starts_with("cve,") => continue,
            Line::Text(text) => row(text),
            Line::TooLong => None,
        };
        match row {
            Some((cve, score)) => {
                sink.record(FEED, "", None);
                sink.epss(cve, score).map_err(FeedError::Output)?;
            }
            None => sink.problem(Problem::new(
                format!("{place}:{number}"),
                "not a row of cve,epss,percentile with numbers from 0 to 1",
                "不是 cve,epss,percentile 行（数值应在 0 到 1 之间）",
            )),
        }
    }
    if let Some(date) = date {
        sink.dated(FEED, date);
    }
    Ok(())
}

fn row(text: &str) -> Option<(&str, EpssScore)> {
    let mut fields = text.split(',');
    let cve = fields.next().filter(|cve| cve.starts_with("CVE-"))?;
    let score = hundred_thousandths(fields.next()?)?;
    let percentile = hundred_thousandths(fields.next()?)?;
    Some((cve, EpssScore { score, percentile }))
}

fn hundred_thousandths(text: &str) -> Option<u32> {
    let value: f64 = text.trim().parse().ok()?;
    (0.0..=1.0).contains(&value).then(|| (value * 100_000.0).round() as u32)
}

/// The first `YYYY-MM-DD` in a file's name.
fn day_in(name: &str) -> Option<Date> {
    (0..name.len().saturating_sub(9)).find_map(|at| Date::parse(name.get(at..at + 10)?))
}
