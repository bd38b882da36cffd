//! The trail in SQLite.

use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use audit::{AuditReader, AuditSink, Entry, Filter, Record, RecordId, StoreFailure, Summary};
use sqlx::pool::PoolConnection;
use sqlx::{Connection as _, QueryBuilder, SqliteConnection, SqlitePool};

use super::Sqlite;
use crate::failure::while_doing;
use crate::listing;
use crate::row::{Batch, OpeningRow, OutcomeRow, record, summary};

/// Rows of one statement. Each statement crosses to the connection's thread and back, so one row at a
/// time would be slow; beyond this many there is little to gain.
const ROWS: usize = 50;

#[async_trait]
impl AuditSink for Sqlite {
    async fn append(&self, entries: &[Entry]) -> Result<(), StoreFailure> {
        if entries.is_empty() {
            return Ok(());
        }
        let committing = AtomicBool::new(false);
        let appended = append(&self.writer, entries, &committing).await;
        appended
            .map_err(while_doing("append to the trail"))
            .map_err(|failure| StoreFailure { unclear: committing.into_inner(), ..failure })
    }
}

#[async_trait]
impl AuditReader for Sqlite {
    async fn list(&self, filter: &Filter, limit: u32) -> Result<Vec<Record>, StoreFailure> {
        let mut query = listing::list(filter, limit);
        let rows = query.build().fetch_all(&self.readers).await;
        rows.and_then(|rows| rows.iter().map(record).collect())
            .map_err(while_doing("list the trail"))
    }

    async fn find(&self, id: RecordId) -> Result<Option<Record>, StoreFailure> {
        let mut query = listing::find(id);
        let row = query.build().fetch_optional(&self.readers).await;
        row.and_then(|row| row.as_ref().map(record).transpose())
            .map_err(while_doing("find a record"))
    }

    async fn summarise(&self, filter: &Filter) -> Result<Summary, StoreFailure> {
        let mut query = listing::summary(filter);
        let rows = query.build().fetch_all(&self.readers).await;
        rows.and_then(|rows| summary(&rows)).map_err(while_doing("sum up the trail"))
    }
}

/// Sets `committing` once it can no longer be told whether a failure left everything undone.
async fn append(
    writer: &SqlitePool,
    entries: &[Entry],
    committing: &AtomicBool,
) -> Result<(), sqlx::Error> {
    let batch = Batch::of(entries)?;
    let mut connection = writer.acquire().await?;
    let written = write(&mut connection, &batch, committing).await;
    hand_back(connection, written).await
}

async fn write(
    connection: &mut SqliteConnection,
    batch: &Batch<'_>,
    committing: &AtomicBool,
) -> Result<(), sqlx::Error> {
    // A transaction that begins as a reader could not wait for the lock when it turns into a writer.
    let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await?;
    for rows in batch.openings.chunks(ROWS) {
        insert_records(&mut transaction, rows).await?;
    }
    for rows in batch.outcomes.chunks(ROWS) {
        insert_outcomes(&mut transaction, rows).await?;
    }
    complete(&mut transaction, &batch.given_up).await?;
    committing.store(true, Ordering::Relaxed);
    transaction.commit().await
}

/// Gives the writer back, or closes it after a failure: a commit that failed, on a full disk for one,
/// leaves sqlx counting a transaction that SQLite has ended, and could never begin another.
async fn hand_back(
    connection: PoolConnection<sqlx::Sqlite>,
    result: Result<(), sqlx::Error>,
) -> Result<(), sqlx::Error> {
    if result.is_err() {
        // What matters is said in the result.
        let _ = connection.close().await;
    }
    result
}

/// Commits something that changes nothing, by the way that a record takes: over the write lock, into
/// the log, onto the disk. A statement that is taken back would never find the disk full.
pub(super) async fn rehearse(writer: &SqlitePool) -> Result<(), sqlx::Error> {
    let mut connection = writer.acquire().await?;
    let rehearsed = write_nothing(&mut connection).await;
    hand_back(connection, rehearsed).await
}

