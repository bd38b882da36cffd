//! A body has one meaning, or the request is refused; and what was read is what is sent.

use serde_json::json;

use super::{OK, OTHER, Trial};
use crate::support::raw::{RawClient, exchange};
use crate::support::upstream::Upstream;
use crate::support::world::{ID, SECOND, Scene};

const WRITES: &str = "[access]\nconversations = \"write\"\ncustomers = \"read\"";

/// Sends a PUT of a conversation with these headers and this body; the code of the refusal.
async fn put(trial: &Trial, headers: &[(&str, &str)], body: &[u8]) -> (u16, String) {
    let line = format!("PUT /v1/conversations/{ID}");
    let token = Some(trial.world.token("bot"));
    let answer = trial.world.client.send(&line, token, headers, body.to_vec()).await;
    (answer.status, answer.code())
}

#[tokio::test]
async fn a_body_that_two_readers_could_read_differently_is_refused() {
    let trial = Trial::of(WRITES).await;
    let json = [("content-type", "application/json")];
    for (body, code) in [
        (&br#"{"status":"done","deleted":false,"deleted":true}"#[..], "body_duplicate_key"),
        (br#"{"deleted":false,"\u0064eleted":true}"#, "body_duplicate_key"),
        (br#"{"custom":{"a":1,"a":2}}"#, "body_duplicate_key"),
        (br#"{"__proto__":{"deleted":true}}"#, "body_forbidden_key"),
        (br#"{"custom":{"constructor":{"prototype":{"deleted":true}}}}"#, "body_forbidden_key"),
        (b"\xef\xbb\xbf{}", "body_byte_order_mark"),
        (b"\xff\xfe{\x00}\x00", "body_not_utf8"),
        (b"{}{\"deleted\":true}", "body_trailing_bytes"),
        (b"deleted=true", "body_not_json"),
        (b"{\"status\":\"done\"", "body_not_json"),
        (b"{status:1}", "body_not_json"),
        (b"[]", "body_no_object"),
        (b"\"x\"", "body_no_object"),
        (br#"{"data":{"attributes":{"deleted":true}}}"#, "body_wrapped"),
        (br#"{"attributes":{"deleted":true}}"#, "body_wrapped"),
        (br#"{"data":[{"attributes":{"deleted":true}}]}"#, "body_wrapped"),
        (br#"{"deleted.x":true}"#, "body_forbidden_key"),
        (br#"{"sharedTeams[0]":"x"}"#, "body_forbidden_key"),
    ] {
        let expected = (400, code.to_owned());
        assert_eq!(put(&trial, &json, body).await, expected, "{}", String::from_utf8_lossy(body));
    }
    let deep = format!("{{\"a\":{}{}}}", "[".repeat(64), "]".repeat(64));
    assert_eq!(put(&trial, &json, deep.as_bytes()).await, (400, "body_too_deep".to_owned()));
    assert!(trial.upstream.request_lines().is_empty());
}

#[tokio::test]
async fn a_body_of_another_type_or_encoding_is_refused() {
    let trial = Trial::of(WRITES).await;
    let body = br#"{"status":"done"}"#;
    for headers in [
        &[][..],
        &[("content-type", "text/plain")],
        &[("content-type", "application/x-www-form-urlencoded")],
        &[("content-type", "application/json; charset=utf-16")],
        &[("content-type", "application/json-patch+json")],
    ] {
        assert_eq!(put(&trial, headers, body).await, (415, "body_type".to_owned()), "{headers:?}");
    }
    let twice = [("content-type", "application/json"), ("content-type", "text/plain")];
    assert_eq!(put(&trial, &twice, body).await, (400, "header_repeated".to_owned()));
    let encoded = [("content-type", "application/json"), ("content-encoding", "gzip")];
    assert_eq!(put(&trial, &encoded, body).await, (415, "content_encoding".to_owned()));
    assert!(trial.upstream.request_lines().is_empty());
    let fine = [("content-type", "application/json; charset=UTF-8")];
    assert_eq!(put(&trial, &fine, body).await.0, 200);
}

#[tokio::test]
async fn a_body_over_the_limit_is_refused_and_not_read_to_its_end() {
    let upstream = Upstream::answering(OK).await;
    let scene = Scene::bot(WRITES).before(upstream.at);
    let limit = std::num::NonZeroU32::new(64).expect("a limit");
    let world = scene.with(move |config| config.forward.read_body_bytes = limit).start().await;
    let head = |rest: &str| {
        format!(
            "PUT /v1/conversations/{ID} HTTP/1.1\r\nhost: g\r\nauthorization: Bearer {}\r\n\
             content-type: application/json\r\nconnection: close\r\n{rest}\r\n\r\n",
            world.token("bot"),
        )
    };
    let declared = exchange(world.running.agents, head("content-length: 65").as_bytes()).await;
    assert_eq!((declared.status, declared.code()), (413, "body_too_large".to_owned()));
    let chunked = head("transfer-encoding: chunked") + &format!("41\r\n{}\r\n", " ".repeat(65));
    let chunked = exchange(world.running.agents, chunked.as_bytes()).await;
    assert_eq!((chunked.status, chunked.code()), (413, "body_too_large".to_owned()));
    assert!(upstream.request_lines().is_empty());
}

#[tokio::test]
async fn the_bytes_sent_on_are_the_bytes_that_were_read() {
    let trial = Trial::of(WRITES).await;
    let body = b" {\"status\" : \"d\\u006fne\",\r\n\t\"priority\":1.0e0 } ";
    let json = [("content-type", "application/json")];
    assert_eq!(put(&trial, &json, body).await.0, 200);
    let received = trial.upstream.all_received();
    assert!(received.ends_with(std::str::from_utf8(body).expect("text")), "{received}");
    assert!(received.contains(&format!("content-length: {}\r\n", body.len())), "{received}");
}

#[tokio::test]
async fn a_chunked_body_is_sent_on_whole_and_its_trailers_are_not() {
    let trial = Trial::of(WRITES).await;
    let request = format!(
        "PUT /v1/conversations/{ID} HTTP/1.1\r\nhost: g\r\nauthorization: Bearer {}\r\n\
         content-type: application/json\r\ntransfer-encoding: chunked\r\nconnection: close\r\n\r\n\
         8\r\n{{\"name\":\r\n4\r\n\"x\"}}\r\n0\r\nx-trailer: deleted\r\n\r\n",
        trial.world.token("bot"),
    );
    let answer = exchange(trial.world.running.agents, request.as_bytes()).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let received = trial.upstream.all_received();
    assert!(received.contains(r#"{"name":"x"}"#), "{received}");
    assert!(!received.contains("trailer"), "{received}");
}

#[tokio::test]
async fn a_denied_request_is_answered_before_its_body_came() {
    let trial = Trial::of("[access]\nconversations = \"read\"").await;
    let mut client = RawClient::connect(trial.world.running.agents).await;
    let head = format!(
        "PUT /v1/conversations/{ID} HTTP/1.1\r\nhost: g\r\nauthorization: Bearer {}\r\n\
         content-type: application/json\r\nexpect: 100-continue\r\ncontent-length: 1000\r\n\r\n",
        trial.world.token("bot"),
    );
    client.send(head.as_bytes()).await;
    let answer = client.answer().await;
    assert_eq!((answer.status, answer.code()), (403, "level_too_low".to_owned()));
}

#[tokio::test]
async fn a_body_that_is_awaited_is_asked_for_and_one_that_stalls_is_given_up() {
    let upstream = Upstream::answering(OK).await;
    let scene = Scene::bot(WRITES).before(upstream.at);
    let world = scene.with(|config| config.forward.idle_seconds = SECOND).start().await;
    let mut client = RawClient::connect(world.running.agents).await;
    let head = format!(
        "PUT /v1/conversations/{ID} HTTP/1.1\r\nhost: g\r\nauthorization: Bearer {}\r\n\
         content-type: application/json\r\nexpect: 100-continue\r\ncontent-length: 17\r\n\r\n",
        world.token("bot"),
    );
    client.send(head.as_bytes()).await;
    assert_eq!(client.head().await.status, 100);
    client.send(b"{\"status\"").await;
    let answer = client.answer().await;
    assert_eq!((answer.status, answer.code()), (408, "request_broke_off".to_owned()));
    assert!(upstream.request_lines().is_empty());
    let record = world.only_record().await;
    assert_eq!(record.opening.reason, "request_broke_off");
}

#[tokio::test]
async fn a_denial_names_every_demand_that_is_not_met_in_sentence_and_record() {
    let trial = Trial::of(WRITES).await;
    let body = json!({"deleted": true, "customer": OTHER});
    let answer = trial.ask(&format!("PUT /v1/conversations/{ID}"), Some(&body)).await;
    let record = trial.world.record_of(&answer).await;
    let expected = format!(
        "Agent bot was refused: updating conversation {ID} needs full on conversations, because the body \
         marks it as deleted; its policy grants write (policies/bot.toml:6); and it needs full on \
         conversations, because the body moves it to another customer or conversation; its policy grants \
         write (policies/bot.toml:6)."
    );
    assert_eq!(trial.world.tidy(record.sentence()), expected);
    let reasons: Vec<&str> =
        record.opening.demands.iter().map(|demand| demand.because.as_str()).collect();
    assert_eq!(
        reasons,
        ["the body marks it as deleted", "the body moves it to another customer or conversation"]
    );
    assert_eq!(record.opening.targets, [ID, OTHER]);
    assert_eq!(answer.json()["needed"][1]["because"], reasons[1]);
}

#[tokio::test]
async fn a_record_of_a_list_is_not_wrapped_either() {
    // Wrapped, the deletion would be seen by nobody but Kustomer.
    let tables =
        "[operations]\n\"conversations.delete\" = \"off\"\n[access]\nconversations = \"full\"";
    let trial = Trial::of(tables).await;
    for body in [
        json!([{"id": ID, "attributes": {"deleted": true}}]),
        json!([{"id": ID, "relationships": {}}]),
        json!([{"id": ID}, {"data": {"id": OTHER, "attributes": {"deleted": true}}}]),
        json!([{"id": ID, "data": [{"attributes": {"deleted": true}}]}]),
    ] {
        trial.check("PUT /v1/conversations/bulk", body, "body_wrapped").await;
    }
    trial.check("PUT /v1/conversations/bulk", json!([{"id": ID, "name": "x"}]), "permitted").await;
}

#[tokio::test]
async fn a_patch_leads_into_no_wrapping() {
    let trial = Trial::of(WRITES).await;
    let line = format!("PATCH /v1/conversations/{ID}");
    for (path, value) in [
        ("/attributes/deleted", json!(true)),
        ("/data/attributes/deleted", json!(true)),
        ("/attributes", json!({"deleted": true})),
        ("/data", json!({"attributes": {"deleted": true}})),
        ("", json!({"data": {"attributes": {"deleted": true}}})),
    ] {
        let patch = json!([{"op": "replace", "path": path, "value": value}]);
        trial.check(&line, patch, "body_wrapped").await;
    }
}
