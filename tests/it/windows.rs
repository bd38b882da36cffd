//! Windows of time, over the wire: an entry counts from its first instant to its last and not a second
//! longer, and what it leaves is nothing.

use jiff::{SignedDuration, Timestamp};

use crate::support::world::{ID, Scene, World};

/// The code of what `bot` is told of a request at a time; "permitted" where it is let through.
async fn told(world: &World, line: &str, at: &str) -> String {
    use gateway::clock::Clock as _;
    let at: Timestamp = at.parse().expect("an instant");
    let wait: SignedDuration = at.duration_since(world.clock.now());
    assert!(!wait.is_negative(), "time goes on");
    world.clock.advance(wait);
    let answer = world.ask("bot", line).await;
    let decision = answer.header("kustodian-decision").to_owned();
    if decision == "permitted" { decision } else { answer.code() }
}

#[tokio::test]
async fn an_entry_of_days_counts_from_the_first_midnight_to_the_last_in_utc() {
    let entry = "[access]\ncustomers = \
                 { level = \"read\", not_before = 2026-12-01, expires = 2026-12-02 }";
    let world = Scene::bot(entry).start().await;
    for (at, expected) in [
        ("2026-11-30T23:59:59.999999Z", "outside_window"),
        ("2026-12-01T00:00:00Z", "permitted"),
        ("2026-12-02T23:59:59.999999Z", "permitted"),
        ("2026-12-03T00:00:00Z", "outside_window"),
    ] {
        assert_eq!(told(&world, "GET /v1/customers", at).await, expected, "{at}");
    }
}

#[tokio::test]
async fn an_entry_of_instants_is_over_at_its_last_one() {
    let entry = "[access]\ncustomers = { level = \"read\", \
                 not_before = 2026-12-01T09:00:00+01:00, expires = 2026-12-01T10:00:00+01:00 }";
    let world = Scene::bot(entry).start().await;
    for (at, expected) in [
        ("2026-12-01T07:59:59.999999Z", "outside_window"),
        ("2026-12-01T08:00:00Z", "permitted"),
        ("2026-12-01T08:59:59.999999Z", "permitted"),
        ("2026-12-01T09:00:00Z", "outside_window"),
    ] {
        assert_eq!(told(&world, "GET /v1/customers", at).await, expected, "{at}");
    }
}

#[tokio::test]
async fn a_shut_entry_gives_nothing_where_a_wider_one_would_give_all() {
    let entries = "roles = [\"all\"]\n[access]\ncustomers = \"full\"\n[actions]\n\
                   delete_customers = { level = \"full\", not_before = 2026-12-01 }";
    let world = Scene::bot(entries).role("all", "[access]\ncustomers = \"full\"").start().await;
    let line = format!("DELETE /v1/customers/{ID}");
    assert_eq!(told(&world, &line, "2026-11-30T00:00:00Z").await, "outside_window");
    assert_eq!(told(&world, "GET /v1/customers", "2026-11-30T00:00:00Z").await, "permitted");
    assert_eq!(told(&world, &line, "2026-12-01T00:00:00Z").await, "permitted");
}

#[tokio::test]
async fn a_refusal_says_from_when_or_until_when_it_would_be_granted() {
    let entry = "[access]\ncustomers = \
                 { level = \"read\", not_before = 2026-12-01, expires = 2026-12-02T08:00:00+01:00 }";
    let world = Scene::bot(entry).start().await;
    let early = world.ask("bot", "GET /v1/customers").await;
    let record = world.record_of(&early).await;
    assert_eq!(record.opening.reason, "outside_window");
    assert_eq!(record.opening.demands[0].unmet.as_deref(), Some("not before 2026-12-01"));
    assert_eq!(
        world.tidy(record.sentence()),
        "Agent bot was refused: listing customers needs read on customers; \
         its policy grants read only from 2026-12-01 on (policies/bot.toml:6)."
    );
    world.clock.advance(SignedDuration::from_hours(24 * 30));
    let late = world.ask("bot", "GET /v1/customers").await;
    assert_eq!(
        world.tidy(world.record_of(&late).await.sentence()),
        "Agent bot was refused: listing customers needs read on customers; \
         its policy grants read only until 2026-12-02T08:00:00+01:00 (policies/bot.toml:6)."
    );
    assert_eq!(world.received(), 0);
}

#[tokio::test]
async fn an_agent_may_do_nothing_before_its_term_begins_nor_after_it_ends() {
    let tables = "not_before = 2026-12-01\nexpires = 2026-12-31T12:00:00Z\n\
                  [access]\ncustomers = \"read\"";
    let world = Scene::bot(tables).start().await;
    for (at, expected) in [
        ("2026-11-30T23:59:59.999999Z", "agent_not_yet"),
        ("2026-12-01T00:00:00Z", "permitted"),
        ("2026-12-31T11:59:59.999999Z", "permitted"),
        ("2026-12-31T12:00:00Z", "agent_expired"),
    ] {
        assert_eq!(told(&world, "GET /v1/customers", at).await, expected, "{at}");
    }
}

#[tokio::test]
async fn an_agent_is_told_what_it_may_do_at_the_time() {
    let entry = "[access]\nteams = { level = \"read\", not_before = 2026-12-01 }";
    let world = Scene::bot(entry).start().await;
    let before = world.ask("bot", "GET /_kustodian/access").await.json();
    assert_eq!(before["resources"], serde_json::json!({}));
    world.clock.advance(SignedDuration::from_hours(24 * 7));
    let after = world.ask("bot", "GET /_kustodian/access").await.json();
    assert_eq!(after["resources"], serde_json::json!({ "teams": "read" }));
}
