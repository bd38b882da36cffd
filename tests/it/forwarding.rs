//! What passes through passes as it came: bodies streamed both ways, Kustomer's answers untouched.

use std::num::NonZeroU32;

use serde_json::json;

use crate::support::client::Client;
use crate::support::raw::RawClient;
use crate::support::upstream::{Connection, Upstream};
use crate::support::world::{ID, Scene, World};

const OK: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}";

#[tokio::test]
async fn an_answer_reaches_the_agent_piece_by_piece() {
    let (sender, receiver) = tokio::sync::oneshot::channel();
    let receiver = std::sync::Mutex::new(Some(receiver));
    let upstream = Upstream::start(move |mut connection| {
        let receiver = receiver.lock().expect("a lock").take();
        async move {
            connection.request().await;
            connection.send(b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nfirst").await;
            receiver.expect("one connection").await.expect("the agent's word");
            connection.send(b" last").await;
        }
    })
    .await;
    let world = Scene::new().with_root().before(upstream.at).start().await;
    let mut agent = RawClient::connect(world.running.agents).await;
    agent.send(&read_of(&world)).await;
    assert_eq!(agent.head().await.status, 200);
    agent.until("first").await;
    // The second half does not exist before the agent has the first.
    sender.send(()).expect("the upstream waits");
    agent.until("first last").await;
}

#[tokio::test]
async fn a_body_reaches_kustomer_piece_by_piece() {
    let (seen, first_half) = tokio::sync::oneshot::channel();
    let seen = std::sync::Mutex::new(Some(seen));
    let upstream = Upstream::start(move |mut connection| {
        let seen = seen.lock().expect("a lock").take().expect("one connection");
        async move {
            connection.head().await;
            let half = connection.body(5).await;
            seen.send(half).expect("the agent waits");
            let rest = connection.body(5).await;
            assert_eq!(rest, b" last");
            connection.send(OK).await;
        }
    })
    .await;
    let world = Scene::new().with_root().before(upstream.at).start().await;
    let mut agent = RawClient::connect(world.running.agents).await;
    agent.send(&write_of(&world, "content-length: 10")).await;
    agent.send(b"first").await;
    // The agent sends the second half only once Kustomer has the first.
    assert_eq!(first_half.await.expect("the first half"), b"first");
    agent.send(b" last").await;
    assert_eq!(agent.answer().await.status, 200);
}

#[tokio::test]
async fn a_body_in_chunks_arrives_whole() {
    let upstream = Upstream::start(|mut connection: Connection| async move {
        connection.head().await;
        let body = connection.until(b"0\r\n\r\n").await;
        let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", body.len());
        connection.send(head.as_bytes()).await;
        connection.send(&body).await;
    })
    .await;
    let world = Scene::new().with_root().before(upstream.at).start().await;
    let mut agent = RawClient::connect(world.running.agents).await;
    agent.send(&write_of(&world, "transfer-encoding: chunked")).await;
    agent.send(b"6\r\n{\"a\": \r\n2\r\n1}\r\n0\r\n\r\n").await;
    let answer = agent.answer().await;
    assert_eq!(answer.text(), "{\"a\": 1}");
    assert_eq!(world.record_of(&answer).await.outcome.map(|end| end.bytes_in), Some(8));
}

#[tokio::test]
async fn five_megabytes_pass_both_ways_unchanged() {
    let upstream = Upstream::start(|mut connection: Connection| async move {
        connection.head().await;
        let body = connection.body(FIVE_MEGABYTES).await;
        let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", body.len());
        connection.send(head.as_bytes()).await;
        connection.send(&body).await;
    })
    .await;
    let world = Scene::new().with_root().before(upstream.at).start().await;
    let body: Vec<u8> = (0..FIVE_MEGABYTES).map(|at| at.to_le_bytes()[0]).collect();
    let line = format!("PUT /v1/media/{ID}");
    let answer = world.client.send(&line, Some(world.token("root")), &[], body.clone()).await;
    assert!(answer.body == body, "{} bytes came back", answer.body.len());
    let outcome = world.record_of(&answer).await.outcome.expect("an outcome");
    assert_eq!(outcome.bytes_in, FIVE_MEGABYTES as u64);
    assert_eq!(outcome.bytes_out, FIVE_MEGABYTES as u64);
}

#[tokio::test]
async fn a_slow_agent_holds_kustomers_answer_back_instead_of_filling_the_memory() {
    let (sent, progress) = tokio::sync::watch::channel(0_usize);
    let upstream = Upstream::start(move |mut connection| {
        let sent = sent.clone();
        async move {
            connection.request().await;
            connection.send(b"HTTP/1.1 200 OK\r\ncontent-length: 268435456\r\n\r\n").await;
            let megabyte = vec![b'x'; 1024 * 1024];
            for _ in 0..256 {
                connection.send(&megabyte).await;
                sent.send_modify(|count| *count += 1);
            }
        }
    })
    .await;
    let scene = Scene::new().with_root().before(upstream.at);
    let large = NonZeroU32::new(256).expect("not zero");
    let world = scene.with(move |config| config.forward.answer_mib = large).start().await;
    let mut agent = RawClient::connect(world.running.agents).await;
    agent.send(&read_of(&world)).await;
    assert_eq!(agent.head().await.status, 200);
    let quiet = until_it_stands_still(progress).await;
    assert!(quiet < 64, "{quiet} MB were taken for an agent that reads nothing");
}

#[tokio::test]
async fn agents_may_speak_http2_without_asking_first() {
    let world = Scene::bot("[access]\ncustomers = \"read\"").start().await;
    let client = Client::http2(world.running.agents);
    let id = &world.sandbox.seeded().customers[0].id;
    let line = format!("GET /v1/customers/{id}");
    let answer = client.send(&line, Some(world.token("bot")), &[], Vec::new()).await;
    assert_eq!((answer.status, answer.json()["data"]["id"].as_str()), (200, Some(id.as_str())));
    let answer = client.send("GET /v1/users", Some(world.token("bot")), &[], Vec::new()).await;
    assert_eq!((answer.status, answer.code().as_str()), (403, "not_granted"));
    assert_eq!(client.send("GET /v1/users", None, &[], Vec::new()).await.status, 401);
    assert_eq!(world.records().await.len(), 3);
}

#[tokio::test]
async fn kustomers_status_body_and_rate_limits_come_down_as_they_are() {
    let world = Scene::new().with_root().start().await;
    let id = &world.sandbox.seeded().customers[0].id;
    let answer = world.ask("root", &format!("GET /v1/customers/{id}")).await;
    assert_eq!(answer.json()["data"]["id"], id.as_str());
    for name in ["x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset"] {
        assert!(!answer.header(name).is_empty(), "{name}");
    }
    let body = json!({"name": "Ada"});
    let created = world.ask_with("root", "POST /v1/customers", &body).await;
    assert_eq!(created.status, 201);
    assert_eq!(created.json()["data"]["attributes"]["name"], "Ada");
    assert_eq!(world.ask("root", &format!("GET /v1/customers/{ID}")).await.status, 404);
    let wrong = world.ask_with("root", "POST /v1/customers", &json!({"nobody": 1})).await;
    assert_eq!((wrong.status, wrong.header("kustodian-decision")), (400, "permitted"));
}

#[tokio::test]
async fn every_forwarded_answer_says_who_let_it_through() {
    let world = Scene::new().with_root().start().await;
    let answer = world.ask("root", "GET /v1/customers").await;
    assert_eq!(answer.header("kustodian-decision"), "permitted");
    let record = world.record_of(&answer).await;
    assert_eq!(record.opening.id.to_string(), answer.header("kustodian-request-id"));
}

#[tokio::test]
async fn connections_are_kept_and_used_again_on_both_sides() {
    let upstream = Upstream::answering(OK).await;
    let world = Scene::new().with_root().before(upstream.at).start().await;
    let mut agent = RawClient::connect(world.running.agents).await;
    for _ in 0..10 {
        agent.send(&read_of(&world)).await;
        assert_eq!(agent.answer().await.status, 200);
    }
    assert_eq!(upstream.received().len(), 1, "connections to Kustomer");
    assert_eq!(upstream.request_lines().len(), 10);
}

#[tokio::test]
async fn kustomer_is_called_by_its_own_name_and_told_which_agent_asks() {
    let upstream = Upstream::answering(OK).await;
    let world = Scene::new().with_root().before(upstream.at).start().await;
    let agent = [("user-agent", "planner/2.0"), ("host", "gateway.internal")];
    world.client.send("GET /v1/customers", Some(world.token("root")), &agent, Vec::new()).await;
    let received = upstream.all_received();
    assert!(received.contains(&format!("host: {}\r\n", upstream.at)), "{received}");
    assert!(received.contains("user-agent: planner/2.0 kustodian (root)\r\n"), "{received}");
    assert!(!received.contains("gateway.internal"), "{received}");
}

#[tokio::test]
async fn what_the_message_says_of_itself_goes_up() {
    let upstream = Upstream::answering(OK).await;
    let world = Scene::new().with_root().before(upstream.at).start().await;
    let headers = [
        ("accept", "application/json"),
        ("content-type", "application/json"),
        ("idempotency-key", "abc"),
        ("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"),
    ];
    let line = format!("PUT /v1/media/{ID}");
    world.client.send(&line, Some(world.token("root")), &headers, b"{}".to_vec()).await;
    let received = upstream.all_received();
    for (name, value) in headers {
        assert!(received.contains(&format!("{name}: {value}\r\n")), "{name}: {received}");
    }
    assert!(received.ends_with("\r\n\r\n{}"), "{received}");
}

const FIVE_MEGABYTES: usize = 5 * 1024 * 1024;

fn read_of(world: &World) -> Vec<u8> {
    head_of(world, "GET /v1/customers", "accept: */*")
}

/// A write whose body demands nothing more, so that it is not read before it is sent.
fn write_of(world: &World, framing: &str) -> Vec<u8> {
    head_of(world, "PUT /v1/media", framing)
}

fn head_of(world: &World, line: &str, header: &str) -> Vec<u8> {
    format!(
        "{line}/{ID} HTTP/1.1\r\nhost: gateway\r\n\
         authorization: Bearer {}\r\n{header}\r\n\r\n",
        world.token("root")
    )
    .into_bytes()
}

/// Waits until a count has not grown for half a second, and gives it.
async fn until_it_stands_still(mut progress: tokio::sync::watch::Receiver<usize>) -> usize {
    let pause = std::time::Duration::from_millis(500);
    while let Ok(Ok(())) = tokio::time::timeout(pause, progress.changed()).await {}
    *progress.borrow()
}
