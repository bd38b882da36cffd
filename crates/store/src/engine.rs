//! What a database must be able to do to be a store.

use std::fmt;

use async_trait::async_trait;
use audit::{AuditPruner, AuditReader, AuditSink, StoreFailure};

use crate::AgentDirectory;

/// One database engine, opened. Implemented in `sqlite.rs` and `postgres.rs`.
#[async_trait]
pub(crate) trait Engine: AuditSink + AuditReader + AuditPruner + AgentDirectory {
    /// The engine's name.
    fn kind(&self) -> &'static str;

    /// Whether appending does its work on the thread that asks for it, and blocks that thread meanwhile.
    fn writes_in_place(&self) -> bool;

    /// Tries out the way that a record takes, and keeps nothing.
    async fn ready(&self) -> Result<(), StoreFailure>;

    /// Lets go of every connection.
    async fn close(&self);
}

/// Shows an engine by its kind and place; neither has a password in it.
pub(crate) fn show(f: &mut fmt::Formatter<'_>, kind: &str, place: &str) -> fmt::Result {
    write!(f, "{kind} at {place}")
}
