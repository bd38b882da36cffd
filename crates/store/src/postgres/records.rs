//! The trail in Postgres.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use audit::{
    Abandoned, AuditReader, AuditSink, Batch, Cell, ChainState, Filter, Kind, NewChain, Place,
    Record, RecordId, Row, StoreFailure, Summary, Table,
};
use jiff::Timestamp;
use sqlx::postgres::PgArguments;
use sqlx::query::Query;
use sqlx::{AssertSqlSafe, Connection as _, PgConnection, QueryBuilder};

use super::{CALL, Postgres, SEARCH, chains, within_time};
use crate::failure::moved_on;
use crate::listing::{self, Search, Stretches};
use crate::row::{chain_state, ends, record, row, summary};

/// Rows of one statement: bounds what the server must hold of it at once.
const ROWS: usize = 1000;

#[async_trait]
impl AuditSink for Postgres {
    async fn begin_chain(&self, id: RecordId, at: Timestamp) -> Result<NewChain, StoreFailure> {
        let doing = "begin a chain";
        let connection = self.connection(doing).await?;
        within_time(CALL, connection, doing, async |connection| {
            chains::begin(connection, id, at).await
        })
        .await
    }

    async fn append(&self, batch: &Batch) -> Result<(), StoreFailure> {
        let doing = "append to the trail";
        let connection = self.connection(doing).await?;
        let committing = AtomicBool::new(false);
        let appended = within_time(CALL, connection, doing, async |connection| {
            append(connection, batch, &committing).await
        })
        .await
        .map_err(|failure| StoreFailure { unclear: committing.into_inner(), ..failure })?;
        if appended { Ok(()) } else { Err(moved_on(doing)) }
    }

    async fn chain_state(&self, ordinal: u32) -> Result<Option<ChainState>, StoreFailure> {
        let doing = "look up a chain";
        let connection = self.connection(doing).await?;
        within_time(CALL, connection, doing, async |connection| {
            chains::state(connection, ordinal).await
        })
        .await
    }

    async fn completed(&self, records: &[RecordId]) -> Result<Vec<RecordId>, StoreFailure> {
        let doing = "look up outcomes";
        let connection = self.connection(doing).await?;
        within_time(CALL, connection, doing, async |connection| {
            chains::completed(connection, records).await
        })
        .await
    }

    async fn abandoned(
        &self,
        silence: Duration,
        but: u32,
        limit: u32,
    ) -> Result<Vec<Abandoned>, StoreFailure> {
        let doing = "look for gateways that are gone";
        let connection = self.connection(doing).await?;
        within_time(CALL, connection, doing, async |connection| {
            chains::abandoned(connection, silence, but, limit).await
        })
        .await
    }
}

#[async_trait]
impl AuditReader for Postgres {
    async fn list(&self, filter: &Filter, limit: u32) -> Result<Vec<Record>, StoreFailure> {
        let doing = "list the trail";
        if filter.target.is_none() {
            return self.many(doing, SEARCH, listing::list(filter, limit)).await;
        }
        let connection = self.connection(doing).await?;
        within_time(SEARCH, connection, doing, async |connection| {
            search(connection, filter, limit).await
        })
        .await
    }

    async fn find(&self, id: RecordId) -> Result<Option<Record>, StoreFailure> {
        let found = self.many("find a record", CALL, listing::find(id)).await?;
        Ok(found.into_iter().next())
    }

