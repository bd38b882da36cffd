//! The columns of a record as a row of a table: what CSV and Parquet both write.

use std::borrow::Cow;

use audit::{Outcome, Record};
use jiff::Timestamp;

/// A column: its name, and how its cell is read from a record.
pub(super) struct Column {
    /// The field's name in JSON; a field within an object has the object's name before its own.
    pub(super) name: &'static str,
    /// What its cells are.
    pub(super) cells: Cells,
}

/// What the cells of a column are, and where each comes from.
pub(super) enum Cells {
    /// A text in every record.
    Text(fn(&Record) -> Cow<'_, str>),
    /// A text in some records.
    MaybeText(fn(&Record) -> Option<Cow<'_, str>>),
    /// A number in some records.
    MaybeNumber(fn(&Record) -> Option<u64>),
    /// An instant in every record.
    Instant(fn(&Record) -> Timestamp),
}

/// Every column, in the order of docs/audit-record.md.
///
/// To add a field of the record: a line here. A test compares the names with those of the JSON.
pub(super) static COLUMNS: &[Column] = &[
    text("id", |record| record.opening.id.to_string().into()),
    instant("at", |record| record.opening.at),
    maybe_text("agent", |record| lent(record.opening.agent.as_ref())),
    maybe_text("token", |record| lent(record.opening.token.as_ref())),
    text("address", |record| record.opening.address.as_str().into()),
    text("request_id", |record| record.opening.id.to_string().into()),
    text("method", |record| record.opening.method.as_str().into()),
    text("path", |record| record.opening.path.as_str().into()),
    maybe_text("operation", |record| lent(record.opening.operation.as_ref())),
    maybe_text("resource", |record| lent(record.opening.resource.as_ref())),
    text("targets", |record| record.opening.targets.join(" ").into()),
    text("demands", |record| serde_json::json!(record.opening.demands).to_string().into()),
    text("decision", |record| record.opening.decision.as_str().into()),
    text("reason", |record| record.opening.reason.as_str().into()),
    maybe_text("policy_file", |record| lent(record.opening.policy.file.as_ref())),
    maybe_number("policy_line", |record| record.opening.policy.line.map(u64::from)),
    text("policy_fingerprint", |record| record.opening.policy.fingerprint.as_str().into()),
    maybe_number("requests", |record| Some(record.opening.requests)),
    maybe_text("outcome_kind", |record| Some(outcome(record)?.kind.as_str().into())),
    maybe_number("outcome_status", |record| outcome(record)?.status.map(u64::from)),
    maybe_number("outcome_duration_ms", |record| Some(outcome(record)?.duration_ms)),
    maybe_number("outcome_bytes_in", |record| Some(outcome(record)?.bytes_in)),
    maybe_number("outcome_bytes_out", |record| Some(outcome(record)?.bytes_out)),
    text("sentence", |record| record.sentence().into()),
    maybe_text("detail", |record| Some(record.opening.detail.as_ref()?.to_string().into())),
];

const fn text(name: &'static str, read: fn(&Record) -> Cow<'_, str>) -> Column {
    Column { name, cells: Cells::Text(read) }
}

const fn maybe_text(name: &'static str, read: fn(&Record) -> Option<Cow<'_, str>>) -> Column {
    Column { name, cells: Cells::MaybeText(read) }
}

const fn maybe_number(name: &'static str, read: fn(&Record) -> Option<u64>) -> Column {
    Column { name, cells: Cells::MaybeNumber(read) }
}

const fn instant(name: &'static str, read: fn(&Record) -> Timestamp) -> Column {
    Column { name, cells: Cells::Instant(read) }
}

fn lent(text: Option<&String>) -> Option<Cow<'_, str>> {
    text.map(|text| text.as_str().into())
}

fn outcome(record: &Record) -> Option<&Outcome> {
    record.outcome.as_ref()
}

#[cfg(test)]
mod tests {
    use super::super::testing::permitted;
    use super::*;

    #[test]
    fn every_field_of_the_json_is_a_column_and_in_its_order() {
        let record = serde_json::to_value(permitted()).unwrap();
        let mut fields = Vec::new();
        for (name, value) in record.as_object().unwrap() {
            match value.as_object() {
                Some(inner) => fields.extend(inner.keys().map(|key| format!("{name}_{key}"))),
                None => fields.push(name.clone()),
            }
        }
        let columns: Vec<_> = COLUMNS.iter().map(|column| column.name).collect();
        assert_eq!(columns, fields);
    }
}
