//! What came of a request that was forwarded: each way that Kustomer or the agent can fail is an outcome
//! of its own in the one record.

use audit::OutcomeKind;

use super::{READ, check, read};
use crate::support::raw::RawClient;
use crate::support::upstream::{Connection, Nobody, Upstream};
use crate::support::world::{SECOND, Scene, World};

#[tokio::test]
async fn kustomer_out_of_reach_is_an_outcome() {
    let nobody = Nobody::new();
    let world = Scene::bot(READ).before(nobody.at).start().await;
    let answer = world.ask("bot", "GET /v1/customers").await;
    assert_eq!((answer.status, answer.code().as_str()), (502, "upstream_unreachable"));
    check(&world.only_record().await, OutcomeKind::UpstreamUnreachable, Some(502));
}

#[tokio::test]
async fn kustomer_hanging_up_is_an_outcome() {
    let upstream = Upstream::start(|mut connection: Connection| async move {
        connection.request().await;
    })
    .await;
    let world = Scene::bot(READ).before(upstream.at).start().await;
    let answer = world.ask("bot", "GET /v1/customers").await;
    assert_eq!((answer.status, answer.code().as_str()), (502, "upstream_hung_up"));
    check(&world.only_record().await, OutcomeKind::UpstreamHungUp, Some(502));
}

#[tokio::test]
async fn kustomer_changing_the_protocol_is_no_answer() {
    let upstream = Upstream::start(|mut connection: Connection| async move {
        connection.request().await;
        let switch =
            b"HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n";
        connection.send(switch).await;
        connection.hold().await;
    })
    .await;
    let world = Scene::bot(READ).before(upstream.at).start().await;
    let answer = world.ask("bot", "GET /v1/customers").await;
    assert_eq!((answer.status, answer.code().as_str()), (502, "upstream_broke_protocol"));
    check(&world.only_record().await, OutcomeKind::UpstreamBrokeProtocol, Some(502));
}

#[tokio::test]
async fn kustomer_saying_nothing_is_an_outcome() {
    let upstream = Upstream::start(|mut connection: Connection| async move {
        connection.hold().await;
    })
    .await;
    let scene = Scene::bot(READ).before(upstream.at);
    let world = scene.with(|config| config.forward.first_byte_seconds = SECOND).start().await;
    let answer = world.ask("bot", "GET /v1/customers").await;
    assert_eq!((answer.status, answer.code().as_str()), (504, "upstream_silent"));
    check(&world.only_record().await, OutcomeKind::UpstreamSilent, Some(504));
}

