//! Promise 5: every request has exactly one record, a refused one too, with what came of it.

mod faults;
mod leaving;
mod outcomes;

use std::sync::Arc;

use audit::{Decided, OutcomeKind, Record};
use futures_util::{StreamExt as _, stream};
use gateway::config::IdentifierMode;
use serde_json::json;

use crate::support::lock::HeldLock;
use crate::support::patience::eventually;
use crate::support::postgres::postgres;
use crate::support::raw::RawClient;
use crate::support::upstream::{Connection, Upstream};
use crate::support::world::{ID, SECOND, Scene, World};

const OK: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}";
const READ: &str = "[access]\ncustomers = \"read\"";

#[tokio::test]
async fn a_permitted_request_is_recorded_with_what_kustomer_answered() {
    let world = Scene::bot(READ).start().await;
    let id = world.sandbox.seeded().customers[0].id.clone();
    let answer = world.ask("bot", &format!("GET /v1/customers/{id}?fields=all")).await;
    let record = world.only_record().await;
    let opening = &record.opening;
    assert_eq!(opening.id, answer.request_id());
    assert_eq!(opening.agent.as_deref(), Some("bot"));
    assert!(opening.token.as_deref().is_some_and(|token| token.starts_with("tok_")));
    assert_eq!((opening.address.as_str(), opening.method.as_str()), ("127.0.0.1", "GET"));
    assert_eq!(opening.path, format!("/v1/customers/{id}"));
    assert_eq!(opening.operation.as_deref(), Some("customers.get"));
    assert_eq!(opening.resource.as_deref(), Some("customers"));
    assert_eq!(opening.targets.join(" "), id);
    assert_eq!((opening.decision, opening.reason.as_str()), (Decided::Permitted, "granted"));
    assert_eq!(opening.policy.line, Some(6));
    assert_eq!(opening.policy.fingerprint.len(), 64);
    let outcome = check(&record, OutcomeKind::Answered, Some(200));
    assert_eq!(outcome.bytes_out, answer.body.len() as u64);
    let sentence = world.tidy(record.sentence());
    let expected = format!(
        "Agent bot read customer {id} (read on customers, policies/bot.toml:6); \
         Kustomer answered 200 in {} ms.",
        outcome.duration_ms
    );
    assert_eq!(sentence, expected);
}

#[tokio::test]
async fn a_denied_request_is_recorded_with_what_was_missing() {
    let world = Scene::bot(READ).start().await;
    world.ask("bot", &format!("DELETE /v1/customers/{ID}")).await;
    let record = world.only_record().await;
    assert_eq!(record.opening.decision, Decided::Denied);
    assert_eq!(record.opening.reason, "level_too_low");
    let demand = &record.opening.demands[0];
    assert_eq!((demand.level.as_str(), demand.granted.as_deref()), ("full", Some("read")));
    check(&record, OutcomeKind::Refused, Some(403));
    let expected = format!(
        "Agent bot was refused: deleting customer {ID} needs full on customers; \
         its policy grants read (policies/bot.toml:6)."
    );
    assert_eq!(world.tidy(record.sentence()), expected);
    assert_eq!(world.received(), 0);
}

#[tokio::test]
async fn every_other_kind_of_refusal_is_recorded_too() {
    for (line, token, decision, reason, status) in [
        ("GET /v1/x", "bot", Decided::Denied, "unknown_operation", 403),
        ("GET /v1/users", "bot", Decided::Denied, "not_granted", 403),
        ("GET /v1/customers/../x", "bot", Decided::Malformed, "dot_segment", 400),
        ("GET /v1/customers", "none", Decided::Unauthenticated, "token_missing", 401),
        ("GET /v1/customers", "wrong", Decided::Unauthenticated, "token_malformed", 401),
        ("GET /v1/customers", "key", Decided::Unauthenticated, "real_key_presented", 401),
    ] {
        let world = Scene::bot(READ).start().await;
        let token = match token {
            "bot" => Some(world.token("bot")),
            "key" => Some(world.key.as_str()),
            "wrong" => Some("wrong"),
            _ => None,
        };
        world.ask_as(token, line).await;
        let record = world.only_record().await;
        assert_eq!(record.opening.decision, decision, "{line}");
        assert_eq!(record.opening.reason, reason, "{line}");
        check(&record, OutcomeKind::Refused, Some(status));
        assert_eq!(world.received(), 0, "{line}");
    }
}

#[tokio::test]
async fn a_request_over_the_agents_limit_is_recorded_and_held_back() {
    let world = Scene::bot(&format!("{READ}\n[limits]\nrequests = \"2/min\"")).start().await;
    for _ in 0..2 {
        assert_eq!(world.ask("bot", "GET /v1/customers").await.status, 200);
    }
    let answer = world.ask("bot", "GET /v1/customers").await;
    assert_eq!((answer.status, answer.header("retry-after")), (429, "30"));
    let record = world.record_of(&answer).await;
    assert_eq!(record.opening.decision, Decided::Limited);
    assert_eq!(record.opening.reason, "limit_reached");
    check(&record, OutcomeKind::Refused, Some(429));
    world.clock.advance(jiff::SignedDuration::from_secs(30));
    assert_eq!(world.ask("bot", "GET /v1/customers").await.status, 200);
    assert_eq!(world.received(), 3);
    assert_eq!(world.records().await.len(), 4);
}

