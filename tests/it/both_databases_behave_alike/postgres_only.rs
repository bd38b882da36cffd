//! What only a server can do to its store, and what its own client can try. The same for SQLite is
//! beside its engine, in `crates/store/src/sqlite/tests.rs`.

use audit::{Entry, Filter, Settled};
use store::{OpenFailure, Store};

use super::sample::{append_to, entry, id, list, numbers, opening, outcome, scribe_on};
use super::silent_server::SilentServer;
use crate::support::patience::eventually;
use crate::support::postgres::{Database, postgres, postgres_with_encoding};

async fn opened(database: &Database) -> Store {
    Store::open(&database.url).await.unwrap()
}

async fn append(store: &Store, number: i64) {
    append_to(store, &[entry(&opening(number))]).await;
}

#[tokio::test]
async fn the_trail_refuses_to_be_changed_or_deleted() {
    let database = postgres();
    let store = opened(&database).await;
    let batch = [entry(&opening(1)), Entry::outcome(id(1), &outcome())];
    append_to(&store, &batch).await;
    for statement in [
        "UPDATE records SET agent = 'another'",
        "DELETE FROM records",
        "TRUNCATE records",
        "UPDATE outcomes SET status = 500",
        "DELETE FROM outcomes",
        "TRUNCATE outcomes",
    ] {
        let complaint = database.psql(statement).unwrap_err();
        assert!(complaint.contains("the trail is insert-only"), "{statement}: {complaint}");
    }
    let found = store.audit_reader().find(id(1)).await.unwrap().unwrap();
    assert_eq!((found.opening, found.outcome), (opening(1), Some(outcome())));
}

/// The role that the migrations make, as deploy/runbook.md says to use it.
#[tokio::test]
async fn a_gateways_own_role_can_insert_and_select_and_nothing_else() {
    let database = postgres();
    let as_gateway = database.url.replace("postgres@", "trail_test_gateway@");
    database.psql("CREATE ROLE trail_test_gateway LOGIN IN ROLE kustodian_gateway").unwrap();
    let refused = Store::open(&as_gateway).await.unwrap_err();
    assert!(matches!(refused, OpenFailure::Older { .. }), "{refused}");

    let owned = opened(&database).await;
    owned.agents().issue(&super::sample::token(1)).await.unwrap();
    let store = Store::open(&as_gateway).await.unwrap();
    append_to(&store, &[entry(&opening(1)), Entry::outcome(id(1), &outcome())]).await;
    store.ready().await.unwrap();
    assert_eq!(store.agents().tokens().await.unwrap().len(), 1);
    let used = store::TokenUse {
        token: super::sample::token(1).id,
        at: super::sample::instant(1),
        address: "::1".to_owned(),
    };
    for second in [1, 2] {
        let used = store::TokenUse { at: super::sample::instant(second), ..used.clone() };
        store.agents().note_uses(&[used]).await.unwrap();
    }
    assert_eq!(store.agents().uses().await.unwrap().len(), 1);
    assert_eq!(store.agents().revoked_minted().await.unwrap(), []);
    assert!(store.audit_reader().find(id(1)).await.unwrap().unwrap().outcome.is_some());
    let month = database.psql(
        "SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
        WHERE i.inhparent = 'records'::regclass AND c.relname <> 'records_default' LIMIT 1",
    );
    let month = month.unwrap();
    for statement in [
        "UPDATE records SET agent = 'another'",
        "DELETE FROM records",
        "TRUNCATE records",
        "UPDATE outcomes SET status = 500",
        "DELETE FROM outcomes",
        "DROP TABLE outcomes",
        "ALTER TABLE records DISABLE TRIGGER ALL",
        "DELETE FROM chains",
        "INSERT INTO tokens SELECT * FROM tokens",
        "UPDATE tokens SET addresses = NULL",
        "DELETE FROM token_uses",
        "DELETE FROM revoked_minted_tokens",
        "INSERT INTO revoked_minted_tokens VALUES ('mint_1', 'bot', 1, 2)",
        &format!("DELETE FROM {month}"),
        &format!("DROP TABLE {month}"),
    ] {
        let refused = database.psql(&format!("SET ROLE trail_test_gateway; {statement}"));
        let complaint = refused.unwrap_err();
        let denied = complaint.contains("permission denied") || complaint.contains("must be owner");
        assert!(denied, "{statement}: {complaint}");
    }
}

#[tokio::test]
async fn a_store_of_a_newer_release_is_refused() {
    let database = postgres();
    opened(&database).await.close().await;
    let newer =
        "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
        VALUES (9001, 'later', TRUE, '', 0)";
    database.psql(newer).unwrap();
    let refused = Store::open(&database.url).await.unwrap_err();
    assert!(matches!(refused, OpenFailure::Newer { found: 9001, .. }), "{refused}");
    assert!(refused.to_string().contains("run that release or a later one"), "{refused}");
}

