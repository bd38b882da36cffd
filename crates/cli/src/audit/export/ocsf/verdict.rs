//! What was decided and what came of it, in the numbers of OCSF.

use audit::{Decided, Outcome, OutcomeKind, Record, Unproven};

/// A number of OCSF and the word that goes with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Coded {
    /// The number.
    pub(super) id: u32,
    /// Its word, exactly as OCSF writes it.
    pub(super) word: &'static str,
}

const fn coded(id: u32, word: &'static str) -> Coded {
    Coded { id, word }
}

/// The reason of a request with a secret in its path or query.
const SECRET_IN_TARGET: &str = "credential_in_target";

/// How much it matters to whoever watches. Refusals are what the gateway is for, so they are low; what
/// says that a secret got about is more.
pub(super) fn severity(record: &Record) -> Coded {
    let reason = record.opening.reason.as_str();
    let outcome = record.outcome.as_ref().map(|outcome| outcome.kind);
    if reason == Unproven::RealKey.code() || outcome == Some(OutcomeKind::KeyInAnswer) {
        return coded(4, "High");
    }
    let troubling = [Unproven::Revoked.code(), SECRET_IN_TARGET].contains(&reason);
    if troubling || outcome == Some(OutcomeKind::UpstreamKeyRefused) {
        return coded(3, "Medium");
    }
    match record.opening.decision {
        Decided::Permitted | Decided::Noted => coded(1, "Informational"),
        // Nothing keeps its agent from going on.
        Decided::Observed => coded(3, "Medium"),
        Decided::Denied
        | Decided::Unauthenticated
        | Decided::Malformed
        | Decided::Limited
        | Decided::Undecided => coded(2, "Low"),
    }
}

/// Whether the agent got what it asked for; unknown while the request is under way.
pub(super) fn status(record: &Record) -> Coded {
    match &record.outcome {
        None => coded(0, "Unknown"),
        Some(outcome) if succeeded(outcome) => coded(1, "Success"),
        Some(_) => coded(2, "Failure"),
    }
}

fn succeeded(outcome: &Outcome) -> bool {
    let answered = [OutcomeKind::Answered, OutcomeKind::Noted].contains(&outcome.kind);
    answered && outcome.status.is_none_or(|status| status < 400)
}

/// What the gateway did with the request.
pub(super) fn action(record: &Record) -> Coded {
    match record.opening.decision {
        Decided::Permitted => coded(1, "Allowed"),
        Decided::Denied
        | Decided::Unauthenticated
        | Decided::Malformed
        | Decided::Limited
        | Decided::Undecided => coded(2, "Denied"),
        Decided::Observed | Decided::Noted => coded(3, "Observed"),
    }
}

/// The same more exactly.
pub(super) fn disposition(record: &Record) -> Coded {
    match record.opening.decision {
        Decided::Permitted => coded(1, "Allowed"),
        Decided::Denied | Decided::Limited => coded(2, "Blocked"),
        Decided::Malformed => coded(25, "Rejected"),
        Decided::Unauthenticated => coded(26, "Unauthorized"),
        Decided::Undecided => coded(27, "Error"),
        Decided::Observed | Decided::Noted => coded(17, "Logged"),
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::testing::{permitted, refused, under_way};
    use super::*;

    #[test]
    fn a_refusal_is_low_and_a_secret_that_got_about_is_more() {
        let word = |decision, reason| severity(&refused(decision, reason, 401)).word;
        assert_eq!(severity(&permitted()).word, "Informational");
        assert_eq!(word(Decided::Denied, "not_granted"), "Low");
        assert_eq!(word(Decided::Observed, "not_granted"), "Medium");
        assert_eq!(word(Decided::Unauthenticated, "token_missing"), "Low");
        assert_eq!(word(Decided::Unauthenticated, "token_revoked"), "Medium");
        assert_eq!(word(Decided::Malformed, "credential_in_target"), "Medium");
        assert_eq!(word(Decided::Unauthenticated, "real_key_presented"), "High");
    }

    #[test]
    fn only_a_good_answer_that_was_passed_on_is_a_success() {
        let ended = |kind, status| {
            let mut record = permitted();
            let outcome = record.outcome.as_mut().unwrap();
            (outcome.kind, outcome.status) = (kind, status);
            status_word(&record)
        };
        assert_eq!(ended(OutcomeKind::Answered, Some(204)), "Success");
        assert_eq!(ended(OutcomeKind::Answered, Some(404)), "Failure");
        assert_eq!(ended(OutcomeKind::AgentLeft, Some(200)), "Failure");
        assert_eq!(ended(OutcomeKind::NotForwarded, None), "Failure");
        assert_eq!(status_word(&refused(Decided::Denied, "not_granted", 403)), "Failure");
        assert_eq!(status_word(&under_way()), "Unknown");
    }

    fn status_word(record: &Record) -> &'static str {
        status(record).word
    }
}
