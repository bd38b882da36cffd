//! Promise 1: denied unless granted.

use catalogue::Catalogue;
use futures_util::{StreamExt as _, stream};

use crate::support::raw::{exchange, request};
use crate::support::world::{ID, Scene, World};

#[tokio::test]
async fn an_empty_policy_folder_lets_nobody_in() {
    let world = Scene::new().stranger("bot").start().await;
    let answer = world.ask("bot", "GET /v1/customers").await;
    assert_eq!(answer.status, 401);
    assert_eq!(world.record_of(&answer).await.opening.reason, "agent_without_policy");
    assert_eq!(world.received(), 0);
}

#[tokio::test]
async fn an_agent_without_a_policy_gains_nothing_from_the_policies_of_others() {
    let world = Scene::new().with_root().stranger("bot").start().await;
    let answer = world.ask("bot", "GET /v1/customers").await;
    assert_eq!(answer.status, 401);
    let record = world.record_of(&answer).await;
    assert_eq!(record.opening.reason, "agent_without_policy");
    assert_eq!(record.opening.agent.as_deref(), Some("bot"));
    assert_eq!(world.received(), 0);
}

#[tokio::test]
async fn a_policy_that_grants_nothing_denies_every_operation_there_is() {
    let world = Scene::bot("").start().await;
    let operations: Vec<_> = Catalogue::builtin().operations().collect();
    assert_eq!(operations.len(), 270);
    let denials = stream::iter(operations).map(|operation| {
        let line = format!("{} {}", operation.method().as_str(), operation.example_target());
        let world = &world;
        async move {
            let answer = world.ask("bot", &line).await;
            assert_eq!((answer.status, answer.code().as_str()), (403, "not_granted"), "{line}");
        }
    });
    denials.buffer_unordered(32).collect::<Vec<()>>().await;
    assert_eq!(world.received(), 0);
    assert_eq!(world.records().await.len(), 270);
}

#[tokio::test]
async fn an_operation_that_the_catalogue_does_not_know_is_denied_to_everybody() {
    let world = Scene::new().with_root().start().await;
    for line in [
        "GET /",
        "GET /v1",
        "GET /v1/nonsense",
        "GET /v2/customers",
        "GET /V1/customers",
        "GET /v1/Customers",
        "PATCH /v1/customers",
        "POST /v1/users/current",
        "GET /v1/customers/not-an-id",
    ] {
        denied_as_unknown(&world, line).await;
    }
    assert_eq!(world.received(), 0);
}

#[tokio::test]
async fn methods_without_an_operation_are_denied_even_where_their_path_is_known() {
    let world = Scene::new().with_root().start().await;
    for method in ["HEAD", "OPTIONS", "TRACE", "PROPFIND", "get", "Get"] {
        let bytes = request(method, b"/v1/customers", world.token("root"));
        let answer = exchange(world.running.agents, &bytes).await;
        assert_eq!(answer.status, 405, "{method}");
        assert_eq!(answer.header("allow"), "GET, POST, PUT, PATCH, DELETE", "{method}");
        let record = world.record_of(&answer).await;
        assert_eq!(record.opening.reason, "method_not_allowed", "{method}");
        assert_eq!(record.opening.method, method);
    }
    assert_eq!(world.received(), 0);
}

#[tokio::test]
async fn a_tunnel_is_never_opened() {
    let world = Scene::new().with_root().start().await;
    let bytes = request("CONNECT", b"127.0.0.1:80", world.token("root"));
    let answer = exchange(world.running.agents, &bytes).await;
    assert_eq!((answer.status, answer.code().as_str()), (405, "method_not_allowed"));
    assert_eq!(world.received(), 0);
}

#[tokio::test]
async fn an_agent_is_denied_from_the_day_after_its_term() {
    let tables = "expires = 2026-11-24\n[access]\ncustomers = \"read\"";
    let world = Scene::bot(tables).start().await;
    assert_eq!(world.ask("bot", "GET /v1/customers").await.status, 200);
    let seen = world.received();
    world.clock.advance(jiff::SignedDuration::from_hours(15));
    let answer = world.ask("bot", "GET /v1/customers").await;
    assert_eq!((answer.status, answer.code().as_str()), (403, "agent_expired"));
    assert_eq!(world.received(), seen);
}

#[tokio::test]
async fn an_entry_that_turns_an_action_off_holds_where_its_resource_is_full() {
    let tables = "[access]\ncustomers = \"full\"\n[actions]\ndelete_customers = \"off\"";
    let world = Scene::bot(tables).start().await;
    let answer = world.ask("bot", &format!("DELETE /v1/customers/{ID}")).await;
    assert_eq!((answer.status, answer.code().as_str()), (403, "level_too_low"));
    assert_eq!(world.received(), 0);
}

#[tokio::test]
async fn one_policy_that_does_not_load_keeps_the_gateway_from_starting() {
    let scene = Scene::new().with_root().agent("bot", "[access]\ncustomers = \"all\"");
    let why = scene.try_start().await.expect_err("no start").to_string();
    assert!(why.contains("bot.toml:6:"), "{why}");
    assert!(why.contains("unknown level `all`"), "{why}");
}

async fn denied_as_unknown(world: &World, line: &str) {
    let answer = world.ask("root", line).await;
    assert_eq!((answer.status, answer.code().as_str()), (403, "unknown_operation"), "{line}");
    let record = world.record_of(&answer).await;
    assert_eq!(record.opening.operation, None, "{line}");
}