#[tokio::test]
async fn tables_that_other_statements_made_are_refused() {
    let database = postgres();
    opened(&database).await.close().await;
    database.psql("UPDATE _sqlx_migrations SET checksum = '' WHERE version = 2").unwrap();
    let refused = Store::open(&database.url).await.unwrap_err();
    assert!(matches!(refused, OpenFailure::Foreign { number: 2 }), "{refused}");
}

#[tokio::test]
async fn a_database_that_cannot_hold_every_text_is_refused() {
    let database = postgres_with_encoding("LATIN1");
    let refused = Store::open(&database.url).await.unwrap_err();
    assert!(matches!(&refused, OpenFailure::NotUtf8 { encoding, .. } if encoding == "LATIN1"));
    assert_eq!(
        database.psql("SELECT count(*) FROM pg_tables WHERE tablename = 'records'"),
        Ok("0".into())
    );
}

#[tokio::test]
async fn commits_are_flushed_even_where_the_database_says_otherwise() {
    let database = postgres();
    let off = "DO $$ BEGIN
            EXECUTE format('ALTER DATABASE %I SET synchronous_commit = off', current_database());
        END $$";
    database.psql(off).unwrap();
    let store = opened(&database).await;
    let watcher = "CREATE FUNCTION watch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
            IF current_setting('synchronous_commit') <> 'on' THEN RAISE 'it is off'; END IF;
            RETURN NEW;
        END $$;
        CREATE TRIGGER watch BEFORE INSERT ON records FOR EACH ROW EXECUTE FUNCTION watch()";
    database.psql(watcher).unwrap();
    append(&store, 1).await;
    let by_hand = database.psql("INSERT INTO records SELECT * FROM records").unwrap_err();
    assert!(by_hand.contains("it is off"), "the watcher sees nothing: {by_hand}");
}

#[tokio::test]
async fn a_token_changed_by_hand_changes_the_generation() {
    let database = postgres();
    let agents = opened(&database).await.agents();
    agents.issue(&super::sample::token(1)).await.unwrap();
    for change in [
        "UPDATE tokens SET expires_at = 1",
        "DELETE FROM tokens",
        "TRUNCATE tokens",
        "TRUNCATE revoked_minted_tokens",
    ] {
        let before = agents.generation().await.unwrap();
        database.psql(change).unwrap();
        assert_ne!(agents.generation().await.unwrap(), before, "{change}");
    }
}

#[tokio::test]
async fn a_store_that_cannot_take_a_record_is_not_ready() {
    let database = postgres();
    let store = opened(&database).await;
    store.ready().await.unwrap();
    database.psql("ALTER TABLE outcomes RENAME TO gone").unwrap();
    let failure = store.ready().await.unwrap_err();
    assert_eq!(failure.doing, "try out the trail");
}

#[tokio::test]
async fn a_connection_that_the_server_closed_is_replaced() {
    let database = postgres();
    let store = opened(&database).await;
    append(&store, 1).await;
    let end_all = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
        WHERE application_name = 'kustodian' AND datname = current_database()";
    assert_ne!(database.psql(end_all), Ok("0".into()), "there was no connection to close");
    append(&store, 2).await;
    let all = list(&store, &Filter::default(), 10).await;
    assert_eq!(numbers(&all), [2, 1]);
}

#[tokio::test]
async fn a_server_that_falls_silent_is_a_failure_and_not_an_endless_wait() {
    let database = postgres();
    let server = SilentServer::before(&database);
    let store = Store::open(&server.url).await.unwrap();
    let mut scribe = scribe_on(&store).await;
    scribe.append(vec![entry(&opening(1))]).await.unwrap();

    server.fall_silent_at_commits();
    let (failure, _) = scribe.append(vec![entry(&opening(2))]).await.unwrap_err();
    assert_eq!(failure.why, "the server did not answer within 5 s");
    assert!(scribe.is_in_doubt());

    server.answer_again();
    // The commit that nobody answered holds its chain, and no other.
    append(&store, 3).await;
    let settled =
        eventually("the server to let go of it", async || scribe.settle().await.ok()).await;
    assert!(matches!(settled, Settled::Missing(entries) if entries.len() == 1));
    let all = list(&store, &Filter::default(), 10).await;
    assert_eq!(numbers(&all), [3, 1]);
    scribe.append(vec![entry(&opening(4))]).await.unwrap();
}

#[tokio::test]
async fn a_server_that_is_not_there_is_told_without_the_password() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().display();
    let url = format!("postgres://ann:correct-horse@localhost:5432/trail?host={place}");
    let refused = Store::open(&url).await.unwrap_err();
    let told = format!("{refused} {refused:?}");
    assert!(told.contains("trail"), "{told}");
    assert!(told.contains("see that the server runs"), "{told}");
    assert!(!told.contains("correct-horse"), "{told}");
}

#[tokio::test]
async fn a_password_is_not_shown_by_an_open_store() {
    let database = postgres();
    let url = database.url.replace("postgres@", "postgres:correct-horse@");
    let store = Store::open(&url).await.unwrap();
    let shown = format!("{store:?} {:?} {:?}", store.audit_reader(), store.agents());
    assert!(shown.contains("postgres at "), "{shown}");
    assert!(!shown.contains("correct-horse"), "{shown}");
}
