//! Which headers of an agent's request go to Kustomer, and which the gateway adds.

use http::header::{
    ACCEPT, ACCEPT_ENCODING, ACCEPT_LANGUAGE, AUTHORIZATION, CONNECTION, CONTENT_ENCODING,
    CONTENT_LANGUAGE, CONTENT_LENGTH, CONTENT_TYPE, USER_AGENT,
};
use http::{HeaderMap, HeaderName, HeaderValue};

use crate::refusal::{Malformed, WireDefect};
use crate::wire::REQUEST_ID;

/// What an agent's request may tell Kustomer, as often as it likes. All that is named neither here nor
/// in [`ONCE`] stays here: an agent's own credentials and cookies, what earlier proxies said, method
/// overrides, ranges and conditions, which would have Kustomer answer with less than the whole, and
/// whatever is not known to be harmless.
const LISTS: [HeaderName; 2] = [ACCEPT, ACCEPT_LANGUAGE];

/// What it may tell once. `traceparent` is two random numbers; its companion `tracestate` may say
/// anything about anybody, and stays here.
const ONCE: [HeaderName; 5] =
    [CONTENT_TYPE, CONTENT_LENGTH, CONTENT_LANGUAGE, IDEMPOTENCY_KEY, TRACEPARENT];

const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");

/// The longest name that a program may give itself; a longer one is left out.
const LONGEST_USER_AGENT: usize = 256;

/// Refuses headers that two servers could understand in two ways.
pub fn check_headers(from: &HeaderMap) -> Result<(), Malformed> {
    // A trace that is not one is left out, and harms nobody.
    for name in ONCE.iter().filter(|name| **name != TRACEPARENT) {
        let mut all = from.get_all(name).iter();
        let is_plain = all.next().is_none_or(|value| value.to_str().is_ok());
        if !is_plain || all.next().is_some() {
            return Err(WireDefect::HeaderRepeated.into());
        }
    }
    let mut encodings = from.get_all(CONTENT_ENCODING).iter();
    if encodings.any(|value| !value.as_bytes().eq_ignore_ascii_case(b"identity")) {
        return Err(Malformed::ContentEncoding);
    }
    Ok(())
}

/// The headers of a request to Kustomer that has been checked. `Host` is set by the client from the
/// base URL.
#[must_use]
pub fn request_headers(
    from: &HeaderMap,
    agent: &str,
    id: HeaderValue,
    key: HeaderValue,
) -> HeaderMap {
    let named = named_by_connection(from);
    let mut headers = HeaderMap::with_capacity(16);
    for name in LISTS.iter().filter(|name| !named.contains(*name)) {
        for value in from.get_all(name).iter().filter(|value| value.to_str().is_ok()) {
            headers.append(name, value.clone());
        }
    }
    for name in ONCE.iter().filter(|name| !named.contains(*name)) {
        if let Some(value) =
            only(from, name).filter(|value| *name != TRACEPARENT || is_trace(value))
        {
            headers.insert(name, value.clone());
        }
    }
    // What is compressed could not be searched for the key.
    headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
    headers.insert(USER_AGENT, user_agent(from.get(USER_AGENT), agent));
    headers.insert(REQUEST_ID, id);
    headers.insert(AUTHORIZATION, key);
    headers
}

/// The agent's own user agent with its id in this gateway appended.
fn user_agent(own: Option<&HeaderValue>, agent: &str) -> HeaderValue {
    let own = own.and_then(|value| value.to_str().ok()).unwrap_or_default();
    // Nobody may look like another agent of this gateway.
    let names_us = own.to_ascii_lowercase().contains("kustodian");
    let is_fit = own.len() <= LONGEST_USER_AGENT && !names_us;
    let own = if is_fit { own } else { "" };
    let text = format!("{own} kustodian ({agent})");
    HeaderValue::try_from(text.trim()).unwrap_or(HeaderValue::from_static("kustodian"))
}

fn only<'h>(from: &'h HeaderMap, name: &HeaderName) -> Option<&'h HeaderValue> {
    let mut all = from.get_all(name).iter();
    all.next().filter(|_| all.next().is_none())
}

/// Whether a value is a `traceparent` of version 00, which has a fixed form.
fn is_trace(value: &HeaderValue) -> bool {
    let mut lengths = [2, 32, 16, 2].into_iter();
    let is_hex = |part: &str| part.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    let Ok(text) = value.to_str() else { return false };
    let fits = text.split('-').all(|part| lengths.next() == Some(part.len()) && is_hex(part));
    fits && lengths.next().is_none() && text.starts_with("00-")
}

