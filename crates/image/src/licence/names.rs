//! Names of licences, and the identifiers that SPDX gives them.

use super::gnu;
use std::collections::HashMap;
use std::fmt::Write as _;
use std::sync::LazyLock;

/// Longest name that a `LicenseRef-` carries.
const MAX_REFERENCE: usize = 64;

/// Names that are neither identifiers nor full names of the SPDX list, in the form that [`key`] gives.
const ALIASES: &[(&str, &str)] = &[
    ("afl 2.1", "AFL-2.1"),
    ("apache", "Apache-2.0"),
    ("apache 2", "Apache-2.0"),
    ("apache 2.0.0", "Apache-2.0"),
    ("apache software", "Apache-2.0"),
    ("apache software 2", "Apache-2.0"),
    ("apache software 2.0", "Apache-2.0"),
    ("apachev2", "Apache-2.0"),
    ("apache2", "Apache-2.0"),
    ("apache2.0", "Apache-2.0"),
    ("al 2.0", "Apache-2.0"),
    ("asl 1.0", "Apache-1.0"),
    ("asl 1.1", "Apache-1.1"),
    ("asl 2.0", "Apache-2.0"),
    ("asl", "Apache-2.0"),
    ("artistic", "Artistic-1.0-Perl"),
    ("artistic 1", "Artistic-1.0"),
    ("artistic 2", "Artistic-2.0"),
    ("artistic clarified", "ClArtistic"),
    ("perl", "Artistic-1.0-Perl OR GPL-1.0-or-later"),
    ("perl 5", "Artistic-1.0-Perl OR GPL-1.0-or-later"),
    ("perl_5", "Artistic-1.0-Perl OR GPL-1.0-or-later"),
    ("boost", "BSL-1.0"),
    ("boost 1.0", "BSL-1.0"),
    ("boost software", "BSL-1.0"),
    ("bsl", "BSL-1.0"),
    ("2 clause bsd", "BSD-2-Clause"),
    ("3 clause bsd", "BSD-3-Clause"),
    ("4 clause bsd", "BSD-4-Clause"),
    ("bsd 0 clause", "0BSD"),
    ("bsd 2", "BSD-2-Clause"),
    ("bsd 3", "BSD-3-Clause"),
    ("bsd 4", "BSD-4-Clause"),
    ("bsd 2 clauses", "BSD-2-Clause"),
    ("bsd 3 clauses", "BSD-3-Clause"),
    ("bsd 4 clauses", "BSD-4-Clause"),
    ("bsd2", "BSD-2-Clause"),
    ("bsd3", "BSD-3-Clause"),
    ("bsd new", "BSD-3-Clause"),
    ("bsd simplified", "BSD-2-Clause"),
    ("freebsd", "BSD-2-Clause-Views"),
    ("modified bsd", "BSD-3-Clause"),
    ("new bsd", "BSD-3-Clause"),
    ("original bsd", "BSD-4-Clause"),
    ("revised bsd", "BSD-3-Clause"),
    ("simplified bsd", "BSD-2-Clause"),
    ("bsd with advertising", "BSD-4-Clause"),
    ("cc 0", "CC0-1.0"),
    ("cc0", "CC0-1.0"),
    ("cc0 1", "CC0-1.0"),
    ("cc0 1.0 universal cc0 1.0 public domain dedication", "CC0-1.0"),
    ("cc by 3", "CC-BY-3.0"),
    ("cc by 4", "CC-BY-4.0"),
    ("cc by sa 3", "CC-BY-SA-3.0"),
    ("cc by sa 4", "CC-BY-SA-4.0"),
    ("cddl", "CDDL-1.0"),
    ("cddl 1", "CDDL-1.0"),
    ("common development and distribution 1.0", "CDDL-1.0"),
    ("common public", "CPL-1.0"),
    ("eclipse", "EPL-1.0"),
    ("eclipse distribution 1.0", "BSD-3-Clause"),
    ("edl 1.0", "BSD-3-Clause"),
    ("eclipse public 1.0", "EPL-1.0"),
    ("eclipse public 2.0", "EPL-2.0"),
    ("epl", "EPL-1.0"),
    ("epl 1", "EPL-1.0"),
    ("epl 2", "EPL-2.0"),
    ("eupl 1.2", "EUPL-1.2"),
    ("expat", "MIT"),
    ("mit expat", "MIT"),
    ("expat mit", "MIT"),
    ("mit x11", "MIT"),
    ("x11 mit", "MIT"),
    ("mit style", "LicenseRef-MIT-style"),
    ("mit mit", "MIT"),
    ("mit/x11", "MIT"),
    ("mit/expat", "MIT"),
    ("edl 1", "BSD-3-Clause"),
    ("hpnd", "HPND"),
    ("ijg", "IJG"),
    ("isc iscl", "ISC"),
    ("iscl", "ISC"),
    ("lppl", "LPPL-1.0"),
    ("mpl", "MPL-1.1"),
    ("mpl 1", "MPL-1.0"),
    ("mpl 2", "MPL-2.0"),
    ("mplv1.0", "MPL-1.0"),
    ("mplv1.1", "MPL-1.1"),
    ("mplv2", "MPL-2.0"),
    ("mplv2.0", "MPL-2.0"),
    ("mozilla public 1.1", "MPL-1.1"),
    ("mozilla public 2", "MPL-2.0"),
    ("mozilla public 2.0", "MPL-2.0"),
    ("mozilla public 2.0 mpl 2.0", "MPL-2.0"),
    ("mozilla public 1.1 mpl 1.1", "MPL-1.1"),
    ("ncsa", "NCSA"),
    ("university of illinois ncsa open source", "NCSA"),
    ("ofl", "OFL-1.1"),
    ("open font", "OFL-1.1"),
    ("sil ofl 1.1", "OFL-1.1"),
    ("sil 1.1", "OFL-1.1"),
    ("sil ofl", "OFL-1.1"),
    ("openldap", "OLDAP-2.8"),
    ("php", "PHP-3.01"),
    ("php 3", "PHP-3.0"),
    ("php 3.0", "PHP-3.0"),
    ("postgres", "PostgreSQL"),
    ("psf", "PSF-2.0"),
    ("psfl", "PSF-2.0"),
    ("psf 2", "PSF-2.0"),
    ("psf 2.0", "PSF-2.0"),
    ("python", "Python-2.0"),
    ("python 2", "Python-2.0"),
    ("python software foundation", "PSF-2.0"),
    ("python software foundation 2", "PSF-2.0"),
    ("python software foundation 2.0", "PSF-2.0"),
    ("public domain", "LicenseRef-Public-Domain"),
    ("pd", "LicenseRef-Public-Domain"),
    ("suse public domain", "LicenseRef-Public-Domain"),
    ("sleepycat", "Sleepycat"),
    ("ssleay", "OpenSSL"),
    ("unlicense unlicense", "Unlicense"),
    ("upl", "UPL-1.0"),
    ("universal permissive 1.0", "UPL-1.0"),
    ("vim", "Vim"),
    ("w3c", "W3C"),
    ("wtfpl", "WTFPL"),
    ("wtfpl 2", "WTFPL"),
    ("zope public", "ZPL-2.1"),
    ("zpl", "ZPL-2.1"),
    ("zlib libpng", "Zlib"),
    ("zlib/libpng", "Zlib"),
    ("zlib png", "Zlib"),
    ("gpl 1+ or artistic", "Artistic-1.0-Perl OR GPL-1.0-or-later"),
];

