//! What a change means for requests: each is decided by one set, and nobody gets more than was granted.

use std::sync::Arc;

use tokio::sync::Notify;

use super::{LINE, NOTHING, READ, reload, until_answered, unwatched, write};
use crate::support::raw::RawClient;
use crate::support::upstream::Upstream;
use crate::support::world::Scene;

const ANSWER: &[u8] =
    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}";

#[tokio::test]
async fn a_budget_outlives_a_change() {
    let limited = "[access]\ncustomers = \"read\"\n[limits]\nrequests = \"2/min\"";
    let world = Scene::bot(limited).with(unwatched).start().await;
    assert_eq!(world.ask("bot", LINE).await.status, 200);
    write(&world, "bot", &format!("# Said in other words.\n{limited}"));
    assert_eq!(reload(&world).await.json()["status"], "changed");
    assert_eq!(world.ask("bot", LINE).await.status, 200);
    write(&world, "bot", limited);
    assert_eq!(reload(&world).await.json()["status"], "changed");
    assert_eq!(
        world.ask("bot", LINE).await.status,
        429,
        "two were made, however often it was read"
    );
}

#[tokio::test]
async fn an_agent_whose_policy_is_gone_is_refused_on_the_connection_that_it_has() {
    let upstream = Upstream::answering(ANSWER).await;
    let world = Scene::bot(READ).before(upstream.at).with(unwatched).start().await;
    let mut connection = RawClient::connect(world.running.agents).await;
    let bytes = format!(
        "{LINE} HTTP/1.1\r\nHost: gateway\r\nAuthorization: Bearer {}\r\n\r\n",
        world.token("bot")
    )
    .into_bytes();
    connection.send(&bytes).await;
    assert_eq!(connection.answer().await.status, 200);
    std::fs::remove_file(super::file(&world, "bot")).expect("it was there");
    assert_eq!(reload(&world).await.status, 200);
    connection.send(&bytes).await;
    let refused = connection.answer().await;
    assert_eq!(refused.status, 401);
    assert_eq!(world.record_of(&refused).await.opening.reason, "agent_without_policy");
}

#[tokio::test]
async fn a_request_under_way_ends_by_the_set_that_it_began_with() {
    let (arrived, go) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let (seen, wait) = (Arc::clone(&arrived), Arc::clone(&go));
    let upstream = Upstream::start(move |mut connection| {
        let (seen, wait) = (Arc::clone(&seen), Arc::clone(&wait));
        async move {
            while connection.request().await.is_some() {
                seen.notify_one();
                wait.notified().await;
                connection.send(ANSWER).await;
            }
        }
    })
    .await;
    let world = Scene::bot(READ).before(upstream.at).with(unwatched).start().await;
    let (asked, ()) = tokio::join!(world.ask("bot", LINE), async {
        arrived.notified().await;
        write(&world, "bot", NOTHING);
        assert_eq!(reload(&world).await.json()["status"], "changed");
        assert_eq!(world.ask("bot", LINE).await.status, 403, "one that comes now is not permitted");
        go.notify_one();
    });
    assert_eq!(asked.status, 200);
}

#[tokio::test]
async fn what_a_file_says_again_is_in_force_again() {
    let world = Scene::bot(READ).start().await;
    for _ in 0..3 {
        write(&world, "bot", NOTHING);
        until_answered(&world, "bot", 403).await;
        write(&world, "bot", READ);
        until_answered(&world, "bot", 200).await;
    }
}
