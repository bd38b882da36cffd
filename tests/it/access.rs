//! `GET /_kustodian/access`: what an agent is told of itself is what holds.

use std::collections::BTreeSet;

use catalogue::Catalogue;
use jiff::SignedDuration;
use policy::{Facts, matrix};
use serde_json::json;

use crate::support::clock::MORNING;
use crate::support::world::Scene;

const TABLES: &str = "purpose = \"Answers questions\"\nexpires = 2026-12-31\n\
                      [access]\nconversations = \"read\"\nmessages = \"write\"\n\
                      [actions]\nadd_internal_notes = \"full\"\n[limits]\nrequests = \"120/min\"";
const LINE: &str = "GET /_kustodian/access";

#[tokio::test]
async fn an_agent_is_told_who_it_is_and_whom_to_ask() {
    let world = Scene::bot(TABLES).start().await;
    let answer = world.ask("bot", LINE).await;
    assert_eq!((answer.status, answer.header("cache-control")), (200, "no-store"));
    let told = answer.json();
    assert_eq!(told["agent"]["id"], "bot");
    assert_eq!(told["agent"]["name"], "Agent bot");
    assert_eq!(told["agent"]["owner"], "bot@example.com");
    assert_eq!(told["agent"]["purpose"], "Answers questions");
    assert_eq!(told["agent"]["expires"], "2026-12-31");
    assert_eq!(told["limits"]["requests"], "120/min");
}

#[tokio::test]
async fn the_operations_it_is_told_of_are_those_that_the_matrix_permits() {
    let world = Scene::bot(TABLES).start().await;
    let told = world.ask("bot", LINE).await.json();
    let listed = told["operations"].as_array().expect("a list");
    let listed: BTreeSet<_> = listed.iter().filter_map(|one| one["id"].as_str()).collect();
    let policies = world.running.gateway.policies();
    let policy = policies.policy("bot").expect("a policy");
    let facts = Facts::at(MORNING.parse().expect("an instant"));
    let rows = matrix::rows(Catalogue::builtin(), policy, &facts);
    let permitted = rows.iter().filter(|row| row.permitted);
    let permitted: BTreeSet<_> = permitted.map(|row| row.operation.id().as_str()).collect();
    assert!(permitted.contains("conversations.get"), "{permitted:?}");
    assert_eq!(listed, permitted);
}

#[tokio::test]
async fn it_is_told_the_highest_level_it_can_use_and_the_actions_it_has_whole() {
    let world = Scene::bot(TABLES).start().await;
    let told = world.ask("bot", LINE).await.json();
    assert_eq!(told["resources"]["conversations"], "read");
    assert_eq!(told["resources"]["messages"], "write");
    assert_eq!(told["resources"].get("customers"), None);
    let actions = told["actions"].as_array().expect("a list");
    let actions: Vec<_> = actions.iter().filter_map(|one| one["id"].as_str()).collect();
    assert!(actions.contains(&"add_internal_notes"), "{actions:?}");
    assert!(!actions.contains(&"delete_customers"), "{actions:?}");
}

#[tokio::test]
async fn it_is_told_of_the_conditions_that_an_operation_or_an_action_is_under() {
    let tables = "[access]\ncustomers = \"read\"\n[actions]\n\
                  tag_conversations = { level = \"write\", when = 'time.hour < 12' }\n[operations]\n\
                  \"conversations.add_tags\" = { level = \"write\", when = 'time.hour >= 6' }\n";
    let world = Scene::bot(tables).start().await;
    let told = world.ask("bot", LINE).await.json();
    let named = |list: &str, id: &str| {
        let list = told[list].as_array().expect("a list");
        list.iter().find(|one| one["id"] == id).expect("it is listed").clone()
    };
    assert_eq!(named("operations", "customers.get").get("when"), None);
    let when = |list: &str, id: &str| named(list, id)["when"].clone();
    assert_eq!(when("operations", "conversations.add_tags"), json!(["time.hour >= 6"]));
    assert_eq!(when("operations", "conversations.remove_tags"), json!(["time.hour < 12"]));
    assert_eq!(when("actions", "tag_conversations"), json!(["time.hour < 12", "time.hour >= 6"]));
    assert!(told["note"].as_str().is_some_and(|note| note.contains("`when`")), "{told}");
}

#[tokio::test]
async fn an_agent_whose_term_has_ended_is_told_of_nothing() {
    let world = Scene::bot(TABLES).start().await;
    world.clock.advance(SignedDuration::from_hours(24 * 60));
    let told = world.ask("bot", LINE).await.json();
    assert_eq!(told["operations"], json!([]));
    assert_eq!(told["resources"], json!({}));
    assert_eq!(told["actions"], json!([]));
}

#[tokio::test]
async fn asking_asks_nothing_of_kustomer_and_takes_nothing_of_the_limit() {
    let world = Scene::bot("[limits]\nrequests = \"1/day\"").start().await;
    for _ in 0..3 {
        assert_eq!(world.ask("bot", LINE).await.status, 200);
    }
    assert_eq!(world.received(), 0);
    assert_eq!(world.records().await, []);
}

#[tokio::test]
async fn a_stranger_is_told_nothing_and_is_on_record() {
    let world = Scene::bot(TABLES).start().await;
    let answer = world.ask_as(None, LINE).await;
    assert_eq!((answer.status, answer.code().as_str()), (401, "unauthenticated"));
    let record = world.record_of(&answer).await;
    assert_eq!(record.opening.reason, "token_missing");
    assert_eq!(record.opening.path, "/_kustodian/access");
}
