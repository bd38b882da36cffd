//! Heads of chains that are named: by the first rows of other chains, and by a checkpoint.

use std::collections::BTreeMap;

use super::finding::{Finding, Named, What};
use crate::dropped::Dropped;
use crate::naming::namings;
use crate::row::Place;
use crate::signed::Signed;
use crate::{AuditReader, ChainState, Hash, Head, RecordId, StoreFailure};

/// What is said of chains and not yet seen to be so.
#[derive(Debug, Default)]
pub(super) struct Names {
    /// By the place of the row that is the head.
    expected: BTreeMap<Place, Vec<(Head, Named)>>,
    ordinals: BTreeMap<RecordId, u32>,
    findings: Vec<Finding>,
}

impl Names {
    /// Reads the first row of every chain that still has it.
    pub(super) async fn of(
        reader: &dyn AuditReader,
        chains: &[ChainState],
        dropped: &Dropped,
    ) -> Result<Self, StoreFailure> {
        let heads = chains.iter().filter_map(|chain| Some((chain.head?.chain, chain.ordinal)));
        let mut names = Self { ordinals: heads.collect(), ..Self::default() };
        let namings = namings(reader, chains).await?;
        for naming in &namings {
            // Where an account's id was changed, the chain is still found by its own.
            naming.id.map(|id| names.ordinals.entry(id).or_insert(naming.ordinal));
        }
        for naming in namings {
            for head in naming.heads {
                names.expect(head, Named::Chain(naming.ordinal), dropped);
            }
        }
        Ok(names)
    }

    /// The checkpoint's heads must be there too, unless they were dropped since.
    pub(super) fn hold_against(&mut self, checkpoint: &Signed, dropped: &Dropped) {
        for head in &checkpoint.heads {
            self.expect(*head, Named::Checkpoint, dropped);
        }
    }

    fn expect(&mut self, head: Head, by: Named, dropped: &Dropped) {
        let is_dropped = |until: Head| until.rows > head.rows || until == head;
        if dropped.until(head.chain).is_some_and(is_dropped) {
            return;
        }
        let Some(ordinal) = self.ordinals.get(&head.chain) else {
            let what = What::NotAsNamed { chain: head.chain, rows: head.rows, by };
            self.findings.push(Finding::of_nowhere(what));
            return;
        };
        let place = Place::new(*ordinal, head.rows.saturating_sub(1));
        self.expected.entry(place).or_default().push((head, by));
    }

    /// A row has been met.
    pub(super) fn met(&mut self, place: Place, hash: Hash) {
        let Some(named) = self.expected.remove(&place) else { return };
        for (head, by) in named.into_iter().filter(|(head, _)| head.hash != hash) {
            self.fail(head, by);
        }
    }

    /// What was named and never met.
    pub(super) fn finish(mut self) -> Vec<Finding> {
        for (head, by) in std::mem::take(&mut self.expected).into_values().flatten() {
            self.fail(head, by);
        }
        self.findings
    }

    fn fail(&mut self, head: Head, by: Named) {
        let what = What::NotAsNamed { chain: head.chain, rows: head.rows, by };
        self.findings.push(Finding::of_nowhere(what));
    }
}
