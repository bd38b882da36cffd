//! Requests at the edge of HTTP: what frames them may not be read in two ways, what is half is not
//! forwarded, and nothing is sent to Kustomer twice.

use crate::support::raw::RawClient;
use crate::support::upstream::{Connection, Upstream};
use crate::support::world::{ID, SECOND, Scene, World};

const OK: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}";

/// A server behind us that believes the length would take the rest of the body for a new request.
#[tokio::test]
async fn a_body_framed_in_two_ways_cannot_smuggle_a_second_request() {
    let smuggled = format!("DELETE /v1/customers/{ID} HTTP/1.1\r\nhost: x\r\n\r\n");
    let chunk = format!("{:x}\r\n{smuggled}\r\n0\r\n\r\n", smuggled.len());
    for framing in [
        "content-length: 4\r\ntransfer-encoding: chunked",
        "transfer-encoding: chunked\r\ncontent-length: 4",
        "transfer-encoding: chunked\r\ntransfer-encoding: identity",
        "transfer-encoding: identity, chunked",
        "transfer-encoding : chunked",
        "transfer-encoding: xchunked\r\ncontent-length: 4",
        "content-length: 4\r\ncontent-length: 80",
        "content-length: +4",
    ] {
        let (upstream, world) = world().await;
        let mut agent = RawClient::connect(world.running.agents).await;
        agent.send(&head(&world, framing)).await;
        agent.send(chunk.as_bytes()).await;
        agent.rest().await;
        for received in upstream.received() {
            assert!(one_request(&received), "{framing}: Kustomer would see two: {received}");
        }
    }
}

#[tokio::test]
async fn a_request_sent_behind_another_is_judged_by_itself() {
    let upstream = Upstream::answering(OK).await;
    let scene = Scene::bot("[access]\ncustomers = \"read\"").before(upstream.at);
    let world = scene.start().await;
    let request = |line: &str| {
        let token = world.token("bot");
        format!("{line} HTTP/1.1\r\nhost: gateway\r\nauthorization: Bearer {token}\r\n\r\n")
    };
    let both = request("GET /v1/customers") + &request(&format!("DELETE /v1/customers/{ID}"));
    let mut agent = RawClient::connect(world.running.agents).await;
    agent.send(both.as_bytes()).await;
    assert_eq!(agent.answer().await.status, 200);
    assert_eq!(agent.answer().await.status, 403);
    assert_eq!(upstream.request_lines(), ["GET /v1/customers HTTP/1.1"]);
    assert_eq!(world.records().await.len(), 2);
}

#[tokio::test]
async fn half_a_request_ends_in_time_and_is_never_forwarded() {
    for half in ["GET /v1/cust", "GET /v1/customers HTTP/1.1\r\nhost: gateway\r\nauthori"] {
        let scene = Scene::new().with_root();
        let world = scene.with(|config| config.forward.header_seconds = SECOND).start().await;
        let mut agent = RawClient::connect(world.running.agents).await;
        agent.send(half.as_bytes()).await;
        agent.rest().await;
        assert_eq!(world.received(), 0);
        assert_eq!(world.records().await, []);
    }
}

#[tokio::test]
async fn a_body_is_asked_for_only_once_it_is_permitted() {
    let upstream = Upstream::answering(OK).await;
    let scene = Scene::new().with_root().agent("bot", "").before(upstream.at);
    let world = scene.start().await;
    let request = |agent: &str| {
        let token = world.token(agent);
        format!(
            "PUT /v1/media/{ID} HTTP/1.1\r\nhost: gateway\r\nauthorization: Bearer {token}\r\n\
             content-length: 4\r\nexpect: 100-continue\r\n\r\n"
        )
    };
    let mut permitted = RawClient::connect(world.running.agents).await;
    permitted.send(request("root").as_bytes()).await;
    assert_eq!(permitted.head().await.status, 100);
    permitted.send(b"body").await;
    assert_eq!(permitted.answer().await.status, 200);
    let mut denied = RawClient::connect(world.running.agents).await;
    denied.send(request("bot").as_bytes()).await;
    assert_eq!(denied.head().await.status, 403);
    assert_eq!(upstream.request_lines().len(), 1);
}

#[tokio::test]
async fn a_request_whose_connection_died_is_not_sent_again() {
    let upstream = Upstream::start(|mut connection: Connection| async move {
        connection.request().await;
        connection.send(OK).await;
        // The second request on this connection is read, and never answered.
        connection.request().await;
    })
    .await;
    let world = Scene::new().with_root().before(upstream.at).start().await;
    let line = format!("PUT /v1/customers/{ID}");
    let first = world.ask_with("root", &line, &serde_json::json!({"name": "one"})).await;
    assert_eq!(first.status, 200);
    let second = world.ask_with("root", &line, &serde_json::json!({"name": "two"})).await;
    assert_eq!((second.status, second.code().as_str()), (502, "upstream_hung_up"));
    assert_eq!(upstream.request_lines().len(), 2);
    assert_eq!(upstream.all_received().matches("two").count(), 1);
}

#[tokio::test]
async fn a_very_long_head_is_refused_and_never_forwarded() {
    let world = Scene::new().with_root().start().await;
    let long = format!("x-long: {}", "a".repeat(1024 * 1024));
    let mut agent = RawClient::connect(world.running.agents).await;
    agent.send(&head(&world, &long)).await;
    let answer = crate::support::answer::Answer::parse(&agent.rest().await);
    assert_eq!(answer.status, 431);
    assert_eq!(world.received(), 0);
}

/// Whether what came on one connection is one request by either way to frame it.
fn one_request(received: &str) -> bool {
    let head = received.split("\r\n\r\n").next().unwrap_or_default().to_lowercase();
    let chunked = head.contains("transfer-encoding: chunked");
    let length = head.split("content-length: ").nth(1).and_then(|rest| rest.lines().next());
    let body = received.split_once("\r\n\r\n").map_or("", |(_, body)| body);
    match (chunked, length) {
        (true, None) => body.ends_with("0\r\n\r\n"),
        (false, Some(length)) => length.parse().is_ok_and(|length: usize| length >= body.len()),
        (false, None) => body.is_empty(),
        (true, Some(_)) => false,
    }
}

async fn world() -> (Upstream, World) {
    let upstream = Upstream::start(|mut connection: Connection| async move {
        connection.request().await;
        connection
            .send(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}")
            .await;
        connection.hold().await;
    })
    .await;
    let scene = Scene::new().with_root().before(upstream.at);
    let world = scene.with(|config| config.forward.idle_seconds = SECOND).start().await;
    (upstream, world)
}

/// The head of a write with one more header.
fn head(world: &World, header: &str) -> Vec<u8> {
    format!(
        "PUT /v1/media/{ID} HTTP/1.1\r\nhost: gateway\r\nauthorization: Bearer {}\r\n\
         connection: close\r\n{header}\r\n\r\n",
        world.token("root")
    )
    .into_bytes()
}
