//! The one thread that writes the trail, with a connection of its own.
//!
//! What is to be written crosses to it once for a whole group of records, and back once; sqlx, which
//! does everything else, crosses for each statement. On the way of each request that counts.

use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Mutex, PoisonError};
use std::thread::JoinHandle;

use audit::StoreFailure;
use rusqlite::{Connection, OpenFlags};
use tokio::sync::oneshot;

use super::WAIT;

/// Pages of the write-ahead log after which it is folded into the file: 16 MiB. The pages that every
/// commit changes are then written once for some hundred of them.
const CHECKPOINT: u32 = 4096;
/// What the connection keeps of the file in memory, in KiB.
const CACHE: i64 = 16 * 1024;
/// Statements that are kept prepared.
const STATEMENTS: usize = 32;

/// Something to do with the connection.
type Task = Box<dyn FnOnce(&mut Desk) + Send>;

/// The thread's end that others hold.
pub(super) struct Pen {
    /// None once it was put away.
    tasks: Mutex<Option<Sender<Task>>>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl Pen {
    /// Starts the thread. The file is opened when it is first needed, and again after each failure.
    pub(super) fn new(path: &Path) -> std::io::Result<Self> {
        let (tasks, to_do) = channel();
        let mut desk = Desk { path: path.to_owned(), connection: None };
        let thread = std::thread::Builder::new().name("trail".to_owned());
        let thread = thread.spawn(move || work(&to_do, &mut desk))?;
        Ok(Self { tasks: Mutex::new(Some(tasks)), thread: Mutex::new(Some(thread)) })
    }

    /// Runs one task on the thread, after those that came before it.
    pub(super) async fn write<T: Send + 'static>(
        &self,
        doing: &'static str,
        task: impl FnOnce(&mut Connection) -> Result<T, rusqlite::Error> + Send + 'static,
    ) -> Result<T, StoreFailure> {
        let closed = || StoreFailure { doing, why: "the store is closed".into(), unclear: false };
        let (done, answer) = oneshot::channel();
        let task: Task = Box::new(move |desk| {
            // Whoever asked may be gone; what was done stays done.
            let _ = done.send(desk.with_connection(task));
        });
        let tasks = self.tasks.lock().unwrap_or_else(PoisonError::into_inner).clone();
        tasks.and_then(|tasks| tasks.send(task).ok()).ok_or_else(closed)?;
        let result = answer.await.map_err(|_| closed())?;
        result.map_err(|why| StoreFailure { doing, why: one_line(&why), unclear: false })
    }

    /// Lets go of the connection, once what is under way has ended.
    pub(super) async fn put_away(&self) {
        drop(self.tasks.lock().unwrap_or_else(PoisonError::into_inner).take());
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(thread) = thread {
            // A thread that panicked has said so itself.
            let _ = tokio::task::spawn_blocking(|| thread.join()).await;
        }
    }
}

fn work(to_do: &Receiver<Task>, desk: &mut Desk) {
    while let Ok(task) = to_do.recv() {
        task(desk);
    }
}

/// Where the thread works.
struct Desk {
    path: PathBuf,
    connection: Option<Connection>,
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
