//! A name by which a listener is called, such as `kustodian` or `gateway.example.com`.

use std::fmt;
use std::str::FromStr;

use serde::de::{Deserialize, Deserializer, Error, Unexpected, Visitor};

/// The most characters of a name.
const LONGEST: usize = 253;

/// The name of a host, in small letters; without a port, because a listener has one anyway.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostName(Box<str>);

/// What is no name of a host.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected the name of a host, without a port or a scheme")]
pub struct NotAHostName;

impl HostName {
    /// Whether a host, as a request writes it, is this one.
    #[must_use]
    pub fn is(&self, host: &str) -> bool {
        self.0.eq_ignore_ascii_case(host)
    }
}

impl FromStr for HostName {
    type Err = NotAHostName;

    fn from_str(text: &str) -> Result<Self, NotAHostName> {
        let is_legal = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        let mut labels = text.split('.');
        let is_name = text.len() <= LONGEST
            && labels.all(|label| !label.is_empty() && label.bytes().all(is_legal));
        if is_name { Ok(Self(text.to_ascii_lowercase().into())) } else { Err(NotAHostName) }
    }
}

impl<'de> Deserialize<'de> for HostName {
    fn deserialize<D: Deserializer<'de>>(reader: D) -> Result<Self, D::Error> {
        reader.deserialize_str(Name)
    }
}

struct Name;

impl Visitor<'_> for Name {
    type Value = HostName;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name of a host without a port, such as \"kustodian\"")
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<HostName, E> {
        name.parse().map_err(|_| E::invalid_value(Unexpected::Str(name), &self))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_made_of_labels_and_has_no_port() {
        for name in ["kustodian", "gateway.example.com", "my_service", "Gateway-1", "10.0.0.1"] {
            name.parse::<HostName>().unwrap();
        }
        for name in
            ["", ".", "a..b", "a.", "kustodian:8081", "http://a", "*", "*.example.com", "a b"]
        {
            name.parse::<HostName>().unwrap_err();
        }
    }

    #[test]
    fn a_name_is_the_same_in_large_and_small_letters_and_no_other() {
        let name: HostName = "Gateway.example.com".parse().unwrap();
        assert!(name.is("gateway.EXAMPLE.com"));
        assert!(!name.is("gateway.example.com.evil.example"));
        assert!(!name.is("example.com"));
    }
}
