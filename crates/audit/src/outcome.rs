//! What came of a request.

use std::fmt;
use std::str::FromStr;

use serde::Serialize;

/// The second part of a record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Outcome {
    /// What happened, as one word.
    pub kind: OutcomeKind,
    /// Kustomer's HTTP status, or the gateway's own where it answered by itself; none where nobody
    /// answered.
    pub status: Option<u16>,
    /// From the request's arrival to the end of its answer, in milliseconds.
    pub duration_ms: u64,
    /// Bytes of the agent's request body that were read.
    pub bytes_in: u64,
    /// Bytes of the answer's body that were handed to the agent's connection.
    pub bytes_out: u64,
    /// The whole record in plain English.
    #[serde(skip)]
    pub sentence: String,
}

impl Outcome {
    /// Whether Kustomer began to answer the request itself: it was carried out, or refused by Kustomer.
    ///
    /// Where nobody told, as when the gateway was killed, and where Kustomer refused the gateway's own
    /// key or sent the request elsewhere, it was not.
    #[must_use]
    pub fn is_answer(&self) -> bool {
        match self.kind {
            OutcomeKind::Answered
            | OutcomeKind::UpstreamBrokeOff
            | OutcomeKind::UpstreamEncoded
            | OutcomeKind::KeyInAnswer
            | OutcomeKind::AnswerTooLong => true,
            // The status is noted when Kustomer's answer begins.
            OutcomeKind::AgentLeft | OutcomeKind::TimedOut | OutcomeKind::GatewayStopped => {
                self.status.is_some()
            }
            OutcomeKind::Refused
            | OutcomeKind::UpstreamKeyRefused
            | OutcomeKind::UpstreamUnreachable
            | OutcomeKind::UpstreamHungUp
            | OutcomeKind::UpstreamSilent
            | OutcomeKind::UpstreamBrokeProtocol
            | OutcomeKind::UpstreamRedirected
            | OutcomeKind::RequestBrokeOff
            | OutcomeKind::RequestTooLong
            | OutcomeKind::NotForwarded
            | OutcomeKind::Noted => false,
        }
    }
}

/// What happened to a request in the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum OutcomeKind {
    /// Kustomer answered, and the answer was passed on whole.
    Answered,
    /// The gateway refused it by itself; nothing was forwarded.
    Refused,
    /// Kustomer refused the organisation's own key.
    UpstreamKeyRefused,
    /// No connection to Kustomer could be made; nothing was sent.
    UpstreamUnreachable,
    /// Kustomer closed the connection before it began an answer, or what it sent was none.
    UpstreamHungUp,
    /// Kustomer began no answer in time.
    UpstreamSilent,
    /// Kustomer's answer broke off or stalled in the middle.
    UpstreamBrokeOff,
    /// What Kustomer answered breaks the rules of HTTP, or is no answer to what was asked.
    UpstreamBrokeProtocol,
    /// Kustomer's answer pointed to another host; it was not handed on.
    UpstreamRedirected,
    /// Kustomer's answer was compressed or the like, so that it could not be searched for the real key;
    /// it was not handed on.
    UpstreamEncoded,
    /// Kustomer's answer held the real key; it was cut off before that.
    KeyInAnswer,
    /// Kustomer's answer was longer than the settings let through; it was cut off there.
    AnswerTooLong,
    /// The agent closed its connection before the answer was complete.
    AgentLeft,
    /// The agent's own request body broke off or stalled.
    RequestBrokeOff,
    /// It took longer in all than a request may, and was broken off.
    TimedOut,
    /// The agent's request body was longer than the settings let through.
    RequestTooLong,
    /// It was given up while its record was being written: nothing was forwarded.
    NotForwarded,
    /// The gateway failed inside, or stopped, before the answer was complete.
    GatewayStopped,
    /// Nothing was asked, so nothing came of it.
    Noted,
}

impl OutcomeKind {
    /// All of them, in the order of the documentation.
    pub const ALL: [Self; 19] = [
        Self::Answered,
        Self::Refused,
        Self::UpstreamKeyRefused,
        Self::UpstreamUnreachable,
        Self::UpstreamHungUp,
        Self::UpstreamSilent,
        Self::UpstreamBrokeOff,
        Self::UpstreamBrokeProtocol,
        Self::UpstreamRedirected,
        Self::UpstreamEncoded,
        Self::KeyInAnswer,
        Self::AnswerTooLong,
        Self::AgentLeft,
        Self::RequestBrokeOff,
        Self::TimedOut,
        Self::RequestTooLong,
        Self::NotForwarded,
        Self::GatewayStopped,
        Self::Noted,
    ];

    /// The word in records.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Answered => "answered",
            Self::Refused => "refused",
            Self::UpstreamKeyRefused => "upstream_key_refused",
            Self::UpstreamUnreachable => "upstream_unreachable",
            Self::UpstreamHungUp => "upstream_hung_up",
            Self::UpstreamSilent => "upstream_silent",
            Self::UpstreamBrokeOff => "upstream_broke_off",
            Self::UpstreamBrokeProtocol => "upstream_broke_protocol",
            Self::UpstreamRedirected => "upstream_redirected",
            Self::UpstreamEncoded => "upstream_encoded",
            Self::KeyInAnswer => "key_in_answer",
            Self::AnswerTooLong => "answer_too_long",
            Self::AgentLeft => "agent_left",
            Self::RequestBrokeOff => "request_broke_off",
            Self::TimedOut => "timed_out",
            Self::RequestTooLong => "request_too_long",
            Self::NotForwarded => "not_forwarded",
            Self::GatewayStopped => "gateway_stopped",
            Self::Noted => "noted",
        }
    }
}

impl fmt::Display for OutcomeKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for OutcomeKind {
    type Err = UnknownOutcome;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word).ok_or(UnknownOutcome)
    }
}

/// The word is no kind of outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("unknown kind of outcome")]
pub struct UnknownOutcome;
