//! The trail in Postgres.

use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use audit::{AuditReader, AuditSink, Entry, Filter, Record, RecordId, StoreFailure, Summary};
use sqlx::{Connection as _, PgConnection};

use super::{CALL, Postgres, SEARCH, within_time};
use crate::listing;
use crate::row::{Batch, OpeningRow, OutcomeRow, record, summary};

/// Rows of one statement: bounds what the server must hold of it at once.
const ROWS: usize = 1000;

#[async_trait]
impl AuditSink for Postgres {
    async fn append(&self, entries: &[Entry]) -> Result<(), StoreFailure> {
        if entries.is_empty() {
            return Ok(());
        }
        let doing = "append to the trail";
        let connection = self.connection(doing).await?;
        let committing = AtomicBool::new(false);
        within_time(CALL, connection, doing, async |connection| {
            append(connection, entries, &committing).await
        })
        .await
        .map_err(|failure| StoreFailure { unclear: committing.into_inner(), ..failure })
    }
}

#[async_trait]
impl AuditReader for Postgres {
    async fn list(&self, filter: &Filter, limit: u32) -> Result<Vec<Record>, StoreFailure> {
        let doing = "list the trail";
        let connection = self.connection(doing).await?;
        within_time(SEARCH, connection, doing, async |connection| {
            list(connection, filter, limit).await
        })
        .await
    }

    async fn find(&self, id: RecordId) -> Result<Option<Record>, StoreFailure> {
        let doing = "find a record";
        let connection = self.connection(doing).await?;
        within_time(CALL, connection, doing, async |connection| find(connection, id).await).await
    }

    async fn summarise(&self, filter: &Filter) -> Result<Summary, StoreFailure> {
        let doing = "sum up the trail";
        let connection = self.connection(doing).await?;
        within_time(SEARCH, connection, doing, async |connection| {
            let rows = listing::summary(filter).build().fetch_all(connection).await?;
            summary(&rows)
        })
        .await
    }
}

/// Sets `committing` once it can no longer be told whether a failure left everything undone.
async fn append(
    connection: &mut PgConnection,
    entries: &[Entry],
    committing: &AtomicBool,
) -> Result<(), sqlx::Error> {
    let batch = Batch::of(entries)?;
    let mut transaction = connection.begin().await?;
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

async fn list(
    connection: &mut PgConnection,
    filter: &Filter,
    limit: u32,
) -> Result<Vec<Record>, sqlx::Error> {
    let rows = listing::list(filter, limit).build().fetch_all(connection).await?;
    rows.iter().map(record).collect()
}

async fn find(connection: &mut PgConnection, id: RecordId) -> Result<Option<Record>, sqlx::Error> {
    let row = listing::find(id).build().fetch_optional(connection).await?;
    row.as_ref().map(record).transpose()
}

/// Sees that the records are there, inserts an outcome that belongs to none, and takes it back.
pub(super) async fn rehearse(connection: &mut PgConnection) -> Result<(), sqlx::Error> {
    let mut transaction = connection.begin().await?;
    sqlx::query("SELECT id FROM records LIMIT 1").fetch_optional(&mut *transaction).await?;
    sqlx::query(
        "INSERT INTO outcomes (record_id, kind, duration_ms, bytes_in, bytes_out, sentence)
         VALUES (decode(repeat('00', 16), 'hex'), 'rehearsal', 0, 0, 0, '')",
    )
    .execute(&mut *transaction)
    .await?;
    transaction.rollback().await
}

/// One list for each column, in the order of the columns, so the star names them all.
const INSERT_RECORDS: &str = "INSERT INTO records (
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
    )
    SELECT * FROM UNNEST(
        $1::bytea[], $2::bigint[], $3::text[], $4::text[], $5::text[], $6::text[],
        $7::text[], $8::text[], $9::text[], $10::text[], $11::text[], $12::text[],
        $13::text[], $14::text[], $15::bigint[], $16::text[], $17::text[], $18::text[],
        $19::bigint[], $20::bigint[], $21::bigint[], $22::bigint[], $23::text[]
    )";

async fn insert_records(
    connection: &mut PgConnection,
    rows: &[OpeningRow<'_>],
) -> Result<(), sqlx::Error> {
    sqlx::query(INSERT_RECORDS)
        .bind(column(rows, |row| row.id))
        .bind(column(rows, |row| row.at))
        .bind(column(rows, |row| row.agent.as_deref()))
        .bind(column(rows, |row| row.token.as_deref()))
        .bind(column(rows, |row| &*row.address))
        .bind(column(rows, |row| &*row.method))
        .bind(column(rows, |row| &*row.path))
        .bind(column(rows, |row| row.operation.as_deref()))
        .bind(column(rows, |row| row.resource.as_deref()))
        .bind(column(rows, |row| &*row.targets))
        .bind(column(rows, |row| &*row.demands))
        .bind(column(rows, |row| row.decision))
        .bind(column(rows, |row| &*row.reason))
        .bind(column(rows, |row| row.policy_file.as_deref()))
        .bind(column(rows, |row| row.policy_line))
        .bind(column(rows, |row| &*row.policy_fingerprint))
        .bind(column(rows, |row| &*row.sentence))
        .bind(outcome_column(rows, |outcome| Some(outcome.kind)))
        .bind(outcome_column(rows, |outcome| outcome.status))
        .bind(outcome_column(rows, |outcome| Some(outcome.duration_ms)))
        .bind(outcome_column(rows, |outcome| Some(outcome.bytes_in)))
        .bind(outcome_column(rows, |outcome| Some(outcome.bytes_out)))
        .bind(outcome_column(rows, |outcome| Some(&*outcome.sentence)))
        .execute(connection)
        .await
        .map(drop)
}

/// One that is there already stays as it is: a batch whose fate was unclear is sent again.
/// Completes those records that are there. Rare, so each is a statement of its own.
async fn complete(
    connection: &mut PgConnection,
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
    connection: &mut PgConnection,
    rows: &[(&[u8], OutcomeRow<'_>)],
) -> Result<(), sqlx::Error> {
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
        SELECT * FROM UNNEST(
            $1::bytea[], $2::text[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[],
            $7::text[]
        )
        ON CONFLICT (record_id) DO NOTHING",
    )
    .bind(column(rows, |(record_id, _)| *record_id))
    .bind(column(rows, |(_, row)| row.kind))
    .bind(column(rows, |(_, row)| row.status))
    .bind(column(rows, |(_, row)| row.duration_ms))
    .bind(column(rows, |(_, row)| row.bytes_in))
    .bind(column(rows, |(_, row)| row.bytes_out))
    .bind(column(rows, |(_, row)| &*row.sentence))
    .execute(connection)
    .await
    .map(drop)
}

/// One cell of every row, as a list.
fn column<'r, R, C>(rows: &'r [R], cell: impl Fn(&'r R) -> C) -> Vec<C> {
    rows.iter().map(cell).collect()
}

/// One cell of every row's outcome, as a list; null where a row has none.
fn outcome_column<'r, C>(
    rows: &'r [OpeningRow<'_>],
    cell: impl Fn(&'r OutcomeRow<'_>) -> Option<C>,
) -> Vec<Option<C>> {
    rows.iter().map(|row| row.outcome.as_ref().and_then(&cell)).collect()
}
