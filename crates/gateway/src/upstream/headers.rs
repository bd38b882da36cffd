//! Which headers pass, in either direction.

use http::header::{
    ACCEPT, ACCEPT_LANGUAGE, AUTHORIZATION, CONNECTION, CONTENT_ENCODING, CONTENT_LANGUAGE,
    CONTENT_LENGTH, CONTENT_TYPE, PROXY_AUTHENTICATE, PROXY_AUTHORIZATION, SET_COOKIE, TE, TRAILER,
    TRANSFER_ENCODING, UPGRADE, USER_AGENT,
};
use http::{HeaderMap, HeaderName, HeaderValue};

/// What an agent's request may tell Kustomer. All else stays here: an agent's own credentials and
/// cookies, what earlier proxies said, method overrides, and whatever is not known to be harmless.
const PASSING: [HeaderName; 9] = [
    ACCEPT,
    ACCEPT_LANGUAGE,
    CONTENT_ENCODING,
    CONTENT_LANGUAGE,
    CONTENT_LENGTH,
    CONTENT_TYPE,
    HeaderName::from_static("idempotency-key"),
    HeaderName::from_static("traceparent"),
    HeaderName::from_static("tracestate"),
];

/// Headers that speak of one connection and not of the message.
const HOP_BY_HOP: [HeaderName; 9] = [
    CONNECTION,
    HeaderName::from_static("keep-alive"),
    PROXY_AUTHENTICATE,
    PROXY_AUTHORIZATION,
    HeaderName::from_static("proxy-connection"),
    TE,
    TRAILER,
    TRANSFER_ENCODING,
    UPGRADE,
];

/// The headers of a request to Kustomer. `Host` is set by the client from the base URL.
#[must_use]
pub fn request_headers(from: &HeaderMap, agent: &str, key: HeaderValue) -> HeaderMap {
    let named = named_by_connection(from);
    let mut headers = HeaderMap::with_capacity(PASSING.len() + 2);
    for name in PASSING.iter().filter(|name| !named.contains(*name)) {
        for value in from.get_all(name) {
            headers.append(name, value.clone());
        }
    }
    headers.insert(USER_AGENT, user_agent(from.get(USER_AGENT), agent));
    headers.insert(AUTHORIZATION, key);
    headers
}

/// The agent's own user agent with its id in this gateway appended.
fn user_agent(own: Option<&HeaderValue>, agent: &str) -> HeaderValue {
    let own = own.and_then(|value| value.to_str().ok()).unwrap_or_default();
    let text = format!("{own} kustodian ({agent})");
    HeaderValue::try_from(text.trim()).unwrap_or(HeaderValue::from_static("kustodian"))
}

/// The headers of Kustomer's answer as the agent gets them: all but those of the connection, and
/// cookies, which would tie agents together.
#[must_use]
pub fn answer_headers(mut headers: HeaderMap) -> HeaderMap {
    if headers.contains_key(TRANSFER_ENCODING) {
        // The body was read by its chunks, so a length beside them says nothing.
        headers.remove(CONTENT_LENGTH);
    }
    for name in named_by_connection(&headers) {
        headers.remove(name);
    }
    for name in &HOP_BY_HOP {
        headers.remove(name);
    }
    headers.remove(SET_COOKIE);
    headers
}

/// The headers that `Connection` declares to be of this connection only.
fn named_by_connection(headers: &HeaderMap) -> Vec<HeaderName> {
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
        let pairs = pairs
            .iter()
            .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)));
        pairs.collect()
    }

    fn key() -> HeaderValue {
        HeaderValue::from_static("Bearer the-key")
    }

    #[test]
    fn the_agents_authorization_is_replaced_by_the_key() {
        let sent = headers(&[("authorization", "Bearer kst_x"), ("accept", "application/json")]);
        let sent = request_headers(&sent, "bot", key());
        assert_eq!(sent[AUTHORIZATION], "Bearer the-key");
        assert_eq!(sent.get_all(AUTHORIZATION).iter().count(), 1);
        assert_eq!(sent[ACCEPT], "application/json");
    }

    #[test]
    fn only_what_is_known_to_be_harmless_goes_to_kustomer() {
        let sent = headers(&[
            ("cookie", "a=b"),
            ("x-forwarded-for", "10.0.0.1"),
            ("x-http-method-override", "DELETE"),
            ("proxy-authorization", "Basic x"),
            ("x-kustomer-app-token", "x"),
            ("host", "elsewhere.example"),
            ("te", "trailers"),
        ]);
        let sent = request_headers(&sent, "bot", key());
        let names: Vec<_> = sent.keys().map(HeaderName::as_str).collect();
        assert_eq!(names, ["user-agent", "authorization"]);
    }

    #[test]
    fn a_header_named_by_connection_stays_here_but_the_key_cannot_be_named_away() {
        let sent = headers(&[("connection", "accept, authorization"), ("accept", "a/b")]);
        let sent = request_headers(&sent, "bot", key());
        assert!(!sent.contains_key(ACCEPT));
        assert_eq!(sent[AUTHORIZATION], "Bearer the-key");
    }

    #[test]
    fn an_answer_keeps_the_rate_limits_and_loses_what_is_of_the_connection() {
        let answer = answer_headers(headers(&[
            ("x-ratelimit-remaining", "7"),
            ("connection", "close, x-hop"),
            ("x-hop", "1"),
            ("keep-alive", "timeout=5"),
            ("set-cookie", "a=b"),
        ]));
        let names: Vec<_> = answer.keys().map(HeaderName::as_str).collect();
        assert_eq!(names, ["x-ratelimit-remaining"]);
    }
}
