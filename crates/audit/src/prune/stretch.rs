//! The first rows of one chain, walked along before they are dropped.

use crate::chain::{Chain, Head};
use crate::dropped::Dropped;
use crate::page::Page;
use crate::row::{Place, Row, Table};
use crate::{AuditReader, OldChain, RecordId, StoreFailure};

/// Rows that are read at once.
const PAGE: u64 = 5_000;

/// What is to be dropped of one chain.
#[derive(Debug)]
pub(super) struct Stretch {
    pub(super) ordinal: u32,
    /// The rows of the chain before this number go.
    pub(super) end: u64,
    /// Up to where the chain is dropped then.
    pub(super) head: Head,
    /// Rows that are there to be dropped.
    pub(super) rows: u64,
    /// How many of them are records.
    pub(super) records: u64,
}

impl Stretch {
    /// Walks along what is old of a chain; none where something is wrong in it.
    pub(super) async fn walk(
        reader: &dyn AuditReader,
        old: &OldChain,
        dropped: &Dropped,
    ) -> Result<Option<Self>, StoreFailure> {
        let Some(mut steps) = Steps::of(old, dropped) else { return Ok(None) };
        let (ordinal, end) = (old.state.ordinal, old.rows);
        let mut from = 0;
        while from < end {
            let limit = u32::try_from(PAGE.min(end - from)).unwrap_or(u32::MAX);
            let page = Page::read(reader, Place::new(ordinal, from), limit).await?;
            let stop = Place::new(ordinal, end);
            if !page.rows.iter().filter(|row| row.place < stop).all(|row| steps.take(row)) {
                return Ok(None);
            }
            match page.next.filter(|next| *next < stop) {
                Some(next) => from = next.number(),
                None => break,
            }
        }
        let head = steps.chain.head();
        if head.rows < end
            || (Some(end) == old.state.head.map(|head| head.rows) && !steps.is_end(old))
        {
            return Ok(None);
        }
        Ok(Some(Self { ordinal, end, head, rows: steps.rows, records: steps.records }))
    }
}

/// How far the walk has come.
struct Steps {
    /// What was said to be dropped before; what is still there of it is not looked at.
    begun: u64,
    chain: Chain,
    rows: u64,
    records: u64,
}

impl Steps {
    fn of(old: &OldChain, dropped: &Dropped) -> Option<Self> {
        let id: RecordId = old.state.head?.chain;
        let chain = match dropped.until(id) {
            Some(head) => Chain::at(head, old.state.ordinal),
            None => Chain::new(id, old.state.ordinal),
        };
        Some(Self { begun: chain.head().rows, chain, rows: 0, records: 0 })
    }

    /// Whether the row is the next one, as it was written.
    fn take(&mut self, row: &Row) -> bool {
        self.rows += 1;
        self.records += u64::from(row.cells.table() == Table::Records);
        if row.place.number() < self.begun {
            return true;
        }
        let head = self.chain.head();
        if row.place.number() != head.rows || self.chain.next_hash(&row.cells) != row.hash {
            return false;
        }
        let head = Head { rows: head.rows + 1, hash: row.hash, ..head };
        self.chain = Chain::at(head, self.chain.ordinal());
        true
    }

    /// Whether the walk ended where the chain's own account says that it ends.
    fn is_end(&self, old: &OldChain) -> bool {
        Some(self.chain.head()) == old.state.head
    }
}
