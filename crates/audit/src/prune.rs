//! Drops what is older than records are kept, so that what stays can still be proven whole.
//!
//! Only the first rows of a chain go. First they are walked along: a chain in which something is wrong is
//! left alone, because dropping would hide it. Then a signed statement goes on record, up to where each
//! chain is dropped; only then anything is deleted. A deletion that was interrupted is made good by the
//! next one.

mod stretch;

use std::collections::BTreeSet;

use ed25519_dalek::SigningKey;
use jiff::Timestamp;

use crate::dropped::Dropped;
use crate::naming::{Naming, namings};
use crate::signed::{About, Signed};
use crate::{
    AuditPruner, AuditReader, ChainState, Cut, Event, Head, Keep, Place, RecordId, StoreFailure,
};
use stretch::Stretch;

/// What is about to be dropped. It is put on record with [`Self::event`] before it is carried out.
#[derive(Debug)]
pub struct Prune {
    before: RecordId,
    stretches: Vec<Stretch>,
    /// Up to where chains were dropped or are to be, as far as that still matters.
    heads: Vec<Head>,
    left_alone: Vec<u32>,
}

impl Prune {
    /// Finds out what can be dropped of records with smaller ids. Earlier statements count that this
    /// key signed.
    pub async fn plan(
        reader: &dyn AuditReader,
        pruner: &dyn AuditPruner,
        before: RecordId,
        public_key: &str,
    ) -> Result<Self, StoreFailure> {
        let mut dropped = Dropped::read(reader, Some(public_key)).await?;
        let old = pruner.old(before).await?;
        let (mut stretches, mut left_alone) = (Vec::new(), Vec::new());
        for chain in &old.chains {
            match Stretch::walk(reader, chain, &dropped).await? {
                Some(stretch) if stretch.rows == 0 => {}
                Some(stretch) => stretches.push(stretch),
                None => left_alone.push(chain.state.ordinal),
            }
        }
        let chains = reader.chains().await?;
        let known = known(&chains, &namings_after(reader, &chains, &stretches).await?);
        dropped.retain(|chain| known.contains(&chain));
        for stretch in &stretches {
            dropped.add(stretch.head);
        }
        let heads = dropped.heads().collect();
        Ok(Self { before: old.before, stretches, heads, left_alone })
    }

    /// Whether there is nothing to drop.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.stretches.is_empty()
    }

    /// Records that arrived before this instant are dropped.
    #[must_use]
    pub fn before(&self) -> Timestamp {
        self.before.at()
    }

    /// How many records are dropped.
    #[must_use]
    pub fn records(&self) -> u64 {
        self.stretches.iter().map(|stretch| stretch.records).sum()
    }

    /// How many rows of both tables are dropped.
    #[must_use]
    pub fn rows(&self) -> u64 {
        self.stretches.iter().map(|stretch| stretch.rows).sum()
    }

    /// Of how many chains something is dropped.
    #[must_use]
    pub fn chains(&self) -> usize {
        self.stretches.len()
    }

    /// Chains with old rows in which something is wrong; nothing of them is dropped.
    #[must_use]
    pub fn left_alone(&self) -> &[u32] {
        &self.left_alone
    }

    /// What is to be put on record before anything is dropped.
    #[must_use]
    pub fn event(&self, at: Timestamp, keep: Keep, key: &SigningKey) -> Event {
        Event::Pruned {
            records: self.records(),
            rows: self.rows(),
            before: self.before(),
            keep,
            dropped: Signed::new(About::Dropped, at, self.heads.clone(), key),
        }
    }

    /// Drops it, once it is on record.
    pub async fn carry_out(
        &self,
        reader: &dyn AuditReader,
        pruner: &dyn AuditPruner,
    ) -> Result<(), StoreFailure> {
        let chains = reader.chains().await?;
        let namings = namings_after(reader, &chains, &self.stretches).await?;
        let named: BTreeSet<_> = named(&namings).collect();
        let ended = |chain: &ChainState| chain.head.filter(|_| chain.closed);
        let forgotten = chains.iter().filter_map(ended).filter(|head| self.heads.contains(head));
        let forgotten = forgotten.map(|head| head.chain).filter(|chain| !named.contains(chain));
        let end = |stretch: &Stretch| Place::new(stretch.ordinal, stretch.end);
        let cut = Cut {
            before: self.before,
            ends: self.stretches.iter().map(end).collect(),
            forgotten: forgotten.collect(),
        };
        pruner.drop_rows(&cut).await
    }
}

/// The first rows that will be there when these stretches are gone.
async fn namings_after(
    reader: &dyn AuditReader,
    chains: &[ChainState],
    stretches: &[Stretch],
) -> Result<Vec<Naming>, StoreFailure> {
    let gone: BTreeSet<_> = stretches.iter().map(|stretch| stretch.ordinal).collect();
    let mut namings = namings(reader, chains).await?;
    namings.retain(|naming| !gone.contains(&naming.ordinal));
    Ok(namings)
}

fn named(namings: &[Naming]) -> impl Iterator<Item = RecordId> {
    namings.iter().flat_map(|naming| &naming.heads).map(|head| head.chain)
}

/// Chains of which a statement must go on speaking: those that are there, and those that are named.
fn known(chains: &[ChainState], namings: &[Naming]) -> BTreeSet<RecordId> {
    let there = chains.iter().filter_map(|chain| chain.head).map(|head| head.chain);
    there.chain(named(namings)).collect()
}
