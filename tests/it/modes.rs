//! The modes of an agent, over the wire: enforced, only observed, or suspended.

use audit::{Decided, Filter, OutcomeKind};
use catalogue::Catalogue;
use gateway::refusal::chain;
use serde_json::json;

use crate::support::raw::exchange;
use crate::support::upstream::Upstream;
use crate::support::world::{ID, Scene, World};

const OK: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}";
const OBSERVED: &str = "mode = \"observe\"\n[access]\ncustomers = \"read\"";

/// One agent, `bot`, that is observed.
fn observed(tables: &str) -> Scene {
    Scene::bot(tables).with(|config| config.policies.allow_observe = true)
}

#[tokio::test]
async fn an_observed_agents_request_is_forwarded_and_recorded_as_one_that_would_have_been_refused()
{
    let world = observed(OBSERVED).start().await;
    let id = world.sandbox.seeded().customers[0].id.clone();
    let answer = world.ask("bot", &format!("DELETE /v1/customers/{id}")).await;
    assert!((200..300).contains(&answer.status), "{}", answer.status);
    assert_eq!(answer.header("kustodian-decision"), "observed");
    assert_eq!(world.received(), 1);
    let record = world.record_of(&answer).await;
    let opening = &record.opening;
    assert_eq!((opening.decision, opening.reason.as_str()), (Decided::Observed, "level_too_low"));
    assert_eq!(opening.demands[0].granted.as_deref(), Some("read"));
    assert_eq!(opening.policy.line, Some(7));
    let outcome = record.outcome.as_ref().unwrap();
    assert_eq!(outcome.kind, OutcomeKind::Answered);
    assert_eq!(
        world.tidy(record.sentence()),
        format!(
            "Agent bot would have been refused, but is only observed (policies/bot.toml:5): \
             deleting customer {id} needs full on customers; its policy grants read \
             (policies/bot.toml:7); Kustomer answered {} in {} ms.",
            answer.status, outcome.duration_ms
        )
    );
}

#[tokio::test]
async fn what_an_observed_agents_policy_grants_is_permitted_as_ever() {
    let world = observed(OBSERVED).start().await;
    let answer = world.ask("bot", "GET /v1/customers").await;
    assert_eq!(answer.header("kustodian-decision"), "permitted");
    let record = world.record_of(&answer).await;
    assert_eq!(
        (record.opening.decision, record.opening.reason.as_str()),
        (Decided::Permitted, "granted")
    );
}

#[tokio::test]
async fn every_operation_of_an_observed_agent_without_grants_is_forwarded_and_listed_as_observed() {
    let upstream = Upstream::answering(OK).await;
    let world = observed("mode = \"observe\"").before(upstream.at).start().await;
    for operation in Catalogue::builtin().operations() {
        let answer = world.ask_example("bot", operation).await;
        assert_eq!(answer.status, 200, "{}: {}", operation.id(), answer.text());
        assert_eq!(answer.header("kustodian-decision"), "observed", "{}", operation.id());
    }
    let observed = Filter { decision: Some(Decided::Observed), ..Filter::default() };
    let found = world.store.audit_reader().list(&observed, 1000).await.expect("the trail");
    assert_eq!(found.len(), 270);
}

#[tokio::test]
async fn an_observed_agent_outside_of_its_only_is_observed_too() {
    let tables = format!("{OBSERVED}\n[only]\ncustomers = [\"{ID}\"]");
    let world = observed(&tables).start().await;
    let other = world.sandbox.seeded().customers[0].id.clone();
    let answer = world.ask("bot", &format!("GET /v1/customers/{other}")).await;
    assert_eq!((answer.status, answer.header("kustodian-decision")), (200, "observed"));
    let opening = world.record_of(&answer).await.opening;
    assert_eq!(opening.reason, "outside_only");
    // What the policy grants all the same is on record too: a policy can be tried on the whole of it.
    let demands: Vec<_> =
        opening.demands.iter().map(|it| (it.resource.as_str(), it.entry.as_deref())).collect();
    assert_eq!(demands, [("customers", Some("customers"))]);
}

