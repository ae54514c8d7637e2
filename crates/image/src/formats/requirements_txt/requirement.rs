//! One logical line of a requirements file.

use crate::formats::python_lock::{is_archive, requirement_name};
use crate::formats::python_metadata::normal_name;

/// What a line says.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Requirement<'l> {
    /// Name and the one version.
    Pinned(&'l str, &'l str),
    /// A name without one version.
    Unpinned(&'l str),
    /// Another file with requirements.
    Include(&'l str),
    /// An option, a folder of the project, or nothing at all.
    Nothing,
    /// None of these.
    Unreadable,
}

/// Reads a line without comment.
pub(super) fn read(line: &str) -> Requirement<'_> {
    let line = line.trim();
    if line.is_empty() {
        return Requirement::Nothing;
    }
    if line.starts_with('-') {
        return option(line);
    }
    let line = without_options(line);
    if let Some((name, address)) = line.split_once('@').filter(|(name, _)| is_name_with_extras(name)) {
        return match requirement_name(name) {
            Some(name) => by_address(Some(name), address.trim()),
            None => Requirement::Unreadable,
        };
    }
    if line.contains("://") || is_archive(without_marker(line)) {
        return by_address(None, line);
    }
    if line.starts_with(['.', '/', '~']) || line.contains('\\') {
        return Requirement::Nothing;
    }
    specified(line)
}

/// `-r file`, `--requirement=file`, `-e place`; other options say nothing about packages.
fn option(line: &str) -> Requirement<'_> {
    let value = |long: &str, short: &str| -> Option<&str> {
        let rest = line.strip_prefix(long).or_else(|| line.strip_prefix(short))?;
        Some(rest.trim_start_matches([' ', '\t', '=']).trim())
    };
    if line.starts_with("--requirement") || line.starts_with("-r") {
        return value("--requirement", "-r").map_or(Requirement::Nothing, Requirement::Include);
    }
    if line.starts_with("--editable") || line.starts_with("-e") {
        return match value("--editable", "-e") {
            Some(place) if place.contains("://") || place.contains("git+") => by_address(None, place),
            _ => Requirement::Nothing,
        };
    }
    Requirement::Nothing
}

/// Without the options behind a requirement (`--hash=…`, `--config-settings …`): pip takes all from the first word
/// that begins with `-`.
fn without_options(line: &str) -> &str {
    let end = line.match_indices([' ', '\t']).map(|(place, _)| place).find(|place| {
        line.get(place + 1..).is_some_and(|rest| rest.starts_with("--") || rest.starts_with("-C"))
    });
    end.and_then(|end| line.get(..end)).unwrap_or(line).trim_end()
}

fn without_marker(line: &str) -> &str {
    line.split(';').next().unwrap_or(line).trim_end()
}

/// `name` or `name[extras]` and nothing else.
fn is_name_with_extras(text: &str) -> bool {
    let text = text.trim();
    let name = requirement_name(text).unwrap_or_default();
    let rest = text.get(name.len()..).unwrap_or_default().trim();
    !name.is_empty() && (rest.is_empty() || rest.starts_with('[') && rest.ends_with(']'))
}

/// `name @ address`, or an address alone. Wheels tell name and version in their own name (PEP 427), archives of
/// sources their version behind the name (PEP 625).
fn by_address<'l>(name: Option<&'l str>, address: &'l str) -> Requirement<'l> {
    let (place, fragment) = address.split_once('#').unwrap_or((address, ""));
    // In an address a marker needs a blank before it, because `;` can be part of one.
    let place = place.split_once(" ;").map_or(place, |(place, _)| place).trim_end();
    let file = place.split('?').next().unwrap_or(place).rsplit('/').next().unwrap_or_default();
    let egg = fragment.split('&').find_map(|part| part.strip_prefix("egg=")).and_then(requirement_name);
    if let Some(stem) = file.strip_suffix(".whl") {
        let mut parts = stem.split('-');
        if let (Some(own), Some(version)) = (parts.next(), parts.next().filter(|v| is_version(v))) {
            return Requirement::Pinned(name.unwrap_or(own), version);
        }
    }
    let is_repository =
        place.contains("git+") || place.contains("hg+") || place.contains("svn+") || place.contains("bzr+");
    let Some(name) = name.or(egg) else {
        let stem = file.split('@').next().unwrap_or(file);
        return match requirement_name(stem.strip_suffix(".git").unwrap_or(stem)) {
            Some(name) => Requirement::Unpinned(name),
            None => Requirement::Nothing,
        };
    };
    let from_sources = [".tar.gz", ".zip", ".tar.bz2", ".tgz"].iter().find_map(|end| file.strip_suffix(end));
    match from_sources.and_then(|stem| stem.rsplit_once('-')) {
        Some((own, version))
            if !is_repository && normal_name(own) == normal_name(name) && is_version(version) =>
        {
            Requirement::Pinned(name, version)
        }
        _ => Requirement::Unpinned(name),
    }
}

