//! Which client certificate an agent must show, where its policy binds it to one.

use std::fmt;
use std::str::FromStr;

/// The longest name that can be bound to.
const LONGEST_NAME: usize = 512;

/// What tells an agent's certificate from all others: `sha256:` and its fingerprint, or `dns:` or `uri:`
/// and a name that it was issued for.
///
/// A fingerprint is one certificate; a name is whichever certificate the authority issued for it, so it
/// stays when the certificate is renewed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CertificateName {
    /// The SHA-256 of the certificate.
    Sha256([u8; 32]),
    /// A DNS name among its subject alternative names, in lower case.
    Dns(String),
    /// A URI among them, such as a SPIFFE id.
    Uri(String),
}

impl FromStr for CertificateName {
    type Err = InvalidCertificateName;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (kind, name) = text.split_once(':').ok_or(InvalidCertificateName::Kind)?;
        match kind {
            "sha256" => fingerprint(name).map(Self::Sha256),
            "dns" if is_host(name) => Ok(Self::Dns(name.to_ascii_lowercase())),
            "uri" if is_uri(name) => Ok(Self::Uri(name.to_owned())),
            "dns" => Err(InvalidCertificateName::Dns),
            "uri" => Err(InvalidCertificateName::Uri),
            _ => Err(InvalidCertificateName::Kind),
        }
    }
}

impl fmt::Display for CertificateName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sha256(bytes) => {
                f.write_str("sha256:")?;
                bytes.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
            }
            Self::Dns(name) => write!(f, "dns:{name}"),
            Self::Uri(name) => write!(f, "uri:{name}"),
        }
    }
}

/// 64 hexadecimal digits, with or without the colons that other programs print between them.
fn fingerprint(text: &str) -> Result<[u8; 32], InvalidCertificateName> {
    let digits: String = text.chars().filter(|c| *c != ':').collect();
    let mut bytes = [0; 32];
    if digits.len() != bytes.len() * 2 || !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return Err(InvalidCertificateName::Fingerprint);
    }
    for (at, byte) in bytes.iter_mut().enumerate() {
        let pair = digits.get(at * 2..at * 2 + 2).unwrap_or_default();
        *byte = u8::from_str_radix(pair, 16).map_err(|_| InvalidCertificateName::Fingerprint)?;
    }
    Ok(bytes)
}

/// One host: a name with a wildcard would be many.
fn is_host(name: &str) -> bool {
    let legal = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    let is_label = |label: &str| !label.is_empty() && label.bytes().all(legal);
    name.len() <= 253 && name.split('.').all(is_label)
}

fn is_uri(name: &str) -> bool {
    let scheme = name.split_once(':').is_some_and(|(scheme, rest)| {
        !scheme.is_empty() && !rest.is_empty() && scheme.bytes().all(|b| b.is_ascii_alphanumeric())
    });
    scheme && name.len() <= LONGEST_NAME && name.bytes().all(|byte| byte.is_ascii_graphic())
}

/// Why a text names no certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidCertificateName {
    /// It does not begin as any of the three does.
    #[error("a certificate is named by `sha256:`, `dns:` or `uri:` and what follows")]
    Kind,
    /// Not 64 hexadecimal digits.
    #[error("a SHA-256 fingerprint has 64 hexadecimal digits")]
    Fingerprint,
    /// Not one host.
    #[error("this is no DNS name of one host")]
    Dns,
    /// Not a URI.
    #[error("this is no URI")]
    Uri,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<CertificateName, InvalidCertificateName> {
        text.parse()
    }

    #[test]
    fn a_certificate_is_named_by_its_fingerprint_or_by_a_name_it_was_issued_for() {
        let digits = "ab".repeat(32);
        let printed = vec!["AB"; 32].join(":");
        assert_eq!(read(&format!("sha256:{digits}")), Ok(CertificateName::Sha256([0xab; 32])));
        assert_eq!(read(&format!("sha256:{printed}")), Ok(CertificateName::Sha256([0xab; 32])));
        assert_eq!(read("dns:Bot.example.com").unwrap().to_string(), "dns:bot.example.com");
        let id = "uri:spiffe://example.com/agents/bot";
        assert_eq!(read(id).unwrap().to_string(), id);
        assert_eq!(
            read(&format!("sha256:{digits}")).unwrap().to_string(),
            format!("sha256:{digits}")
        );
    }

    #[test]
    fn what_names_no_certificate_or_more_than_one_is_refused() {
        for text in ["", "bot.example.com", "cn:bot", "SHA256:aa"] {
            assert_eq!(read(text), Err(InvalidCertificateName::Kind), "{text}");
        }
        for text in ["sha256:", "sha256:abcd", &format!("sha256:{}", "g".repeat(64))] {
            assert_eq!(read(text), Err(InvalidCertificateName::Fingerprint), "{text}");
        }
        for text in ["dns:", "dns:*.example.com", "dns:a..b", "dns:a b", "dns:bot:443"] {
            assert_eq!(read(text), Err(InvalidCertificateName::Dns), "{text}");
        }
        for text in ["uri:", "uri:bot", "uri:spiffe:// bot", "uri::x"] {
            assert_eq!(read(text), Err(InvalidCertificateName::Uri), "{text}");
        }
    }
}
