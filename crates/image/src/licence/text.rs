//! Licences recognised by the wording of their texts and customary notices.

/// Phrases that must all be there, phrases that must not, and the identifier. Phrases are in lower case with single
/// spaces, as [`identifiers`] brings the text.
type Wording = (&'static [&'static str], &'static [&'static str], &'static str);

const BSD: &str = "redistribution and use in source and binary forms";
const ISC: &str = "copy, modify, and/or distribute this software for any purpose";
const ISC_OLD: &str = "copy, modify, and distribute this software for any purpose";
const KEEP_NOTICE: &str = "permission notice appear in all copies";

const WORDINGS: &[Wording] = &[
    (
        &["permission is hereby granted, free of charge, to any person obtaining", "without restriction"],
        &["except as contained in this notice, the name"],
        "MIT",
    ),
    (
        &[
            "permission is hereby granted, free of charge, to any person obtaining",
            "except as contained in this notice, the name",
        ],
        &[],
        "X11",
    ),
    (&["apache license", "version 2.0"], &[], "Apache-2.0"),
    (&["licensed under the apache license 2.0"], &[], "Apache-2.0"),
    (&[BSD, "advertising materials mentioning"], &[], "BSD-4-Clause"),
    (&[BSD, "endorse or promote"], &["advertising materials mentioning"], "BSD-3-Clause"),
    (&[BSD], &["endorse or promote", "advertising materials mentioning"], "BSD-2-Clause"),
    (&[ISC, KEEP_NOTICE], &[], "ISC"),
    (&[ISC_OLD, KEEP_NOTICE], &[], "ISC"),
    (&[ISC], &[KEEP_NOTICE], "0BSD"),
    (
        &[
            "permission to use, copy, modify, distribute, and sell this software and its documentation for any purpose",
        ],
        &[],
        "HPND-sell-variant",
    ),
    (
        &[
            "permission to use, copy, modify, and distribute this software and its documentation for any purpose",
        ],
        &[],
        "HPND",
    ),
    (&["mozilla public license version 2.0"], &[], "MPL-2.0"),
    (&["mozilla public license, v. 2.0"], &[], "MPL-2.0"),
    (&["mozilla public license version 1.1"], &[], "MPL-1.1"),
    (&["boost software license - version 1.0"], &[], "BSL-1.0"),
    (&["boost software license, version 1.0"], &[], "BSL-1.0"),
    (&["python software foundation license version 2"], &[], "PSF-2.0"),
    (&["this is free and unencumbered software released into the public domain"], &[], "Unlicense"),
    (&["this notice may not be removed or altered from any source distribution"], &[], "Zlib"),
    (&["do what the fuck you want to public license"], &[], "WTFPL"),
    (&["sil open font license version 1.1"], &[], "OFL-1.1"),
    (&["sil open font license, version 1.1"], &[], "OFL-1.1"),
    (&["eclipse public license - v 2.0"], &[], "EPL-2.0"),
    (&["eclipse public license - v 1.0"], &[], "EPL-1.0"),
    (&["cc0 1.0 universal"], &[], "CC0-1.0"),
];

/// Licence files of Debian's `/usr/share/common-licenses`, as copyright files point to them.
const COMMON_LICENSES: &[(&str, &str)] = &[
    ("apache-2.0", "Apache-2.0"),
    ("artistic", "Artistic-1.0-Perl"),
    ("bsd", "BSD-3-Clause"),
    ("cc0-1.0", "CC0-1.0"),
    ("gfdl-1.2", "GFDL-1.2-only"),
    ("gfdl-1.3", "GFDL-1.3-only"),
    ("gfdl", "GFDL-1.1-or-later"),
    ("gpl-1", "GPL-1.0-only"),
    ("gpl-2", "GPL-2.0-only"),
    ("gpl-3", "GPL-3.0-only"),
    ("gpl", "GPL-1.0-or-later"),
    ("lgpl-2.1", "LGPL-2.1-only"),
    ("lgpl-2", "LGPL-2.0-only"),
    ("lgpl-3", "LGPL-3.0-only"),
    ("lgpl", "LGPL-2.0-or-later"),
    ("mpl-1.1", "MPL-1.1"),
    ("mpl-2.0", "MPL-2.0"),
];

