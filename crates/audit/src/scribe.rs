//! Writes to one chain, and knows after every failure what became of what it wrote.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::chain::{Chain, Head};
use crate::row::{Cells, Row, outcome_row, record_row};
use crate::{AuditSink, Batch, Detail, Opening, Outcome, RecordId, StoreFailure};

/// One thing to append to the trail, as the cells that a store will keep.
#[derive(Debug, Clone)]
pub struct Entry {
    id: RecordId,
    part: Part,
    cells: Cells,
}

/// Which part of its record an entry is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    /// The first, with the second to come.
    Opening,
    /// All of it.
    Whole,
    /// The second.
    Outcome,
}

impl Entry {
    /// The first part of a record, or all of one that was over when it was decided.
    #[must_use]
    pub fn opening(opening: &Opening) -> Self {
        let part = match opening.decision.outcome_at_once() {
            None => Part::Opening,
            Some(_) => Part::Whole,
        };
        Self { id: opening.id, part, cells: record_row(opening) }
    }

    /// The second part of the record with this id.
    #[must_use]
    pub fn outcome(id: RecordId, outcome: &Outcome) -> Self {
        Self { id, part: Part::Outcome, cells: outcome_row(id, outcome) }
    }

    /// The record it is a part of.
    #[must_use]
    pub fn id(&self) -> RecordId {
        self.id
    }

    /// What a store will keep of it.
    #[must_use]
    pub fn cells(&self) -> &Cells {
        &self.cells
    }

    /// Whether it is the second part of its record.
    #[must_use]
    pub fn is_outcome(&self) -> bool {
        self.part == Part::Outcome
    }
}

/// The writer of one chain. What it appends is durable when it returns.
#[derive(Debug)]
pub struct Scribe {
    sink: Arc<dyn AuditSink>,
    chain: Chain,
    /// Records of this chain that wait for their outcome.
    open: BTreeSet<RecordId>,
    /// What was appended last without it being clear whether it is there.
    doubt: Option<Linked>,
}

/// Entries that were given their places in the chain.
#[derive(Debug)]
struct Linked {
    parts: Vec<(RecordId, Part)>,
    rows: Arc<Vec<Row>>,
    after: Chain,
}

impl Linked {
    fn onto(mut chain: Chain, entries: Vec<Entry>) -> Self {
        let parts = entries.iter().map(|entry| (entry.id, entry.part)).collect();
        let rows: Vec<_> = entries.into_iter().map(|entry| chain.link(entry.cells)).collect();
        Self { parts, rows: Arc::new(rows), after: chain }
    }

    fn into_entries(self) -> Vec<Entry> {
        let rows = Arc::try_unwrap(self.rows).unwrap_or_else(|shared| shared.to_vec());
        let parts = self.parts.into_iter().zip(rows);
        parts.map(|((id, part), row)| Entry { id, part, cells: row.cells }).collect()
    }
}

/// What became of the entries in doubt.
#[derive(Debug)]
pub enum Settled {
    /// They were written.
    Written,
    /// They were not.
    Missing(Vec<Entry>),
    /// The same, and the chain is closed: whoever goes on must open another.
    Fenced(Vec<Entry>),
}

impl Scribe {
    /// Opens a chain: its first row is this record, which also names the chains that were there.
    pub async fn open(sink: Arc<dyn AuditSink>, first: Opening) -> Result<Self, StoreFailure> {
        Self::begin(sink, first, Ends::Later).await
    }

    /// Opens a chain for this one record and closes it again.
    pub async fn note(sink: Arc<dyn AuditSink>, only: Opening) -> Result<(), StoreFailure> {
        Self::begin(sink, only, Ends::AtOnce).await.map(drop)
    }

    async fn begin(
        sink: Arc<dyn AuditSink>,
        mut first: Opening,
        ends: Ends,
    ) -> Result<Self, StoreFailure> {
        let begun = sink.begin_chain(first.id, first.at).await?;
        let chain = Chain::new(first.id, begun.ordinal);
        name_heads(&mut first, &begun.tips);
        let mut scribe = Self { sink, chain, open: BTreeSet::new(), doubt: None };
        let committed = scribe.commit(vec![Entry::opening(&first)], &begun.tips, ends).await;
        committed.map(|()| scribe).map_err(|(failure, _)| failure)
    }

