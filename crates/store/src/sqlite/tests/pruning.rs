//! What a prune does to SQLite's own tables. That it drops the right rows is tested on both databases,
//! in `both_databases_behave_alike`.

use audit::{AuditPruner as _, Cut, Entry, Event, Filter, Keep, Place, Prune, Scribe};
use ed25519_dalek::SigningKey;

use super::tampering::{codes, copied, id, opening, outcome, place, verified};
use super::*;

/// Six requests of one closed chain: 1 to 3 are older than chain 5 could be, and 4 to 6 are not.
async fn half_old(store: &Arc<Sqlite>) {
    let sink = Arc::<Sqlite>::clone(store);
    let first = Event::Continued.record(id(1, 0), Timestamp::UNIX_EPOCH);
    let mut scribe = Scribe::open(sink, first).await.unwrap();
    for (chain, request) in [(1, 1), (1, 2), (1, 3), (9, 4), (9, 5), (9, 6)] {
        let entries = vec![
            Entry::opening(&opening(chain, request)),
            Entry::outcome(id(chain, request), &outcome()),
        ];
        scribe.append(entries).await.unwrap();
    }
    scribe.close(Vec::new()).await.unwrap();
}

fn key() -> SigningKey {
    SigningKey::from_bytes(&[7; 32])
}

/// All that is older than chain 5 could be.
async fn plan(store: &Sqlite) -> Prune {
    let statement = Event::Continued.record(id(9, 0), Timestamp::UNIX_EPOCH);
    let signed = audit::Signed::new(audit::About::Dropped, statement.at, Vec::new(), &key());
    Prune::plan(store, store, id(5, 0), &signed.public_key).await.unwrap()
}

async fn put_on_record(store: &Arc<Sqlite>, prune: &Prune, request: u8) {
    let (keep, at): (Keep, _) = ("1h".parse().unwrap(), id(9, 0).at());
    let record = prune.event(at, keep, &key()).record(id(9, request), at);
    Scribe::note(Arc::<Sqlite>::clone(store), record).await.unwrap();
}

async fn count(store: &Sqlite, of: &str) -> i64 {
    let count = AssertSqlSafe(format!("SELECT count(*) FROM {of}"));
    sqlx::query_scalar(count).fetch_one(&store.readers).await.unwrap()
}

#[tokio::test]
async fn what_is_dropped_takes_its_part_of_the_target_index_with_it() {
    let folder = tempfile::tempdir().unwrap();
    let store = Arc::new(opened(&folder).await);
    half_old(&store).await;
    assert_eq!((count(&store, "runs").await, count(&store, "target_runs").await), (1, 6));
    let prune = plan(&store).await;
    assert_eq!((prune.records(), prune.rows()), (4, 7), "the chain's first record, and three");
    put_on_record(&store, &prune, 200).await;
    prune.carry_out(&*store, &*store).await.unwrap();
    let of_chain = format!("runs WHERE start = {} AND stop = {}", place(1, 7), place(1, 13));
    assert_eq!(count(&store, &of_chain).await, 1);
    assert_eq!(count(&store, "target_runs WHERE target = '5f1a'").await, 3);
    let filter = Filter { target: Some("5f1a".to_owned()), ..Filter::default() };
    assert_eq!(store.list(&filter, 10).await.unwrap().len(), 3);

    let all = Cut { before: id(10, 0), ends: vec![Place::new(1, 13)], forgotten: Vec::new() };
    store.drop_rows(&all).await.unwrap();
    assert_eq!(count(&store, "target_runs WHERE target = '5f1a'").await, 0);
    assert_eq!(count(&store, "runs WHERE start < 2 << 40").await, 0);
}

#[tokio::test]
async fn what_is_gone_needs_no_filing() {
    let folder = tempfile::tempdir().unwrap();
    let store = Arc::new(opened(&folder).await);
    let sink = Arc::<Sqlite>::clone(&store);
    let first = Event::Continued.record(id(1, 0), Timestamp::UNIX_EPOCH);
    let mut scribe = Scribe::open(sink, first).await.unwrap();
    scribe.append(vec![Entry::opening(&opening(9, 1))]).await.unwrap();
    assert_eq!(count(&store, "chains WHERE filed = 0").await, 1);
    let prune = plan(&store).await;
    put_on_record(&store, &prune, 200).await;
    prune.carry_out(&*store, &*store).await.unwrap();
    assert_eq!(count(&store, "chains WHERE ordinal = 1 AND filed = 1").await, 1);
}

#[tokio::test]
async fn the_trail_refuses_to_be_deleted_after_a_prune_as_before() {
    let folder = tempfile::tempdir().unwrap();
    let store = Arc::new(opened(&folder).await);
    half_old(&store).await;
    let triggers = "sqlite_schema WHERE type = 'trigger' AND tbl_name IN ('records', 'outcomes')";
    let before = count(&store, triggers).await;
    let prune = plan(&store).await;
    put_on_record(&store, &prune, 200).await;
    prune.carry_out(&*store, &*store).await.unwrap();
    assert_eq!(count(&store, triggers).await, before);
    for statement in ["DELETE FROM records", "DELETE FROM outcomes", "UPDATE records SET at = 0"] {
        let refused = run(&store, statement).await.unwrap_err();
        assert!(refused.contains("the trail is insert-only"), "{statement}: {refused}");
    }
}

