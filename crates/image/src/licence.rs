//! Licence statements as SPDX expressions (SPDX 2.3, annex D, "SPDX license expressions").
//!
//! Packages state their licence in many spellings: SPDX identifiers of any age and case, Debian's and Fedora's short
//! names, full names, Python's classifiers, whole texts. All become one canonical expression; a name that no list
//! knows becomes a `LicenseRef-`, so that nothing that was stated is lost.

mod expression;
mod gnu;
mod names;
mod text;

use std::borrow::Cow;

/// A statement longer than this is taken as the text of a licence, not as a name or an expression.
const MAX_STATEMENT_BYTES: usize = 1024;
/// What stands at the front of a text is enough to recognise it.
const MAX_TEXT_BYTES: usize = 128 * 1024;

/// The statement `text` as a canonical SPDX expression; `None` where it states nothing (`UNKNOWN`, `n/a`, blank).
///
/// Valid expressions come back canonical: identifiers in the list's case, deprecated GNU identifiers as `-only` and
/// `-or-later`, operators in upper case, no needless parentheses, no repeated operands. Known names and texts become
/// identifiers. The rest becomes `LicenseRef-` and the name.
pub(crate) fn spdx_expression(text: &str) -> Option<String> {
    let text = text.trim().trim_matches(['"', '\'']).trim();
    if states_nothing(text) {
        return None;
    }
    if text.len() <= MAX_STATEMENT_BYTES && text.lines().count() <= 3 {
        return expression::canonical(text);
    }
    let found = identifiers_of_text(text);
    if found.is_empty() {
        return text.lines().map(str::trim).find(|line| !line.is_empty()).and_then(names::reference);
    }
    all_of(found.iter().copied())
}

/// The identifiers of the licences whose texts, or whose customary notices, stand in `text`; sorted.
pub(crate) fn identifiers_of_text(text: &str) -> Vec<&'static str> {
    text::identifiers(clip(text, MAX_TEXT_BYTES))
}

/// One expression that demands each of several canonical expressions; sorted, each operand once. `None` for no
/// expression.
pub(crate) fn all_of<'a>(expressions: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let mut parts: Vec<Cow<'a, str>> = Vec::new();
    for expression in expressions {
        if expression::at_top(expression, " OR ").count() > 1 {
            parts.push(format!("({expression})").into());
        } else {
            parts.extend(expression::at_top(expression, " AND ").map(Cow::Borrowed));
        }
    }
    parts.sort_by(|a, b| a.trim_start_matches('(').cmp(b.trim_start_matches('(')));
    parts.dedup();
    match parts.as_slice() {
        [] => None,
        // A choice that stands alone needs no parentheses.
        [one] => Some(one.strip_prefix('(').and_then(|o| o.strip_suffix(')')).unwrap_or(one).to_owned()),
        _ => Some(parts.join(" AND ")),
    }
}

fn states_nothing(text: &str) -> bool {
    const NOTHING: &[&str] =
        &["", "unknown", "none", "noassertion", "n/a", "na", "-", "null", "undefined", "unspecified", "todo"];
    NOTHING.iter().any(|word| text.eq_ignore_ascii_case(word))
}