/// The headers that `Connection` declares to be of this connection only.
pub(super) fn named_by_connection(headers: &HeaderMap) -> Vec<HeaderName> {
    let values = headers.get_all(CONNECTION).iter();
    values
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .filter_map(|name| name.trim().parse().ok())
        .collect()
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

    fn sent(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        let key = HeaderValue::from_static("Bearer the-key");
        request_headers(&headers(pairs), "bot", HeaderValue::from_static("1"), key)
    }

    fn names(headers: &HeaderMap) -> Vec<&str> {
        headers.keys().map(HeaderName::as_str).collect()
    }

    const OWN: [&str; 4] =
        ["accept-encoding", "user-agent", "kustodian-request-id", "authorization"];

    #[test]
    fn the_agents_authorization_is_replaced_by_the_key() {
        let sent = sent(&[("authorization", "Bearer kst_x"), ("accept", "application/json")]);
        assert_eq!(sent[AUTHORIZATION], "Bearer the-key");
        assert_eq!(sent.get_all(AUTHORIZATION).iter().count(), 1);
        assert_eq!(sent[ACCEPT], "application/json");
    }

    #[test]
    fn only_what_is_known_to_be_harmless_goes_to_kustomer() {
        let sent = sent(&[
            ("cookie", "a=b"),
            ("x-forwarded-for", "10.0.0.1"),
            ("forwarded", "for=10.0.0.1"),
            ("via", "1.1 proxy"),
            ("x-real-ip", "10.0.0.1"),
            ("x-http-method-override", "DELETE"),
            ("proxy-authorization", "Basic x"),
            ("x-kustomer-app-token", "x"),
            ("x-kustomer-app-client-id", "x"),
            ("host", "elsewhere.example"),
            ("te", "trailers"),
            ("range", "bytes=0-1"),
            ("if-range", "\"x\""),
            ("if-none-match", "*"),
            ("if-match", "*"),
            ("if-modified-since", "Tue, 24 Nov 2026 00:00:00 GMT"),
            ("expect", "100-continue"),
            ("tracestate", "vendor=user:7"),
            ("baggage", "user=7"),
            ("origin", "https://elsewhere.example"),
            ("referer", "https://elsewhere.example"),
            ("x-request-id", "7"),
            ("content-encoding", "identity"),
            ("kustodian-request-id", "another"),
        ]);
        assert_eq!(names(&sent), OWN);
        assert_eq!(sent[REQUEST_ID], "1");
    }

    #[test]
    fn kustomer_is_asked_not_to_encode_its_answer_whatever_the_agent_accepts() {
        let sent = sent(&[("accept-encoding", "gzip, br")]);
        assert_eq!(sent.get_all(ACCEPT_ENCODING).iter().collect::<Vec<_>>(), ["identity"]);
    }

    #[test]
    fn a_header_named_by_connection_stays_here_but_the_key_cannot_be_named_away() {
        let sent = sent(&[("connection", "accept, authorization"), ("accept", "a/b")]);
        assert!(!sent.contains_key(ACCEPT));
        assert_eq!(sent[AUTHORIZATION], "Bearer the-key");
    }

    #[test]
    fn a_trace_goes_up_only_in_its_one_form() {
        let good = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        assert_eq!(sent(&[("traceparent", good)])[TRACEPARENT], good);
        for bad in [
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more",
            "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7",
            "my name is Ada",
            "",
        ] {
            assert_eq!(names(&sent(&[("traceparent", bad)])), OWN, "{bad}");
        }
        assert_eq!(names(&sent(&[("traceparent", good), ("traceparent", good)])), OWN);
    }

    #[test]
    fn a_user_agent_cannot_name_another_agent() {
        for (own, shown) in [
            ("planner/2.0", "planner/2.0 kustodian (bot)"),
            ("planner kustodian (root)", "kustodian (bot)"),
            ("Kustodian (root)", "kustodian (bot)"),
            ("", "kustodian (bot)"),
        ] {
            assert_eq!(sent(&[("user-agent", own)])[USER_AGENT], shown);
        }
        let long: &'static str = "x".repeat(LONGEST_USER_AGENT + 1).leak();
        assert_eq!(sent(&[("user-agent", long)])[USER_AGENT], "kustodian (bot)");
    }

    #[test]
    fn what_can_be_read_in_two_ways_is_refused() {
        let check = |pairs: &[_]| check_headers(&headers(pairs)).map_err(|why| why.code());
        for name in ["content-type", "content-length", "content-language", "idempotency-key"] {
            assert_eq!(check(&[(name, "1")]), Ok(()), "{name}");
            assert_eq!(check(&[(name, "1"), (name, "1")]), Err("header_repeated"), "{name}");
        }
        assert_eq!(check(&[("accept", "a/b"), ("accept", "c/d")]), Ok(()));
        assert_eq!(check(&[("content-encoding", "Identity")]), Ok(()));
        for coding in ["gzip", "identity, gzip", "", "aws-chunked"] {
            assert_eq!(check(&[("content-encoding", coding)]), Err("content_encoding"), "{coding}");
        }
        let mut odd = HeaderMap::new();
        odd.insert(CONTENT_TYPE, HeaderValue::from_bytes(b"application/\xffjson").unwrap());
        assert_eq!(check_headers(&odd), Err(WireDefect::HeaderRepeated.into()));
    }
}
