//! Where a token may come from: anywhere, or some networks only.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use ipnet::{IpNet, Ipv4Net};

/// How many bits of an IPv6 address come before an IPv4 address that is mapped into it.
const MAPPED: u8 = 96;

/// The addresses that a token may come from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Addresses {
    /// All of them.
    #[default]
    Anywhere,
    /// Those of these networks. Without one, none.
    Only(Vec<Network>),
}

/// A network, or one address: `10.0.0.0/8`, `2001:db8::/32`, `203.0.113.9`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Network(IpNet);

impl Addresses {
    /// Those of these networks; all of them where none is named.
    #[must_use]
    pub fn of(mut networks: Vec<Network>) -> Self {
        networks.sort_unstable();
        networks.dedup();
        if networks.is_empty() { Self::Anywhere } else { Self::Only(networks) }
    }

    /// Whether a token may come from here.
    #[must_use]
    pub fn admit(&self, address: IpAddr) -> bool {
        match self {
            Self::Anywhere => true,
            Self::Only(networks) => networks.iter().any(|network| network.contains(address)),
        }
    }

    /// The networks; none where a token may come from anywhere.
    #[must_use]
    pub fn networks(&self) -> Option<&[Network]> {
        match self {
            Self::Anywhere => None,
            Self::Only(networks) => Some(networks),
        }
    }

    /// The text that a store keeps; none for anywhere.
    pub(crate) fn kept(&self) -> Option<String> {
        self.networks()
            .map(|networks| networks.iter().map(ToString::to_string).collect::<Vec<_>>().join(" "))
    }

    /// What a store kept. Whatever cannot be read admits nobody: it was meant to keep somebody out, and
    /// one wrong row must not keep all other tokens from being read.
    pub(crate) fn from_kept(text: Option<&str>) -> Self {
        let Some(text) = text else { return Self::Anywhere };
        let networks = text.split_ascii_whitespace().map(str::parse).collect::<Result<_, _>>();
        Self::Only(networks.unwrap_or_default())
    }
}

impl fmt::Display for Addresses {
    /// `anywhere`, `nowhere`, `10.0.0.0/8, 2001:db8::/32`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(networks) = self.networks() else { return f.write_str("anywhere") };
        if networks.is_empty() {
            return f.write_str("nowhere");
        }
        for (at, network) in networks.iter().enumerate() {
            let comma = if at > 0 { ", " } else { "" };
            write!(f, "{comma}{network}")?;
        }
        Ok(())
    }
}

impl Network {
    /// Whether an address is in it. One of IPv4 that is mapped into IPv6 is what it is mapped from.
    fn contains(&self, address: IpAddr) -> bool {
        self.0.contains(&address.to_canonical())
    }
}

impl FromStr for Network {
    type Err = NotANetwork;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        let written = || text.to_owned();
        let network: IpNet = match text.parse::<IpAddr>() {
            Ok(address) => address.into(),
            Err(_) => text.parse().map_err(|_| NotANetwork::Unreadable(written()))?,
        };
        let network = unmapped(network);
        let whole = network.trunc();
        if whole != network {
            return Err(NotANetwork::BitsBehind { text: written(), whole: whole.to_string() });
        }
        Ok(Self(network))
    }
}

/// Addresses are compared as what they are mapped from, so networks are kept as that.
fn unmapped(network: IpNet) -> IpNet {
    match (network, network.addr().to_canonical()) {
        (IpNet::V6(v6), IpAddr::V4(address)) => v6
            .prefix_len()
            .checked_sub(MAPPED)
            .and_then(|bits| Ipv4Net::new(address, bits).ok())
            .map_or(network, IpNet::V4),
        _ => network,
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

/// Why a text is no network.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotANetwork {
    /// It is something else.
    #[error("`{0}` is no network; write 10.0.0.0/8, 2001:db8::/32 or one address")]
    Unreadable(String),
    /// It names an address within a network, so it is unclear which of the two is meant.
    #[error("`{text}` has bits behind its prefix; write {whole}, or one address without a prefix")]
    BitsBehind {
        /// What was written.
        text: String,
        /// The network around it.
        whole: String,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    fn addresses(text: &str) -> Addresses {
        Addresses::of(text.split(' ').map(|part| part.parse().unwrap()).collect())
    }

    #[track_caller]
    fn check(networks: &str, address: &str, admitted: bool) {
        let admits = addresses(networks).admit(address.parse().unwrap());
        assert_eq!(admits, admitted, "{address} in {networks}");
    }

    #[test]
    fn an_address_is_admitted_by_the_network_that_it_is_in_and_by_no_other() {
        check("10.0.0.0/8", "10.255.0.1", true);
        check("10.0.0.0/8", "11.0.0.1", false);
        check("203.0.113.9", "203.0.113.9", true);
        check("203.0.113.9", "203.0.113.10", false);
        check("2001:db8::/32", "2001:db8:1::1", true);
        check("2001:db8::/32", "2001:db9::1", false);
        check("10.0.0.0/8 2001:db8::/32", "2001:db8::1", true);
        check("0.0.0.0/0", "2001:db8::1", false);
        check("::/0", "10.0.0.1", false);
    }

    #[test]
    fn an_ipv4_address_is_the_same_when_it_is_mapped_into_ipv6() {
        check("10.0.0.0/8", "::ffff:10.0.0.1", true);
        check("10.0.0.0/8", "::ffff:11.0.0.1", false);
        check("::ffff:10.0.0.0/104", "10.0.0.1", true);
        check("::ffff:10.0.0.0/104", "::ffff:10.0.0.1", true);
        check("::ffff:10.0.0.1", "10.0.0.1", true);
        check("::/0", "::ffff:10.0.0.1", false);
    }

    #[test]
    fn no_network_is_anywhere_and_what_cannot_be_read_is_nowhere() {
        let address = "10.0.0.1".parse().unwrap();
        assert!(Addresses::of(Vec::new()).admit(address));
        assert!(Addresses::from_kept(None).admit(address));
        for text in ["", "10.0.0.0/8 nonsense", "10.0.0.0/33", "10.0.0.1/8"] {
            assert!(!Addresses::from_kept(Some(text)).admit(address), "{text}");
        }
    }

    #[test]
    fn what_is_kept_comes_back() {
        for networks in ["10.0.0.0/8", "2001:db8::/32 10.0.0.0/8 10.0.0.0/8", "203.0.113.9"] {
            let one = addresses(networks);
            assert_eq!(Addresses::from_kept(one.kept().as_deref()), one);
        }
        assert_eq!(addresses("2001:db8::/32 10.0.0.0/8").to_string(), "10.0.0.0/8, 2001:db8::/32");
    }

    #[test]
    fn what_is_no_network_is_told_how_to_write_one() {
        for text in ["", "10.0.0.0/33", "10.0.0/8", "localhost", "10.0.0.0-10.0.0.9", "::/129"] {
            let failure = text.parse::<Network>().unwrap_err().to_string();
            assert!(failure.contains("write 10.0.0.0/8"), "{text}: {failure}");
        }
        let failure = "10.1.2.3/8".parse::<Network>().unwrap_err().to_string();
        assert!(failure.contains("write 10.0.0.0/8, or one address"), "{failure}");
    }
}
