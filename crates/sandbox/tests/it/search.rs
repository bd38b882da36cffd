//! Searching by criteria.

use serde_json::{Value, json};

use crate::world::{Answer, World};

async fn search(world: &World, body: Value) -> Answer {
    let answer = world.post("/v1/customers/search", body).await;
    assert_eq!(answer.status, 200, "{:?}", answer.json);
    answer
}

#[track_caller]
fn names(answer: &Answer) -> Vec<&str> {
    let data = answer.json["data"].as_array().unwrap();
    data.iter().map(|one| one["attributes"]["name"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn criteria_are_combined_by_and_or_and_not() {
    let world = World::new();
    let both = json!({ "and": [
        { "customer_email": { "contains": "@EXAMPLE.org" } },
        { "customer_custom_loyaltyTierStr": { "equals": "gold" } },
    ]});
    assert_eq!(names(&search(&world, both).await), ["Desmond Achebe"]);
    let either = json!({ "or": [
        { "customer_name": { "equals": "Yuki Tanabe" } },
        { "customer_external_id": { "in": ["cust-1001", "cust-1012"] } },
    ]});
    let found = search(&world, either).await;
    assert_eq!(names(&found), ["Amara Okafor", "Yuki Tanabe", "Fatima Al-Rashid"]);
    let neither = json!({ "not": [
        { "customer_custom_loyaltyTierStr": { "in": ["gold", "silver"] } },
        { "customer_name": { "contains": "quinn" } },
    ]});
    let found = search(&world, neither).await;
    assert_eq!(
        names(&found),
        ["Celia Marchetti", "Rosalind Petty", "Oskar Lindgren", "Fatima Al-Rashid"]
    );
    let nested = json!({ "and": { "or": [
        { "customer_name": { "equals": "Yuki Tanabe" } },
        { "customer_name": { "equals": "Nobody" } },
    ]}});
    assert_eq!(names(&search(&world, nested).await), ["Yuki Tanabe"]);
}

#[tokio::test]
async fn each_operator_does_what_it_says() {
    let world = World::new();
    let count = async |criterion: Value| {
        let body = json!({ "queryContext": "conversation", "and": [criterion] });
        search(&world, body).await.json["meta"]["total"].as_u64().unwrap()
    };
    assert_eq!(count(json!({ "conversation_status": { "equals": "snoozed" } })).await, 2);
    assert_eq!(count(json!({ "conversation_status": { "not_equals": "snoozed" } })).await, 18);
    assert_eq!(count(json!({ "conversation_status": { "in": ["open", "snoozed"] } })).await, 11);
    assert_eq!(count(json!({ "conversation_assigned_users": { "not_set": "" } })).await, 2);
    assert_eq!(count(json!({ "conversation_priority": { "gte": 4, "lt": 5 } })).await, 5);
    assert_eq!(count(json!({ "conversation_priority": { "gt": 4 } })).await, 1);
    assert_eq!(count(json!({ "conversation_created_at": { "lte": "2025-11-30" } })).await, 2);
    assert_eq!(
        count(json!({ "conversation_custom_orderNumberStr": { "equals": "4417" } })).await,
        1
    );
    let tag = &world.sandbox.seeded().tags[0];
    assert_eq!(count(json!({ "conversation_tags": { "equals": tag } })).await, 4);
}

#[tokio::test]
async fn the_context_says_what_comes_back_and_criteria_may_look_at_relatives() {
    let world = World::new();
    let with_open = json!({ "and": [{ "conversation_status": { "equals": "snoozed" } }] });
    let found = search(&world, with_open).await;
    assert_eq!(names(&found), ["Celia Marchetti", "Bartholomew Quinn"]);
    let messages = json!({
        "queryContext": "message",
        "and": [{ "message_body": { "contains": "refund" } }, { "customer_name": { "contains": "petty" } }],
    });
    let found = search(&world, messages).await;
    assert!(found.json["data"].as_array().unwrap().iter().all(|one| one["type"] == "message"));
    assert_eq!(found.json["meta"]["total"], 2);
    let orders = json!({
        "queryContext": "kobject_order",
        "and": [{ "kobject_custom_order_totalPriceNum": { "gt": 200 } }],
    });
    let found = search(&world, orders).await;
    assert_eq!(found.json["meta"]["total"], 2);
    assert_eq!(found.json["data"][0]["type"], "kobject.order");
}

#[tokio::test]
async fn results_are_sorted_and_come_in_pages() {
    let world = World::new();
    let body = json!({ "sort": [{ "customer_name": "desc" }] });
    let answer = world.post("/v1/customers/search?pageSize=2&page=1", body).await;
    assert_eq!(names(&answer), ["Yuki Tanabe", "Rosalind Petty"]);
    assert_eq!(answer.json["meta"]["total"], 12);
    assert_eq!(answer.json["links"]["next"], "/v1/customers/search?page=2&pageSize=2");
    assert_eq!(answer.json["links"]["last"], "/v1/customers/search?page=6&pageSize=2");
    let ids = world.post("/v1/customers/search?idsOnly=true&pageSize=500", json!({})).await;
    assert_eq!(ids.json["data"][0].as_object().unwrap().len(), 2);
}

#[tokio::test]
async fn a_search_ends_at_page_100() {
    let world = World::new();
    assert_eq!(world.post("/v1/customers/search?page=100", json!({})).await.status, 200);
    let beyond = world.post("/v1/customers/search?page=101", json!({})).await;
    assert_eq!(beyond.status, 400);
    assert_eq!(beyond.json["errors"][0]["source"]["parameter"], "page");
}

#[tokio::test]
async fn what_cannot_be_understood_is_400() {
    let world = World::new();
    for body in [
        json!({ "queryContext": "invoice" }),
        json!({ "where": [] }),
        json!({ "and": "customer_name" }),
        json!({ "and": [{ "customer_name": "Ada" }] }),
        json!({ "and": [{ "customer_name": { "resembles": "Ada" } }] }),
        json!({ "and": [{ "customer_name": { "in": "Ada" } }] }),
        json!({ "and": [{ "invoice_total": { "gt": 1 } }] }),
        json!({ "sort": [{ "customer_name": "down" }] }),
    ] {
        assert_eq!(world.post("/v1/customers/search", body.clone()).await.status, 400, "{body}");
    }
}
