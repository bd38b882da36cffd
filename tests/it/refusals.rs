//! What an agent is told when it is refused: status, headers and body, held word by word.
//!
//! Each body is at once an RFC 9457 problem and Kustomer's list of errors, so that a client of either
//! kind can read it.

use serde_json::{Value, json};

use crate::support::answer::Answer;
use crate::support::patience::eventually;
use crate::support::raw::{RawClient, exchange};
use crate::support::upstream::{Connection, Nobody, Upstream};
use crate::support::world::{ID, SECOND, Scene, World};

const TABLES: &str = "expires = 2026-11-30\n[access]\ncustomers = \"read\"\n\
                      [actions]\ndelete_customers = \"off\"";

/// Headers that differ from run to run, or that HTTP itself adds.
const LEFT_OUT: [&str; 3] = ["date", "content-length", "connection"];

#[tokio::test]
async fn without_a_valid_token() {
    let world = Scene::bot(TABLES).start().await;
    let answer = world.ask_as(None, "GET /v1/customers").await;
    insta::assert_snapshot!(shown(&world, &answer));
}

#[tokio::test]
async fn with_two_authorization_headers() {
    let world = Scene::bot(TABLES).start().await;
    let request = b"GET /v1/customers HTTP/1.1\r\nhost: gateway\r\nauthorization: Bearer a\r\n\
                    authorization: Bearer b\r\nconnection: close\r\n\r\n";
    let answer = exchange(world.running.agents, request).await;
    insta::assert_snapshot!(shown(&world, &answer));
}

#[tokio::test]
async fn for_a_path_that_could_be_read_in_two_ways() {
    let world = Scene::bot(TABLES).start().await;
    let answer = world.ask("bot", "GET /v1/customers/%2e%2e/users").await;
    insta::assert_snapshot!(shown(&world, &answer));
}

#[tokio::test]
async fn for_a_token_in_its_target() {
    let world = Scene::bot(TABLES).start().await;
    let line = format!("GET /v1/customers?token={}", world.token("bot"));
    let answer = world.ask("bot", &line).await;
    insta::assert_snapshot!(shown(&world, &answer));
}

#[tokio::test]
async fn for_an_operation_that_nobody_knows() {
    let world = Scene::bot(TABLES).start().await;
    let answer = world.ask("bot", "GET /v1/nonsense").await;
    insta::assert_snapshot!(shown(&world, &answer));
}

#[tokio::test]
async fn for_what_the_policy_says_nothing_of() {
    let world = Scene::bot(TABLES).start().await;
    let answer = world.ask("bot", "GET /v1/users").await;
    insta::assert_snapshot!(shown(&world, &answer));
}

#[tokio::test]
async fn for_more_than_the_level_gives() {
    let world = Scene::bot(TABLES).start().await;
    let answer = world.ask_with("bot", &format!("PUT /v1/customers/{ID}"), &json!({})).await;
    insta::assert_snapshot!(shown(&world, &answer));
}

#[tokio::test]
async fn for_an_action_that_is_off() {
    let world = Scene::bot(TABLES).start().await;
    let answer = world.ask("bot", &format!("DELETE /v1/customers/{ID}")).await;
    insta::assert_snapshot!(shown(&world, &answer));
}

#[tokio::test]
async fn after_the_end_of_its_term() {
    let world = Scene::bot(TABLES).start().await;
    world.clock.advance(jiff::SignedDuration::from_hours(24 * 7));
    let answer = world.ask("bot", "GET /v1/customers").await;
    insta::assert_snapshot!(shown(&world, &answer));
}

#[tokio::test]
async fn over_its_limit() {
    let world = Scene::bot(&format!("{TABLES}\n[limits]\nrequests = \"1/min\"")).start().await;
    world.ask("bot", "GET /v1/customers").await;
    let answer = world.ask("bot", "GET /v1/customers").await;
    insta::assert_snapshot!(shown(&world, &answer));
}

#[tokio::test]
async fn with_too_many_requests_under_way() {
    let upstream = Upstream::start(|mut held: Connection| async move { held.hold().await }).await;
    let scene = Scene::bot(&format!("{TABLES}\n[limits]\nin_flight = 1")).before(upstream.at);
    let world = scene.start().await;
    let mut first = RawClient::connect(world.running.agents).await;
    let token = world.token("bot");
    let request = format!(
        "GET /v1/customers HTTP/1.1\r\nhost: gateway\r\nauthorization: Bearer {token}\r\n\r\n"
    );
    first.send(request.as_bytes()).await;
    let under_way = async || (!world.records().await.is_empty()).then_some(());
    eventually("the first to be under way", under_way).await;
    let answer = world.ask("bot", "GET /v1/customers").await;
    insta::assert_snapshot!(shown(&world, &answer));
}

