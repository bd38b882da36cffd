//! Which records name a target: sorted runs of some thousand records each, written when they are full.
//!
//! The ids of Kustomer's records come in no order, so one index over them would have every record
//! change a page of its own. A run is written in its own order, once, by whoever appended its last
//! record; a search goes through the runs, and then through the records that no run has yet.

use std::collections::BTreeSet;

use audit::{Batch, Place};
use sqlx::{QueryBuilder, Row as _, Sqlite, SqliteConnection};

use super::sieve;
use crate::listing::Stretch;

/// Rows of a chain that make a run; about half as many are records.
const ROWS: i64 = 8192;

/// Whether a batch may be one with which a run becomes due: each thousandth row, and the last, ask.
pub(super) fn may_be_due(batch: &Batch<'_>) -> bool {
    let thousands = |rows: u64| rows / 1024;
    batch.is_last || thousands(batch.before.head().rows) != thousands(batch.after.head().rows)
}

/// Files what is due of a chain that now has so many rows: whole runs, and the rest where it has ended.
pub(super) async fn file(
    connection: &mut SqliteConnection,
    ordinal: i64,
    filed: i64,
    rows: i64,
    has_ended: bool,
) -> Result<(), sqlx::Error> {
    let due = if has_ended { filed < rows } else { rows - filed >= ROWS };
    if !due {
        return Ok(());
    }
    let place = |number| place(ordinal, number);
    write(connection, place(filed), place(rows)).await?;
    sqlx::query("UPDATE chains SET filed = $2 WHERE ordinal = $1")
        .bind(ordinal)
        .bind(rows)
        .execute(connection)
        .await
        .map(drop)
}

fn place(ordinal: i64, number: i64) -> i64 {
    let (ordinal, number) = (u32::try_from(ordinal), u64::try_from(number));
    Place::new(ordinal.unwrap_or(0), number.unwrap_or(0)).as_i64()
}

/// Writes the run of the records from one place to before another, if there are any.
async fn write(
    connection: &mut SqliteConnection,
    start: i64,
    stop: i64,
) -> Result<(), sqlx::Error> {
    let sieve = sieve(connection, start, stop).await?;
    let run = sqlx::query(
        "INSERT INTO runs (start, stop, first, last, sieve)
        SELECT $1, $2, MIN(id), MAX(id), $3
        FROM records
        WHERE place >= $1
        AND place < $2
        HAVING COUNT(*) > 0
        RETURNING run",
    )
    .bind(start)
    .bind(stop)
    .bind(sieve)
    .fetch_optional(&mut *connection)
    .await?;
    let Some(run) = run else { return Ok(()) };
    sqlx::query(
        "INSERT INTO target_runs (run, target, id)
        SELECT DISTINCT $3, target.value, records.id
        FROM records, json_each(records.targets) AS target
        WHERE records.place >= $1
        AND records.place < $2
        ORDER BY 2, 3",
    )
    .bind(start)
    .bind(stop)
    .bind(run.try_get::<i64, _>("run")?)
    .execute(connection)
    .await
    .map(drop)
}

/// The sieve over the targets of these records, all of which come in one cell: thousands of rows would
/// take longer than all the rest.
async fn sieve(
    connection: &mut SqliteConnection,
    start: i64,
    stop: i64,
) -> Result<Vec<u8>, sqlx::Error> {
    let lists: String = sqlx::query_scalar(
        "SELECT '[' || COALESCE(group_concat(targets), '') || ']'
        FROM records
        WHERE place >= $1
        AND place < $2
        AND targets <> '[]'",
    )
    .bind(start)
    .bind(stop)
    .fetch_one(connection)
    .await?;
    let lists: Vec<Vec<String>> =
        serde_json::from_str(&lists).map_err(|error| sqlx::Error::Decode(error.into()))?;
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
