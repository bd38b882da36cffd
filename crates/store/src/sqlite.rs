//! The store as one SQLite file.
//!
//! One connection writes the trail, and a few read: with a write-ahead log (WAL) neither waits
//! for the other. Each commit is synced to disk before it returns (`synchronous=FULL`).

mod append;
mod chains;
mod dialect;
mod pen;
mod prune;
mod records;
mod runs;
mod sieve;
mod tokens;

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use async_trait::async_trait;
use audit::StoreFailure;
use sqlx::SqlitePool;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use tokio::time::{Instant, sleep};

use crate::OpenFailure;
use crate::engine::{Engine, show};
use crate::failure::one_line;
use crate::migrations;
use pen::Pen;

/// How long to wait for a lock that another process holds, or for a connection of our own.
const WAIT: Duration = Duration::from_secs(5);
/// How long to wait before asking again for a lock for which SQLite does not wait.
const AGAIN: Duration = Duration::from_millis(20);
/// Connections that only read. The trail is read by people, not by requests.
const READERS: u32 = 4;
/// What each of them keeps in memory, in KiB: the upper levels of the indexes of ten million records.
const READERS_CACHE: &str = "-4096";
/// Statements that a connection keeps prepared: each size of a batch is one of its own.
const STATEMENTS: usize = 256;

/// An opened SQLite file.
pub(crate) struct Sqlite {
    path: PathBuf,
    /// Writes the trail.
    pen: Pen,
    /// The one other connection that writes: tokens, and the tables themselves.
    writer: SqlitePool,
    readers: SqlitePool,
}

impl Sqlite {
    /// Opens the file, or creates it, and brings its tables up to date.
    pub(crate) async fn open(path: PathBuf) -> Result<Self, OpenFailure> {
        create_private(&path).await.map_err(|error| unusable(&path, error.to_string()))?;
        let options = options(&path);
        let writer = connect(&path, &options).await?;
        migrate(&writer, &path).await?;
        let reading = options.pragma("query_only", "ON").pragma("cache_size", READERS_CACHE);
        let readers = pool(READERS).connect_lazy_with(reading);
        let pen = Pen::new(&path);
        Ok(Self { path, pen, writer, readers })
    }
}

#[async_trait]
impl Engine for Sqlite {
    fn kind(&self) -> &'static str {
        "sqlite"
    }

    fn writes_in_place(&self) -> bool {
        true
    }

    async fn ready(&self) -> Result<(), StoreFailure> {
        self.pen.write_aside("try out the trail", append::rehearse).await
    }

    async fn close(&self) {
        self.readers.close().await;
        let pen = self.pen.clone();
        // It waits for whoever writes.
        let _ = tokio::task::spawn_blocking(move || pen.put_away()).await;
        // Last, so that SQLite folds the write-ahead log into the file.
        self.writer.close().await;
    }
}

impl fmt::Debug for Sqlite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        show(f, "sqlite", &self.path.display().to_string())
    }
}

/// Creates the file for its owner only. SQLite gives its other files the same permissions.
///
/// A file that is there is not even opened: closing it again would drop the locks that SQLite holds on
/// it elsewhere in this process.
async fn create_private(path: &Path) -> io::Result<()> {
    let mut options = tokio::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    options.mode(0o600);
    match options.open(path).await {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
        Ok(_) | Err(_) => Ok(()),
    }
}

fn options(path: &Path) -> SqliteConnectOptions {
    // SQLite would read a name that begins with `file:` as a URL.
    let plain = if path.is_relative() { Path::new(".").join(path) } else { path.to_owned() };
    SqliteConnectOptions::new()
        .filename(plain)
        .create_if_missing(false)
        .busy_timeout(WAIT)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .statement_cache_capacity(STATEMENTS)
}

/// Connects the writer.
///
/// SQLite waits for most locks by itself, but not while a new file is turned to a write-ahead log: of
/// several processes that open one at once, some are told at once that it is locked. They try again.
async fn connect(path: &Path, options: &SqliteConnectOptions) -> Result<SqlitePool, OpenFailure> {
    let end = Instant::now() + WAIT;
    loop {
        let connected = pool(1).connect_with(options.clone()).await;
        match connected.map_err(|error| refusal(path, &error)) {
            Err(OpenFailure::Locked { .. }) if Instant::now() < end => sleep(AGAIN).await,
            result => return result,
        }
    }
}

/// Connections to a file do not age, so they are neither tested nor replaced.
fn pool(connections: u32) -> SqlitePoolOptions {
    SqlitePoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(WAIT)
        .idle_timeout(None)
        .max_lifetime(None)
        .test_before_acquire(false)
}

/// All of it under one write lock: of two processes that start at once, one waits for the other.
async fn migrate(writer: &SqlitePool, path: &Path) -> Result<(), OpenFailure> {
    let mut all =
        writer.begin_with("BEGIN IMMEDIATE").await.map_err(|error| refusal(path, &error))?;
    migrations::migrate(migrations::SQLITE, &mut *all).await?;
    all.commit().await.map_err(|error| refusal(path, &error))
}

/// What SQLite's error means for whoever named the file.
fn refusal(path: &Path, error: &sqlx::Error) -> OpenFailure {
    let code = error.as_database_error().and_then(sqlx::error::DatabaseError::code);
    // Extended codes carry the primary one in their low byte.
    let primary = code.and_then(|code| code.parse::<i32>().ok()).map(|code| code & 0xff);
    match primary {
        Some(BUSY | LOCKED) => OpenFailure::Locked { path: path.to_owned() },
        Some(NOT_A_DATABASE) => OpenFailure::NotADatabase { path: path.to_owned() },
        _ => unusable(path, one_line(error)),
    }
}

// SQLite's result codes.
const BUSY: i32 = 5;
const LOCKED: i32 = 6;
const NOT_A_DATABASE: i32 = 26;

fn unusable(path: &Path, why: String) -> OpenFailure {
    OpenFailure::UnusablePath { path: path.to_owned(), why }
}

#[cfg(test)]
mod tests;
