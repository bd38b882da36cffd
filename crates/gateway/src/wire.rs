//! Names and types of the wire that are Kustodian's own.

use http::header::{CACHE_CONTROL, X_CONTENT_TYPE_OPTIONS};
use http::{HeaderMap, HeaderName, HeaderValue};

/// The body of every answer on the agents' listener.
pub type AnswerBody = axum::body::Body;

/// The gateway's word on a request: `permitted`, `denied`, ... On every answer it gives or passes on.
pub const DECISION: HeaderName = HeaderName::from_static("kustodian-decision");

/// The request's id, which is its record's id.
pub const REQUEST_ID: HeaderName = HeaderName::from_static("kustodian-request-id");

/// Every path below this is the gateway's own and never reaches Kustomer.
pub const OWN_PATHS: &str = "/_kustodian/";

/// The content type of a refusal, RFC 9457.
pub const PROBLEM_JSON: &str = "application/problem+json";

/// Says of an answer that nobody may keep it, and that it is nothing but what it says it is: answers are
/// for one agent, and hold what customers wrote.
pub fn keep_private(headers: &mut HeaderMap) {
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
}
