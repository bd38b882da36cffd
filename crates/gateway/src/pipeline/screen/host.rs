//! Whom the request says it speaks to: one host, and nothing that is more than a host.
//!
//! Nothing here decides by it; Kustomer's host comes from the settings. But a request that names two
//! is one that somebody on the way could read otherwise.

use http::header::HOST;
use http::{HeaderValue, Request, Version};

use crate::refusal::WireDefect;

/// Refuses a request without a host, with a host that is none, or with another one in `:authority`.
///
/// HTTP/1.0 knows hosts and does not demand one.
pub(super) fn check<B>(request: &Request<B>) -> Result<(), WireDefect> {
    // Over HTTP/1 the target has an authority only in a form that is refused as such.
    let authority = request.uri().authority().map(http::uri::Authority::as_str);
    let authority = authority.filter(|_| request.version() >= Version::HTTP_2);
    let host = request.headers().get(HOST).map(HeaderValue::as_bytes);
    match (host, authority) {
        (None, None) if request.version() == Version::HTTP_10 => Ok(()),
        (None, None) => Err(WireDefect::HostMissing),
        (Some(host), Some(authority)) if !host.eq_ignore_ascii_case(authority.as_bytes()) => {
            Err(WireDefect::HostAmbiguous)
        }
        (Some(host), _) if !is_host(host) => Err(WireDefect::HostIllegal),
        (None, Some(authority)) if !is_host(authority.as_bytes()) => Err(WireDefect::HostIllegal),
        (Some(_), _) | (None, Some(_)) => Ok(()),
    }
}

/// Names, addresses and ports: no user, no path, no list.
fn is_host(host: &[u8]) -> bool {
    let may_stand = |byte: &u8| byte.is_ascii_alphanumeric() || b".-_:[]".contains(byte);
    !host.is_empty() && host.iter().all(may_stand)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(version: Version, uri: &str, host: Option<&'static str>) -> Result<(), WireDefect> {
        let mut request = Request::builder().version(version).uri(uri);
        if let Some(host) = host {
            request = request.header(HOST, host);
        }
        check(&request.body(()).unwrap())
    }

    #[test]
    fn a_request_of_http_1_1_names_one_host() {
        for host in ["gateway", "gateway:8080", "127.0.0.1:1", "[::1]:8080", "kust_odian.example."]
        {
            assert_eq!(checked(Version::HTTP_11, "/v1", Some(host)), Ok(()), "{host}");
        }
        for host in ["", "a, b", "a/b", "user@a", "a b", "a?b", "a#b", "a\\b", "a%2f"] {
            let illegal = Err(WireDefect::HostIllegal);
            assert_eq!(checked(Version::HTTP_11, "/v1", Some(host)), illegal, "{host}");
        }
        assert_eq!(checked(Version::HTTP_11, "/v1", None), Err(WireDefect::HostMissing));
        assert_eq!(checked(Version::HTTP_10, "/v1", None), Ok(()));
    }

    #[test]
    fn a_request_of_http_2_names_the_same_host_twice_or_one() {
        let uri = "http://gateway:1/v1";
        assert_eq!(checked(Version::HTTP_2, uri, None), Ok(()));
        assert_eq!(checked(Version::HTTP_2, uri, Some("GateWay:1")), Ok(()));
        assert_eq!(checked(Version::HTTP_2, "/v1", Some("gateway")), Ok(()));
        assert_eq!(checked(Version::HTTP_2, "/v1", None), Err(WireDefect::HostMissing));
        let other = checked(Version::HTTP_2, uri, Some("elsewhere"));
        assert_eq!(other, Err(WireDefect::HostAmbiguous));
        let user = checked(Version::HTTP_2, "http://user@gateway/v1", None);
        assert_eq!(user, Err(WireDefect::HostIllegal));
    }
}
