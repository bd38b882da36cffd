//! The one connection that writes the trail; whoever writes holds it.
//!
//! A group of records is written on the thread that asks for it: on the way of each request, every
//! thread that is woken in between would cost more than SQLite's own work. sqlx does everything else.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use audit::StoreFailure;
use rusqlite::{Connection, OpenFlags};

use super::WAIT;

/// Pages of the write-ahead log after which it is folded into the file: 16 MiB. The pages that every
/// commit changes are then written once for some hundred of them.
const CHECKPOINT: u32 = 4096;
/// What the connection keeps of the file in memory, in KiB.
const CACHE: i64 = 16 * 1024;
/// Statements that are kept prepared.
const STATEMENTS: usize = 32;

/// The connection. Cheap to clone.
#[derive(Clone)]
pub(super) struct Pen {
    desk: Arc<Mutex<Desk>>,
}

impl Pen {
    /// The file is opened when it is first needed, and again after each failure.
    pub(super) fn new(path: &Path) -> Self {
        let desk = Desk { path: path.to_owned(), connection: None, is_closed: false };
        Self { desk: Arc::new(Mutex::new(desk)) }
    }

    /// Writes on this very thread, once nobody else does.
    pub(super) fn write<T>(
        &self,
        doing: &'static str,
        task: impl FnOnce(&mut Connection) -> Result<T, rusqlite::Error>,
    ) -> Result<T, StoreFailure> {
        let failure = |why| StoreFailure { doing, why, unclear: false };
        let mut desk = self.desk.lock().unwrap_or_else(PoisonError::into_inner);
        if desk.is_closed {
            return Err(failure("the store is closed".to_owned()));
        }
        desk.with_connection(task).map_err(|why| failure(one_line(&why)))
    }

    /// The same on a thread that may wait.
    pub(super) async fn write_aside<T: Send + 'static>(
        &self,
        doing: &'static str,
        task: impl FnOnce(&mut Connection) -> Result<T, rusqlite::Error> + Send + 'static,
    ) -> Result<T, StoreFailure> {
        let pen = self.clone();
        let written = tokio::task::spawn_blocking(move || pen.write(doing, task)).await;
        let broken = |_| StoreFailure { doing, why: "it broke off".to_owned(), unclear: false };
        written.map_err(broken)?
    }

    /// Lets go of the connection, once what is under way has ended.
    pub(super) fn put_away(&self) {
        let mut desk = self.desk.lock().unwrap_or_else(PoisonError::into_inner);
        desk.is_closed = true;
        desk.connection = None;
    }
}

struct Desk {
    path: PathBuf,
    connection: Option<Connection>,
    is_closed: bool,
}

impl Desk {
    /// After a failure the connection is dropped, and with it a transaction that may be open.
    fn with_connection<T>(
        &mut self,
        task: impl FnOnce(&mut Connection) -> Result<T, rusqlite::Error>,
    ) -> Result<T, rusqlite::Error> {
        let mut connection = match self.connection.take() {
            Some(connection) => connection,
            None => open(&self.path)?,
        };
        let done = task(&mut connection)?;
        self.connection = Some(connection);
        Ok(done)
    }
}

fn open(path: &Path) -> Result<Connection, rusqlite::Error> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(WAIT)?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "wal_autocheckpoint", CHECKPOINT)?;
    connection.pragma_update(None, "cache_size", -CACHE)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    Ok(connection)
}

/// The error's text, without line breaks.
fn one_line(error: &rusqlite::Error) -> String {
    error.to_string().split_whitespace().collect::<Vec<_>>().join(" ")
}
