//! How the sandbox says no: Kustomer's error form, in its two shapes.
//!
//! Most errors are `{"errors": [{"code", "message", "meta"}]}`. An error about one field or
//! parameter has the JSON:API shape instead, with a `source` that points at it.

use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde_json::{Value, json};

/// A request that the sandbox does not carry out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refusal {
    status: StatusCode,
    code: &'static str,
    message: String,
    source: Option<Source>,
}

/// The part of the request that is at fault.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Source {
    /// A field of the body.
    Pointer(String),
    /// A parameter of the query.
    Parameter(String),
}

impl Refusal {
    /// 400: the request as a whole makes no sense.
    pub(crate) fn bad_request(message: impl Into<String>) -> Self {
        Self::plain(StatusCode::BAD_REQUEST, "bad_request", message)
    }

    /// 400: a field of the body is wrong.
    pub(crate) fn bad_field(field: &str, message: impl Into<String>) -> Self {
        let source = Some(Source::Pointer(format!("/{}", field.replace('.', "/"))));
        Self { source, ..Self::bad_request(message) }
    }

    /// 400: a parameter of the query is wrong.
    pub(crate) fn bad_parameter(name: &str, message: impl Into<String>) -> Self {
        let source = Some(Source::Parameter(name.to_owned()));
        Self { source, ..Self::bad_request(message) }
    }

    /// 401: no key, or none that the sandbox has signed.
    pub(crate) fn unauthorized() -> Self {
        let message = "the API key is missing or not valid";
        Self::plain(StatusCode::UNAUTHORIZED, "unauthorized", message)
    }

    /// 403: the key is good, and lacks the role.
    pub(crate) fn forbidden(message: impl Into<String>) -> Self {
        Self::plain(StatusCode::FORBIDDEN, "forbidden", message)
    }

    /// 404: there is no such thing.
    pub(crate) fn not_found(message: impl Into<String>) -> Self {
        Self::plain(StatusCode::NOT_FOUND, "not_found", message)
    }

    /// 413: the body is longer than the sandbox reads.
    pub(crate) fn too_large() -> Self {
        let message = "the request body is too large";
        Self::plain(StatusCode::PAYLOAD_TOO_LARGE, "payload_too_large", message)
    }

    /// 429: a budget is used up.
    pub(crate) fn too_many_requests(message: impl Into<String>) -> Self {
        Self::plain(StatusCode::TOO_MANY_REQUESTS, "too_many_requests", message)
    }

    fn plain(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into(), source: None }
    }

    fn body(&self) -> Value {
        let error = match &self.source {
            None => json!({ "code": self.code, "message": self.message, "meta": {} }),
            Some(source) => json!({
                "status": self.status.as_str(),
                "code": self.code,
                "title": self.status.canonical_reason(),
                "detail": self.message,
                "source": match source {
                    Source::Pointer(pointer) => json!({ "pointer": pointer }),
                    Source::Parameter(name) => json!({ "parameter": name }),
                },
                "meta": {},
            }),
        };
        json!({ "errors": [error] })
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        (self.status, axum::Json(self.body())).into_response()
    }
}
