//! Addresses from advisories, as far as they may become links.

/// The address where it is an absolute http or https URL of plain printable ASCII; `None` for all else, such as
/// `javascript:` and what contains spaces, quotes or brackets (RFC 3986, section 2).
pub fn web_address(text: &str) -> Option<&str> {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"))?;
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let allowed = |b: u8| b.is_ascii_alphanumeric() || b"-._~:/?#@!$&'()*+,;=%".contains(&b);
    let good_percent = |text: &str| {
        text.split('%').skip(1).all(|part| part.bytes().take(2).filter(u8::is_ascii_hexdigit).count() == 2)
    };
    let good = !host.is_empty() && text.bytes().all(allowed) && good_percent(text);
    (good && rest.matches('#').count() < 2).then_some(text)
}

/// The page of the public catalogue that keeps an id: NVD, GitHub, the Go database, RustSec.
pub fn catalogue_page(id: &str) -> Option<String> {
    let plain = id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    let prefix = id.split('-').next().unwrap_or_default();
    let front = match prefix {
        "CVE" => "https://nvd.nist.gov/vuln/detail/",
        "GHSA" => "https://github.com/advisories/",
        "GO" => "https://pkg.go.dev/vuln/",
        "RUSTSEC" | "PYSEC" | "OSV" | "MAL" => "https://osv.dev/vulnerability/",
        _ => return None,
    };
    plain.then(|| format!("{front}{id}"))
}

/// The name of the catalogue that keeps an id.
pub fn catalogue_name(id: &str) -> &'static str {
    match id.split('-').next().unwrap_or_default() {
        "CVE" => "NVD",
        "GHSA" => "GitHub",
        "GO" => "Go",
        "RUSTSEC" => "RustSec",
        "PYSEC" => "PyPA",
        _ => "OSV",
    }
}

/// A path as a relative URI: all but unreserved characters and slashes as `%XX` (RFC 3986, section 2.1).
pub fn path_uri(path: &str) -> String {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    let mut out = String::with_capacity(path.len());
    for byte in path.trim_start_matches('/').bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push('%');
            out.push(char::from(HEX[usize::from(byte >> 4)]));
            out.push(char::from(HEX[usize::from(byte & 15)]));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_web_addresses_become_links() {
        for good in ["https://a.example/b?c=d#e", "http://a", "https://a.example/%7Eb"] {
            assert_eq!(web_address(good), Some(good));
        }
        for bad in [
            "javascript:alert(1)",
            "https://",
            "https:///x",
            "https://a/ b",
            "https://a/\"",
            "//a",
            "https://a/%zz",
            "https://漏",
        ] {
            assert_eq!(web_address(bad), None, "{bad}");
        }
        assert_eq!(
            catalogue_page("CVE-2024-21626").unwrap(),
            "https://nvd.nist.gov/vuln/detail/CVE-2024-21626"
        );
        assert_eq!(catalogue_page("CVE-2024-1\"><x>"), None);
    }

    #[test]
    fn paths_become_uris() {
        assert_eq!(path_uri("/a b/c!d:é"), "a%20b/c%21d%3A%C3%A9");
    }
}
