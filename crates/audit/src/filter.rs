//! Which records an operator wants to see.

use jiff::Timestamp;

use crate::{Decided, RecordId};

/// What a record must be to be listed; what is not set does not restrict.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// The agent's id.
    pub agent: Option<String>,
    /// What was decided.
    pub decision: Option<Decided>,
    /// The operation's id.
    pub operation: Option<String>,
    /// Not before this instant.
    pub since: Option<Timestamp>,
    /// Before this instant.
    pub until: Option<Timestamp>,
    /// Where to go on; without one, from the newest record.
    pub cursor: Option<Cursor>,
}

/// A place in the trail to go on from; records have ids in the order of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cursor {
    /// Newest first, starting with the one before this.
    Before(RecordId),
    /// Oldest first, starting with the one after this.
    After(RecordId),
}
