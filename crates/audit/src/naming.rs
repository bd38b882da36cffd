//! The heads that chains name in their first rows.

use crate::row::{Cell, Place, Row, Table};
use crate::{AuditReader, ChainState, Head, RecordId, StoreFailure};

/// What the first row of a chain names.
#[derive(Debug)]
pub(crate) struct Naming {
    /// The chain that names.
    pub(crate) ordinal: u32,
    /// The id of the record in that row, which is the chain's.
    pub(crate) id: Option<RecordId>,
    /// The heads that it names.
    pub(crate) heads: Vec<Head>,
}

/// Reads the first row of every chain that still has it.
pub(crate) async fn namings(
    reader: &dyn AuditReader,
    chains: &[ChainState],
) -> Result<Vec<Naming>, StoreFailure> {
    let mut namings = Vec::new();
    for ordinal in chains.iter().filter(|chain| chain.head.is_some()).map(|chain| chain.ordinal) {
        let first = Place::new(ordinal, 0);
        let rows = reader.rows(first, 1).await?;
        let row = rows.first().filter(|row| row.place == first);
        let naming = |row| Naming { ordinal, id: record_of(row), heads: named_by(row) };
        namings.extend(row.map(naming));
    }
    Ok(namings)
}

fn named_by(row: &Row) -> Vec<Head> {
    let detail = Table::Records.columns().iter().position(|column| column.name == "detail");
    let cell = detail.and_then(|at| row.cells.get(at));
    let Some(Cell::Text(text)) = cell else { return Vec::new() };
    let detail: Option<serde_json::Value> = serde_json::from_str(text).ok();
    let heads = detail.and_then(|detail| detail.get("heads").cloned());
    heads.and_then(|heads| serde_json::from_value(heads).ok()).unwrap_or_default()
}

/// The record that a row is a part of: its id is the first cell of either table.
pub(crate) fn record_of(row: &Row) -> Option<RecordId> {
    let Some(Cell::Bytes(bytes)) = row.cells.get(0) else { return None };
    Some(RecordId::from_bytes(bytes.try_into().ok()?))
}
