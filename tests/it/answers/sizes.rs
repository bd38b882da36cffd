//! Cases 77 and 93: how much may pass in either direction.

use audit::OutcomeKind;

use super::{check, read};
use crate::support::raw::RawClient;
use crate::support::upstream::{Connection, Upstream};
use crate::support::world::{ID, SECOND, Scene, World};

const MIB: usize = 1 << 20;

async fn world(upstream: &Upstream) -> World {
    let scene = Scene::new().with_root().before(upstream.at);
    let small = |config: &mut gateway::Config| {
        // One is the least that can be set.
        (config.forward.request_mib, config.forward.answer_mib) = (SECOND, SECOND);
    };
    scene.with(small).start().await
}

#[tokio::test]
async fn an_answer_that_says_it_is_too_long_is_not_handed_on() {
    let upstream = Upstream::start(|mut connection: Connection| async move {
        connection.request().await;
        let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", MIB + 1);
        connection.send(head.as_bytes()).await;
        connection.hold().await;
    })
    .await;
    let world = world(&upstream).await;
    let answer = read(&world).await;
    assert_eq!((answer.status, answer.code().as_str()), (502, "answer_too_long"));
    check(&world.record_of(&answer).await, OutcomeKind::AnswerTooLong, 502);
}

#[tokio::test]
async fn an_endless_answer_is_cut_off_at_the_limit() {
    let upstream = Upstream::start(|mut connection: Connection| async move {
        connection.request().await;
        connection.send(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n").await;
        let chunk = format!("10000\r\n{}\r\n", "x".repeat(0x10000));
        while connection.try_send(chunk.as_bytes()).await {}
    })
    .await;
    let world = world(&upstream).await;
    let answer = read(&world).await;
    assert_eq!(answer.status, 200);
    assert!(answer.body.len() <= MIB, "{} bytes", answer.body.len());
    let record = world.record_of(&answer).await;
    check(&record, OutcomeKind::AnswerTooLong, 200);
    assert!(
        record.sentence().contains("was longer than may be handed on"),
        "{}",
        record.sentence()
    );
}

#[tokio::test]
async fn an_answer_of_just_the_limit_comes_whole() {
    let upstream = Upstream::start(|mut connection: Connection| async move {
        connection.request().await;
        connection
            .send(format!("HTTP/1.1 200 OK\r\ncontent-length: {MIB}\r\n\r\n").as_bytes())
            .await;
        connection.send(&vec![b'x'; MIB]).await;
        connection.hold().await;
    })
    .await;
    let world = world(&upstream).await;
    let answer = read(&world).await;
    assert_eq!(answer.body.len(), MIB);
    check(&world.record_of(&answer).await, OutcomeKind::Answered, 200);
}

#[tokio::test]
async fn a_body_that_says_it_is_too_long_is_refused_before_anything_is_sent() {
    let upstream = Upstream::answering(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}").await;
    let world = world(&upstream).await;
    let mut agent = RawClient::connect(world.running.agents).await;
    agent.send(head(&world, &format!("content-length: {}", MIB + 1)).as_bytes()).await;
    let answer = agent.answer().await;
    assert_eq!((answer.status, answer.code().as_str()), (413, "request_too_long"));
    let record = world.record_of(&answer).await;
    check(&record, OutcomeKind::RequestTooLong, 413);
    assert_eq!(record.outcome.expect("an outcome").bytes_in, 0);
    assert_eq!(upstream.received(), Vec::<String>::new());
}

#[tokio::test]
async fn a_body_without_end_is_cut_off_at_the_limit_and_kustomer_never_sees_its_end() {
    let upstream = Upstream::start(|mut connection: Connection| async move {
        connection.hold().await;
    })
    .await;
    let world = world(&upstream).await;
    let mut agent = RawClient::connect(world.running.agents).await;
    agent.send(head(&world, "transfer-encoding: chunked").as_bytes()).await;
    let chunk = format!("10000\r\n{}\r\n", "x".repeat(0x10000));
    for _ in 0..17 {
        agent.send(chunk.as_bytes()).await;
    }
    let answer = agent.answer().await;
    assert_eq!((answer.status, answer.code().as_str()), (413, "request_too_long"));
    check(&world.record_of(&answer).await, OutcomeKind::RequestTooLong, 413);
    assert!(!upstream.all_received().ends_with("0\r\n\r\n"));
}

fn head(world: &World, framing: &str) -> String {
    format!(
        "PUT /v1/media/{ID} HTTP/1.1\r\nhost: gateway\r\nauthorization: Bearer {}\r\n{framing}\r\n\r\n",
        world.token("root")
    )
}
