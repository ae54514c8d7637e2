//! Addresses of advisories, made from their ids.

use super::group::Group;
use std::collections::BTreeSet;

/// The pages on a flaw: those of the feed's own tracker first, then by id.
pub(super) fn of(group: &Group, exploited: bool) -> Vec<String> {
    let mut pages: Vec<String> = Vec::new();
    let ids: BTreeSet<&str> = [group.id.as_str()]
        .into_iter()
        .chain(group.aliases.iter().map(String::as_str))
        .chain(group.announcements.iter().map(String::as_str))
        .collect();
    for record in &group.records {
        pages.extend(tracker_page(&record.ecosystem, &group.id));
    }
    pages.extend(page(&group.id));
    pages.extend(ids.into_iter().filter_map(page));
    if exploited {
        pages.push("https://www.cisa.gov/known-exploited-vulnerabilities-catalog".to_owned());
    }
    let mut seen = BTreeSet::new();
    pages.retain(|page| seen.insert(page.clone()));
    pages
}

/// The distribution's own page on a CVE.
fn tracker_page(ecosystem: &str, id: &str) -> Option<String> {
    let front = match ecosystem.split(':').next().unwrap_or_default() {
        _ if !id.starts_with("CVE-") || !plain(id) => return None,
        "Alpine" => "https://security.alpinelinux.org/vuln/",
        "Debian" => "https://security-tracker.debian.org/tracker/",
        "Red Hat" => "https://access.redhat.com/security/cve/",
        "SUSE" | "openSUSE" => "https://www.suse.com/security/cve/",
        "Ubuntu" => "https://ubuntu.com/security/",
        _ => return None,
    };
    Some(format!("{front}{id}"))
}

/// The page of the catalogue that an id belongs to.
fn page(id: &str) -> Option<String> {
    if !plain(id) {
        return None;
    }
    Some(match id.split('-').next().unwrap_or_default() {
        "ALSA" => format!("https://errata.almalinux.org/{id}.html"),
        "BIT" | "MAL" | "OSV" | "PYSEC" | "RXSA" => format!("https://osv.dev/vulnerability/{id}"),
        "CVE" => format!("https://nvd.nist.gov/vuln/detail/{id}"),
        "DLA" | "DSA" => format!("https://security-tracker.debian.org/tracker/{id}"),
        "GHSA" => format!("https://github.com/advisories/{id}"),
        "GO" => format!("https://pkg.go.dev/vuln/{id}"),
        "RHBA" | "RHEA" | "RHSA" => format!("https://access.redhat.com/errata/{id}"),
        "RLSA" => format!("https://errata.rockylinux.org/{id}"),
        "RUSTSEC" => format!("https://rustsec.org/advisories/{id}.html"),
        "USN" => format!("https://ubuntu.com/security/notices/{id}"),
        _ => return None,
    })
}

/// Feeds are strangers: an id that is not made of letters, digits, dots, colons and hyphens makes no address.
fn plain(id: &str) -> bool {
    id.len() < 64 && id.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b':' | b'.'))
}
