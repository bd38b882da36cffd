//! An agent that leaves before its request is on record, wherever it was waited for.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use audit::{Decided, Filter, OutcomeKind, Record};
use serde_json::json;

use super::{READ, check, read};
use crate::support::client::Client;
use crate::support::counters::start_counting;
use crate::support::issuer::{KeyServer, Mood, SigningKey, claims, issuer_at};
use crate::support::lock::HeldLock;
use crate::support::patience::eventually;
use crate::support::postgres::postgres;
use crate::support::raw::{RawClient, request};
use crate::support::world::{ID, SECOND, Scene, World};

const WRITE: &str = "[access]\ncustomers = \"write\"";

/// A gateway that waits in vain for keys of its issuer's, and a token that makes a request wait too.
async fn waiting_for_keys(each: Option<NonZeroU32>) -> (World, KeyServer, String) {
    let server = KeyServer::listing(&[]).await;
    server.become_of(Mood::Silent);
    let world = trusting(&server, each).await;
    let token = token_of(&world, &SigningKey::new("k1", "EdDSA"));
    (world, server, token)
}

async fn trusting(server: &KeyServer, each: Option<NonZeroU32>) -> World {
    let issuer = issuer_at(&server.url(), &["EdDSA"]);
    let scene = Scene::bot(READ).with(move |config| {
        config.issuers = vec![issuer];
        if let Some(each) = each {
            config.audit.unauthenticated_per_minute = each;
        }
    });
    scene.start().await
}

fn token_of(world: &World, key: &SigningKey) -> String {
    key.sign(&claims("bot", gateway::clock::Clock::now(&*world.clock)))
}

/// Sends a request and leaves in the same moment.
async fn come_and_go(world: &World, bytes: &[u8]) {
    let mut agent = RawClient::connect(world.running.agents).await;
    agent.send(bytes).await;
    agent.leave().await;
}

fn check_unknown(world: &World, record: &Record) {
    check_left(record, "agent_left");
    assert_eq!(record.opening.agent, None);
    assert_eq!(
        record.sentence(),
        "An unknown caller at 127.0.0.1 left before its request was decided; \
         nothing was sent to Kustomer."
    );
    assert_eq!(world.received(), 0);
}

#[tokio::test]
async fn before_anybody_has_begun_to_answer_it() {
    // Should the gateway be quicker than the end of the connection, it does not get far.
    let (world, _server, token) = waiting_for_keys(None).await;
    come_and_go(&world, &request("GET", b"/v1/customers", &token)).await;
    check_unknown(&world, &world.only_record().await);
}

#[tokio::test]
async fn while_the_gateway_waits_for_a_key_of_its_issuers() {
    let server = KeyServer::listing(&[&SigningKey::new("k1", "EdDSA")]).await;
    let world = trusting(&server, None).await;
    let admin = Client::new(world.running.admin);
    eventually("the issuer's first key", async || {
        let health = admin.send("GET /health", None, &[], Vec::new()).await;
        (health.json()["issuers"][0]["keys"] == 1).then_some(())
    })
    .await;
    server.become_of(Mood::Silent);
    let mut agent = RawClient::connect(world.running.agents).await;
    let token = token_of(&world, &SigningKey::new("k2", "EdDSA"));
    agent.send(&request("GET", b"/v1/customers", &token)).await;
    // The request is what has them fetched again.
    eventually("another fetch", async || (server.fetches() == 2).then_some(())).await;
    agent.leave().await;
    check_unknown(&world, &world.only_record().await);
}

#[tokio::test]
async fn they_cannot_flood_the_trail_where_nobody_knows_who_they_are() {
    let (world, _server, token) = waiting_for_keys(NonZeroU32::new(2)).await;
    for _ in 0..5 {
        come_and_go(&world, &request("GET", b"/v1/customers", &token)).await;
    }
    let store = world.store.clone();
    let _folder = world.stop().await;
    let records = store.audit_reader().list(&Filter::default(), 100).await.expect("the trail");
    let of = |decision| records.iter().filter(move |it| it.opening.decision == decision);
    assert_eq!(of(Decided::Undecided).count(), 2, "{records:?}");
    let counted: Vec<_> = of(Decided::Unauthenticated).map(|it| it.opening.requests).collect();
    assert_eq!(counted, [3]);
}

