//! `[only]`: an agent that is confined to some records reaches no others, and nothing of which it cannot
//! be told whose it is.

use serde_json::json;

use super::{NONE, OTHER, THIRD, Trial};
use crate::support::world::{ID, everything};

async fn confined(only: &str) -> Trial {
    Trial::of(&format!("{}[only]\n{only}", everything("full"))).await
}

#[tokio::test]
async fn to_some_customers() {
    let trial = confined(&format!("customers = [\"{ID}\", \"{OTHER}\"]")).await;
    for (line, body) in [
        (format!("GET /v1/customers/{ID}"), None),
        (format!("GET /v1/customers/id={ID}"), None),
        (format!("GET /v1/customers/{OTHER}/conversations"), None),
        (format!("POST /v1/customers/{ID}/messages"), Some(json!({"channel": "email"}))),
        (format!("DELETE /v1/customers/bulk?ids={ID},{OTHER}"), None),
        ("PUT /v1/customers/bulk".to_owned(), Some(json!([{"id": ID}, {"id": OTHER}]))),
        ("POST /v1/customers/merges".to_owned(), Some(json!({"source": ID, "target": OTHER}))),
        ("POST /v1/conversations".to_owned(), Some(json!({"customer": ID}))),
        (format!("GET /v2.1/chat/sessions?customerId={ID}"), None),
        ("GET /v1/shortcuts".to_owned(), None),
    ] {
        trial.check(&line, body, "permitted").await;
    }
    for (line, body) in [
        (format!("GET /v1/customers/{THIRD}"), None),
        (format!("DELETE /v1/customers/bulk?ids={ID},{THIRD}"), None),
        ("PUT /v1/customers/bulk".to_owned(), Some(json!([{"id": ID}, {"id": THIRD}]))),
        ("PUT /v1/customers/bulk".to_owned(), Some(json!([{"id": ID}, {"name": "x"}]))),
        ("POST /v1/customers/merges".to_owned(), Some(json!({"source": ID, "target": THIRD}))),
        ("POST /v1/conversations".to_owned(), Some(json!({"customer": THIRD}))),
        // Of two ids of one record, Kustomer may take either.
        ("POST /v1/conversations".to_owned(), Some(json!({"customer": {"id": ID, "_id": THIRD}}))),
        ("POST /v1/conversations".to_owned(), Some(json!({"customer": {"_id": THIRD}}))),
        ("POST /v1/conversations".to_owned(), Some(json!({"customer": [{"id": ID}, {}]}))),
        (format!("PUT /v1/conversations/{ID}"), Some(json!({"customer": THIRD}))),
        (format!("GET /v2.1/chat/sessions?customerId={THIRD}"), None),
        // A key of the query that the operation need not heed tells nothing.
        (format!("GET /v1/customers?ids={ID}"), None),
        (format!("GET /v1/customers?customerId={ID}"), None),
        (format!("GET /v1/customers/email=ada@example.com?customerId={ID}"), None),
        (format!("GET /v1/conversations?customerId={ID}"), None),
        (format!("GET /v1/notes/{THIRD}?customerId={ID}"), None),
        (format!("POST /v1/conversations?customerId={ID}"), Some(json!({"name": "x"}))),
        (format!("GET /v1/customers/{ID}?customerId={THIRD}"), None),
        // With both, the sessions of either.
        (format!("GET /v2.1/chat/sessions?customerId={ID}&trackingId={THIRD}"), None),
        (format!("GET /v2.1/chat/sessions?customerId={ID}&trackingId=5f1a"), None),
        // Whose these are cannot be told.
        ("GET /v1/customers".to_owned(), None),
        ("GET /v1/customers/email=ada@example.com".to_owned(), None),
        ("POST /v1/customers/search".to_owned(), Some(json!({"queryContext": "customer"}))),
        (format!("GET /v1/conversations/{ID}"), None),
        (format!("PUT /v1/conversations/{THIRD}"), Some(json!({"customer": ID}))),
        (format!("POST /v1/conversations/{THIRD}/messages"), Some(json!({"customer": ID}))),
        ("POST /v1/messages".to_owned(), Some(json!({"customer": ID, "conversation": THIRD}))),
        ("POST /v1/conversations".to_owned(), Some(json!({"name": "x"}))),
        ("GET /v1/messages".to_owned(), None),
        (format!("GET /v1/klasses/order/{ID}"), None),
        ("GET /v1/audit-logs".to_owned(), None),
        (format!("GET /v1/bulk/{ID}"), None),
    ] {
        trial.check(&line, body, "outside_only").await;
    }
}

