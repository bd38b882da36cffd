//! Where an issuer publishes its keys: an address that nobody on the way can speak for.

use reqwest::Url;

/// Reads the URL of an issuer's keys: https, or plain http to this very machine.
pub fn read(text: &str) -> Result<Url, InvalidKeyUrl> {
    let url = Url::parse(text).map_err(|_| InvalidKeyUrl::NoUrl)?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err(InvalidKeyUrl::Credentials);
    }
    if url.host_str().is_none_or(str::is_empty) {
        return Err(InvalidKeyUrl::NoUrl);
    }
    match url.scheme() {
        "https" => Ok(url),
        "http" if is_loopback(&url) => Ok(url),
        "http" => Err(InvalidKeyUrl::Plain),
        _ => Err(InvalidKeyUrl::NoUrl),
    }
}

/// Whether it is this very machine.
pub(super) fn is_loopback(url: &Url) -> bool {
    let Some(host) = url.host_str() else { return false };
    let address = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || address.parse::<std::net::IpAddr>().is_ok_and(|it| it.is_loopback())
}

/// Why a URL is not used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidKeyUrl {
    /// It is none, or of another scheme.
    #[error("is no https URL; it is such as `https://issuer.example.com/.well-known/jwks.json`")]
    NoUrl,
    /// Everybody on the way could put keys of their own in.
    #[error("is plain http, so anybody on the way could put in keys of their own; use https")]
    Plain,
    /// It holds a user name or a password.
    #[error("holds a user name or a password; use `bearer_file` where one must be shown")]
    Credentials,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_come_over_https_or_from_this_machine() {
        for good in
            ["https://a.example/x?y=z", "http://127.0.0.1:9/x", "http://[::1]/", "http://localhost"]
        {
            assert!(read(good).is_ok(), "{good}");
        }
        for (bad, why) in [
            ("a.example/x", InvalidKeyUrl::NoUrl),
            ("file:///etc/passwd", InvalidKeyUrl::NoUrl),
            ("ftp://a.example", InvalidKeyUrl::NoUrl),
            ("http://a.example/x", InvalidKeyUrl::Plain),
            ("http://127.0.0.1.example.com", InvalidKeyUrl::Plain),
            ("http://localhost.example.com", InvalidKeyUrl::Plain),
            ("https://me:pw@a.example", InvalidKeyUrl::Credentials),
            ("https://me@a.example", InvalidKeyUrl::Credentials),
        ] {
            assert_eq!(read(bad), Err(why), "{bad}");
        }
    }
}
