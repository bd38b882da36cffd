//! Promise: what a condition of a policy is not true of, or has no answer for, never reaches Kustomer; and
//! what it was true of is what Kustomer gets.

use gateway::config::Zone;
use serde_json::json;

use crate::support::answer::Answer;
use crate::support::upstream::Upstream;
use crate::support::world::{ID, Scene, World};

/// An answer that fits any request.
const OK: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}";

const JSON: (&str, &str) = ("content-type", "application/json");

/// A gateway with one agent whose clock stands at 09:00 in UTC, and what its upstream saw.
struct Trial {
    world: World,
    upstream: Upstream,
}

impl Trial {
    async fn of(tables: &str) -> Self {
        let upstream = Upstream::answering(OK).await;
        let scene = Scene::bot(tables).before(upstream.at).with(|config| {
            config.policies.time_zone = "Europe/Berlin".parse::<Zone>().expect("a zone");
            config.forward.read_body_bytes = 1000.try_into().expect("not zero");
        });
        Self { world: scene.start().await, upstream }
    }

    async fn send(&self, line: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        let token = Some(self.world.token("bot"));
        self.world.client.send(line, token, headers, body.as_bytes().to_vec()).await
    }

    /// The code of the refusal, or `permitted`. What is refused never reaches Kustomer.
    async fn code(&self, line: &str, body: &str) -> String {
        let before = self.upstream.request_lines().len();
        let headers: &[_] = if body.is_empty() { &[] } else { &[JSON] };
        let answer = self.send(line, headers, body).await;
        let reached = self.upstream.request_lines().len() - before;
        if answer.header("kustodian-decision") == "permitted" {
            assert_eq!((answer.status, reached), (200, 1), "{line} {body}");
            return "permitted".to_owned();
        }
        assert_eq!(reached, 0, "{line} {body} was sent on");
        answer.code()
    }
}

fn update() -> String {
    format!("PUT /v1/conversations/{ID}")
}

