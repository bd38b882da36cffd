//! Promise 2: the path that was matched is the path that is sent, byte for byte; what could be read
//! in two ways is refused.

use audit::Decided;
use gateway::config::IdentifierMode;

use crate::support::raw::{exchange, request};
use crate::support::upstream::Upstream;
use crate::support::world::{ID, Scene, World};

const OK: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}";
const OTHER: &str = "5f1a2b3c4d5e6f708192a3b5";

#[tokio::test]
async fn odd_paths_that_are_clear_arrive_with_the_bytes_they_were_sent_with() {
    let upstream = Upstream::answering(OK).await;
    let world = Scene::new().with_root().before(upstream.at).start().await;
    for target in clear_targets() {
        let bytes = request("GET", target.as_bytes(), world.token("root"));
        let answer = exchange(world.running.agents, &bytes).await;
        assert_eq!(answer.status, 200, "{target}: {}", answer.text());
        let sent = upstream.request_lines().pop().unwrap_or_default();
        assert!(
            upstream.request_lines().contains(&format!("GET {target} HTTP/1.1")),
            "{target} arrived as {sent}"
        );
    }
    assert_eq!(upstream.request_lines().len(), clear_targets().len());
}

#[tokio::test]
async fn the_record_holds_the_path_as_sent_and_leaves_the_query_out() {
    let scene = Scene::new().with_root();
    let world = scene.with(|config| config.audit.identifiers = IdentifierMode::Clear).start().await;
    let target = "/v1/customers/externalId=a%2Fb?secret=sesame";
    let bytes = request("GET", target.as_bytes(), world.token("root"));
    let answer = exchange(world.running.agents, &bytes).await;
    let record = world.record_of(&answer).await;
    assert_eq!(record.opening.path, "/v1/customers/externalId=a%2Fb");
    assert_eq!(record.opening.operation.as_deref(), Some("customers.get_by_external_id"));
    assert!(!format!("{record:?}").contains("sesame"));
}

#[tokio::test]
async fn paths_that_could_be_read_in_two_ways_are_refused() {
    let world = Scene::new().with_root().start().await;
    for (target, code) in ambiguous_targets() {
        refused(&world, target, code).await;
    }
    assert_eq!(world.received(), 0);
}

#[tokio::test]
async fn targets_that_are_more_than_a_path_are_refused() {
    let world = Scene::new().with_root().start().await;
    for target in [
        "http://127.0.0.1/v1/customers",
        "http://user:password@127.0.0.1/v1/customers",
        "https://acme.api.kustomerapp.com/v1/customers",
        "127.0.0.1:8080",
    ] {
        refused(&world, target, "target_form").await;
    }
    refused(&world, "*", "no_leading_slash").await;
    assert_eq!(world.received(), 0);
}

/// Bytes that no HTTP message may hold are refused before there is a request: hyper answers, and
/// there is nothing to put on record.
#[tokio::test]
async fn bytes_that_are_no_request_never_become_one() {
    let world = Scene::new().with_root().start().await;
    for target in [
        &b"/v1/customers\xff"[..],
        b"/v1/customers/\xc0\xae\xc0\xae/users",
        b"/v1/customers /x",
        b"/v1/customers\x00",
        b"/v1/customers\x0b",
        b"/v1/customers\rX: y",
    ] {
        let bytes = request("GET", target, world.token("root"));
        let answer = exchange(world.running.agents, &bytes).await;
        assert_eq!(answer.status, 400, "{target:?}");
    }
    assert_eq!(world.received(), 0);
}

#[tokio::test]
async fn a_fragment_is_neither_matched_nor_sent() {
    let upstream = Upstream::answering(OK).await;
    let world = Scene::new().with_root().before(upstream.at).start().await;
    let target = format!("/v1/customers/{ID}#/../../users");
    let bytes = request("GET", target.as_bytes(), world.token("root"));
    exchange(world.running.agents, &bytes).await;
    for line in upstream.request_lines() {
        assert_eq!(line, format!("GET /v1/customers/{ID} HTTP/1.1"));
    }
}

#[tokio::test]
async fn a_literal_is_never_a_value_of_a_parameter() {
    let tables = "[operations]\n\"users.get\" = \"read\"\n\"customers.get\" = \"read\"";
    let world = Scene::bot(tables).start().await;
    for line in ["GET /v1/users/current", "GET /v1/users/current/", "GET /v1/customers/bulk"] {
        assert_eq!(world.ask("bot", line).await.status, 403, "{line}");
    }
    assert_eq!(world.received(), 0);
}