    async fn last_noted(&self, reason: &str) -> Result<Option<Record>, StoreFailure> {
        let found = self.many("find a record", CALL, listing::last_noted(reason)).await?;
        Ok(found.into_iter().next())
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

    async fn chains(&self) -> Result<Vec<ChainState>, StoreFailure> {
        let doing = "list the chains";
        let connection = self.connection(doing).await?;
        within_time(SEARCH, connection, doing, async |connection| {
            let rows = sqlx::query(listing::CHAINS).fetch_all(connection).await?;
            rows.iter().map(chain_state).collect()
        })
        .await
    }

    async fn rows(&self, from: Place, limit: u32) -> Result<Vec<Row>, StoreFailure> {
        let doing = "read the trail";
        let connection = self.connection(doing).await?;
        within_time(SEARCH, connection, doing, async |connection| {
            let records = rows_of(connection, Table::Records, from, limit).await?;
            let outcomes = rows_of(connection, Table::Outcomes, from, limit).await?;
            Ok(listing::merged(records, outcomes, limit))
        })
        .await
    }
}

impl Postgres {
    async fn many(
        &self,
        doing: &'static str,
        limit: Duration,
        query: QueryBuilder<sqlx::Postgres>,
    ) -> Result<Vec<Record>, StoreFailure> {
        let connection = self.connection(doing).await?;
        within_time(limit, connection, doing, async |connection| page(connection, query).await)
            .await
    }
}

/// Looks for a target in one stretch after the other.
async fn search(
    connection: &mut PgConnection,
    filter: &Filter,
    limit: u32,
) -> Result<Vec<Record>, sqlx::Error> {
    let mut query = listing::ends(filter);
    let row = query.build().persistent(false).fetch_one(&mut *connection).await?;
    let Some((nearest, edge)) = ends(&row)? else { return Ok(Vec::new()) };
    let stretches = Stretches::of(filter, nearest, edge);
    let mut search = Search::through(stretches, filter, limit);
    while let Some(query) = search.next() {
        search.found.extend(page(connection, query).await?);
    }
    Ok(search.found)
}

/// Not kept prepared, so that the server plans it for what it is asked: an agent may have half of all
/// records or three, and a plan that suits any of them suits none.
async fn page(
    connection: &mut PgConnection,
    mut query: QueryBuilder<sqlx::Postgres>,
) -> Result<Vec<Record>, sqlx::Error> {
    let rows = query.build().persistent(false).fetch_all(connection).await?;
    rows.iter().map(record).collect()
}

async fn rows_of(
    connection: &mut PgConnection,
    table: Table,
    from: Place,
    limit: u32,
) -> Result<Vec<Row>, sqlx::Error> {
    let rows = listing::rows(table, from, limit).build().fetch_all(connection).await?;
    rows.iter().map(|cells| row(cells, table)).collect()
}

/// Whether the chain was where the batch takes it up; if not, nothing is appended.
///
/// Sets `committing` once it can no longer be told whether a failure left everything undone.
async fn append(
    connection: &mut PgConnection,
    batch: &Batch,
    committing: &AtomicBool,
) -> Result<bool, sqlx::Error> {
    let mut transaction = connection.begin().await?;
    // First, because it locks the chain: an earlier commit that is still under way is waited for.
    if !chains::advance(&mut transaction, batch).await? {
        transaction.rollback().await?;
        return Ok(false);
    }
    for table in Table::ALL {
        let rows: Vec<_> = batch.rows.iter().filter(|row| row.cells.table() == table).collect();
        for rows in rows.chunks(ROWS) {
            insert(&mut transaction, table, rows).await?;
        }
    }
    committing.store(true, Ordering::Relaxed);
    transaction.commit().await?;
    Ok(true)
}

/// Sees that the records are there, inserts an outcome that belongs to none, and takes it back.
pub(super) async fn rehearse(connection: &mut PgConnection) -> Result<(), sqlx::Error> {
    let mut transaction = connection.begin().await?;
    sqlx::query("SELECT id FROM records LIMIT 1").fetch_optional(&mut *transaction).await?;
    sqlx::query(
        "INSERT INTO outcomes
            (place, hash, record_id, kind, duration_ms, bytes_in, bytes_out, sentence)
         VALUES (-1, '', decode(repeat('00', 16), 'hex'), 'rehearsal', 0, 0, 0, '')",
    )
    .execute(&mut *transaction)
    .await?;
    transaction.rollback().await
}

/// One list for each column, in the order of the columns, so the star names them all.
fn statement(table: Table) -> String {
    let mut names = vec!["place", "hash"];
    let mut lists = vec!["$1::bigint[]".to_owned(), "$2::bytea[]".to_owned()];
    for (number, column) in (3..).zip(table.columns()) {
        names.push(column.name);
        lists.push(format!("${number}::{}[]", type_of(column.kind)));
    }
    let (names, lists) = (names.join(", "), lists.join(", "));
    format!("INSERT INTO {} ({names}) SELECT * FROM UNNEST({lists})", table.name())
}

fn type_of(kind: Kind) -> &'static str {
    match kind {
        Kind::Number => "bigint",
        Kind::Text => "text",
        Kind::Bytes => "bytea",
    }
}

async fn insert(
    connection: &mut PgConnection,
    table: Table,
    rows: &[&Row],
) -> Result<(), sqlx::Error> {
    let mut insert = sqlx::query(AssertSqlSafe(statement(table)))
        .bind(rows.iter().map(|row| row.place.as_i64()).collect::<Vec<_>>())
        .bind(rows.iter().map(|row| row.hash.as_bytes().as_slice()).collect::<Vec<_>>());
    let mut cells: Vec<_> = rows.iter().map(|row| row.cells.iter()).collect();
    for column in table.columns() {
        let column_of_all = cells.iter_mut().map(|row| row.next().unwrap_or(Cell::Null));
        insert = bind_column(insert, column_of_all, column.kind);
    }
    insert.execute(connection).await.map(drop)
}

/// One cell of every row, as a list.
fn bind_column<'q>(
    insert: Query<'q, sqlx::Postgres, PgArguments>,
    cells: impl Iterator<Item = Cell<'q>>,
    kind: Kind,
) -> Query<'q, sqlx::Postgres, PgArguments> {
    match kind {
        Kind::Number => insert.bind(cells.map(number).collect::<Vec<_>>()),
        Kind::Text => insert.bind(cells.map(text).collect::<Vec<_>>()),
        Kind::Bytes => insert.bind(cells.map(bytes).collect::<Vec<_>>()),
    }
}

fn number(cell: Cell<'_>) -> Option<i64> {
    match cell {
        Cell::Number(number) => Some(number),
        Cell::Null | Cell::Text(_) | Cell::Bytes(_) => None,
    }
}

fn text(cell: Cell<'_>) -> Option<&str> {
    match cell {
        Cell::Text(text) => Some(text),
        Cell::Null | Cell::Number(_) | Cell::Bytes(_) => None,
    }
}

fn bytes(cell: Cell<'_>) -> Option<&[u8]> {
    match cell {
        Cell::Bytes(bytes) => Some(bytes),
        Cell::Null | Cell::Number(_) | Cell::Text(_) => None,
    }
}
