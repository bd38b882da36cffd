//! Whatever is done to the trail by whoever can write to its file is found.

use audit::{
    About, Against, Decided, Entry, Opening, Outcome, OutcomeKind, Signed, Table, Verification,
    What, heads, verify,
};
use ed25519_dalek::SigningKey;

use super::*;

/// Three chains of a closed trail: 1 has five rows (0 to 4), 2 one, 3 five.
pub(super) async fn trail(folder: &TempDir) -> Arc<Sqlite> {
    let store = Arc::new(opened(folder).await);
    for (number, answered) in [(1, true), (2, false), (3, true)] {
        let sink = Arc::<Sqlite>::clone(&store);
        let first = Event::Continued.record(id(number, 0), Timestamp::UNIX_EPOCH);
        if !answered {
            Scribe::note(sink, first).await.unwrap();
            continue;
        }
        let mut scribe = Scribe::open(sink, first).await.unwrap();
        let (one, two) = (opening(number, 1), opening(number, 2));
        scribe.append(vec![Entry::opening(&one), Entry::opening(&two)]).await.unwrap();
        let outcomes = [2, 1].map(|request| Entry::outcome(id(number, request), &outcome()));
        scribe.close(outcomes.into()).await.unwrap();
    }
    drop_the_triggers(&store).await;
    store
}

pub(super) fn id(chain: u8, request: u8) -> RecordId {
    RecordId::from_bytes([chain, 0, 0, 0, 0, 0, 0x70, 0, 0x80, 0, 0, 0, 0, 0, 0, request])
}

/// A request with every cell set.
pub(super) fn opening(chain: u8, request: u8) -> Opening {
    let text = |text: &str| text.to_owned();
    let detail = audit::Detail::of(&serde_json::json!({ "more": "words" }));
    let outcome = Some(Outcome { kind: OutcomeKind::Refused, ..outcome() });
    Opening {
        agent: Some(text("bot")),
        token: Some(text("tok_1")),
        address: text("127.0.0.1"),
        method: text("GET"),
        path: text("/v1/customers/5f1a"),
        operation: Some(text("customers.get")),
        resource: Some(text("customers")),
        targets: vec![text("5f1a")],
        decision: Decided::Permitted,
        policy: audit::PolicyLine {
            file: Some(text("bot.toml")),
            line: Some(3),
            ..Default::default()
        },
        requests: 1,
        detail: Some(detail),
        outcome,
        ..Event::Continued.record(id(chain, request), Timestamp::UNIX_EPOCH)
    }
}

pub(super) fn outcome() -> Outcome {
    Outcome {
        kind: OutcomeKind::Answered,
        status: Some(200),
        duration_ms: 3,
        bytes_in: 0,
        bytes_out: 17,
        sentence: "It was answered.".to_owned(),
    }
}

/// As whoever owns the file can.
async fn drop_the_triggers(store: &Sqlite) {
    for table in Table::ALL {
        for deed in ["update", "delete"] {
            run(store, &format!("DROP TRIGGER {}_refuse_{deed}", table.name())).await.unwrap();
        }
    }
}

pub(super) async fn verified(store: &Sqlite) -> Verification {
    verify(store, Against::default(), &mut |_, _| ()).await.unwrap()
}

pub(super) fn place(chain: i64, number: i64) -> i64 {
    (chain << 40) + number
}

/// Does something to the trail, and gives what is found, as codes with the places.
async fn found_after(statements: &[String]) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let store = trail(&folder).await;
    assert_eq!(verified(&store).await.findings, [], "before anything was done");
    for statement in statements {
        assert_ne!(run(&store, statement).await.unwrap(), 0, "nothing was done by {statement}");
    }
    codes(&verified(&store).await)
}

/// What is found, as codes with the places.
pub(super) fn codes(verification: &Verification) -> Vec<String> {
    let place = |finding: &audit::Finding| finding.place.map(|place| place.to_string());
    let findings = verification.findings.iter();
    findings
        .map(|finding| format!("{} {}", finding.code(), place(finding).unwrap_or_default()))
        .collect()
}

async fn check(statement: String, expected: &[&str]) {
    assert_eq!(found_after(std::slice::from_ref(&statement)).await, expected, "{statement}");
}

