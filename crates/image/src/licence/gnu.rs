//! GNU's licences: the family, version and "or later" in whichever words they are written.

/// Words that say nothing in the name of a GNU licence.
const FILLERS: &[&str] = &[
    "gnu",
    "the",
    "license",
    "licence",
    "license,",
    "version",
    "ver",
    "v",
    "fsf",
    "only",
    "of",
    "as",
    "published",
];

/// The identifier of a GNU licence name in lower case (`gplv2+`, `gnu lesser general public license v3 or later`).
///
/// A name without a version means any version: "If the Program does not specify a version number of this License, you
/// may choose any version ever published" (GPL 2, section 9).
pub(super) fn identifier(lower: &str) -> Option<&'static str> {
    // Most names are of other licences; they must not pay for the replacements below.
    if !["gpl", "fdl", "general public", "free documentation"].iter().any(|part| lower.contains(part)) {
        return None;
    }
    let text = families_as_short_names(lower);
    let mut family = None;
    let mut version = None;
    let mut later = text.contains('+');
    let mut invariants = false;
    for word in
        text.split(|c: char| c.is_whitespace() || matches!(c, '-' | '_' | '(' | ')' | ',' | '+' | ':'))
    {
        if word.is_empty() || FILLERS.contains(&word) {
            continue;
        }
        match word {
            "or" | "later" | "newer" | "any" | "higher" | "greater" | "above" => later = true,
            "niv" => invariants = true,
            _ => {
                let (name, number) = split_version(word);
                // Two versions are two licences.
                if number.is_some() && version.is_some_and(|known| number != Some(known)) {
                    return None;
                }
                match (name, number) {
                    ("" | "v", Some(number)) => version = Some(number),
                    (name, number) if is_family(name) => {
                        if family.is_some_and(|known| known != name) {
                            return None;
                        }
                        family = Some(name);
                        version = version.or(number);
                    }
                    _ => return None,
                }
            }
        }
    }
    spdx(family?, version, later, invariants)
}

fn is_family(name: &str) -> bool {
    matches!(name, "gpl" | "lgpl" | "agpl" | "gfdl")
}

/// The full names, longest first, replaced by their short ones.
fn families_as_short_names(lower: &str) -> String {
    const NAMES: &[(&str, &str)] = &[
        ("affero general public license", "agpl"),
        ("affero general public licence", "agpl"),
        ("affero gpl", "agpl"),
        ("lesser general public license", "lgpl"),
        ("lesser general public licence", "lgpl"),
        ("library or lesser general public license", "lgpl"),
        ("library general public license", "lgpl"),
        ("lesser gpl", "lgpl"),
        ("general public license", "gpl"),
        ("general public licence", "gpl"),
        ("free documentation license", "gfdl"),
        ("fdl", "gfdl"),
    ];
    let mut text = lower.to_owned();
    for (name, short) in NAMES {
        if *name == "fdl" && text.contains("gfdl") {
            continue;
        }
        if text.contains(name) {
            text = text.replace(name, short);
        }
    }
    text
}

/// `gplv2.1` as `gpl` and `2.1`, `2.0` as `2`; a `v` between them falls away.
fn split_version(word: &str) -> (&str, Option<&str>) {
    let Some(at) = word.find(|c: char| c.is_ascii_digit()) else { return (word, None) };
    let (name, number) = word.split_at(at);
    let name = match name.strip_suffix('v') {
        Some(front) if !front.is_empty() => front,
        _ => name,
    };
    (name, Some(number.trim_end_matches('.').trim_end_matches(".0")))
}

fn spdx(family: &str, version: Option<&str>, later: bool, no_invariants: bool) -> Option<&'static str> {
    Some(match (family, version, later) {
        ("gpl", None, _) | ("gpl", Some("1"), true) => "GPL-1.0-or-later",
        ("gpl", Some("1"), false) => "GPL-1.0-only",
        ("gpl", Some("2"), true) => "GPL-2.0-or-later",
        ("gpl", Some("2"), false) => "GPL-2.0-only",
        ("gpl", Some("3"), true) => "GPL-3.0-or-later",
        ("gpl", Some("3"), false) => "GPL-3.0-only",
        ("lgpl", None, _) | ("lgpl", Some("2"), true) => "LGPL-2.0-or-later",
        ("lgpl", Some("2"), false) => "LGPL-2.0-only",
        ("lgpl", Some("2.1"), true) => "LGPL-2.1-or-later",
        ("lgpl", Some("2.1"), false) => "LGPL-2.1-only",
        ("lgpl", Some("3"), true) => "LGPL-3.0-or-later",
        ("lgpl", Some("3"), false) => "LGPL-3.0-only",
        ("agpl", None, _) | ("agpl", Some("3"), true) => "AGPL-3.0-or-later",
        ("agpl", Some("1"), true) => "AGPL-1.0-or-later",
        ("agpl", Some("1"), false) => "AGPL-1.0-only",
        ("agpl", Some("3"), false) => "AGPL-3.0-only",
        ("gfdl", Some("1.2"), true) if no_invariants => "GFDL-1.2-no-invariants-or-later",
        ("gfdl", Some("1.2"), false) if no_invariants => "GFDL-1.2-no-invariants-only",
        ("gfdl", Some("1.3"), true) if no_invariants => "GFDL-1.3-no-invariants-or-later",
        ("gfdl", Some("1.3"), false) if no_invariants => "GFDL-1.3-no-invariants-only",
        ("gfdl", None, _) if no_invariants => "GFDL-1.1-no-invariants-or-later",
        ("gfdl", None, _) | ("gfdl", Some("1.1"), true) => "GFDL-1.1-or-later",
        ("gfdl", Some("1.1"), false) => "GFDL-1.1-only",
        ("gfdl", Some("1.2"), true) => "GFDL-1.2-or-later",
        ("gfdl", Some("1.2"), false) => "GFDL-1.2-only",
        ("gfdl", Some("1.3"), true) => "GFDL-1.3-or-later",
        ("gfdl", Some("1.3"), false) => "GFDL-1.3-only",
        _ => return None,
    })
}
