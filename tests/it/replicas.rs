//! Several gateways on one Postgres: each writes a chain of its own, and none gets into another's way.

use std::sync::Arc;

use audit::{Against, Filter, OutcomeKind, verify};
use futures_util::future::join_all;
use gateway::retention::{Retained, retain};
use jiff::SignedDuration;
use store::Store;

use crate::support::client::Client;
use crate::support::patience::eventually;
use crate::support::postgres::postgres;
use crate::support::program::Installation;
use crate::support::raw::{RawClient, request};
use crate::support::upstream::{Connection, Upstream};
use crate::support::world::{Scene, World, audit_key};

const READ: &str = "[access]\ncustomers = \"read\"";
const LINE: &str = "GET /v1/customers";
const DAY: SignedDuration = SignedDuration::from_hours(24);

/// How many gateways there are at once, and how often they all drop what is old.
const REPLICAS: usize = 3;
const ROUNDS: usize = 4;

async fn asked(world: &World) {
    for line in [LINE, "GET /v1/users", LINE] {
        world.ask("bot", line).await;
    }
}

async fn outdated(world: &World) -> u64 {
    let keep = "10d".parse().expect("a span");
    match retain(&world.running.gateway, keep).await {
        Ok(Retained::Younger(records)) => records,
        Ok(Retained::All) => 0,
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn replicas_that_drop_what_is_old_at_the_same_time_leave_a_trail_that_proves_itself() {
    let database = postgres();
    let keys = tempfile::tempdir().expect("a temporary folder");
    let key = audit_key(keys.path());
    let mut replicas = Vec::new();
    for _ in 0..REPLICAS {
        let key = key.clone();
        let scene = Scene::bot(READ).on(&database.url);
        replicas.push(scene.with(|config| config.audit.key_file = Some(key)).start().await);
    }
    let public_key = replicas[0].running.gateway.audit_key.signing_seed().public_key();
    let against = Against { public_key: Some(&public_key), ..Against::default() };
    let mut dropped = 0;
    for round in 0..ROUNDS {
        join_all(replicas.iter().map(asked)).await;
        for replica in &replicas {
            replica.clock.advance(DAY * 6);
        }
        // All of them at once, and requests in between.
        let (records, _) = tokio::join!(
            join_all(replicas.iter().map(outdated)),
            join_all(replicas.iter().map(asked)),
        );
        dropped += records.iter().sum::<u64>();
        let reader = replicas[0].store.audit_reader();
        let verified = verify(&*reader, against, &mut |_, _| ()).await.expect("the trail");
        assert_eq!(verified.findings, [], "round {round}");
    }
    assert!(dropped > 0, "old records were dropped");
    let ids: Vec<_> = replicas[0].records().await.iter().map(|it| it.opening.id).collect();
    let youngest = REPLICAS * 3 * 2;
    assert!(ids.len() >= youngest, "what is young is there: {}", ids.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replica_that_is_killed_has_its_records_completed_by_the_other() {
    let (arrived, mut arrival) = tokio::sync::mpsc::unbounded_channel();
    let upstream = Upstream::start(move |mut connection: Connection| {
        let arrived = arrived.clone();
        async move {
            connection.request().await;
            arrived.send(()).expect("the test waits");
            connection.hold().await;
        }
    })
    .await;
    let database = Arc::new(postgres());
    let silence = "[trail]\nsilence_seconds = 2\n";
    let installation = Installation::new(upstream.at, "not-a-real-key", &[("bot", READ)], silence);
    installation.keep_in(&database.url);
    let token = installation.token("bot");
    let (mut one, other) = (installation.serve(), installation.serve());
    let line = request("GET", b"/v1/customers", &token);
    let mut left = RawClient::connect(one.agents).await;
    left.send(&line).await;
    arrival.recv().await.expect("it reached the upstream");
    let mut held = RawClient::connect(other.agents).await;
    held.send(&line).await;
    arrival.recv().await.expect("it reached the upstream");
    one.kill();

    let store = Store::open(&database.url).await.expect("a store");
    let reader = store.audit_reader();
    let permitted = Filter { decision: Some(audit::Decided::Permitted), ..Filter::default() };
    let records = eventually("the other to complete what was left", async || {
        let records = reader.list(&permitted, 10).await.expect("the trail");
        records.iter().any(|record| record.outcome.is_some()).then_some(records)
    })
    .await;
    let [own, abandoned] = &records[..] else { panic!("{records:?}") };
    assert_eq!(own.outcome, None, "its own is still under way");
    let outcome = abandoned.outcome.as_ref().expect("an outcome");
    assert_eq!(outcome.kind, OutcomeKind::GatewayStopped);
    let end = "the gateway stopped before Kustomer's answer was recorded.";
    assert!(abandoned.sentence().ends_with(end), "{}", abandoned.sentence());
    // And it serves.
    let client = Client::new(other.agents);
    let refused = client.send("GET /v1/users", Some(&token), &[], Vec::new()).await;
    assert_eq!(refused.status, 403);
    let verified = installation.run(&["audit", "verify"]);
    assert_eq!(verified.code, 0, "{}{}", verified.out, verified.err);
}
