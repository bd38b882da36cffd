//! Which headers pass: whatever an agent or Kustomer sends, only what is on a list, and the gateway's own
//! are the gateway's.

use std::time::Duration;

use gateway::secret::UpstreamKey;
use gateway::upstream::{
    BaseUrl, ForwardLimits, Upstream, answer_headers, check_headers, request_headers,
};
use http::{HeaderMap, HeaderName, HeaderValue, Response};
use proptest::collection::vec;
use proptest::prelude::*;

use super::effort::{Effort, fail};
use super::mutation::{corpus, mutated};

const KEY: &str = "eyJub3QiOiJhIHJlYWwga2V5In0.bm90LWEta2V5";

const PARTS: [&str; 16] = [
    ",",
    ", ",
    ";",
    "\"",
    "authorization",
    "content-type",
    "x-",
    "_",
    "/",
    "//",
    "https://acme.example",
    "\\",
    "%",
    "eyJub3QiOiJhIHJlYWwga2V5In0.bm90LWEta2V5",
    "\u{e4}",
    "Bearer ",
];

/// What may go up.
const UP: [&str; 11] = [
    "accept",
    "accept-encoding",
    "accept-language",
    "authorization",
    "content-language",
    "content-length",
    "content-type",
    "idempotency-key",
    "kustodian-request-id",
    "traceparent",
    "user-agent",
];

/// What must never come down, whatever else does.
const NEVER_DOWN: [&str; 14] = [
    "access-control-allow-origin",
    "alt-svc",
    "cache-control",
    "connection",
    "content-encoding",
    "cookie",
    "keep-alive",
    "kustodian-request-id",
    "server",
    "set-cookie",
    "strict-transport-security",
    "transfer-encoding",
    "upgrade",
    "www-authenticate",
];

fn headers() -> impl Strategy<Value = HeaderMap> {
    vec(mutated(corpus("headers"), &PARTS), 0..12).prop_map(|lines| {
        let header = |line: &String| {
            let (name, value) = line.split_once(": ")?;
            let value = HeaderValue::from_bytes(value.as_bytes()).ok()?;
            Some((name.parse::<HeaderName>().ok()?, value))
        };
        let mut headers = HeaderMap::new();
        for (name, value) in lines.iter().filter_map(header) {
            headers.append(name, value);
        }
        headers
    })
}

#[test]
fn kustomer_gets_only_headers_of_the_list_and_those_of_the_gateway_once() {
    Effort::usual().check("headers_up", &headers(), |sent| {
        if check_headers(&sent).is_err() {
            return Ok(());
        }
        let (id, key) = (HeaderValue::from_static("id-1"), HeaderValue::from_static("Bearer key"));
        let up = request_headers(&sent, "bot", id, key);
        for name in up.keys() {
            prop_assert!(UP.contains(&name.as_str()), "{} went up", name);
        }
        for (name, value) in [
            ("authorization", "Bearer key"),
            ("kustodian-request-id", "id-1"),
            ("accept-encoding", "identity"),
        ] {
            let all: Vec<_> = up.get_all(name).iter().collect();
            prop_assert_eq!(all, [value]);
        }
        let user_agent = up["user-agent"].to_str().map_err(|why| fail(why.to_string()))?;
        prop_assert!(user_agent.ends_with("kustodian (bot)"), "{}", user_agent);
        prop_assert_eq!(user_agent.matches("kustodian").count(), 1);
        Ok(())
    });
}

#[test]
fn an_agent_gets_no_header_that_is_not_for_it_and_none_with_the_key() {
    let upstream = upstream();
    let inputs = (headers(), any::<bool>(), 200_u16..600);
    Effort::usual().check("headers_down", &inputs, |(sent, has_body, status)| {
        let (mut parts, ()) = Response::new(()).into_parts();
        parts.headers = sent;
        parts.status = http::StatusCode::from_u16(status).map_err(|why| fail(why.to_string()))?;
        let Ok(down) = answer_headers(&upstream, parts, has_body) else { return Ok(()) };
        for name in NEVER_DOWN {
            prop_assert!(!down.contains_key(name), "{} came down", name);
        }
        for (name, value) in &down {
            prop_assert_eq!(down.get_all(name).iter().count(), 1);
            let text = String::from_utf8_lossy(value.as_bytes());
            prop_assert!(!text.contains(KEY), "{}: {}", name, text);
        }
        if let Some(location) = down.get("location") {
            let text = location.to_str().map_err(|why| fail(why.to_string()))?;
            prop_assert!(text.starts_with('/') && !text.starts_with("//"), "{}", text);
            prop_assert!(!text.contains('\\'), "{}", text);
        }
        Ok(())
    });
}

fn upstream() -> Upstream {
    let second = Duration::from_secs(1);
    let limits = ForwardLimits {
        connect: second,
        first_byte: second,
        idle: second,
        request_bytes: 1,
        answer_bytes: 1000,
    };
    let key = UpstreamKey::new(&KEY.into()).expect("a key");
    // Not encrypted, so that it needs no certificates.
    let base = BaseUrl::parse("http://acme.example").expect("a base URL");
    Upstream::new(base, key, None, limits).expect("no certificates are needed")
}
