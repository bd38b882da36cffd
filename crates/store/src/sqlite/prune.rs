//! Drops what is old, in SQLite: a slice at a time, so that the gateway's own writes are not held up.

mod slice;

use std::time::Duration;

use async_trait::async_trait;
use audit::{AuditPruner, Cut, Old, Place, RecordId, StoreFailure};
use sqlx::pool::PoolConnection;
use sqlx::{Connection as _, QueryBuilder, SqliteConnection, SqlitePool};
use tokio::time::sleep;

use super::Sqlite;
use super::runs::{self, Run};
use crate::failure::while_doing;
use crate::listing;
use slice::{Slice, slices};

/// Between two slices: another process that waits for the lock asks for it ten times a second.
const PAUSE: Duration = Duration::from_millis(100);

#[async_trait]
impl AuditPruner for Sqlite {
    async fn may_drop(&self) -> Result<bool, StoreFailure> {
        // Whoever can write to the file can.
        Ok(true)
    }

    async fn old(&self, before: RecordId) -> Result<Old, StoreFailure> {
        let rows = listing::old(before).build().fetch_all(&self.readers).await;
        rows.and_then(|rows| listing::read_old(before, &rows))
            .map_err(while_doing("look for what is old"))
    }

    async fn drop_rows(&self, cut: &Cut) -> Result<(), StoreFailure> {
        drop_rows(&self.writer, &self.readers, cut).await.map_err(while_doing("drop what is old"))
    }
}

async fn drop_rows(
    writer: &SqlitePool,
    readers: &SqlitePool,
    cut: &Cut,
) -> Result<(), sqlx::Error> {
    let runs = runs::all(readers).await?;
    let mut slices = slices(&stretches(readers, &cut.ends).await?).into_iter().peekable();
    while let Some(slice) = slices.next() {
        within(writer, async |connection| delete(connection, &slice, &runs).await).await?;
        if slices.peek().is_some() {
            sleep(PAUSE).await;
        }
    }
    within(writer, async |connection| tidy(connection, cut).await).await
}

/// Runs one transaction.
async fn within(
    writer: &SqlitePool,
    act: impl AsyncFnOnce(&mut SqliteConnection) -> Result<(), sqlx::Error>,
) -> Result<(), sqlx::Error> {
    let mut connection = writer.acquire().await?;
    let done = in_transaction(&mut connection, act).await;
    hand_back(connection, done).await
}

/// Gives the writer back, or closes it after a failure: a commit that failed, on a full disk for one,
/// leaves sqlx counting a transaction that SQLite has ended, and could never begin another.
async fn hand_back<T>(
    connection: PoolConnection<sqlx::Sqlite>,
    result: Result<T, sqlx::Error>,
) -> Result<T, sqlx::Error> {
    if result.is_err() {
        // What matters is said in the result.
        let _ = connection.close().await;
    }
    result
}

async fn in_transaction(
    connection: &mut SqliteConnection,
    act: impl AsyncFnOnce(&mut SqliteConnection) -> Result<(), sqlx::Error>,
) -> Result<(), sqlx::Error> {
    let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await?;
    act(&mut transaction).await?;
    transaction.commit().await
}

/// Each from the first row that the chain still has to where it is to end.
async fn stretches(
    readers: &SqlitePool,
    ends: &[Place],
) -> Result<Vec<(Place, Place)>, sqlx::Error> {
    let mut stretches = Vec::new();
    for end in ends {
        let first: Option<i64> = sqlx::query_scalar(
            "SELECT MIN(place) FROM (
                SELECT MIN(place) AS place FROM records WHERE place >= $1 AND place < $2
                UNION ALL
                SELECT MIN(place) AS place FROM outcomes WHERE place >= $1 AND place < $2
            )",
        )
        .bind(Place::new(end.ordinal(), 0).as_i64())
        .bind(end.as_i64())
        .fetch_one(readers)
        .await?;
        stretches.extend(first.map(|first| (Place::from_i64(first), *end)));
    }
    Ok(stretches)
}

/// The triggers that refuse it are gone for no longer than this transaction.
async fn delete(
    connection: &mut SqliteConnection,
    slice: &Slice,
    runs: &[Run],
) -> Result<(), sqlx::Error> {
    let triggers = refusals(connection).await?;
    for (name, _) in &triggers {
        QueryBuilder::new("DROP TRIGGER ").push(name).build().execute(&mut *connection).await?;
    }
    for (start, stop) in &slice.0 {
        for run in runs.iter().filter(|run| run.covers(*start, *stop)) {
            runs::forget(connection, run, *stop).await?;
        }
        for table in ["records", "outcomes"] {
            let mut delete = QueryBuilder::new("DELETE FROM ");
            delete.push(table).push(" WHERE place >= ").push_bind(start.as_i64());
            delete.push(" AND place < ").push_bind(stop.as_i64());
            delete.build().execute(&mut *connection).await?;
        }
    }
    for (_, statement) in &triggers {
        QueryBuilder::new(statement.as_str()).build().execute(&mut *connection).await?;
    }
    Ok(())
}

/// The triggers that refuse to delete, with the statements that made them.
async fn refusals(connection: &mut SqliteConnection) -> Result<Vec<(String, String)>, sqlx::Error> {
    sqlx::query_as(
        "SELECT name, sql
        FROM sqlite_schema
        WHERE type = 'trigger'
        AND name IN ('records_refuse_delete', 'outcomes_refuse_delete')",
    )
    .fetch_all(connection)
    .await
}

/// What is left to say of the chains.
async fn tidy(connection: &mut SqliteConnection, cut: &Cut) -> Result<(), sqlx::Error> {
    for end in &cut.ends {
        // What is gone needs no filing.
        sqlx::query("UPDATE chains SET filed = MAX(filed, $2) WHERE ordinal = $1")
            .bind(i64::from(end.ordinal()))
            .bind(i64::try_from(end.number()).unwrap_or(i64::MAX))
            .execute(&mut *connection)
            .await?;
    }
    for chain in &cut.forgotten {
        sqlx::query(
            "DELETE FROM chains
            WHERE id = $1
            AND closed = 1
            AND NOT EXISTS (
                SELECT 1 FROM records
                WHERE place >= ordinal << 40 AND place < (ordinal + 1) << 40
            )
            AND NOT EXISTS (
                SELECT 1 FROM outcomes
                WHERE place >= ordinal << 40 AND place < (ordinal + 1) << 40
            )",
        )
        .bind(chain.as_bytes().to_vec())
        .execute(&mut *connection)
        .await?;
    }
    Ok(())
}