/// The front of `text`, at most `bytes` long, cut between characters.
fn clip(text: &str, bytes: usize) -> &str {
    let mut end = bytes.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(..end).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is(text: &str, wanted: &str) {
        assert_eq!(spdx_expression(text).as_deref(), Some(wanted), "{text}");
    }

    #[test]
    fn valid_expressions_become_canonical() {
        is("MIT", "MIT");
        is("mit", "MIT");
        is("(MIT OR Apache-2.0)", "MIT OR Apache-2.0");
        is("MIT/Apache-2.0", "MIT OR Apache-2.0");
        is("Apache-2.0 WITH LLVM-exception", "Apache-2.0 WITH LLVM-exception");
        is("GPL-2.0", "GPL-2.0-only");
        is("GPL-2.0+ with classpath-exception-2.0", "GPL-2.0-or-later WITH Classpath-exception-2.0");
        is("GPL-2.0-with-classpath-exception", "GPL-2.0-only WITH Classpath-exception-2.0");
        is("MIT AND (BSD-3-Clause OR ISC)", "MIT AND (BSD-3-Clause OR ISC)");
        is("(MIT AND BSD-3-Clause) OR ISC", "MIT AND BSD-3-Clause OR ISC");
        is("MIT AND MIT", "MIT");
        is("GPL-2.0-only OR GPL-3.0-only", "GPL-2.0-only OR GPL-3.0-only");
        is("GPL-2.0-only OR GPL-2.0-or-later", "GPL-2.0-only OR GPL-2.0-or-later");
        is("perl and MIT", "(Artistic-1.0-Perl OR GPL-1.0-or-later) AND MIT");
        is("LicenseRef-Foo_bar", "LicenseRef-Foo-bar");
        is("DocumentRef-a:LicenseRef-b", "DocumentRef-a:LicenseRef-b");
        is("Apache-1.1+", "Apache-1.1+");
    }

    #[test]
    fn short_names_of_distributions() {
        is("GPL-2+", "GPL-2.0-or-later");
        is("GPL-2", "GPL-2.0-only");
        is("GPLv2+", "GPL-2.0-or-later");
        is("GPLv3", "GPL-3.0-only");
        is("GPL2", "GPL-2.0-only");
        is("LGPL-2.1+", "LGPL-2.1-or-later");
        is("LGPLv2+", "LGPL-2.0-or-later");
        is("LGPL", "LGPL-2.0-or-later");
        is("GPL+ or Artistic", "GPL-1.0-or-later OR Artistic-1.0-Perl");
        is("GFDL-NIV-1.3+", "GFDL-1.3-no-invariants-or-later");
        is("AGPLv3+", "AGPL-3.0-or-later");
        is("Expat", "MIT");
        is("BSD-3-clause", "BSD-3-Clause");
        is("ASL 2.0", "Apache-2.0");
        is("MPLv2.0", "MPL-2.0");
        is("GPL-2+ and BSD-3-clause", "GPL-2.0-or-later AND BSD-3-Clause");
        is("GPL-2+, and Expat", "GPL-2.0-or-later AND MIT");
        is(
            "GPL-1+ or Artistic, and BSD-3-clause",
            "(GPL-1.0-or-later OR Artistic-1.0-Perl) AND BSD-3-Clause",
        );
        is("GPL2+ LGPL2.1+", "GPL-2.0-or-later AND LGPL-2.1-or-later");
        is("public-domain", "LicenseRef-Public-Domain");
        is("GPL-3+ with Autoconf-exception", "GPL-3.0-or-later WITH Autoconf-exception-generic");
        is("GPL-3+ with Bison exception", "GPL-3.0-or-later WITH Bison-exception-2.2");
        is("GPL-2 with OpenSSL exception", "LicenseRef-GPL-2-with-OpenSSL-exception");
        is("LGPLv2+ with exceptions", "LicenseRef-LGPLv2-with-exceptions");
        is("GPL-2.0-or-later WITH GCC-exception-2.0", "GPL-2.0-or-later WITH GCC-exception-2.0");
        is(
            "GPLv2+ and GPLv3+ and (LGPLv2+ or BSD)",
            "GPL-2.0-or-later AND GPL-3.0-or-later AND (LGPL-2.0-or-later OR LicenseRef-BSD)",
        );
    }

    #[test]
    fn names_in_words() {
        is("Apache License, Version 2.0", "Apache-2.0");
        is("The Apache Software License, Version 2.0", "Apache-2.0");
        is("Apache Software License", "Apache-2.0");
        is("The MIT License (MIT)", "MIT");
        is("MIT License", "MIT");
        is("BSD 3-Clause License", "BSD-3-Clause");
        is("New BSD License", "BSD-3-Clause");
        is("GNU General Public License v2 or later (GPLv2+)", "GPL-2.0-or-later");
        is("GNU Lesser General Public License, version 2.1", "LGPL-2.1-only");
        is("GNU GPL v3", "GPL-3.0-only");
        is("GNU General Public License v2 (GPL-2.0)", "GPL-2.0-only");
        is("GPL-2 or GPL-3", "GPL-2.0-only OR GPL-3.0-only");
        is("Mozilla Public License 2.0 (MPL 2.0)", "MPL-2.0");
        is("Eclipse Public License v2.0", "EPL-2.0");
        is("Python Software Foundation License", "PSF-2.0");
        is("ISC License (ISCL)", "ISC");
        is("Dual License: MIT or Apache", "LicenseRef-Dual-License-MIT OR Apache-2.0");
        is("Foo Bar Licence!", "LicenseRef-Foo-Bar-Licence");
    }

    #[test]
    fn nothing_stated_is_nothing() {
        for text in ["", "  ", "UNKNOWN", "n/a", "NOASSERTION", "()", "and", "///"] {
            assert_eq!(spdx_expression(text), None, "{text}");
        }
    }

    #[test]
    fn texts_are_recognised() {
        let mit = format!(
            "Copyright (c) 2020 A\n\nPermission is hereby granted, free of charge, to any person obtaining a copy\n\
             of this software, to deal in the Software without restriction\n{}",
            "x ".repeat(800)
        );
        is(&mit, "MIT");
        is(&format!("My own words\n{}", "word ".repeat(400)), "LicenseRef-My-own-words");
    }

    #[test]
    fn all_of_several() {
        let all = |parts: &[&str]| all_of(parts.iter().copied());
        assert_eq!(all(&[]), None);
        assert_eq!(all(&["MIT OR ISC"]).as_deref(), Some("MIT OR ISC"));
        assert_eq!(all(&["MIT AND ISC", "MIT"]).as_deref(), Some("ISC AND MIT"));
        let mixed = all(&["MIT OR (ISC AND Zlib)", "A AND (B OR C)"]);
        assert_eq!(mixed.as_deref(), Some("A AND (B OR C) AND (MIT OR (ISC AND Zlib))"));
    }

    #[test]
    fn hostile_statements_end() {
        for text in
            ["(".repeat(1000), "MIT OR ".repeat(140), "a(b".repeat(300), ")".repeat(1000), "é(".repeat(300)]
        {
            let _ = spdx_expression(&text);
        }
    }

    #[test]
    fn canonical_is_a_fixed_point() {
        for text in
            ["GPL-2+ and (MIT or ISC)", "A B C, and D", "X with Y", "MIT/X11", "Foo (Bar) / Baz", "GPL+"]
        {
            let once = spdx_expression(text).unwrap();
            assert_eq!(spdx_expression(&once).as_deref(), Some(once.as_str()), "{text}");
        }
    }
}
