//! Prints a made-up report: `cargo run -p batten-report --example sample -- FORMAT [en|zh-CN] [WIDTH] [detail] [N]`.

mod report;

use batten_model::{Date, Lang};
use batten_report::{cyclonedx, html, json, sarif, table};
use std::io::{self, Write as _};

fn main() -> io::Result<()> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let format = args.first().map_or("table", String::as_str);
    let lang = args.iter().find_map(|a| Lang::parse(a)).unwrap_or_default();
    let numbers: Vec<usize> = args.iter().filter_map(|a| a.parse().ok()).collect();
    let has = |word: &str| args.iter().any(|a| a == word);
    let mut report = match numbers.get(1) {
        Some(n) => report::report_with(*n),
        None if has("hostile") => report::hostile(),
        None => report::image(),
    };
    if has("sbom") {
        report.database = None;
        report.coverage.clear();
        report.findings.clear();
    }
    let reports = [report];
    let mut out = io::BufWriter::new(io::stdout().lock());
    match format {
        "json" => json::write(&reports, &mut out)?,
        "cyclonedx" => cyclonedx::write(&reports, &mut out)?,
        "html" => {
            let options = html::Options { lang, today: Date::parse("2024-08-20") };
            html::write(&reports, &options, &mut out)?;
        }
        "sarif" => sarif::write(&reports, &mut out)?,
        _ => {
            let style = table::Style {
                width: numbers.first().copied().unwrap_or(100),
                color: has("color"),
                unicode: !has("ascii"),
                detail: has("detail"),
                lang,
                today: Date::parse("2024-08-20"),
            };
            table::write(&reports, &style, &mut out)?;
        }
    }
    out.flush()
}