#[tokio::test]
async fn a_condition_on_the_body_lets_one_through_and_refuses_the_other() {
    let trial = Trial::of(
        "[operations]\n\"conversations.update\" = { level = \"write\", when = \
         'request.body.status == \"done\" && size(request.body) == 1' }",
    )
    .await;
    let line = update();
    assert_eq!(trial.code(&line, r#"{"status":"done"}"#).await, "permitted");
    assert!(trial.upstream.all_received().contains(r#"{"status":"done"}"#));
    // An escape is another spelling, and is sent as it came.
    let escaped = "{\"st\\u0061tus\" : \"d\\u006fne\"}";
    assert_eq!(trial.code(&line, escaped).await, "permitted");
    assert!(trial.upstream.all_received().contains(escaped));
    for (body, code) in [
        (r#"{"status":"open"}"#, "condition_not_met"),
        (r#"{"status":"done","priority":5}"#, "condition_not_met"),
        (r#"{"status":"Done"}"#, "condition_not_met"),
        (r#"{"status":"done "}"#, "condition_not_met"),
        (r#"{"status":null}"#, "condition_without_answer"),
        (r#"{"status":["done"]}"#, "condition_without_answer"),
        (r#"{"status":1}"#, "condition_without_answer"),
        (r#"{"Status":"done"}"#, "condition_without_answer"),
        ("{}", "condition_without_answer"),
        ("", "condition_without_answer"),
        (r#"{"status":"done","status":"open"}"#, "body_duplicate_key"),
        (r#"{"status":"done","$set":{"status":"open"}}"#, "body_forbidden_key"),
        (r#"{"data":{"attributes":{"status":"done"}}}"#, "body_wrapped"),
        (r#"[{"status":"done"}]"#, "body_no_object"),
    ] {
        assert_eq!(trial.code(&line, body).await, code, "{body}");
    }
}

#[tokio::test]
async fn what_has_no_answer_denies_beside_what_is_true() {
    let trial = Trial::of(
        "[operations]\n\"conversations.update\" = { level = \"write\", when = \
         'true || request.body.status == \"done\"' }",
    )
    .await;
    let answer = trial.send(&update(), &[JSON], r#"{"priority":5}"#).await;
    assert_eq!((answer.status, answer.code().as_str()), (403, "condition_without_answer"));
    let record = trial.world.record_of(&answer).await;
    let sentence = trial.world.tidy(record.sentence());
    assert!(sentence.contains("request.body.status is missing"), "{sentence}");
    assert_eq!(trial.code(&update(), r#"{"status":"open"}"#).await, "permitted");
}

#[tokio::test]
async fn hours_are_those_of_the_organisations_zone() {
    // The clock stands at 09:00 in UTC, which is 10:00 in Berlin.
    let at = |clock: &str| {
        format!("[access]\nteams = {{ level = \"read\", when = 'time.clock == \"{clock}\"' }}")
    };
    let berlin = Trial::of(&at("10:00")).await;
    assert_eq!(berlin.code("GET /v1/teams", "").await, "permitted");
    let utc = Trial::of(&at("09:00")).await;
    assert_eq!(utc.code("GET /v1/teams", "").await, "condition_not_met");
}

#[tokio::test]
async fn an_address_is_the_connections_and_no_header_changes_it() {
    let of = |network: &str| {
        format!(
            "[access]\nteams = {{ level = \"read\", when = 'in_network(request.address, \"{network}\")' }}"
        )
    };
    let trial = Trial::of(&of("127.0.0.0/8")).await;
    assert_eq!(trial.code("GET /v1/teams", "").await, "permitted");
    let trial = Trial::of(&of("10.0.0.0/8")).await;
    let forged = [("x-forwarded-for", "10.0.0.1"), ("forwarded", "for=10.0.0.1")];
    let answer = trial.send("GET /v1/teams", &forged, "").await;
    assert_eq!(answer.code(), "condition_not_met");
}

#[tokio::test]
async fn a_body_that_is_otherwise_streamed_is_read_and_has_to_be_clear() {
    let streamed = catalogue::Catalogue::builtin()
        .operations()
        .find(|it| it.body_use() == catalogue::BodyUse::Streamed && it.only_by_name().is_none())
        .expect("an operation whose body is streamed");
    let line = format!("{} {}", streamed.method(), streamed.example_target());
    let id = streamed.id();
    let trial = Trial::of(&format!(
        "[operations]\n\"{id}\" = {{ level = \"full\", when = 'request.body.channel == \"email\"' }}"
    ))
    .await;
    assert_eq!(trial.code(&line, r#"{"channel":"email"}"#).await, "permitted");
    assert!(trial.upstream.all_received().contains(r#"{"channel":"email"}"#));
    for (body, code) in [
        (r#"{"channel":"sms"}"#, "condition_not_met"),
        ("", "condition_without_answer"),
        (r#"[{"channel":"email"}]"#, "condition_without_answer"),
        (r#"{"channel":"email","channel":"sms"}"#, "body_duplicate_key"),
        (r#"{"channel":"email","attributes":{"channel":"sms"}}"#, "body_wrapped"),
        (r#"{"channel":"email","$set":{"channel":"sms"}}"#, "body_forbidden_key"),
        (r#"{"channel":"email","_method":"DELETE"}"#, "method_override"),
    ] {
        assert_eq!(trial.code(&line, body).await, code, "{body}");
    }
    let long = format!(r#"{{"channel":"email","text":"{}"}}"#, "x".repeat(1000));
    assert_eq!(trial.code(&line, &long).await, "body_too_large");
    for kind in
        ["text/plain", "application/json; charset=utf-16", "application/x-www-form-urlencoded"]
    {
        let answer = trial.send(&line, &[("content-type", kind)], r#"{"channel":"email"}"#).await;
        assert_eq!(answer.code(), "body_type", "{kind}");
    }
}

#[tokio::test]
async fn a_key_of_the_query_in_two_spellings_has_no_answer() {
    let trial = Trial::of(
        "[access]\ncustomers = { level = \"read\", when = 'request.query.page == \"1\"' }",
    )
    .await;
    assert_eq!(trial.code("GET /v1/customers?page=1", "").await, "permitted");
    assert_eq!(trial.code("GET /v1/customers?page=2", "").await, "condition_not_met");
    for query in ["", "?page=1&page=2", "?page=1&p%61ge=2", "?page=1&page[]=2", "?page=1&PAGE=2"] {
        let code = trial.code(&format!("GET /v1/customers{query}"), "").await;
        assert_ne!(code, "permitted", "{query}");
    }
}

#[tokio::test]
async fn no_record_says_what_a_field_held() {
    let trial = Trial::of(
        "[operations]\n\"conversations.update\" = { level = \"write\", when = \
         'request.body.priority == 3 && request.query.note == \"x\"' }",
    )
    .await;
    for body in [json!({"priority": "ada@example.com"}), json!({"priority": 4})] {
        let line = format!("{}?note=bob%40example.com", update());
        let answer = trial.world.ask_with("bot", &line, &body).await;
        assert_eq!(answer.status, 403);
        let record = trial.world.record_of(&answer).await;
        let shown = format!("{record:?} {}", answer.text());
        assert!(!shown.contains("ada@") && !shown.contains("bob"), "{shown}");
    }
}