/// Deprecated identifiers that stand for a licence with an exception (SPDX License List, "Deprecated").
const DEPRECATED: &[(&str, &str)] = &[
    ("bsd-2-clause-freebsd", "BSD-2-Clause-Views"),
    ("bsd-2-clause-netbsd", "BSD-2-Clause"),
    ("bzip2-1.0.5", "bzip2-1.0.6"),
    ("ecos-2.0", "GPL-2.0-or-later WITH eCos-exception-2.0"),
    ("gpl-2.0-with-autoconf-exception", "GPL-2.0-only WITH Autoconf-exception-2.0"),
    ("gpl-2.0-with-bison-exception", "GPL-2.0-only WITH Bison-exception-2.2"),
    ("gpl-2.0-with-classpath-exception", "GPL-2.0-only WITH Classpath-exception-2.0"),
    ("gpl-2.0-with-font-exception", "GPL-2.0-only WITH Font-exception-2.0"),
    ("gpl-2.0-with-gcc-exception", "GPL-2.0-only WITH GCC-exception-2.0"),
    ("gpl-3.0-with-autoconf-exception", "GPL-3.0-only WITH Autoconf-exception-3.0"),
    ("gpl-3.0-with-gcc-exception", "GPL-3.0-only WITH GCC-exception-3.1"),
    ("standardml-nj", "SMLNJ"),
    ("wxwindows", "LGPL-2.0-or-later WITH WxWindows-exception-3.1"),
    ("net-snmp", "Net-SNMP"),
    ("nunit", "zlib-acknowledgement"),
];

