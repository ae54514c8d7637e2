//! Which proxy an address goes through: the variables that curl and Go's net/http heed, read as Go reads them.

use crate::environment::Environment;
use crate::reference::is_loopback;
use crate::secret::Secret;
use std::net::IpAddr;

/// The proxies of an environment.
#[derive(Debug, Clone, Default)]
pub struct ProxySettings {
    /// For https addresses.
    pub https: Option<Secret>,
    /// For http addresses.
    pub http: Option<Secret>,
    /// `NO_PROXY`: `*`, host, `.domain`, `host:port`, address, CIDR; divided by commas.
    pub except: String,
}

impl ProxySettings {
    /// Reads HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY; lower case goes first.
    pub fn from_environment(environment: &Environment) -> ProxySettings {
        let first = |names: &[&str]| environment.first(names).map(Secret::new);
        // In a CGI program a client's "Proxy:" header becomes HTTP_PROXY: the upper-case name is not to be trusted.
        let cgi = environment.first(&["REQUEST_METHOD"]).is_some();
        let http: &[&str] =
            if cgi { &["http_proxy"] } else { &["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"] };
        ProxySettings {
            https: first(&["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"]),
            http: first(http),
            except: environment.first(&["no_proxy", "NO_PROXY"]).unwrap_or_default().to_owned(),
        }
    }

    /// The proxy for `host` (without brackets) and `port`. This machine is never reached through one.
    pub fn choose(&self, https: bool, host: &str, port: u16) -> Option<&Secret> {
        let proxy = if https { self.https.as_ref() } else { self.http.as_ref() }?;
        let bracketed = if host.contains(':') { format!("[{host}]") } else { host.to_owned() };
        let excepted =
            is_loopback(&bracketed) || self.except.split([',', ' ']).any(|rule| excepts(rule, host, port));
        (!excepted).then_some(proxy)
    }
}

fn excepts(rule: &str, host: &str, port: u16) -> bool {
    let rule = rule.trim().to_ascii_lowercase();
    let host = host.trim_end_matches('.').to_ascii_lowercase();
    if rule.is_empty() {
        return false;
    }
    if rule == "*" {
        return true;
    }
    let address = host.parse::<IpAddr>().ok();
    if let Some((network, length)) = rule.split_once('/') {
        return match (network.parse::<IpAddr>(), length.parse::<u8>(), address) {
            (Ok(network), Ok(length), Some(address)) => within(address, network, length),
            _ => false,
        };
    }
    if let (Ok(rule), Some(address)) = (rule.trim_matches(['[', ']']).parse::<IpAddr>(), address) {
        return rule == address;
    }
    let (name, wanted) = match rule.rsplit_once(':') {
        Some((name, number)) if number.bytes().all(|b| b.is_ascii_digit()) => {
            (name, number.parse::<u16>().ok())
        }
        _ => (rule.as_str(), Some(port)),
    };
    let name = name.trim_matches(['[', ']']);
    if wanted != Some(port) {
        return false;
    }
    let suffix = name.strip_prefix('*').unwrap_or(name);
    match suffix.strip_prefix('.') {
        // ".example.com" is the domain's hosts; "example.com" the host and the domain's hosts.
        Some(_) => address.is_none() && host.ends_with(suffix),
        None => host == suffix || (address.is_none() && host.ends_with(&format!(".{suffix}"))),
    }
}

fn within(address: IpAddr, network: IpAddr, length: u8) -> bool {
    let (address, network, width) = match (address, network) {
        (IpAddr::V4(a), IpAddr::V4(n)) => (u128::from(a.to_bits()), u128::from(n.to_bits()), 32),
        (IpAddr::V6(a), IpAddr::V6(n)) => (a.to_bits(), n.to_bits(), 128),
        _ => return false,
    };
    // A shift by the whole width has no value: a length of 0 holds every address.
    length <= width && (address ^ network).checked_shr(u32::from(width - length)).is_none_or(|rest| rest == 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn through(except: &str, host: &str, port: u16) -> bool {
        let proxy = Some(Secret::new("http://p:3128"));
        ProxySettings { https: proxy.clone(), http: proxy, except: except.to_owned() }
            .choose(true, host, port)
            .is_some()
    }

    #[test]
    fn exceptions_are_hosts_domains_ports_addresses_and_networks() {
        for (except, host, direct) in [
            ("", "q.io", false),
            ("*", "q.io", true),
            ("q.io", "q.io", true),
            ("Q.IO", "q.io.", true),
            ("q.io", "a.q.io", true),
            ("q.io", "aq.io", false),
            (".q.io", "a.q.io", true),
            (".q.io", "q.io", false),
            ("*.q.io", "a.q.io", true),
            ("x, q.io", "q.io", true),
            ("q.io:443", "q.io", true),
            ("q.io:5000", "q.io", false),
            ("10.0.0.0/8", "10.200.3.4", true),
            ("10.0.0.0/8", "11.0.0.1", false),
            ("0.0.0.0/0", "11.0.0.1", true),
            ("10.0.0.1", "10.0.0.1", true),
            ("10.0.0.1/32", "10.0.0.1", true),
            ("0.0.1", "10.0.0.1", false),
            ("fd00::/8", "fd12::1", true),
            ("::/0", "fd12::1", true),
            ("fd00::/8", "fe80::1", false),
            ("[fd00::1]", "fd00::1", true),
            ("10.0.0.0/99", "10.0.0.0", false),
            ("10.0.0.0/8", "q.io", false),
        ] {
            assert_eq!(!through(except, host, 443), direct, "{except} {host}");
        }
    }

    #[test]
    fn this_machine_is_reached_directly() {
        for host in ["localhost", "127.0.0.1", "::1"] {
            assert!(!through("", host, 443), "{host}");
        }
    }

    #[test]
    fn lower_case_goes_first_and_cgi_is_not_trusted() {
        let both = Environment::default().with("HTTPS_PROXY", "http://a").with("https_proxy", "http://b");
        let settings = ProxySettings::from_environment(&both);
        assert_eq!(settings.choose(true, "q.io", 443).map(Secret::reveal), Some("http://b"));
        assert_eq!(settings.choose(false, "q.io", 80), None);
        let cgi = Environment::default().with("HTTP_PROXY", "http://a").with("REQUEST_METHOD", "GET");
        assert_eq!(ProxySettings::from_environment(&cgi).choose(false, "q.io", 80), None);
        let all = Environment::default().with("ALL_PROXY", "http://c");
        assert!(ProxySettings::from_environment(&all).choose(false, "q.io", 80).is_some());
    }
}
