//! Reading a record back.

use audit::{Decided, Opening, Outcome, OutcomeKind, PolicyLine, Record, RecordId};

use super::Cells;
use crate::failure::unreadable;

/// Reads a row of the listing: a row of `records`, with its row of `outcomes` if there is one.
pub(crate) fn record(row: &impl Cells) -> Result<Record, sqlx::Error> {
    let opening = opening(row)?;
    let outcome = match &opening.outcome {
        Some(at_once) => Some(at_once.clone()),
        None => outcome(row, &LATER)?,
    };
    Ok(Record { opening, outcome })
}

fn opening(row: &impl Cells) -> Result<Opening, sqlx::Error> {
    Ok(Opening {
        id: RecordId::from_bytes(row.exact_bytes("id")?),
        at: row.instant("at")?,
        agent: row.text_if_any("agent")?,
        token: row.text_if_any("token")?,
        address: row.text("address")?,
        method: row.text("method")?,
        path: row.text("path")?,
        operation: row.text_if_any("operation")?,
        resource: row.text_if_any("resource")?,
        targets: serde_json::from_str(&row.text("targets")?)
            .map_err(|_| unreadable("targets", "expected a JSON list of texts"))?,
        demands: serde_json::from_str(&row.text("demands")?)
            .map_err(|_| unreadable("demands", "expected a JSON list of demands"))?,
        decision: decision(row)?,
        reason: row.text("reason")?,
        policy: PolicyLine {
            file: row.text_if_any("policy_file")?,
            line: row.small_if_any("policy_line")?,
            fingerprint: row.text("policy_fingerprint")?,
        },
        sentence: row.text("sentence")?,
        outcome: outcome(row, &AT_ONCE)?,
    })
}

pub(super) fn decision(row: &impl Cells) -> Result<Decided, sqlx::Error> {
    row.text("decision")?.parse().map_err(|_| unreadable("decision", "expected a known decision"))
}

/// The columns in which the listing shows an outcome.
struct OutcomeColumns {
    kind: &'static str,
    status: &'static str,
    duration_ms: &'static str,
    bytes_in: &'static str,
    bytes_out: &'static str,
    sentence: &'static str,
}

/// An outcome that was written with its record.
const AT_ONCE: OutcomeColumns = OutcomeColumns {
    kind: "outcome_kind",
    status: "outcome_status",
    duration_ms: "outcome_duration_ms",
    bytes_in: "outcome_bytes_in",
    bytes_out: "outcome_bytes_out",
    sentence: "outcome_sentence",
};

/// An outcome that came later.
const LATER: OutcomeColumns = OutcomeColumns {
    kind: "later_kind",
    status: "later_status",
    duration_ms: "later_duration_ms",
    bytes_in: "later_bytes_in",
    bytes_out: "later_bytes_out",
    sentence: "later_sentence",
};

fn outcome(row: &impl Cells, columns: &OutcomeColumns) -> Result<Option<Outcome>, sqlx::Error> {
    let Some(word) = row.text_if_any(columns.kind)? else {
        return Ok(None);
    };
    let kind = word
        .parse::<OutcomeKind>()
        .map_err(|_| unreadable(columns.kind, "expected a known kind of outcome"))?;
    Ok(Some(Outcome {
        kind,
        status: row.small_if_any(columns.status)?,
        duration_ms: row.count(columns.duration_ms)?,
        bytes_in: row.count(columns.bytes_in)?,
        bytes_out: row.count(columns.bytes_out)?,
        sentence: row.text(columns.sentence)?,
    }))
}
