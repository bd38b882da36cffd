//! How far each chain has come, in Postgres.

use std::time::Duration;

use audit::{Abandoned, Batch, ChainState, MOST_CHAINS, NewChain, RecordId};
use jiff::Timestamp;
use sqlx::{Connection as _, PgConnection};

use crate::failure::unreadable;
use crate::row::{ChainCells, abandoned as abandoned_row, chain_state, id_of, tip};

/// Begins a chain without rows, and says which heads it should name. Also sees to the months to come.
pub(super) async fn begin(
    connection: &mut PgConnection,
    id: RecordId,
    at: Timestamp,
) -> Result<NewChain, sqlx::Error> {
    let mut transaction = connection.begin().await?;
    sqlx::query("SELECT prepare_trail_months()").execute(&mut *transaction).await?;
    let tips = sqlx::query(
        "SELECT id, row_count, head
        FROM chains
        WHERE row_count > named
        ORDER BY ordinal",
    )
    .fetch_all(&mut *transaction)
    .await?;
    let ordinal: i64 = sqlx::query_scalar(
        "INSERT INTO chains (id, opened_at, row_count, named, closed, seen_at)
        VALUES ($1, $2, 0, 0, 0, (extract(epoch FROM clock_timestamp()) * 1000000)::bigint)
        RETURNING ordinal",
    )
    .bind(id.as_bytes().as_slice())
    .bind(at.as_microsecond())
    .fetch_one(&mut *transaction)
    .await?;
    let ordinal = u32::try_from(ordinal).ok().filter(|ordinal| *ordinal <= MOST_CHAINS);
    let ordinal = ordinal.ok_or_else(|| unreadable("ordinal", "there are too many chains"))?;
    transaction.commit().await?;
    Ok(NewChain { ordinal, tips: tips.iter().map(tip).collect::<Result<_, _>>()? })
}

/// Takes the chain from where the batch begins to where it ends; whether it was there, and open.
pub(super) async fn advance(
    connection: &mut PgConnection,
    batch: &Batch,
) -> Result<bool, sqlx::Error> {
    let cells = ChainCells::of(batch);
    let advanced = sqlx::query(
        "UPDATE chains
        SET row_count = $1,
            head = $2,
            open_since = $3,
            closed = $4,
            seen_at = (extract(epoch FROM clock_timestamp()) * 1000000)::bigint
        WHERE ordinal = $5
        AND row_count = $6
        AND closed = 0",
    )
    .bind(cells.rows_after)
    .bind(cells.head)
    .bind(cells.open_since)
    .bind(cells.closed)
    .bind(cells.ordinal)
    .bind(cells.rows_before)
    .execute(&mut *connection)
    .await?;
    for head in &batch.names {
        // Another writer's commit may hold its chain; it is named again then, and nobody waits.
        sqlx::query(
            "UPDATE chains
            SET named = GREATEST(named, $2)
            WHERE ordinal IN (SELECT ordinal FROM chains WHERE id = $1 FOR UPDATE SKIP LOCKED)",
        )
        .bind(head.chain.as_bytes().as_slice())
        .bind(i64::try_from(head.rows).unwrap_or(i64::MAX))
        .execute(&mut *connection)
        .await?;
    }
    Ok(advanced.rows_affected() == 1)
}

/// Waits for a commit of the chain that is still under way, and says where it is then.
pub(super) async fn state(
    connection: &mut PgConnection,
    ordinal: u32,
) -> Result<Option<ChainState>, sqlx::Error> {
    let row = sqlx::query(
        "SELECT ordinal, id, row_count, head, closed
        FROM chains
        WHERE ordinal = $1
        FOR UPDATE",
    )
    .bind(i64::from(ordinal))
    .fetch_optional(connection)
    .await?;
    row.as_ref().map(chain_state).transpose()
}

pub(super) async fn completed(
    connection: &mut PgConnection,
    records: &[RecordId],
) -> Result<Vec<RecordId>, sqlx::Error> {
    let ids: Vec<_> = records.iter().map(|id| id.as_bytes().as_slice()).collect();
    let rows = sqlx::query("SELECT record_id FROM outcomes WHERE record_id = ANY($1::bytea[])")
        .bind(ids)
        .fetch_all(connection)
        .await?;
    rows.iter().map(|row| id_of(row, "record_id")).collect()
}

/// Closes the chains of silent writers and gives what they, and closed ones before them, left open.
pub(super) async fn abandoned(
    connection: &mut PgConnection,
    silence: Duration,
    but: u32,
    limit: u32,
) -> Result<Vec<Abandoned>, sqlx::Error> {
    close_silent(connection, silence, but).await?;
    let rows = sqlx::query(
        "SELECT r.id, r.sentence
        FROM chains
        JOIN records AS r ON r.id >= chains.open_since
        LEFT JOIN outcomes AS o ON o.record_id = r.id
        WHERE chains.closed = 1
        AND chains.open_since IS NOT NULL
        AND r.place >= chains.ordinal << 40
        AND r.place < (chains.ordinal << 40) + chains.row_count
        AND r.decision IN ('permitted', 'observed')
        AND o.record_id IS NULL
        LIMIT $1",
    )
    .bind(i64::from(limit))
    .fetch_all(&mut *connection)
    .await?;
    if rows.is_empty() {
        sqlx::query(
            "UPDATE chains SET open_since = NULL WHERE closed = 1 AND open_since IS NOT NULL",
        )
        .execute(&mut *connection)
        .await?;
    }
    rows.iter().map(abandoned_row).collect()
}

async fn close_silent(
    connection: &mut PgConnection,
    silence: Duration,
    but: u32,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "UPDATE chains
        SET closed = 1
        WHERE closed = 0
        AND ordinal <> $1
        AND seen_at < (extract(epoch FROM clock_timestamp()) * 1000000)::bigint - $2",
    )
    .bind(i64::from(but))
    .bind(i64::try_from(silence.as_micros()).unwrap_or(i64::MAX))
    .execute(connection)
    .await
    .map(drop)
}
