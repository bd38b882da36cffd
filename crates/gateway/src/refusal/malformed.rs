//! What makes a request unreadable, so that nobody can say with certainty what it asks.

use catalogue::{BodyDefect, PathDefect, TargetDefect};
use http::StatusCode;

use super::WireDefect;

/// What makes a request unreadable.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    /// The path or the query is ambiguous or illegal.
    #[error("{0}")]
    Target(TargetDefect),
    /// The body could be read in two ways, or is not what the operation takes.
    #[error("{0}")]
    Body(BodyDefect),
    /// The body is too large to be read before the decision.
    #[error(
        "its body is larger than {0} bytes, which is the most that is read; send less at a time"
    )]
    BodyTooLarge(usize),
    /// The body is of a type that is not read.
    #[error(
        "its body is of another type than JSON; send `Content-Type: application/json`, in UTF-8, and once"
    )]
    BodyType,
    /// The body is not as long as the request says.
    #[error("its body is not as long as `Content-Length` says")]
    BodyLength,
    /// The body did not arrive.
    #[error("its body broke off or stalled before it was complete; send it again")]
    BodyBrokeOff,
    /// Its method, headers, framing or query are those of an attack.
    #[error("{0}")]
    Wire(#[from] WireDefect),
    /// There is more than one `Authorization` header, or a list in it.
    #[error("there is more than one Authorization header, or a list in it")]
    SeveralAuthorizations,
    /// A token or the real key stands in the path or the query.
    #[error(
        "a credential stands in its path or query, where it would be seen by others; send it in the Authorization header alone, and replace it"
    )]
    CredentialInTarget,
    /// The body is compressed, so that nothing could be said of its size or what it asks for.
    #[error("its body has a Content-Encoding; send it as it is")]
    ContentEncoding,
    /// The request target is not a path.
    #[error("the request target is not a path: only the form `/v1/...` is accepted")]
    TargetForm,
    /// The path and query are too long.
    #[error("its path and query take {bytes} bytes, and {most} are read")]
    TargetTooLong {
        /// How long they are.
        bytes: usize,
        /// How long they may be.
        most: usize,
    },
    /// There are too many headers.
    #[error("it has {headers} headers, and {most} are read")]
    TooManyHeaders {
        /// How many there are.
        headers: usize,
        /// How many there may be.
        most: usize,
    },
}

impl Malformed {
    /// The stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Target(defect) => defect.code(),
            Self::Body(defect) => defect.code(),
            Self::BodyTooLarge(_) => "body_too_large",
            Self::BodyType => "body_type",
            Self::BodyLength => "body_length",
            Self::BodyBrokeOff => "request_broke_off",
            Self::Wire(defect) => defect.code(),
            Self::SeveralAuthorizations => "several_authorization_headers",
            Self::CredentialInTarget => "credential_in_target",
            Self::ContentEncoding => "content_encoding",
            Self::TargetForm => "target_form",
            Self::TargetTooLong { .. } => "target_too_long",
            Self::TooManyHeaders { .. } => "too_many_headers",
        }
    }

    /// The HTTP status.
    pub(super) fn status(&self) -> StatusCode {
        match self {
            Self::BodyTooLarge(_) => StatusCode::PAYLOAD_TOO_LARGE,
            Self::ContentEncoding | Self::BodyType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::BodyBrokeOff => StatusCode::REQUEST_TIMEOUT,
            Self::Target(TargetDefect::Path(PathDefect::TooLong | PathDefect::TooManySegments))
            | Self::TargetTooLong { .. } => StatusCode::URI_TOO_LONG,
            Self::TooManyHeaders { .. } => StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
            Self::Wire(defect) => defect.status(),
            Self::Target(_)
            | Self::Body(_)
            | Self::BodyLength
            | Self::SeveralAuthorizations
            | Self::CredentialInTarget
            | Self::TargetForm => StatusCode::BAD_REQUEST,
        }
    }
}
