//! `POST /policies/reload` on the administration's listener: reads the policies now, and says what came of
//! it.
//!
//! A web page that somebody has open can make their browser call a listener on loopback. A page of another
//! origin is kept out like any other caller of that kind (`callers.rs`), and the call needs a header that
//! such a page cannot send without asking first; nobody here answers that question.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use http::{HeaderMap, HeaderName, StatusCode};
use serde_json::{Value, json};

use super::page::{forbidden, json_page};
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
        return forbidden(why);
    }
    let reloaded = reload::reload(&gateway).await;
    let (status, mut answer) = told(&reloaded);
    let in_force = gateway.policies();
    if let Value::Object(answer) = &mut answer {
        answer.insert("fingerprint".to_owned(), json!(in_force.fingerprint()));
        answer.insert("agents".to_owned(), json!(in_force.policies().count()));
    }
    json_page(status, &answer)
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
    if headers.get_all(SEC_FETCH_SITE).iter().any(|site| site != "same-origin") {
        return Err(
            "This was sent by a browser for another than a page of this listener. Use a program \
                    such as curl.",
        );
    }
    Ok(())
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
        assert!(is_meant(&[("kustodian-admin", "reload")]));
        assert!(!is_meant(&[]));
        assert!(!is_meant(&[("content-type", "application/json")]));
    }

    #[test]
    fn a_browser_may_for_a_page_of_this_listener_alone() {
        let asked = ("kustodian-admin", "1");
        assert!(is_meant(&[("sec-fetch-site", "same-origin"), asked]));
        for site in ["cross-site", "same-site", "none", ""] {
            assert!(!is_meant(&[("sec-fetch-site", site), asked]), "{site}");
        }
        assert!(!is_meant(&[
            ("sec-fetch-site", "same-origin"),
            ("sec-fetch-site", "cross-site"),
            asked
        ]));
    }
}
