//! The cells of a record's first part.

use std::borrow::Cow;

use audit::Opening;

use super::OutcomeRow;
use super::text::{clean, clean_if_any};

/// A row of `records`: one field for each column, in the order of the columns.
pub(crate) struct OpeningRow<'a> {
    pub(crate) id: &'a [u8],
    pub(crate) at: i64,
    pub(crate) agent: Option<Cow<'a, str>>,
    pub(crate) token: Option<Cow<'a, str>>,
    pub(crate) address: Cow<'a, str>,
    pub(crate) method: Cow<'a, str>,
    pub(crate) path: Cow<'a, str>,
    pub(crate) operation: Option<Cow<'a, str>>,
    pub(crate) resource: Option<Cow<'a, str>>,
    pub(crate) targets: String,
    pub(crate) demands: String,
    pub(crate) decision: &'static str,
    pub(crate) reason: Cow<'a, str>,
    pub(crate) policy_file: Option<Cow<'a, str>>,
    pub(crate) policy_line: Option<i64>,
    pub(crate) policy_fingerprint: Cow<'a, str>,
    pub(crate) sentence: Cow<'a, str>,
    /// The columns `outcome_*`: null where the outcome is not known yet.
    pub(crate) outcome: Option<OutcomeRow<'a>>,
}

impl<'a> OpeningRow<'a> {
    pub(crate) fn of(opening: &'a Opening) -> Result<Self, sqlx::Error> {
        Ok(Self {
            id: opening.id.as_bytes(),
            at: opening.at.as_microsecond(),
            agent: clean_if_any(opening.agent.as_ref()),
            token: clean_if_any(opening.token.as_ref()),
            address: clean(&opening.address),
            method: clean(&opening.method),
            path: clean(&opening.path),
            operation: clean_if_any(opening.operation.as_ref()),
            resource: clean_if_any(opening.resource.as_ref()),
            // A NUL needs no cleaning in these two: JSON writes it as an escape.
            targets: serde_json::to_string(&opening.targets).map_err(not_json)?,
            demands: serde_json::to_string(&opening.demands).map_err(not_json)?,
            decision: opening.decision.as_str(),
            reason: clean(&opening.reason),
            policy_file: clean_if_any(opening.policy.file.as_ref()),
            policy_line: opening.policy.line.map(i64::from),
            policy_fingerprint: clean(&opening.policy.fingerprint),
            sentence: clean(&opening.sentence),
            outcome: opening.outcome.as_ref().map(OutcomeRow::of),
        })
    }
}

fn not_json(error: serde_json::Error) -> sqlx::Error {
    sqlx::Error::Encode(Box::new(error))
}
