//! How far each chain has come, in SQLite.

use std::time::Duration;

use audit::{Abandoned, Batch, ChainState, MOST_CHAINS, NewChain, RecordId};
use jiff::Timestamp;
use sqlx::{Connection as _, QueryBuilder, Row as _, SqliteConnection, SqlitePool};

use super::records::hand_back;
use super::runs;
use crate::failure::unreadable;
use crate::row::{ChainCells, abandoned as abandoned_row, chain_state, id_of, tip};

/// The database's own clock, in microseconds: one clock for all writers.
const NOW: &str = "CAST(unixepoch('subsec') * 1000000 AS INTEGER)";

/// Begins a chain without rows, and says which heads it should name.
pub(super) async fn begin(
    writer: &SqlitePool,
    id: RecordId,
    at: Timestamp,
) -> Result<NewChain, sqlx::Error> {
    let mut connection = writer.acquire().await?;
    let begun = begin_on(&mut connection, id, at).await;
    hand_back(connection, begun).await
}

async fn begin_on(
    connection: &mut SqliteConnection,
    id: RecordId,
    at: Timestamp,
) -> Result<NewChain, sqlx::Error> {
    let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await?;
    let tips = sqlx::query(
        "SELECT id, row_count, head
        FROM chains
        WHERE row_count > named
        ORDER BY ordinal",
    )
    .fetch_all(&mut *transaction)
    .await?;
    let mut insert = QueryBuilder::new(
        "INSERT INTO chains (id, opened_at, row_count, named, closed, filed, seen_at) VALUES (",
    );
    insert.push_bind(id.as_bytes().to_vec()).push(", ").push_bind(at.as_microsecond());
    insert.push(", 0, 0, 0, 0, ").push(NOW).push(") RETURNING ordinal");
    let ordinal: i64 = insert.build_query_scalar().fetch_one(&mut *transaction).await?;
    let ordinal = u32::try_from(ordinal).ok().filter(|ordinal| *ordinal <= MOST_CHAINS);
    let ordinal = ordinal.ok_or_else(|| unreadable("ordinal", "there are too many chains"))?;
    transaction.commit().await?;
    Ok(NewChain { ordinal, tips: tips.iter().map(tip).collect::<Result<_, _>>()? })
}

/// Takes the chain from where the batch begins to where it ends; whether it was there, and open.
pub(super) async fn advance(
    connection: &mut SqliteConnection,
    batch: &Batch<'_>,
) -> Result<bool, sqlx::Error> {
    let cells = ChainCells::of(batch);
    let mut update = QueryBuilder::new("UPDATE chains SET row_count = ");
    update.push_bind(cells.rows_after);
    update.push(", head = ").push_bind(cells.head);
    update.push(", open_since = ").push_bind(cells.open_since);
    update.push(", closed = ").push_bind(cells.closed);
    update.push(", seen_at = ").push(NOW);
    update.push(" WHERE ordinal = ").push_bind(cells.ordinal);
    update.push(" AND row_count = ").push_bind(cells.rows_before).push(" AND closed = 0");
    let advanced = update.build().execute(&mut *connection).await?.rows_affected() == 1;
    for head in batch.names {
        sqlx::query("UPDATE chains SET named = MAX(named, $2) WHERE id = $1")
            .bind(head.chain.as_bytes().to_vec())
            .bind(i64::try_from(head.rows).unwrap_or(i64::MAX))
            .execute(&mut *connection)
            .await?;
    }
    Ok(advanced)
}

/// Files the targets that are due with this batch.
pub(super) async fn file(
    connection: &mut SqliteConnection,
    batch: &Batch<'_>,
) -> Result<(), sqlx::Error> {
    if !runs::may_be_due(batch) {
        return Ok(());
    }
    let cells = ChainCells::of(batch);
    let filed = filed(connection, cells.ordinal).await?;
    runs::file(connection, cells.ordinal, filed, cells.rows_after, batch.is_last).await
}

async fn filed(connection: &mut SqliteConnection, ordinal: i64) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar("SELECT filed FROM chains WHERE ordinal = $1")
        .bind(ordinal)
        .fetch_one(connection)
        .await
}

