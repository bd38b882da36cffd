//! From a record's parts to their cells.

use super::{Cell, Cells, Table};
use crate::text::{clean, cleaned};
use crate::{Opening, Outcome, RecordId};

/// The cells of a record's first part. Text is cleaned here, so what is hashed is what is kept.
pub(crate) fn record_row(opening: Opening) -> Cells {
    let at_once = opening.outcome.as_ref();
    let cells = vec![
        Cell::Bytes(opening.id.as_bytes().to_vec()),
        Cell::Number(opening.at.as_microsecond()),
        text_if_any(opening.agent),
        text_if_any(opening.token),
        text(opening.address),
        text(opening.method),
        text(opening.path),
        text_if_any(opening.operation),
        text_if_any(opening.resource),
        json(&cleaned_all(opening.targets)),
        json(&opening.demands),
        Cell::Text(opening.decision.as_str().to_owned()),
        text(opening.reason),
        text_if_any(opening.policy.file),
        opening.policy.line.map_or(Cell::Null, |line| Cell::Number(line.into())),
        text(opening.policy.fingerprint),
        count(opening.requests),
        opening.detail.as_ref().map_or(Cell::Null, json),
        text(opening.sentence),
        at_once.and_then(|outcome| outcome.status).map_or(Cell::Null, |s| Cell::Number(s.into())),
        at_once.map_or(Cell::Null, |outcome| count(outcome.duration_ms)),
    ];
    Cells { table: Table::Records, cells }
}

/// The cells of an outcome that came after its record.
pub(crate) fn outcome_row(id: RecordId, outcome: &Outcome) -> Cells {
    let cells = vec![
        Cell::Bytes(id.as_bytes().to_vec()),
        Cell::Text(outcome.kind.as_str().to_owned()),
        outcome.status.map_or(Cell::Null, |status| Cell::Number(status.into())),
        count(outcome.duration_ms),
        count(outcome.bytes_in),
        count(outcome.bytes_out),
        Cell::Text(clean(&outcome.sentence).into_owned()),
    ];
    Cells { table: Table::Outcomes, cells }
}

fn text(text: String) -> Cell {
    Cell::Text(cleaned(text))
}

fn text_if_any(text: Option<String>) -> Cell {
    text.map_or(Cell::Null, |text| Cell::Text(cleaned(text)))
}

/// Cleaned before they become JSON, which would write a NUL as an escape that Postgres refuses to read.
fn cleaned_all(texts: Vec<String>) -> Vec<String> {
    texts.into_iter().map(cleaned).collect()
}

/// No database has an unsigned number of 64 bits; what does not fit becomes the greatest that does.
fn count(number: u64) -> Cell {
    Cell::Number(i64::try_from(number).unwrap_or(i64::MAX))
}

/// Lists and objects of texts and numbers: writing them as JSON does not fail.
fn json<T: serde::Serialize>(value: &T) -> Cell {
    serde_json::to_string(value).map_or(Cell::Null, Cell::Text)
}
