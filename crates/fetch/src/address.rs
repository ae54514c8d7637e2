//! Addresses: taken apart, joined with a redirect's target, and shown without their secrets.

use crate::fetch_error::FetchError;
use ureq::http::Uri;

/// Longest address, in bytes.
const MAX_LENGTH: usize = 16 << 10;

/// An http or https address with a host.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(crate) struct Address {
    uri: Uri,
    https: bool,
}

impl Address {
    /// Reads an absolute address. One with a user in it is refused: it would end in logs of others.
    pub(crate) fn parse(text: &str) -> Result<Address, FetchError> {
        let fault = |reason| FetchError::Address { url: shown(text), reason };
        if text.len() > MAX_LENGTH {
            return Err(fault("the address is too long"));
        }
        let uri: Uri = text.parse().map_err(|_| fault("this is no address"))?;
        let https = match uri.scheme_str() {
            Some("https") => true,
            Some("http") => false,
            _ => return Err(fault("only https:// and http:// addresses can be fetched")),
        };
        let authority = uri.authority().ok_or_else(|| fault("the address has no host"))?;
        if authority.host().is_empty() {
            return Err(fault("the address has no host"));
        }
        if authority.as_str().contains('@') {
            return Err(fault("an address must not carry a login"));
        }
        Ok(Address { uri, https })
    }

    /// The target of a `Location` header (RFC 9110, section 10.2.2; RFC 3986, section 5.2 without dot segments).
    pub(crate) fn join(&self, location: &str) -> Result<Address, FetchError> {
        let location = location.split('#').next().unwrap_or_default();
        let scheme = if self.https { "https" } else { "http" };
        let has_scheme = |(front, _): (&str, &str)| front.bytes().all(|b| b.is_ascii_alphanumeric());
        if location.split_once("://").is_some_and(has_scheme) {
            return Address::parse(location);
        }
        if location.starts_with("//") {
            return Address::parse(&format!("{scheme}:{location}"));
        }
        let front = format!("{scheme}://{}", self.authority());
        if location.starts_with('/') {
            return Address::parse(&format!("{front}{location}"));
        }
        let path = self.uri.path();
        if location.starts_with('?') {
            return Address::parse(&format!("{front}{path}{location}"));
        }
        let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
        Address::parse(&format!("{front}{folder}/{location}"))
    }

    pub(crate) fn uri(&self) -> &Uri {
        &self.uri
    }

    pub(crate) fn https(&self) -> bool {
        self.https
    }

    /// `host[:port]` as written.
    pub(crate) fn authority(&self) -> &str {
        self.uri.authority().map_or("", |a| a.as_str())
    }

    /// The host without brackets.
    pub(crate) fn host(&self) -> &str {
        self.uri.host().unwrap_or_default().trim_start_matches('[').trim_end_matches(']')
    }

    pub(crate) fn port(&self) -> u16 {
        self.uri.port_u16().unwrap_or(if self.https { 443 } else { 80 })
    }

    /// True where a header meant for `self` may go to `other`: same scheme, host and port.
    pub(crate) fn same_origin(&self, other: &Address) -> bool {
        self.https == other.https
            && self.port() == other.port()
            && self.host().eq_ignore_ascii_case(other.host())
    }

    /// The address for people: no query.
    pub(crate) fn shown(&self) -> String {
        shown(&self.uri.to_string())
    }
}

impl std::fmt::Debug for Address {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.shown())
    }
}

/// An address without user, password, query and fragment; at most 300 characters.
pub(crate) fn shown(text: &str) -> String {
    let bare = text.split(['?', '#']).next().unwrap_or_default();
    let bare = match bare.split_once("://") {
        Some((scheme, rest)) => {
            let (authority, path) = rest.split_once('/').map_or((rest, None), |(a, p)| (a, Some(p)));
            let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
            path.map_or_else(|| format!("{scheme}://{host}"), |path| format!("{scheme}://{host}/{path}"))
        }
        None => bare.rsplit_once('@').map_or(bare, |(_, host)| host).to_owned(),
    };
    bare.chars().filter(|c| !c.is_control()).take(300).collect()
}

/// Percent-encodes a query's name or value (RFC 3986, section 2.3: all but the unreserved characters).
pub(crate) fn encode(text: &str) -> String {
    use std::fmt::Write as _;
    text.bytes().fold(String::with_capacity(text.len()), |mut out, byte| {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            out.push(char::from(byte));
        } else {
            // Writing to a String cannot fail.
            let _ = write!(out, "%{byte:02X}");
        }
        out
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn redirects_are_joined() {
        let base = Address::parse("https://q.io:5000/v2/a/blobs/x?y=1").unwrap();
        let joined = |location: &str| base.join(location).unwrap().uri().to_string();
        assert_eq!(joined("https://s3.example/b?sig=1"), "https://s3.example/b?sig=1");
        assert_eq!(joined("//s3.example/b"), "https://s3.example/b");
        assert_eq!(joined("/b?next=http://x"), "https://q.io:5000/b?next=http://x");
        assert_eq!(joined("b#f"), "https://q.io:5000/v2/a/blobs/b");
        assert_eq!(joined("?z=2"), "https://q.io:5000/v2/a/blobs/x?z=2");
        assert!(base.join("file:///etc/passwd").is_err());
        assert!(base.join("https://u:p@q.io/").is_err());
    }

    #[test]
    fn origins_differ_by_scheme_host_and_port() {
        let at = |text: &str| Address::parse(text).unwrap();
        assert!(at("https://q.io/a").same_origin(&at("https://Q.io:443/b")));
        assert!(!at("https://q.io/a").same_origin(&at("https://q.io:444/a")));
        assert!(!at("https://q.io/a").same_origin(&at("http://q.io/a")));
        assert!(!at("https://q.io/a").same_origin(&at("https://a.q.io/a")));
        assert_eq!(at("http://[::1]:5000/").host(), "::1");
    }

    #[test]
    fn shown_addresses_hold_no_secrets() {
        assert_eq!(shown("https://u:p@q.io/a?X-Amz-Signature=s#f"), "https://q.io/a");
        assert_eq!(shown("http://u:p@proxy:3128"), "http://proxy:3128");
        assert_eq!(shown("u:p@proxy:3128"), "proxy:3128");
        assert_eq!(format!("{:?}", Address::parse("https://q.io/a?s=1").unwrap()), "https://q.io/a");
        assert_eq!(encode("repository:a/b:pull"), "repository%3Aa%2Fb%3Apull");
    }
}
