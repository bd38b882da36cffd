//! Promise 3: the agent's token never goes up, the real key never comes down.

use audit::Decided;
use http::HeaderMap;

use crate::support::client::Client;
use crate::support::raw::exchange;
use crate::support::upstream::Upstream;
use crate::support::world::{ID, Scene, World};

const OK: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}";

#[tokio::test]
async fn kustomer_gets_the_real_key_once_and_nothing_of_the_token() {
    let upstream = Upstream::answering(OK).await;
    let world = Scene::new().with_root().before(upstream.at).start().await;
    for name in ["authorization", "Authorization", "AUTHORIZATION"] {
        let answer = raw(&world, &format!("{name}: Bearer {}", world.token("root"))).await;
        assert_eq!(answer.status, 200, "{name}");
    }
    let received = upstream.all_received();
    assert_eq!(received.matches(&world.key).count(), 3, "{received}");
    assert_eq!(received.matches(&format!("authorization: Bearer {}\r\n", world.key)).count(), 3);
    assert!(!received.contains("kst_"), "{received}");
}

#[tokio::test]
async fn an_agent_cannot_have_the_key_left_out_or_named_away() {
    let upstream = Upstream::answering(OK).await;
    let world = Scene::new().with_root().before(upstream.at).start().await;
    let token = world.token("root");
    let headers = format!("authorization: Bearer {token}\r\nconnection: authorization, close");
    let answer = raw(&world, &headers).await;
    assert_eq!((answer.status, answer.code().as_str()), (400, "connection_header"));
    assert_eq!(upstream.all_received(), "");
}

#[tokio::test]
async fn what_speaks_of_the_agents_connection_or_its_credentials_stays_here() {
    let upstream = Upstream::answering(OK).await;
    let world = Scene::new().with_root().before(upstream.at).start().await;
    let headers = [
        format!("authorization: Bearer {}", world.token("root")),
        "connection: close".to_owned(),
        "x-hop: 1".to_owned(),
        "keep-alive: timeout=5".to_owned(),
        "te: trailers".to_owned(),
        "proxy-authorization: Basic c2VjcmV0".to_owned(),
        "cookie: session=agent".to_owned(),
        "x-forwarded-for: 10.0.0.1".to_owned(),
        "x-original-url: /v1/users".to_owned(),
    ];
    assert_eq!(raw(&world, &headers.join("\r\n")).await.status, 200);
    let received = upstream.all_received().to_lowercase();
    for name in ["x-hop", "keep-alive", "te:", "proxy-auth"] {
        assert!(!received.contains(name), "{name} went up: {received}");
    }
    for name in ["cookie", "x-forwarded-for", "x-original-url", "host: gateway"] {
        assert!(!received.contains(name), "{name} went up: {received}");
    }
}

#[tokio::test]
async fn what_speaks_of_kustomers_connection_stays_behind_the_gateway() {
    let upstream = Upstream::answering(
        b"HTTP/1.1 200 OK\r\nconnection: x-hop, keep-alive\r\nx-hop: 1\r\nkeep-alive: timeout=5\r\n\
          proxy-authenticate: Basic\r\nupgrade: h2c\r\nset-cookie: session=org\r\netag: \"1\"\r\n\
          content-length: 2\r\n\r\n{}",
    )
    .await;
    let world = Scene::new().with_root().before(upstream.at).start().await;
    let answer = world.ask("root", "GET /v1/customers").await;
    assert_eq!(answer.header("etag"), "\"1\"");
    let removed = ["x-hop", "keep-alive", "proxy-authenticate", "upgrade", "set-cookie"];
    for name in removed {
        assert!(!answer.headers.contains_key(name), "{name} came down: {:?}", answer.headers);
    }
}

