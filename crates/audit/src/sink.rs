//! Where the trail is kept and read: two traits that a store implements.

use std::fmt;

use async_trait::async_trait;

use crate::{Filter, Opening, Outcome, Record, RecordId, Summary};

/// One thing to append to the trail.
#[derive(Debug, Clone)]
pub enum Entry {
    /// The first part of a record.
    Opening(Box<Opening>),
    /// The second part of the record with this id.
    Outcome(RecordId, Outcome),
    /// The same, for a record that may never have been written: it is completed only if it is there.
    GivenUp(RecordId, Outcome),
}

/// A place to append to. Implemented once per database.
#[async_trait]
pub trait AuditSink: fmt::Debug + Send + Sync {
    /// Appends all entries in one transaction, and returns when they are durable: on disk, synced.
    ///
    /// An outcome that is there already is left as it is, so that a batch whose fate was unclear can
    /// be sent again.
    async fn append(&self, entries: &[Entry]) -> Result<(), StoreFailure>;
}

/// A way to look things up in the trail. Implemented once per database.
#[async_trait]
pub trait AuditReader: fmt::Debug + Send + Sync {
    /// At most `limit` records that fit the filter: newest first, unless its cursor says oldest first.
    async fn list(&self, filter: &Filter, limit: u32) -> Result<Vec<Record>, StoreFailure>;

    /// The record with this id, if there is one.
    async fn find(&self, id: RecordId) -> Result<Option<Record>, StoreFailure>;

    /// How many records fit the filter, counted where they are kept; its cursor is not looked at.
    async fn summarise(&self, filter: &Filter) -> Result<Summary, StoreFailure>;
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
