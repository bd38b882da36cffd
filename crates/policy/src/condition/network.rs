//! Networks, as `in_network` takes them: `10.0.0.0/8`.

use core::net::IpAddr;

/// A network: the addresses that begin as one does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Network {
    first: IpAddr,
    bits: u8,
}

impl Network {
    /// Reads `10.0.0.0/8` or one address alone; else says what is wrong.
    pub(super) fn read(text: &str) -> Result<Self, String> {
        let (address, bits) = match text.split_once('/') {
            Some((address, bits)) => (address, Some(bits)),
            None => (text, None),
        };
        let example = "write it like \"10.0.0.0/8\" or \"2001:db8::/32\"";
        let first: IpAddr = address.parse().map_err(|_| example.to_owned())?;
        let width = if first.is_ipv4() { 32 } else { 128 };
        let plain =
            |bits: &str| bits.bytes().all(|b| b.is_ascii_digit()) && !bits.starts_with("00");
        let bits = match bits {
            None => width,
            Some(bits) if plain(bits) => bits.parse().map_err(|_| example.to_owned())?,
            Some(_) => return Err(example.to_owned()),
        };
        if bits > width {
            return Err(format!("an address of this kind has {width} bits"));
        }
        if first.to_canonical() != first {
            return Err(format!("write it as IPv4: {}", first.to_canonical()));
        }
        let network = Self { first, bits };
        let start = network.start();
        if start != first {
            return Err(format!("this network begins at {start}/{bits}"));
        }
        Ok(network)
    }

    /// Whether an address lies in it. An IPv4 address that is written as IPv6 is the IPv4 address.
    pub(super) fn contains(self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        address.is_ipv4() == self.first.is_ipv4()
            && Self { first: address, bits: self.bits }.start() == self.first
    }

    /// The first address of the network that this one lies in.
    fn start(self) -> IpAddr {
        match self.first {
            IpAddr::V4(address) => {
                let mask = u32::MAX.checked_shl(32 - u32::from(self.bits)).unwrap_or(0);
                IpAddr::V4((address.to_bits() & mask).into())
            }
            IpAddr::V6(address) => {
                let mask = u128::MAX.checked_shl(128 - u32::from(self.bits)).unwrap_or(0);
                IpAddr::V6((address.to_bits() & mask).into())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(network: &str, address: &str, expected: bool) {
        let network = Network::read(network).unwrap();
        assert_eq!(network.contains(address.parse().unwrap()), expected, "{address}");
    }

    #[test]
    fn a_network_is_all_addresses_that_begin_as_it_does() {
        check("10.0.0.0/8", "10.255.0.1", true);
        check("10.0.0.0/8", "11.0.0.1", false);
        check("10.0.0.0/8", "::ffff:10.1.2.3", true);
        check("10.1.2.3", "10.1.2.3", true);
        check("10.1.2.3", "10.1.2.4", false);
        check("0.0.0.0/0", "203.0.113.9", true);
        check("0.0.0.0/0", "2001:db8::1", false);
        check("::/0", "2001:db8::1", true);
        check("::/0", "::ffff:10.1.2.3", false);
        check("2001:db8::/32", "2001:db8:ffff::1", true);
        check("2001:db8::/32", "2001:db9::1", false);
    }

    #[test]
    fn what_is_no_network_is_refused() {
        for text in ["", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/+8", "10.0.0/8", "10.0.0.0/008"] {
            Network::read(text).unwrap_err();
        }
        assert_eq!(Network::read("10.1.0.0/8").unwrap_err(), "this network begins at 10.0.0.0/8");
        assert_eq!(Network::read("::ffff:10.0.0.0/120").unwrap_err(), "write it as IPv4: 10.0.0.0");
        assert_eq!(Network::read("::/129").unwrap_err(), "an address of this kind has 128 bits");
    }
}