#[tokio::test]
async fn while_its_body_is_read_that_decides_the_request() {
    let world = Scene::bot(WRITE).start().await;
    let mut agent = RawClient::connect(world.running.agents).await;
    agent.send(&half_a_body(&world)).await;
    agent.until("100 Continue").await;
    agent.leave().await;
    let record = world.only_record().await;
    let opening = &record.opening;
    assert_eq!(opening.agent.as_deref(), Some("bot"));
    let said = (opening.decision, opening.reason.as_str());
    // Which it is depends on what the gateway hears of first.
    let either = [(Decided::Malformed, "request_broke_off"), (Decided::Undecided, "agent_left")];
    assert!(either.contains(&said), "{record:?}");
    assert_eq!(world.received(), 0);
}

#[tokio::test]
async fn the_gateway_itself_may_leave_while_a_body_is_read() {
    let scene = Scene::bot(WRITE).with(|config| config.forward.drain_seconds = SECOND);
    let world = scene.start().await;
    let mut agent = RawClient::connect(world.running.agents).await;
    agent.send(&half_a_body(&world)).await;
    agent.until("100 Continue").await;
    let store = world.store.clone();
    let _folder = world.stop().await;
    let left = Filter { decision: Some(Decided::Undecided), ..Filter::default() };
    let records = store.audit_reader().list(&left, 10).await.expect("the trail");
    let [record] = &records[..] else { panic!("{records:?}") };
    check_left(record, "gateway_stopped");
    assert_eq!(record.opening.agent.as_deref(), Some("bot"));
}

#[tokio::test(flavor = "multi_thread")]
async fn while_it_waits_for_a_place_in_the_queue_of_the_trail() {
    let database = Arc::new(postgres());
    let scene = Scene::bot(READ).on(&database.url).with(|config| config.trail.queue = SECOND);
    let permitted = Arc::new(AtomicU64::new(0));
    let world = start_counting(scene, &["permitted"], Arc::clone(&permitted)).await;
    let lock = HeldLock::on(&database, "records").await;
    // This one takes the only place.
    let mut first = RawClient::connect(world.running.agents).await;
    first.send(&read(&world)).await;
    let asked =
        "SELECT count(*) FROM pg_locks WHERE relation = 'records'::regclass AND NOT granted";
    eventually("the writer to wait", async || {
        (database.psql(asked).expect("an answer") != "0").then_some(())
    })
    .await;
    let mut second = RawClient::connect(world.running.agents).await;
    second.send(&read(&world)).await;
    // It is counted when it is decided, right before its record.
    eventually("the second decision", async || {
        (permitted.load(Ordering::Relaxed) == 2).then_some(())
    })
    .await;
    second.leave().await;
    lock.release().await;
    assert_eq!(first.answer().await.status, 200);
    let records = eventually("both records with their outcomes", async || {
        let records = world.records().await;
        let done = records.iter().filter(|record| record.outcome.is_some()).count();
        (done == 2).then_some(records)
    })
    .await;
    let left = records.iter().find(|record| {
        record.outcome.as_ref().is_some_and(|outcome| outcome.kind == OutcomeKind::NotForwarded)
    });
    let left = left.expect("one was not forwarded");
    assert_eq!(left.opening.decision, Decided::Permitted);
    assert!(left.sentence().ends_with("and nothing was sent to Kustomer."), "{}", left.sentence());
    assert_eq!(world.received(), 1);
}

#[track_caller]
fn check_left(record: &Record, reason: &str) {
    assert_eq!(
        (record.opening.decision, record.opening.reason.as_str()),
        (Decided::Undecided, reason)
    );
    check(record, OutcomeKind::NotForwarded, None);
}

/// A write whose body decides it; the gateway says when it waits for that.
fn half_a_body(world: &World) -> Vec<u8> {
    let body = json!({"name": "a"}).to_string();
    format!(
        "PUT /v1/customers/{ID} HTTP/1.1\r\nhost: gateway\r\nauthorization: Bearer {}\r\n\
         content-type: application/json\r\nexpect: 100-continue\r\ncontent-length: {}\r\n\r\n",
        world.token("bot"),
        body.len(),
    )
    .into_bytes()
}
