//! Up to where the trail's own statements say that its chains were dropped because of their age.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::Value;

use crate::signed::{About, Signed};
use crate::{AuditReader, Cursor, Decided, Filter, Head, Record, RecordId, StoreFailure};

/// Notes of the gateway's own that are read at once.
const NOTES: u32 = 500;

/// All statements in the trail together.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Dropped {
    heads: BTreeMap<RecordId, Head>,
    /// When that was said last of each chain.
    said: BTreeMap<RecordId, Timestamp>,
    unsigned: Vec<RecordId>,
}

impl Dropped {
    /// Reads the statements; those count that this key signed. Without a key, each must at least bear a
    /// signature of the key that it names.
    pub(crate) async fn read(
        reader: &dyn AuditReader,
        public_key: Option<&str>,
    ) -> Result<Self, StoreFailure> {
        let mut dropped = Self::default();
        let mut filter = Filter { decision: Some(Decided::Noted), ..Filter::default() };
        loop {
            let records = reader.list(&filter, NOTES).await?;
            let Some(last) = records.last() else { return Ok(dropped) };
            filter.cursor = Some(Cursor::Before(last.opening.id));
            for record in &records {
                dropped.take(record, public_key);
            }
        }
    }

    fn take(&mut self, record: &Record, public_key: Option<&str>) {
        let detail = record.opening.detail.as_ref();
        let statement = detail.and_then(|detail| detail.part::<Value>("dropped"));
        let Some(statement) = statement else { return };
        let signed = serde_json::from_value::<Signed>(statement).ok();
        let is_good = |signed: &Signed| {
            let key = public_key.unwrap_or(&signed.public_key);
            signed.about == About::Dropped && signed.is_signed_by(key)
        };
        match signed.filter(is_good) {
            Some(signed) => {
                for head in &signed.heads {
                    self.add(*head);
                    let said = self.said.entry(head.chain).or_insert(signed.at);
                    *said = signed.at.max(*said);
                }
            }
            None => self.unsigned.push(record.opening.id),
        }
    }

    /// What is dropped never comes back, so the greatest number of rows counts, whoever was told last.
    pub(crate) fn add(&mut self, head: Head) {
        let known = self.heads.entry(head.chain).or_insert(head);
        if known.rows < head.rows {
            *known = head;
        }
    }

    /// Up to where a chain was dropped.
    pub(crate) fn until(&self, chain: RecordId) -> Option<Head> {
        self.heads.get(&chain).copied()
    }

    /// Whether a record can be one of those that were dropped of a chain: it was there when that was said.
    pub(crate) fn can_hold(&self, chain: RecordId, record: RecordId) -> bool {
        self.said.get(&chain).is_some_and(|said| record.at() < *said)
    }

    /// All of them, in the order of the chains' ids.
    pub(crate) fn heads(&self) -> impl Iterator<Item = Head> {
        self.heads.values().copied()
    }

    /// Keeps what is said of these chains only.
    pub(crate) fn retain(&mut self, keep: impl Fn(RecordId) -> bool) {
        self.heads.retain(|chain, _| keep(*chain));
    }

    /// How many rows were dropped.
    pub(crate) fn rows(&self) -> u64 {
        self.heads.values().map(|head| head.rows).sum()
    }

    /// Records with a statement that is not signed as it must be.
    pub(crate) fn unsigned(&self) -> &[RecordId] {
        &self.unsigned
    }
}
