//! What of an answer's head goes on to the agent, and which answers do not.

use http::header::{CONTENT_ENCODING, CONTENT_LENGTH, LOCATION, TRANSFER_ENCODING};
use http::response::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};

use super::Upstream;
use super::location::rewritten;
use super::request_headers::named_by_connection;
use crate::refusal::Unfit;

/// Looks at the head of an answer, and gives the headers that the agent gets. `has_body` says whether
/// anything follows.
pub fn answer_headers(
    upstream: &Upstream,
    parts: Parts,
    has_body: bool,
) -> Result<HeaderMap, Unfit> {
    let Parts { status, headers, .. } = parts;
    check_framing(status, &headers)?;
    if has_body {
        check_encoding(&headers)?;
        check_length(&headers, upstream.limits().answer_bytes)?;
    }
    let location = location(upstream, status, &headers)?;
    let mut kept = passing(headers);
    if let Some(location) = location {
        kept.insert(LOCATION, location);
    }
    if kept.values().any(|value| upstream.key().is_in(value.as_bytes())) {
        return Err(Unfit::HoldsKey);
    }
    Ok(kept)
}

/// What an answer may tell an agent: what the message says of itself, what it may ask and when. All
/// else stays here: what speaks of the connection, cookies, which would tie agents together, and what
/// speaks to browsers or of Kustomer's machines.
fn passes(name: &HeaderName) -> bool {
    matches!(
        name.as_str(),
        "allow"
            | "content-disposition"
            | "content-language"
            | "content-length"
            | "content-type"
            | "date"
            | "deprecation"
            | "etag"
            | "last-modified"
            | "retry-after"
            | "sunset"
            | "x-ratelimit-limit"
            | "x-ratelimit-remaining"
            | "x-ratelimit-reset"
            | "x-ratelimit-object-limit"
            | "x-ratelimit-object-remaining"
            | "x-ratelimit-object-reset"
            | "x-request-id"
    )
}

/// The headers that may pass. One that is there twice says two things, and is left out.
fn passing(headers: HeaderMap) -> HeaderMap {
    let named = named_by_connection(&headers);
    let mut kept = HeaderMap::with_capacity(16);
    let mut last = None;
    for (name, value) in headers {
        match name {
            Some(name) if passes(&name) && !named.contains(&name) => {
                kept.insert(name.clone(), value);
                last = Some(name);
            }
            Some(_) => last = None,
            // The name is that of the value before.
            None => {
                if let Some(name) = &last {
                    kept.remove(name);
                }
            }
        }
    }
    kept
}

/// An answer whose length can be told in two ways may be followed by bytes that are no answer to
/// anything. No part was asked for, and no change of protocol.
fn check_framing(status: StatusCode, headers: &HeaderMap) -> Result<(), Unfit> {
    let mut codings = headers.get_all(TRANSFER_ENCODING).iter();
    let is_clear = match (codings.next(), codings.next()) {
        (None, _) => true,
        (Some(coding), None) => {
            coding.as_bytes().eq_ignore_ascii_case(b"chunked")
                && !headers.contains_key(CONTENT_LENGTH)
        }
        (Some(_), Some(_)) => false,
    };
    let is_expected = matches!(status.as_u16(), 200..=599) && status != StatusCode::PARTIAL_CONTENT;
    if is_clear && is_expected { Ok(()) } else { Err(Unfit::Protocol) }
}

fn check_encoding(headers: &HeaderMap) -> Result<(), Unfit> {
    let mut codings = headers.get_all(CONTENT_ENCODING).iter();
    let is_plain = codings.all(|coding| coding.as_bytes().eq_ignore_ascii_case(b"identity"));
    if is_plain { Ok(()) } else { Err(Unfit::Encoded) }
}

fn check_length(headers: &HeaderMap, most: u64) -> Result<(), Unfit> {
    let length = headers.get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse().ok());
    if length.is_some_and(|length: u64| length > most) { Err(Unfit::TooLong) } else { Ok(()) }
}

/// The place that an answer points to, as a path of this gateway. An answer that sends the agent
/// elsewhere is not handed on; one that only mentions another place loses the mention.
fn location(
    upstream: &Upstream,
    status: StatusCode,
    headers: &HeaderMap,
) -> Result<Option<HeaderValue>, Unfit> {
    let mut all = headers.get_all(LOCATION).iter();
    let Some(first) = all.next() else { return Ok(None) };
    let only = Some(first).filter(|_| all.next().is_none());
    match only.and_then(|location| rewritten(location, upstream.base())) {
        Some(location) => Ok(Some(location)),
        None if status.is_redirection() => Err(Unfit::Redirect),
        None => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(*name, HeaderValue::from_static(value));
        }
        headers
    }

    fn kept(pairs: &[(&'static str, &'static str)]) -> Vec<String> {
        passing(headers(pairs)).keys().map(ToString::to_string).collect()
    }

    #[test]
    fn an_answer_keeps_the_rate_limits_and_loses_what_is_of_the_connection() {
        let answer = kept(&[
            ("x-ratelimit-remaining", "7"),
            ("connection", "close, x-request-id"),
            ("x-request-id", "1"),
            ("keep-alive", "timeout=5"),
            ("set-cookie", "a=b"),
        ]);
        assert_eq!(answer, ["x-ratelimit-remaining"]);
    }

    #[test]
    fn what_is_there_twice_says_two_things_and_is_left_out() {
        let answer =
            kept(&[("content-type", "a/b"), ("content-type", "c/d"), ("content-type", "e/f")]);
        assert_eq!(answer, Vec::<String>::new());
        assert_eq!(kept(&[("set-cookie", "a"), ("set-cookie", "b"), ("etag", "c")]), ["etag"]);
    }

    #[test]
    fn an_answer_whose_length_can_be_told_in_two_ways_is_none() {
        let check = |pairs: &[_]| check_framing(StatusCode::OK, &headers(pairs)).is_ok();
        assert!(check(&[]));
        assert!(check(&[("content-length", "2")]));
        assert!(check(&[("transfer-encoding", "Chunked")]));
        assert!(!check(&[("transfer-encoding", "chunked"), ("content-length", "2")]));
        assert!(!check(&[("transfer-encoding", "gzip, chunked")]));
        assert!(!check(&[("transfer-encoding", "chunked"), ("transfer-encoding", "chunked")]));
        assert!(!check(&[("transfer-encoding", "identity")]));
    }

    #[test]
    fn a_status_that_was_not_asked_for_is_no_answer() {
        for (status, is_answer) in [
            (101, false),
            (200, true),
            (204, true),
            (206, false),
            (304, true),
            (599, true),
            (600, false),
        ] {
            let status = StatusCode::from_u16(status).unwrap();
            assert_eq!(check_framing(status, &HeaderMap::new()).is_ok(), is_answer, "{status}");
        }
    }
}