#[tokio::test]
async fn the_sentence_names_the_line_and_says_why() {
    let trial = confined(&format!("customers = [\"{ID}\"]")).await;
    let line_of = |sentence: &str| sentence.contains("(policies/bot.toml:");
    let named = trial.sentence(&format!("GET /v1/customers/{OTHER}"), None).await;
    assert!(
        named.contains(&format!("names the customer {OTHER}, and its policy confines it to other"))
    );
    let untold = trial.sentence(&format!("GET /v1/conversations/{ID}"), None).await;
    assert!(
        untold.contains("because the request does not tell which customer it is about"),
        "{untold}"
    );
    assert!(line_of(&named) && line_of(&untold), "{named} {untold}");
}

#[tokio::test]
async fn to_some_conversations_and_customers_together() {
    let trial = confined(&format!("customers = [\"{ID}\"]\nconversations = [\"{OTHER}\"]")).await;
    trial
        .check("POST /v1/messages", json!({"customer": ID, "conversation": OTHER}), "permitted")
        .await;
    let other = json!({"customer": ID, "conversation": THIRD});
    trial.check("POST /v1/messages", other, "outside_only").await;
    trial.check(&format!("GET /v1/conversations/{OTHER}"), NONE, "outside_only").await;
    let conversations = confined(&format!("conversations = [\"{OTHER}\"]")).await;
    conversations.check(&format!("GET /v1/conversations/{OTHER}"), NONE, "permitted").await;
    conversations
        .check(&format!("GET /v1/conversations/{OTHER}/messages"), NONE, "permitted")
        .await;
    conversations.check(&format!("GET /v1/conversations/{OTHER},{ID}"), NONE, "outside_only").await;
    conversations.check(&format!("GET /v1/messages/{OTHER}"), NONE, "outside_only").await;
    let moved = json!({"conversation": OTHER});
    conversations.check(&format!("PUT /v1/messages/{ID}"), moved, "outside_only").await;
    conversations.check(&format!("GET /v1/customers/{ID}"), NONE, "permitted").await;
}

#[tokio::test]
async fn to_some_klasses_teams_and_queues() {
    let klasses = confined("klasses = [\"Orders\"]").await;
    klasses.check(&format!("GET /v1/klasses/orders/{ID}"), NONE, "permitted").await;
    klasses.check(&format!("GET /v1/klasses/ORDERS/{ID}"), NONE, "permitted").await;
    klasses.check(&format!("GET /v1/klasses/secrets/{ID}"), NONE, "outside_only").await;
    let search = |context: &str| json!({"queryContext": context});
    klasses.check("POST /v1/customers/search", search("kobject_orders"), "permitted").await;
    klasses.check("POST /v1/customers/search", search("kobject_secrets"), "outside_only").await;
    klasses.check("POST /v1/customers/search", search("kobject"), "outside_only").await;
    klasses.check("GET /v1/klasses", NONE, "outside_only").await;
    let teams = confined(&format!("teams = [\"{ID}\"]\nqueues = [\"{OTHER}\"]")).await;
    teams.check(&format!("GET /v1/teams/{ID}"), NONE, "permitted").await;
    teams.check(&format!("GET /v1/teams/{OTHER}"), NONE, "outside_only").await;
    teams.check("GET /v1/teams", NONE, "outside_only").await;
    let assigned = |team: &str, queue: &str| json!({"customer": ID, "assignedTeams": [team], "queue": {"id": queue}});
    teams.check("POST /v1/conversations", assigned(ID, OTHER), "permitted").await;
    teams.check("POST /v1/conversations", assigned(OTHER, OTHER), "outside_only").await;
    teams.check("POST /v1/conversations", assigned(ID, THIRD), "outside_only").await;
    let unclear = json!({"customer": ID, "assignedTeams": [ID], "queue": 7});
    teams.check("POST /v1/conversations", unclear, "outside_only").await;
}

#[tokio::test]
async fn what_is_no_id_does_not_come_into_the_record_by_the_sentence() {
    let trial = confined(&format!("customers = [\"{ID}\"]")).await;
    for (line, body) in [
        ("POST /v1/conversations", Some(json!({"customer": "ada@example.com"}))),
        ("GET /v2.1/chat/sessions?customerId=ada@example.com", None),
    ] {
        let answer = trial.ask(line, body.as_ref()).await;
        assert_eq!(answer.code(), "outside_only");
        let record = trial.world.record_of(&answer).await;
        assert!(!record.sentence().contains("ada"), "{}", record.sentence());
    }
}
