//! Every answer the gateway gives by itself, one variant each.
//!
//! To add one: a variant here, its arm in each `match` below (the compiler lists them), a row in
//! README.md, and a test. The body is at once an RFC 9457 problem and Kustomer's `errors` list, so
//! that clients of either kind can read it; the two headers say that the gateway wrote it.

mod problem;

use std::sync::Arc;
use std::time::Duration;

use audit::{Decided, Unproven};
use catalogue::{BodyDefect, TargetDefect};
use http::header::{CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderValue, Response, StatusCode};
use policy::{Denial, Permit, Reason};

use crate::arrival::{Arrival, Caller};
use crate::wire::{AnswerBody, DECISION, PROBLEM_JSON, REQUEST_ID};
use problem::Problem;

/// Why the gateway answers by itself.
#[derive(Debug)]
pub enum Refusal {
    /// No valid token came with the request.
    Unauthenticated {
        /// What was wrong; for the record, never for the caller.
        why: Unproven,
        /// Whose token it was, as far as it is known.
        caller: Arc<Caller>,
    },
    /// The request cannot be read with certainty.
    Malformed {
        /// What was wrong.
        why: Malformed,
        /// Who sent it, as far as it is known.
        caller: Arc<Caller>,
    },
    /// The policy does not grant it.
    Denied {
        /// The decision.
        denial: Box<Denial>,
        /// Who asked.
        caller: Arc<Caller>,
    },
    /// The policy grants it, but not so often.
    Limited {
        /// The decision that would have been.
        permit: Box<Permit>,
        /// How long to wait.
        wait: Duration,
        /// Who asked.
        caller: Arc<Caller>,
    },
    /// The record could not be made durable, so nothing was forwarded.
    RecordUnavailable,
    /// Kustomer could not be reached.
    UpstreamUnreachable,
    /// Kustomer gave no valid answer.
    UpstreamHungUp,
    /// Kustomer began no answer in time.
    UpstreamSilent,
    /// Kustomer refused the organisation's own key.
    UpstreamKeyRefused,
    /// The agent's own request body broke off or stalled.
    RequestBrokeOff,
    /// The gateway failed inside.
    InternalFailure,
    /// There is no such page below `/_kustodian/`.
    NoSuchPage,
}

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
    /// The body is compressed or otherwise encoded.
    #[error("its body is encoded; send it without `Content-Encoding`")]
    BodyEncoded,
    /// The body is not as long as the request says.
    #[error("its body is not as long as `Content-Length` says")]
    BodyLength,
    /// The body did not arrive.
    #[error("its body broke off or stalled before it was complete; send it again")]
    BodyBrokeOff,
    /// There is more than one `Authorization` header.
    #[error("there is more than one Authorization header")]
    SeveralAuthorizations,
    /// A token or the real key stands in the path or the query.
    #[error(
        "a credential stands in its path or query, where it would be seen by others; send it in the Authorization header alone, and replace it"
    )]
    CredentialInTarget,
    /// The request target is not a path.
    #[error("the request target is not a path: only the form `/v1/...` is accepted")]
    TargetForm,
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
            Self::BodyEncoded => "body_encoded",
            Self::BodyLength => "body_length",
            Self::BodyBrokeOff => "request_broke_off",
            Self::SeveralAuthorizations => "several_authorization_headers",
            Self::CredentialInTarget => "credential_in_target",
            Self::TargetForm => "target_form",
        }
    }

    fn status(&self) -> StatusCode {
        match self {
            Self::BodyTooLarge(_) => StatusCode::PAYLOAD_TOO_LARGE,
            Self::BodyType | Self::BodyEncoded => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::BodyBrokeOff => StatusCode::REQUEST_TIMEOUT,
            Self::Target(_)
            | Self::Body(_)
            | Self::BodyLength
            | Self::SeveralAuthorizations
            | Self::CredentialInTarget
            | Self::TargetForm => StatusCode::BAD_REQUEST,
        }
    }
}

