//! Drops what is old, in Postgres: whole months, and by statement what has no month of its own.

mod month;

use std::collections::BTreeMap;
use std::time::Duration;

use async_trait::async_trait;
use audit::{AuditPruner, Cut, Old, Place, RecordId, StoreFailure, Table};
use sqlx::{AssertSqlSafe, Connection as _, PgConnection, QueryBuilder};
use tokio::time::sleep;

use super::{CALL, Postgres, within_time};
use crate::listing;
use month::{months_before, start_of_month};

/// How long looking for what is old, or dropping it, may take.
const PRUNE: Duration = Duration::from_mins(30);

/// How often the trail is asked for while others use it, and how long is waited in between. Those who
/// come meanwhile wait behind: so never for longer than a second.
const TRIES: u32 = 30;
const AGAIN: Duration = Duration::from_secs(2);

#[async_trait]
impl AuditPruner for Postgres {
    async fn may_drop(&self) -> Result<bool, StoreFailure> {
        let doing = "look up who owns the trail";
        within_time(CALL, self.connection(doing).await?, doing, is_owner).await
    }

    async fn old(&self, before: RecordId) -> Result<Old, StoreFailure> {
        let doing = "look for what is old";
        let before = start_of_month(before);
        let connection = self.connection(doing).await?;
        within_time(PRUNE, connection, doing, async |connection| {
            let mut transaction = connection.begin().await?;
            take_time(&mut transaction).await?;
            let rows = listing::old(before).build().fetch_all(&mut *transaction).await?;
            transaction.commit().await?;
            listing::read_old(before, &rows)
        })
        .await
    }

    async fn drop_rows(&self, cut: &Cut) -> Result<(), StoreFailure> {
        let doing = "drop what is old";
        let connection = self.connection(doing).await?;
        within_time(PRUNE, connection, doing, async |connection| {
            drop_months(connection, cut).await?;
            drop_rest(connection, cut).await
        })
        .await
    }
}

async fn is_owner(connection: &mut PgConnection) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar(
        "SELECT bool_and(pg_has_role(relowner, 'USAGE'))
        FROM pg_class
        WHERE oid IN ('records'::regclass, 'outcomes'::regclass, 'chains'::regclass)",
    )
    .fetch_one(connection)
    .await
}

/// Statements of this transaction may take long.
async fn take_time(connection: &mut PgConnection) -> Result<(), sqlx::Error> {
    sqlx::query("SET LOCAL statement_timeout = '30min'").execute(connection).await.map(drop)
}

/// Drops the months; the trail is held for as short a time as can be, and not asked for in vain for
/// longer than a request can wait.
async fn drop_months(connection: &mut PgConnection, cut: &Cut) -> Result<(), sqlx::Error> {
    for _ in 1..TRIES {
        match try_to_drop_months(connection, cut).await {
            Err(error) if is_held(&error) => sleep(AGAIN).await,
            result => return result,
        }
    }
    try_to_drop_months(connection, cut).await
}

/// Whether others had the trail for so long that the lock was not given.
fn is_held(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(sqlx::error::DatabaseError::code);
    code.as_deref() == Some("55P03")
}

async fn try_to_drop_months(connection: &mut PgConnection, cut: &Cut) -> Result<(), sqlx::Error> {
    let mut transaction = connection.begin().await?;
    // The lock under which months are made.
    sqlx::query("SELECT pg_advisory_xact_lock(hashtext('kustodian trail months'))")
        .execute(&mut *transaction)
        .await?;
    let mut months = Vec::new();
    for table in Table::ALL {
        for month in months_before(&mut transaction, table, cut.before).await? {
            months.push((table, month));
        }
    }
    if months.is_empty() {
        return transaction.commit().await;
    }
    sqlx::query("SET LOCAL lock_timeout = '1s'").execute(&mut *transaction).await?;
    sqlx::query("LOCK TABLE records, outcomes IN ACCESS EXCLUSIVE MODE")
        .execute(&mut *transaction)
        .await?;
    let kept = kept(&mut transaction, cut).await?;
    for (table, month) in months {
        drop_month(&mut transaction, table, &month, &kept).await?;
    }
    transaction.commit().await
}

/// Stretches of places, each from the first to before the last.
#[derive(Debug, Default)]
struct Stretches {
    starts: Vec<i64>,
    stops: Vec<i64>,
}

impl Stretches {
    fn push(&mut self, start: Place, stop: Place) {
        self.starts.push(start.as_i64());
        self.stops.push(stop.as_i64());
    }
}