/// Everything that is looked up in one step: identifiers in lower case, keys of full names and of aliases.
static BY_NAME: LazyLock<HashMap<String, &'static str>> = LazyLock::new(|| {
    let mut map = HashMap::with_capacity(spdx::identifiers::LICENSES.len() * 3);
    for licence in spdx::identifiers::LICENSES.iter().filter(|l| l.name != "NOASSERTION") {
        map.entry(key(licence.full_name)).or_insert(licence.name);
    }
    for licence in spdx::identifiers::LICENSES.iter().filter(|l| l.name != "NOASSERTION") {
        map.insert(key(licence.name), licence.name);
    }
    map.extend(ALIASES.iter().map(|(name, id)| ((*name).to_owned(), *id)));
    for licence in spdx::identifiers::LICENSES.iter().filter(|l| l.name != "NOASSERTION") {
        map.insert(licence.name.to_ascii_lowercase(), licence.name);
    }
    map.extend(DEPRECATED.iter().map(|(name, id)| ((*name).to_owned(), *id)));
    map
});

static EXCEPTIONS: LazyLock<HashMap<String, &'static str>> = LazyLock::new(|| {
    spdx::identifiers::EXCEPTIONS.iter().map(|e| (e.name.to_ascii_lowercase(), e.name)).collect()
});

/// The identifier, or small expression, that a name means; `None` for names that no list knows.
pub(super) fn identifier(name: &str) -> Option<String> {
    let name = name.trim().trim_end_matches('.');
    if let Some(reference) = own_reference(name) {
        return Some(reference);
    }
    if name.is_empty() || name.len() > 256 {
        return None;
    }
    let lower = name.to_ascii_lowercase();
    if let Some(id) = BY_NAME.get(lower.as_str()).filter(|id| !is_old_gnu(id)) {
        return Some((*id).to_owned());
    }
    if let Some(id) = gnu::identifier(&lower) {
        return Some(id.to_owned());
    }
    if let Some(id) = lower.strip_suffix('+').and_then(|front| BY_NAME.get(front)).filter(|id| has_later(id))
    {
        return Some(format!("{id}+"));
    }
    BY_NAME.get(key(name).as_str()).filter(|id| !is_old_gnu(id)).map(|id| (*id).to_owned())
}

