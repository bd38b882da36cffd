//! Who may call the administration's listener: whoever reaches it, but no web page of elsewhere.
//!
//! A page that somebody has open runs in a browser that reaches loopback. It can have the browser call
//! this listener by a name of the page's own that leads here, and then read what is answered, because to
//! the browser the two are one site. So a request must name this listener by an address, as `localhost`,
//! or by a name that the settings list: over none of these has a page of elsewhere a say.

use std::net::IpAddr;

use http::header::{HOST, ORIGIN};
use http::uri::Authority;
use http::{HeaderMap, HeaderName, Request, Version};

use crate::config::HostName;

/// What names this listener, and what says where a page comes from, if it is right.
#[derive(Debug)]
pub(super) struct Callers {
    names: Vec<HostName>,
}

/// Why a request is refused, in a sentence for whoever sent it.
type Refused = String;

impl Callers {
    pub(super) fn new(names: &[HostName]) -> Self {
        Self { names: names.to_vec() }
    }

    /// Lets a request through that names this listener as it is known, and that no foreign page sent.
    pub(super) fn admit<B>(&self, request: &Request<B>) -> Result<(), Refused> {
        let host = self.host(request)?;
        if request.headers().contains_key(ORIGIN) && !is_own_page(request.headers(), host.as_ref())
        {
            return Err(
                "This was sent by a web page that is not of this listener. Use a program such \
                        as curl."
                    .to_owned(),
            );
        }
        Ok(())
    }

    /// How the request names this listener. No browser leaves that out, and some probes of HTTP/1.0 do.
    fn host<B>(&self, request: &Request<B>) -> Result<Option<Authority>, Refused> {
        let headers = request.headers();
        let of_target = request.uri().authority().cloned();
        if headers.contains_key(HOST) {
            let host = only(headers, &HOST).and_then(|host| host.parse::<Authority>().ok());
            let host = host.ok_or_else(|| one_host("`Host` names none, or several"))?;
            if of_target.is_some_and(|target| target != host) {
                return Err(one_host("`Host` and the target name two"));
            }
            return self.known(host).map(Some);
        }
        match of_target {
            Some(target) => self.known(target).map(Some),
            None if request.version() < Version::HTTP_11 => Ok(None),
            None => Err(one_host("there is no `Host`")),
        }
    }

    fn known(&self, authority: Authority) -> Result<Authority, Refused> {
        let host = authority.host();
        let is_plain = !authority.as_str().contains('@');
        if is_plain && (is_address(host) || self.names.iter().any(|name| name.is(host))) {
            return Ok(authority);
        }
        Err(format!(
            "`{host}` is no name of this listener, and a web page can have a name of its own lead here. \
             Call it by its address or as localhost, or list the name in `admin_names` of `[listen]` in \
             the settings."
        ))
    }
}

fn one_host(why: &str) -> Refused {
    format!("A request names one host, and {why}.")
}

/// Whether a page is one that this listener itself would have, by the host that the request names.
fn is_own_page(headers: &HeaderMap, host: Option<&Authority>) -> bool {
    let Some((host, origin)) = host.zip(only(headers, &ORIGIN)) else { return false };
    // By https where something in front ends TLS.
    let own = ["http://", "https://"].iter().find_map(|scheme| origin.strip_prefix(scheme));
    own.is_some_and(|origin| origin.eq_ignore_ascii_case(host.as_str()))
}

/// Whether it is a host that no name server has a say in.
fn is_address(host: &str) -> bool {
    let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    bare.eq_ignore_ascii_case("localhost") || bare.parse::<IpAddr>().is_ok()
}

fn only<'h>(headers: &'h HeaderMap, name: &HeaderName) -> Option<&'h str> {
    let mut all = headers.get_all(name).iter();
    let first = all.next()?.to_str().ok()?;
    all.next().is_none().then_some(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn callers() -> Callers {
        Callers::new(&["kustodian".parse().unwrap(), "gateway.example.com".parse().unwrap()])
    }

    fn request(target: &str, headers: &[(&str, &str)]) -> Request<()> {
        let builder = Request::get(target);
        let add = |builder: http::request::Builder, (name, value): &(&str, &str)| {
            builder.header(*name, *value)
        };
        headers.iter().fold(builder, add).body(()).unwrap()
    }

    fn admits(headers: &[(&str, &str)]) -> bool {
        callers().admit(&request("/health", headers)).is_ok()
    }

    #[test]
    fn an_address_localhost_and_a_listed_name_are_hosts_and_no_other_is() {
        for host in [
            "127.0.0.1:8081",
            "10.1.2.3",
            "[::1]:8081",
            "[fd00::1]",
            "localhost",
            "LOCALHOST:8081",
            "kustodian:8081",
            "Gateway.Example.com",
        ] {
            assert!(admits(&[("host", host)]), "{host}");
        }
        for host in [
            "evil.example.com:8081",
            "localhost.evil.example",
            "127.0.0.1.evil.example",
            "kustodian.evil.example",
            "example.com",
            "x@127.0.0.1",
            "evil.example@localhost",
            "",
            "a b",
        ] {
            assert!(!admits(&[("host", host)]), "{host}");
        }
    }

    #[test]
    fn a_request_names_one_host() {
        assert!(!admits(&[]));
        assert!(!admits(&[("host", "127.0.0.1"), ("host", "127.0.0.1")]));
        assert!(!admits(&[("host", "127.0.0.1"), ("host", "evil.example")]));
        let local = [("host", "127.0.0.1:8081")];
        assert!(callers().admit(&request("http://127.0.0.1:8081/health", &local)).is_ok());
        assert!(callers().admit(&request("http://evil.example/health", &local)).is_err());
        assert!(callers().admit(&request("http://evil.example/health", &[])).is_err());
        assert!(callers().admit(&request("http://[::1]:8081/health", &[])).is_ok());
        let mut old = request("/health", &[]);
        *old.version_mut() = Version::HTTP_10;
        assert!(callers().admit(&old).is_ok(), "a probe that names none is no browser");
    }

    #[test]
    fn a_page_of_this_listener_may_ask_and_no_other_page() {
        for (host, origin) in [
            ("127.0.0.1:8081", "http://127.0.0.1:8081"),
            ("[::1]:8081", "http://[::1]:8081"),
            ("localhost:8081", "http://LOCALHOST:8081"),
            ("gateway.example.com", "https://gateway.example.com"),
        ] {
            assert!(admits(&[("host", host), ("origin", origin)]), "{origin}");
        }
        for origin in [
            "https://evil.example.com",
            "http://127.0.0.1:3000",
            "http://127.0.0.1",
            "http://localhost:8081",
            "null",
            "",
            "file://",
        ] {
            assert!(!admits(&[("host", "127.0.0.1:8081"), ("origin", origin)]), "{origin}");
        }
        let here = "http://127.0.0.1:8081";
        assert!(!admits(&[("host", "127.0.0.1:8081"), ("origin", here), ("origin", here)]));
        // A name that was turned to loopback: the page and the listener seem to be one.
        let turned = "evil.example.com:8081";
        assert!(!admits(&[("host", turned), ("origin", "http://evil.example.com:8081")]));
    }
}