#[tokio::test]
async fn a_trail_that_nobody_touched_is_whole() {
    let folder = tempfile::tempdir().unwrap();
    let verification = verified(&*trail(&folder).await).await;
    assert_eq!((verification.chains, verification.rows), (3, 11));
    assert_eq!(verification.findings, []);
}

#[tokio::test]
async fn a_change_in_any_column_of_any_table_is_found_at_its_row() {
    for (table, row) in [(Table::Records, 1), (Table::Outcomes, 3)] {
        let columns = table.columns().iter().map(|column| column.name).chain(["hash"]);
        for column in columns {
            let other = format!(
                "UPDATE {} SET {column} = CASE typeof({column})
                    WHEN 'integer' THEN {column} + 1
                    WHEN 'text' THEN {column} || ' '
                    WHEN 'blob' THEN CAST(substr({column}, 2) || x'01' AS BLOB)
                    ELSE 1 END WHERE place = {}",
                table.name(),
                place(1, row)
            );
            let found = found_after(&[other]).await;
            assert_eq!(found, [format!("changed 1:{row}")], "{}.{column}", table.name());
        }
    }
}

#[tokio::test]
async fn a_cell_that_is_emptied_is_found() {
    for column in ["agent", "token", "operation", "policy_line", "detail"] {
        let statement = format!("UPDATE records SET {column} = NULL WHERE place = {}", place(1, 2));
        check(statement, &["changed 1:2"]).await;
    }
}

#[tokio::test]
async fn first_middle_and_last_rows_that_are_removed_are_found() {
    let delete =
        |table: &str, number| format!("DELETE FROM {table} WHERE place = {}", place(1, number));
    check(delete("records", 0), &["removed 1:0"]).await;
    check(delete("records", 1), &["removed 1:1"]).await;
    check(delete("outcomes", 3), &["removed 1:3"]).await;
    // The last of a chain is also what a later chain names.
    check(delete("outcomes", 4), &["cut_off 1:4", "not_as_named "]).await;
    let all = |table: &str| {
        format!("DELETE FROM {table} WHERE place >= {} AND place < {}", place(1, 0), place(2, 0))
    };
    let found = found_after(&[all("records"), all("outcomes")]).await;
    assert_eq!(found, ["cut_off 1:0", "not_as_named "]);
}

#[tokio::test]
async fn a_chain_that_is_removed_with_its_own_account_is_found_by_its_name() {
    let found = found_after(&[
        format!("DELETE FROM records WHERE place = {}", place(2, 0)),
        "DELETE FROM chains WHERE ordinal = 2".to_owned(),
    ])
    .await;
    assert_eq!(found, ["not_as_named "]);
}

#[tokio::test]
async fn a_chain_whose_end_and_account_are_changed_alike_is_found_by_its_name() {
    let found = found_after(&[
        format!("DELETE FROM outcomes WHERE place = {}", place(1, 4)),
        format!(
            "UPDATE chains SET row_count = 4,
            head = (SELECT hash FROM outcomes WHERE place = {}) WHERE ordinal = 1",
            place(1, 3)
        ),
    ])
    .await;
    assert_eq!(found, ["not_as_named "]);
}

#[tokio::test]
async fn rows_that_changed_places_are_found_with_the_place_they_belong_to() {
    let spare = place(9, 9);
    let (one, two) = (place(1, 1), place(1, 2));
    let swap = [(one, spare), (two, one), (spare, two)]
        .map(|(from, to)| format!("UPDATE records SET place = {to} WHERE place = {from}"));
    let found = found_after(&swap).await;
    assert_eq!(found.first().map(String::as_str), Some("reordered 1:1"), "{found:?}");
}

/// Puts a row into another place too, under an id of its own.
pub(super) fn copied(table: Table, from: i64, to: i64) -> String {
    let columns = table.columns().iter().map(|column| match column.name {
        "id" | "record_id" => "randomblob(16)".to_owned(),
        name => name.to_owned(),
    });
    let (columns, name) = (columns.collect::<Vec<_>>().join(", "), table.name());
    format!("INSERT INTO {name} SELECT {to}, hash, {columns} FROM {name} WHERE place = {from}")
}