/// The places that stay: of every chain those behind what goes.
async fn kept(connection: &mut PgConnection, cut: &Cut) -> Result<Stretches, sqlx::Error> {
    let ordinals: Vec<i64> =
        sqlx::query_scalar("SELECT ordinal FROM chains").fetch_all(connection).await?;
    let ends: BTreeMap<_, _> = cut.ends.iter().map(|end| (end.ordinal(), *end)).collect();
    let mut kept = Stretches::default();
    for ordinal in ordinals.into_iter().filter_map(|ordinal| u32::try_from(ordinal).ok()) {
        let start = ends.get(&ordinal).copied().unwrap_or(Place::new(ordinal, 0));
        kept.push(start, Place::new(ordinal.saturating_add(1), 0));
    }
    Ok(kept)
}

/// Detaches a month, puts what stays of it back, which then has no month of its own, and drops the rest.
async fn drop_month(
    connection: &mut PgConnection,
    table: Table,
    month: &str,
    kept: &Stretches,
) -> Result<(), sqlx::Error> {
    let name = table.name();
    run(connection, format!("ALTER TABLE {name} DETACH PARTITION {month}")).await?;
    let columns = table.columns().iter().map(|column| column.name);
    let columns: Vec<_> = ["place", "hash"].into_iter().chain(columns).collect();
    let of_month: Vec<_> = columns.iter().map(|column| format!("month.{column}")).collect();
    let back = format!(
        "INSERT INTO {name} ({})
        SELECT {}
        FROM UNNEST($1::bigint[], $2::bigint[]) AS kept(start, stop)
        JOIN {month} AS month ON month.place >= kept.start AND month.place < kept.stop",
        columns.join(", "),
        of_month.join(", ")
    );
    sqlx::query(AssertSqlSafe(back))
        .persistent(false)
        .bind(&kept.starts)
        .bind(&kept.stops)
        .execute(&mut *connection)
        .await?;
    run(connection, format!("DROP TABLE {month}")).await
}

/// Deletes what has no month of its own. Only the default partitions are held meanwhile, into which
/// nothing is written as a rule.
async fn drop_rest(connection: &mut PgConnection, cut: &Cut) -> Result<(), sqlx::Error> {
    let mut gone = Stretches::default();
    for end in &cut.ends {
        gone.push(Place::new(end.ordinal(), 0), *end);
    }
    let mut transaction = connection.begin().await?;
    take_time(&mut transaction).await?;
    for table in Table::ALL {
        delete(&mut transaction, table, &gone).await?;
    }
    forget(&mut transaction, &cut.forgotten).await?;
    transaction.commit().await
}

/// The trigger that refuses it is off for no longer than this transaction.
async fn delete(
    connection: &mut PgConnection,
    table: Table,
    gone: &Stretches,
) -> Result<(), sqlx::Error> {
    let name = table.name();
    let trigger = |what| format!("ALTER TABLE {name}_default {what} TRIGGER {name}_refuse_change");
    run(connection, trigger("DISABLE")).await?;
    let delete = format!(
        "DELETE FROM {name}_default AS old
        USING UNNEST($1::bigint[], $2::bigint[]) AS gone(start, stop)
        WHERE old.place >= gone.start
        AND old.place < gone.stop"
    );
    sqlx::query(AssertSqlSafe(delete))
        .bind(&gone.starts)
        .bind(&gone.stops)
        .execute(&mut *connection)
        .await?;
    run(connection, trigger("ENABLE")).await
}

async fn forget(connection: &mut PgConnection, chains: &[RecordId]) -> Result<(), sqlx::Error> {
    let mut delete = QueryBuilder::new("DELETE FROM chains WHERE closed = 1 AND id = ANY(");
    delete.push_bind(chains.iter().map(|id| id.as_bytes().to_vec()).collect::<Vec<_>>()).push(")");
    for table in Table::ALL {
        delete.push("\nAND NOT EXISTS (SELECT 1 FROM ").push(table.name());
        delete.push(" WHERE place >= ordinal << 40 AND place < (ordinal + 1) << 40)");
    }
    delete.build().execute(connection).await.map(drop)
}

/// Runs a statement that changes a table; the names in it are the store's own.
async fn run(connection: &mut PgConnection, statement: String) -> Result<(), sqlx::Error> {
    sqlx::query(AssertSqlSafe(statement)).persistent(false).execute(connection).await.map(drop)
}