#[tokio::test]
async fn what_is_unknown_or_malformed_is_refused_to_an_observed_agent_too() {
    let world = observed(OBSERVED).start().await;
    for (line, status, code) in [
        ("GET /v1/nonsense", 403, "unknown_operation"),
        ("GET /v1/customers/../users", 400, "dot_segment"),
        ("GET /v1/customers?includeDeleted=%zz", 400, "illegal_query"),
    ] {
        let answer = world.ask("bot", line).await;
        assert_eq!((answer.status, answer.json()["code"].as_str().unwrap()), (status, code));
    }
    // Its policy does not grant this, so an enforced agent's body would not even be read.
    let body = r#"{"name":"a","name":"b"}"#;
    let request = format!(
        "PUT /v1/customers/{ID} HTTP/1.1\r\nhost: gateway\r\nauthorization: Bearer {}\r\n\
         content-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
        world.token("bot"),
        body.len()
    );
    let answer = exchange(world.running.agents, request.as_bytes()).await;
    assert_eq!(answer.json()["code"], "body_duplicate_key");
    assert_eq!(world.received(), 0);
}

#[tokio::test]
async fn an_observed_agent_whose_term_is_over_is_refused() {
    let world = observed(&format!("expires = 2026-11-23\n{OBSERVED}")).start().await;
    let answer = world.ask("bot", "GET /v1/customers").await;
    assert_eq!((answer.status, answer.json()["code"].as_str()), (403, Some("agent_expired")));
    assert_eq!(world.received(), 0);
}

#[tokio::test]
async fn an_observed_agent_keeps_to_its_limits() {
    let world = observed("mode = \"observe\"\n[limits]\nrequests = \"1/min\"").start().await;
    assert_eq!(world.ask("bot", "GET /v1/teams").await.status, 200);
    assert_eq!(world.ask("bot", "GET /v1/teams").await.status, 429);
}

#[tokio::test]
async fn what_becomes_of_an_observed_request_is_told_without_a_grant() {
    let upstream = Upstream::answering(b"this is no HTTP\r\n\r\n").await;
    let world = observed("mode = \"observe\"").before(upstream.at).start().await;
    let answer = world.ask("bot", "GET /v1/teams").await;
    assert_eq!((answer.status, answer.header("kustodian-decision")), (502, "observed"));
    let detail = answer.json()["detail"].as_str().expect("a sentence").to_owned();
    assert!(
        detail.starts_with("The policy does not grant this, but is only observed, "),
        "{detail}"
    );
}

#[tokio::test]
async fn nobody_is_observed_unless_the_settings_allow_it() {
    let why = chain(&Scene::bot(OBSERVED).try_start().await.expect_err("no start"));
    assert!(
        why.contains("bot.toml:5:8: error: this gateway does not let agents be observed"),
        "{why}"
    );
}

#[tokio::test]
async fn a_suspended_agent_is_refused_everything_and_each_is_recorded() {
    let world = Scene::bot("mode = \"suspended\"\n[access]\ncustomers = \"full\"").start().await;
    for line in ["GET /v1/customers", "GET /v1/nonsense"] {
        let answer = world.ask("bot", line).await;
        assert_eq!((answer.status, answer.json()["code"].as_str()), (403, Some("agent_suspended")));
        let record = world.record_of(&answer).await;
        assert_eq!(record.opening.decision, Decided::Denied);
        assert_eq!(
            world.tidy(record.sentence()),
            "Agent bot was refused: it is suspended (policies/bot.toml:5)."
        );
    }
    assert_eq!(world.received(), 0);
}

#[tokio::test]
async fn health_names_the_agents_whose_policies_are_not_enforced() {
    let world = observed(OBSERVED).agent("other", "mode = \"suspended\"").start().await;
    let health = health(&world).await;
    assert_eq!(health["policies"]["observed"], json!(["bot"]));
    assert_eq!(health["policies"]["suspended"], json!(["other"]));
}

async fn health(world: &World) -> serde_json::Value {
    let request = b"GET /health HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";
    exchange(world.running.admin, request).await.json()
}
