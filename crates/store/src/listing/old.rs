//! Where what is old of each chain ends.

use audit::{Old, OldChain, Place, RecordId};
use sqlx::{Database, Encode, QueryBuilder, Type};

use crate::row::{Cells, chain_state};

/// The chains that were begun before a record of this id could be, each with the first of its rows that
/// stays.
///
/// Each chain's rows are looked at in the order of their places, from its first that is there to the
/// first that stays. That a record of it waits for its outcome is looked up by the ids from `open_since`
/// on, and only where one that waits may be old.
pub(crate) fn old<D>(before: RecordId) -> QueryBuilder<D>
where
    D: Database,
    Vec<u8>: for<'q> Encode<'q, D> + Type<D>,
{
    let id = || before.as_bytes().to_vec();
    let mut query = QueryBuilder::new("SELECT ordinal, id, row_count, head, closed");
    query.push(",\n    (SELECT r.place FROM records AS r");
    query.push(OF_CHAIN).push("\n    AND r.id >= ").push_bind(id()).push(FIRST);
    query.push(" AS record,\n    (SELECT r.place FROM outcomes AS r");
    query.push(OF_CHAIN).push("\n    AND r.record_id >= ").push_bind(id()).push(FIRST);
    query.push(
        " AS outcome,\n    (SELECT MIN(+r.place) FROM records AS r
    LEFT JOIN outcomes AS o ON o.record_id = r.id
    WHERE chains.open_since < ",
    );
    query.push_bind(id()).push(
        "
    AND r.id >= chains.open_since
    AND +r.place >= chains.ordinal << 40
    AND +r.place < (chains.ordinal << 40) + chains.row_count
    AND r.decision IN ('permitted', 'observed')
    AND o.record_id IS NULL) AS waiting
FROM chains
WHERE row_count > 0
AND id < ",
    );
    query.push_bind(id()).push("\nORDER BY ordinal");
    query
}

const OF_CHAIN: &str = "
    WHERE r.place >= chains.ordinal << 40
    AND r.place < (chains.ordinal << 40) + chains.row_count";

const FIRST: &str = "\n    ORDER BY r.place LIMIT 1)";

/// Reads what that query gives.
pub(crate) fn read_old(before: RecordId, rows: &[impl Cells]) -> Result<Old, sqlx::Error> {
    let chains = rows.iter().map(old_chain).collect::<Result<_, _>>()?;
    Ok(Old { before, chains })
}

fn old_chain(row: &impl Cells) -> Result<OldChain, sqlx::Error> {
    let state = chain_state(row)?;
    let mut rows = state.head.map_or(0, |head| head.rows);
    if !state.closed {
        // Its writer goes on from the last one.
        rows = rows.saturating_sub(1);
    }
    for column in ["record", "outcome", "waiting"] {
        let stays = row.number_if_any(column)?;
        rows = stays.map_or(rows, |place| rows.min(Place::from_i64(place).number()));
    }
    Ok(OldChain { state, rows })
}
