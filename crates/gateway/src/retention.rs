//! Drops records that are older than they are kept: some time after the start, and then once a day.

use std::sync::Arc;
use std::time::Duration;

use audit::{Keep, Prune, StoreFailure, TrailFailure};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use crate::gateway::Gateway;
use crate::refusal::chain;

/// How long after the start: whoever restarts a gateway again and again has other worries.
const FIRST: Duration = Duration::from_mins(10);

/// From one look to the next.
const DAILY: Duration = Duration::from_hours(24);

/// What came of one look at what is old.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Retained {
    /// There was nothing to drop.
    All,
    /// This many records were dropped.
    Younger(u64),
    /// The database does not let the gateway drop anything.
    MayNotDrop,
}

/// Drops what is old until told to stop. What is under way then goes on with the next start.
pub(crate) async fn run(gateway: Arc<Gateway>, keep: Keep, stop: CancellationToken) {
    let daily = daily(|| look(&gateway, keep));
    tokio::select! {
        () = stop.cancelled() => {}
        () = daily => {}
    }
}

/// Does something some time after the start and then once a day, for as long as it says so.
async fn daily<Act: Future<Output = bool>>(mut act: impl FnMut() -> Act) {
    sleep(FIRST).await;
    while act().await {
        sleep(DAILY).await;
    }
}

/// Whether to look again tomorrow.
async fn look(gateway: &Gateway, keep: Keep) -> bool {
    match retain(gateway, keep).await {
        Ok(Retained::All) => tracing::debug!(%keep, "no record is older than records are kept"),
        Ok(Retained::Younger(dropped)) => {
            tracing::info!(dropped, %keep, "dropped the records that are older than they are kept");
        }
        Ok(Retained::MayNotDrop) => {
            tracing::warn!(
                %keep,
                "the database does not let the gateway drop old records, so `audit.keep` does nothing \
                 here; run `kustodian audit prune` as the owner of the tables, once a day"
            );
            return false;
        }
        Err(failure) => tracing::error!(
            failure = chain(&failure),
            "old records could not be dropped; it is tried again tomorrow"
        ),
    }
    true
}

/// Puts on record what is dropped, and drops it.
pub async fn retain(gateway: &Gateway, keep: Keep) -> Result<Retained, RetentionFailure> {
    let (reader, pruner) = (gateway.store.audit_reader(), gateway.store.audit_pruner());
    if !pruner.may_drop().await? {
        return Ok(Retained::MayNotDrop);
    }
    let now = gateway.clock.now();
    let seed = gateway.audit_key.signing_seed();
    let prune = Prune::plan(&*reader, &*pruner, keep.before(now), &seed.public_key()).await?;
    for chain in prune.left_alone() {
        tracing::error!(
            chain,
            "something is wrong in old records, so they are not dropped; see `kustodian audit verify`"
        );
    }
    if prune.is_empty() {
        return Ok(Retained::All);
    }
    gateway.note(prune.event(now, keep, &seed.signing_key())).await?;
    prune.carry_out(&*reader, &*pruner).await?;
    Ok(Retained::Younger(prune.records()))
}

/// Why old records were not dropped, or not all of them.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RetentionFailure {
    /// The store failed.
    #[error("the store failed")]
    Store(#[from] StoreFailure),
    /// That they are dropped could not be put on record.
    #[error("it could not be put on record that they are dropped")]
    Trail(#[from] TrailFailure),
}

#[cfg(test)]
mod tests {
    use tokio::time::Instant;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn it_is_done_some_time_after_the_start_and_then_daily_until_it_says_that_it_is_in_vain()
    {
        let start = Instant::now();
        let mut looks = Vec::new();
        daily(|| {
            looks.push(start.elapsed());
            std::future::ready(looks.len() < 3)
        })
        .await;
        assert_eq!(looks, [FIRST, FIRST + DAILY, FIRST + DAILY * 2]);
    }
}