#[tokio::test]
async fn a_row_planted_behind_the_end_of_an_open_chain_is_found() {
    for (table, from) in [(Table::Records, place(1, 1)), (Table::Outcomes, place(1, 3))] {
        for number in [1, 2, 70_000_000] {
            let folder = tempfile::tempdir().unwrap();
            let store = trail(&folder).await;
            let sink = Arc::<Sqlite>::clone(&store);
            let first = Event::Continued.record(id(8, 0), Timestamp::UNIX_EPOCH);
            let _open = Scribe::open(sink, first).await.unwrap();
            assert_eq!(verified(&store).await.findings, []);
            run(&store, &copied(table, from, place(4, number))).await.unwrap();
            assert_eq!(codes(&verified(&store).await), [format!("inserted 4:{number}")]);
        }
    }
}

#[tokio::test]
async fn rows_that_are_inserted_are_found_wherever_they_are_put() {
    let copy = |to: i64| copied(Table::Records, place(1, 1), to);
    check(copy(place(1, 5)), &["inserted 1:5"]).await;
    check(copy(place(7, 0)), &["unknown_chain 7:0"]).await;
    let before_all = found_after(&[copy(-1)]).await;
    assert!(before_all[0].starts_with("unknown_chain"), "{before_all:?}");
    // Between two others: those behind it have to make room, and are not where they were.
    let shift = format!(
        "UPDATE records SET place = place + 1 WHERE place >= {} AND place < {}",
        place(1, 2),
        place(2, 0)
    );
    // By way of places that are free: no two rows may have one place even for a moment.
    let apart = format!(
        "UPDATE outcomes SET place = place + 100 WHERE place >= {} AND place < {}",
        place(1, 2),
        place(2, 0)
    );
    let back = format!(
        "UPDATE outcomes SET place = place - 99 WHERE place >= {} AND place < {}",
        place(1, 100),
        place(2, 0)
    );
    let found = found_after(&[apart, back, shift, copy(place(1, 2))]).await;
    assert_eq!(found.first().map(String::as_str), Some("reordered 1:2"), "{found:?}");
}

#[tokio::test]
async fn a_changed_account_of_a_chain_is_found() {
    let set = |what: &str| format!("UPDATE chains SET {what} WHERE ordinal = 3");
    check(set("head = zeroblob(32)"), &["other_head 3:4"]).await;
    check(set("row_count = row_count + 1"), &["cut_off 3:5"]).await;
    check(set("row_count = row_count - 1"), &["other_head 3:3", "inserted 3:4"]).await;
    check(set("id = zeroblob(16)"), &["other_id 3:0"]).await;
    // Of one that others name.
    let first = "UPDATE chains SET id = zeroblob(16) WHERE ordinal = 1".to_owned();
    check(first, &["other_id 1:0"]).await;
}

/// What no chain can prove of itself: that its end was not cut off.
#[tokio::test]
async fn only_a_checkpoint_finds_that_the_last_chain_was_cut_off_with_its_account() {
    let folder = tempfile::tempdir().unwrap();
    let store = trail(&folder).await;
    let key = SigningKey::from_bytes(&[7; 32]);
    let at = Timestamp::UNIX_EPOCH;
    let checkpoint = Signed::new(About::Checkpoint, at, heads(&*store).await.unwrap(), &key);
    let against = Against { checkpoint: Some(&checkpoint), ..Against::default() };
    let whole = verify(&*store, against, &mut |_, _| ()).await.unwrap();
    assert_eq!(whole.findings, []);

    run(&store, &format!("DELETE FROM outcomes WHERE place >= {}", place(3, 3))).await.unwrap();
    let account = format!(
        "UPDATE chains SET row_count = 3,
        head = (SELECT hash FROM records WHERE place = {}) WHERE ordinal = 3",
        place(3, 2)
    );
    run(&store, &account).await.unwrap();
    assert_eq!(verified(&store).await.findings, []);
    let cut = verify(&*store, against, &mut |_, _| ()).await.unwrap();
    let whats: Vec<_> = cut.findings.iter().map(|finding| &finding.what).collect();
    assert!(matches!(whats[..], [What::NotAsNamed { rows: 5, .. }]), "{whats:?}");
}
