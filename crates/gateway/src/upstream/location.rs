//! Where an answer points to: a path of the gateway, where it stays with Kustomer.

use http::HeaderValue;
use http::uri::Scheme;

use super::BaseUrl;
use crate::wire::OWN_PATHS;

/// A `Location` as a path and query of the gateway; none where it leads to another host, or where that
/// cannot be said with certainty.
pub(super) fn rewritten(location: &HeaderValue, base: &BaseUrl) -> Option<HeaderValue> {
    let text = location.to_str().ok()?;
    // Clients differ in what they make of these: some take a backslash for a slash.
    if !text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\') {
        return None;
    }
    let target = if text.starts_with('/') { text.to_owned() } else { behind(text, base)? };
    // Two slashes begin a host; and the gateway's own pages are not Kustomer's to point to.
    let is_path = target.starts_with('/') && !target.starts_with("//");
    let is_own = target.starts_with(OWN_PATHS);
    HeaderValue::try_from(target).ok().filter(|_| is_path && !is_own)
}

/// What stands behind Kustomer's own scheme and host.
fn behind(text: &str, base: &BaseUrl) -> Option<String> {
    let (scheme, rest) = text.split_once("://")?;
    let (authority, target) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
    let is_ours = scheme.eq_ignore_ascii_case(base.scheme.as_str())
        && without_port(authority, &base.scheme)
            .eq_ignore_ascii_case(without_port(base.authority.as_str(), &base.scheme));
    let slash = if target.starts_with('/') { "" } else { "/" };
    is_ours.then(|| format!("{slash}{target}"))
}

/// An authority without the port that goes without saying.
fn without_port<'a>(authority: &'a str, scheme: &Scheme) -> &'a str {
    let port = if *scheme == Scheme::HTTPS { ":443" } else { ":80" };
    authority.strip_suffix(port).unwrap_or(authority)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn led(base: &str, location: &str) -> Option<String> {
        let base = BaseUrl::parse(base).unwrap();
        let location = rewritten(&HeaderValue::try_from(location).unwrap(), &base);
        location.map(|location| location.to_str().unwrap().to_owned())
    }

    #[test]
    fn what_stays_with_kustomer_becomes_a_path_of_the_gateway() {
        for (location, path) in [
            ("/v1/customers?page=2#top", "/v1/customers?page=2#top"),
            ("https://acme.example/v1/customers", "/v1/customers"),
            ("HTTPS://ACME.example:443/v1/x%2F", "/v1/x%2F"),
            ("https://acme.example", "/"),
            ("https://acme.example?a=b", "/?a=b"),
        ] {
            assert_eq!(led("https://acme.example", location).as_deref(), Some(path), "{location}");
        }
        assert_eq!(led("http://127.0.0.1:9", "http://127.0.0.1:9/a").as_deref(), Some("/a"));
    }

    #[test]
    fn what_leads_elsewhere_or_cannot_be_told_leads_nowhere() {
        for location in [
            "http://acme.example/v1",
            "https://elsewhere.example/v1",
            "https://acme.example.elsewhere.example/v1",
            "https://acme.example@elsewhere.example/v1",
            "https://acme.example:8443/v1",
            "https://elsewhere.example#@acme.example/",
            "https://elsewhere.example\\@acme.example/",
            "https:/acme.example/v1",
            "https:acme.example",
            "//elsewhere.example/v1",
            "//acme.example/v1",
            "https://acme.example//elsewhere.example",
            "/\\elsewhere.example",
            "\\\\elsewhere.example",
            "/v1/with space",
            "/_kustodian/access",
            "javascript:alert(1)",
            "data:text/html,x",
            "v1/customers",
            "../v1",
            "?page=2",
            "",
        ] {
            assert_eq!(led("https://acme.example", location), None, "{location}");
        }
    }
}
