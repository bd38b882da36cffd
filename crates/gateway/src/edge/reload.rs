//! `POST /policies/reload` on the administration's listener: reads the policies now, and says what came of
//! it.
//!
//! A web page that somebody has open can make their browser call a listener on loopback. So the call needs
//! a header that a page of elsewhere cannot send without asking first, and nobody here answers that
//! question. Where a browser says of itself that it is one, the page must be one of this listener's own,
//! reached by an address and not by a name: names are what a page of elsewhere can turn to loopback.

use std::net::IpAddr;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::header::{HOST, ORIGIN};
use http::uri::Authority;
use http::{HeaderMap, HeaderName, StatusCode};
use serde_json::{Value, json};

use crate::gateway::Gateway;
use crate::refusal::chain;
use crate::reload::{self, Reloaded};

/// The header that a call must have, with whatever value.
const ASKED: HeaderName = HeaderName::from_static("kustodian-admin");

/// What browsers say of the page that a call comes from.
const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Reads the policies and answers with what has changed, or with what is wrong.
pub(super) async fn reload(State(gateway): State<Arc<Gateway>>, headers: HeaderMap) -> Response {
    if let Err(why) = meant(&headers) {
        let refused = json!({ "status": "forbidden", "detail": why });
        return (StatusCode::FORBIDDEN, Json(refused)).into_response();
    }
    let reloaded = reload::reload(&gateway).await;
    let (status, mut answer) = told(&reloaded);
    let in_force = gateway.policies();
    if let Value::Object(answer) = &mut answer {
        answer.insert("fingerprint".to_owned(), json!(in_force.fingerprint()));
        answer.insert("agents".to_owned(), json!(in_force.policies().count()));
    }
    (status, Json(answer)).into_response()
}

fn told(reloaded: &Reloaded) -> (StatusCode, Value) {
    match reloaded {
        Reloaded::Unchanged => (StatusCode::OK, json!({ "status": "unchanged", "changes": [] })),
        Reloaded::Changed { changes } => {
            (StatusCode::OK, json!({ "status": "changed", "changes": changes }))
        }
        Reloaded::Refused { problems } => (
            StatusCode::UNPROCESSABLE_ENTITY,
            json!({
                "status": "refused",
                "detail": "The files cannot be used, so what was in force stays. Mend them and call again.",
                "problems": problems,
            }),
        ),
        Reloaded::Unrecorded(failure) => (
            StatusCode::SERVICE_UNAVAILABLE,
            json!({
                "status": "unrecorded",
                "detail": "The change could not be put on record, so what was in force stays. It is tried \
                           again by itself until it can be.",
                "failure": chain(failure),
            }),
        ),
        Reloaded::Stopping => (
            StatusCode::SERVICE_UNAVAILABLE,
            json!({ "status": "stopping", "detail": "The gateway is stopping." }),
        ),
    }
}

/// Whether whoever calls means to; if not, what is missing.
fn meant(headers: &HeaderMap) -> Result<(), &'static str> {
    if !headers.contains_key(ASKED) {
        return Err(
            "Send the header `Kustodian-Admin: reload`, which a web page of another site cannot.",
        );
    }
    let is_browser = headers.contains_key(ORIGIN) || headers.contains_key(SEC_FETCH_SITE);
    if is_browser && !is_own_page(headers) {
        return Err(
            "This was sent by a web page that is not of this listener. Use a program such as \
                    curl, or call it by its address.",
        );
    }
    Ok(())
}

fn is_own_page(headers: &HeaderMap) -> bool {
    let Some(host) = only(headers, &HOST).and_then(|host| host.parse::<Authority>().ok()) else {
        return false;
    };
    let of_this_listener = only(headers, &ORIGIN)
        .and_then(|origin| origin.strip_prefix("http://"))
        .is_some_and(|origin| origin.eq_ignore_ascii_case(host.as_str()));
    let same_site = headers.get_all(SEC_FETCH_SITE).iter().all(|site| site == "same-origin");
    is_address(host.host()) && of_this_listener && same_site
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
    use http::HeaderValue;

    use super::*;

    fn is_meant(headers: &[(&'static str, &'static str)]) -> bool {
        let headers = headers
            .iter()
            .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)));
        meant(&headers.collect()).is_ok()
    }

    #[test]
    fn a_program_needs_the_header_and_no_more() {
        assert!(is_meant(&[("host", "gateway:8081"), ("kustodian-admin", "reload")]));
        assert!(!is_meant(&[("host", "gateway:8081")]));
        assert!(!is_meant(&[("host", "127.0.0.1:8081"), ("content-type", "application/json")]));
    }

    #[test]
    fn a_page_of_this_listener_may_where_it_was_reached_by_an_address() {
        for host in ["127.0.0.1:8081", "[::1]:8081", "localhost:8081"] {
            let origin = match host {
                "127.0.0.1:8081" => "http://127.0.0.1:8081",
                "[::1]:8081" => "http://[::1]:8081",
                _ => "http://localhost:8081",
            };
            let site = ("sec-fetch-site", "same-origin");
            assert!(is_meant(&[
                ("host", host),
                ("origin", origin),
                site,
                ("kustodian-admin", "1")
            ]));
        }
    }

    #[test]
    fn a_page_of_elsewhere_may_not_whatever_it_sends() {
        let asked = ("kustodian-admin", "reload");
        let here = ("host", "127.0.0.1:8081");
        for headers in [
            [here, ("origin", "https://evil.example.com"), ("sec-fetch-site", "cross-site"), asked],
            [here, ("origin", "http://127.0.0.1:3000"), ("sec-fetch-site", "same-site"), asked],
            [here, ("origin", "null"), ("sec-fetch-site", "same-origin"), asked],
            [here, ("origin", "http://127.0.0.1:8081"), ("sec-fetch-site", "cross-site"), asked],
            // A name that was turned to loopback: the page and the listener seem to be one.
            [
                ("host", "evil.example.com:8081"),
                ("origin", "http://evil.example.com:8081"),
                ("sec-fetch-site", "same-origin"),
                asked,
            ],
        ] {
            assert!(!is_meant(&headers), "{headers:?}");
        }
        assert!(
            !is_meant(&[here, ("sec-fetch-site", "none"), asked]),
            "no page at all, but a browser"
        );
    }
}
