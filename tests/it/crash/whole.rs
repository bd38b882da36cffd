//! Whether a record is whole: every field is there, and says what the call was.

use audit::{Decided, Outcome, OutcomeKind, Record};

use super::call::{AGENT, Call, Kind};

/// What is wrong with the record of a call, as the names of its fields.
pub(crate) fn flaws(record: &Record, call: &Call) -> Vec<&'static str> {
    let mut checks = who_and_what(record, call);
    checks.extend(decision(record, call.kind));
    checks.push(("outcome", is_possible(record.outcome.as_ref(), call.kind)));
    checks.into_iter().filter(|(_, right)| !right).map(|(field, _)| field).collect()
}

fn who_and_what(record: &Record, call: &Call) -> Vec<(&'static str, bool)> {
    let opening = &record.opening;
    vec![
        ("agent", opening.agent.as_deref() == Some(AGENT)),
        ("token", opening.token.as_ref().is_some_and(|token| token.starts_with("tok_"))),
        ("address", opening.address == "127.0.0.1"),
        ("method", opening.method == call.kind.method()),
        ("path", opening.path == call.path),
        ("sentence", record.sentence().ends_with('.')),
    ]
}

fn decision(record: &Record, kind: Kind) -> Vec<(&'static str, bool)> {
    let opening = &record.opening;
    let (operation, decided, reason) = expected(kind);
    let id = opening.path.rsplit('/').next().map(ToOwned::to_owned);
    let targets: Vec<_> = id.filter(|_| operation.is_some()).into_iter().collect();
    let policy = &opening.policy;
    vec![
        ("operation", opening.operation.as_deref() == operation),
        ("resource", opening.resource.as_deref() == operation.map(|_| "customers")),
        ("targets", opening.targets == targets),
        ("demands", opening.demands.len() == targets.len()),
        ("decision", opening.decision == decided),
        ("reason", opening.reason == reason),
        ("policy.file", policy.file.as_ref().is_some_and(|file| file.ends_with("bot.toml"))),
        ("policy.line", policy.line.is_some() == operation.is_some()),
        ("policy.fingerprint", policy.fingerprint.len() == 64),
    ]
}

fn expected(kind: Kind) -> (Option<&'static str>, Decided, &'static str) {
    match kind {
        Kind::Read => (Some("customers.get"), Decided::Permitted, "granted"),
        Kind::Update => (Some("customers.update"), Decided::Permitted, "granted"),
        Kind::Delete => (Some("customers.delete"), Decided::Denied, "level_too_low"),
        Kind::Unknown => (None, Decided::Denied, "unknown_operation"),
        Kind::Malformed => (None, Decided::Malformed, "dot_segment"),
    }
}

/// A refusal is whole at once; of a permitted call, the outcome may have come too late.
fn is_possible(outcome: Option<&Outcome>, kind: Kind) -> bool {
    let Some(outcome) = outcome else { return kind.is_permitted() };
    let written = outcome.sentence.ends_with('.');
    let status = outcome.status == Some(kind.status());
    let fits = match outcome.kind {
        OutcomeKind::Answered => kind.is_permitted() && status && outcome.bytes_out > 0,
        OutcomeKind::Refused => !kind.is_permitted() && status,
        // It was killed before the answer was recorded, and another gateway completed its record.
        OutcomeKind::GatewayStopped => {
            let said = "the gateway stopped before Kustomer's answer was recorded.";
            kind.is_permitted() && outcome.status.is_none() && outcome.sentence.ends_with(said)
        }
        // The agent was told that the record could not be written.
        OutcomeKind::NotForwarded => kind.is_permitted() && outcome.status.is_none(),
        OutcomeKind::UpstreamKeyRefused
        | OutcomeKind::UpstreamUnreachable
        | OutcomeKind::UpstreamHungUp
        | OutcomeKind::UpstreamSilent
        | OutcomeKind::UpstreamBrokeOff
        | OutcomeKind::UpstreamBrokeProtocol
        | OutcomeKind::UpstreamRedirected
        | OutcomeKind::UpstreamEncoded
        | OutcomeKind::KeyInAnswer
        | OutcomeKind::AnswerTooLong
        | OutcomeKind::AgentLeft
        | OutcomeKind::RequestBrokeOff
        | OutcomeKind::TimedOut
        | OutcomeKind::RequestTooLong
        | OutcomeKind::Noted => false,
    };
    written && fits
}
