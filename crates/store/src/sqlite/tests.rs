//! What only SQLite has: a file with permissions and locks, and tables that a test can reach into.

use std::sync::Arc;

use audit::{AuditReader as _, Event, RecordId, Scribe};
use jiff::Timestamp;
use sqlx::AssertSqlSafe;
use tempfile::TempDir;

use super::*;
use crate::AgentDirectory as _;

mod plans;
mod pruning;
mod tampering;
mod walking;

async fn opened(folder: &TempDir) -> Sqlite {
    Sqlite::open(folder.path().join("k.db")).await.unwrap()
}

async fn run(store: &Sqlite, statement: &str) -> Result<u64, String> {
    let result = sqlx::query(AssertSqlSafe(statement.to_owned())).execute(&store.writer).await;
    result.map(|done| done.rows_affected()).map_err(|error| one_line(&error))
}

/// Opens a chain with one record of this id.
async fn note(store: Sqlite, id: u8) -> Arc<Sqlite> {
    let store = Arc::new(store);
    let id = RecordId::from_bytes([id; 16]);
    let record = Event::Continued.record(id, Timestamp::UNIX_EPOCH);
    Scribe::note(Arc::<Sqlite>::clone(&store), record).await.unwrap();
    store
}

#[tokio::test]
async fn the_trail_refuses_to_be_changed_or_deleted() {
    let folder = tempfile::tempdir().unwrap();
    let store = note(opened(&folder).await, 1).await;
    let outcome = "INSERT INTO outcomes
        VALUES (0, zeroblob(32), zeroblob(16), 'answered', 200, 1, 2, 3, '')";
    assert_eq!(run(&store, outcome).await, Ok(1));
    for statement in [
        "UPDATE records SET agent = 'another'",
        "DELETE FROM records",
        "UPDATE outcomes SET status = 500",
        "DELETE FROM outcomes",
    ] {
        let refused = run(&store, statement).await.unwrap_err();
        assert!(refused.contains("the trail is insert-only"), "{statement}: {refused}");
    }
    assert!(store.find(RecordId::from_bytes([1; 16])).await.unwrap().is_some());
}

#[tokio::test]
async fn a_store_of_a_newer_release_is_refused_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let store = opened(&folder).await;
    let newer =
        "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
        VALUES (9001, 'later', TRUE, x'00', 0)";
    assert_eq!(run(&store, newer).await, Ok(1));
    store.close().await;
    let refused = Sqlite::open(folder.path().join("k.db")).await.unwrap_err();
    assert!(matches!(refused, OpenFailure::Newer { found: 9001, .. }), "{refused}");
}

#[tokio::test]
async fn tables_that_other_statements_made_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let store = opened(&folder).await;
    let changed = "UPDATE _sqlx_migrations SET checksum = x'00' WHERE version = 2";
    assert_eq!(run(&store, changed).await, Ok(1));
    store.close().await;
    let refused = Sqlite::open(folder.path().join("k.db")).await.unwrap_err();
    assert!(matches!(refused, OpenFailure::Foreign { number: 2 }), "{refused}");
}

#[cfg(unix)]
#[tokio::test]
async fn every_file_of_a_new_store_is_for_its_owner_only() {
    use std::os::unix::fs::PermissionsExt as _;

    let folder = tempfile::tempdir().unwrap();
    let _store = note(opened(&folder).await, 1).await;
    let mut names = Vec::new();
    for entry in std::fs::read_dir(folder.path()).unwrap() {
        let entry = entry.unwrap();
        assert_eq!(entry.metadata().unwrap().permissions().mode() & 0o777, 0o600, "{entry:?}");
        names.push(entry.file_name().into_string().unwrap());
    }
    names.sort();
    assert_eq!(names, ["k.db", "k.db-shm", "k.db-wal"]);
}

#[tokio::test]
async fn a_file_whose_folder_is_missing_is_refused_with_its_name() {
    let folder = tempfile::tempdir().unwrap();
    let refused = Sqlite::open(folder.path().join("missing/k.db")).await.unwrap_err();
    assert!(refused.to_string().contains("missing/k.db"), "{refused}");
    assert!(refused.to_string().contains("its folder must exist"), "{refused}");
}

