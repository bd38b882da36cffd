//! Every answer the gateway gives by itself, one variant each.
//!
//! To add one: a variant here, its arm in each `match` below (the compiler lists them), a row in
//! README.md, and a test. The body is at once an RFC 9457 problem and Kustomer's `errors` list, so
//! that clients of either kind can read it; the two headers say that the gateway wrote it.

mod malformed;
mod problem;
mod unfit;
mod wire_defect;

use std::sync::Arc;
use std::time::Duration;

use audit::{Decided, Unproven};
use http::header::{ALLOW, CONNECTION, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderValue, Response, StatusCode};
use policy::{Denial, Lack, Permit, Policy, Reason, Shut};

use crate::arrival::{Arrival, Caller};
use crate::wire::{AnswerBody, DECISION, PROBLEM_JSON, REQUEST_ID, keep_private};
pub use malformed::Malformed;
use problem::Problem;
pub use unfit::Unfit;
pub use wire_defect::WireDefect;

/// How long to wait where the end of another request is waited for: nobody knows.
const CROWDED_WAIT: Duration = Duration::from_secs(1);

/// What `Allow` says: the methods of the catalogue.
const METHODS: &str = "GET, POST, PUT, PATCH, DELETE";

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
    /// The agent has as many requests under way as it may.
    Crowded {
        /// Its policy.
        policy: Arc<Policy>,
        /// How many it may have.
        most: u32,
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
    /// Kustomer answered, but with nothing that may be handed on.
    AnswerUnfit(Unfit),
    /// The agent's own request body broke off or stalled.
    RequestBrokeOff,
    /// The agent's own request body is longer than the settings let through.
    RequestTooLong {
        /// The most bytes that are let through.
        most: u64,
    },
    /// The gateway failed inside before the request was on record. Nothing was forwarded.
    FailedInside {
        /// Who asked, as far as it is known.
        caller: Arc<Caller>,
    },
    /// The gateway failed inside. The request's record, which was opened, closes itself.
    InternalFailure,
    /// There is no such page below `/_kustodian/`.
    NoSuchPage,
    /// What became of a request that was forwarded only because its agent is observed.
    Observed(Box<Refusal>),
}

/// How the account of a request begins that was permitted and came to nothing.
const GRANTED: &str = "The policy grants this";

/// How it begins where the request was forwarded without that.
const ONLY_OBSERVED: &str = "The policy does not grant this, but is only observed";