impl Refusal {
    /// The decision that is on record; none where the request has no record.
    #[must_use]
    pub fn decided(&self) -> Option<Decided> {
        match self {
            Self::Unauthenticated { .. } => Some(Decided::Unauthenticated),
            Self::Malformed { .. } => Some(Decided::Malformed),
            Self::Denied { .. } => Some(Decided::Denied),
            Self::Limited { .. } => Some(Decided::Limited),
            Self::UpstreamUnreachable
            | Self::UpstreamHungUp
            | Self::UpstreamSilent
            | Self::UpstreamKeyRefused
            | Self::RequestBrokeOff => Some(Decided::Permitted),
            Self::RecordUnavailable | Self::InternalFailure | Self::NoSuchPage => None,
        }
    }

    /// The decision as the agent is told it.
    fn decision_word(&self) -> &'static str {
        self.decided().map_or("unrecorded", Decided::as_str)
    }

    /// The HTTP status.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        match self {
            Self::Unauthenticated { .. } => StatusCode::UNAUTHORIZED,
            Self::Malformed { why, .. } => why.status(),
            Self::Denied { .. } => StatusCode::FORBIDDEN,
            Self::Limited { .. } => StatusCode::TOO_MANY_REQUESTS,
            Self::RecordUnavailable => StatusCode::SERVICE_UNAVAILABLE,
            Self::UpstreamUnreachable | Self::UpstreamHungUp | Self::UpstreamKeyRefused => {
                StatusCode::BAD_GATEWAY
            }
            Self::UpstreamSilent => StatusCode::GATEWAY_TIMEOUT,
            Self::RequestBrokeOff => StatusCode::REQUEST_TIMEOUT,
            Self::InternalFailure => StatusCode::INTERNAL_SERVER_ERROR,
            Self::NoSuchPage => StatusCode::NOT_FOUND,
        }
    }

    /// The stable code that the agent is told.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unauthenticated { .. } => "unauthenticated",
            Self::Malformed { why, .. } => why.code(),
            Self::Denied { denial, .. } => denial_code(denial),
            Self::Limited { .. } => "limit_reached",
            Self::RecordUnavailable => "record_unavailable",
            Self::UpstreamUnreachable => "upstream_unreachable",
            Self::UpstreamHungUp => "upstream_hung_up",
            Self::UpstreamSilent => "upstream_silent",
            Self::UpstreamKeyRefused => "upstream_key_refused",
            Self::RequestBrokeOff => "request_broke_off",
            Self::InternalFailure => "internal_failure",
            Self::NoSuchPage => "no_such_page",
        }
    }

    /// The stable code in the record: the same, but for what the caller must not learn.
    #[must_use]
    pub fn recorded_code(&self) -> &'static str {
        if let Self::Unauthenticated { why, .. } = self { why.code() } else { self.code() }
    }

    /// The answer for the agent. `sentence` is the record's.
    #[must_use]
    pub fn into_response(self, arrival: &Arrival, sentence: &str) -> Response<AnswerBody> {
        let body = Problem::of(&self, arrival, sentence).to_json();
        let mut response = Response::new(AnswerBody::from(body));
        *response.status_mut() = self.status();
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(PROBLEM_JSON));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        headers.insert(DECISION, HeaderValue::from_static(self.decision_word()));
        headers.insert(REQUEST_ID, arrival.id_header());
        match &self {
            Self::Unauthenticated { .. } => {
                let challenge = HeaderValue::from_static("Bearer realm=\"kustodian\"");
                headers.insert(WWW_AUTHENTICATE, challenge);
            }
            Self::Limited { wait, .. } => {
                headers.insert(RETRY_AFTER, HeaderValue::from(seconds_up(*wait)));
            }
            Self::RecordUnavailable => {
                headers.insert(RETRY_AFTER, HeaderValue::from_static("5"));
            }
            Self::Malformed { .. }
            | Self::Denied { .. }
            | Self::UpstreamUnreachable
            | Self::UpstreamHungUp
            | Self::UpstreamSilent
            | Self::UpstreamKeyRefused
            | Self::RequestBrokeOff
            | Self::InternalFailure
            | Self::NoSuchPage => {}
        }
        response
    }

    /// A short text that is the same for every refusal of its kind.
    fn title(&self) -> &'static str {
        match self {
            Self::Unauthenticated { .. } => "No valid Kustodian token",
            Self::Malformed { .. } => "The request cannot be read with certainty",
            Self::Denied { .. } => "The agent's policy does not grant this",
            Self::Limited { .. } => "The agent's limit is used up for now",
            Self::RecordUnavailable => "The request could not be put on record",
            Self::UpstreamUnreachable => "Kustomer could not be reached",
            Self::UpstreamHungUp => "Kustomer gave no valid answer",
            Self::UpstreamSilent => "Kustomer did not answer in time",
            Self::UpstreamKeyRefused => "Kustomer refused the organisation's own key",
            Self::RequestBrokeOff => "The request's body did not arrive",
            Self::InternalFailure => "The gateway failed inside",
            Self::NoSuchPage => "The gateway has no such page",
        }
    }

    fn detail(&self, sentence: &str) -> String {
        match self {
            Self::Unauthenticated { .. } => {
                "Send a valid token as `Authorization: Bearer kst_...`; whoever runs this gateway \
                 issues them."
                    .to_owned()
            }
            Self::Malformed { .. } | Self::Denied { .. } | Self::Limited { .. } => {
                sentence.to_owned()
            }
            Self::RecordUnavailable => {
                "Every request is checked and recorded against the store before it is forwarded. The \
                 store did not take it, so nothing was sent to Kustomer. Try again shortly."
                    .to_owned()
            }
            Self::UpstreamUnreachable => {
                "The policy grants this, but no connection to Kustomer could be made, so nothing was \
                 sent. Try again shortly."
                    .to_owned()
            }
            Self::UpstreamHungUp => {
                "The policy grants this, and it was sent, but Kustomer closed the connection without a \
                 valid answer. Kustomer may or may not have acted on it."
                    .to_owned()
            }
            Self::UpstreamSilent => {
                "The policy grants this, and it was sent, but Kustomer began no answer in time. \
                 Kustomer may or may not have acted on it."
                    .to_owned()
            }
            Self::UpstreamKeyRefused => {
                "The policy grants this; it is the organisation's own Kustomer key that may not do \
                 it. The agent cannot mend that: whoever runs this gateway must."
                    .to_owned()
            }
            Self::RequestBrokeOff => {
                "The policy grants this, but the request's body broke off or stalled before it was \
                 complete. Kustomer may have seen a part of it."
                    .to_owned()
            }
            Self::NoSuchPage => {
                "Paths below /_kustodian/ are the gateway's own; it has GET /_kustodian/access and \
                 GET /_kustodian/health."
                    .to_owned()
            }
            Self::InternalFailure => {
                "This is a fault of the gateway, not of the request. Kustomer may or may not have \
                 acted on it; whoever runs this gateway finds it in the log by its request id."
                    .to_owned()
            }
        }
    }
}

/// The stable code of a denial.
#[must_use]
pub fn denial_code(denial: &Denial) -> &'static str {
    match denial.reason() {
        Reason::UnknownOperation(_) => "unknown_operation",
        Reason::AgentExpired { .. } => "agent_expired",
        Reason::NotGranted(lacks) if lacks.iter().all(|lack| lack.entry.is_none()) => "not_granted",
        Reason::NotGranted(_) => "level_too_low",
        Reason::Outside(_) => "outside_only",
        Reason::BodyNotRead => "body_not_read",
    }
}

/// Whole seconds, rounded up, at least one.
fn seconds_up(wait: Duration) -> u64 {
    wait.as_secs() + u64::from(wait.subsec_nanos() > 0 || wait.is_zero())
}

/// An error with everything that caused it, for a log: printed once, at the edge.
#[must_use]
pub fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        text.push_str(": ");
        text.push_str(&error.to_string());
        source = error.source();
    }
    text
}
