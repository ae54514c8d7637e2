//! The HTML page in a real browser: headless Chromium prints the document that the script made.
#![expect(clippy::unwrap_used, clippy::print_stderr, reason = "a test that cannot go on stops, and says so")]

#[path = "../examples/sample/report.rs"]
mod sample;

use batten_model::*;
use batten_report::html::{self, Options};
use std::path::{Path, PathBuf};
use std::process::Command;

/// The browser, or `None` with a loud word; with `CI=true` its absence is a failure.
fn browser() -> Option<PathBuf> {
    let named = std::env::var_os("CHROMIUM").map(PathBuf::from);
    let usual =
        ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].map(PathBuf::from);
    let found = named.into_iter().chain(usual).find(|path| path.exists());
    if found.is_none() {
        let told = "NOT RUN: no Chromium; `make test-tools` brings it, CHROMIUM names another";
        assert!(std::env::var("CI").as_deref() != Ok("true"), "{told}");
        eprintln!("{told}");
    }
    found
}

struct Page {
    folder: PathBuf,
    browser: PathBuf,
}

impl Page {
    fn of(name: &str, reports: &[Report]) -> Option<Page> {
        let browser = browser()?;
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("page-{name}"));
        std::fs::create_dir_all(&folder).unwrap();
        let mut out = Vec::new();
        let options = Options { lang: Lang::En, today: Date::parse("2024-08-20") };
        html::write(reports, &options, &mut out).unwrap();
        std::fs::write(folder.join("report.html"), out).unwrap();
        Some(Page { folder, browser })
    }

    /// The document after the script has run with this state behind `#`. Nothing may be said on the console: errors of
    /// the script and breaches of the policy would be.
    fn open(&self, state: &str) -> String {
        let address = format!("file://{}#{state}", self.folder.join("report.html").display());
        let profile = self.folder.join("profile");
        let output = Command::new(&self.browser)
            .args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"])
            .args(["--disable-background-networking", "--disable-dev-shm-usage", "--enable-logging=stderr"])
            .arg(format!("--user-data-dir={}", profile.display()))
            .args(["--virtual-time-budget=5000", "--dump-dom"])
            .arg(address)
            .output()
            .unwrap();
        let talk = String::from_utf8_lossy(&output.stderr);
        let console: Vec<&str> = talk.lines().filter(|line| line.contains("CONSOLE")).collect();
        assert!(console.is_empty(), "{console:#?}");
        let dom = String::from_utf8(output.stdout).unwrap();
        assert!(dom.contains("data-ready=\"yes\""), "the script did not come to its end: {talk}");
        dom
    }
}

/// What stands between two marks.
fn between<'a>(dom: &'a str, front: &str, back: &str) -> &'a str {
    dom.split_once(front).and_then(|(_, rest)| rest.split_once(back)).map(|(inside, _)| inside).unwrap()
}

fn rows(dom: &str) -> usize {
    dom.matches("<tr class=\"pick\"").count()
}

#[test]
fn filter_search_order_and_language_follow_the_address() {
    let report = sample::image();
    let Some(page) = Page::of("state", std::slice::from_ref(&report)) else { return };
    let dom = page.open("");
    assert_eq!(rows(&dom), 50, "one page of rows");
    assert!(dom.contains("What to do first") && dom.contains("200 of 200"));
    assert!(dom.contains("The database is 49 days old") && dom.contains("4 packages could not be judged"));

    let critical = report.findings.iter().filter(|f| f.severity == Severity::Critical).count();
    let dom = page.open("severity=critical&lang=zh-CN");
    assert_eq!(rows(&dom), critical);
    assert!(dom.contains("<html lang=\"zh-CN\"") && dom.contains("优先处理"));
    assert!(!between(&dom, "<main", "</main>").contains("What to do first"));

    let dom = page.open("q=RUNC&fix=1");
    let table = between(&dom, "<tbody id=\"rows\">", "</tbody>");
    assert!(table.contains("CVE-2024-21626") && rows(&dom) < 6, "{table}");

    let dom = page.open("kev=1&sort=score&dir=asc");
    let table = between(&dom, "<tbody id=\"rows\">", "</tbody>");
    assert_eq!(rows(&dom), report.findings.iter().filter(|f| f.kev.is_some()).count());
    assert!(table.find(">7.5<").unwrap() < table.find(">10.0<").unwrap());

    let open = report.findings.iter().find(|f| f.id == "CVE-2024-21626").unwrap();
    let dom = page.open(&format!("open={}", open.fingerprint.as_str()));
    let drawer = between(&dom, "<dialog", "</dialog>");
    for part in [
        "usr/sbin/runc",
        "v1.1.11 is before v1.1.12",
        "COPY gateway runc",
        "https://nvd.nist.gov/vuln/detail/CVE-2024-21626",
    ] {
        assert!(drawer.contains(part), "{part}");
    }
}

#[test]
fn strangers_texts_stay_texts() {
    let Some(page) = Page::of("hostile", &[sample::hostile()]) else { return };
    let first = sample::hostile().findings[0].fingerprint.as_str().to_owned();
    for state in [
        "",
        "lang=zh-CN&theme=dark",
        &format!("open={first}"),
        "q=%3Cimg&severity=x%22%3E%3Cimg%20src=x%3E&sort=%3C&page=-1&report=99",
    ] {
        let dom = page.open(state);
        assert!(!dom.contains("<img"), "a stranger made an element");
        assert!(!dom.contains("href=\"javascript:"));
        assert_eq!(dom.matches("<script").count(), 2);
        let body = dom.split_once("<body").unwrap().1;
        let shown = body.split_once("<script").unwrap().0;
        assert!(
            !shown.chars().any(|c| c != '\n' && batten_report::plain::is_hidden(c)),
            "a hidden character is shown"
        );
    }
    let file = std::fs::read_to_string(page.folder.join("report.html")).unwrap();
    assert!(!file.contains("<img"), "unescaped in the file");
}

#[test]
fn several_reports_and_reports_of_packages_have_a_page() {
    let mut packages = sample::image();
    packages.database = None;
    packages.coverage.clear();
    packages.findings.clear();
    packages.errors.clear();
    packages.inventory.subject = Subject::named(SubjectKind::Fs, "/srv/app");
    let Some(page) = Page::of("several", &[sample::image(), packages]) else { return };
    let dom = page.open("report=1");
    assert!(dom.contains("/srv/app (0)") && dom.contains("<details open=\"\">"));
    assert!(dom.contains("storefront:2.8.1 (200)"));
    let Some(none) = Page::of("none", &[]) else { return };
    none.open("");
}

#[test]
fn five_thousand_findings_are_shown_page_by_page() {
    let Some(page) = Page::of("many", &[sample::report_with(5000)]) else { return };
    let dom = page.open("page=100");
    assert_eq!(rows(&dom), 50);
    assert!(dom.contains("Page 100 of 100") && dom.contains("5,000 of 5,000"));
}
