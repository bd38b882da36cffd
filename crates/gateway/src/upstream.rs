//! Kustomer, as the gateway speaks to it: one address, one key, pools of connections.

mod answer_headers;
mod client;
mod line;
mod location;
mod request_body;
mod request_headers;
mod watched;

use std::path::Path;
use std::time::Duration;

use axum::body::Body;
use http::uri::{Authority, PathAndQuery, Scheme};
use http::{HeaderValue, Request, Uri};

use crate::secret::UpstreamKey;
pub use answer_headers::answer_headers;
use client::Connector;
pub use client::{CertificateFailure, Pool};
pub use line::Spoil;
pub use request_body::{Payload, Progress, RequestBody, in_time};
pub use request_headers::{check_headers, request_headers};
pub use watched::{BrokeOff, Watched};

/// How long Kustomer may take, and how much may pass.
#[derive(Debug, Clone, Copy)]
pub struct ForwardLimits {
    /// To accept a connection.
    pub connect: Duration,
    /// To begin an answer, after the last byte of the request.
    pub first_byte: Duration,
    /// Between two pieces of a body, in either direction.
    pub idle: Duration,
    /// Bytes of a request's body.
    pub request_bytes: u64,
    /// Bytes of an answer's body.
    pub answer_bytes: u64,
}

/// Where Kustomer is: a scheme and an authority, and nothing else.
#[derive(Debug, Clone)]
pub struct BaseUrl {
    scheme: Scheme,
    authority: Authority,
}

/// The one way to Kustomer.
#[derive(Debug)]
pub struct Upstream {
    base: BaseUrl,
    key: UpstreamKey,
    connector: Connector,
    limits: ForwardLimits,
}

impl Upstream {
    /// Prepares to speak to `base` with `key`. Connects to nothing yet.
    ///
    /// `ca_file` holds certificates to trust beside the machine's own.
    pub fn new(
        base: BaseUrl,
        key: UpstreamKey,
        ca_file: Option<&Path>,
        limits: ForwardLimits,
    ) -> Result<Self, CertificateFailure> {
        let connector = client::connector(base.is_encrypted(), ca_file, &limits)?;
        Ok(Self { base, key, connector, limits })
    }

    /// A new pool of connections to Kustomer, for one runtime to keep.
    #[must_use]
    pub fn pool(&self) -> Pool {
        Pool::new(self.connector.clone())
    }

    /// The organisation's real key.
    #[must_use]
    pub fn key(&self) -> &UpstreamKey {
        &self.key
    }

    /// How long Kustomer may take, and how much may pass.
    #[must_use]
    pub fn limits(&self) -> &ForwardLimits {
        &self.limits
    }

    /// Where Kustomer is.
    #[must_use]
    pub fn base(&self) -> &BaseUrl {
        &self.base
    }

    /// The agent's request as it goes to Kustomer: the same method, the same bytes of path and query,
    /// the headers that may pass, the request's id and the real key.
    #[must_use]
    pub fn prepare(
        &self,
        request: Request<Payload>,
        progress: &Progress,
        agent: &str,
        id: HeaderValue,
    ) -> Request<Body> {
        let (parts, body) = request.into_parts();
        let target = parts.uri.into_parts().path_and_query;
        let mut outgoing = Request::new(self.body(body, progress));
        *outgoing.method_mut() = parts.method;
        *outgoing.uri_mut() = self.base.with(target);
        *outgoing.headers_mut() = request_headers(&parts.headers, agent, id, self.key.header());
        outgoing
    }
}

impl Upstream {
    fn body(&self, payload: Payload, progress: &Progress) -> Body {
        match payload {
            Payload::Streamed(body) => {
                Body::new(RequestBody::new(body, progress.clone(), &self.limits))
            }
            Payload::Read(bytes) => {
                progress.has_read(bytes.len());
                Body::from(bytes)
            }
        }
    }
}

