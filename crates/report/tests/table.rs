//! The terminal's table: golden files at several widths and languages, and what must hold at every width.
//!
//! `UPDATE_GOLDEN=1 cargo test -p batten-report` writes the golden files anew.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

#[path = "../examples/sample/report.rs"]
mod sample;

use batten_model::*;
use batten_report::plain::{is_hidden, width};
use batten_report::table::{self, Style};
use std::path::Path;

fn style(width: usize, lang: Lang) -> Style {
    Style { width, lang, today: Date::parse("2024-08-20"), ..Style::default() }
}

fn render(report: &Report, style: &Style) -> String {
    let mut out = Vec::new();
    table::write(std::slice::from_ref(report), style, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

fn golden(name: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name);
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
    }
    let wanted = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(text == wanted, "{} differs:\n{text}", path.display());
}

/// Only packages, as `batten sbom --format table` prints them.
fn packages_only() -> Report {
    let mut report = sample::image();
    report.database = None;
    report.coverage.clear();
    report.findings.clear();
    report
}

#[test]
fn tables_look_as_they_did() {
    let report = sample::report_with(60);
    for columns in [60, 80, 120, 200] {
        for lang in [Lang::En, Lang::ZhCn] {
            golden(&format!("table-{columns}-{}.txt", lang.tag()), &render(&report, &style(columns, lang)));
        }
    }
    let small = sample::report_with(14);
    golden("detail-80-en.txt", &render(&small, &Style { detail: true, ..style(80, Lang::En) }));
    golden("detail-120-zh-CN.txt", &render(&small, &Style { detail: true, ..style(120, Lang::ZhCn) }));
    golden("ascii-100-en.txt", &render(&small, &Style { unicode: false, ..style(100, Lang::En) }));
    golden("color-100-en.txt", &render(&small, &Style { color: true, ..style(100, Lang::En) }));
    golden("packages-80-en.txt", &render(&packages_only(), &style(80, Lang::En)));
}

#[test]
fn no_line_is_wider_than_the_window_and_nothing_is_obeyed() {
    let reports = [sample::image(), sample::hostile(), packages_only(), empty()];
    for report in &reports {
        for columns in (40..=240).step_by(4) {
            for lang in [Lang::En, Lang::ZhCn] {
                for (detail, unicode) in [(false, true), (true, true), (true, false)] {
                    let text = render(report, &Style { detail, unicode, ..style(columns, lang) });
                    for line in text.split('\n') {
                        assert!(width(line) <= columns, "{columns}: {line}");
                        assert!(!line.chars().any(is_hidden), "{line:?}");
                        assert!(!line.ends_with(' '), "{line:?}");
                    }
                }
            }
        }
    }
}

#[test]
fn ascii_means_ascii() {
    let report = sample::report_with(40);
    for detail in [false, true] {
        let text = render(&report, &Style { unicode: false, detail, ..style(90, Lang::En) });
        assert!(text.is_ascii(), "{:?}", text.chars().find(|c| !c.is_ascii()));
    }
}

#[test]
fn colour_adds_nothing_but_colour() {
    for detail in [false, true] {
        let style = Style { detail, ..style(120, Lang::ZhCn) };
        let painted = render(&sample::image(), &Style { color: true, ..style.clone() });
        let mut bare = String::new();
        let mut rest = painted.as_str();
        while let Some((front, back)) = rest.split_once("\x1b[") {
            bare.push_str(front);
            let (parameters, after) = back.split_once('m').unwrap();
            assert!(parameters.bytes().all(|b| b.is_ascii_digit() || b == b';'));
            rest = after;
        }
        bare.push_str(rest);
        assert_eq!(bare, render(&sample::image(), &style));
    }
}

fn empty() -> Report {
    let mut report = sample::report_with(1);
    report.findings.clear();
    report.errors.clear();
    report
}

#[test]
fn clean_unjudged_and_old_are_different_answers() {
    let en = style(100, Lang::En);
    let mut report = empty();
    assert!(render(&report, &en).contains("Nothing known to be wrong"));
    assert!(render(&report, &en).contains("4 packages not judged"));
    report.coverage.iter_mut().for_each(|c| c.judged = Judged::No);
    assert!(render(&report, &en).contains("this is not a clean result"));
    assert!(render(&report, &en).contains("database is old"));
    let fresh = Style { today: Date::parse("2024-07-10"), ..en.clone() };
    assert!(!render(&report, &fresh).contains("database is old"));
    let unknown = Style { today: None, ..en };
    assert!(!render(&report, &unknown).contains("days old"));
}

#[test]
fn the_most_urgent_comes_first_and_every_package_once() {
    let report = sample::image();
    let text = render(&report, &style(200, Lang::En));
    let lines: Vec<&str> =
        text.lines().filter(|l| l.starts_with("CRITICAL") || l.starts_with("HIGH")).collect();
    let last_kev = lines.iter().rposition(|l| l.contains("KEV")).unwrap();
    assert_eq!(last_kev + 1, lines.iter().filter(|l| l.contains("KEV")).count());
    let row = lines.iter().find(|l| l.contains("opencontainers/runc")).unwrap();
    assert!(row.contains("v1.1.11") && row.contains("v1.1.12") && row.contains("CVE-2024-21626"), "{row}");
    assert_eq!(text.matches("opencontainers/runc").count(), 1);
}
