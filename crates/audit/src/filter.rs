//! Which records an operator wants to see.

use jiff::Timestamp;

use crate::{Decided, IdRange, Record, RecordId};

/// What a record must be to be listed; what is not set does not restrict.
///
/// To add a criterion: a field here, its condition in the store's `listing/criteria.rs`, its option on
/// the command line, and a case in the acceptance test `both_databases_behave_alike`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// The agent's id.
    pub agent: Option<String>,
    /// What was decided.
    pub decision: Option<Decided>,
    /// The operation's id.
    pub operation: Option<String>,
    /// The operation's resource.
    pub resource: Option<String>,
    /// One of the Kustomer records that the path names, exactly.
    pub target: Option<String>,
    /// The status that the agent was answered with; a request under way has none.
    pub status: Option<u16>,
    /// The record's id, which is the request's, or how it begins.
    pub id: Option<IdRange>,
    /// The id of the token.
    pub token: Option<String>,
    /// The address the request came from.
    pub address: Option<String>,
    /// What stands somewhere in the sentence; A to Z count as a to z.
    pub text: Option<String>,
    /// Not before this instant.
    pub since: Option<Timestamp>,
    /// Before this instant.
    pub until: Option<Timestamp>,
    /// Where to go on; without one, from the newest record.
    pub cursor: Option<Cursor>,
}

impl Filter {
    /// The same without what only a record's outcome can settle: its status and its sentence.
    #[must_use]
    pub fn without_outcome(&self) -> Self {
        Self { status: None, text: None, ..self.clone() }
    }

    /// Whether a record that fits the filter now may no longer do so once it has its outcome, or the
    /// other way round.
    #[must_use]
    pub fn awaits_outcome(&self) -> bool {
        self.status.is_some() || self.text.is_some()
    }

    /// Whether a record has the status and the sentence that are looked for.
    ///
    /// A store does not need this; whoever follows the trail does, because there an outcome comes after
    /// its record was read.
    #[must_use]
    pub fn fits_outcome(&self, record: &Record) -> bool {
        let status = record.outcome.as_ref().and_then(|outcome| outcome.status);
        let has_text = |text: &String| {
            record.sentence().to_ascii_lowercase().contains(&text.to_ascii_lowercase())
        };
        self.status.is_none_or(|wanted| status == Some(wanted))
            && self.text.as_ref().is_none_or(has_text)
    }
}

/// A place in the trail to go on from; records have ids in the order of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cursor {
    /// Newest first, starting with the one before this.
    Before(RecordId),
    /// Oldest first, starting with the one after this.
    After(RecordId),
}
