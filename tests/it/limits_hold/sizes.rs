//! A request is read up to a size, and beyond it refused.

use std::num::NonZeroU32;

use crate::support::client::Client;
use crate::support::raw::exchange;
use crate::support::world::{Scene, World};

const READ: &str = "[access]\ncustomers = \"read\"";

async fn world() -> World {
    let scene = Scene::bot(READ).with(|config| {
        config.limits.target_bytes = NonZeroU32::new(40).expect("not zero");
        config.limits.headers = NonZeroU32::new(10).expect("not zero");
    });
    scene.start().await
}

#[tokio::test]
async fn a_target_that_is_too_long_is_refused_and_on_record() {
    let world = world().await;
    let fits = format!("GET /v1/customers?x={}", "1".repeat(40 - "/v1/customers?x=".len()));
    assert_eq!(world.ask("bot", &fits).await.status, 200);
    for client in [Client::new(world.running.agents), Client::http2(world.running.agents)] {
        let line = format!("{fits}1");
        let answer = client.send(&line, Some(world.token("bot")), &[], Vec::new()).await;
        assert_eq!((answer.status, answer.code().as_str()), (414, "target_too_long"));
        let record = world.record_of(&answer).await;
        assert_eq!(record.opening.reason, "target_too_long");
        let sentence = record.sentence();
        assert!(sentence.contains("take 41 bytes, and 40 are read"), "{sentence}");
    }
    assert_eq!(world.received(), 1);
}

#[tokio::test]
async fn too_many_headers_are_refused() {
    let world = world().await;
    let headers: Vec<_> = (0..10).map(|number| (format!("x-{number}"), "x")).collect();
    let headers: Vec<_> = headers.iter().map(|(name, value)| (name.as_str(), *value)).collect();
    let token = Some(world.token("bot"));
    let http2 = Client::http2(world.running.agents);
    let answer = http2.send("GET /v1/customers", token, &headers, Vec::new()).await;
    assert_eq!((answer.status, answer.code().as_str()), (431, "too_many_headers"));
    assert_eq!(world.record_of(&answer).await.opening.reason, "too_many_headers");
    // Over HTTP/1.1 the head is not even read to its end.
    let lines: Vec<_> = headers.iter().map(|(name, value)| format!("{name}: {value}")).collect();
    let lines = lines.join("\r\n");
    let head = format!("GET /v1/customers HTTP/1.1\r\nhost: gateway\r\n{lines}\r\n\r\n");
    assert_eq!(exchange(world.running.agents, head.as_bytes()).await.status, 431);
    assert_eq!(world.received(), 0);
}

#[tokio::test]
async fn a_head_that_is_too_large_is_refused_over_http_2_too() {
    let world = Scene::bot(READ).start().await;
    let long = "x".repeat(40_000);
    let http2 = Client::http2(world.running.agents);
    let headers = [("x-long", long.as_str())];
    let token = Some(world.token("bot"));
    let answer = http2.send("GET /v1/customers", token, &headers, Vec::new()).await;
    assert_eq!(answer.status, 431);
    assert_eq!(world.received(), 0);
    assert_eq!(http2.send("GET /v1/customers", token, &[], Vec::new()).await.status, 200);
}
