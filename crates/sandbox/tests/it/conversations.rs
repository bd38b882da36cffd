//! Conversations, their tags, and objects of a klass.

use serde_json::json;

use crate::world::World;

#[tokio::test]
async fn a_conversation_is_created_for_a_customer_in_two_ways() {
    let world = World::new();
    let customer = &world.sandbox.seeded().customers[9].id;
    let by_path = format!("/v1/customers/{customer}/conversations");
    let first = world.post(&by_path, json!({ "name": "One" })).await;
    let second =
        world.post("/v1/conversations", json!({ "name": "Two", "customer": customer })).await;
    assert_eq!((first.status.as_u16(), second.status.as_u16()), (201, 201));
    assert_eq!(first.attribute("status"), "open");
    let listed = world.get(&by_path).await;
    assert!(listed.ids().ends_with(&[first.id().as_str(), second.id().as_str()]));
    let owner = world.get(&format!("/v1/customers/{customer}")).await;
    assert_eq!(owner.attribute("conversationCounts")["all"], 4);
    assert_eq!(world.post("/v1/conversations", json!({ "name": "Three" })).await.status, 400);
    let stranger = json!({ "customer": "000000000000000000000000" });
    assert_eq!(world.post("/v1/conversations", stranger).await.status, 400);
}

#[tokio::test]
async fn the_body_may_not_contradict_the_path() {
    let world = World::new();
    let customers = &world.sandbox.seeded().customers;
    let path = format!("/v1/customers/{}/conversations", customers[0].id);
    assert_eq!(world.post(&path, json!({ "customer": customers[1].id })).await.status, 400);
    assert_eq!(world.post(&path, json!({ "customer": customers[0].id })).await.status, 201);
}

#[tokio::test]
async fn several_conversations_can_be_read_at_once() {
    let world = World::new();
    let ids = &world.sandbox.seeded().conversations[..2];
    let several = world.get(&format!("/v1/conversations/{}", ids.join(","))).await;
    assert_eq!(several.ids(), ids);
}

#[tokio::test]
async fn an_update_can_put_a_conversation_away() {
    let world = World::new();
    let path = format!("/v1/conversations/{}", world.sandbox.seeded().conversations[0]);
    assert_eq!(world.put(&path, json!({ "deleted": true })).await.status, 200);
    assert_eq!(world.get(&path).await.status, 404);
    assert_eq!(world.get("/v1/conversations").await.json["meta"]["total"], 19);
    let body = json!({ "queryContext": "conversation", "includeDeleted": true });
    assert_eq!(world.post("/v1/customers/search", body).await.json["meta"]["total"], 20);
}

#[tokio::test]
async fn deleting_a_conversation_deletes_its_messages_and_notes() {
    let world = World::new();
    let seeded = world.sandbox.seeded();
    let path = format!("/v1/conversations/{}", seeded.conversations[0]);
    assert_eq!(world.delete(&path).await.status, 204);
    assert_eq!(world.get(&format!("/v1/messages/{}", seeded.messages[0])).await.status, 404);
    let owner = world.get(&format!("/v1/customers/{}", seeded.customers[0].id)).await;
    assert_eq!(owner.attribute("conversationCounts")["all"], 1);
}

#[tokio::test]
async fn tags_are_added_and_removed_by_id_or_name_and_unknown_ones_are_created() {
    let world = World::new();
    let seeded = world.sandbox.seeded();
    let path = format!("/v1/conversations/{}/tags", seeded.conversations[5]);
    let added = world.post(&path, json!(["vip", seeded.tags[2], "brand-new"])).await;
    let tags = added.attribute("tags").as_array().unwrap();
    assert!(tags.contains(&json!(seeded.tags[3])) && tags.contains(&json!(seeded.tags[2])));
    assert_eq!(world.get("/v1/tags").await.json["meta"]["total"], 6);
    let removed = world.ask("DELETE", &path, "[\"vip\"]").await;
    assert_eq!(removed.attribute("tags").as_array().unwrap().len(), tags.len() - 1);
    assert!(!removed.attribute("tags").as_array().unwrap().contains(&json!(seeded.tags[3])));
}

#[tokio::test]
async fn objects_live_under_their_klass() {
    let world = World::new();
    let customer = &world.sandbox.seeded().customers[0].id;
    let body = json!({ "title": "Order #1", "externalId": "order/1", "customer": customer });
    let created = world.post("/v1/klasses/order", body).await;
    assert_eq!(created.status, 201);
    assert_eq!(created.json["data"]["type"], "kobject.order");
    let id = created.id();
    assert_eq!(created.json["data"]["links"]["self"], format!("/v1/klasses/order/{id}"));
    assert_eq!(world.get("/v1/klasses/order/externalId=order%2F1").await.id(), id);
    let of_customer = world.get(&format!("/v1/customers/{customer}/klasses/order")).await;
    assert_eq!(of_customer.json["meta"]["total"], 3);
    assert_eq!(world.get(&format!("/v1/klasses/return/{id}")).await.status, 404);
    assert_eq!(world.get("/v1/klasses/parcel").await.status, 404);
    let path = format!("/v1/klasses/order/{id}");
    assert_eq!(
        world.put(&path, json!({ "title": "Order #2" })).await.attribute("title"),
        "Order #2"
    );
    assert_eq!(world.delete(&path).await.status, 204);
    let klasses = world.get("/v1/klasses").await;
    let klass = world.get(&format!("/v1/klasses/{}", klasses.ids()[0])).await;
    assert_eq!(klass.attribute("name"), "order");
}

#[tokio::test]
async fn people_and_saved_answers_can_be_listed_and_added_to() {
    let world = World::new();
    let seeded = world.sandbox.seeded();
    assert_eq!(world.get("/v1/users").await.ids(), seeded.users);
    let pair = &seeded.users[..2];
    assert_eq!(world.get(&format!("/v1/users/{}", pair.join(","))).await.ids(), pair);
    assert_eq!(world.get("/v1/teams").await.ids(), seeded.teams);
    let team = world.get(&format!("/v1/teams/{}", seeded.teams[1])).await;
    assert_eq!(team.attribute("members").as_array().unwrap().len(), 2);
    let teams = world.get(&format!("/v1/users/{}/teams", seeded.users[0])).await;
    assert_eq!(teams.ids(), &seeded.teams[..2]);
    assert_eq!(world.post("/v3/kb/tags", json!({ "name": "sizes" })).await.status, 201);
    assert_eq!(world.get("/v3/kb/tags").await.json["meta"]["total"], 4);
    let shortcut = json!({ "name": "Goodbye", "text": "Until next time." });
    let shortcut = world.post("/v1/shortcuts", shortcut).await.id();
    assert!(world.get("/v1/shortcuts").await.ids().contains(&shortcut.as_str()));
    assert_eq!(world.delete(&format!("/v1/shortcuts/{shortcut}")).await.status, 204);
    assert_eq!(world.post("/v1/hooks/web", json!({ "name": "Orders" })).await.status, 201);
    assert_eq!(world.get("/v1/hooks/web").await.json["meta"]["total"], 1);
}
