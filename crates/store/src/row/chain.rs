//! The cells of a chain.

use audit::{Abandoned, Batch, ChainState, Hash, Head, RecordId};

use super::Cells;
use crate::failure::unreadable;

/// What a batch changes in its chain's row of `chains`.
pub(crate) struct ChainCells {
    pub(crate) ordinal: i64,
    pub(crate) rows_before: i64,
    pub(crate) rows_after: i64,
    pub(crate) head: Option<Vec<u8>>,
    pub(crate) open_since: Option<Vec<u8>>,
    pub(crate) closed: i64,
}

impl ChainCells {
    pub(crate) fn of(batch: &Batch) -> Self {
        let (before, after) = (batch.before.head(), batch.after.head());
        Self {
            ordinal: batch.after.ordinal().into(),
            rows_before: number(before.rows),
            rows_after: number(after.rows),
            head: (after.rows > 0).then(|| after.hash.as_bytes().to_vec()),
            open_since: batch.open_since.map(|id| id.as_bytes().to_vec()),
            closed: batch.is_last.into(),
        }
    }
}

/// A number of rows as a cell.
fn number(rows: u64) -> i64 {
    i64::try_from(rows).unwrap_or(i64::MAX)
}

/// Reads a row of `chains`.
pub(crate) fn chain_state(row: &impl Cells) -> Result<ChainState, sqlx::Error> {
    let head = row.exact_bytes_if_any("head")?.map(Hash::from_bytes);
    let (chain, rows) = (RecordId::from_bytes(row.exact_bytes("id")?), row.count("row_count")?);
    let ordinal = u32::try_from(row.number("ordinal")?);
    Ok(ChainState {
        ordinal: ordinal.map_err(|_| unreadable("ordinal", "the number is out of range"))?,
        head: head.map(|hash| Head { chain, rows, hash }),
        closed: row.number("closed")? != 0,
    })
}

/// Reads a chain whose head is to be named.
pub(crate) fn tip(row: &impl Cells) -> Result<Head, sqlx::Error> {
    Ok(Head {
        chain: RecordId::from_bytes(row.exact_bytes("id")?),
        rows: row.count("row_count")?,
        hash: Hash::from_bytes(row.exact_bytes("head")?),
    })
}

/// Reads a record that waits for its outcome.
pub(crate) fn abandoned(row: &impl Cells) -> Result<Abandoned, sqlx::Error> {
    Ok(Abandoned {
        id: RecordId::from_bytes(row.exact_bytes("id")?),
        sentence: row.text("sentence")?,
    })
}

/// Reads a record's id from the column of this name.
pub(crate) fn id_of(row: &impl Cells, column: &'static str) -> Result<RecordId, sqlx::Error> {
    Ok(RecordId::from_bytes(row.exact_bytes(column)?))
}
