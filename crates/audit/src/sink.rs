//! Where the trail is kept and read: two traits that a store implements.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;

use crate::chain::{Chain, Head};
use crate::row::{Place, Row};
use crate::{Filter, Record, RecordId, Summary};

/// Rows to append together, and where their chain stands before and after them.
#[derive(Debug, Clone)]
pub struct Batch {
    /// The rows, in the order of their places. Shared, so that a store can give them to a thread.
    pub rows: Arc<Vec<Row>>,
    /// The chain before the first of them. A store appends only if it finds the chain there.
    pub before: Chain,
    /// The chain after the last of them.
    pub after: Chain,
    /// The heads of other chains that the first row names, where it opens its chain.
    pub names: Vec<Head>,
    /// The earliest record that waits for its outcome once these rows are there.
    pub open_since: Option<RecordId>,
    /// Whether these are the chain's last rows.
    pub is_last: bool,
}

/// A chain that a store has just begun, without rows.
#[derive(Debug, Clone)]
pub struct NewChain {
    /// Which one it is in its store.
    pub ordinal: u32,
    /// The heads that no other chain has named yet: naming these, and they naming others, holds all.
    pub tips: Vec<Head>,
}

/// What a store knows of a chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChainState {
    /// Which one it is in its store.
    pub ordinal: u32,
    /// How far it has come; none while it has no row.
    pub head: Option<Head>,
    /// Whether its writer has ended, or was taken for dead: nothing more is appended to it.
    pub closed: bool,
}

/// A forwarded request whose gateway is gone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Abandoned {
    /// Its record.
    pub id: RecordId,
    /// The sentence of its opening.
    pub sentence: String,
}

/// A place to append to. Implemented once per database.
#[async_trait]
pub trait AuditSink: fmt::Debug + Send + Sync {
    /// Begins a chain with this id, without rows. Its writer counts as alive from now on.
    async fn begin_chain(&self, id: RecordId, at: Timestamp) -> Result<NewChain, StoreFailure>;

    /// Appends all rows in one transaction, and returns when they are durable: on disk, synced.
    ///
    /// Without rows it only says that the writer is alive. Where the chain is not at `before` or is
    /// closed, nothing is appended, and the failure says that it is unclear what was.
    async fn append(&self, batch: &Batch) -> Result<(), StoreFailure>;

    /// Where a chain stands; none where it is not there.
    async fn chain_state(&self, ordinal: u32) -> Result<Option<ChainState>, StoreFailure>;

    /// Those of the records that have their outcome already.
    async fn completed(&self, records: &[RecordId]) -> Result<Vec<RecordId>, StoreFailure>;

    /// Closes every chain but the one of this ordinal whose writer has not been heard of for so long,
    /// and gives the requests that these and other closed chains left under way, at most `limit`.
    async fn abandoned(
        &self,
        silence: Duration,
        but: u32,
        limit: u32,
    ) -> Result<Vec<Abandoned>, StoreFailure>;
}

/// A way to look things up in the trail. Implemented once per database.
#[async_trait]
pub trait AuditReader: fmt::Debug + Send + Sync {
    /// At most `limit` records that fit the filter: newest first, unless its cursor says oldest first.
    async fn list(&self, filter: &Filter, limit: u32) -> Result<Vec<Record>, StoreFailure>;

    /// The record with this id, if there is one.
    async fn find(&self, id: RecordId) -> Result<Option<Record>, StoreFailure>;

    /// The newest record that the gateway noted of itself for this reason.
    async fn last_noted(&self, reason: &str) -> Result<Option<Record>, StoreFailure>;

    /// How many records fit the filter, counted where they are kept; its cursor is not looked at.
    async fn summarise(&self, filter: &Filter) -> Result<Summary, StoreFailure>;

    /// All chains, in the order of their ordinals.
    async fn chains(&self) -> Result<Vec<ChainState>, StoreFailure>;

    /// At most `limit` rows of either table, whatever is in them, in the order of their places: from
    /// this place on.
    async fn rows(&self, from: Place, limit: u32) -> Result<Vec<Row>, StoreFailure>;
}

/// The store could not do what was asked.
///
/// The text is for logs; it holds no value that was being stored.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{doing}: {why}")]
pub struct StoreFailure {
    /// What was being done, such as "append to the trail".
    pub doing: &'static str,
    /// What the database said.
    pub why: String,
    /// Whether it may have been done all the same: the answer to a commit never came.
    pub unclear: bool,
}