impl BaseUrl {
    /// Reads `https://acme.api.kustomerapp.com`. Anything after the authority is refused.
    pub fn parse(text: &str) -> Result<Self, InvalidBaseUrl> {
        let uri: Uri = text.parse().map_err(|_| InvalidBaseUrl::NoUrl)?;
        let parts = uri.into_parts();
        let (Some(scheme), Some(authority)) = (parts.scheme, parts.authority) else {
            return Err(InvalidBaseUrl::NoUrl);
        };
        if scheme != Scheme::HTTPS && scheme != Scheme::HTTP {
            return Err(InvalidBaseUrl::Scheme);
        }
        if authority.as_str().contains('@') {
            return Err(InvalidBaseUrl::Credentials);
        }
        match parts.path_and_query.as_ref().map(PathAndQuery::as_str) {
            None | Some("" | "/") => Ok(Self { scheme, authority }),
            Some(_) => Err(InvalidBaseUrl::Path),
        }
    }

    /// Whether the way there is encrypted.
    #[must_use]
    pub fn is_encrypted(&self) -> bool {
        self.scheme == Scheme::HTTPS
    }

    /// Whether it is this very machine.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        let host = self.authority.host();
        let address = host.trim_start_matches('[').trim_end_matches(']');
        host.eq_ignore_ascii_case("localhost")
            || address.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
    }

    /// This address with a path and query whose bytes are taken over as they are.
    fn with(&self, target: Option<PathAndQuery>) -> Uri {
        let mut parts = http::uri::Parts::default();
        parts.scheme = Some(self.scheme.clone());
        parts.authority = Some(self.authority.clone());
        parts.path_and_query = Some(target.unwrap_or(PathAndQuery::from_static("/")));
        // Cannot fail: all three parts are there. If it did, the root is no operation of anybody's.
        Uri::from_parts(parts).unwrap_or_default()
    }
}

impl std::fmt::Display for BaseUrl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}://{}", self.scheme, self.authority)
    }
}

/// Why a text is no base URL.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidBaseUrl {
    /// It has no scheme or no host.
    #[error("expected a URL such as `https://acme.api.kustomerapp.com`")]
    NoUrl,
    /// Another scheme.
    #[error("expected a URL that begins with `https://`")]
    Scheme,
    /// A user name or password in it.
    #[error("a base URL holds no user name or password; the key goes into `kustomer.api_key_file`")]
    Credentials,
    /// A path in it.
    #[error("a base URL ends after the host; paths such as `/v1` come from the agents")]
    Path,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_path_that_is_sent_is_byte_for_byte_the_path_that_came() {
        let base = BaseUrl::parse("http://127.0.0.1:1").unwrap();
        for target in
            ["/v1/customers/externalId=a%2Fb", "/v1/users/current/", "/v1/x?q=%2e%2E&r=a+b"]
        {
            let uri = base.with(Some(target.parse().unwrap()));
            assert_eq!(uri.path_and_query().unwrap().as_str(), target);
        }
    }

    #[test]
    fn a_base_url_is_a_scheme_and_a_host() {
        assert!(BaseUrl::parse("https://acme.api.kustomerapp.com").unwrap().is_encrypted());
        assert!(BaseUrl::parse("http://localhost:9000/").unwrap().is_loopback());
        assert!(BaseUrl::parse("http://[::1]:9000").unwrap().is_loopback());
        assert!(!BaseUrl::parse("http://127.0.0.1.example.com").unwrap().is_loopback());
        assert_eq!(BaseUrl::parse("acme").unwrap_err(), InvalidBaseUrl::NoUrl);
        assert_eq!(BaseUrl::parse("ftp://acme").unwrap_err(), InvalidBaseUrl::Scheme);
        assert_eq!(BaseUrl::parse("https://a:b@acme").unwrap_err(), InvalidBaseUrl::Credentials);
        assert_eq!(BaseUrl::parse("https://acme/v1").unwrap_err(), InvalidBaseUrl::Path);
    }
}
