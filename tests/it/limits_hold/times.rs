//! Everything that takes time has a limit of time: a pause, and a request in all.

use std::time::Duration;

use audit::OutcomeKind;
use bytes::Bytes;
use http::Request;
use http_body_util::Empty;
use hyper::client::conn::http2;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout};

use super::{READ, endless, half_a_write, request};
use crate::support::raw::RawClient;
use crate::support::upstream::{Connection, Upstream};
use crate::support::world::{SECOND, Scene, World};

/// How often what drips sends a byte.
const DRIP: Duration = Duration::from_millis(50);

/// The longest that anything under test may take.
const PATIENCE: Duration = Duration::from_secs(10);

#[tokio::test]
async fn a_connection_without_a_request_is_closed() {
    let scene = Scene::bot(READ).with(|config| config.limits.keep_alive_seconds = SECOND);
    let world = scene.start().await;
    let mut agent = RawClient::connect(world.running.agents).await;
    agent.send(&request(&world, "GET /v1/customers")).await;
    assert_eq!(agent.answer().await.status, 200);
    assert!(agent.rest().await.is_empty());
}

#[tokio::test]
async fn a_connection_of_http_2_without_a_request_is_closed() {
    let scene = Scene::bot(READ).with(|config| config.limits.keep_alive_seconds = SECOND);
    let world = scene.start().await;
    let (mut sender, connection) = speak_http_2(&world).await;
    let ended = tokio::spawn(connection);
    let response = sender.send_request(ask(&world)).await.expect("an answer");
    assert_eq!(response.status(), 200);
    drop(response);
    ended.await.expect("it is not aborted").expect("it is told to end, not broken off");
}

#[tokio::test]
async fn a_connection_of_http_2_that_never_asks_is_closed() {
    let scene = Scene::bot(READ).with(|config| config.limits.keep_alive_seconds = SECOND);
    let world = scene.start().await;
    let (_sender, connection) = speak_http_2(&world).await;
    connection.await.expect("it is told to end, not broken off");
}

#[tokio::test]
async fn a_body_that_never_ends_is_refused_when_its_requests_time_is_up() {
    let upstream = Upstream::start(|mut held: Connection| async move { held.hold().await }).await;
    let scene = Scene::new().with_root().before(upstream.at);
    let world = scene.with(|config| config.limits.request_seconds = SECOND).start().await;
    let mut agent = RawClient::connect(world.running.agents).await;
    agent.send(&half_a_write(&world, "root")).await;
    let answer = agent.answer().await;
    assert_eq!((answer.status, answer.code().as_str()), (408, "request_broke_off"));
    ended(&world, OutcomeKind::Refused).await;
}

#[tokio::test]
async fn a_head_that_drips_is_given_no_more_time_than_one_that_stands_still() {
    let scene = Scene::bot(READ).with(|config| config.forward.header_seconds = SECOND);
    let world = scene.start().await;
    let answer = drip(&world, b"GET /v1/customers HTTP/1.1\r\nx-slow: ").await;
    assert_eq!(String::from_utf8_lossy(&answer), "");
    assert_eq!(world.records().await, []);
}

#[tokio::test]
async fn a_body_that_drips_is_given_no_more_time_than_its_request_has() {
    let upstream = Upstream::start(|mut held: Connection| async move { held.hold().await }).await;
    let scene = Scene::new().with_root().before(upstream.at);
    let world = scene.with(|config| config.limits.request_seconds = SECOND).start().await;
    let head = format!(
        "POST /v1/customers HTTP/1.1\r\nhost: gateway\r\nauthorization: Bearer {}\r\n\
         content-type: application/json\r\ncontent-length: 100000\r\n\r\n",
        world.token("root")
    );
    let answer = drip(&world, head.as_bytes()).await;
    assert!(answer.starts_with(b"HTTP/1.1 408 "), "{}", String::from_utf8_lossy(&answer));
    ended(&world, OutcomeKind::Refused).await;
}

