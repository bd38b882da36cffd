//! Reading the trail back.

use audit::{Hash, Misread, Place, Record, RecordId, Row, Table};

use super::Cells;

/// Reads a row of the listing: the columns of `records`, and then those of `outcomes`, which are null
/// where there is none.
pub(crate) fn record(row: &impl Cells) -> Result<Record, sqlx::Error> {
    let opening = row.cells(0, Table::Records)?;
    let outcome = row.cells(Table::Records.columns().len(), Table::Outcomes)?;
    let later = match outcome.get(0) {
        None | Some(audit::Cell::Null) => None,
        Some(_) => Some(audit::later_outcome(&outcome).map_err(misread)?.1),
    };
    audit::record(&opening, later).map_err(misread)
}

/// Reads a row of either table: its place, its hash, and then its columns.
pub(crate) fn row(row: &impl Cells, table: Table) -> Result<Row, sqlx::Error> {
    Ok(Row {
        place: Place::from_i64(row.number("place")?),
        // One of another length is no hash of ours, and is to be found so by whoever checks it.
        hash: row.exact_bytes("hash").map_or(Hash::NONE, Hash::from_bytes),
        cells: row.cells(2, table)?,
    })
}

/// Reads where a search begins, and where its first stretch ends; none where there is nothing to search.
pub(crate) fn ends(row: &impl Cells) -> Result<Option<(RecordId, Option<RecordId>)>, sqlx::Error> {
    let edge = row.exact_bytes_if_any("edge")?.map(RecordId::from_bytes);
    let nearest = row.exact_bytes_if_any("nearest")?.map(RecordId::from_bytes);
    Ok(nearest.map(|nearest| (nearest, edge)))
}

fn misread(misread: Misread) -> sqlx::Error {
    sqlx::Error::ColumnDecode { index: misread.column.to_owned(), source: misread.into() }
}
