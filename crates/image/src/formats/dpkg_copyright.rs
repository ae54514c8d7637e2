//! Licences of Debian packages: `usr/share/doc/<package>/copyright`.
//!
//! Machine-readable files (Debian's copyright format 1.0, "DEP-5") name the licence of each group of files; the
//! package's licence demands all of them. In free-form files licences are recognised by their texts, their customary
//! notices and by references to `/usr/share/common-licenses`.

use crate::content::File;
use crate::facts::Facts;
use crate::formats::deb822::paragraphs;
use crate::formats::{Format, FormatError, Wants};
use crate::licence;
use std::collections::{BTreeSet, HashMap};

pub(crate) const FORMAT: Format = Format {
    name: "dpkg_copyright",
    version: 1,
    wants: &[Wants::OneBelow("usr/share/doc", "copyright")],
    database: false,
    parse,
};

const MAX_BYTES: u64 = 16 << 20;
/// Different licences of one package; Chromium names some 70.
const MAX_LICENCES: usize = 256;

fn parse(file: &File<'_>) -> Result<Facts, FormatError> {
    let bytes = file.bytes(MAX_BYTES)?;
    let text = String::from_utf8_lossy(&bytes);
    let package = file.folder().rsplit('/').next().unwrap_or_default();
    let mut facts = Facts::default();
    if let Some(expression) = expression(&text).filter(|_| !package.is_empty()) {
        facts.licences.push((package.to_owned(), expression));
    }
    Ok(facts)
}

/// The licence that a copyright file states; `None` where none is recognised.
fn expression(text: &str) -> Option<String> {
    if is_machine_readable(text) {
        let stated = stated(text);
        if !stated.is_empty() {
            return licence::all_of(stated.iter().map(String::as_str));
        }
    }
    licence::all_of(licence::identifiers_of_text(text))
}

/// The first paragraph of a machine-readable file has the field `Format`; early ones `Format-Specification`.
fn is_machine_readable(text: &str) -> bool {
    paragraphs(text).next().is_some_and(|header| {
        header.field("Format").is_some() || header.field("Format-Specification").is_some()
    })
}

/// Licences of the paragraphs about files; of the header and of licence paragraphs where there are none.
fn stated(text: &str) -> BTreeSet<String> {
    let mut of_files = BTreeSet::new();
    let mut others = BTreeSet::new();
    let texts = texts(text);
    for paragraph in paragraphs(text) {
        let Some(name) = paragraph.field("License") else { continue };
        let set = if paragraph.field("Files").is_some() { &mut of_files } else { &mut others };
        if set.len() >= MAX_LICENCES {
            continue;
        }
        let expression = match name {
            // The name may be left out where the text stands in the same paragraph.
            "" => paragraph
                .whole("License")
                .and_then(|text| licence::all_of(licence::identifiers_of_text(&text))),
            name => licence::spdx_expression(name)
                .map(|expression| texts.get(name).cloned().unwrap_or(expression)),
        };
        set.extend(expression);
    }
    if of_files.is_empty() { others } else { of_files }
}

/// Names of this file's own, which SPDX does not know, whose text in a licence paragraph is one that it knows.
fn texts(text: &str) -> HashMap<&str, String> {
    let own = |name: &str| licence::spdx_expression(name).is_some_and(|id| id.starts_with("LicenseRef-"));
    paragraphs(text)
        .filter(|paragraph| paragraph.field("Files").is_none())
        .filter_map(|paragraph| Some((paragraph, paragraph.field("License")?)))
        .filter(|(_, name)| !name.contains(' ') && own(name))
        .filter_map(|(paragraph, name)| {
            let whole = paragraph.whole("License")?;
            match licence::identifiers_of_text(&whole).as_slice() {
                [one] => Some((name, (*one).to_owned())),
                _ => None,
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn machine_readable_files_name_licences() {
        let text = "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\nUpstream-Name: x\n\n\
                    Files: *\nCopyright: 2020 A\nLicense: GPL-2+\n\nFiles: lib/*\nLicense: Expat or Apache-2.0\n\n\
                    Files: debian/*\nLicense: GPL-2+\n The text\n .\n more\n\nLicense: GPL-3\n text\n";
        assert_eq!(expression(text).as_deref(), Some("GPL-2.0-or-later AND (MIT OR Apache-2.0)"));
    }

    #[test]
    fn names_of_the_files_own_are_told_by_their_texts() {
        let text = "Format: x\n\nFiles: *\nLicense: BSD-google\n\nLicense: BSD-google\n Redistribution and use in source and\n \
                    binary forms, with or without modification. Neither the name may be used to endorse or\n promote.\n";
        assert_eq!(expression(text).as_deref(), Some("BSD-3-Clause"));
    }

    #[test]
    fn free_form_files_are_recognised() {
        let text = "This package was debianized.\n\n    This program is free software; you can redistribute it\n    \
                    under the terms of the GNU General Public License as published by the Free Software Foundation;\n\
                    either version 2 of the License, or (at your option) any later version.\n\nOn Debian systems, the \
                    text is in `/usr/share/common-licenses/GPL-2'.\n\n";
        assert_eq!(expression(text).as_deref(), Some("GPL-2.0-or-later"));
        let text = "under the GNU GPL version 3, see /usr/share/common-licenses/GPL-3.";
        assert_eq!(expression(text).as_deref(), Some("GPL-3.0-only"));
        assert_eq!(expression("All rights reserved."), None);
    }

    #[test]
    fn the_folder_names_the_package() {
        let file = File {
            path: "usr/share/doc/libx-dev/copyright",
            mode: 0o644,
            content: &b"see /usr/share/common-licenses/Apache-2.0\n".to_vec(),
        };
        let facts = parse(&file).unwrap();
        assert_eq!(facts.licences, [("libx-dev".to_owned(), "Apache-2.0".to_owned())]);
    }
}