#[tokio::test]
async fn when_kustomer_is_out_of_reach() {
    let nobody = Nobody::new();
    let world = Scene::bot(TABLES).before(nobody.at).start().await;
    let answer = world.ask("bot", "GET /v1/customers").await;
    insta::assert_snapshot!(shown(&world, &answer));
}

#[tokio::test]
async fn when_kustomer_hangs_up() {
    let world = before(|mut connection| async move { drop(connection.request().await) }).await;
    let answer = world.ask("bot", "GET /v1/customers").await;
    insta::assert_snapshot!(shown(&world, &answer));
}

#[tokio::test]
async fn when_kustomer_says_nothing() {
    let world = before(|mut connection| async move { connection.hold().await }).await;
    let answer = world.ask("bot", "GET /v1/customers").await;
    insta::assert_snapshot!(shown(&world, &answer));
}

#[tokio::test]
async fn when_kustomer_refuses_the_organisations_key() {
    let world = before(|mut connection| async move {
        connection.request().await;
        connection.send(b"HTTP/1.1 403 Forbidden\r\ncontent-length: 6\r\n\r\nsecret").await;
    })
    .await;
    let answer = world.ask("bot", "GET /v1/customers").await;
    insta::assert_snapshot!(shown(&world, &answer));
}

#[tokio::test]
async fn when_its_own_body_stalls() {
    let upstream = Upstream::start(|mut held: Connection| async move { held.hold().await }).await;
    let scene = Scene::new().with_root().before(upstream.at);
    let world = scene.with(|config| config.forward.idle_seconds = SECOND).start().await;
    let mut agent = RawClient::connect(world.running.agents).await;
    let request = format!(
        "POST /v1/workflows HTTP/1.1\r\nhost: gateway\r\nauthorization: Bearer {}\r\n\
         content-length: 9\r\n\r\nhalf",
        world.token("root")
    );
    agent.send(request.as_bytes()).await;
    let answer = agent.answer().await;
    insta::assert_snapshot!(shown(&world, &answer));
}

#[tokio::test]
async fn for_a_page_of_the_gateways_own_that_is_not_there() {
    let world = Scene::bot(TABLES).start().await;
    let answer = world.ask("bot", "GET /_kustodian/nothing").await;
    insta::assert_snapshot!(shown(&world, &answer));
}

/// A world whose upstream misbehaves, and whose gateway waits one second for it.
async fn before<S, F>(script: S) -> World
where
    S: Fn(Connection) -> F + Send + Sync + 'static,
    F: Future<Output = ()> + Send + 'static,
{
    let upstream = Upstream::start(script).await;
    let scene = Scene::bot(TABLES).before(upstream.at);
    scene.with(|config| config.forward.first_byte_seconds = SECOND).start().await
}

/// A refusal with its ids and places made the same for every run, after a look at what all share.
fn shown(world: &World, answer: &Answer) -> String {
    let body = answer.json();
    check_forms(&body, answer);
    let id = answer.header("kustodian-request-id");
    let mut headers: Vec<String> = answer
        .headers
        .iter()
        .filter(|(name, _)| !LEFT_OUT.contains(&name.as_str()))
        .map(|(name, value)| format!("{name}: {}", value.to_str().expect("text")))
        .collect();
    headers.sort();
    let body = serde_json::to_string_pretty(&body).expect("JSON");
    let text = format!("{}\n{}\n\n{body}", answer.status, headers.join("\n"));
    world.tidy(&text).replace(id, "(request id)")
}

/// Both forms say the same, and both name the request.
fn check_forms(body: &Value, answer: &Answer) {
    let error = &body["errors"][0];
    for field in ["status", "code", "title", "detail"] {
        assert_eq!(body[field], error[field], "{field}");
        assert!(!body[field].is_null(), "{field}");
    }
    assert_eq!(body["status"], answer.status);
    assert_eq!(error["meta"]["request_id"], answer.header("kustodian-request-id"));
    assert_eq!(error["meta"]["decision"], answer.header("kustodian-decision"));
    assert_eq!(error["meta"]["source"], "kustodian");
    assert_eq!(answer.header("content-type"), "application/problem+json");
    assert_eq!(answer.header("cache-control"), "no-store");
}