/// Identifiers of all licences that the text holds or points to; sorted, each once.
pub(super) fn identifiers(text: &str) -> Vec<&'static str> {
    let text = plain(text);
    let mut found: Vec<&'static str> = WORDINGS
        .iter()
        .filter(|(all, none, _)| {
            all.iter().all(|phrase| holds(&text, phrase)) && !none.iter().any(|phrase| holds(&text, phrase))
        })
        .map(|(_, _, id)| *id)
        .collect();
    found.extend(common_licenses(&text));
    gnu_notices(&text, &mut found);
    found.sort_unstable();
    found.dedup();
    found
}

/// Whether a phrase is in the text; memmem is many times faster here than the standard library's search.
fn holds(text: &str, phrase: &str) -> bool {
    memchr::memmem::find(text.as_bytes(), phrase.as_bytes()).is_some()
}

/// Lower case, without comment signs and quotes and with single spaces, so that line breaks do not matter. All bytes
/// that change or go away are ASCII, so that the rest stays valid.
fn plain(text: &str) -> String {
    let mut out = Vec::with_capacity(text.len());
    let mut space = false;
    for byte in text.bytes() {
        if byte.is_ascii_whitespace() || matches!(byte, b'*' | b'#' | b'`' | b'"' | b'\'') {
            space = !out.is_empty();
            continue;
        }
        if std::mem::take(&mut space) {
            out.push(b' ');
        }
        out.push(byte.to_ascii_lowercase());
    }
    String::from_utf8(out).unwrap_or_default()
}

/// References to `/usr/share/common-licenses/<name>`. A GNU licence is "or later" where the notice says so.
fn common_licenses(text: &str) -> Vec<&'static str> {
    const FOLDER: &str = "/usr/share/common-licenses/";
    let mut found = Vec::new();
    for at in memchr::memmem::find_iter(text.as_bytes(), FOLDER) {
        let rest = text.get(at + FOLDER.len()..).unwrap_or_default();
        let end =
            rest.find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '-' | '.'))).unwrap_or(rest.len());
        let name = rest.get(..end).unwrap_or_default().trim_end_matches('.');
        let Some((_, id)) = COMMON_LICENSES.iter().find(|(known, _)| *known == name) else { continue };
        found.push(if notice_before(text, at).contains("any later version") { or_later(id) } else { id });
    }
    found
}

/// The words before a place, as many as a notice has.
fn notice_before(text: &str, at: usize) -> &str {
    let mut start = at.saturating_sub(900);
    while !text.is_char_boundary(start) {
        start -= 1;
    }
    text.get(start..at).unwrap_or_default()
}

fn or_later(id: &'static str) -> &'static str {
    match id {
        "GFDL-1.2-only" => "GFDL-1.2-or-later",
        "GFDL-1.3-only" => "GFDL-1.3-or-later",
        "GPL-1.0-only" => "GPL-1.0-or-later",
        "GPL-2.0-only" => "GPL-2.0-or-later",
        "GPL-3.0-only" => "GPL-3.0-or-later",
        "LGPL-2.0-only" => "LGPL-2.0-or-later",
        "LGPL-2.1-only" => "LGPL-2.1-or-later",
        "LGPL-3.0-only" => "LGPL-3.0-or-later",
        other => other,
    }
}

/// The heads of GNU's texts and their notices (`version 2 of the license, or (at your option) any later version`).
fn gnu_notices(text: &str, found: &mut Vec<&'static str>) {
    const NOTICES: &[(&str, &str)] = &[
        ("gnu affero general public license version 3", "AGPL-3.0-only"),
        ("gnu lesser general public license version 2.1", "LGPL-2.1-only"),
        ("gnu lesser general public license version 3", "LGPL-3.0-only"),
        ("gnu library general public license version 2", "LGPL-2.0-only"),
        ("gnu general public license version 2", "GPL-2.0-only"),
        ("gnu general public license version 3", "GPL-3.0-only"),
    ];
    for (head, id) in NOTICES {
        let stated = found.iter().any(|known| known.split('.').next() == id.split('.').next());
        if holds(text, head) && !stated {
            found.push(id);
        }
    }
}
