//! From a record's parts to their cells.

use super::{Cell, Cells, Table};
use crate::text::clean;
use crate::{Opening, Outcome, RecordId};

/// The cells of a record's first part. Text is cleaned here, so what is hashed is what is kept.
pub(crate) fn record_row(opening: &Opening) -> Cells {
    let at_once = opening.outcome.as_ref();
    let mut row = Writer(Cells::new(Table::Records));
    row.bytes(opening.id.as_bytes());
    row.number(opening.at.as_microsecond());
    row.text_if_any(opening.agent.as_deref());
    row.text_if_any(opening.token.as_deref());
    row.text(&opening.address);
    row.text(&opening.method);
    row.text(&opening.path);
    row.text_if_any(opening.operation.as_deref());
    row.text_if_any(opening.resource.as_deref());
    // Cleaned before they become JSON, which would write a NUL as an escape that Postgres refuses.
    row.json(&opening.targets.iter().map(|target| clean(target)).collect::<Vec<_>>());
    row.json(&opening.demands);
    row.text(opening.decision.as_str());
    row.text(&opening.reason);
    row.text_if_any(opening.policy.file.as_deref());
    row.number_if_any(opening.policy.line.map(i64::from));
    row.text(&opening.policy.fingerprint);
    row.count(opening.requests);
    match &opening.detail {
        Some(detail) => row.text_as_is(detail.as_str()),
        None => row.null(),
    }
    row.text(&opening.sentence);
    row.number_if_any(at_once.and_then(|outcome| outcome.status).map(i64::from));
    row.number_if_any(at_once.map(|outcome| count(outcome.duration_ms)));
    row.0
}

/// The cells of an outcome that came after its record.
pub(crate) fn outcome_row(id: RecordId, outcome: &Outcome) -> Cells {
    let mut row = Writer(Cells::new(Table::Outcomes));
    row.bytes(id.as_bytes());
    row.text(outcome.kind.as_str());
    row.number_if_any(outcome.status.map(i64::from));
    row.count(outcome.duration_ms);
    row.count(outcome.bytes_in);
    row.count(outcome.bytes_out);
    row.text(&outcome.sentence);
    row.0
}

/// Puts one cell after the other.
struct Writer(Cells);

impl Writer {
    fn null(&mut self) {
        self.0.push(Cell::Null);
    }

    fn bytes(&mut self, bytes: &[u8]) {
        self.0.push(Cell::Bytes(bytes));
    }

    fn number(&mut self, number: i64) {
        self.0.push(Cell::Number(number));
    }

    fn number_if_any(&mut self, number: Option<i64>) {
        self.0.push(number.map_or(Cell::Null, Cell::Number));
    }

    fn count(&mut self, number: u64) {
        self.number(count(number));
    }

    fn text(&mut self, text: &str) {
        self.0.push(Cell::Text(&clean(text)));
    }

    /// A text in which nothing has to be cleaned: JSON writes what would have to be as escapes.
    fn text_as_is(&mut self, text: &str) {
        self.0.push(Cell::Text(text));
    }

    fn text_if_any(&mut self, text: Option<&str>) {
        match text {
            Some(text) => self.text(text),
            None => self.null(),
        }
    }

    /// Lists and objects of texts and numbers: writing them as JSON does not fail.
    fn json<T: serde::Serialize>(&mut self, value: &T) {
        match serde_json::to_string(value) {
            Ok(text) => self.0.push(Cell::Text(&text)),
            Err(_) => self.null(),
        }
    }
}

/// No database has an unsigned number of 64 bits; what does not fit becomes the greatest that does.
fn count(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
