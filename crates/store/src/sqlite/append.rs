//! Appends to the trail, on the thread that writes it.

use std::sync::LazyLock;
use std::sync::atomic::{AtomicBool, Ordering};

use audit::{Batch, Cell, Row, Table};
use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, ToSql, TransactionBehavior, params_from_iter};

use super::chains;

/// Whether the chain was where the batch takes it up; if not, nothing is appended.
///
/// Sets `committing` once it can no longer be told whether a failure left everything undone.
pub(super) fn append(
    connection: &mut Connection,
    batch: &Batch,
    committing: &AtomicBool,
) -> Result<bool, rusqlite::Error> {
    // One that begins as a reader could not wait for the lock when it turns into a writer. Both ends of
    // the transaction are prepared once; should it fail in between, the connection is dropped with it.
    connection.prepare_cached("BEGIN IMMEDIATE")?.execute(())?;
    if !chains::advance(connection, batch)? {
        connection.prepare_cached("ROLLBACK")?.execute(())?;
        return Ok(false);
    }
    for table in Table::ALL {
        let mut insert = connection.prepare_cached(statement(table))?;
        for row in batch.rows.iter().filter(|row| row.cells.table() == table) {
            insert.execute(params_from_iter(parameters(row)))?;
        }
    }
    chains::file(connection, batch)?;
    committing.store(true, Ordering::Relaxed);
    connection.prepare_cached("COMMIT")?.execute(())?;
    Ok(true)
}

/// Commits something that changes nothing, by the way that a record takes: over the write lock, into
/// the log, onto the disk. A statement that is taken back would never find the disk full.
pub(super) fn rehearse(connection: &mut Connection) -> Result<(), rusqlite::Error> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    transaction
        .execute_batch("SELECT id FROM records UNION ALL SELECT record_id FROM outcomes LIMIT 1")?;
    // A number of the file's own that nothing reads: writing what it is already is a write like any.
    transaction.pragma_update(None, "user_version", 0)?;
    transaction.commit()
}

/// The statement that inserts one row: its columns in the order of its parameters.
fn statement(table: Table) -> &'static str {
    static RECORDS: LazyLock<String> = LazyLock::new(|| insert_into(Table::Records));
    static OUTCOMES: LazyLock<String> = LazyLock::new(|| insert_into(Table::Outcomes));
    match table {
        Table::Records => &RECORDS,
        Table::Outcomes => &OUTCOMES,
    }
}

fn insert_into(table: Table) -> String {
    let columns: Vec<_> = ["place", "hash"]
        .into_iter()
        .chain(table.columns().iter().map(|column| column.name))
        .collect();
    let places = vec!["?"; columns.len()].join(", ");
    format!("INSERT INTO {} ({}) VALUES ({places})", table.name(), columns.join(", "))
}

fn parameters(row: &Row) -> impl Iterator<Item = Parameter<'_>> {
    let own = [Cell::Number(row.place.as_i64()), Cell::Bytes(row.hash.as_bytes())];
    own.into_iter().chain(row.cells.iter()).map(Parameter)
}

/// A cell, lent to a statement.
struct Parameter<'a>(Cell<'a>);

impl ToSql for Parameter<'_> {
    fn to_sql(&self) -> Result<ToSqlOutput<'_>, rusqlite::Error> {
        Ok(ToSqlOutput::Borrowed(match self.0 {
            Cell::Null => ValueRef::Null,
            Cell::Number(number) => ValueRef::Integer(number),
            Cell::Text(text) => ValueRef::Text(text.as_bytes()),
            Cell::Bytes(bytes) => ValueRef::Blob(bytes),
        }))
    }
}