async fn write_nothing(connection: &mut SqliteConnection) -> Result<(), sqlx::Error> {
    let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await?;
    sqlx::query("SELECT id FROM records UNION ALL SELECT record_id FROM outcomes LIMIT 1")
        .fetch_optional(&mut *transaction)
        .await?;
    // A number of the file's own that nothing reads: writing what it is already is a write like any.
    sqlx::query("PRAGMA user_version = 0").execute(&mut *transaction).await?;
    transaction.commit().await
}

async fn insert_records(
    connection: &mut SqliteConnection,
    rows: &[OpeningRow<'_>],
) -> Result<(), sqlx::Error> {
    let mut insert = QueryBuilder::new(
        "INSERT INTO records (
            id,
            at,
            agent,
            token,
            address,
            method,
            path,
            operation,
            resource,
            targets,
            demands,
            decision,
            reason,
            policy_file,
            policy_line,
            policy_fingerprint,
            sentence,
            outcome_kind,
            outcome_status,
            outcome_duration_ms,
            outcome_bytes_in,
            outcome_bytes_out,
            outcome_sentence
        ) ",
    );
    insert.push_values(rows, |mut cells, row| {
        let outcome = row.outcome.as_ref();
        cells
            .push_bind(row.id)
            .push_bind(row.at)
            .push_bind(row.agent.as_deref())
            .push_bind(row.token.as_deref())
            .push_bind(&*row.address)
            .push_bind(&*row.method)
            .push_bind(&*row.path)
            .push_bind(row.operation.as_deref())
            .push_bind(row.resource.as_deref())
            .push_bind(&*row.targets)
            .push_bind(&*row.demands)
            .push_bind(row.decision)
            .push_bind(&*row.reason)
            .push_bind(row.policy_file.as_deref())
            .push_bind(row.policy_line)
            .push_bind(&*row.policy_fingerprint)
            .push_bind(&*row.sentence)
            .push_bind(outcome.map(|outcome| outcome.kind))
            .push_bind(outcome.and_then(|outcome| outcome.status))
            .push_bind(outcome.map(|outcome| outcome.duration_ms))
            .push_bind(outcome.map(|outcome| outcome.bytes_in))
            .push_bind(outcome.map(|outcome| outcome.bytes_out))
            .push_bind(outcome.map(|outcome| &*outcome.sentence));
    });
    insert.build().execute(connection).await.map(drop)
}

/// One that is there already stays as it is: a batch whose fate was unclear is sent again.
/// Completes those records that are there. Rare, so each is a statement of its own.
async fn complete(
    connection: &mut SqliteConnection,
    rows: &[(&[u8], OutcomeRow<'_>)],
) -> Result<(), sqlx::Error> {
    for (record_id, row) in rows {
        sqlx::query(
            "INSERT INTO outcomes (
                record_id,
                kind,
                status,
                duration_ms,
                bytes_in,
                bytes_out,
                sentence
            )
            SELECT id, $2, $3, $4, $5, $6, $7
            FROM records
            WHERE id = $1
            ON CONFLICT (record_id) DO NOTHING",
        )
        .bind(*record_id)
        .bind(row.kind)
        .bind(row.status)
        .bind(row.duration_ms)
        .bind(row.bytes_in)
        .bind(row.bytes_out)
        .bind(&*row.sentence)
        .execute(&mut *connection)
        .await?;
    }
    Ok(())
}

async fn insert_outcomes(
    connection: &mut SqliteConnection,
    rows: &[(&[u8], OutcomeRow<'_>)],
) -> Result<(), sqlx::Error> {
    let mut insert = QueryBuilder::new(
        "INSERT INTO outcomes (
            record_id,
            kind,
            status,
            duration_ms,
            bytes_in,
            bytes_out,
            sentence
        ) ",
    );
    insert.push_values(rows, |mut cells, (record_id, row)| {
        cells
            .push_bind(*record_id)
            .push_bind(row.kind)
            .push_bind(row.status)
            .push_bind(row.duration_ms)
            .push_bind(row.bytes_in)
            .push_bind(row.bytes_out)
            .push_bind(&*row.sentence);
    });
    insert.push(" ON CONFLICT (record_id) DO NOTHING");
    insert.build().execute(connection).await.map(drop)
}
