//! A lock on a table of a Postgres, held by another session until a test lets go of it.

use std::sync::Arc;

use tokio::task::JoinHandle;

use super::patience::eventually;
use super::postgres::Database;

/// A session that holds a lock.
#[derive(Debug)]
pub(crate) struct HeldLock {
    database: Arc<Database>,
    session: JoinHandle<Result<String, String>>,
}

impl HeldLock {
    /// Locks a table against everybody, and returns once it is locked.
    pub(crate) async fn on(database: &Arc<Database>, table: &str) -> Self {
        let holder = Arc::clone(database);
        let hold =
            format!("BEGIN; LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE; SELECT pg_sleep(60)");
        let session = tokio::task::spawn_blocking(move || holder.psql(&hold));
        let asked = format!(
            "SELECT count(*) FROM pg_locks JOIN pg_class ON pg_class.oid = relation \
             WHERE relname = '{table}' AND mode = 'AccessExclusiveLock' AND granted"
        );
        eventually("the lock to be held", async || {
            (database.psql(&asked).expect("an answer") == "1").then_some(())
        })
        .await;
        Self { database: Arc::clone(database), session }
    }

    /// Ends the session, and with it the lock.
    pub(crate) async fn release(self) {
        let end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
                   WHERE datname = current_database() AND query LIKE '%pg_sleep%' \
                   AND pid <> pg_backend_pid()";
        self.database.psql(end).expect("the session is ended");
        self.session.await.expect("it ends").expect_err("it was ended by another");
    }
}
