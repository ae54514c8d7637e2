//! Sets of addresses and networks.

use std::collections::BTreeMap;
use std::net::IpAddr;

/// Networks of either family; an address alone is a network of one.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub(crate) struct Networks {
    /// For each family and length of prefix the prefixes, sorted.
    v4: Vec<(u8, Vec<u128>)>,
    v6: Vec<(u8, Vec<u128>)>,
}

/// An address and the bits that count.
pub(crate) type Network = (IpAddr, u8);

/// Reads `10.0.0.0/8`, `fd00::/8`, `10.1.2.3`, and `10.0.0.0/255.0.0.0`.
pub(crate) fn parse_network(text: &str) -> Option<Network> {
    let (address, length) = match text.split_once('/') {
        Some((address, length)) => (address, Some(length)),
        None => (text, None),
    };
    let address: IpAddr = address.parse().ok()?;
    let most = if address.is_ipv4() { 32 } else { 128 };
    let length = match length {
        None => most,
        Some(length) => match length.parse::<u8>() {
            Ok(length) => length,
            Err(_) => {
                let mask = u32::from(length.parse::<std::net::Ipv4Addr>().ok()?);
                let ones = mask.leading_ones();
                (mask.count_ones() == ones).then_some(u8::try_from(ones).ok()?)?
            }
        },
    };
    (length <= most).then_some((address, length))
}

/// The first bits of an address, moved to the end.
fn prefix(address: IpAddr, length: u8) -> u128 {
    let (bits, width) = match address {
        IpAddr::V4(address) => (u128::from(u32::from(address)), 32),
        IpAddr::V6(address) => (u128::from(address), 128),
    };
    bits.checked_shr(width - u32::from(length)).unwrap_or(0)
}

impl Networks {
    pub(crate) fn new(networks: &[Network]) -> Networks {
        let family = |v4: bool| {
            let mut by_length: BTreeMap<u8, Vec<u128>> = BTreeMap::new();
            for (address, length) in networks.iter().filter(|(address, _)| address.is_ipv4() == v4) {
                by_length.entry(*length).or_default().push(prefix(*address, *length));
            }
            by_length.values_mut().for_each(|all| {
                all.sort_unstable();
                all.dedup();
            });
            by_length.into_iter().collect()
        };
        Networks { v4: family(true), v6: family(false) }
    }

    pub(crate) fn has(&self, address: IpAddr) -> bool {
        let family = if address.is_ipv4() { &self.v4 } else { &self.v6 };
        family.iter().any(|(length, all)| all.binary_search(&prefix(address, *length)).is_ok())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks_hold_their_addresses() {
        let all: Vec<Network> = ["10.0.0.0/8", "192.168.1.1", "fd00::/8", "172.16.0.0/255.240.0.0"]
            .iter()
            .filter_map(|n| parse_network(n))
            .collect();
        let networks = Networks::new(&all);
        for inside in ["10.255.0.1", "192.168.1.1", "fdab::1", "172.31.255.255"] {
            assert!(networks.has(inside.parse().unwrap()), "{inside}");
        }
        for outside in ["11.0.0.1", "192.168.1.2", "fe00::1", "172.32.0.0", "::a00:1"] {
            assert!(!networks.has(outside.parse().unwrap()), "{outside}");
        }
        assert!(Networks::new(&[parse_network("0.0.0.0/0").unwrap()]).has("1.2.3.4".parse().unwrap()));
        for bad in ["", "10.0.0.0/33", "10/8", "::/129", "10.0.0.0/255.0.255.0", "x"] {
            assert_eq!(parse_network(bad), None, "{bad}");
        }
    }
}
