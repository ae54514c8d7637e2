//! One page in one file: charts, filter, search and every finding's details, in English and Chinese.
//!
//! The page asks nothing of any network: its policy (Content Security Policy Level 3) lets in exactly the style and the
//! script that stand in it, by their hashes, and nothing else. What is known goes into a JSON block whose text no HTML
//! parser can take for a tag; the script makes text nodes of it, never HTML.

mod data;

use crate::json_text;
use crate::messages;
use batten_model::{Date, Lang, Report};
use data::Page;
use sha2::{Digest as _, Sha256};
use std::io::{self, Write};

const PAGE: &str = include_str!("page.html");
const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

/// How the page opens. A reader can change language and theme in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Options {
    /// The language that the page opens in.
    pub lang: Lang,
    /// The day to measure the database's age against; without it no age is given.
    pub today: Option<Date>,
}

/// Writes the page for one report or several, between which it lets the reader choose.
pub fn write(reports: &[Report], options: &Options, mut out: impl Write) -> io::Result<()> {
    let mut rest = PAGE;
    while let Some((front, back)) = rest.split_once("{{") {
        out.write_all(front.as_bytes())?;
        let (name, after) = back.split_once("}}").unwrap_or((back, ""));
        match name {
            "lang" => out.write_all(options.lang.tag().as_bytes())?,
            "title" => out.write_all(title(reports, options.lang).as_bytes())?,
            "policy" => out.write_all(policy().as_bytes())?,
            "style" => out.write_all(STYLE.as_bytes())?,
            "script" => out.write_all(SCRIPT.as_bytes())?,
            "data" => json_text::write_for_html(&Page::of(reports, options), &mut out)?,
            _ => {}
        }
        rest = after;
    }
    out.write_all(rest.as_bytes())
}

/// The title as HTML text.
fn title(reports: &[Report], lang: Lang) -> String {
    let subject = reports.first().map(|r| crate::plain::plain(&r.inventory.subject.name));
    let text = match (subject, reports.len()) {
        (Some(subject), 1) => format!("{subject} · {}", messages::PAGE_TITLE.get(lang)),
        _ => messages::PAGE_TITLE.get(lang).to_owned(),
    };
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

fn policy() -> String {
    format!(
        "default-src 'none'; style-src '{}'; script-src '{}'; base-uri 'none'; form-action 'none'",
        source_hash(STYLE),
        source_hash(SCRIPT)
    )
}

/// `sha256-…` with the digest in base64 (RFC 4648, section 4), as policies name inline content.
fn source_hash(content: &str) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::from("sha256-");
    for group in Sha256::digest(content).chunks(3) {
        let bits = (0..3).fold(0_u32, |bits, at| bits << 8 | group.get(at).copied().map_or(0, u32::from));
        for at in 0..4 {
            let digit = (bits >> (18 - 6 * at)) as usize & 63;
            out.push(if at <= group.len() { char::from(DIGITS[digit]) } else { '=' });
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn hashes_are_base64_of_sha256() {
        assert_eq!(source_hash(""), "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
    }

    /// Keys that follow each occurrence of `before` up to a quote.
    fn keys<'a>(text: &'a str, before: &str) -> Vec<&'a str> {
        text.split(before).skip(1).filter_map(|rest| rest.split('"').next()).collect()
    }

    #[test]
    fn all_words_of_the_page_are_in_the_catalogue() {
        let known: BTreeSet<&str> = messages::ALL.iter().map(|m| m.key).collect();
        let mut used: BTreeSet<&str> = BTreeSet::new();
        for before in ["data-t=\"", "data-label=\"", "data-hint=\""] {
            used.extend(keys(PAGE, before));
        }
        for before in [" t(\"", "(t(\"", "[t(\"", "!t(\"", " many(\"", "(many(\""] {
            used.extend(keys(SCRIPT, before));
        }
        assert!(used.len() > 40, "{used:?}");
        // Keys that are put together begin with these.
        used.retain(|key| !["status_", "judged_"].contains(key));
        let missing: Vec<_> = used.difference(&known).collect();
        assert!(missing.is_empty(), "not in the catalogue: {missing:?}");
    }

    /// What a reader sees must come from the catalogue, not from the page's source.
    #[test]
    fn the_page_has_no_words_of_its_own() {
        let body = PAGE.split_once("<body>").map(|(_, body)| body).unwrap();
        let mut text = String::new();
        for part in body.split('<').skip(1) {
            text.push_str(part.split_once('>').map_or("", |(_, text)| text));
        }
        let words: Vec<&str> = text
            .split(|c: char| !c.is_alphabetic())
            .filter(|word| word.len() > 1 && !["Batten", "EN中文", "data", "script"].contains(word))
            .collect();
        // The text for readers without a script is in both languages at once.
        let noscript = "This page needs its own script to show the report 此页面需要运行自带脚本才能显示报告";
        let stray: Vec<_> = words.iter().filter(|word| !noscript.contains(**word)).collect();
        assert!(stray.is_empty(), "{stray:?}");
        assert!(!SCRIPT.contains("innerHTML") && !SCRIPT.contains("insertAdjacentHTML"));
        assert!(
            !SCRIPT.contains("http://") || SCRIPT.matches("http://").count() == 1,
            "only the name of SVG"
        );
        assert!(!SCRIPT.contains("</"), "a script must not hold an end tag");
    }
}
