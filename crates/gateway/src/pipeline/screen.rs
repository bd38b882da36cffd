//! Refuses what could be read in two ways, by us and by whoever is behind us: before anybody asks what
//! the request wants.
//!
//! One pass over the headers and one over the query; nothing is copied for a request that has nothing
//! to hide. What hyper does not let us see (a `Content-Length` beside a `Transfer-Encoding`, bare line
//! feeds, chunk extensions, a fragment) is read by hyper alone, and the request that goes to Kustomer
//! is framed anew.

mod host;
mod query;

use std::str::FromStr as _;
use std::sync::Arc;

use catalogue::Method;
use http::header::{
    CONNECTION, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, EXPECT, HOST, TRANSFER_ENCODING,
    UPGRADE,
};
use http::{HeaderMap, HeaderName, HeaderValue, Request};
use http_body::Body;

use super::authenticate::Proven;
use crate::refusal::{Malformed, Refusal, WireDefect};

/// The headers with which frameworks let a request ask for another method than its own.
const OVERRIDES: [&str; 3] = ["x-http-method-override", "x-http-method", "x-method-override"];

/// Refuses a request whose method, headers, framing or query are those of an attack.
pub(super) fn screen<B: Body>(agent: &Proven, request: &Request<B>) -> Result<(), Refusal> {
    let screened = screen_head(request);
    screened.map_err(|why| Refusal::Malformed { why, caller: Arc::clone(&agent.caller) })
}

fn screen_head<B: Body>(request: &Request<B>) -> Result<(), Malformed> {
    let method = Method::from_str(request.method().as_str()).map_err(|_| WireDefect::Method)?;
    screen_headers(request.headers())?;
    host::check(request)?;
    if method == Method::Get && !request.body().is_end_stream() {
        return Err(WireDefect::Body.into());
    }
    query::check(request.uri().query().unwrap_or_default())
}

fn screen_headers(headers: &HeaderMap) -> Result<(), WireDefect> {
    let mut last = None;
    // The values of one name come one after another.
    for (name, value) in headers {
        if last.replace(name) == Some(name) && stands_once(name) {
            return Err(repeated(name));
        }
        screen_header(name, value)?;
    }
    Ok(())
}

/// Whether a header decides how the request is read, so that there cannot be two of it.
fn stands_once(name: &HeaderName) -> bool {
    [HOST, CONTENT_TYPE, CONTENT_LENGTH, CONTENT_ENCODING, TRANSFER_ENCODING].contains(name)
}

fn repeated(name: &HeaderName) -> WireDefect {
    match *name {
        HOST => WireDefect::HostAmbiguous,
        TRANSFER_ENCODING => WireDefect::TransferEncoding,
        _ => WireDefect::HeaderRepeated,
    }
}

fn screen_header(name: &HeaderName, value: &HeaderValue) -> Result<(), WireDefect> {
    let defect = match *name {
        CONNECTION if !keeps_or_closes(value) => WireDefect::Connection,
        UPGRADE => WireDefect::Upgrade,
        EXPECT if !is(value, b"100-continue") => WireDefect::Expectation,
        TRANSFER_ENCODING if !is(value, b"chunked") => WireDefect::TransferEncoding,
        _ if OVERRIDES.contains(&name.as_str()) => WireDefect::MethodOverride,
        _ => return Ok(()),
    };
    Err(defect)
}

fn is(value: &HeaderValue, word: &[u8]) -> bool {
    value.as_bytes().eq_ignore_ascii_case(word)
}

/// Whether `Connection` only says how long this one lasts. A header that it names would be forgotten
/// on the way, after it was read here.
fn keeps_or_closes(value: &HeaderValue) -> bool {
    value.as_bytes().split(|byte| *byte == b',').all(|word| {
        let word = word.trim_ascii();
        word.eq_ignore_ascii_case(b"close") || word.eq_ignore_ascii_case(b"keep-alive")
    })
}

#[cfg(test)]
mod tests {
    use http_body_util::{Empty, Full};
    use hyper::body::Bytes;

    use super::*;

    fn screened(line: &str, headers: &[(&str, &str)]) -> Result<(), Malformed> {
        let (method, target) = line.split_once(' ').unwrap();
        let mut request = Request::builder().method(method).uri(target).header(HOST, "gateway");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        screen_head(&request.body(Empty::<Bytes>::new()).unwrap())
    }

    #[test]
    fn an_honest_request_passes() {
        let headers = [
            ("connection", "Keep-Alive"),
            ("expect", "100-Continue"),
            ("accept", "a/b"),
            ("accept", "c/d"),
            ("te", "trailers"),
            ("x-custom", "1"),
        ];
        assert_eq!(screened("GET /v1/customers?page=1", &headers), Ok(()));
        assert_eq!(screened("PUT /v1/customers/1", &[("transfer-encoding", "Chunked")]), Ok(()));
    }

    #[test]
    fn each_header_of_an_attack_has_its_defect() {
        for (name, value, defect) in [
            ("connection", "close, x-hop", WireDefect::Connection),
            ("connection", "authorization", WireDefect::Connection),
            ("connection", "", WireDefect::Connection),
            ("upgrade", "h2c", WireDefect::Upgrade),
            ("expect", "100-continue, x", WireDefect::Expectation),
            ("transfer-encoding", "gzip, chunked", WireDefect::TransferEncoding),
            ("x-http-method-override", "DELETE", WireDefect::MethodOverride),
            ("x-http-method", "DELETE", WireDefect::MethodOverride),
            ("x-method-override", "DELETE", WireDefect::MethodOverride),
            ("host", "elsewhere", WireDefect::HostAmbiguous),
        ] {
            let screened = screened("POST /v1/customers", &[(name, value)]);
            assert_eq!(screened, Err(defect.into()), "{name}: {value}");
        }
    }

    #[test]
    fn what_decides_how_a_body_is_read_stands_once() {
        for name in ["content-type", "content-length", "content-encoding"] {
            let twice =
                screened("POST /v1/customers", &[(name, "1"), ("accept", "x"), (name, "1")]);
            assert_eq!(twice, Err(WireDefect::HeaderRepeated.into()), "{name}");
        }
        let twice = [("transfer-encoding", "chunked"), ("transfer-encoding", "chunked")];
        let twice = screened("POST /v1/customers", &twice);
        assert_eq!(twice, Err(WireDefect::TransferEncoding.into()));
    }

    #[test]
    fn a_get_has_no_body() {
        let request = Request::get("/v1/customers").header(HOST, "gateway");
        let screened = screen_head(&request.body(Full::new(Bytes::from("{}"))).unwrap());
        assert_eq!(screened, Err(WireDefect::Body.into()));
    }
}
