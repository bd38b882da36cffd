//! The trail in SQLite.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use audit::{
    Abandoned, AuditReader, AuditSink, Batch, Cell, ChainState, Filter, NewChain, Place, Record,
    RecordId, Row, StoreFailure, Summary, Table,
};
use jiff::Timestamp;
use sqlx::pool::PoolConnection;
use sqlx::{Connection as _, QueryBuilder, SqliteConnection, SqlitePool};

use super::{Sqlite, chains};
use crate::failure::{moved_on, while_doing};
use crate::listing::{self, Search, Stretches};
use crate::row::{chain_state, ends, record, row, summary};

/// Rows of one statement. Each statement crosses to the connection's thread and back, so one row at a
/// time would be slow; beyond this many there is little to gain.
const ROWS: usize = 50;

#[async_trait]
impl AuditSink for Sqlite {
    async fn begin_chain(&self, id: RecordId, at: Timestamp) -> Result<NewChain, StoreFailure> {
        chains::begin(&self.writer, id, at).await.map_err(while_doing("begin a chain"))
    }

    async fn append(&self, batch: &Batch<'_>) -> Result<(), StoreFailure> {
        let doing = "append to the trail";
        let committing = AtomicBool::new(false);
        match append(&self.writer, batch, &committing).await {
            Ok(true) => Ok(()),
            Ok(false) => Err(moved_on(doing)),
            Err(error) => {
                let failure = while_doing(doing)(error);
                Err(StoreFailure { unclear: committing.into_inner(), ..failure })
            }
        }
    }

    async fn chain_state(&self, ordinal: u32) -> Result<Option<ChainState>, StoreFailure> {
        let state = chains::state(&self.readers, ordinal).await;
        state.map_err(while_doing("look up a chain"))
    }

    async fn completed(&self, records: &[RecordId]) -> Result<Vec<RecordId>, StoreFailure> {
        let completed = chains::completed(&self.readers, records).await;
        completed.map_err(while_doing("look up outcomes"))
    }

    async fn abandoned(
        &self,
        silence: Duration,
        but: u32,
        limit: u32,
    ) -> Result<Vec<Abandoned>, StoreFailure> {
        let abandoned = chains::abandoned(&self.writer, silence, but, limit).await;
        abandoned.map_err(while_doing("look for gateways that are gone"))
    }
}

#[async_trait]
impl AuditReader for Sqlite {
    async fn list(&self, filter: &Filter, limit: u32) -> Result<Vec<Record>, StoreFailure> {
        let listed = match filter.target {
            None => self.many(listing::list(filter, limit)).await,
            Some(_) => self.search(filter, limit).await,
        };
        listed.map_err(while_doing("list the trail"))
    }

    async fn find(&self, id: RecordId) -> Result<Option<Record>, StoreFailure> {
        self.one(listing::find(id)).await.map_err(while_doing("find a record"))
    }

    async fn last_noted(&self, reason: &str) -> Result<Option<Record>, StoreFailure> {
        self.one(listing::last_noted(reason)).await.map_err(while_doing("find a record"))
    }

    async fn summarise(&self, filter: &Filter) -> Result<Summary, StoreFailure> {
        let mut query = listing::summary(filter);
        let rows = query.build().fetch_all(&self.readers).await;
        rows.and_then(|rows| summary(&rows)).map_err(while_doing("sum up the trail"))
    }

    async fn chains(&self) -> Result<Vec<ChainState>, StoreFailure> {
        let rows = sqlx::query(listing::CHAINS).fetch_all(&self.readers).await;
        rows.and_then(|rows| rows.iter().map(chain_state).collect())
            .map_err(while_doing("list the chains"))
    }

    async fn rows(&self, from: Place, limit: u32) -> Result<Vec<Row>, StoreFailure> {
        let (records, outcomes) = tokio::try_join!(
            self.rows_of(Table::Records, from, limit),
            self.rows_of(Table::Outcomes, from, limit)
        )
        .map_err(while_doing("read the trail"))?;
        Ok(listing::merged(records, outcomes, limit))
    }
}

