//! Dropping what is old from Postgres, which keeps months apart.

use std::sync::Arc;

use audit::{Cut, Filter, Finding, Place, RecordId};
use store::Store;

use super::pruning::{Pruning, answer, at, id, request};
use super::sample::{list, scribe_on};
use crate::support::lock::HeldLock;
use crate::support::patience::eventually;
use crate::support::postgres::{Database, postgres};

async fn opened(database: &Database) -> Store {
    Store::open(&database.url).await.unwrap()
}

/// The partitions of records, and how many rows each has.
fn partitions(database: &Database) -> Vec<String> {
    let names = "SELECT inhrelid::regclass FROM pg_inherits
        WHERE inhparent = 'records'::regclass ORDER BY 1";
    let names = database.psql(names).unwrap();
    let count = |name: &str| database.psql(&format!("SELECT count(*) FROM {name}")).unwrap();
    let mut partitions: Vec<_> =
        names.lines().map(|name| format!("{name} {}", count(name))).collect();
    partitions.sort();
    partitions
}

#[tokio::test]
async fn a_prune_drops_whole_months_and_moves_what_stays_of_them() {
    let database = postgres();
    let store = opened(&database).await;
    let mut scribe = scribe_on(&store).await;
    // The second waits for its outcome, so it stays, and so does what came after it.
    let entries =
        [(0, 1), (0, 2), (0, 3), (1, 4), (2, 5)].map(|(month, second)| request(month, second));
    scribe.append(entries.into()).await.unwrap();
    scribe.append(vec![answer(0, 1), answer(0, 3), answer(1, 4)]).await.unwrap();
    let month = |ahead| at(ahead, 0).strftime("records_%Y%m").to_string();
    let before = [(0, 3), (1, 1), (2, 1)].map(|(ahead, rows)| format!("{} {rows}", month(ahead)));
    let with = |rest: &str, months: &[String]| [months, &[rest.to_owned()]].concat();
    assert_eq!(partitions(&database), with("records_default 1", &before));

    let pruning = Pruning::of(&store);
    assert_eq!(pruning.plan(0).await.rows(), 1, "the first record of the chain has no month");
    pruning.prune(1, 0).await;
    // And the record of the prune is in the last one.
    let after = [before[1].clone(), format!("{} 2", month(2))];
    assert_eq!(partitions(&database), with("records_default 2", &after));
    let kept: Vec<_> =
        list(&store, &Filter::default(), 10).await.iter().map(|record| record.opening.id).collect();
    assert_eq!(kept, [(2, 5), (1, 4), (0, 3), (0, 2)].map(|(month, second)| id(month, second)));
    assert_eq!(pruning.verified().await.findings, []);
    for statement in [
        "DELETE FROM records",
        "DELETE FROM records_default",
        "DELETE FROM outcomes_default",
        "UPDATE outcomes SET status = 1",
        "TRUNCATE records",
    ] {
        let complaint = database.psql(statement).unwrap_err();
        assert!(complaint.contains("the trail is insert-only"), "{statement}: {complaint}");
    }
}

#[tokio::test]
async fn a_change_after_a_prune_is_found() {
    let database = postgres();
    let store = opened(&database).await;
    let mut scribe = scribe_on(&store).await;
    scribe.append(vec![request(0, 1), answer(0, 1), request(1, 2), answer(1, 2)]).await.unwrap();
    let pruning = Pruning::of(&store);
    pruning.prune(1, 0).await;
    assert_eq!(pruning.verified().await.findings, []);
    database
        .psql(
            "ALTER TABLE records DISABLE TRIGGER USER;
            UPDATE records SET agent = 'another' WHERE reason = 'granted'",
        )
        .unwrap();
    let codes: Vec<_> = pruning.verified().await.findings.iter().map(Finding::code).collect();
    assert_eq!(codes, ["changed"]);
}

#[tokio::test]
async fn who_does_not_own_the_trail_may_not_drop_anything() {
    let database = postgres();
    opened(&database).await.close().await;
    // A role is one for all databases of the server, and this one is no other test's.
    database.psql("CREATE ROLE who_may_not_drop LOGIN IN ROLE kustodian_gateway").unwrap();
    database.psql("GRANT CREATE ON SCHEMA public TO who_may_not_drop").unwrap();
    let url = database.url.replace("postgres@", "who_may_not_drop@");
    let store = Store::open(&url).await.unwrap();
    assert!(!store.audit_pruner().may_drop().await.unwrap());
    assert!(opened(&database).await.audit_pruner().may_drop().await.unwrap());
}

#[tokio::test]
async fn a_prune_asks_for_the_trail_again_and_again_and_never_waits_long() {
    let database = Arc::new(postgres());
    let store = opened(&database).await;
    let mut scribe = scribe_on(&store).await;
    scribe.append(vec![request(0, 1), answer(0, 1), request(1, 2)]).await.unwrap();
    let ends = vec![Place::new(scribe.ordinal(), 3)];
    let cut = Cut { before: RecordId::floor(at(1, 0)), ends, forgotten: Vec::new() };
    let pruner = store.audit_pruner();
    let lock = HeldLock::on(&database, "records").await;
    let asked =
        "SELECT count(*) FROM pg_locks WHERE relation = 'records'::regclass AND NOT granted";
    let asks = async |number: &str| {
        eventually("the prune to ask for the trail, or to give up", async || {
            (database.psql(asked).unwrap() == number).then_some(())
        })
        .await;
    };
    let watch = async {
        asks("1").await;
        // Whoever came after it would wait behind it, so it gives up.
        asks("0").await;
        lock.release().await;
    };
    let (dropped, ()) = tokio::join!(pruner.drop_rows(&cut), watch);
    dropped.unwrap();
    assert_eq!(store.audit_reader().find(id(0, 1)).await.unwrap(), None);
}