#[tokio::test]
async fn kustomer_breaking_off_its_answer_is_an_outcome() {
    let upstream = Upstream::start(|mut connection: Connection| async move {
        connection.request().await;
        connection.send(b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf").await;
    })
    .await;
    let world = Scene::bot(READ).before(upstream.at).start().await;
    let rest = read_what_comes(&world).await;
    assert_eq!(rest, b"half");
    let outcome = check(&world.only_record().await, OutcomeKind::UpstreamBrokeOff, Some(200));
    assert_eq!(outcome.bytes_out, 4);
}

#[tokio::test]
async fn kustomer_stalling_in_its_answer_is_an_outcome() {
    let upstream = Upstream::start(|mut connection: Connection| async move {
        connection.request().await;
        connection.send(b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf").await;
        connection.hold().await;
    })
    .await;
    let scene = Scene::bot(READ).before(upstream.at);
    let world = scene.with(|config| config.forward.idle_seconds = SECOND).start().await;
    let rest = read_what_comes(&world).await;
    assert_eq!(rest, b"half");
    check(&world.only_record().await, OutcomeKind::UpstreamBrokeOff, Some(200));
}

#[tokio::test]
async fn kustomer_refusing_the_organisations_key_is_an_outcome_and_not_the_agents_fault() {
    for status in [401_u16, 403] {
        let upstream = Upstream::start(move |mut connection| async move {
            connection.request().await;
            let head = format!("HTTP/1.1 {status} No\r\ncontent-length: 4\r\n\r\nbody");
            connection.send(head.as_bytes()).await;
        })
        .await;
        let world = Scene::bot(READ).before(upstream.at).start().await;
        let answer = world.ask("bot", "GET /v1/customers").await;
        assert_eq!((answer.status, answer.code().as_str()), (502, "upstream_key_refused"));
        let record = world.only_record().await;
        check(&record, OutcomeKind::UpstreamKeyRefused, Some(status));
        assert!(record.sentence().contains("the organisation's own key"), "{}", record.sentence());
    }
}

#[tokio::test]
async fn an_agent_that_leaves_before_the_answer_is_an_outcome() {
    let (arrived, arrival) = tokio::sync::mpsc::unbounded_channel();
    let mut arrival = arrival;
    let upstream = Upstream::start(move |mut connection| {
        let arrived = arrived.clone();
        async move {
            connection.request().await;
            arrived.send(()).expect("the test waits");
            connection.hold().await;
        }
    })
    .await;
    let world = Scene::bot(READ).before(upstream.at).start().await;
    let mut agent = RawClient::connect(world.running.agents).await;
    agent.send(&read(&world)).await;
    arrival.recv().await.expect("it reached the upstream");
    drop(agent);
    let record = world.only_record().await;
    check(&record, OutcomeKind::AgentLeft, None);
    assert!(record.sentence().contains("before Kustomer's answer came"), "{}", record.sentence());
}

#[tokio::test]
async fn an_agent_that_leaves_in_the_middle_of_the_answer_is_an_outcome() {
    let upstream = Upstream::start(|mut connection: Connection| async move {
        connection.request().await;
        connection.send(b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf").await;
        connection.hold().await;
    })
    .await;
    let world = Scene::bot(READ).before(upstream.at).start().await;
    let mut agent = RawClient::connect(world.running.agents).await;
    agent.send(&read(&world)).await;
    agent.head().await;
    agent.until("half").await;
    drop(agent);
    let outcome = check(&world.only_record().await, OutcomeKind::AgentLeft, Some(200));
    assert_eq!(outcome.bytes_out, 4);
}

#[tokio::test]
async fn an_agent_that_takes_nothing_of_its_answer_is_an_outcome() {
    let upstream = Upstream::start(|mut connection: Connection| async move {
        connection.request().await;
        connection.send(b"HTTP/1.1 200 OK\r\ncontent-length: 67108864\r\n\r\n").await;
        connection.send(&vec![b'x'; 67_108_864]).await;
        connection.hold().await;
    })
    .await;
    let scene = Scene::bot(READ).before(upstream.at);
    let world = scene.with(|config| config.forward.idle_seconds = SECOND).start().await;
    let mut agent = RawClient::connect(world.running.agents).await;
    agent.send(&read(&world)).await;
    let outcome = check(&world.only_record().await, OutcomeKind::AgentLeft, Some(200));
    assert!(outcome.bytes_out < 67_108_864, "{outcome:?}");
}

#[tokio::test]
async fn an_agent_whose_body_stalls_is_an_outcome() {
    let upstream = Upstream::start(|mut connection: Connection| async move {
        connection.hold().await;
    })
    .await;
    let scene = Scene::new().with_root().before(upstream.at);
    let world = scene.with(|config| config.forward.idle_seconds = SECOND).start().await;
    let mut agent = RawClient::connect(world.running.agents).await;
    agent.send(&half_a_write(&world)).await;
    let answer = agent.answer().await;
    assert_eq!((answer.status, answer.code().as_str()), (408, "request_broke_off"));
    let outcome = check(&world.only_record().await, OutcomeKind::RequestBrokeOff, Some(408));
    assert_eq!(outcome.bytes_in, 4);
}

#[tokio::test]
async fn an_agent_that_leaves_in_the_middle_of_its_body_is_an_outcome() {
    let (arrived, mut arrival) = tokio::sync::mpsc::unbounded_channel();
    let upstream = Upstream::start(move |mut connection| {
        let arrived = arrived.clone();
        async move {
            connection.head().await;
            connection.body(4).await;
            arrived.send(()).expect("the test waits");
            connection.hold().await;
        }
    })
    .await;
    let world = Scene::new().with_root().before(upstream.at).start().await;
    let mut agent = RawClient::connect(world.running.agents).await;
    agent.send(&half_a_write(&world)).await;
    arrival.recv().await.expect("half of it reached the upstream");
    drop(agent);
    let record = world.only_record().await;
    let kind = record.outcome.as_ref().expect("an outcome").kind;
    assert!(matches!(kind, OutcomeKind::RequestBrokeOff | OutcomeKind::AgentLeft), "{kind}");
}

/// Reads a list of customers until the connection ends; gives the body as far as it came.
async fn read_what_comes(world: &World) -> Vec<u8> {
    let mut agent = RawClient::connect(world.running.agents).await;
    agent.send(&read(world)).await;
    agent.head().await;
    agent.rest().await
}

fn half_a_write(world: &World) -> Vec<u8> {
    format!(
        "POST /v1/workflows HTTP/1.1\r\nhost: gateway\r\nauthorization: Bearer {}\r\n\
         content-type: application/json\r\ncontent-length: 100\r\n\r\nhalf",
        world.token("root")
    )
    .into_bytes()
}
