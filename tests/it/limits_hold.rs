//! What an agent may take up has an end: connections, requests at once, the size of a request, and the
//! time of each. What one takes too much of, it takes from itself.

mod sizes;
mod times;

use std::net::SocketAddr;
use std::num::NonZeroU32;

use audit::Decided;
use tokio::io::AsyncReadExt as _;
use tokio::net::{TcpSocket, TcpStream};

use crate::support::patience::eventually;
use crate::support::raw::RawClient;
use crate::support::upstream::{Connection, Upstream};
use crate::support::world::{ID, SECOND, Scene, World};

const READ: &str = "[access]\ncustomers = \"read\"";
const WRITE: &str = "[access]\ncustomers = \"write\"\nmedia = \"full\"\n[limits]\nin_flight = 1";

#[tokio::test]
async fn an_address_at_its_limit_is_closed_on_and_others_are_served() {
    let one = NonZeroU32::MIN;
    let scene = Scene::bot(READ).with(move |config| config.limits.connections_per_address = one);
    let world = scene.start().await;
    let mut first = RawClient::connect(world.running.agents).await;
    first.send(&request(&world, "GET /v1/customers")).await;
    assert_eq!(first.answer().await.status, 200);
    assert!(is_closed_on(&world, [127, 0, 0, 1]).await);
    assert!(!is_closed_on(&world, [127, 0, 0, 2]).await);
    // The connection that was there goes on, and its place is free when it has gone.
    first.send(&request(&world, "GET /v1/customers")).await;
    assert_eq!(first.answer().await.status, 200);
    drop(first);
    eventually("the place to be free", async || {
        (!is_closed_on(&world, [127, 0, 0, 1]).await).then_some(())
    })
    .await;
    assert_eq!(world.records().await.len(), 2, "a connection is no request");
}

#[tokio::test]
async fn all_connections_together_have_a_limit_that_health_tells_of() {
    let two = NonZeroU32::new(2).expect("not zero");
    let scene = Scene::bot(READ).with(move |config| config.limits.connections = two);
    let world = scene.start().await;
    let _held = [from(&world, [127, 0, 0, 1]).await, from(&world, [127, 0, 0, 2]).await];
    assert!(is_closed_on(&world, [127, 0, 0, 3]).await);
    let health = crate::support::client::Client::new(world.running.admin);
    let health = health.send("GET /health", None, &[], Vec::new()).await.json();
    assert_eq!(health["connections"]["open"], 2);
    assert_eq!(health["connections"]["most"], 2);
    assert_eq!(health["connections"]["turned_away"], 1);
}

#[tokio::test]
async fn an_agents_unfinished_requests_hold_back_itself_and_nobody_else() {
    let upstream = Upstream::start(|mut connection: Connection| async move {
        while connection.request().await.is_some() {
            connection.send(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}").await;
        }
    })
    .await;
    let scene = Scene::new().agent("slow", WRITE).agent("other", WRITE).before(upstream.at);
    let world = scene.start().await;
    let mut slow = RawClient::connect(world.running.agents).await;
    slow.send(&half_an_upload(&world)).await;
    eventually("the half request to be under way", async || {
        world.records().await.first().map(|_| ())
    })
    .await;
    let refused = world.ask("slow", "GET /v1/customers").await;
    assert_eq!((refused.status, refused.code().as_str()), (429, "too_many_in_flight"));
    assert_eq!(refused.header("retry-after"), "1");
    let record = world.record_of(&refused).await;
    assert_eq!(record.opening.decision, Decided::Limited);
    assert_eq!(record.opening.reason, "too_many_in_flight");
    assert_eq!(record.opening.policy.line, Some(9), "the line of the limit");
    let sentence = record.sentence();
    assert!(sentence.contains("it already has 1 request under way"), "{sentence}");
    assert_eq!(world.ask("other", "GET /v1/customers").await.status, 200);
    slow.send(b"me\":\"half a named\"}").await;
    assert_eq!(slow.answer().await.status, 200);
    assert_eq!(world.ask("slow", "GET /v1/customers").await.status, 200, "it has its place again");
}

#[tokio::test]
async fn a_refused_request_gives_its_place_back() {
    let world = Scene::bot("[limits]\nin_flight = 1").start().await;
    for _ in 0..3 {
        assert_eq!(world.ask("bot", "GET /v1/customers").await.status, 403);
    }
}

#[tokio::test]
async fn an_agent_is_told_how_much_it_may_have_under_way() {
    let world = Scene::new().agent("one", WRITE).agent("other", READ).start().await;
    let told = async |agent| world.ask(agent, "GET /_kustodian/access").await.json();
    assert_eq!(told("one").await["limits"]["in_flight"], 1);
    assert_eq!(told("other").await["limits"]["in_flight"], 100, "the default of the settings");
}

/// A request without a body.
fn request(world: &World, line: &str) -> Vec<u8> {
    let token = world.token("bot");
    format!("{line} HTTP/1.1\r\nhost: gateway\r\nauthorization: Bearer {token}\r\n\r\n")
        .into_bytes()
}

/// The head of a write and four of its 23 bytes.
fn half_a_write(world: &World, agent: &str) -> Vec<u8> {
    format!(
        "POST /v1/customers HTTP/1.1\r\nhost: gateway\r\nauthorization: Bearer {}\r\n\
         content-type: application/json\r\ncontent-length: 23\r\n\r\n{{\"na",
        world.token(agent)
    )
    .into_bytes()
}

/// The same of what is not read before it goes on.
fn half_an_upload(world: &World) -> Vec<u8> {
    let write = String::from_utf8(half_a_write(world, "slow")).expect("text");
    write.replace("POST /v1/customers", &format!("PUT /v1/media/{ID}")).into_bytes()
}

/// A connection from one of the loopback's many addresses.
async fn from(world: &World, address: [u8; 4]) -> TcpStream {
    let socket = TcpSocket::new_v4().expect("a socket");
    socket.bind(SocketAddr::from((address, 0))).expect("an address of the loopback");
    let stream = socket.connect(world.running.agents).await;
    let stream = stream.expect("the system accepts connections");
    // The listener takes connections in their order: it has seen this one when it sees a later one.
    stream
}

/// Whether a new connection is closed without a word: if not, it is asked and answers.
async fn is_closed_on(world: &World, address: [u8; 4]) -> bool {
    use tokio::io::AsyncWriteExt as _;
    let mut stream = from(world, address).await;
    let ask = b"GET /_kustodian/health HTTP/1.1\r\nhost: gateway\r\nconnection: close\r\n\r\n";
    // One that was closed meanwhile may be noticed here or below.
    let _ = stream.write_all(ask).await;
    let mut answer = Vec::new();
    let read = stream.read_to_end(&mut answer).await;
    read.is_err() || answer.is_empty()
}

/// A world with short times, in which a Kustomer sends an endless answer and never sees an end of its own.
async fn endless() -> World {
    let upstream = Upstream::start(|mut connection: Connection| async move {
        connection.request().await;
        connection.send(b"HTTP/1.1 200 OK\r\ncontent-length: 67108864\r\n\r\n").await;
        connection.send(&vec![b'x'; 33_554_432]).await;
        connection.hold().await;
    })
    .await;
    let scene = Scene::bot(READ).before(upstream.at);
    scene.with(|config| config.limits.request_seconds = SECOND).start().await
}
