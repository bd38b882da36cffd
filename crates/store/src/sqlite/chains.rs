//! How far each chain has come, in SQLite: written by the thread that writes the trail.

use std::time::Duration;

use audit::{Abandoned, Batch, Hash, Head, MOST_CHAINS, NewChain, RecordId};
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension as _, Row, Transaction, TransactionBehavior, params};

use super::runs;
use crate::row::ChainCells;

/// The database's own clock, in microseconds: one clock for all writers.
macro_rules! now {
    () => {
        "CAST(unixepoch('subsec') * 1000000 AS INTEGER)"
    };
}

/// Begins a chain without rows, and says which heads it should name.
pub(super) fn begin(
    connection: &mut Connection,
    id: RecordId,
    at: Timestamp,
) -> Result<NewChain, rusqlite::Error> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let tips = tips(&transaction)?;
    let ordinal: i64 = transaction.query_row(
        concat!(
            "INSERT INTO chains (id, opened_at, row_count, named, closed, filed, seen_at)
            VALUES (?, ?, 0, 0, 0, 0, ",
            now!(),
            ") RETURNING ordinal"
        ),
        params![id.as_bytes(), at.as_microsecond()],
        |row| row.get(0),
    )?;
    let fits = u32::try_from(ordinal).ok().filter(|ordinal| *ordinal <= MOST_CHAINS);
    let ordinal = fits.ok_or(rusqlite::Error::IntegralValueOutOfRange(0, ordinal))?;
    transaction.commit()?;
    Ok(NewChain { ordinal, tips })
}

/// The heads that no chain has named yet.
fn tips(transaction: &Transaction<'_>) -> Result<Vec<Head>, rusqlite::Error> {
    let mut query = transaction.prepare(
        "SELECT id, row_count, head
        FROM chains
        WHERE row_count > named
        ORDER BY ordinal",
    )?;
    let tips = query.query_map((), |row| {
        let rows = row.get::<_, i64>(1)?;
        Ok(Head {
            chain: id_of(row, 0)?,
            rows: u64::try_from(rows).unwrap_or(0),
            hash: Hash::from_bytes(row.get(2)?),
        })
    })?;
    tips.collect()
}

fn id_of(row: &Row<'_>, at: usize) -> Result<RecordId, rusqlite::Error> {
    row.get(at).map(RecordId::from_bytes)
}

/// Takes the chain from where the batch begins to where it ends; whether it was there, and open.
pub(super) fn advance(transaction: &Connection, batch: &Batch) -> Result<bool, rusqlite::Error> {
    let cells = ChainCells::of(batch);
    let mut update = transaction.prepare_cached(concat!(
        "UPDATE chains
        SET row_count = ?, head = ?, open_since = ?, closed = ?, seen_at = ",
        now!(),
        "
        WHERE ordinal = ?
        AND row_count = ?
        AND closed = 0"
    ))?;
    let advanced = update.execute(params![
        cells.rows_after,
        cells.head,
        cells.open_since,
        cells.closed,
        cells.ordinal,
        cells.rows_before
    ])?;
    for head in &batch.names {
        transaction.execute(
            "UPDATE chains SET named = MAX(named, ?) WHERE id = ?",
            params![i64::try_from(head.rows).unwrap_or(i64::MAX), head.chain.as_bytes()],
        )?;
    }
    Ok(advanced == 1)
}

/// Files the targets that are due with this batch.
pub(super) fn file(transaction: &Connection, batch: &Batch) -> Result<(), rusqlite::Error> {
    if !runs::may_be_due(batch) {
        return Ok(());
    }
    let cells = ChainCells::of(batch);
    let filed = transaction.query_row(
        "SELECT filed FROM chains WHERE ordinal = ?",
        params![cells.ordinal],
        |row| row.get(0),
    )?;
    runs::file(transaction, cells.ordinal, filed, cells.rows_after, batch.is_last)
}

/// Closes the chains of silent writers and gives what they, and closed ones before them, left open.
pub(super) fn abandoned(
    connection: &mut Connection,
    silence: Duration,
    but: u32,
    limit: u32,
) -> Result<Vec<Abandoned>, rusqlite::Error> {
    close_silent(connection, silence, but)?;
    if !is_any_left_open(connection)? {
        return Ok(Vec::new());
    }
    let left = left_open(connection, limit)?;
    if left.is_empty() {
        connection.execute(
            "UPDATE chains SET open_since = NULL WHERE closed = 1 AND open_since IS NOT NULL",
            (),
        )?;
    }
    Ok(left)
}

fn is_any_left_open(connection: &Connection) -> Result<bool, rusqlite::Error> {
    let any = "SELECT 1 FROM chains WHERE closed = 1 AND open_since IS NOT NULL LIMIT 1";
    connection.query_row(any, (), |_| Ok(())).optional().map(|found| found.is_some())
}

/// The places are put aside by a `+`: it is the id that finds the few records which can be meant.
fn left_open(connection: &Connection, limit: u32) -> Result<Vec<Abandoned>, rusqlite::Error> {
    let mut query = connection.prepare(
        "SELECT r.id, r.sentence
        FROM chains
        CROSS JOIN records AS r
        LEFT JOIN outcomes AS o ON o.record_id = r.id
        WHERE chains.closed = 1
        AND chains.open_since IS NOT NULL
        AND r.id >= chains.open_since
        AND +r.place >= chains.ordinal << 40
        AND +r.place < (chains.ordinal << 40) + chains.row_count
        AND r.decision IN ('permitted', 'observed')
        AND o.record_id IS NULL
        LIMIT ?",
    )?;
    let left = query.query_map(params![limit], |row| {
        Ok(Abandoned { id: id_of(row, 0)?, sentence: row.get(1)? })
    })?;
    left.collect()
}

fn close_silent(
    connection: &mut Connection,
    silence: Duration,
    but: u32,
) -> Result<(), rusqlite::Error> {
    let silence = i64::try_from(silence.as_micros()).unwrap_or(i64::MAX);
    // Asked without a lock first: as a rule there are none.
    for ordinal in silent(connection, silence, but)? {
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let closed: Option<(i64, i64)> = transaction
            .query_row(
                concat!(
                    "UPDATE chains SET closed = 1
                    WHERE closed = 0 AND ordinal = ? AND seen_at < ",
                    now!(),
                    " - ? RETURNING filed, row_count"
                ),
                params![ordinal, silence],
                |row| Ok((row.get(0)?, row.get(1)?)),
            )
            .optional()?;
        if let Some((filed, rows)) = closed {
            runs::file(&transaction, ordinal, filed, rows, true)?;
        }
        transaction.commit()?;
    }
    Ok(())
}

fn silent(connection: &Connection, silence: i64, but: u32) -> Result<Vec<i64>, rusqlite::Error> {
    let mut query = connection.prepare(concat!(
        "SELECT ordinal FROM chains WHERE closed = 0 AND ordinal <> ? AND seen_at < ",
        now!(),
        " - ?"
    ))?;
    let silent = query.query_map(params![but, silence], |row| row.get(0))?;
    silent.collect()
}