impl Refusal {
    /// The decision that is on record; none where the request has no record.
    #[must_use]
    pub fn decided(&self) -> Option<Decided> {
        match self {
            Self::Unauthenticated { .. } => Some(Decided::Unauthenticated),
            Self::Malformed { .. } => Some(Decided::Malformed),
            Self::Denied { .. } => Some(Decided::Denied),
            Self::Limited { .. } | Self::Crowded { .. } => Some(Decided::Limited),
            Self::FailedInside { .. } => Some(Decided::Undecided),
            Self::UpstreamUnreachable
            | Self::UpstreamHungUp
            | Self::UpstreamSilent
            | Self::UpstreamKeyRefused
            | Self::AnswerUnfit(_)
            | Self::RequestBrokeOff
            | Self::RequestTooLong { .. } => Some(Decided::Permitted),
            Self::Observed(_) => Some(Decided::Observed),
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
            Self::Limited { .. } | Self::Crowded { .. } => StatusCode::TOO_MANY_REQUESTS,
            Self::RecordUnavailable => StatusCode::SERVICE_UNAVAILABLE,
            Self::UpstreamUnreachable
            | Self::UpstreamHungUp
            | Self::UpstreamKeyRefused
            | Self::AnswerUnfit(_) => StatusCode::BAD_GATEWAY,
            Self::UpstreamSilent => StatusCode::GATEWAY_TIMEOUT,
            Self::RequestBrokeOff => StatusCode::REQUEST_TIMEOUT,
            Self::RequestTooLong { .. } => StatusCode::PAYLOAD_TOO_LARGE,
            Self::FailedInside { .. } | Self::InternalFailure => StatusCode::INTERNAL_SERVER_ERROR,
            Self::NoSuchPage => StatusCode::NOT_FOUND,
            Self::Observed(what) => what.status(),
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
            Self::Crowded { .. } => "too_many_in_flight",
            Self::RecordUnavailable => "record_unavailable",
            Self::UpstreamUnreachable => "upstream_unreachable",
            Self::UpstreamHungUp => "upstream_hung_up",
            Self::UpstreamSilent => "upstream_silent",
            Self::UpstreamKeyRefused => "upstream_key_refused",
            Self::AnswerUnfit(why) => why.code(),
            Self::RequestBrokeOff => "request_broke_off",
            Self::RequestTooLong { .. } => "request_too_long",
            Self::FailedInside { .. } | Self::InternalFailure => "internal_failure",
            Self::NoSuchPage => "no_such_page",
            Self::Observed(what) => what.code(),
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
        // Over HTTP/2 nobody else leaves out the body that an answer to HEAD must not have.
        let mut response = Response::new(match arrival.method.as_str() {
            "HEAD" => AnswerBody::empty(),
            _ => AnswerBody::from(Problem::of(&self, arrival, sentence).to_json()),
        });
        *response.status_mut() = self.status();
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(PROBLEM_JSON));
        keep_private(headers);
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
            Self::Crowded { .. } => {
                headers.insert(RETRY_AFTER, HeaderValue::from(seconds_up(CROWDED_WAIT)));
            }
            Self::RecordUnavailable => {
                headers.insert(RETRY_AFTER, HeaderValue::from_static("5"));
            }
            Self::Malformed { why: Malformed::Wire(defect), .. } => {
                // Whoever sends this is not trusted with what comes next on this connection.
                headers.insert(CONNECTION, HeaderValue::from_static("close"));
                if *defect == WireDefect::Method {
                    headers.insert(ALLOW, HeaderValue::from_static(METHODS));
                }
            }
            Self::Malformed { .. }
            | Self::Denied { .. }
            | Self::UpstreamUnreachable
            | Self::UpstreamHungUp
            | Self::UpstreamSilent
            | Self::UpstreamKeyRefused
            | Self::AnswerUnfit(_)
            | Self::RequestBrokeOff
            | Self::RequestTooLong { .. }
            | Self::FailedInside { .. }
            | Self::InternalFailure
            | Self::NoSuchPage
            | Self::Observed(_) => {}
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
            Self::Crowded { .. } => "The agent has too many requests under way",
            Self::RecordUnavailable => "The request could not be put on record",
            Self::UpstreamUnreachable => "Kustomer could not be reached",
            Self::UpstreamHungUp => "Kustomer gave no valid answer",
            Self::UpstreamSilent => "Kustomer did not answer in time",
            Self::UpstreamKeyRefused => "Kustomer refused the organisation's own key",
            Self::AnswerUnfit(why) => why.title(),
            Self::RequestBrokeOff => "The request's body did not arrive",
            Self::RequestTooLong { .. } => "The request's body is too long",
            Self::FailedInside { .. } | Self::InternalFailure => "The gateway failed inside",
            Self::NoSuchPage => "The gateway has no such page",
            Self::Observed(what) => what.title(),
        }
    }

    fn detail(&self, sentence: &str) -> String {
        match self {
            Self::Unauthenticated { .. } => {
                "Send a valid token as `Authorization: Bearer kst_...`; whoever runs this gateway \
                 issues them."
                    .to_owned()
            }
            Self::Malformed { .. }
            | Self::Denied { .. }
            | Self::Limited { .. }
            | Self::Crowded { .. } => sentence.to_owned(),
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
            Self::AnswerUnfit(why) => format!(
                "The policy grants this, and it was sent, but {why}, so nothing of the answer is handed \
                 on. Kustomer may have acted on it; whoever runs this gateway can look into it."
            ),
            Self::RequestTooLong { most } => format!(
                "The policy grants this, but a request's body may have {most} bytes at most. If it was \
                 sent without its length, Kustomer may have seen a part of it. Send less at once."
            ),
            Self::Observed(what) => what.detail(sentence).replacen(GRANTED, ONLY_OBSERVED, 1),
            Self::NoSuchPage => {
                "Paths below /_kustodian/ are the gateway's own; it has GET /_kustodian/access and \
                 GET /_kustodian/health."
                    .to_owned()
            }
            Self::FailedInside { .. } => fault("Nothing was sent to Kustomer"),
            Self::InternalFailure => fault("Kustomer may or may not have acted on it"),
        }
    }
}

/// What an agent is told of a fault of the gateway's, with what came of its request.
fn fault(came: &str) -> String {
    format!(
        "This is a fault of the gateway, not of the request. {came}; whoever runs this gateway finds \
         it in the log by its request id."
    )
}

/// The stable code of a denial.
#[must_use]
pub fn denial_code(denial: &Denial) -> &'static str {
    reason_code(denial.reason())
}

/// The stable code of what is not granted, whether it was denied or only observed.
#[must_use]
pub fn reason_code(reason: &Reason) -> &'static str {
    match reason {
        Reason::UnknownOperation(_) => "unknown_operation",
        Reason::AgentSuspended { .. } => "agent_suspended",
        Reason::AgentNotYet(_) => "agent_not_yet",
        Reason::AgentExpired(_) => "agent_expired",
        Reason::NotGranted(lacks) => lacks_code(lacks),
        Reason::Narrowed { .. } => "token_narrowed",
        Reason::Outside(_) => "outside_only",
        Reason::BodyNotRead => "body_not_read",
    }
}

/// What is missing for good comes before what only its time is missing to.
fn lacks_code(lacks: &[Lack]) -> &'static str {
    if lacks.iter().any(|lack| lack.entry.is_some() && lack.shut.is_none()) {
        "level_too_low"
    } else if lacks.iter().any(|lack| lack.entry.is_none()) {
        "not_granted"
    } else if shut_by(lacks, |shut| matches!(shut, Shut::NoAnswer(_))) {
        "condition_without_answer"
    } else if shut_by(lacks, |shut| matches!(shut, Shut::NotTrue(_))) {
        "condition_not_met"
    } else {
        "outside_window"
    }
}

fn shut_by(lacks: &[Lack], by: impl Fn(&Shut) -> bool) -> bool {
    lacks.iter().filter_map(|lack| lack.shut.as_ref()).any(by)
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
