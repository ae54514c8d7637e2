//! `docs/rules-fields.md` is the catalogue. `UPDATE_GOLDEN=1 cargo test -p batten-rules --test field_table` writes it anew.
#![allow(missing_docs, clippy::unwrap_used, reason = "tests")]

use batten_rules::catalogue::{Field, Source, Values};
use batten_rules::load::Code;
use std::fmt::Write as _;
use std::path::Path;

fn page() -> String {
    let mut page = String::from(
        "# Fields\n\nWhat rules can name ([rules.md](rules.md)); `batten rules list --fields` prints the same. Made from the catalogue by a test.\n",
    );
    for source in Source::ALL {
        let _ = write!(
            page,
            "\n## {}\n| field | type | values | argument | supported |\n| --- | --- | --- | --- | --- |\n",
            source.name()
        );
        for field in Field::all().filter(|field| field.describe().source == source) {
            let about = field.describe();
            let values = match about.values {
                Values::One => "one",
                Values::List => "list",
                Values::Either => "either end",
                Values::Ancestors => "ancestors",
            };
            let argument = match (about.argument.index, about.argument.key, about.argument.required) {
                (false, false, _) => "",
                (true, false, false) => "index",
                (false, true, false) => "key",
                (true, true, false) => "index or key",
                (true, false, true) => "index, required",
                (false, true, true) => "key, required",
                (true, true, true) => "index or key, required",
            };
            let supported =
                about.unsupported.map_or_else(|| "yes".to_owned(), |why| format!("no: {}", why.text().en));
            let _ = writeln!(
                page,
                "| `{}` | {} | {values} | {argument} | {supported} |",
                field.name(),
                about.kind.name()
            );
        }
    }
    page
}

#[test]
fn the_page_is_the_catalogue() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/rules-fields.md");
    let page = page();
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&path, &page).unwrap();
    }
    assert!(std::fs::read_to_string(&path).unwrap_or_default() == page, "{} differs", path.display());
}

#[test]
fn reasons_and_codes_are_in_both_languages() {
    let chinese = |text: &str| text.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c));
    for why in Field::all().filter_map(|field| field.describe().unsupported) {
        assert!(chinese(&why.text().zh) && !chinese(&why.text().en), "{why:?}");
    }
    for code in Code::ALL {
        assert!(chinese(&code.text().zh) && !chinese(&code.text().en), "{code:?}");
    }
}
