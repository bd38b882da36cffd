//! The suggestion for other programs.

use catalogue::OperationId;
use policy::suggest::{Line, Suggestion};
use serde_json::{Value, json};

use super::super::trail::Period;
use super::Args;
use super::calls::Calls;
use super::file::Present;
use crate::output::with;

/// Everything but the policy's text.
pub(super) fn object(
    args: &Args,
    period: Period,
    present: &Present,
    calls: &Calls,
    suggestion: &Suggestion,
) -> Value {
    let beyond: Vec<&str> = suggestion.beyond().iter().map(OperationId::as_str).collect();
    let file = args.out.as_ref().map(|path| path.display().to_string());
    let parts = [
        ("file", json!(file)),
        ("entries", suggestion.lines().iter().map(entry).collect()),
        ("permitted_and_not_used", json!(beyond)),
        ("roles_left_out", json!(present.roles())),
        ("not_taken_over", json!(present.lost())),
    ];
    parts
        .into_iter()
        .fold(said(args, period, calls), |object, (key, value)| with(object, key, value))
}

/// The same members where nothing was used.
pub(super) fn of_nothing(args: &Args, period: Period, calls: &Calls) -> Value {
    let object = with(said(args, period, calls), "entries", json!([]));
    with(object, "policy", Value::Null)
}

fn said(args: &Args, period: Period, calls: &Calls) -> Value {
    json!({
        "agent": args.agent,
        "since": period.since,
        "until": period.until,
        "left_out": calls.left_out().collect::<Vec<_>>(),
    })
}

fn entry(line: &Line) -> Value {
    let evidence = line.evidence.iter().map(|(operation, times)| {
        json!({
            "operation": operation,
            "used": times.used,
            "refused": times.refused,
            "last": times.last,
        })
    });
    json!({
        "entry": line.name.as_str(),
        "level": line.level,
        "evidence": evidence.collect::<Vec<_>>(),
    })
}
