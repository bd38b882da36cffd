//! Dropping what is old, as a store does it; [`crate::Prune`] says what goes, and sees that it is on
//! record first.

use std::fmt;

use async_trait::async_trait;

use crate::{ChainState, Place, RecordId, StoreFailure};

/// What of the trail is old, by the ids of its records.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Old {
    /// Records with smaller ids are old. It may be less than what was asked for: a store that keeps
    /// each month apart drops whole months.
    pub before: RecordId,
    /// The chains that may have old rows.
    pub chains: Vec<OldChain>,
}

/// A chain, and where what is old of it ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OldChain {
    /// The chain.
    pub state: ChainState,
    /// How many of its rows come before the first that stays: the first part of a record that is not
    /// old or still waits for its outcome, and the last row of a chain that is not closed.
    pub rows: u64,
}

/// What is to be dropped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cut {
    /// All these rows have to do with records whose ids are smaller.
    pub before: RecordId,
    /// The first rows of chains: of each chain those before this place.
    pub ends: Vec<Place>,
    /// Closed chains that can be forgotten once none of their rows is left.
    pub forgotten: Vec<RecordId>,
}

/// A way to drop what is old. Implemented once per database.
#[async_trait]
pub trait AuditPruner: fmt::Debug + Send + Sync {
    /// Whether the database lets this program drop anything.
    async fn may_drop(&self) -> Result<bool, StoreFailure>;

    /// What comes before the first row that stays, in every chain.
    async fn old(&self, before: RecordId) -> Result<Old, StoreFailure>;

    /// Drops what is to go. After a failure some of it may be gone.
    async fn drop_rows(&self, cut: &Cut) -> Result<(), StoreFailure>;
}
