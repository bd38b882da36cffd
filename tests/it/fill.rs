//! Fills a store with a trail as a busy organisation would have it.
//!
//! Everything takes the way that the gateway's own records take: two replicas, each with its own chain,
//! a new one after every start. The same seed gives the same trail but for the ends of the chains.

pub(crate) mod agents;
mod operations;
pub(crate) mod replica;
pub(crate) mod requests;
pub(crate) mod targets;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use jiff::Timestamp;
use store::Store;
use tokio::task::JoinSet;

/// Gateways that write at once.
pub(crate) const REPLICAS: u64 = 2;

/// What the trail is to be.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Plan {
    pub(crate) records: u64,
    /// Over how many days they are spread.
    pub(crate) days: u32,
    pub(crate) agents: usize,
    pub(crate) seed: u64,
    /// When the first request arrives.
    pub(crate) begin: Timestamp,
}

/// Appends the whole trail to the store; counts in `written` how many records are durable.
pub(crate) async fn fill(store: &Store, plan: &Plan, written: &Arc<AtomicU64>) {
    let mut replicas = JoinSet::new();
    for number in 0..REPLICAS {
        let (sink, plan, written) = (store.audit_sink(), *plan, Arc::clone(written));
        replicas.spawn(async move {
            replica::write(sink, &plan, number, &|records| {
                written.fetch_add(records, Ordering::Relaxed);
            })
            .await;
        });
    }
    replicas.join_all().await;
}

#[cfg(test)]
mod tests;