impl Sqlite {
    /// Looks for a target in one stretch after the other.
    async fn search(&self, filter: &Filter, limit: u32) -> Result<Vec<Record>, sqlx::Error> {
        let row = listing::ends(filter).build().fetch_one(&self.readers).await?;
        let Some((nearest, edge)) = ends(&row)? else { return Ok(Vec::new()) };
        let stretches = Stretches::of(filter, nearest, edge);
        let mut search = Search::through(stretches, filter, limit);
        while let Some(query) = search.next() {
            search.found.extend(self.many(query).await?);
        }
        Ok(search.found)
    }

    async fn many(
        &self,
        mut query: QueryBuilder<sqlx::Sqlite>,
    ) -> Result<Vec<Record>, sqlx::Error> {
        let rows = query.build().fetch_all(&self.readers).await?;
        rows.iter().map(record).collect()
    }

    async fn one(
        &self,
        mut query: QueryBuilder<sqlx::Sqlite>,
    ) -> Result<Option<Record>, sqlx::Error> {
        let row = query.build().fetch_optional(&self.readers).await?;
        row.as_ref().map(record).transpose()
    }

    async fn rows_of(
        &self,
        table: Table,
        from: Place,
        limit: u32,
    ) -> Result<Vec<Row>, sqlx::Error> {
        let rows = listing::rows(table, from, limit).build().fetch_all(&self.readers).await?;
        rows.iter().map(|cells| row(cells, table)).collect()
    }
}

/// Whether the chain was where the batch takes it up; if not, nothing is appended.
///
/// Sets `committing` once it can no longer be told whether a failure left everything undone.
async fn append(
    writer: &SqlitePool,
    batch: &Batch<'_>,
    committing: &AtomicBool,
) -> Result<bool, sqlx::Error> {
    let mut connection = writer.acquire().await?;
    let written = write(&mut connection, batch, committing).await;
    hand_back(connection, written).await
}

async fn write(
    connection: &mut SqliteConnection,
    batch: &Batch<'_>,
    committing: &AtomicBool,
) -> Result<bool, sqlx::Error> {
    // A transaction that begins as a reader could not wait for the lock when it turns into a writer.
    let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await?;
    if !chains::advance(&mut transaction, batch).await? {
        transaction.rollback().await?;
        return Ok(false);
    }
    for table in Table::ALL {
        let rows: Vec<_> = batch.rows.iter().filter(|row| row.cells.table == table).collect();
        for rows in rows.chunks(ROWS) {
            insert(&mut transaction, table, rows).await?;
        }
    }
    chains::file(&mut transaction, batch).await?;
    committing.store(true, Ordering::Relaxed);
    transaction.commit().await?;
    Ok(true)
}

/// Gives the writer back, or closes it after a failure: a commit that failed, on a full disk for one,
/// leaves sqlx counting a transaction that SQLite has ended, and could never begin another.
pub(super) async fn hand_back<T>(
    connection: PoolConnection<sqlx::Sqlite>,
    result: Result<T, sqlx::Error>,
) -> Result<T, sqlx::Error> {
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

async fn insert(
    connection: &mut SqliteConnection,
    table: Table,
    rows: &[&Row],
) -> Result<(), sqlx::Error> {
    let mut insert = QueryBuilder::new("INSERT INTO ");
    insert.push(table.name()).push(" (place, hash");
    for column in table.columns() {
        insert.push(", ").push(column.name);
    }
    insert.push(") ");
    insert.push_values(rows, |mut cells, row| {
        cells.push_bind(row.place.as_i64()).push_bind(row.hash.as_bytes().as_slice());
        for cell in &row.cells.cells {
            match cell {
                Cell::Null => cells.push_bind(None::<i64>),
                Cell::Number(number) => cells.push_bind(*number),
                Cell::Text(text) => cells.push_bind(text.as_str()),
                Cell::Bytes(bytes) => cells.push_bind(bytes.as_slice()),
            };
        }
    });
    insert.build().execute(connection).await.map(drop)
}