/// `name[extras] clauses ; marker`.
fn specified(line: &str) -> Requirement<'_> {
    let Some(name) = requirement_name(line) else { return Requirement::Unreadable };
    let mut rest = without_marker(line).get(name.len()..).unwrap_or_default().trim();
    if rest.starts_with('[') {
        let Some((_, after)) = rest.split_once(']') else { return Requirement::Unreadable };
        rest = after.trim();
    }
    // The parentheses of older metadata.
    let clauses = rest.strip_prefix('(').and_then(|inner| inner.strip_suffix(')')).unwrap_or(rest);
    if clauses.is_empty() {
        return Requirement::Unpinned(name);
    }
    let mut pinned = None;
    for clause in clauses.split(',').map(str::trim).filter(|clause| !clause.is_empty()) {
        if !clause.starts_with(['=', '<', '>', '!', '~']) {
            return Requirement::Unreadable;
        }
        if let Some(version) = clause.strip_prefix("==") {
            let version = version.strip_prefix('=').unwrap_or(version).trim();
            pinned = Some(version).filter(|version| is_version(version)).or(pinned);
        }
    }
    pinned.map_or(Requirement::Unpinned(name), |version| Requirement::Pinned(name, version))
}

/// One version: no wildcard, no words behind it.
fn is_version(text: &str) -> bool {
    let text = text.strip_prefix('v').unwrap_or(text);
    text.starts_with(|c: char| c.is_ascii_digit())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || ".!+-_".contains(c))
}

#[cfg(test)]
mod tests {
    use super::*;
    use Requirement::{Include, Nothing, Pinned, Unpinned, Unreadable};

    #[test]
    fn every_kind_of_line() {
        for (line, wanted) in [
            ("Jinja2==2.10", Pinned("Jinja2", "2.10")),
            ("django [argon2, bcrypt] == 2.2 ; python_version >= '3'", Pinned("django", "2.2")),
            ("idna===2.7", Pinned("idna", "2.7")),
            ("a==1!2.0.post1+local.1", Pinned("a", "1!2.0.post1+local.1")),
            ("boto3>=1.0,==1.0.0,<2", Pinned("boto3", "1.0.0")),
            ("MarkupSafe (==1.1.0)", Pinned("MarkupSafe", "1.1.0")),
            (
                "zope.interface==4.1.0 --global-option=\"x\" --hash=sha256:00",
                Pinned("zope.interface", "4.1.0"),
            ),
            ("six==1.*", Unpinned("six")),
            ("requests>=2.19.0,<3", Unpinned("requests")),
            ("flask~=1.0", Unpinned("flask")),
            ("pytz!=2019.1", Unpinned("pytz")),
            ("urllib3", Unpinned("urllib3")),
            ("requests[socks]", Unpinned("requests")),
            (
                "attrs @ https://e.example/attrs-19.1.0-py2.py3-none-any.whl#sha256=00",
                Pinned("attrs", "19.1.0"),
            ),
            (
                "https://e.example/foo_bar-1.2.0-py3-none-any.whl ; python_version > '3'",
                Pinned("foo_bar", "1.2.0"),
            ),
            ("a-b @ https://e.example/a_b-1.0.tar.gz", Pinned("a-b", "1.0")),
            ("pip @ git+https://e.example/pip@22.0.2", Unpinned("pip")),
            ("git+https://e.example/u/two.git@v1#egg=two_x&subdirectory=a", Unpinned("two_x")),
            ("git+https://e.example/u/two.git@v1", Unpinned("two")),
            ("-e git+https://e.example/u/r@v1#egg=three", Unpinned("three")),
            ("-e .", Nothing),
            ("./local/pkg", Nothing),
            ("--index-url https://e.example/simple", Nothing),
            ("-c constraints.txt", Nothing),
            ("-r base.txt", Include("base.txt")),
            ("--requirement=base.txt", Include("base.txt")),
            ("", Nothing),
            ("These are our requirements:", Unreadable),
            ("[section]", Unreadable),
            ("a[b==1", Unreadable),
        ] {
            assert_eq!(read(line), wanted, "{line}");
        }
    }
}
