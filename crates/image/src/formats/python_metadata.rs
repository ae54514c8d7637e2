//! Python's core metadata (packaging.python.org, "Core metadata specifications", versions 1.0 to 2.4): the mail-like
//! headers of `METADATA` and `PKG-INFO`, of which name, version and licence matter here.

use crate::content::File;
use crate::facts::{Facts, Problem};
use crate::formats::FormatError;
use crate::licence;
use batten_model::{Location, Package, PackageKind};
use std::borrow::Cow;

/// Largest file that is read; some carry their whole history as description.
const MAX_BYTES: u64 = 16 << 20;
/// Longer licence fields hold a text, and no name.
const MAX_LICENCE_NAME: usize = 100;

/// The headers that are used; all others are passed over.
#[derive(Debug, Default)]
struct Headers {
    name: String,
    version: String,
    expression: String,
    licence: String,
    /// What stands behind `License ::` in classifiers.
    classifiers: Vec<String>,
}

/// The package that a metadata file describes. Where it names no version, `fallback` (from the folder's name,
/// `name-version`) does.
pub(super) fn facts(
    file: &File<'_>,
    format: &'static str,
    fallback: Option<(&str, &str)>,
) -> Result<Facts, FormatError> {
    if file.content.len() > MAX_BYTES {
        return Err(FormatError::Limit { limit: MAX_BYTES, unit: "bytes" });
    }
    let bytes = file.bytes(MAX_BYTES)?;
    Ok(facts_of(&bytes, file.path, format, fallback))
}

/// The same for content at hand; `path` is its place.
pub(super) fn facts_of(
    bytes: &[u8],
    path: &str,
    format: &'static str,
    fallback: Option<(&str, &str)>,
) -> Facts {
    let headers = headers(&String::from_utf8_lossy(bytes));
    let or_fallback = |said: &str, other: Option<&str>| -> Option<String> {
        Some(said).filter(|said| !said.is_empty()).or(other).map(str::to_owned)
    };
    let name = or_fallback(&headers.name, fallback.map(|(name, _)| name));
    let version = or_fallback(&headers.version, fallback.map(|(_, version)| version));
    let (Some(name), Some(version)) = (name, version) else {
        return Facts { problems: vec![nameless(path, format)], ..Facts::default() };
    };
    let mut package = Package::new(PackageKind::Pypi, normal_name(&name), version, Location::at(path));
    package.licence = licence_of(&headers);
    Facts { packages: vec![package], ..Facts::default() }
}

/// The headers up to the first blank line, behind which the description stands.
fn headers(text: &str) -> Headers {
    let mut headers = Headers::default();
    let mut lines = text.trim_start_matches('\u{feff}').lines().peekable();
    while let Some(line) = lines.next() {
        if line.trim().is_empty() {
            break;
        }
        let Some((key, value)) = line.split_once(':') else { continue };
        let mut value = Cow::Borrowed(value.trim());
        while let Some(more) = lines.next_if(|next| next.starts_with([' ', '\t'])) {
            let folded = value.to_mut();
            folded.push('\n');
            folded.push_str(more.trim());
        }
        take(&mut headers, key.trim(), &value);
    }
    headers
}

fn take(headers: &mut Headers, key: &str, value: &str) {
    let is = |wanted: &str| key.eq_ignore_ascii_case(wanted);
    let slot = if is("Name") {
        &mut headers.name
    } else if is("Version") {
        &mut headers.version
    } else if is("License-Expression") {
        &mut headers.expression
    } else if is("License") {
        &mut headers.licence
    } else {
        if is("Classifier")
            && let Some(licence) = value.strip_prefix("License ::")
        {
            headers.classifiers.push(licence.trim().to_owned());
        }
        return;
    };
    if slot.is_empty() {
        value.clone_into(slot);
    }
}

/// The expression where there is one; else the licence field, where it names a known licence; else what the
/// classifiers say; else the licence field as it stands.
fn licence_of(headers: &Headers) -> Option<String> {
    if !headers.expression.is_empty() {
        return licence::spdx_expression(&headers.expression);
    }
    let field = Some(headers.licence.as_str())
        .filter(|field| {
            field.len() <= MAX_LICENCE_NAME && !field.contains('\n') && !field.starts_with("http")
        })
        .and_then(licence::spdx_expression);
    match field {
        Some(field) if !field.contains("LicenseRef-") => Some(field),
        field => classified(&headers.classifiers).or(field),
    }
}

/// What licence classifiers say together. Their most general ones (`OSI Approved`) say nothing alone.
fn classified(classifiers: &[String]) -> Option<String> {
    let mut found: Vec<String> = Vec::new();
    for classifier in classifiers.iter().take(20) {
        let leaf = classifier.rsplit("::").next().unwrap_or_default().trim();
        let told = match leaf {
            "OSI Approved" | "Other/Proprietary License" | "" => None,
            leaf => by_classifier(leaf).map(str::to_owned).or_else(|| licence::spdx_expression(leaf)),
        };
        if let Some(told) = told
            && !found.contains(&told)
        {
            found.push(told);
        }
    }
    // Several classifiers mostly mean a choice, but do not say so; what must hold in each case is all of them.
    licence::all_of(found.iter().map(String::as_str))
}