#[tokio::test]
async fn kustomers_silence_is_given_no_more_time_than_the_request_has() {
    let upstream = Upstream::start(|mut held: Connection| async move { held.hold().await }).await;
    let scene = Scene::bot(READ).before(upstream.at);
    let world = scene.with(|config| config.limits.request_seconds = SECOND).start().await;
    let answer = world.ask("bot", "GET /v1/customers").await;
    assert_eq!((answer.status, answer.code().as_str()), (504, "upstream_silent"));
    ended(&world, OutcomeKind::UpstreamSilent).await;
}

#[tokio::test]
async fn an_answer_that_never_ends_is_broken_off_when_its_requests_time_is_up() {
    let world = endless().await;
    let mut agent = RawClient::connect(world.running.agents).await;
    agent.send(&request(&world, "GET /v1/customers")).await;
    let came = agent.rest().await;
    assert!(came.starts_with(b"HTTP/1.1 200 OK\r\n"));
    let sentence = ended(&world, OutcomeKind::TimedOut).await;
    assert!(sentence.contains("its time was up after"), "{sentence}");
}

#[tokio::test]
async fn an_agent_that_takes_nothing_of_its_answer_is_given_no_more_time() {
    let world = endless().await;
    let mut agent = RawClient::connect(world.running.agents).await;
    agent.send(&request(&world, "GET /v1/customers")).await;
    ended(&world, OutcomeKind::TimedOut).await;
}

#[tokio::test]
async fn an_agent_that_opens_no_window_for_its_answer_is_given_no_more_time() {
    let world = endless().await;
    let (mut sender, connection) = speak_http_2(&world).await;
    tokio::spawn(connection);
    let response = sender.send_request(ask(&world)).await.expect("an answer");
    // Held, and never read: its window stays shut, and the connection answers every ping.
    ended(&world, OutcomeKind::TimedOut).await;
    drop(response);
    // Only that one stream is ended; the connection goes on.
    sender.ready().await.expect("the connection is there");
}

/// Sends this and then a byte after the other, until an answer or the end of the connection comes.
async fn drip(world: &World, beginning: &[u8]) -> Vec<u8> {
    let mut stream = TcpStream::connect(world.running.agents).await.expect("a connection");
    stream.write_all(beginning).await.expect("the gateway reads");
    let mut answer = vec![0; 4096];
    let begun = Instant::now();
    loop {
        assert!(begun.elapsed() < PATIENCE, "the gateway goes on reading");
        match timeout(DRIP, stream.read(&mut answer)).await {
            Ok(count) => {
                // One that is reset has ended too.
                answer.truncate(count.unwrap_or(0));
                return answer;
            }
            // A connection that was closed meanwhile shows it when it is read.
            Err(_) => drop(stream.write_all(b"x").await),
        }
    }
}

/// The outcome of the only request, which must be this; gives its sentence.
async fn ended(world: &World, expected: OutcomeKind) -> String {
    let record = world.only_record().await;
    let outcome = record.outcome.as_ref().expect("an outcome");
    assert_eq!(outcome.kind, expected, "{}", record.sentence());
    record.sentence().to_owned()
}

type Http2 = http2::Connection<TokioIo<TcpStream>, Empty<Bytes>, TokioExecutor>;

async fn speak_http_2(world: &World) -> (http2::SendRequest<Empty<Bytes>>, Http2) {
    let stream = TcpStream::connect(world.running.agents).await.expect("a connection");
    let handshake = http2::handshake(TokioExecutor::new(), TokioIo::new(stream));
    handshake.await.expect("HTTP/2 is spoken")
}

fn ask(world: &World) -> Request<Empty<Bytes>> {
    Request::builder()
        .uri(format!("http://{}/v1/customers", world.running.agents))
        .header("authorization", format!("Bearer {}", world.token("bot")))
        .body(Empty::new())
        .expect("a request")
}