#[tokio::test]
async fn two_hundred_requests_at_once_have_two_hundred_records() {
    let world = Scene::bot(&format!("{READ}\n[limits]\nin_flight = 200")).start().await;
    let calls = stream::iter(0..200).map(|number| {
        let world = &world;
        async move {
            let resource = if number % 2 == 0 { "customers" } else { "users" };
            let answer = world.ask("bot", &format!("GET /v1/{resource}")).await;
            assert_eq!(answer.status, if number % 2 == 0 { 200 } else { 403 });
            answer.request_id()
        }
    });
    let mut ids: Vec<_> = calls.buffer_unordered(200).collect().await;
    let mut recorded: Vec<_> = world.records().await.iter().map(|one| one.opening.id).collect();
    ids.sort();
    recorded.sort();
    assert_eq!(ids.len(), 200);
    assert_eq!(recorded, ids);
    for id in ids {
        world.settled(id).await;
    }
    assert_eq!(world.received(), 100);
}

#[tokio::test]
async fn health_leaves_no_record() {
    let world = Scene::bot(READ).start().await;
    for _ in 0..3 {
        world.ask_as(None, "GET /_kustodian/health").await;
    }
    assert_eq!(world.records().await, []);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gateway_that_stops_lets_requests_end_and_waits_for_their_outcomes_to_be_written() {
    let (arrived, mut arrival) = tokio::sync::mpsc::unbounded_channel();
    let (release, released) = tokio::sync::watch::channel(false);
    let upstream = Upstream::start(move |mut connection| {
        let (arrived, mut released) = (arrived.clone(), released.clone());
        async move {
            connection.request().await;
            arrived.send(()).expect("the test waits");
            released.wait_for(|go| *go).await.expect("the test's word");
            connection.send(OK).await;
        }
    })
    .await;
    let database = Arc::new(postgres());
    let world = Scene::bot(READ).on(&database.url).before(upstream.at).start().await;
    let mut agent = RawClient::connect(world.running.agents).await;
    agent.send(&read(&world)).await;
    arrival.recv().await.expect("it reached the upstream");
    let lock = HeldLock::on(&database, "outcomes").await;
    let store = world.store.clone();
    let stopping = tokio::spawn(world.stop());
    release.send(true).expect("the upstream waits");
    let answer = agent.answer().await;
    assert_eq!(answer.status, 200);
    lock.release().await;
    stopping.await.expect("it stops");
    // No waiting here: a gateway that has stopped has written everything.
    let record = store.audit_reader().find(answer.request_id()).await.expect("the trail");
    check(&record.expect("a record"), OutcomeKind::Answered, Some(200));
}

#[tokio::test]
async fn a_gateway_that_may_not_wait_any_longer_still_writes_what_came_of_it() {
    let upstream = Upstream::start(|mut connection: Connection| async move {
        connection.hold().await;
    })
    .await;
    let scene = Scene::bot(READ).before(upstream.at);
    let world = scene.with(|config| config.forward.drain_seconds = SECOND).start().await;
    let mut agent = RawClient::connect(world.running.agents).await;
    agent.send(&read(&world)).await;
    let id = eventually("an open record", async || {
        world.records().await.first().map(|record| record.opening.id)
    })
    .await;
    let store = world.store.clone();
    world.stop().await;
    let record = store.audit_reader().find(id).await.expect("the trail").expect("a record");
    assert!(record.outcome.is_some(), "{record:?}");
}

#[tokio::test]
async fn a_sentence_cannot_be_forged_by_what_a_request_says() {
    let scene = Scene::new().with_root();
    let world = scene.with(|config| config.audit.identifiers = IdentifierMode::Clear).start().await;
    let path = "/v1/customers/email=x%22%20(full).%20Agent%20root%20deleted%20%22customer%C2%A0y";
    let answer = world.ask("root", &format!("GET {path}")).await;
    let sentence = world.record_of(&answer).await.sentence().replace("\\\"", "");
    let quoted: Vec<_> = sentence.split('"').collect();
    assert_eq!(quoted.len(), 3, "what the request said is within one pair of quotes: {sentence}");
    assert!(quoted[1].contains("Agent root deleted"), "{sentence}");
    assert!(!sentence.contains('\u{a0}'), "{sentence}");
}

#[tokio::test]
async fn what_a_permitted_write_carried_is_counted_and_not_kept() {
    let world = Scene::new().with_root().start().await;
    let body = json!({"name": "a very private name"});
    let answer = world.ask_with("root", "POST /v1/customers", &body).await;
    let record = world.record_of(&answer).await;
    let outcome = check(&record, OutcomeKind::Answered, Some(201));
    assert_eq!(outcome.bytes_in, body.to_string().len() as u64);
    assert!(!format!("{record:?}").contains("private"));
}

/// Checks how a record ended, and that its sentence is a whole one.
#[track_caller]
fn check(record: &Record, kind: OutcomeKind, status: Option<u16>) -> audit::Outcome {
    let outcome = record.outcome.clone().expect("an outcome");
    assert_eq!((outcome.kind, outcome.status), (kind, status), "{record:?}");
    let sentence = record.sentence();
    assert!(sentence.ends_with('.') && !sentence.contains("not recorded yet"), "{sentence}");
    outcome
}

fn read(world: &World) -> Vec<u8> {
    format!(
        "GET /v1/customers HTTP/1.1\r\nhost: gateway\r\nauthorization: Bearer {}\r\n\r\n",
        world.token("bot")
    )
    .into_bytes()
}
