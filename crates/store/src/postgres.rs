//! The store as a Postgres database.
//!
//! Each commit is flushed to the server's disk before it returns, whatever the server's own setting
//! (`synchronous_commit=on`), and a server that stops answering is an error and no endless wait.

mod chains;
mod dialect;
mod prune;
mod records;
mod tokens;

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use audit::StoreFailure;
use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{Connection as _, PgConnection, PgPool};
use tokio::time::timeout;

use crate::OpenFailure;
use crate::engine::{Engine, show};
use crate::failure::{one_line, while_doing};
use crate::migrations;

/// How long to wait for a connection.
const CONNECT: Duration = Duration::from_secs(5);
/// How long a call may take, the server's silence included.
const CALL: Duration = Duration::from_secs(5);
/// How long a search of the trail may take: a person waits for it, and no request.
const SEARCH: Duration = Duration::from_mins(1);
/// The longest a server goes on with a statement that nobody waits for any more.
const STATEMENT_TIMEOUT: &str = "60s";
/// The longest a server keeps a transaction open for a writer that it no longer hears of: it holds the
/// writer's chain.
const IDLE_TIMEOUT: &str = "5s";
/// How long another program that is bringing the tables up to date is waited for.
const MIGRATE: Duration = Duration::from_mins(10);
/// One for the trail's writer, one for the look-out for tokens, the rest for people.
const CONNECTIONS: u32 = 6;

/// An opened Postgres database.
pub(crate) struct Postgres {
    /// Host, port and database, for messages: no password.
    place: String,
    pool: PgPool,
}

impl Postgres {
    /// Connects, and brings the tables up to date.
    pub(crate) async fn open(options: PgConnectOptions) -> Result<Self, OpenFailure> {
        let options = match options.get_application_name() {
            Some(_) => options,
            None => options.application_name("kustodian"),
        };
        let place = place(&options);
        prepare(&place, &options).await?;
        let pool = PgPoolOptions::new()
            .max_connections(CONNECTIONS)
            .acquire_timeout(CONNECT)
            .connect_lazy_with(options.options([
                ("synchronous_commit", "on"),
                ("statement_timeout", STATEMENT_TIMEOUT),
                // To compile a query takes the server longer than to look up a page of the trail.
                ("jit", "off"),
                ("idle_in_transaction_session_timeout", IDLE_TIMEOUT),
            ]));
        Ok(Self { place, pool })
    }

    /// A connection, within its time.
    async fn connection(
        &self,
        doing: &'static str,
    ) -> Result<PoolConnection<sqlx::Postgres>, StoreFailure> {
        self.pool.acquire().await.map_err(while_doing(doing))
    }
}

/// Runs one call on a connection of the pool, within its time.
///
/// A call that runs out of time leaves its connection in an unknown state, perhaps to a server that
/// will never answer: that connection is dropped, and not given back.
async fn within_time<T>(
    limit: Duration,
    mut connection: PoolConnection<sqlx::Postgres>,
    doing: &'static str,
    call: impl AsyncFnOnce(&mut PgConnection) -> Result<T, sqlx::Error>,
) -> Result<T, StoreFailure> {
    let Ok(result) = timeout(limit, call(&mut connection)).await else {
        drop(connection.detach());
        let why = format!("the server did not answer within {} s", limit.as_secs());
        return Err(StoreFailure { doing, why, unclear: false });
    };
    result.map_err(while_doing(doing))
}

#[async_trait]
impl Engine for Postgres {
    fn kind(&self) -> &'static str {
        "postgres"
    }

    fn writes_in_place(&self) -> bool {
        false
    }

    async fn ready(&self) -> Result<(), StoreFailure> {
        let doing = "try out the trail";
        within_time(CALL, self.connection(doing).await?, doing, records::rehearse).await
    }

    async fn close(&self) {
        self.pool.close().await;
    }
}

impl fmt::Debug for Postgres {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        show(f, "postgres", &self.place)
    }
}

fn place(options: &PgConnectOptions) -> String {
    let host = match options.get_socket() {
        Some(folder) => folder.display().to_string(),
        None => options.get_host().to_owned(),
    };
    let database = options.get_database().unwrap_or_else(|| options.get_username());
    format!("{host}:{}/{database}", options.get_port())
}

/// Checks the database and brings its tables up to date, on a connection of its own: a migration may
/// take longer than a call, and closing the connection lets go of the migration's lock in any case.
async fn prepare(place: &str, options: &PgConnectOptions) -> Result<(), OpenFailure> {
    let mut connection = answer(place, PgConnection::connect_with(options)).await?;
    let encoding = answer(place, encoding(&mut connection)).await?;
    if encoding != "UTF8" {
        return Err(OpenFailure::NotUtf8 { place: place.to_owned(), encoding });
    }
    if answer(place, may_migrate(&mut connection)).await? {
        let migrated = migrations::migrate(migrations::POSTGRES, &mut connection);
        timeout(MIGRATE, migrated).await.unwrap_or_else(|_| {
            let why = "another program has held them for too long".to_owned();
            Err(OpenFailure::Migration { why })
        })?;
    } else {
        let found = answer(place, migration(&mut connection)).await?;
        migrations::check(migrations::POSTGRES, found)?;
    }
    // The work is done and durable; how the parting goes does not matter.
    drop(timeout(CONNECT, connection.close()).await);
    Ok(())
}

/// Whether this user may make tables. The role of a gateway that only inserts and selects may not.
async fn may_migrate(connection: &mut PgConnection) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar("SELECT has_schema_privilege(current_schema(), 'CREATE')")
        .fetch_one(connection)
        .await
}

/// The number of the newest migration that the database has had; none where it has had none.
async fn migration(connection: &mut PgConnection) -> Result<Option<i64>, sqlx::Error> {
    let is_new: bool = sqlx::query_scalar("SELECT to_regclass('_sqlx_migrations') IS NULL")
        .fetch_one(&mut *connection)
        .await?;
    if is_new {
        return Ok(None);
    }
    sqlx::query_scalar("SELECT max(version) FROM _sqlx_migrations WHERE success")
        .fetch_one(connection)
        .await
}

async fn encoding(connection: &mut PgConnection) -> Result<String, sqlx::Error> {
    sqlx::query_scalar("SELECT current_setting('server_encoding')").fetch_one(connection).await
}

/// The server's answer to whoever opens the store, within its time.
async fn answer<T>(
    place: &str,
    call: impl Future<Output = Result<T, sqlx::Error>>,
) -> Result<T, OpenFailure> {
    let unreachable = |why| OpenFailure::Unreachable { place: place.to_owned(), why };
    match timeout(CONNECT, call).await {
        Ok(result) => result.map_err(|error| unreachable(one_line(&error))),
        Err(_) => Err(unreachable(format!("no answer within {} s", CONNECT.as_secs()))),
    }
}