/// Classifiers whose name does not lead to the SPDX identifier by itself.
fn by_classifier(leaf: &str) -> Option<&'static str> {
    Some(match leaf {
        "Academic Free License (AFL)" => "AFL-3.0",
        "Apache Software License" => "Apache-2.0",
        "BSD License" => "LicenseRef-BSD",
        "Boost Software License 1.0 (BSL-1.0)" => "BSL-1.0",
        "CC0 1.0 Universal (CC0 1.0) Public Domain Dedication" => "CC0-1.0",
        "Eclipse Public License 1.0 (EPL-1.0)" => "EPL-1.0",
        "Eclipse Public License 2.0 (EPL-2.0)" => "EPL-2.0",
        "European Union Public Licence 1.1 (EUPL 1.1)" => "EUPL-1.1",
        "European Union Public Licence 1.2 (EUPL 1.2)" => "EUPL-1.2",
        "GNU Affero General Public License v3" => "AGPL-3.0-only",
        "GNU Affero General Public License v3 or later (AGPLv3+)" => "AGPL-3.0-or-later",
        "GNU General Public License (GPL)" => "LicenseRef-GPL",
        "GNU General Public License v2 (GPLv2)" => "GPL-2.0-only",
        "GNU General Public License v2 or later (GPLv2+)" => "GPL-2.0-or-later",
        "GNU General Public License v3 (GPLv3)" => "GPL-3.0-only",
        "GNU General Public License v3 or later (GPLv3+)" => "GPL-3.0-or-later",
        "GNU Lesser General Public License v2 (LGPLv2)" => "LGPL-2.0-only",
        "GNU Lesser General Public License v2 or later (LGPLv2+)" => "LGPL-2.0-or-later",
        "GNU Lesser General Public License v3 (LGPLv3)" => "LGPL-3.0-only",
        "GNU Lesser General Public License v3 or later (LGPLv3+)" => "LGPL-3.0-or-later",
        "GNU Library or Lesser General Public License (LGPL)" => "LicenseRef-LGPL",
        "Historical Permission Notice and Disclaimer (HPND)" => "HPND",
        "ISC License (ISCL)" => "ISC",
        "MIT License" => "MIT",
        "MIT No Attribution License (MIT-0)" => "MIT-0",
        "Mozilla Public License 1.1 (MPL 1.1)" => "MPL-1.1",
        "Mozilla Public License 2.0 (MPL 2.0)" => "MPL-2.0",
        "Public Domain" => "LicenseRef-Public-Domain",
        "Python Software Foundation License" => "PSF-2.0",
        "The Unlicense (Unlicense)" => "Unlicense",
        "Universal Permissive License (UPL)" => "UPL-1.0",
        "University of Illinois/NCSA Open Source License" => "NCSA",
        "zlib/libpng License" => "Zlib",
        "Zope Public License" => "ZPL-2.1",
        _ => return None,
    })
}

/// The normal form of a name (PEP 503): lower case, each run of `-`, `_` and `.` one `-`.
pub(crate) fn normal_name(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    for c in name.trim().chars() {
        match c {
            '-' | '_' | '.' if out.ends_with('-') => {}
            '-' | '_' | '.' => out.push('-'),
            c => out.extend(c.to_lowercase()),
        }
    }
    out
}

fn nameless(path: &str, format: &'static str) -> Problem {
    Problem {
        code: format!("unreadable-{format}"),
        target: path.to_owned(),
        en: format!("{path} names no package or no version; the package is not listed"),
        zh: format!("{path} 未写明包名或版本，该包未列出"),
        fatal: false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn licence(headers: &str) -> Option<String> {
        let text = format!("Metadata-Version: 2.1\nName: a\nVersion: 1\n{headers}\n\nLicense: GPL\n");
        facts_of(text.as_bytes(), "x", "x", None).packages[0].licence.clone()
    }

    #[test]
    fn licences_in_order_of_precision() {
        assert_eq!(
            licence("License-Expression: MIT OR apache-2.0\nLicense: GPL").as_deref(),
            Some("MIT OR Apache-2.0")
        );
        assert_eq!(
            licence("License: MIT\nClassifier: License :: OSI Approved :: BSD License").as_deref(),
            Some("MIT")
        );
        let general = "License: see file\nClassifier: License :: OSI Approved :: Apache Software License";
        assert_eq!(licence(general).as_deref(), Some("Apache-2.0"));
        let text = "License: Copyright 2020\n  Permission is hereby granted\nClassifier: License :: OSI Approved :: MIT License";
        assert_eq!(licence(text).as_deref(), Some("MIT"));
        assert_eq!(licence("License: UNKNOWN"), None);
        assert_eq!(licence("Classifier: License :: OSI Approved"), None);
    }

    #[test]
    fn every_classifier_of_the_table_is_an_expression() {
        let known = ["Apache Software License", "ISC License (ISCL)", "Mozilla Public License 2.0 (MPL 2.0)"];
        for leaf in known {
            let expression = by_classifier(leaf).unwrap();
            assert_eq!(licence::spdx_expression(expression).as_deref(), Some(expression));
        }
    }

    #[test]
    fn names_are_normalised() {
        assert_eq!(normal_name("Zope._-Interface"), "zope-interface");
        assert_eq!(normal_name("Jinja2"), "jinja2");
    }

    #[test]
    fn odd_headers() {
        let text = "\u{feff}name: A_b\r\nno header\r\nVERSION:  1.0 \r\n\r\nName: c\r\n";
        let facts = facts_of(text.as_bytes(), "x", "x", None);
        assert_eq!((facts.packages[0].name.as_str(), facts.packages[0].version.as_str()), ("a-b", "1.0"));
        let facts = facts_of(b"Name: a\n", "x", "x", Some(("b", "2")));
        assert_eq!((facts.packages[0].name.as_str(), facts.packages[0].version.as_str()), ("a", "2"));
        assert_eq!(facts_of(b"\xff\xfe", "x", "f", None).problems[0].code, "unreadable-f");
    }
}
