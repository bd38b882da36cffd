//! What comes back: only what an agent may have, and only what can be told with certainty. The numbers
//! are those of a catalogue of attacks on gateways; each test says what the agent gets, what Kustomer
//! saw, and what the record says.

mod headers;
mod holding_the_key;
mod protocol;
mod redirects;
mod sizes;

use audit::{OutcomeKind, Record};

use crate::support::answer::Answer;
use crate::support::raw::RawClient;
use crate::support::upstream::{Connection, Upstream};
use crate::support::world::{ID, Scene, World};

/// A world whose Kustomer answers each request with these bytes and keeps the connection.
async fn before(answer: &str) -> (Upstream, World) {
    before_bytes(answer.as_bytes().to_vec()).await
}

async fn before_bytes(answer: Vec<u8>) -> (Upstream, World) {
    let upstream = Upstream::start(move |mut connection: Connection| {
        let answer = answer.clone();
        async move {
            while connection.request().await.is_some() {
                connection.send(&answer).await;
            }
        }
    })
    .await;
    let world = Scene::new().with_root().before(upstream.at).start().await;
    (upstream, world)
}

/// Asks for a customer, and gives what came until the connection ended.
async fn read(world: &World) -> Answer {
    let mut agent = RawClient::connect(world.running.agents).await;
    agent.send(request(world).as_bytes()).await;
    Answer::parse(&agent.rest().await)
}

fn request(world: &World) -> String {
    format!(
        "GET /v1/customers/{ID} HTTP/1.1\r\nhost: gateway\r\nauthorization: Bearer {}\r\n\
         connection: close\r\n\r\n",
        world.token("root")
    )
}

/// The record of an answer, which must have this outcome.
#[track_caller]
fn check(record: &Record, kind: OutcomeKind, status: u16) {
    let outcome = record.outcome.as_ref().expect("an outcome");
    assert_eq!((outcome.kind, outcome.status), (kind, Some(status)), "{}", outcome.sentence);
}
