//! Walks all chains of a trail and finds what was changed, removed, inserted or reordered.

mod finding;
mod names;
mod walk;

use std::ops::Range;

use crate::dropped::Dropped;
use crate::page::Page;
use crate::row::Place;
use crate::signed::Signed;
use crate::{AuditReader, ChainState, StoreFailure};
pub use finding::{Finding, Named, What};
use names::Names;
use walk::Walk;

/// Rows that are read at once.
const PAGE: u32 = 5_000;

/// What a walk is to be held against.
#[derive(Debug, Clone, Copy, Default)]
pub struct Against<'a> {
    /// The key that signs for the gateway, as hexadecimal digits; without it, what was dropped because
    /// of its age is taken on the trail's own word.
    pub public_key: Option<&'a str>,
    /// How far the chains went once.
    pub checkpoint: Option<&'a Signed>,
}

/// What a walk found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Verification {
    /// Chains that were walked.
    pub chains: u64,
    /// Rows of both tables.
    pub rows: u64,
    /// Rows that were dropped because of their age, by signed statements.
    pub dropped: u64,
    /// Rows that are there although they are said to be dropped: nothing proves what is in them, and
    /// the next prune drops them.
    pub left_over: u64,
    /// What is wrong, in the order of the places; none where the trail is whole.
    pub findings: Vec<Finding>,
}

/// Walks the whole trail. `progress` is told how many rows it has come by, and how many there are.
pub async fn verify(
    reader: &dyn AuditReader,
    against: Against<'_>,
    progress: &mut (dyn FnMut(u64, u64) + Send),
) -> Result<Verification, StoreFailure> {
    let mut dropped = Dropped::read(reader, against.public_key).await?;
    loop {
        let verification = walk(reader, against, &dropped, progress).await?;
        if verification.findings.is_empty() {
            return Ok(verification);
        }
        // What was dropped while it was walked would seem to be removed.
        let now = Dropped::read(reader, against.public_key).await?;
        if now == dropped {
            return Ok(verification);
        }
        dropped = now;
    }
}

async fn walk(
    reader: &dyn AuditReader,
    against: Against<'_>,
    dropped: &Dropped,
    progress: &mut (dyn FnMut(u64, u64) + Send),
) -> Result<Verification, StoreFailure> {
    let chains = reader.chains().await?;
    let mut names = Names::of(reader, &chains, dropped).await?;
    if let Some(checkpoint) = against.checkpoint {
        names.hold_against(checkpoint, dropped);
    }
    let total = chains.iter().map(|chain| there(chain, dropped)).sum::<u64>();
    let mut walk = Walk::over(&chains, dropped, names);
    // From before the first place that a writer gives: what was put there is to be found too.
    let mut from = Some(Place::from_i64(i64::MIN));
    while let Some(start) = from {
        let page = Page::read(reader, start, PAGE).await?;
        from = page.next;
        walk.take(&page.rows);
        progress(walk.rows(), total.max(walk.rows()));
    }
    for chain in walk.grown(&reader.chains().await?) {
        let rows = walk.resume(chain);
        walk_along(reader, &mut walk, rows).await?;
    }
    let mut verification = walk.finish();
    let unsigned = dropped.unsigned().iter();
    let bad = unsigned.map(|record| Finding::of_nowhere(What::BadStatement { record: *record }));
    verification.findings.extend(bad);
    Ok(Verification { dropped: dropped.rows(), ..verification })
}

/// Walks along what a chain has got since the walk began. All of it is there: it was committed with the
/// account that tells its end.
async fn walk_along(
    reader: &dyn AuditReader,
    walk: &mut Walk<'_>,
    mut places: Range<Place>,
) -> Result<(), StoreFailure> {
    while !places.is_empty() {
        let mut page = Page::read(reader, places.start, PAGE).await?;
        page.rows.retain(|row| places.contains(&row.place));
        walk.take(&page.rows);
        let Some(next) = page.next else { break };
        places.start = next;
    }
    Ok(())
}

/// How many rows of a chain ought to be there.
fn there(chain: &ChainState, dropped: &Dropped) -> u64 {
    let Some(head) = chain.head else { return 0 };
    let gone = dropped.until(head.chain).map_or(0, |until| until.rows);
    head.rows.saturating_sub(gone)
}

/// How far each chain has come, to be signed and kept elsewhere.
pub async fn heads(reader: &dyn AuditReader) -> Result<Vec<crate::Head>, StoreFailure> {
    let chains: Vec<ChainState> = reader.chains().await?;
    Ok(chains.into_iter().filter_map(|chain| chain.head).collect())
}