/// Exceptions as distributions name them, without the word "exception".
const EXCEPTION_ALIASES: &[(&str, &str)] = &[
    ("autoconf", "Autoconf-exception-generic"),
    ("bison", "Bison-exception-2.2"),
    ("classpath", "Classpath-exception-2.0"),
    ("font", "Font-exception-2.0"),
    ("gcc", "GCC-exception-3.1"),
    ("gcc rle", "GCC-exception-3.1"),
    ("gcc runtime library", "GCC-exception-3.1"),
    ("libtool", "Libtool-exception"),
    ("linux syscall note", "Linux-syscall-note"),
    ("llvm", "LLVM-exception"),
    ("texinfo", "Texinfo-exception"),
];

/// The identifier of an exception.
pub(super) fn exception(name: &str) -> Option<&'static str> {
    let lower = name.trim().to_ascii_lowercase();
    if let Some(id) = EXCEPTIONS.get(lower.as_str()) {
        return Some(id);
    }
    let words: Vec<&str> = lower
        .split(|c: char| c.is_whitespace() || matches!(c, '-' | '_'))
        .filter(|word| !matches!(*word, "" | "the" | "exception" | "exceptions"))
        .collect();
    let plain = words.join(" ");
    EXCEPTION_ALIASES.iter().find(|(alias, _)| *alias == plain).map(|(_, id)| *id)
}

/// `LicenseRef-` and the name, as far as SPDX allows its characters; `None` where nothing remains of it.
pub(super) fn reference(name: &str) -> Option<String> {
    let mut out = String::from("LicenseRef-");
    let front = out.len();
    for c in name.chars() {
        let before = out.len();
        match c {
            'a'..='z' | 'A'..='Z' | '0'..='9' | '.' => out.push(c),
            _ if c.is_alphanumeric() => {
                // Writing to a String cannot fail.
                let _ = write!(out, "u{:x}", u32::from(c));
            }
            _ if out.len() > front && !out.ends_with('-') => out.push('-'),
            _ => {}
        }
        if out.len() > front + MAX_REFERENCE {
            out.truncate(before);
            break;
        }
    }
    let length = out.trim_end_matches(['-', '.']).len();
    out.truncate(length);
    (out.len() > front).then_some(out)
}

/// `LicenseRef-x` and `DocumentRef-x:LicenseRef-y` stay what they are.
fn own_reference(name: &str) -> Option<String> {
    if name.contains(char::is_whitespace) {
        return None;
    }
    if let Some(own) = name.strip_prefix("LicenseRef-") {
        return reference(own);
    }
    let (document, own) = name.strip_prefix("DocumentRef-")?.split_once(":LicenseRef-")?;
    let (document, own) = (reference(document)?, reference(own)?);
    Some(format!("DocumentRef-{}:{own}", document.trim_start_matches("LicenseRef-")))
}

/// Deprecated `GPL-2.0` and `GPL-2.0+`; [`gnu`] names them as they are named now.
fn is_old_gnu(id: &str) -> bool {
    is_gnu(id) && !id.contains(' ') && !id.ends_with("-only") && !id.ends_with("-or-later")
}

/// Only an identifier of the list may have a `+`, and GNU's say `-or-later`.
fn has_later(id: &str) -> bool {
    !id.contains(' ') && !id.starts_with("LicenseRef-") && !is_gnu(id)
}

fn is_gnu(id: &str) -> bool {
    ["GPL-", "LGPL-", "AGPL-", "GFDL-"].iter().any(|family| id.starts_with(family))
}

/// Lower case, single spaces for punctuation, without words that say nothing, `v2` as `2`.
fn key(name: &str) -> String {
    let lower = name.to_ascii_lowercase();
    let mut out = String::with_capacity(lower.len());
    for word in lower.split(|c: char| !(c.is_alphanumeric() || matches!(c, '.' | '+'))) {
        let number = word.strip_prefix('v').filter(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
        let word = number.unwrap_or(word).trim_end_matches('.');
        if matches!(word, "" | "the" | "license" | "licence" | "licensed" | "version" | "v" | "under") {
            continue;
        }
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(word);
    }
    out
}
