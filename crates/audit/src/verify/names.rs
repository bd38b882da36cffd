//! Heads of chains that are named: by the first rows of other chains, and by a checkpoint.

use std::collections::BTreeMap;

use super::finding::{Finding, Named, What};
use crate::row::{Cell, Place, Row, Table};
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
        dropped: &BTreeMap<RecordId, Signed>,
    ) -> Result<Self, StoreFailure> {
        let heads = chains.iter().filter_map(|chain| Some((chain.head?.chain, chain.ordinal)));
        let mut names = Self { ordinals: heads.collect(), ..Self::default() };
        for chain in chains.iter().filter(|chain| chain.head.is_some()) {
            let first = Place::new(chain.ordinal, 0);
            let rows = reader.rows(first, 1).await?;
            let Some(row) = rows.first().filter(|row| row.place == first) else { continue };
            for head in named_by(row) {
                names.expect(head, Named::Chain(chain.ordinal), dropped);
            }
        }
        Ok(names)
    }

    /// The checkpoint's heads must be there too.
    pub(super) fn hold_against(&mut self, checkpoint: &Signed) {
        for head in &checkpoint.heads {
            self.expect(*head, Named::Checkpoint, &BTreeMap::new());
        }
    }

    fn expect(&mut self, head: Head, by: Named, dropped: &BTreeMap<RecordId, Signed>) {
        let until = dropped.get(&head.chain).and_then(|signed| signed.heads.first());
        match until {
            Some(until) if until.rows > head.rows || until == &head => return,
            Some(_) | None => {}
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

/// The heads that a chain's first row names.
fn named_by(row: &Row) -> Vec<Head> {
    let detail = Table::Records.columns().iter().position(|column| column.name == "detail");
    let cell = detail.and_then(|at| row.cells.cells.get(at));
    let Some(Cell::Text(text)) = cell else { return Vec::new() };
    let detail: Option<serde_json::Value> = serde_json::from_str(text).ok();
    let heads = detail.and_then(|detail| detail.get("heads").cloned());
    heads.and_then(|heads| serde_json::from_value(heads).ok()).unwrap_or_default()
}