#[tokio::test]
async fn the_real_key_is_no_token_and_presenting_it_is_on_record() {
    let world = Scene::new().with_root().start().await;
    for scheme in ["Bearer ", "bearer ", "", "Bearer  ", "Token ", "Bearer x\r\nauthorization: "] {
        let answer = raw(&world, &format!("authorization: {scheme}{}", world.key)).await;
        assert_eq!((answer.status, answer.code().as_str()), (401, "unauthenticated"), "{scheme}");
        let record = world.record_of(&answer).await;
        assert_eq!(record.opening.decision, Decided::Unauthenticated);
        assert_eq!(record.opening.reason, "real_key_presented", "{scheme}");
        assert!(!record.sentence().contains(&world.key));
    }
    assert_eq!(world.received(), 0);
}

#[tokio::test]
async fn the_real_key_in_a_target_is_refused_and_left_out_of_the_record() {
    let world = Scene::new().with_root().start().await;
    for target in ["/v1/customers?key=KEY", "/v1/customers/email=KEY", "/v1/KEY"] {
        let target = target.replace("KEY", &world.key);
        for token in [Some(world.token("root")), None] {
            let answer = world.ask_as(token, &format!("GET {target}")).await;
            assert!(matches!(answer.status, 400 | 401), "{}", answer.status);
            let record = world.record_of(&answer).await;
            assert!(!format!("{record:?}{}", answer.text()).contains(&world.key));
        }
    }
    assert_eq!(world.received(), 0);
}

#[tokio::test]
async fn no_answer_of_the_gateways_own_holds_the_key() {
    let world = Scene::new().with_root().agent("bot", "").start().await;
    let admin = Client::new(world.running.admin);
    let answers = [
        world.ask("bot", "GET /v1/customers").await,
        world.ask("bot", "GET /v1/customers/../users").await,
        world.ask("root", "GET /v1/nonsense").await,
        world.ask("root", "GET /_kustodian/access").await,
        world.ask("root", "GET /v1/customers").await,
        world.ask_as(None, "GET /v1/customers").await,
        world.ask_as(Some(&world.key), "GET /v1/customers").await,
        world.ask_as(None, "GET /_kustodian/health").await,
        admin.send("GET /health", None, &[], Vec::new()).await,
    ];
    for answer in answers {
        let shown = format!("{}{:?}{}", answer.status, Shown(&answer.headers), answer.text());
        assert!(!shown.contains(&world.key), "{shown}");
    }
}

#[tokio::test]
async fn no_record_holds_the_key_or_a_token() {
    let world = Scene::new().with_root().start().await;
    let answer = world.ask("root", "GET /v1/customers?api_key=x").await;
    world.record_of(&answer).await;
    world.ask_as(Some(&world.key), "GET /v1/customers").await;
    let records = world.records().await;
    assert_eq!(records.len(), 2);
    let shown = format!("{records:?} {}", serde_json::to_string(&records).expect("JSON"));
    assert!(!shown.contains(&world.key), "{shown}");
    assert!(!shown.contains("kst_"), "{shown}");
}

#[tokio::test]
async fn debug_output_of_settings_and_gateway_holds_neither_key_nor_token() {
    let (sender, receiver) = std::sync::mpsc::channel();
    let scene = Scene::new().with_root().with(move |config| {
        sender.send(format!("{config:?} {config:#?}")).expect("a receiver");
    });
    let world = scene.start().await;
    let config = receiver.recv().expect("the settings");
    let gateway = &world.running.gateway;
    let shown = format!("{config} {gateway:?} {gateway:#?} {:?}", world.running);
    assert!(shown.contains("Upstream"), "{shown}");
    assert!(!shown.contains(&world.key));
    assert!(!shown.contains("kst_"));
}

/// Headers with those shown that are marked sensitive: marking hides them from no client.
struct Shown<'h>(&'h HeaderMap);

impl std::fmt::Debug for Shown<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let text =
            |value: &http::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
        f.debug_map().entries(self.0.iter().map(|(name, value)| (name, text(value)))).finish()
    }
}

/// Sends a read of a customer with exactly these headers.
async fn raw(world: &World, headers: &str) -> crate::support::answer::Answer {
    let close = if headers.contains("connection:") { "" } else { "connection: close\r\n" };
    let request =
        format!("GET /v1/customers/{ID} HTTP/1.1\r\nhost: gateway\r\n{headers}\r\n{close}\r\n");
    exchange(world.running.agents, request.as_bytes()).await
}
