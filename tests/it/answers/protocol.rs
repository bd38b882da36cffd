//! Case 76: answers that break the rules of HTTP are none, and the connection they came over is not used
//! again. Cases 88 and 92: whose fault it is when Kustomer cannot be asked.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use audit::OutcomeKind;

use super::{before, check, read};
use crate::support::client::Client;
use crate::support::program::Installation;
use crate::support::upstream::{Connection, Upstream};
use crate::support::world::{Scene, World, everything};

const FINE: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nfine";

/// A Kustomer whose first answer is odd, and whose others are fine.
async fn odd_once(odd: Vec<u8>) -> (Upstream, World) {
    let count = Arc::new(AtomicUsize::new(0));
    let upstream = Upstream::start(move |mut connection: Connection| {
        let (count, odd) = (Arc::clone(&count), odd.clone());
        async move {
            while connection.request().await.is_some() {
                let is_first = count.fetch_add(1, Ordering::Relaxed) == 0;
                connection.send(if is_first { &odd } else { FINE }).await;
            }
        }
    })
    .await;
    let world = Scene::new().with_root().before(upstream.at).start().await;
    (upstream, world)
}

#[tokio::test]
async fn what_breaks_the_rules_of_http_is_no_answer_and_ends_its_connection() {
    let smuggled = "HTTP/1.1 200 OK\r\ncontent-length: 8\r\n\r\nsmuggled";
    for odd in [
        "HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n".to_owned(),
        format!(
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\ncontent-length: 5\r\n\r\n0\r\n\r\n{smuggled}"
        ),
        format!("HTTP/1.1 200 OK\r\ncontent-length: 5\r\ncontent-length: 6\r\n\r\nbody!{smuggled}"),
        "HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\n".to_owned(),
        "HTTP/1.1 200 OK\r\ncontent-length: 5, 6\r\n\r\nbody!".to_owned(),
        "HTTP/1.1 200 OK\r\ntransfer-encoding: gzip, chunked\r\n\r\n0\r\n\r\n".to_owned(),
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked, chunked\r\n\r\n0\r\n\r\n".to_owned(),
        "HTTP/1.0 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n".to_owned(),
        "HTTP/1.1 206 Partial Content\r\ncontent-range: bytes 0-3/9\r\ncontent-length: 4\r\n\r\nbody"
            .to_owned(),
        "HTTP/1.1 999 Odd\r\ncontent-length: 0\r\n\r\n".to_owned(),
        "HTTP/1.1 200 OK\r\nx bad: 1\r\n\r\n".to_owned(),
        "HTTP/1.1 200 OK\r\n folded: 1\r\ncontent-length: 0\r\n\r\n".to_owned(),
        "nonsense\r\n\r\n".to_owned(),
        "HTTP/3.1 200 OK\r\n\r\n".to_owned(),
    ] {
        let (upstream, world) = odd_once(odd.clone().into_bytes()).await;
        let answer = world.ask("root", "GET /v1/customers").await;
        let got = (answer.status, answer.code());
        assert_eq!(got, (502, "upstream_broke_protocol".to_owned()), "{odd}");
        let record = world.record_of(&answer).await;
        check(&record, OutcomeKind::UpstreamBrokeProtocol, 502);
        assert!(record.sentence().contains("broke the rules of HTTP"), "{}", record.sentence());
        let next = world.ask("root", "GET /v1/customers").await;
        assert_eq!(next.text(), "fine", "after {odd}");
        assert_eq!(upstream.received().len(), 2, "connections, after {odd}");
    }
}

#[tokio::test]
async fn a_second_answer_that_nobody_asked_for_is_given_to_nobody() {
    for odd in [
        "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nfirstHTTP/1.1 200 OK\r\ncontent-length: 8\r\n\r\nsmuggled",
        "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nfirst and more than it said",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nfirst\r\n0\r\n\r\nHTTP/1.1 200 OK\r\n\r\n",
    ] {
        let (upstream, world) = odd_once(odd.as_bytes().to_vec()).await;
        let answer = world.ask("root", "GET /v1/customers").await;
        assert_eq!(answer.text(), "first");
        let next = world.ask("root", "GET /v1/customers").await;
        assert_eq!(next.text(), "fine", "after {odd}");
        assert_eq!(upstream.received().len(), 2, "connections, after {odd}");
    }
}

