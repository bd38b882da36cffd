//! The cells of an outcome.

use std::borrow::Cow;

use audit::Outcome;

use super::text::clean;

/// An outcome as cells: a row of `outcomes`, or the columns `outcome_*` of a refused request's record.
pub(crate) struct OutcomeRow<'a> {
    pub(crate) kind: &'static str,
    pub(crate) status: Option<i64>,
    pub(crate) duration_ms: i64,
    pub(crate) bytes_in: i64,
    pub(crate) bytes_out: i64,
    pub(crate) sentence: Cow<'a, str>,
}

impl<'a> OutcomeRow<'a> {
    pub(crate) fn of(outcome: &'a Outcome) -> Self {
        Self {
            kind: outcome.kind.as_str(),
            status: outcome.status.map(i64::from),
            duration_ms: at_most_i64(outcome.duration_ms),
            bytes_in: at_most_i64(outcome.bytes_in),
            bytes_out: at_most_i64(outcome.bytes_out),
            sentence: clean(&outcome.sentence),
        }
    }
}

/// Neither database has an unsigned number of 64 bits; what does not fit becomes the greatest that does.
fn at_most_i64(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
