//! Answers of the administration's listener in JSON, on lines of their own: whoever calls it with curl has
//! a terminal to look at.

use axum::response::{IntoResponse as _, Response};
use http::StatusCode;
use http::header::CONTENT_TYPE;
use serde_json::{Value, json};

/// A JSON answer that ends its line.
pub(super) fn json_page(status: StatusCode, page: &Value) -> Response {
    (status, [(CONTENT_TYPE, "application/json")], format!("{page}\n")).into_response()
}

/// A refusal, with the reason in a sentence.
pub(super) fn forbidden(why: &str) -> Response {
    json_page(StatusCode::FORBIDDEN, &json!({ "status": "forbidden", "detail": why }))
}
