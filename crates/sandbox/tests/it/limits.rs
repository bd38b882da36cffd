//! Budgets: headers on every answer, 429 when one is used up.

use sandbox::Settings;
use serde_json::json;

use crate::world::World;

#[tokio::test]
async fn every_answer_tells_the_organisations_budget() {
    let world = World::new();
    let first = world.get("/v1/customers").await;
    assert_eq!(first.header("x-ratelimit-limit"), "1000");
    assert_eq!(first.header("x-ratelimit-remaining"), "999");
    assert_eq!(first.header("x-ratelimit-reset"), "1772442060");
    let missing = world.get("/v1/nowhere").await;
    assert_eq!((missing.status.as_u16(), missing.header("x-ratelimit-remaining")), (404, "998"));
    let refused = world.ask_with("nonsense", "GET", "/v1/customers", "").await;
    assert_eq!((refused.status.as_u16(), refused.header("x-ratelimit-remaining")), (401, "998"));
}

#[tokio::test]
async fn over_the_budget_is_429_until_the_next_minute() {
    let world = World::with(Settings { requests_per_minute: 2, ..Settings::default() });
    world.get("/v1/teams").await;
    world.get("/v1/teams").await;
    world.let_pass(20);
    let over = world.get("/v1/teams").await;
    assert_eq!(over.status, 429);
    assert_eq!(over.code(), "too_many_requests");
    assert_eq!(over.header("retry-after"), "40");
    assert_eq!(over.header("x-ratelimit-remaining"), "0");
    world.let_pass(40);
    assert_eq!(world.get("/v1/teams").await.status, 200);
}

#[tokio::test]
async fn one_conversation_may_be_updated_a_hundred_times_in_ten_minutes() {
    let world = World::new();
    let path = format!("/v1/conversations/{}", world.sandbox.seeded().conversations[0]);
    let first = world.put(&path, json!({ "priority": 1 })).await;
    assert_eq!(first.header("x-ratelimit-object-limit"), "100");
    assert_eq!(first.header("x-ratelimit-object-remaining"), "99");
    for _ in 1..100 {
        assert_eq!(world.put(&path, json!({ "priority": 2 })).await.status, 200);
    }
    let over = world.ask("PATCH", &path, "{}").await;
    assert_eq!(over.status, 429);
    assert_eq!(over.header("x-ratelimit-object-remaining"), "0");
    let other = format!("/v1/conversations/{}", world.sandbox.seeded().conversations[1]);
    assert_eq!(world.put(&other, json!({})).await.status, 200);
    world.let_pass(600);
    assert_eq!(world.put(&path, json!({})).await.status, 200);
}

#[tokio::test]
async fn messages_count_for_their_customer_however_it_is_named_and_imported_ones_do_not() {
    let world = World::new();
    let seeded = world.sandbox.seeded();
    let (customer, conversation) = (&seeded.customers[0].id, &seeded.conversations[0]);
    let body = json!({ "channel": "email", "app": "postmark", "preview": "Hello" });
    let remaining = async |path: &str, more: serde_json::Value| {
        let mut body = body.clone();
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let answer = world.post(path, body).await;
        assert_eq!(answer.status, 201);
        answer.header("x-ratelimit-object-remaining").to_owned()
    };
    let to_conversation = format!("/v1/conversations/{conversation}/messages");
    let to_customer = format!("/v1/customers/{customer}/messages");
    assert_eq!(remaining(&to_customer, json!({})).await, "119");
    assert_eq!(remaining(&to_conversation, json!({})).await, "118");
    assert_eq!(remaining("/v1/messages", json!({ "conversation": conversation })).await, "117");
    assert_eq!(remaining("/v1/messages", json!({ "customer": customer })).await, "116");
    let imported = json!({ "importedAt": "2026-01-01T00:00:00Z" });
    assert_eq!(remaining(&to_customer, imported).await, "");
}