pub(super) async fn state(
    readers: &SqlitePool,
    ordinal: u32,
) -> Result<Option<ChainState>, sqlx::Error> {
    let row =
        sqlx::query("SELECT ordinal, id, row_count, head, closed FROM chains WHERE ordinal = $1")
            .bind(i64::from(ordinal))
            .fetch_optional(readers)
            .await?;
    row.as_ref().map(chain_state).transpose()
}

pub(super) async fn completed(
    readers: &SqlitePool,
    records: &[RecordId],
) -> Result<Vec<RecordId>, sqlx::Error> {
    let mut completed = Vec::new();
    for records in records.chunks(500) {
        let mut query = QueryBuilder::new("SELECT record_id FROM outcomes WHERE record_id IN (");
        let mut ids = query.separated(", ");
        for id in records {
            ids.push_bind(id.as_bytes().to_vec());
        }
        query.push(")");
        let rows = query.build().fetch_all(readers).await?;
        for row in &rows {
            completed.push(id_of(row, "record_id")?);
        }
    }
    Ok(completed)
}

/// Closes the chains of silent writers and gives what they, and closed ones before them, left open.
pub(super) async fn abandoned(
    writer: &SqlitePool,
    silence: Duration,
    but: u32,
    limit: u32,
) -> Result<Vec<Abandoned>, sqlx::Error> {
    let mut connection = writer.acquire().await?;
    let found = abandoned_on(&mut connection, silence, but, limit).await;
    hand_back(connection, found).await
}

async fn abandoned_on(
    connection: &mut SqliteConnection,
    silence: Duration,
    but: u32,
    limit: u32,
) -> Result<Vec<Abandoned>, sqlx::Error> {
    if !close_silent(connection, silence, but).await? {
        return Ok(Vec::new());
    }
    let rows = sqlx::query(
        "SELECT r.id, r.sentence
        FROM chains
        CROSS JOIN records AS r
        LEFT JOIN outcomes AS o ON o.record_id = r.id
        WHERE chains.closed = 1
        AND chains.open_since IS NOT NULL
        AND r.id >= chains.open_since
        AND +r.place >= chains.ordinal << 40
        AND +r.place < (chains.ordinal << 40) + chains.row_count
        AND r.decision = 'permitted'
        AND o.record_id IS NULL
        LIMIT $1",
    )
    .bind(i64::from(limit))
    .fetch_all(&mut *connection)
    .await?;
    if rows.is_empty() {
        sqlx::query("UPDATE chains SET open_since = NULL WHERE closed = 1")
            .execute(&mut *connection)
            .await?;
    }
    rows.iter().map(abandoned_row).collect()
}

/// Closes chains whose writers are silent; whether there is a closed one that left records open.
async fn close_silent(
    connection: &mut SqliteConnection,
    silence: Duration,
    but: u32,
) -> Result<bool, sqlx::Error> {
    let silence = i64::try_from(silence.as_micros()).unwrap_or(i64::MAX);
    let mut query =
        QueryBuilder::new("SELECT ordinal, filed, row_count FROM chains WHERE closed = 0");
    query.push(" AND ordinal <> ").push_bind(i64::from(but));
    query.push(" AND seen_at < ").push(NOW).push(" - ").push_bind(silence);
    let silent = query.build().fetch_all(&mut *connection).await?;
    for row in silent {
        let ordinal: i64 = row.try_get("ordinal")?;
        let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await?;
        let mut update = QueryBuilder::new("UPDATE chains SET closed = 1 WHERE closed = 0");
        update.push(" AND ordinal = ").push_bind(ordinal);
        update.push(" AND seen_at < ").push(NOW).push(" - ").push_bind(silence);
        update.push(" RETURNING filed, row_count");
        let closed = update.build().fetch_optional(&mut *transaction).await?;
        if let Some(closed) = closed {
            let (filed, rows) = (closed.try_get("filed")?, closed.try_get("row_count")?);
            runs::file(&mut transaction, ordinal, filed, rows, true).await?;
        }
        transaction.commit().await?;
    }
    let left = sqlx::query(
        "SELECT 1 AS found FROM chains WHERE closed = 1 AND open_since IS NOT NULL LIMIT 1",
    )
    .fetch_optional(connection)
    .await?;
    Ok(left.is_some())
}
