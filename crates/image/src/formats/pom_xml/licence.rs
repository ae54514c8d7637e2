//! Licences as Maven projects and OSGi bundles state them: mostly names and addresses in free text.

/// What only Java projects write: beginnings of names, in small letters and without punctuation. The first that fits
/// decides.
const NAMES: &[(&str, &str)] = &[
    ("apache software license version 11", "Apache-1.1"),
    ("the apache software license version 11", "Apache-1.1"),
    ("asl 20", "Apache-2.0"),
    ("bouncy castle", "MIT"),
    ("cddl gplv2 with classpath exception", "CDDL-1.0 OR GPL-2.0-only WITH Classpath-exception-2.0"),
    ("cddl 11", "CDDL-1.1"),
    ("common development and distribution license cddl version 11", "CDDL-1.1"),
    ("common development and distribution license", "CDDL-1.0"),
    ("eclipse public license 20", "EPL-2.0"),
    ("epl 20", "EPL-2.0"),
    ("epl 10", "EPL-1.0"),
    ("edl 10", "BSD-3-Clause"),
    ("gpl2 w cpe", "GPL-2.0-only WITH Classpath-exception-2.0"),
    (
        "gnu general public license gpl version 2 with the classpath exception",
        "GPL-2.0-only WITH Classpath-exception-2.0",
    ),
    ("mpl 11", "MPL-1.1"),
];

/// Parts of addresses.
const ADDRESSES: &[(&str, &str)] = &[
    ("apache.org/licenses/license-1.1", "Apache-1.1"),
    ("apache.org/licenses/license-2.0", "Apache-2.0"),
    ("opensource.org/licenses/apache-2.0", "Apache-2.0"),
    ("opensource.org/licenses/mit", "MIT"),
    ("opensource.org/licenses/bsd-3-clause", "BSD-3-Clause"),
    ("opensource.org/licenses/bsd-2-clause", "BSD-2-Clause"),
    ("eclipse.org/legal/epl-2.0", "EPL-2.0"),
    ("eclipse.org/legal/epl-v20", "EPL-2.0"),
    ("eclipse.org/legal/epl-v10", "EPL-1.0"),
    ("eclipse.org/org/documents/epl-v10", "EPL-1.0"),
    ("mozilla.org/mpl/2.0", "MPL-2.0"),
    ("gnu.org/licenses/old-licenses/lgpl-2.1", "LGPL-2.1-only"),
    ("gnu.org/licenses/lgpl-3.0", "LGPL-3.0-only"),
    ("creativecommons.org/publicdomain/zero/1.0", "CC0-1.0"),
];

/// An OSGi `Bundle-License`: clauses separated by commas, each a name or an address with attributes.
pub(crate) fn bundle(header: &str) -> Option<String> {
    // `<<EXTERNAL>>` is OSGi's word for "stated elsewhere".
    let clauses =
        header.split(',').map(|clause| clause.split(';').next().unwrap_or_default().trim().trim_matches('"'));
    expression(clauses.filter(|clause| !clause.is_empty() && *clause != "<<EXTERNAL>>"))
}

/// One expression for licences among which a user may choose (POM Reference, "Licenses").
pub(super) fn expression<'a>(names: impl Iterator<Item = &'a str>) -> Option<String> {
    let mut out: Vec<String> = Vec::new();
    for name in names.take(16) {
        let one = one(name);
        if !out.contains(&one) {
            out.push(one);
        }
    }
    (!out.is_empty()).then(|| out.join(" OR "))
}

fn one(name: &str) -> String {
    let small = name.to_ascii_lowercase();
    if small.contains("://") {
        let found = ADDRESSES.iter().find(|(address, _)| small.contains(address));
        return found.map_or_else(|| reference(name), |(_, id)| (*id).to_owned());
    }
    let plain: String = small.chars().map(|c| if c == '-' { ' ' } else { c }).collect();
    let plain: String = plain.chars().filter(|c| c.is_ascii_alphanumeric() || *c == ' ').collect();
    let plain = plain.split_whitespace().collect::<Vec<_>>().join(" ");
    let begins =
        |front: &str| plain.strip_prefix(front).is_some_and(|rest| rest.is_empty() || rest.starts_with(' '));
    match NAMES.iter().find(|(front, _)| begins(front)) {
        Some((_, id)) => (*id).to_owned(),
        None => crate::licence::spdx_expression(name).unwrap_or_else(|| reference(name)),
    }
}

/// What is no known licence: a reference by its own words (SPDX 2.3, section 10.1).
fn reference(name: &str) -> String {
    let id: String =
        name.chars().take(80).map(|c| if c.is_ascii_alphanumeric() || c == '.' { c } else { '-' }).collect();
    format!("LicenseRef-{}", id.trim_matches('-'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_addresses() {
        for (name, id) in [
            ("The Apache Software License, Version 2.0", "Apache-2.0"),
            ("Apache License, Version 2.0", "Apache-2.0"),
            ("Apache-2.0", "Apache-2.0"),
            ("http://www.apache.org/licenses/LICENSE-2.0.txt", "Apache-2.0"),
            ("MIT License", "MIT"),
            ("Mitre Licence", "LicenseRef-Mitre-Licence"),
            ("BSD-3-Clause", "BSD-3-Clause"),
            ("Eclipse Public License - v 1.0", "EPL-1.0"),
            ("Eclipse Public License - v 2.0", "EPL-2.0"),
            (
                "CDDL + GPLv2 with classpath exception",
                "CDDL-1.0 OR GPL-2.0-only WITH Classpath-exception-2.0",
            ),
            ("Bouncy Castle Licence", "MIT"),
            ("https://acme.com/our.html", "LicenseRef-https---acme.com-our.html"),
        ] {
            assert_eq!(one(name), id, "{name}");
        }
        let header = "\"BSD-3-Clause\";link=\"https://x\", MIT , <<EXTERNAL>>";
        assert_eq!(bundle(header).unwrap(), "BSD-3-Clause OR MIT");
        assert_eq!(bundle("<<EXTERNAL>>"), None);
    }
}