#[tokio::test]
async fn a_folder_is_no_store() {
    let folder = tempfile::tempdir().unwrap();
    let refused = Sqlite::open(folder.path().to_owned()).await.unwrap_err();
    assert!(matches!(refused, OpenFailure::UnusablePath { .. }), "{refused}");
}

#[tokio::test]
async fn a_file_of_another_kind_is_refused_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("notes.txt");
    let notes = "not a database, but long enough to be mistaken for one\n".repeat(40);
    std::fs::write(&path, &notes).unwrap();
    let refused = Sqlite::open(path.clone()).await.unwrap_err();
    assert!(matches!(refused, OpenFailure::NotADatabase { .. }), "{refused}");
    assert_eq!(std::fs::read_to_string(path).unwrap(), notes);
}

#[tokio::test]
async fn a_file_that_another_program_locks_is_refused_as_locked() {
    let folder = tempfile::tempdir().unwrap();
    let store = opened(&folder).await;
    let lock = store.writer.begin_with("BEGIN IMMEDIATE").await.unwrap();
    let refused = Sqlite::open(folder.path().join("k.db")).await.unwrap_err();
    assert!(matches!(refused, OpenFailure::Locked { .. }), "{refused}");
    lock.rollback().await.unwrap();
}

#[tokio::test]
async fn a_store_that_cannot_take_a_record_is_not_ready() {
    let folder = tempfile::tempdir().unwrap();
    let store = opened(&folder).await;
    store.ready().await.unwrap();
    run(&store, "ALTER TABLE outcomes RENAME TO gone").await.unwrap();
    let failure = store.ready().await.unwrap_err();
    assert_eq!(failure.doing, "try out the trail");
}

#[tokio::test]
async fn a_token_changed_by_hand_changes_the_generation() {
    let folder = tempfile::tempdir().unwrap();
    let store = opened(&folder).await;
    for change in [
        "INSERT INTO tokens (id, agent, fingerprint, issued_at) VALUES ('t', 'a', zeroblob(32), 0)",
        "UPDATE tokens SET expires_at = 1",
        "DELETE FROM tokens",
    ] {
        let before = store.generation().await.unwrap();
        assert_eq!(run(&store, change).await, Ok(1));
        assert_ne!(store.generation().await.unwrap(), before, "{change}");
    }
}

#[tokio::test]
async fn a_limit_by_hand_that_cannot_be_read_admits_nobody_and_harms_no_other_token() {
    let folder = TempDir::new().unwrap();
    let store = opened(&folder).await;
    let insert = "INSERT INTO tokens (id, agent, fingerprint, issued_at, addresses) VALUES
        ('tok_1', 'bot', zeroblob(32), 1, '10.0.0.0/8 nonsense'),
        ('tok_2', 'bot', randomblob(32), 2, NULL)";
    run(&store, insert).await.unwrap();
    let tokens = store.tokens().await.unwrap();
    let admits = |row: &crate::TokenRow| row.addresses.admit([10, 0, 0, 1].into());
    assert_eq!(tokens.iter().map(admits).collect::<Vec<_>>(), [false, true]);
}

#[tokio::test]
async fn commits_are_synced_to_disk() {
    let folder = tempfile::tempdir().unwrap();
    let store = opened(&folder).await;
    let full: i64 =
        sqlx::query_scalar("PRAGMA synchronous").fetch_one(&store.writer).await.unwrap();
    let journal: String =
        sqlx::query_scalar("PRAGMA journal_mode").fetch_one(&store.writer).await.unwrap();
    assert_eq!((full, journal.as_str()), (2, "wal"));
    let pragmas = store.pen.write("ask", |file| {
        let full: i64 = file.pragma_query_value(None, "synchronous", |row| row.get(0))?;
        let journal: String = file.pragma_query_value(None, "journal_mode", |row| row.get(0))?;
        Ok((full, journal))
    });
    assert_eq!(pragmas, Ok((2, "wal".to_owned())));
}
