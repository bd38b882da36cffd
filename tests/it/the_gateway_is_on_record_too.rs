//! Not only calls: starts and stops, the policies in force, and the tokens given out and taken away
//! are records of the same trail; a flood of callers without a token is one of them, with a count.

use audit::{Decided, Filter, Record};
use jiff::SignedDuration;
use store::Store;

use crate::support::patience::eventually;
use crate::support::postgres::postgres;
use crate::support::program::Installation;
use crate::support::world::{Scene, World, sqlite_url};

const READ: &str = "[access]\ncustomers = \"read\"";

/// What was noted, oldest first: the codes and the sentences.
async fn noted(store: &Store) -> Vec<(String, String)> {
    let filter = Filter { decision: Some(Decided::Noted), ..Filter::default() };
    let mut records = store.audit_reader().list(&filter, 100).await.expect("the trail");
    records.reverse();
    let said = |record: Record| (record.opening.reason.clone(), record.sentence().to_owned());
    records.into_iter().map(said).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_life_of_the_program_is_told_from_its_first_token_to_its_stop() {
    let at = std::net::SocketAddr::from(([127, 0, 0, 1], 1));
    let installation = Installation::new(at, "not-a-real-key", &[("bot", READ)], "");
    let store_url = sqlite_url(&installation.folder().join("kustodian.db"));
    installation.token("bot");
    assert_eq!(installation.serve().stop(), Some(0));
    installation.write(
        "policies/bot.toml",
        "[agent]\nid = \"bot\"\nname = \"Agent bot\"\nowner = \"ops@example.com\"\n\n[access]\n\
         customers = \"full\"\n",
    );
    assert_eq!(installation.serve().stop(), Some(0));
    let store = Store::open(&store_url).await.expect("the store");
    let token = store.agents().tokens().await.expect("the tokens")[0].id.to_string();
    assert_eq!(installation.run(&["token", "revoke", &token]).code, 0);
    assert_eq!(installation.run(&["token", "revoke", &token]).code, 0);

    let noted = noted(&store).await;
    let codes: Vec<_> = noted.iter().map(|(code, _)| code.as_str()).collect();
    assert_eq!(
        codes,
        [
            "token_issued",
            "gateway_started",
            "policies_loaded",
            "gateway_stopped",
            "gateway_started",
            "policies_loaded",
            "gateway_stopped",
            "token_revoked",
        ]
    );
    assert!(noted[0].1.contains(&token) && noted[7].1.contains(&token), "{noted:?}");
    assert!(noted[2].1.contains("the first on record"), "{noted:?}");
    assert!(noted[5].1.contains("bot: customers read to full"), "{noted:?}");
    let verified = installation.run(&["audit", "verify"]);
    assert_eq!(verified.code, 0, "{}{}", verified.out, verified.err);
    assert!(verified.out.contains("the trail is whole"), "{}", verified.out);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_start_tells_its_host_and_a_token_the_networks_that_it_is_bound_to() {
    let at = std::net::SocketAddr::from(([127, 0, 0, 1], 1));
    let installation = Installation::new(at, "not-a-real-key", &[("bot", READ)], "");
    let issue = ["token", "issue", "bot", "--from", "10.0.0.0/8", "--from", "127.0.0.1"];
    assert_eq!(installation.run(&issue).code, 0);
    assert_eq!(installation.serve().stop(), Some(0));
    let listed = installation.run(&["audit", "list", "--json"]).out;
    let records = listed.lines().map(|line| serde_json::from_str(line).expect("a record"));
    let records: Vec<serde_json::Value> = records.collect();
    let detail = |reason: &str| {
        let record = records.iter().find(|record| record["reason"] == reason);
        &record.expect("it is on record")["detail"]
    };
    let networks = serde_json::json!(["10.0.0.0/8", "127.0.0.1/32"]);
    assert_eq!(detail("token_issued")["only_from"], networks);
    assert!(detail("gateway_started")["host"].as_str().is_some_and(|host| !host.is_empty()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_policy_set_is_compared_with_the_one_before_it_on_the_same_store() {
    let database = postgres();
    for _ in 0..2 {
        Scene::bot(READ).on(&database.url).start().await.running.stop().await;
    }
    let store = Store::open(&database.url).await.expect("the store");
    let mut noted = noted(&store).await;
    noted.retain(|(code, _)| code == "policies_loaded");
    // Both worlds have the same time, so nothing tells which of the two comes first.
    let (first, second): (Vec<_>, Vec<_>) =
        noted.iter().partition(|(_, sentence)| sentence.contains("the first on record"));
    assert_eq!((first.len(), second.len()), (1, 1), "{noted:?}");
    // The folder is another each time, and its name a part of what is compared.
    assert!(second[0].1.contains("bot: file "), "{noted:?}");
    assert!(!second[0].1.contains("customers"), "{noted:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flood_of_callers_without_a_token_is_one_record_with_their_count() {
    let few = std::num::NonZeroU32::new(3).expect("not zero");
    let scene = Scene::bot(READ).with(move |config| config.audit.unauthenticated_per_minute = few);
    let world = scene.start().await;
    let mut answers = Vec::new();
    for _ in 0..10 {
        let answer = world.ask_as(None, "GET /v1/customers").await;
        answers.push((answer.status, answer.code()));
    }
    assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:?}");
    // One that has a token is recorded whatever others do.
    assert_eq!(world.ask("bot", "GET /v1/customers").await.status, 200);
    assert_eq!(refused(&world).await.len(), 3);

    world.clock.advance(SignedDuration::from_mins(1));
    let records = eventually("the count to be recorded", async || {
        let records = refused(&world).await;
        (records.len() == 4).then_some(records)
    })
    .await;
    let counted = records.iter().find(|record| record.opening.requests > 1).expect("a count");
    assert_eq!((counted.opening.requests, counted.opening.reason.as_str()), (7, "counted"));
    assert_eq!(counted.opening.address, "127.0.0.1");
    assert!(counted.sentence().contains("made 7 more requests"), "{}", counted.sentence());
    let summary = world.store.audit_reader().summarise(&Filter::default()).await.expect("counts");
    let all: u64 = summary.tallies.iter().map(|tally| tally.requests).sum();
    assert_eq!(all, 11, "every request is counted once");
}

async fn refused(world: &World) -> Vec<Record> {
    let mut records = world.records().await;
    records.retain(|record| record.opening.decision == Decided::Unauthenticated);
    records
}
