//! Case 85: redirects are never followed, and reach the agent only as paths of the gateway.

use audit::OutcomeKind;

use super::{before, check, read};
use crate::support::upstream::Upstream;

fn redirect(status: u16, location: &str) -> String {
    format!("HTTP/1.1 {status} X\r\nlocation: {location}\r\ncontent-length: 4\r\n\r\nbody")
}

#[tokio::test]
async fn a_redirect_that_stays_with_kustomer_becomes_a_path_of_the_gateway() {
    let own = std::sync::Arc::new(std::sync::OnceLock::new());
    let known = std::sync::Arc::clone(&own);
    let upstream = Upstream::start(move |mut connection| {
        let known = std::sync::Arc::clone(&known);
        async move {
            connection.request().await;
            let at: &std::net::SocketAddr = known.get().expect("an address");
            connection.send(redirect(307, &format!("http://{at}/v1/users?a=b")).as_bytes()).await;
        }
    })
    .await;
    own.set(upstream.at).expect("set once");
    let scene = crate::support::world::Scene::new().with_root().before(upstream.at);
    let world = scene.start().await;
    let answer = read(&world).await;
    assert_eq!((answer.status, answer.header("location")), (307, "/v1/users?a=b"));
    assert_eq!(answer.text(), "body");
    check(&world.record_of(&answer).await, OutcomeKind::Answered, 307);
}

#[tokio::test]
async fn a_redirect_to_another_host_is_not_handed_on_and_never_followed() {
    let elsewhere = Upstream::answering(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await;
    let there = elsewhere.at;
    for location in [
        format!("http://{there}/stolen"),
        format!("//{there}/stolen"),
        format!("https://{there}/"),
        format!("/\\{there}/"),
        "https://elsewhere.example/".to_owned(),
        "/_kustodian/access".to_owned(),
        "ftp://elsewhere.example/".to_owned(),
    ] {
        for status in [301, 302, 303, 307, 308] {
            let (_upstream, world) = before(&redirect(status, &location)).await;
            let answer = read(&world).await;
            let got = (answer.status, answer.code());
            assert_eq!(got, (502, "upstream_redirected".to_owned()), "{status} {location}");
            assert!(!answer.headers.contains_key("location"));
            assert!(!answer.text().contains("stolen"), "{}", answer.text());
            check(&world.record_of(&answer).await, OutcomeKind::UpstreamRedirected, 502);
        }
    }
    assert_eq!(elsewhere.received(), Vec::<String>::new());
}

#[tokio::test]
async fn an_answer_that_only_mentions_another_host_loses_the_mention() {
    let created = "HTTP/1.1 201 Created\r\nlocation: https://elsewhere.example/1\r\n\
                   content-length: 2\r\n\r\n{}";
    let (_upstream, world) = before(created).await;
    let answer = read(&world).await;
    assert_eq!((answer.status, answer.header("location")), (201, ""));
    check(&world.record_of(&answer).await, OutcomeKind::Answered, 201);
}

#[tokio::test]
async fn pitfall_20_links_come_down_as_they_are_and_only_relative_ones_lead_through_the_gateway() {
    let elsewhere = Upstream::answering(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await;
    let body = format!(
        r#"{{"links":{{"next":"/v1/customers?page=2"}},"data":{{"links":{{"related":"http://{}/x?signed=1"}}}}}}"#,
        elsewhere.at
    );
    let answer = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}", body.len());
    let (upstream, world) = before(&answer).await;
    let page = world.ask("root", "GET /v1/customers").await;
    assert_eq!(page.text(), body);
    let next = page.json()["links"]["next"].as_str().expect("a link").to_owned();
    assert_eq!(world.ask("root", &format!("GET {next}")).await.status, 200);
    assert_eq!(
        upstream.request_lines(),
        ["GET /v1/customers HTTP/1.1".to_owned(), format!("GET {next} HTTP/1.1")]
    );
    // What is signed lies elsewhere: the gateway follows no link, and the key goes nowhere else.
    assert!(elsewhere.request_lines().is_empty());
}