fn clear_targets() -> Vec<String> {
    vec![
        format!("/v1/customers/{ID}"),
        format!("/v1/customers/{ID}?a=%2e%2e/../..;x&b=%252e&c=a+b&&d"),
        format!("/v1/customers/{ID}?"),
        format!("/v1/customers/{ID}?q={{}}|^`\\'"),
        "/v1/customers/externalId=shop%2Forder%3F1%23x".to_owned(),
        "/v1/customers/externalId=shop%2forder".to_owned(),
        "/v1/customers/externalId=a%20b%C3%A9".to_owned(),
        "/v1/customers/externalId=50%25".to_owned(),
        "/v1/customers/externalId=!$&'()*+,=:@~_-.".to_owned(),
        "/v1/customers/email=ada%40example.com".to_owned(),
        "/v1/customers/email=ada@example.com".to_owned(),
        "/v1/customers/phone=%2B15550100".to_owned(),
        "/v1/customers/phone=+15550100".to_owned(),
        format!("/v1/users/{ID}%2C{OTHER}"),
        format!("/v1/users/{ID}%2c{OTHER}"),
        format!("/v1/users/{ID},{OTHER}"),
        "/v1/users/current".to_owned(),
        "/v1/users/current/".to_owned(),
        "/v1/users/current/?x=y/".to_owned(),
    ]
}

fn ambiguous_targets() -> Vec<(&'static str, &'static str)> {
    vec![
        ("/v1/customers/../users", "dot_segment"),
        ("/v1/customers/./bulk", "dot_segment"),
        ("/v1/customers/..", "dot_segment"),
        ("/v1/customers/.", "dot_segment"),
        ("/../v1/users", "dot_segment"),
        ("/v1/customers/%2e%2e/users", "dot_segment"),
        ("/v1/customers/%2E%2e/users", "dot_segment"),
        ("/v1/customers/.%2e/users", "dot_segment"),
        ("/v1/customers/%2e/users", "dot_segment"),
        ("/v1/customers/..;/users", "dot_segment"),
        ("/v1/customers/..%3b/users", "dot_segment"),
        ("/v1/customers/..;a=b/users", "dot_segment"),
        ("/v1/customers/externalId=a%2F..%2Fb", "dot_segment"),
        ("/v1/customers/externalId=..%2Fusers", "dot_segment"),
        ("/v1//customers", "empty_segment"),
        ("//v1/customers", "empty_segment"),
        ("/v1/customers//", "empty_segment"),
        ("/v1/customers/", "empty_segment"),
        ("/v1/customers\\..\\users", "backslash"),
        ("/v1/customers/%5c..%5cusers", "backslash"),
        ("/v1/customers/email=a%00b", "control_character"),
        ("/v1/customers/email=a%0d%0aX-Evil:1", "control_character"),
        ("/v1/customers/email=a%7f", "control_character"),
        ("/v1/customers/%252e%252e/users", "double_encoding"),
        ("/v1/customers/externalId=a%252Fb", "double_encoding"),
        ("/v1/customers/email=a%zz", "malformed_escape"),
        ("/v1/customers/email=a%2", "malformed_escape"),
        ("/v1/customers/email=a%", "malformed_escape"),
        ("/v1/customers/email=%ff%fe", "not_utf8"),
        ("/v1/customers/email=%c0%ae%c0%ae", "not_utf8"),
        ("/v1/customers/email=ad\u{e9}", "not_ascii"),
        ("/v1/customers;a=b", "semicolon"),
        ("/v1/customers/email=a;b", "semicolon"),
        ("/v1/customers/email=a%3Bb", "semicolon"),
        ("/v1/%63ustomers", "percent_encoding_in_literal"),
        ("/%76%31/customers", "percent_encoding_in_literal"),
        ("/v1/users/%63urrent", "percent_encoding_in_literal"),
        ("/v1/users%2Fcurrent", "encoded_separator"),
        ("/v1/customers/email=a%2Fb", "encoded_separator"),
        ("/v1/customers%3Fx", "encoded_separator"),
        ("/v1/customers/email=\"a\"", "illegal_character"),
        ("/v1/customers/{id}", "illegal_character"),
        ("/v1/customers/a|b", "illegal_character"),
    ]
}

async fn refused(world: &World, target: &str, code: &str) {
    let bytes = request("GET", target.as_bytes(), world.token("root"));
    let answer = exchange(world.running.agents, &bytes).await;
    assert_eq!((answer.status, answer.code().as_str()), (400, code), "{target}");
    assert_eq!(answer.header("content-type"), "application/problem+json", "{target}");
    let record = world.record_of(&answer).await;
    assert_eq!(record.opening.decision, Decided::Malformed, "{target}");
    assert_eq!(record.opening.reason, code, "{target}");
    assert_eq!(record.opening.agent.as_deref(), Some("root"), "{target}");
}