#[tokio::test]
async fn a_row_that_is_planted_where_others_were_dropped_is_no_left_over() {
    let folder = tempfile::tempdir().unwrap();
    let store = Arc::new(opened(&folder).await);
    half_old(&store).await;
    let prune = plan(&store).await;
    put_on_record(&store, &prune, 200).await;
    prune.carry_out(&*store, &*store).await.unwrap();
    assert_eq!(verified(&store).await.findings, []);
    let young = format!("x'{}'", "ff".repeat(16));
    let kept = place(1, 7);
    let plant = copied(audit::Table::Records, kept, place(1, 0)).replace("randomblob(16)", &young);
    assert_eq!(run(&store, &plant).await.unwrap(), 1);
    let verification = verified(&store).await;
    assert_eq!((codes(&verification), verification.left_over), (vec!["inserted 1:0".into()], 0));
}

#[tokio::test]
async fn more_than_a_slice_is_dropped_in_several_transactions() {
    let folder = tempfile::tempdir().unwrap();
    let store = Arc::new(opened(&folder).await);
    let sink = Arc::<Sqlite>::clone(&store);
    let first = Event::Continued.record(id(1, 0), Timestamp::UNIX_EPOCH);
    let mut scribe = Scribe::open(sink, first).await.unwrap();
    let refusal = |request: u16| {
        let mut bytes = *id(1, 0).as_bytes();
        bytes[14..].copy_from_slice(&(request + 1).to_be_bytes());
        let id = RecordId::from_bytes(bytes);
        Entry::opening(&audit::Opening { id, decision: audit::Decided::Denied, ..opening(1, 1) })
    };
    scribe.append((0..6_000).map(refusal).collect()).await.unwrap();
    scribe.close(Vec::new()).await.unwrap();
    let prune = plan(&store).await;
    put_on_record(&store, &prune, 200).await;
    // Of two slices the first is kept where the second fails.
    let trap = format!(
        "CREATE TRIGGER trap BEFORE DELETE ON records WHEN OLD.place = {}
        BEGIN SELECT RAISE(ABORT, 'trapped'); END",
        place(1, 5_500)
    );
    run(&store, &trap).await.unwrap();
    let failure = prune.carry_out(&*store, &*store).await.unwrap_err();
    assert_eq!((failure.doing, failure.why.as_str()), ("drop what is old", "trapped"));
    assert_eq!(count(&store, "records WHERE place < 2 << 40").await, 1_001);
    let verification = verified(&store).await;
    assert_eq!((verification.findings, verification.left_over), (Vec::new(), 1_001));

    run(&store, "DROP TRIGGER trap").await.unwrap();
    let again = plan(&store).await;
    assert_eq!(again.records(), 1_001);
    put_on_record(&store, &again, 201).await;
    again.carry_out(&*store, &*store).await.unwrap();
    let verification = verified(&store).await;
    assert_eq!((verification.findings, verification.left_over), (Vec::new(), 0));
    assert_eq!(count(&store, "records WHERE place < 2 << 40").await, 0);
}

#[tokio::test]
async fn a_change_after_a_prune_is_found_and_one_before_it_keeps_its_chain() {
    let folder = tempfile::tempdir().unwrap();
    let store = Arc::new(opened(&folder).await);
    half_old(&store).await;
    run(&store, "DROP TRIGGER records_refuse_update").await.unwrap();
    let change = |agent: &str, number: i64| {
        format!("UPDATE records SET agent = '{agent}' WHERE place = {}", place(1, number))
    };
    run(&store, &change("another", 3)).await.unwrap();
    let prune = plan(&store).await;
    assert_eq!((prune.is_empty(), prune.left_alone()), (true, [1].as_slice()));

    run(&store, &change("bot", 3)).await.unwrap();
    let prune = plan(&store).await;
    put_on_record(&store, &prune, 200).await;
    prune.carry_out(&*store, &*store).await.unwrap();
    assert_eq!(verified(&store).await.findings, []);
    run(&store, &change("another", 9)).await.unwrap();
    let codes: Vec<_> = verified(&store).await.findings.iter().map(audit::Finding::code).collect();
    assert_eq!(codes, ["changed"]);
}

/// Whoever can write to the file could otherwise have the gateway itself drop what is young, and sign
/// that it did.
#[tokio::test]
async fn young_rows_that_were_given_old_ids_are_not_dropped() {
    let folder = tempfile::tempdir().unwrap();
    let store = Arc::new(opened(&folder).await);
    half_old(&store).await;
    run(&store, "DROP TRIGGER records_refuse_update").await.unwrap();
    run(&store, "DROP TRIGGER outcomes_refuse_update").await.unwrap();
    for (table, column) in [("records", "id"), ("outcomes", "record_id")] {
        let older =
            format!("UPDATE {table} SET {column} = CAST(x'02' || substr({column}, 2) AS BLOB)");
        run(&store, &older).await.unwrap();
    }
    let prune = plan(&store).await;
    assert_eq!((prune.is_empty(), prune.left_alone()), (true, [1].as_slice()));
}

#[tokio::test]
async fn the_first_row_that_stays_is_looked_for_in_the_order_of_places() {
    let steps = super::plans::plan(crate::listing::old(id(5, 0))).await;
    let by_place =
        |step: &&String| step.contains("SEARCH r USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)");
    assert_eq!(steps.iter().filter(by_place).count(), 2, "{steps:?}");
    assert!(!steps.iter().any(|step| step.contains("TEMP B-TREE")), "{steps:?}");
    let by_id = |step: &String| step.contains("SEARCH r USING INDEX records_by_id (id>?)");
    assert!(steps.iter().any(by_id), "{steps:?}");
}
