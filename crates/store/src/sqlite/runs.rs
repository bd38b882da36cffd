//! Which records name a target: sorted runs of some thousand records each, written when they are full.
//!
//! The ids of Kustomer's records come in no order, so one index over them would have every record
//! change a page of its own. A run is written in its own order, once, by whoever appended its last
//! record; a search goes through the runs, and then through the records that no run has yet.

use std::collections::BTreeSet;

use audit::{Batch, Place};
use rusqlite::Error::FromSqlConversionFailure;
use rusqlite::types::Type;
use rusqlite::{Connection, OptionalExtension as _, params};
use sqlx::{QueryBuilder, Sqlite, SqliteConnection, SqlitePool};

use super::sieve;
use crate::listing::Stretch;

/// Rows of a chain that make a run; about half as many are records.
const ROWS: i64 = 8192;

/// Whether a batch may be one with which a run becomes due: each thousandth row, and the last, ask.
pub(super) fn may_be_due(batch: &Batch) -> bool {
    let thousands = |rows: u64| rows / 1024;
    batch.is_last || thousands(batch.before.head().rows) != thousands(batch.after.head().rows)
}

/// Files what is due of a chain that now has so many rows: whole runs, and the rest where it has ended.
pub(super) fn file(
    transaction: &Connection,
    ordinal: i64,
    filed: i64,
    rows: i64,
    has_ended: bool,
) -> Result<(), rusqlite::Error> {
    let due = if has_ended { filed < rows } else { rows - filed >= ROWS };
    if !due {
        return Ok(());
    }
    let place = |number| place(ordinal, number);
    write(transaction, place(filed), place(rows))?;
    let filed = "UPDATE chains SET filed = ? WHERE ordinal = ?";
    transaction.execute(filed, params![rows, ordinal]).map(drop)
}

fn place(ordinal: i64, number: i64) -> i64 {
    let (ordinal, number) = (u32::try_from(ordinal), u64::try_from(number));
    Place::new(ordinal.unwrap_or(0), number.unwrap_or(0)).as_i64()
}

/// Writes the run of the records from one place to before another, if there are any.
fn write(transaction: &Connection, start: i64, stop: i64) -> Result<(), rusqlite::Error> {
    let sieve = sieve(transaction, start, stop)?;
    let mut insert = transaction.prepare_cached(
        "INSERT INTO runs (start, stop, first, last, sieve)
        SELECT ?1, ?2, MIN(id), MAX(id), ?3
        FROM records
        WHERE place >= ?1
        AND place < ?2
        HAVING COUNT(*) > 0
        RETURNING run",
    )?;
    let run: Option<i64> =
        insert.query_row(params![start, stop, sieve], |row| row.get(0)).optional()?;
    let Some(run) = run else { return Ok(()) };
    let mut fill = transaction.prepare_cached(
        "INSERT INTO target_runs (run, target, id)
        SELECT DISTINCT ?3, target.value, records.id
        FROM records, json_each(records.targets) AS target
        WHERE records.place >= ?1
        AND records.place < ?2
        ORDER BY 2, 3",
    )?;
    fill.execute(params![start, stop, run]).map(drop)
}

/// A run, and the places from the first to before the last that it covers.
#[derive(Debug, Clone, Copy)]
pub(super) struct Run {
    number: i64,
    start: i64,
    stop: i64,
}

impl Run {
    /// Whether it covers one of the places from the first to before the last.
    pub(super) fn covers(&self, start: Place, stop: Place) -> bool {
        self.start < stop.as_i64() && start.as_i64() < self.stop
    }
}

/// All runs.
pub(super) async fn all(readers: &SqlitePool) -> Result<Vec<Run>, sqlx::Error> {
    let runs: Vec<(i64, i64, i64)> =
        sqlx::query_as("SELECT run, start, stop FROM runs").fetch_all(readers).await?;
    Ok(runs.into_iter().map(|(number, start, stop)| Run { number, start, stop }).collect())
}

/// Forgets what is before the place in a run: all of it, or the part of it that is dropped.
pub(super) async fn forget(
    connection: &mut SqliteConnection,
    run: &Run,
    end: Place,
) -> Result<(), sqlx::Error> {
    for statement in [
        "DELETE FROM target_runs
        WHERE run = $1
        AND id IN (
            SELECT records.id
            FROM runs
            CROSS JOIN records
            WHERE runs.run = $1
            AND records.place >= runs.start
            AND records.place < min(runs.stop, $2)
        )",
        "UPDATE runs SET start = $2 WHERE run = $1",
        "DELETE FROM runs WHERE run = $1 AND stop <= $2",
    ] {
        let statement = sqlx::query(statement).bind(run.number).bind(end.as_i64());
        statement.execute(&mut *connection).await?;
    }
    Ok(())
}

/// The sieve over the targets of these records, all of which come in one cell: thousands of rows would
/// take longer than all the rest.
fn sieve(transaction: &Connection, start: i64, stop: i64) -> Result<Vec<u8>, rusqlite::Error> {
    let mut query = transaction.prepare_cached(
        "SELECT '[' || COALESCE(group_concat(targets), '') || ']'
        FROM records
        WHERE place >= ?1
        AND place < ?2
        AND targets <> '[]'",
    )?;
    let lists: String = query.query_row(params![start, stop], |row| row.get(0))?;
    let lists: Vec<Vec<String>> = serde_json::from_str(&lists)
        .map_err(|error| FromSqlConversionFailure(0, Type::Text, error.into()))?;
    let targets: BTreeSet<_> = lists.iter().flatten().map(String::as_str).collect();
    Ok(sieve::of(targets.into_iter()))
}

/// Adds the condition that a record `r` of the stretch names the target.
///
/// What no run has yet is read row by row: its list of targets is looked into only where the target's
/// own text stands somewhere in it.
pub(super) fn push_search(query: &mut QueryBuilder<Sqlite>, target: &str, stretch: Stretch) {
    let (first, last) = (stretch.first_bytes(), stretch.last_bytes());
    query
        .push("r.id IN (\n    SELECT named.id\n    FROM runs\n    CROSS JOIN target_runs AS named");
    query.push("\n    WHERE named.run = runs.run\n    AND named.target = ");
    query.push_bind(target.to_owned());
    query.push("\n    AND runs.last >= ").push_bind(first.clone());
    query.push("\n    AND runs.first <= ").push_bind(last.clone());
    sieve::push(query, target);
    query.push("\n    AND named.id >= ").push_bind(first.clone());
    query.push("\n    AND named.id <= ").push_bind(last.clone());
    query.push(
        "\n    UNION ALL
    SELECT recent.id
    FROM chains
    CROSS JOIN records AS recent
    WHERE chains.filed < chains.row_count
    AND recent.place >= (chains.ordinal << 40) + chains.filed
    AND recent.place < (chains.ordinal << 40) + chains.row_count
    AND recent.id >= ",
    );
    query.push_bind(first).push("\n    AND recent.id <= ").push_bind(last);
    query.push("\n    AND instr(recent.targets, ").push_bind(as_json(target)).push(") > 0");
    query.push(
        "
    AND EXISTS (
        SELECT 1 FROM json_each(recent.targets) AS target WHERE target.value = ",
    );
    query.push_bind(target.to_owned()).push(")\n)");
}

/// The target as it stands in a list of targets.
fn as_json(target: &str) -> String {
    serde_json::Value::from(target).to_string()
}