#[tokio::test]
async fn interim_answers_are_passed_over_and_mix_nothing_up() {
    let odd = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: </x>\r\nset-cookie: a=b\r\n\r\n\
               HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nfirst";
    let (_upstream, world) = odd_once(odd.as_bytes().to_vec()).await;
    let answer = read(&world).await;
    assert_eq!((answer.status, answer.text().as_str()), (200, "first"));
    assert!(!answer.headers.contains_key("link"));
    assert_eq!(world.ask("root", "GET /v1/customers").await.text(), "fine");
}

#[tokio::test]
async fn a_body_that_is_shorter_than_it_said_or_badly_cut_breaks_off() {
    for odd in [
        "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\nhalf\r\nzz\r\n",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\nhalfand more\r\n",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\nhalf\r\nffffffffffffffffff\r\n",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\nhalf\r\n",
    ] {
        let upstream = Upstream::start(move |mut connection: Connection| async move {
            connection.request().await;
            connection.send(odd.as_bytes()).await;
        })
        .await;
        let world = Scene::new().with_root().before(upstream.at).start().await;
        let answer = read(&world).await;
        assert_eq!((answer.status, answer.text().as_str()), (200, "half"), "{odd}");
        check(&world.record_of(&answer).await, OutcomeKind::UpstreamBrokeOff, 200);
    }
}

#[tokio::test]
async fn an_answer_without_a_body_ends_with_its_head() {
    for head in ["204 No Content", "304 Not Modified"] {
        let (_upstream, world) = before(&format!("HTTP/1.1 {head}\r\netag: \"1\"\r\n\r\n")).await;
        for _ in 0..2 {
            let answer = world.ask("root", "GET /v1/customers").await;
            assert_eq!((answer.status.to_string().as_str(), answer.body.len()), (&head[..3], 0));
            check(&world.record_of(&answer).await, OutcomeKind::Answered, answer.status);
        }
    }
}

/// Case 88: an agent must not take the organisation's lack for its own.
#[tokio::test]
async fn a_refusal_of_the_organisations_key_says_nothing_of_kustomers_own() {
    for status in [401, 403] {
        let (_upstream, world) = before(&format!(
            "HTTP/1.1 {status} X\r\nwww-authenticate: Bearer\r\ncontent-length: 6\r\n\r\nsecret"
        ))
        .await;
        let answer = read(&world).await;
        assert_eq!((answer.status, answer.code().as_str()), (502, "upstream_key_refused"));
        assert!(!answer.text().contains("secret"));
        assert!(!answer.headers.contains_key("www-authenticate"));
        check(&world.record_of(&answer).await, OutcomeKind::UpstreamKeyRefused, status);
    }
}

/// Case 92: the key goes to the configured address, whatever proxies the environment names. That a
/// certificate for another name ends it is held by `kustomer_over_tls.rs`.
#[tokio::test(flavor = "multi_thread")]
async fn proxies_that_the_environment_names_are_not_used() {
    let proxy = Upstream::answering(FINE).await;
    let upstream = Upstream::answering(FINE).await;
    let key = "not-a-real-key-0123456789";
    let policies = [("bot", &*everything("read"))];
    let installation = Installation::new(upstream.at, key, &policies, "");
    let token = installation.token("bot");
    let at = format!("http://{}", proxy.at);
    let names =
        ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"];
    let serving = installation.serve_with(&names.map(|name| (name, at.as_str())));
    let client = Client::new(serving.agents);
    let answer = client.send("GET /v1/customers", Some(&token), &[], Vec::new()).await;
    assert_eq!(answer.text(), "fine");
    assert_eq!(upstream.received().len(), 1);
    assert_eq!(proxy.received(), Vec::<String>::new());
}