    /// How far the chain has come.
    #[must_use]
    pub fn head(&self) -> Head {
        self.chain.head()
    }

    /// The chain's ordinal in its store.
    #[must_use]
    pub fn ordinal(&self) -> u32 {
        self.chain.ordinal()
    }

    /// Whether it is not known what became of the entries that were appended last.
    #[must_use]
    pub fn is_in_doubt(&self) -> bool {
        self.doubt.is_some()
    }

    /// Appends the entries together; without any, it only says that the writer is alive. After a failure none of them is there, unless it is unclear: then
    /// [`Self::settle`] must come before anything else is appended.
    pub async fn append(&mut self, entries: Vec<Entry>) -> Result<(), (StoreFailure, Vec<Entry>)> {
        self.commit(entries, &[], Ends::Later).await
    }

    /// Appends the entries and closes the chain.
    pub async fn close(mut self, entries: Vec<Entry>) -> Result<(), StoreFailure> {
        self.commit(entries, &[], Ends::AtOnce).await.map_err(|(failure, _)| failure)
    }

    async fn commit(
        &mut self,
        entries: Vec<Entry>,
        names: &[Head],
        ends: Ends,
    ) -> Result<(), (StoreFailure, Vec<Entry>)> {
        let linked = Linked::onto(self.chain, entries);
        let batch = Batch {
            rows: Arc::clone(&linked.rows),
            before: self.chain,
            after: linked.after,
            names: names.to_vec(),
            open_since: self.open_after(&linked.parts),
            is_last: ends == Ends::AtOnce,
        };
        match self.sink.append(&batch).await {
            Ok(()) => {
                self.written(&linked);
                Ok(())
            }
            Err(failure) if failure.unclear => {
                self.doubt = Some(linked);
                Err((failure, Vec::new()))
            }
            Err(failure) => Err((failure, linked.into_entries())),
        }
    }

    /// Finds out what became of the entries that were appended last.
    pub async fn settle(&mut self) -> Result<Settled, StoreFailure> {
        let Some(doubt) = &self.doubt else { return Ok(Settled::Missing(Vec::new())) };
        let state = self.sink.chain_state(self.chain.ordinal()).await?;
        let found = state.and_then(|state| state.head);
        // Without rows the chain stands where it stood, and only whether it is open is in doubt.
        let is_written = !doubt.rows.is_empty() && found == Some(doubt.after.head());
        let is_open = state.is_some_and(|state| !state.closed)
            && (is_written || found == Some(self.chain.head()));
        let Some(doubt) = self.doubt.take() else { return Ok(Settled::Missing(Vec::new())) };
        if is_written {
            self.written(&doubt);
        }
        let entries = doubt.into_entries();
        Ok(match (is_written, is_open) {
            (true, _) => Settled::Written,
            (false, true) => Settled::Missing(entries),
            (false, false) => Settled::Fenced(entries),
        })
    }

    fn written(&mut self, linked: &Linked) {
        self.chain = linked.after;
        for (id, part) in &linked.parts {
            match part {
                Part::Opening => self.open.insert(*id),
                Part::Outcome => self.open.remove(id),
                Part::Whole => false,
            };
        }
    }

    /// The earliest record that will wait for its outcome once these parts are there.
    fn open_after(&self, parts: &[(RecordId, Part)]) -> Option<RecordId> {
        let of = |wanted| parts.iter().filter(move |(_, part)| *part == wanted).map(|(id, _)| *id);
        let completed: BTreeSet<_> = of(Part::Outcome).collect();
        let waits = |id: &RecordId| !completed.contains(id);
        let before = self.open.iter().copied().find(waits);
        of(Part::Opening).filter(waits).chain(before).min()
    }
}

/// Whether a chain ends with what is being appended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ends {
    Later,
    AtOnce,
}

/// Puts the heads of other chains into the first record of a chain, beside what it has to say.
fn name_heads(first: &mut Opening, heads: &[Head]) {
    let heads = serde_json::to_value(heads).unwrap_or_default();
    let mut detail = first.detail.as_ref().map_or_else(|| serde_json::json!({}), Detail::value);
    if let Some(object) = detail.as_object_mut() {
        object.insert("heads".to_owned(), heads);
        object.insert("encoding".to_owned(), crate::ENCODING.into());
    }
    first.detail = Some(Detail::of(&detail));
}
