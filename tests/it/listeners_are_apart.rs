//! Promise 8: administration and health have a listener of their own; on the agents' listener only
//! `/_kustodian/` is the gateway's.

use std::net::SocketAddr;

use crate::support::client::Client;
use crate::support::raw::{exchange, request};
use crate::support::world::{Scene, World};

#[tokio::test]
async fn the_administrations_paths_are_not_on_the_agents_listener() {
    let world = Scene::new().with_root().start().await;
    for line in ["GET /health", "GET /", "GET /metrics"] {
        let answer = world.ask("root", line).await;
        assert_eq!((answer.status, answer.code().as_str()), (403, "unknown_operation"), "{line}");
        assert_eq!(world.ask_as(None, line).await.status, 401, "{line}");
    }
    assert_eq!(world.received(), 0);
}

#[tokio::test]
async fn the_agents_paths_are_not_on_the_administrations_listener() {
    let world = Scene::new().with_root().start().await;
    let admin = Client::new(world.running.admin);
    for line in ["GET /v1/customers", "GET /_kustodian/access", "GET /_kustodian/health"] {
        let answer = admin.send(line, Some(world.token("root")), &[], Vec::new()).await;
        assert_eq!(answer.status, 404, "{line}");
    }
    assert_eq!(world.received(), 0);
    assert_eq!(world.records().await, []);
}

#[tokio::test]
async fn health_answers_anybody_on_both_listeners_and_leaves_no_record() {
    let world = Scene::new().start().await;
    let plain = world.ask_as(None, "GET /_kustodian/health").await;
    assert_eq!((plain.status, plain.text().as_str()), (200, r#"{"status":"ok"}"#));
    let admin = Client::new(world.running.admin);
    let details = admin.send("GET /health", None, &[], Vec::new()).await;
    assert_eq!(details.status, 200);
    assert_eq!(details.json()["store"]["kind"], "sqlite");
    assert_eq!(world.records().await, []);
}

#[tokio::test]
async fn the_administrations_listener_answers_to_no_name_that_a_web_page_could_have() {
    let named = |config: &mut gateway::Config| {
        config.listen.admin_names = vec!["kustodian".parse().expect("a name")];
    };
    let world = Scene::new().with(named).start().await;
    let ask = async |head: &str| {
        let bytes = format!("{head}\r\nConnection: close\r\n\r\n");
        exchange(world.running.admin, bytes.as_bytes()).await
    };
    for page in ["/health", "/metrics", "/nowhere"] {
        let turned = ask(&format!("GET {page} HTTP/1.1\r\nHost: evil.example.com:8081")).await;
        assert_eq!(turned.status, 403, "{page}");
        let why = turned.json()["detail"].to_string();
        assert!(why.contains("`evil.example.com` is no name of this listener"), "{why}");
        assert!(why.contains("`admin_names` of `[listen]`"), "{why}");
        assert!(!turned.text().contains("fingerprint"), "{}", turned.text());
    }
    let known = ["127.0.0.1:8081", "[::1]", "localhost:8081", "kustodian:8081"];
    for host in known {
        let answer = ask(&format!("GET /health HTTP/1.1\r\nHost: {host}")).await;
        assert_eq!(answer.status, 200, "{host}");
        let foreign =
            format!("GET /health HTTP/1.1\r\nHost: {host}\r\nOrigin: http://evil.example.com");
        assert_eq!(ask(&foreign).await.status, 403, "{host}");
    }
    assert_eq!(ask("GET /health HTTP/1.0").await.status, 200, "a probe that names no host");
    assert_eq!(ask("GET /health HTTP/1.1").await.status, 403);
}

#[tokio::test]
async fn the_administrations_answers_end_their_line() {
    let world = Scene::new().start().await;
    let admin = Client::new(world.running.admin);
    for line in ["GET /health", "GET /metrics", "POST /policies/reload"] {
        for headers in [&[][..], &[("kustodian-admin", "reload")], &[("origin", "null")]] {
            let answer = admin.send(line, None, headers, Vec::new()).await;
            assert!(answer.text().ends_with('\n'), "{line}: {}", answer.text());
        }
    }
}

#[tokio::test]
async fn what_is_below_the_gateways_own_path_never_reaches_kustomer() {
    let world = Scene::new().with_root().start().await;
    for target in own_targets() {
        let bytes = request("GET", target.as_bytes(), world.token("root"));
        let answer = exchange(world.running.agents, &bytes).await;
        assert!(matches!(answer.status, 400 | 403 | 404), "{target}: {}", answer.status);
    }
    for method in ["POST", "PUT", "DELETE", "OPTIONS"] {
        let bytes = request(method, b"/_kustodian/access", world.token("root"));
        let answer = exchange(world.running.agents, &bytes).await;
        assert_eq!(answer.status, 404, "{method}");
    }
    assert_eq!(world.received(), 0);
}

#[tokio::test]
async fn one_address_for_both_listeners_is_refused() {
    let scene = Scene::new().with(|config| {
        let same = SocketAddr::from(([127, 0, 0, 1], 47_111));
        config.listen.agents = same;
        config.listen.admin = same;
    });
    let why = scene.try_start().await.expect_err("no start").to_string();
    assert!(why.contains("`listen.agents` and `listen.admin` are both 127.0.0.1:47111"), "{why}");
}

#[tokio::test]
async fn an_address_that_is_taken_is_named_with_its_setting() {
    let first = Scene::new().start().await;
    for (name, start) in [("agents", with_agents_at(&first)), ("admin", with_admin_at(&first))] {
        let why = start.try_start().await.expect_err("no start").to_string();
        assert!(why.contains(&format!("set `listen.{name}`")), "{why}");
    }
}

fn with_agents_at(world: &World) -> Scene {
    let taken = world.running.agents;
    Scene::new().with(move |config| config.listen.agents = taken)
}

fn with_admin_at(world: &World) -> Scene {
    let taken = world.running.admin;
    Scene::new().with(move |config| config.listen.admin = taken)
}

fn own_targets() -> [&'static str; 7] {
    [
        "/_kustodian/",
        "/_kustodian/x",
        "/_kustodian/../v1/customers",
        "/_kustodian/health/x",
        "/_kustodian",
        "/_KUSTODIAN/health",
        "/%5fkustodian/health",
    ]
}
