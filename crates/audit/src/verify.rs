//! Walks all chains of a trail and finds what was changed, removed, inserted or reordered.

mod finding;
mod names;
mod walk;

use std::collections::BTreeMap;

use crate::row::Place;
use crate::signed::{About, Signed};
use crate::{AuditReader, ChainState, Decided, Filter, StoreFailure};
pub use finding::{Finding, Named, What};
use names::Names;
use walk::Walk;

/// Rows that are read at once.
const PAGE: u32 = 5_000;

/// Notes of the gateway's own that are read at once.
const NOTES: u32 = 500;

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
    /// What is wrong, in the order of the places; none where the trail is whole.
    pub findings: Vec<Finding>,
}

/// Walks the whole trail. `progress` is told how many rows it has come by, and how many there are.
pub async fn verify(
    reader: &dyn AuditReader,
    against: Against<'_>,
    progress: &mut (dyn FnMut(u64, u64) + Send),
) -> Result<Verification, StoreFailure> {
    let chains = reader.chains().await?;
    let mut findings = Vec::new();
    let dropped = dropped(reader, against.public_key, &mut findings).await?;
    let mut names = Names::of(reader, &chains, &dropped).await?;
    if let Some(checkpoint) = against.checkpoint {
        names.hold_against(checkpoint);
    }
    let total = chains.iter().filter_map(|chain| chain.head).map(|head| head.rows).sum::<u64>();
    let gone = dropped.values().flat_map(|signed| &signed.heads).map(|head| head.rows).sum::<u64>();
    let mut walk = Walk::over(&chains, dropped, names);
    // From before the first place that a writer gives: what was put there is to be found too.
    let mut from = Place::from_i64(i64::MIN);
    loop {
        let rows = reader.rows(from, PAGE).await?;
        let Some(last) = rows.last() else { break };
        from = last.place.next();
        walk.take(&rows);
        progress(walk.rows(), total.saturating_sub(gone).max(walk.rows()));
    }
    let mut verification = walk.finish(&reader.chains().await?);
    findings.append(&mut verification.findings);
    Ok(Verification { findings, ..verification })
}

/// The newest statement for each chain of which rows were dropped because of their age.
async fn dropped(
    reader: &dyn AuditReader,
    public_key: Option<&str>,
    findings: &mut Vec<Finding>,
) -> Result<BTreeMap<crate::RecordId, Signed>, StoreFailure> {
    let mut dropped = BTreeMap::new();
    let mut filter = Filter { decision: Some(Decided::Noted), ..Filter::default() };
    loop {
        let records = reader.list(&filter, NOTES).await?;
        let Some(last) = records.last() else { return Ok(dropped) };
        filter.cursor = Some(crate::Cursor::Before(last.opening.id));
        for record in records {
            let detail = record.opening.detail.as_ref();
            let Some(statement) = detail.and_then(|detail| detail.get("dropped")) else { continue };
            let signed = serde_json::from_value::<Signed>(statement.clone()).ok();
            let signed = signed.filter(|signed| signed.about == About::Dropped);
            let good =
                signed.filter(|signed| public_key.is_none_or(|key| signed.is_signed_by(key)));
            let Some(signed) = good else {
                findings
                    .push(Finding::of_nowhere(What::BadStatement { record: record.opening.id }));
                continue;
            };
            for head in &signed.heads {
                // Newest first: an older statement on the same chain has nothing to add.
                dropped
                    .entry(head.chain)
                    .or_insert_with(|| Signed { heads: vec![*head], ..signed.clone() });
            }
        }
    }
}

/// How far each chain has come, to be signed and kept elsewhere.
pub async fn heads(reader: &dyn AuditReader) -> Result<Vec<crate::Head>, StoreFailure> {
    let chains: Vec<ChainState> = reader.chains().await?;
    Ok(chains.into_iter().filter_map(|chain| chain.head).collect())
}
