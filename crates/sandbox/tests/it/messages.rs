//! Messages, notes and drafts: the timeline.

use serde_json::json;

use crate::world::World;

#[tokio::test]
async fn a_message_is_recorded_in_three_ways() {
    let world = World::new();
    let seeded = world.sandbox.seeded();
    let (customer, conversation) = (&seeded.customers[0].id, &seeded.conversations[0]);
    let body =
        json!({ "channel": "email", "app": "postmark", "direction": "out", "preview": "Hi" });
    let mut with_conversation = body.clone();
    with_conversation["conversation"] = json!(conversation);
    let first = world.post("/v1/messages", with_conversation).await;
    let second =
        world.post(&format!("/v1/conversations/{conversation}/messages"), body.clone()).await;
    let third = world.post(&format!("/v1/customers/{customer}/messages"), body).await;
    for message in [&first, &second, &third] {
        assert_eq!(message.status, 201);
        assert_eq!(message.attribute("status"), "sent");
        let owner = &message.json["data"]["relationships"]["customer"]["data"]["id"];
        assert_eq!(owner, customer.as_str());
    }
    let opened = &third.json["data"]["relationships"]["conversation"]["data"]["id"];
    assert!(opened.is_string() && opened != conversation.as_str());
    let read = world.get(&format!("/v1/conversations/{conversation}")).await;
    assert_eq!(read.attribute("messageCount"), 5);
    assert_eq!(read.attribute("outboundMessageCount"), 3);
    let listed = world.get(&format!("/v1/conversations/{conversation}/messages")).await;
    assert!(listed.ids().ends_with(&[first.id().as_str(), second.id().as_str()]));
    let path = format!("/v1/messages/{}", first.id());
    assert_eq!(world.put(&path, json!({ "preview": "Hello" })).await.attribute("preview"), "Hello");
}

#[tokio::test]
async fn a_refused_message_leaves_nothing_behind() {
    let world = World::new();
    let seeded = world.sandbox.seeded();
    let path = format!("/v1/customers/{}/messages", seeded.customers[0].id);
    for body in [
        json!({ "channel": "email", "preview": "no app" }),
        json!({ "channel": "pigeon", "app": "postmark" }),
        json!({ "channel": "email", "app": "postmark", "conversation": seeded.conversations[9] }),
    ] {
        assert_eq!(world.post(&path, body.clone()).await.status, 400, "{body}");
    }
    let neither = json!({ "channel": "email", "app": "postmark" });
    assert_eq!(world.post("/v1/messages", neither).await.status, 400);
    assert_eq!(world.get("/v1/conversations").await.json["meta"]["total"], 20);
}

#[tokio::test]
async fn notes_are_written_changed_and_deleted() {
    let world = World::new();
    let conversation = &world.sandbox.seeded().conversations[1];
    let path = format!("/v1/conversations/{conversation}/notes");
    let note = world.post(&path, json!({ "body": "Call back on Monday" })).await;
    assert_eq!(note.status, 201);
    assert_eq!(world.get(&path).await.ids(), [note.id()]);
    let own = format!("/v1/notes/{}", note.id());
    assert_eq!(world.put(&own, json!({ "body": "Done" })).await.attribute("body"), "Done");
    assert_eq!(world.delete(&own).await.status, 204);
    let read = world.get(&format!("/v1/conversations/{conversation}")).await;
    assert_eq!(read.attribute("noteCount"), 0);
    let general =
        world.post("/v1/notes", json!({ "body": "x", "conversation": conversation })).await;
    assert_eq!(general.status, 201);
    assert_eq!(world.post(&path, json!({})).await.status, 400);
}

#[tokio::test]
async fn a_draft_without_a_time_goes_out_at_once_and_one_with_a_time_waits() {
    let world = World::new();
    let seeded = world.sandbox.seeded();
    let (customer, conversation) = (&seeded.customers[0], &seeded.conversations[0]);
    let path = format!("/v1/customers/{}/drafts", customer.id);
    let messages = format!("/v1/conversations/{conversation}/messages");
    let mut body = json!({
        "channel": "email",
        "conversation": conversation,
        "to": { "email": customer.email },
        "subject": "Your order",
        "body": "It arrives on Friday.",
    });
    let sent = world.post(&path, body.clone()).await;
    assert_eq!((sent.status.as_u16(), sent.attribute("status")), (200, &json!("sent")));
    let listed = world.get(&messages).await;
    let last = listed.json["data"].as_array().unwrap().last().unwrap()["attributes"].clone();
    assert_eq!(
        (&last["direction"], &last["preview"]),
        (&json!("out"), &json!("It arrives on Friday."))
    );
    body["sendAt"] = json!("2026-03-03T09:00:00Z");
    let waiting = world.post(&path, body).await;
    assert_eq!(waiting.attribute("status"), "scheduled");
    assert_eq!(world.get(&messages).await.json["meta"]["total"], 4);
    let own = format!("/v1/drafts/{}", waiting.id());
    assert_eq!(world.put(&own, json!({ "sendAt": null })).await.attribute("status"), "sent");
    assert_eq!(world.get(&messages).await.json["meta"]["total"], 5);
    assert_eq!(world.put(&own, json!({ "body": "too late" })).await.status, 400);
    assert_eq!(world.delete(&own).await.status, 204);
    assert_eq!(world.get(&path).await.ids(), [sent.id()]);
}
