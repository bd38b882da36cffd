//! The store itself: opened once, handed out as traits.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use audit::{AuditPruner, AuditReader, AuditSink, StoreFailure};

use crate::AgentDirectory;
use crate::address::Address;
use crate::engine::Engine;
use crate::postgres::Postgres;
use crate::sqlite::Sqlite;

/// An opened store. Cheap to clone; clones share their connections.
#[derive(Clone)]
pub struct Store {
    engine: Arc<dyn Engine>,
}

impl Store {
    /// Opens the store at `sqlite://FILE` or `postgres://USER:PASSWORD@HOST/DATABASE`, and brings its
    /// tables up to date.
    ///
    /// An SQLite file that is not there is created, readable by its owner only; its folder must exist.
    pub async fn open(url: &str) -> Result<Self, OpenFailure> {
        let engine: Arc<dyn Engine> = match Address::parse(url)? {
            Address::Sqlite(path) => Arc::new(Sqlite::open(path).await?),
            Address::Postgres(options) => Arc::new(Postgres::open(*options).await?),
        };
        Ok(Self { engine })
    }

    /// Whether a URL can be read, without opening or creating anything.
    pub fn check_url(url: &str) -> Result<(), OpenFailure> {
        Address::parse(url).map(drop)
    }

    /// Where records are written.
    #[must_use]
    pub fn audit_sink(&self) -> Arc<dyn AuditSink> {
        Arc::<dyn Engine>::clone(&self.engine)
    }

    /// Where records are looked up.
    #[must_use]
    pub fn audit_reader(&self) -> Arc<dyn AuditReader> {
        Arc::<dyn Engine>::clone(&self.engine)
    }

    /// Where records are dropped because of their age.
    #[must_use]
    pub fn audit_pruner(&self) -> Arc<dyn AuditPruner> {
        Arc::<dyn Engine>::clone(&self.engine)
    }

    /// The list of tokens.
    #[must_use]
    pub fn agents(&self) -> Arc<dyn AgentDirectory> {
        Arc::<dyn Engine>::clone(&self.engine)
    }

    /// Tries out the way that a record takes, and keeps nothing: an error here means that no request
    /// could be forwarded now.
    pub async fn ready(&self) -> Result<(), StoreFailure> {
        self.engine.ready().await
    }

    /// The engine's name: `sqlite` or `postgres`.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        self.engine.kind()
    }

    /// Whether appending does its work on the thread that asks for it, and blocks that thread meanwhile:
    /// then whoever appends on the way of requests needs a thread of its own.
    #[must_use]
    pub fn writes_in_place(&self) -> bool {
        self.engine.writes_in_place()
    }

    /// Lets go of every connection, once what is under way has ended. Later calls fail.
    pub async fn close(&self) {
        self.engine.close().await;
    }
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Store").field(&self.engine).finish()
    }
}

/// Why a store cannot be used. No text here holds a URL, because it may hold a password.
#[derive(Debug, thiserror::Error)]
pub enum OpenFailure {
    /// No `://`.
    #[error(
        "the store's URL has no scheme; write sqlite://FILE or \
         postgres://USER:PASSWORD@HOST/DATABASE"
    )]
    NoScheme,
    /// Another database.
    #[error(
        "the store's URL begins with `{scheme}`, which is no database known here; write \
         sqlite://FILE or postgres://USER:PASSWORD@HOST/DATABASE"
    )]
    UnknownScheme {
        /// What stood before `://`.
        scheme: String,
    },
    /// `sqlite://` and nothing more.
    #[error("the store's URL names no file; write for example sqlite://kustodian.db")]
    NoPath,
    /// `sqlite://:memory:`
    #[error(
        "a store in memory would forget its records; name a file, for example sqlite://kustodian.db"
    )]
    InMemory,
    /// `sqlite://FILE?...`
    #[error("the URL of an SQLite store takes no parameters; leave out `?` and what follows it")]
    Parameters,
    /// A Postgres URL that cannot be read.
    #[error(
        "the store's URL cannot be read: {why}; write postgres://USER:PASSWORD@HOST/DATABASE, \
         with special characters in the password percent-encoded"
    )]
    PostgresUrl {
        /// What was wrong.
        why: String,
    },
    /// The file cannot be opened or created.
    #[error(
        "the store's file `{}` cannot be used: {why}; its folder must exist, and both must be \
         writable by the user that runs this program", path.display()
    )]
    UnusablePath {
        /// The file.
        path: PathBuf,
        /// What the system said.
        why: String,
    },
    /// The file is something else.
    #[error("`{}` is not an SQLite database; name another file, or move this one away", path.display())]
    NotADatabase {
        /// The file.
        path: PathBuf,
    },
    /// Someone else holds the file's lock.
    #[error(
        "the store's file `{}` is locked by another program; end that program, or wait for it",
        path.display()
    )]
    Locked {
        /// The file.
        path: PathBuf,
    },
    /// No connection to the server.
    #[error(
        "Postgres at {place} cannot be used: {why}; see that the server runs, and that the URL's \
         host, user, password and database are right"
    )]
    Unreachable {
        /// Host, port and database.
        place: String,
        /// What the system or the server said.
        why: String,
    },
    /// A database that cannot hold every text.
    #[error(
        "the database at {place} keeps its text as {encoding}; create one with ENCODING 'UTF8', \
         which can hold every path that an agent may send"
    )]
    NotUtf8 {
        /// Host, port and database.
        place: String,
        /// The database's encoding.
        encoding: String,
    },
    /// A newer release has changed the tables.
    #[error(
        "the store was changed by a newer release (its migration is {found}, this release knows \
         {known}); run that release or a later one"
    )]
    Newer {
        /// The store's newest migration.
        found: i64,
        /// The newest that this program has.
        known: i64,
    },
    /// The tables are not there yet, or of an earlier release, and this user may not change that.
    #[error(
        "the store's tables are not up to date (this release needs migration {known}), and this user \
         may not change them; run `kustodian token list` once with the URL of the tables' owner"
    )]
    Older {
        /// The newest migration that this program has.
        known: i64,
    },
    /// The tables are not ours.
    #[error(
        "migration {number} of the store was not made by this program's own statements; point the \
         URL at another database, or restore this one from a backup"
    )]
    Foreign {
        /// The number of the migration that differs.
        number: i64,
    },
    /// A statement of a migration failed.
    #[error(
        "the store's tables could not be brought up to date: {why}; the database's user must be \
         allowed to create tables"
    )]
    Migration {
        /// What the database said.
        why: String,
    },
}
