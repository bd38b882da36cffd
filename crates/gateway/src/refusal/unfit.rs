//! Why an answer of Kustomer's is not handed on, though the request was permitted.

use audit::OutcomeKind;

/// What is wrong with an answer. Its text is a fragment that says what Kustomer did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    /// It breaks the rules of HTTP, or is no answer to what was asked.
    #[error("Kustomer's answer broke the rules of HTTP")]
    Protocol,
    /// It sends the agent to another host.
    #[error("Kustomer's answer is a redirect to another host")]
    Redirect,
    /// It is compressed or the like, so that it cannot be searched for the real key.
    #[error("Kustomer encoded its answer, though it was asked not to")]
    Encoded,
    /// It says that it is longer than the settings let through.
    #[error("Kustomer's answer is longer than this gateway hands on")]
    TooLong,
    /// One of its headers holds the real key.
    #[error("Kustomer's answer holds what no agent may see")]
    HoldsKey,
}

impl Unfit {
    /// The stable code.
    #[must_use]
    pub fn code(self) -> &'static str {
        self.outcome().as_str()
    }

    /// What came of the request.
    #[must_use]
    pub fn outcome(self) -> OutcomeKind {
        match self {
            Self::Protocol => OutcomeKind::UpstreamBrokeProtocol,
            Self::Redirect => OutcomeKind::UpstreamRedirected,
            Self::Encoded => OutcomeKind::UpstreamEncoded,
            Self::TooLong => OutcomeKind::AnswerTooLong,
            Self::HoldsKey => OutcomeKind::KeyInAnswer,
        }
    }

    pub(super) fn title(self) -> &'static str {
        match self {
            Self::Protocol => "Kustomer's answer broke the rules of HTTP",
            Self::Redirect => "Kustomer's answer points to another host",
            Self::Encoded => "Kustomer's answer is encoded",
            Self::TooLong => "Kustomer's answer is too long",
            Self::HoldsKey => "Kustomer's answer holds what no agent may see",
        }
    }
}
